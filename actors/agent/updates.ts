/**
 * Updates on their way through the agent: from executors or from the agent itself, into the task's
 * record, to the status updates actor, and when that says so, to the master.
 * Source: Mesos 1.11, src/slave/slave.cpp, statusUpdate, forward, Framework::destroyExecutor.
 */
import { sameAddress } from '../../runtime/address.ts';
import type { FrameworkId, TaskId, UpdateId } from '../protocol/ids.ts';
import { isTerminal, type TaskReason, type TaskState, type TaskStatus } from '../protocol/task.ts';
import { admitWaiting, vacate } from './admission.ts';
import { type Letter, letter } from './checkpoint/checkpointer.ts';
import { count, countEnd } from './counters.ts';
import { retireDefaultExecutor } from './default-executor/lives.ts';
import { drainedStatus } from './drained-status.ts';
import { endWhenDone } from './ending.ts';
import { rememberFramework } from './history.ts';
import { keepThen } from './keeping.ts';
import { ipOf } from './node-address.ts';
import { preemptedStatus } from './oversubscription/preempted-status.ts';
import { unlinkTask } from './resources/task-volumes.ts';
import { unlistContainer } from './sandbox-use.ts';
import {
  type AgentContext,
  type AgentExecutor,
  type AgentFramework,
  type AgentHandlers,
  type AgentState,
  type AgentTask,
  type CompletedTask,
  RECEIVED_IDS_MAX,
  STATUSES_KEPT_MAX,
  taskKey,
  taskRecord,
} from './state.ts';
import type { ReportedUpdate } from './status-updates.ts';

export const updateHandlers: AgentHandlers<
  'executorUpdate' | 'forwardUpdate' | 'acknowledgeUpdate' | 'taskSettled'
> = {
  executorUpdate(state, { frameworkId, executorId, update }, context) {
    const framework = state.frameworks.get(frameworkId);
    const executor = framework?.executors.get(executorId);
    const { sender } = context;
    const isFromIt =
      executor?.address !== undefined &&
      (sender === undefined || sameAddress(sender, executor.address));
    if (framework === undefined || executor?.address === undefined || !isFromIt) {
      count('invalidUpdates', context);
      return;
    }
    const { taskId } = update.status;
    const received = { type: 'updateReceived', taskId, updateId: update.id } as const;
    const confirmation = letter(executor.address, received);
    // What was received before may still be on its way to the disk.
    const confirm = () => keepThen(state, framework, [], [confirmation], context);
    const task = framework.tasks.get(taskId);
    if (task === undefined) {
      count('validUpdates', context);
      reportStray(state, executor, update, context);
      confirm();
      return;
    }
    if (task.executorId !== executorId) {
      context.log.debug('Ignoring an update of a task that the executor does not have', { taskId });
      count('invalidUpdates', context);
      confirm();
      return;
    }
    count('validUpdates', context);
    if (task.receivedIds.includes(update.id) || isTerminal(task.state)) {
      confirm();
      return;
    }
    task.receivedIds.push(update.id);
    if (task.receivedIds.length > RECEIVED_IDS_MAX) task.receivedIds.shift();
    const status = { ...update.status, source: 'executor' as const };
    publish(state, framework, task, status, context, update.id, [confirmation]);
    if (status.reason === 'containerLaunchFailed') count('launchErrors', context);
    // A built-in executor has nothing more to do when its task is over.
    if (executor.type !== 'custom' && executor.taskIds.size === 0) {
      context.unlink(executor.address);
      framework.executors.delete(executorId);
      count('executorsTerminated', context);
      unlistContainer(state, executor, context);
      if (executor.type === 'default') retireDefaultExecutor(state, framework, executor, context);
      forgetFrameworkIfIdle(state, framework, context);
    }
  },

  forwardUpdate(state, { update, latestState }, context) {
    const { agentId, master } = state;
    if (agentId === undefined || master === undefined) return;
    const task = state.frameworks.get(update.frameworkId)?.tasks.get(update.status.taskId);
    if (task !== undefined) {
      task.updateState = update.status.state;
      task.updateId = update.id;
    }
    context.send(master, {
      type: 'statusUpdate',
      agentId,
      agent: context.self,
      update,
      latestState,
    });
  },

  acknowledgeUpdate(state, { frameworkId, taskId, updateId }, context) {
    if (state.statusUpdates === undefined) return;
    context.send(state.statusUpdates, { type: 'acknowledge', frameworkId, taskId, updateId });
    // Nothing waits for this: what is forgotten of it is acknowledged once more.
    const framework = state.frameworks.get(frameworkId);
    if (framework === undefined) return;
    const record = { type: 'acknowledged', frameworkId, taskId, updateId } as const;
    keepThen(state, framework, [record], [], context);
  },

  taskSettled(state, { frameworkId, taskId }, context) {
    const framework = state.frameworks.get(frameworkId);
    const task = framework?.tasks.get(taskId);
    if (framework === undefined || task === undefined) return;
    forgetTask(state, framework, task, context);
    forgetFrameworkIfIdle(state, framework, context);
  },
};

