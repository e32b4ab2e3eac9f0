/** A default executor alone: agent, launcher and fetcher are only names, and what they are told is kept. */
import { defaultExecutor } from '../../../actors/agent/default-executor/default-executor.ts';
import type { RecoveredExecutor } from '../../../actors/agent/default-executor/executor-state.ts';
import type { FetcherMessage } from '../../../actors/agent/fetcher/fetcher-state.ts';
import type { ContainerEnd, LauncherMessage } from '../../../actors/agent/launcher/launcher.ts';
import type { WorkDirectory } from '../../../actors/agent/work-directory.ts';
import type { FromExecutorToAgent } from '../../../actors/protocol/executor-to-agent.ts';
import type { ContainerId, TaskId } from '../../../actors/protocol/ids.ts';
import type { TaskInfo } from '../../../actors/protocol/task.ts';
import { address, probe } from '../../kit/probe.ts';
import { played, podTask, sandbox } from './nouns.ts';

const agent = address<FromExecutorToAgent>('agent');
const launcher = address<LauncherMessage>('launcher');
const fetcher = address<FetcherMessage>('fetcher');
export const containerOf = (id: string) => `${sandbox.containerId}.${id}` as ContainerId;
export const success: ContainerEnd = { kind: 'exited', exitCode: 0 };
export const failure: ContainerEnd = { kind: 'exited', exitCode: 3 };
export const terminated: ContainerEnd = { kind: 'signalled', signal: 'SIGTERM' };

interface Change {
  readonly disk?: WorkDirectory;
  readonly reportsKilling?: boolean;
  readonly recovered?: RecoveredExecutor;
}

export function beginExecutor({ disk = played(), reportsKilling = false, recovered }: Change = {}) {
  const actor = probe(defaultExecutor, {
    agent,
    launcher,
    fetcher,
    runsAs: 'me',
    workDirectory: disk,
    sandbox,
    resources: [],
    killGracePeriodMs: 3000,
    shutdownGracePeriodMs: 5000,
    reportsKilling,
    containerIp: '10.0.0.7',
    common: [
      { name: 'LANG', value: 'C' },
      { name: 'OWN', value: 'of all' },
    ],
    ...(recovered && { recovered }),
  });
  const updates = () =>
    actor
      .sentTo(agent)
      .flatMap(({ message }) => (message.type === 'executorUpdate' ? [message.update] : []));
  const statuses = () => updates().map(({ status }) => status);
  const launched = () =>
    actor
      .sentTo(launcher)
      .flatMap(({ message }) =>
        message.type === 'launch' || message.type === 'kill' ? [message] : [],
      );
  const nameOf = (containerId: ContainerId) => containerId.slice(sandbox.containerId.length + 1);
  return {
    ...actor,
    updates,
    statuses,
    launched,
    /** What the fetcher heard. */
    asked: () =>
      actor
        .sentTo(fetcher)
        .map(({ message: { type, containerId } }) => `${type} ${nameOf(containerId)}`),
    fetched(id: string) {
      actor.receive({ type: 'fetched', containerId: containerOf(id) });
    },
    notFetched(id: string, sentence: string) {
      actor.receive({ type: 'notFetched', containerId: containerOf(id), sentence });
    },
    reports: () => statuses().map(({ taskId, state }) => `${taskId} ${state}`),
    /** What the launcher heard. */
    told: () =>
      launched().map((message) =>
        message.type === 'launch'
          ? `launch ${nameOf(message.containerId)}`
          : `kill ${nameOf(message.containerId)} ${message.gracePeriodMs}`,
      ),
    launch(...group: readonly (string | TaskInfo)[]) {
      const tasks = group.map((one) => (typeof one === 'string' ? podTask(one) : one));
      const containerIds = tasks.map(({ taskId }) => containerOf(taskId));
      actor.receive({ type: 'launchGroup', tasks, containerIds, role: 'ads' });
    },
    started(id: string) {
      actor.receive({ type: 'containerStarted', containerId: containerOf(id), processId: 7 });
    },
    ends(id: string, end: ContainerEnd) {
      actor.receive({ type: 'containerEnded', containerId: containerOf(id), end });
    },
    kill(id: string, killGracePeriodMs?: number) {
      const grace = killGracePeriodMs === undefined ? {} : { killGracePeriodMs };
      actor.receive({ type: 'kill', taskId: id as TaskId, ...grace });
    },
    confirmAll() {
      for (const { id, status } of updates()) {
        actor.receive({ type: 'updateReceived', taskId: status.taskId, updateId: id });
      }
    },
  };
}

export async function running(group: readonly (string | TaskInfo)[], change: Change = {}) {
  const actor = beginExecutor(change);
  actor.launch(...group);
  await actor.settle();
  for (const one of group) actor.started(typeof one === 'string' ? one : one.taskId);
  return actor;
}
