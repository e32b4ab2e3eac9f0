/** An agent alone: its children and its master are only names, and what it says to them is kept. */
import { agent } from '../../../actors/agent/agent.ts';
import type { CheckpointerMessage } from '../../../actors/agent/checkpoint/checkpointer.ts';
import type { LauncherMessage } from '../../../actors/agent/launcher/launcher.ts';
import { AGENT_DEFAULTS, type AgentOptions } from '../../../actors/agent/state.ts';
import type { StatusUpdatesMessage } from '../../../actors/agent/status-updates.ts';
import type { ExecutorId, OfferId, TaskId, UpdateId } from '../../../actors/protocol/ids.ts';
import type { ExecutorMessage, MasterMessage } from '../../../actors/protocol/messages.ts';
import type { TaskInfo, TaskState } from '../../../actors/protocol/task.ts';
import type { AnyAddress } from '../../../runtime/actor.ts';
import { address, probe } from '../../kit/probe.ts';
import { agentId, framework, frameworkId, info, played } from './nouns.ts';

export const master = address<MasterMessage>('master', 'master:5050');
/** What a leading master says of itself. */
export const firstWords = {
  master,
  epoch: 1,
  masters: [],
  pingTimeoutMs: 75_000,
  returnSpreadMs: 1000,
};
export const launcher = address<LauncherMessage>('launcher');
export const executorAddress = address<ExecutorMessage>('executor', 'executor:1');

export function playedAgent(but: Partial<AgentOptions> = {}) {
  const actor = probe(
    agent,
    {
      ...AGENT_DEFAULTS,
      info,
      cluster: 'messor',
      masters: [master.node],
      workDirectory: played(),
      launcher: () => launcher,
      bootId: 'boot-1',
      ...but,
    },
    { random: () => 0.5 },
  );
  const statusUpdates = actor.spawned.find(({ definition }) => definition === 'status-updates');
  const { receive } = actor;
  /** What it said to itself and to its checkpointer is heard and answered. */
  let heardCount = 0;
  const settleOwn = () => {
    for (let own = actor.sentTo(actor.self); heardCount < own.length; ) {
      const next = own[heardCount++];
      if (next !== undefined) actor.receiveFrom(actor.self, next.message);
      own = actor.sentTo(actor.self);
    }
    const asked = actor.spawned.find(({ definition }) => definition === 'checkpointer');
    const keeper = asked?.address as unknown as typeof checkpointerAddress;
    const discards = () =>
      actor.sentTo(keeper).filter(({ message }) => message.type === 'discard').length;
    while (answeredCount < discards()) {
      answeredCount++;
      receive({ type: 'checkpointDiscarded' });
    }
  };
  let answeredCount = 0;
  const begin = () => {
    receive({ type: 'checkpointRead', kept: undefined });
    receive({ type: 'launcherReady', leftoverCount: 0 });
    receive({
      type: 'resourcesRead',
      total: but.info?.resources ?? info.resources,
      operations: [],
    });
    settleOwn();
  };
  const told = () => actor.sentTo(master).map(({ message }) => message);
  const reports = () =>
    actor
      .sentTo(statusUpdates?.address as unknown as typeof statusUpdatesAddress)
      .flatMap(({ message }) => (message.type === 'report' ? [message.update] : []));
  return {
    ...actor,
    told,
    /** What status updates were given. */
    reports,
    states: () => reports().map(({ status }) => `${status.taskId} ${status.state}`),
    statusUpdatesHeard: () =>
      actor
        .sentTo(statusUpdates?.address as unknown as typeof statusUpdatesAddress)
        .map(({ message }) => message),
    /** What the program launched last was given. */
    secret() {
      const last = actor
        .sentTo(launcher)
        .findLast(({ message }) => message.type === 'launch')?.message;
      const variables = last?.type === 'launch' ? last.environment : [];
      return variables.find(({ name }) => name === 'MESSOR_EXECUTOR_SECRET')?.value ?? '';
    },
    launched: () =>
      actor
        .sentTo(launcher)
        .map(({ message }) => message)
        .filter(({ type }) => type === 'launch' || type === 'kill'),
    advance(durationMs: number) {
      settleOwn();
      actor.advance(durationMs);
      settleOwn();
    },
    /** It finds nothing of an earlier life, and its launcher is ready. */
    begin,
    /** The built-in executor started last. */
    commandExecutor: (): typeof executorAddress => {
      const found = actor.spawned.findLast(({ definition }) => definition === 'command-executor');
      if (found === undefined) throw new Error('No command executor was started');
      return found.address as unknown as typeof executorAddress;
    },
    register() {
      begin();
      receive({ type: 'agentRegistered', agentId, ...firstWords });
    },
    /** Tasks of one group, with the executor of the first. */
    runGroup(tasks: readonly TaskInfo[], more: { launchExecutor?: boolean } = {}) {
      const by = tasks[0]?.executor;
      if (by === undefined) throw new Error('The tasks of a group have an executor');
      receive({
        ...{ type: 'runTaskGroup', frameworkId, framework, executor: by, launchExecutor: true },
        tasks: tasks.map(({ executor: _, ...task }) => task),
        ...more,
      });
    },
    /** The default executor started last. */
    defaultExecutor(): typeof executorAddress {
      const found = actor.spawned.findLast(({ definition }) => definition === 'default-executor');
      if (found === undefined) throw new Error('No default executor was started');
      return found.address as unknown as typeof executorAddress;
    },
    run(
      task: TaskInfo,
      more: { launchExecutor?: boolean; launchId?: OfferId; resourceVersion?: string } = {},
    ) {
      receive({ type: 'runTask', frameworkId, framework, task, ...more });
    },
    /** What an executor says. */
    update(from: AnyAddress, taskId: TaskId, executorId: string, state: TaskState, id?: string) {
      const status = { taskId, state, source: 'executor', timestampMs: 0 } as const;
      const updateId = (id ?? `${taskId} ${state}`) as UpdateId;
      actor.receiveFrom(from, {
        type: 'executorUpdate',
        frameworkId,
        executorId: executorId as ExecutorId,
        update: { id: updateId, frameworkId, status },
      });
    },
  };
}

declare const checkpointerAddress: ReturnType<typeof address<CheckpointerMessage>>;
declare const statusUpdatesAddress: ReturnType<typeof address<StatusUpdatesMessage>>;