/** Notes what is new of a task, and lets its framework know; the letters leave with that. */
export function publish(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  reported: TaskStatus,
  context: AgentContext,
  id = context.uuid() as UpdateId,
  letters: readonly Letter[] = [],
): void {
  const { agentId } = state;
  if (agentId === undefined) return;
  const { executorId, containerId, info } = task;
  const own = preemptedStatus(framework, task, reported);
  const status = drainedStatus(state, framework, task, own);
  const where = status.networks === undefined ? addressOf(context.self.node) : {};
  const whole = { ...status, agentId, executorId, containerId, ...where };
  if (task.state === status.state) task.statuses.pop();
  const ends = isTerminal(status.state) && !isTerminal(task.state);
  task.state = status.state;
  task.statuses.push(whole);
  if (task.statuses.length > STATUSES_KEPT_MAX) task.statuses.shift();
  if (ends) {
    countEnd(status.state, context);
    framework.executors.get(executorId)?.taskIds.delete(info.taskId);
    if (!state.waiting.delete(task)) vacate(state, info.resources);
    unlinkTask(state, framework, task, context);
    admitWaiting(state, context);
  }
  if (framework.ending) {
    if (isTerminal(status.state)) forgetTask(state, framework, task, context);
    keepThen(state, framework, [], letters, context);
    return;
  }
  if (state.statusUpdates === undefined) return;
  const update = { id, frameworkId: framework.frameworkId, status: whole };
  const report = letter(state.statusUpdates, { type: 'report', update });
  keepThen(state, framework, [{ type: 'update', update }], [report, ...letters], context);
}

/** Source: Mesos 1.11, src/slave/slave.cpp, statusUpdate. */
function addressOf(node: string): Pick<TaskStatus, 'containerIp'> {
  const containerIp = ipOf(node);
  return containerIp === undefined ? {} : { containerIp };
}

/** Like `publish`, of a state that the agent itself found out. */
export function publishOwn(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  what: { readonly state: TaskState; readonly reason: TaskReason; readonly message: string },
  context: AgentContext,
): void {
  const { taskId } = task.info;
  const timestampMs = context.nowMs();
  publish(state, framework, task, { taskId, source: 'agent', timestampMs, ...what }, context);
}

/** A terminal update of a task that the agent has no record of. */
export function publishUnknown(
  state: AgentState,
  frameworkId: FrameworkId,
  taskId: TaskId,
  what: { readonly state: TaskState; readonly reason: TaskReason; readonly message: string },
  context: AgentContext,
): void {
  const { agentId, statusUpdates } = state;
  if (agentId === undefined || statusUpdates === undefined) return;
  const id = context.uuid() as UpdateId;
  const timestampMs = context.nowMs();
  const status: TaskStatus = { taskId, source: 'agent', timestampMs, agentId, ...what };
  context.send(statusUpdates, { type: 'report', update: { id, frameworkId, status } });
}

/**
 * An executor may speak of tasks that nobody launched: its scheduler hears of them, as from Mesos. Late
 * news of one that is over is not passed on. Source: Mesos 1.11, slave.cpp, statusUpdate.
 */
function reportStray(
  { agentId, statusUpdates, completed }: AgentState,
  { executorId, containerId }: AgentExecutor,
  { frameworkId, id, status }: ReportedUpdate,
  context: AgentContext,
): void {
  if (agentId === undefined || statusUpdates === undefined) return;
  if (completed.has(taskKey(frameworkId, status.taskId))) return;
  const whole = { ...status, source: 'executor', agentId, executorId, containerId } as const;
  const update = { id, frameworkId, status: whole };
  context.send(statusUpdates, { type: 'report', update, stray: true });
}

/** Only its record stays for a while. */
export function forgetTask(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  context: AgentContext,
): void {
  const { frameworkId } = framework;
  const { taskId } = task.info;
  if (state.agentId === undefined || !framework.tasks.delete(taskId)) return;
  state.activeTaskCount--;
  const { executorId, containerId, launchId } = task;
  const record = taskRecord(state.agentId, frameworkId, task);
  const launched = launchId === undefined ? {} : { launchId };
  const over = { record, executorId, containerId, ...launched };
  remember(state, frameworkId, taskId, over, context);
}

/** A launch of this task is not obeyed any more. */
export function remember(
  state: AgentState,
  frameworkId: FrameworkId,
  taskId: TaskId,
  completed: CompletedTask,
  context: AgentContext,
): void {
  state.completed.set(taskKey(frameworkId, taskId), completed);
  if (state.completed.size <= context.options.completedTaskCountMax) return;
  const [oldest] = state.completed.keys();
  if (oldest !== undefined) state.completed.delete(oldest);
}

/** To be called whenever something of the framework has ended. */
export function forgetFrameworkIfIdle(
  state: AgentState,
  framework: AgentFramework,
  context: AgentContext,
): void {
  const idle = framework.executors.size === 0 && framework.tasks.size === 0;
  const { frameworkId } = framework;
  if (idle && state.frameworks.delete(frameworkId)) {
    keepThen(state, framework, [{ type: 'frameworkEnded', frameworkId }], [], context);
    rememberFramework(state.history, frameworkId, framework.info);
  }
  admitWaiting(state, context);
  endWhenDone(state, context);
}
