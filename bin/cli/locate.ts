/** Finds the one task that a person names, among those of all frameworks. */
import type { AgentView, TaskView } from '../../actors/protocol/views.ts';
import { ExitError } from '../exits.ts';
import type { Cluster } from './cluster.ts';
import { findById } from './find.ts';

/** Task ids are unique within their framework only: `frameworkId` or its beginning decides. */
export async function locateTask(
  cluster: Cluster,
  taskId: string,
  frameworkId = '',
): Promise<TaskView> {
  const { items } = await cluster.list('tasks');
  return findById(
    items.filter((task) => task.frameworkId.startsWith(frameworkId)),
    taskId,
    'task',
    (task) => task.taskId,
    (task) => `${task.taskId} of framework ${task.frameworkId}`,
  );
}

/** @throws ExitError when the master does not know the agent any more */
export async function locateAgent(cluster: Cluster, agentId: string): Promise<AgentView> {
  const { items } = await cluster.list('agents');
  const agent = items.find((view) => view.agentId === agentId);
  if (agent !== undefined) return agent;
  throw new ExitError('failed', `Agent ${agentId} is gone, and what was on it cannot be read`);
}

/**
 * The agent that a person means: by its id, the beginning of it, or its end (`S0`), for the ids of one
 * cluster begin alike; by its host, or by `host:port`.
 */
export async function findAgent(cluster: Cluster, name: string): Promise<AgentView> {
  const { items } = await cluster.list('agents');
  const byHost = items.filter(
    ({ agentId, info }) =>
      agentId.endsWith(`-${name}`) || [info.hostname, nodeOf(info)].includes(name),
  );
  const describe = ({ agentId, info }: AgentView) => `${agentId} on ${nodeOf(info)}`;
  if (byHost.length === 1 && byHost[0] !== undefined) return byHost[0];
  if (byHost.length > 1) return findById(byHost, name, 'agent', () => name, describe);
  return findById(items, name, 'agent', ({ agentId }) => agentId, describe);
}

function nodeOf({ hostname, port }: AgentView['info']): string {
  return `${hostname}:${port}`;
}
