/**
 * Tasks on the agent: launched, killed, and asked about.
 *
 *     runTask ─▶ staging ─▶ (what its executor reports) ─▶ terminal ─acknowledged─▶ completed
 * Every task that is taken gets a terminal update, whatever happens to its executor, and one that
 * can't be taken gets one at once. A second copy of a launch is known and ignored, also a while after the
 * task is over; another task may have its id then.
 * Source: Mesos 1.11, src/slave/slave.cpp, runTask, killTask.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FrameworkId, OfferId, TaskId } from '../protocol/ids.ts';
import { isTerminal, type TaskInfo, type TaskReason } from '../protocol/task.ts';
import { admit, fits, launchedWith } from './admission.ts';
import { letter } from './checkpoint/checkpointer.ts';
import { type CheckpointRecord, together } from './checkpoint/records.ts';
import { executorIdOf, executorTypeOf } from './executor-kinds.ts';
import { endExecutor, startExecutor } from './executors.ts';
import { keepThen } from './keeping.ts';
import { OUTDATED } from './resources/operations.ts';
import {
  type AgentContext,
  type AgentExecutor,
  type AgentFramework,
  type AgentHandlers,
  type AgentState,
  type AgentTask,
  taskKey,
} from './state.ts';
import { publishOwn, publishUnknown, remember } from './updates.ts';

/**
 * Tasks that an agent takes. Who registers again reports them all in one message, of which the wire
 * takes 200 000 values; a task with a status, some labels and resources has about sixty.
 */
export const ACTIVE_TASKS_MAX = 2500;

export const taskHandlers: AgentHandlers<
  'runTask' | 'updateFramework' | 'killTask' | 'confirmTasks'
> = {
  runTask(state, launch, context) {
    const { frameworkId, framework: info, task: taskInfo, role, launchId } = launch;
    const { launchExecutor, resourceVersion } = launch;
    const { taskId } = taskInfo;
    // For an earlier life, or too late: the master asks what became of it, and is told.
    if (taskInfo.agentId !== state.agentId || state.ending !== undefined) {
      context.log.warn('Ignoring a task that is not for this agent, or comes too late', { taskId });
      return;
    }
    const known = state.frameworks.get(frameworkId);
    if (isCopy(state, frameworkId, taskId, launchId) || known?.ending) return;
    const framework = known ?? newFramework(frameworkId, info);
    const before = known?.info;
    framework.info = info;
    const refusal =
      idRefusal(framework, taskId) ??
      launchRefusal(state, framework, taskInfo, { launchExecutor, resourceVersion });
    if (refusal !== undefined) {
      refuse(state, framework, taskId, refusal, context);
      return;
    }
    const executorId = executorIdOf(taskInfo);
    const running = framework.executors.get(executorId);
    const executor = running ?? startExecutor(state, framework, taskInfo, role, context);
    if (executor === undefined) return;
    state.frameworks.set(frameworkId, framework);
    const { containerId } = executor;
    const what = { info: taskInfo, containerId, role, launchId };
    const task = addTask(state, framework, executor, what);
    keepLaunch(
      state,
      framework,
      { executor, isNew: running === undefined, tasks: [task], before },
      context,
    );
    admit(state, framework, [task], context);
  },

  updateFramework(state, { frameworkId, framework: info }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined || framework.ending) return;
    if (isDeepStrictEqual(framework.info, info)) return;
    framework.info = info;
    keepThen(state, framework, [{ type: 'framework', frameworkId, info }], [], context);
  },

  killTask(state, { frameworkId, taskId, killGracePeriodMs }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    const task = framework.tasks.get(taskId);
    if (task === undefined) {
      reportKilledUnknown(state, framework, taskId, context);
      return;
    }
    killTask(state, framework, task, killGracePeriodMs, context);
  },

  confirmTasks(state, { tasks, executors = [] }, context) {
    for (const task of tasks) reportUnknown(state, task, context);
    const { agentId, master } = state;
    if (agentId === undefined || master === undefined) return;
    for (const { frameworkId, executorId } of executors) {
      if (state.frameworks.get(frameworkId)?.executors.has(executorId)) continue;
      // How it ended is not known any more.
      const status = 255;
      context.send(master, { type: 'executorExited', agentId, frameworkId, executorId, status });
    }
  },
};

