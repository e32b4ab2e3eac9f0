/**
 * Tasks on the agent: launched, killed, and asked about.
 *
 *     runTask ─▶ staging ─▶ (what its executor reports) ─▶ terminal ─acknowledged─▶ completed
 * Every task that is taken gets a terminal update, whatever happens to its executor, and one that
 * can't be taken gets one at once. A second copy of a launch is known by its id and ignored, also a
 * while after the task is over.
 * Source: Mesos 1.11, src/slave/slave.cpp, runTask, killTask.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ExecutorId, FrameworkId, TaskId } from '../protocol/ids.ts';
import { isTerminal, type TaskReason } from '../protocol/task.ts';
import { admit, fits } from './admission.ts';
import { letter } from './checkpoint/checkpointer.ts';
import type { CheckpointRecord } from './checkpoint/records.ts';
import { endExecutor, startExecutor } from './executors.ts';
import { keepThen } from './keeping.ts';
import {
  type AgentContext,
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

export const taskHandlers: AgentHandlers<'runTask' | 'killTask' | 'confirmTasks'> = {
  runTask(state, { frameworkId, framework: info, task: taskInfo, role, launchExecutor }, context) {
    const { taskId } = taskInfo;
    // For an earlier life, or too late: the master asks what became of it, and is told.
    if (taskInfo.agentId !== state.agentId || state.ending !== undefined) {
      context.log.warn('Ignoring a task that is not for this agent, or comes too late', { taskId });
      return;
    }
    const known = state.frameworks.get(frameworkId);
    if (known?.tasks.has(taskId) || state.completed.has(taskKey(frameworkId, taskId))) return;
    if (known?.ending) return;
    const partitionAware = info.capabilities.includes('partitionAware');
    const refuse = (reason: TaskReason, message: string) =>
      publishUnknown(
        state,
        frameworkId,
        taskId,
        { state: partitionAware ? 'dropped' : 'lost', reason, message },
        context,
      );
    if (state.activeTaskCount >= ACTIVE_TASKS_MAX) {
      const message = `Cannot take the task: the agent has ${ACTIVE_TASKS_MAX} tasks already`;
      refuse('containerLaunchFailed', message);
      return;
    }
    const framework = known ?? newFramework(frameworkId, info);
    const records: CheckpointRecord[] = [];
    if (known === undefined || !isDeepStrictEqual(known.info, info)) {
      records.push({ type: 'framework', frameworkId, info });
    }
    framework.info = info;
    const executorId = taskInfo.executor?.executorId ?? (taskId as string as ExecutorId);
    const running = framework.executors.get(executorId);
    if (running?.ending || (running === undefined && launchExecutor === false)) {
      refuse('executorTerminated', `Cannot take the task: its executor "${executorId}" has ended`);
      return;
    }
    if (
      running !== undefined &&
      (running.custom === undefined) !== (taskInfo.executor === undefined)
    ) {
      refuse('taskInvalid', `Cannot take the task: the executor id "${executorId}" is in use`);
      return;
    }
    const executor = running ?? startExecutor(state, framework, taskInfo, role, context);
    if (executor === undefined) return;
    state.frameworks.set(frameworkId, framework);
    const task: AgentTask = {
      info: taskInfo,
      executorId,
      containerId: executor.containerId,
      role,
      state: 'staging',
      statuses: [],
      updateState: undefined,
      updateId: undefined,
      receivedIds: [],
    };
    framework.tasks.set(taskId, task);
    state.activeTaskCount++;
    executor.taskIds.add(taskId);
    const { containerId, custom } = executor;
    if (running === undefined) {
      const program = custom === undefined ? {} : { custom };
      records.push({ type: 'executor', frameworkId, executorId, containerId, ...program });
    }
    records.push({
      type: 'task',
      frameworkId,
      executorId,
      containerId,
      info: taskInfo,
      ...(role === undefined ? {} : { role }),
      waits: !fits(state, task, context),
    });
    keepThen(state, framework, records, [], context);
    admit(state, framework, task, context);
  },

  killTask(state, { frameworkId, taskId, killGracePeriodMs }, context) {
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    const task = framework.tasks.get(taskId);
    if (task === undefined) {
      reportKilledUnknown(state, framework, taskId, context);
      return;
    }
    if (isTerminal(task.state)) return;
    const executor = framework.executors.get(task.executorId);
    if (executor === undefined) return;
    if (executor.address === undefined || state.waiting.has(task)) {
      const message = 'Task was killed before its executor got it';
      const what = { state: 'killed', reason: 'taskKilledDuringLaunch', message } as const;
      publishOwn(state, framework, task, what, context);
      if (executor.taskIds.size === 0) endExecutor(executor, context, state);
      return;
    }
    const grace = killGracePeriodMs === undefined ? {} : { killGracePeriodMs };
    const { executorId, custom, address } = executor;
    const ending =
      custom === undefined ? [{ type: 'ending', frameworkId, executorId } as const] : [];
    const kill = letter(address, { type: 'kill', taskId, ...grace });
    keepThen(state, framework, ending, [kill], context);
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

/** The master has a task here: the agent tells it if that is not so. */
export function reportUnknown(
  state: AgentState,
  {
    frameworkId,
    taskId,
    partitionAware,
  }: {
    readonly frameworkId: FrameworkId;
    readonly taskId: TaskId;
    readonly partitionAware: boolean;
  },
  context: AgentContext,
): void {
  if (state.frameworks.get(frameworkId)?.tasks.has(taskId)) return;
  const status = state.completed.get(taskKey(frameworkId, taskId))?.record?.statuses.at(-1);
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

function newFramework(frameworkId: FrameworkId, info: AgentFramework['info']): AgentFramework {
  return {
    frameworkId,
    info,
    executors: new Map(),
    tasks: new Map<TaskId, AgentTask>(),
    ending: false,
    checkpointed: info.checkpoint ?? true,
  };
}
