/** The handle of an executor's logic: what it can do, and the updates on their way to the agent. */
import { jitteredBackoffMs } from '../../runtime/backoff.ts';
import type { TaskId, UpdateId } from '../protocol/ids.ts';
import { isTerminal } from '../protocol/task.ts';
import type { ExecutorCalls, ExecutorTaskState, StatusDetails } from './executor-logic.ts';
import type { ExecutorContext, ExecutorDriverState } from './executor-state.ts';

/** Live tasks of one executor; further launches are answered as failed. */
export const LIVE_TASK_COUNT_MAX = 10_000;
/** Ended tasks that are remembered; then the oldest is forgotten. */
const ENDED_TASK_COUNT_MAX = 10_000;
/** Updates that may wait for the agent; over it only ends of tasks are added. */
const PENDING_UPDATE_COUNT_MAX = 10_000;

export function executorCalls(state: ExecutorDriverState, context: ExecutorContext): ExecutorCalls {
  return {
    liveTaskIds: state.liveTaskIds,
    update: (taskId, taskState, details = {}) => update(state, context, taskId, taskState, details),
    message(data) {
      const { agent, frameworkId, executorId } = context.options;
      if (state.phase !== 'registered') return;
      context.send(agent, { type: 'executorMessage', frameworkId, executorId, data });
    },
    stop() {
      state.leaving = true;
    },
  };
}

export function update(
  state: ExecutorDriverState,
  context: ExecutorContext,
  taskId: TaskId,
  taskState: ExecutorTaskState,
  details: StatusDetails,
): void {
  const { frameworkId, executorId } = context.options;
  const ends = isTerminal(taskState);
  if (ends) noteEnd(state, taskId);
  else if (state.pending.size >= PENDING_UPDATE_COUNT_MAX) {
    context.log.warn('Dropped an update: too many wait for the agent', { taskId, taskState });
    return;
  }
  const id = context.uuid() as UpdateId;
  state.pending.set(id, {
    id,
    frameworkId,
    status: {
      taskId,
      state: taskState,
      source: 'executor',
      timestampMs: context.nowMs(),
      executorId,
      ...details,
    },
  });
  sendUpdates(state, context, [id]);
  state.repeatTimer ??= repeatLater(state, context);
}

/** Sends these pending updates, or all of them, oldest first. */
export function sendUpdates(
  state: ExecutorDriverState,
  context: ExecutorContext,
  ids: Iterable<UpdateId> = state.pending.keys(),
): void {
  if (state.phase !== 'registered') return;
  const { agent, frameworkId, executorId } = context.options;
  for (const id of ids) {
    const pending = state.pending.get(id);
    if (pending === undefined) continue;
    context.send(agent, { type: 'executorUpdate', frameworkId, executorId, update: pending });
  }
}

export function repeatLater(state: ExecutorDriverState, context: ExecutorContext) {
  const { repeatDelayMsMin, repeatDelayMsMax } = state.timings;
  const limits = { delayMsMin: repeatDelayMsMin, delayMsMax: repeatDelayMsMax };
  const delayMs = jitteredBackoffMs(state.repeatCount, limits, () => context.random());
  state.repeatCount += 1;
  return context.sendSelfAfter(delayMs, { type: 'repeatDue' });
}

function noteEnd({ liveTaskIds, endedTaskIds }: ExecutorDriverState, taskId: TaskId): void {
  liveTaskIds.delete(taskId);
  endedTaskIds.add(taskId);
  if (endedTaskIds.size <= ENDED_TASK_COUNT_MAX) return;
  for (const oldest of endedTaskIds) {
    endedTaskIds.delete(oldest);
    break;
  }
}