/** Of one that is here. @param killGracePeriodMs undefined: as the task or its executor has it */
export function killTask(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  killGracePeriodMs: number | undefined,
  context: AgentContext,
): void {
  const { frameworkId } = framework;
  const { taskId } = task.info;
  if (isTerminal(task.state)) return;
  const executor = framework.executors.get(task.executorId);
  if (executor === undefined) return;
  const isHanded = !state.waiting.has(task) && task.volumes !== 'linking';
  if (executor.address === undefined || !isHanded) {
    const message =
      task.group === undefined
        ? 'Task was killed before its executor got it'
        : 'A task within the task group was killed before delivery to the executor';
    const what = { state: 'killed', reason: 'taskKilledDuringLaunch', message } as const;
    for (const each of launchedWith(framework, task)) {
      if (!isTerminal(each.state)) publishOwn(state, framework, each, what, context);
    }
    if (executor.taskIds.size === 0) endExecutor(executor, context, state);
    return;
  }
  const grace = killGracePeriodMs === undefined ? {} : { killGracePeriodMs };
  const { type, address } = executor;
  const killing = type === 'custom' ? [] : [{ type: 'killing', frameworkId, taskId } as const];
  const kill = letter(address, { type: 'kill', taskId, ...grace });
  keepThen(state, framework, killing, [kill], context);
}

/**
 * Whether this very launch came before. When the end of a task has been acknowledged its framework may give
 * its id to another one.
 */
export function isCopy(
  { frameworks, completed }: AgentState,
  frameworkId: FrameworkId,
  taskId: TaskId,
  launchId: OfferId | undefined,
): boolean {
  const before =
    frameworks.get(frameworkId)?.tasks.get(taskId) ?? completed.get(taskKey(frameworkId, taskId));
  if (before === undefined) return false;
  return launchId === undefined || (before.launchId ?? launchId) === launchId;
}

/** Another task has its id: the acknowledgement of its end is just on its way through the agent. */
export function idRefusal({ tasks }: AgentFramework, taskId: TaskId): Refusal | undefined {
  if (!tasks.has(taskId)) return undefined;
  const message = `Cannot take the task: the agent is not done with another one of the id "${taskId}"`;
  return { reason: 'taskInvalid', message };
}

/** Why this task and others of its executor, as many as `taskCount`, can't be taken, if so. */
export function launchRefusal(
  state: AgentState,
  { executors, checkpointed }: AgentFramework,
  task: TaskInfo,
  {
    launchExecutor,
    resourceVersion,
    taskCount = 1,
  }: {
    readonly launchExecutor: boolean | undefined;
    readonly resourceVersion: string | undefined;
    readonly taskCount?: number;
  },
): Refusal | undefined {
  if (state.drain !== undefined) {
    const message = 'Task was received while agent was already draining';
    return { reason: 'agentDraining', message };
  }
  const cannot = taskCount === 1 ? 'Cannot take the task' : 'Cannot take the task group';
  if (resourceVersion !== undefined && resourceVersion !== state.resourceVersion) {
    return { reason: 'invalidOffers', message: `${cannot}: ${OUTDATED}` };
  }
  if (state.activeTaskCount + taskCount > ACTIVE_TASKS_MAX) {
    const message = `${cannot}: the agent has ${state.activeTaskCount} of at most ${ACTIVE_TASKS_MAX} tasks already`;
    return { reason: 'containerLaunchFailed', message };
  }
  if (checkpointed && state.checkpointFull) {
    const message = `${cannot}: the disk of the agent's checkpoint is full`;
    return { reason: 'containerLaunchFailed', message };
  }
  const executorId = executorIdOf(task);
  const running = executors.get(executorId);
  if (running?.ending || (running === undefined && launchExecutor === false)) {
    const message = `${cannot}: its executor "${executorId}" has ended`;
    return { reason: 'executorTerminated', message };
  }
  if (running !== undefined && running.type !== executorTypeOf(task)) {
    const message = `${cannot}: the executor id "${executorId}" is in use`;
    return { reason: 'taskInvalid', message };
  }
  return undefined;
}

interface Refusal {
  readonly reason: TaskReason;
  readonly message: string;
}

