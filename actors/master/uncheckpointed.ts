/**
 * Tasks of frameworks that do not checkpoint: they end with the process of their agent, and a link that
 * breaks is taken for its end. They are lost at once, to partition aware frameworks, too, and nobody waits for
 * the agent. When it was the network only, and the agent comes back with them, they are told again: like
 * tasks of an agent that was unreachable.
 * Source: Mesos 1.11, src/master/master.cpp, disconnect, removeFramework(Slave*, Framework*); that they
 * come back is Messor's.
 */
import type { Task } from '../protocol/task.ts';
import { isTerminal } from '../protocol/task.ts';
import { dropExecutor } from './executor-records.ts';
import type { MasterContext } from './messages.ts';
import type { AgentRecord, FrameworkRecord, MasterState } from './state.ts';
import { completeTask, tellLast } from './task-records.ts';

const REASON = 'agentDisconnected';

/** The agent is disconnected, and the allocator knows so. */
export function loseUncheckpointed(
  state: MasterState,
  agent: AgentRecord,
  context: MasterContext,
): void {
  const message = `Agent ${agent.info.hostname} disconnected`;
  for (const frameworkId of new Set([...agent.tasks.keys(), ...agent.executors.keys()])) {
    const framework = state.frameworks.get(frameworkId);
    if (framework?.info.checkpoint !== false) continue;
    for (const record of agent.tasks.get(frameworkId)?.values() ?? []) {
      const { taskId, state: last } = record.task;
      // Of one that had ended it is told how; the id of another may be this one's by now.
      if (framework.tasks.get(taskId) === record) {
        const lost = isTerminal(last) ? last : 'lost';
        tellLast(framework, record, { state: lost, reason: REASON, message }, context);
      }
      completeTask(state, agent, framework, record, context);
    }
    for (const record of agent.executors.get(frameworkId)?.values() ?? []) {
      dropExecutor(state, agent, record, context);
    }
  }
}

/** Whether a task that an agent reports was lost only by its link. */
export function wasCutOff(
  framework: FrameworkRecord | undefined,
  { taskId, agentId, state }: Task,
): boolean {
  const lost = framework?.completedTasks.get(taskId)?.task;
  if (lost?.agentId !== agentId || isTerminal(state)) return false;
  return lost.state === 'lost' && lost.statuses.at(-1)?.reason === REASON;
}