export function refuse(
  state: AgentState,
  { frameworkId, info }: AgentFramework,
  taskId: TaskId,
  why: Refusal,
  context: AgentContext,
): void {
  const partitionAware = info.capabilities.includes('partitionAware');
  const what = { state: partitionAware ? 'dropped' : 'lost', ...why } as const;
  publishUnknown(state, frameworkId, taskId, what, context);
}

/** What was launched is written down. @param before what was known of the framework */
export function keepLaunch(
  state: AgentState,
  framework: AgentFramework,
  {
    executor: { executorId, containerId, custom },
    isNew,
    tasks,
    before,
  }: {
    readonly executor: AgentExecutor;
    readonly isNew: boolean;
    readonly tasks: readonly AgentTask[];
    readonly before: AgentFramework['info'] | undefined;
  },
  context: AgentContext,
): void {
  const { frameworkId, info: frameworkInfo } = framework;
  const records: CheckpointRecord[] = [];
  if (!isDeepStrictEqual(before, frameworkInfo)) {
    records.push({ type: 'framework', frameworkId, info: frameworkInfo });
  }
  if (isNew) {
    const program = custom === undefined ? {} : { custom };
    records.push({ type: 'executor', frameworkId, executorId, containerId, ...program });
  }
  const waits = !fits(state, tasks);
  const launched = tasks.map(({ info, containerId: its, role, group }) => ({
    type: 'task' as const,
    frameworkId,
    executorId,
    containerId: its,
    info,
    ...(role === undefined ? {} : { role }),
    ...(group === undefined ? {} : { group }),
    waits,
  }));
  records.push(together(launched));
  keepThen(state, framework, records, [], context);
}

/** The agent has it from here on. */
export function addTask(
  state: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  task: Pick<AgentTask, 'info' | 'containerId' | 'role' | 'launchId'> &
    Partial<Pick<AgentTask, 'group'>>,
): AgentTask {
  const added: AgentTask = {
    group: undefined,
    ...task,
    executorId: executor.executorId,
    state: 'staging',
    statuses: [],
    updateState: undefined,
    updateId: undefined,
    receivedIds: [],
    volumes: 'unlinked',
  };
  const { taskId } = task.info;
  framework.tasks.set(taskId, added);
  state.completed.delete(taskKey(framework.frameworkId, taskId));
  state.activeTaskCount++;
  executor.taskIds.add(taskId);
  return added;
}

/** The master has a task here: the agent tells it if that is not so. */
export function reportUnknown(
  state: AgentState,
  {
    frameworkId,
    taskId,
    partitionAware,
    launchId,
  }: {
    readonly frameworkId: FrameworkId;
    readonly taskId: TaskId;
    readonly partitionAware: boolean;
    readonly launchId?: OfferId;
  },
  context: AgentContext,
): void {
  if (state.frameworks.get(frameworkId)?.tasks.has(taskId)) return;
  const over = state.completed.get(taskKey(frameworkId, taskId));
  const isOther = launchId !== undefined && (over?.launchId ?? launchId) !== launchId;
  const status = isOther ? undefined : over?.record?.statuses.at(-1);
  // It is over and was acknowledged, but this master did not hear: it hears again.
  if (status !== undefined) {
    const { state: last, reason = 'reconciliation', message = '' } = status;
    publishUnknown(state, frameworkId, taskId, { state: last, reason, message }, context);
    return;
  }
  const message = 'The agent does not know the task';
  const last = partitionAware ? 'dropped' : 'lost';
  publishUnknown(
    state,
    frameworkId,
    taskId,
    { state: last, reason: 'reconciliation', message },
    context,
  );
}

/** Killed before it came: should it come yet, it is not obeyed. */
function reportKilledUnknown(
  state: AgentState,
  framework: AgentFramework,
  taskId: TaskId,
  context: AgentContext,
): void {
  const { frameworkId, info } = framework;
  const partitionAware = info.capabilities.includes('partitionAware');
  reportUnknown(state, { frameworkId, taskId, partitionAware }, context);
  if (!state.completed.has(taskKey(frameworkId, taskId))) {
    remember(state, frameworkId, taskId, {}, context);
  }
}

export function newFramework(
  frameworkId: FrameworkId,
  info: AgentFramework['info'],
): AgentFramework {
  return {
    frameworkId,
    info,
    executors: new Map(),
    tasks: new Map<TaskId, AgentTask>(),
    ending: false,
    checkpointed: info.checkpoint ?? true,
  };
}
