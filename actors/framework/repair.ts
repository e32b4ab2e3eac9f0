/**
 * Repair: what a scheduler driver repeats because messages may be lost.
 *
 * Everything it asks for is repeated, ever more slowly, until its effect is seen: launches nothing
 * is heard of are asked for, kills last until the task has ended, revivals until there is an offer.
 * All live tasks are reconciled with each new master and now and then, in both ways: explicitly,
 * to learn of tasks that the master forgot, and implicitly, to learn of those that we forgot.
 * Source: Mesos 1.11, docs/reconciliation.md.
 */

import { jitteredBackoffMs } from '../../runtime/backoff.ts';
import type { DriverState, Turn } from './scheduler-state.ts';
import { askForAll, type TaskRecord, takeDue } from './task-book.ts';

/** Tasks asked for in one message; more go in the next. */
const RECONCILE_TASK_COUNT_MAX = 1000;

/** Repeats what is due, and asks for all tasks when it is time for that. */
export function repair(state: DriverState, turn: Turn): void {
  if (turn.context.nowMs() >= state.reconcileDueMs) reconcileAll(state, turn, 'implicitly as well');
  else repeatWhatIsDue(state, turn);
}

/** Asks for all live tasks, and sets the time for doing so again. */
export function reconcileAll(
  state: DriverState,
  turn: Turn,
  how: 'explicitly' | 'implicitly as well' = 'explicitly',
): void {
  const { context } = turn;
  const intervalMs = state.timings.reconcileIntervalMs;
  state.reconcileDueMs = context.nowMs() + intervalMs * (0.9 + 0.2 * context.random());
  askForAll(state.tasks, context.nowMs());
  repeatWhatIsDue(state, turn);
  if (how === 'implicitly as well') sendReconcile(state, turn, []);
}

/** Tells a new master which roles want offers, when that has changed since it was asked. */
export function sendDemand(state: DriverState, turn: Turn): void {
  const { frameworkId, master, suppressedRoles, demandNumber } = state;
  if (frameworkId === undefined || master === undefined) return;
  const suppressed = state.info.roles.filter((role) => suppressedRoles.has(role));
  const wanted = state.info.roles.filter((role) => !suppressedRoles.has(role));
  const { context } = turn;
  if (suppressed.length > 0)
    context.send(master, { type: 'suppress', frameworkId, roles: suppressed, demandNumber });
  if (wanted.length > 0)
    context.send(master, { type: 'revive', frameworkId, roles: wanted, demandNumber });
  state.demandChanged = false;
}

/** Offers say what the master has heard of the wishes; some are older than the revival. */
export function endRevival(state: DriverState, heardNumber = 0): void {
  const { revival } = state;
  if (revival !== undefined && heardNumber >= revival.demandNumber) state.revival = undefined;
}

function repeatWhatIsDue(state: DriverState, turn: Turn): void {
  const { frameworkId, master } = state;
  if (frameworkId === undefined || master === undefined) return;
  const { context } = turn;
  const nowMs = context.nowMs();
  const random = () => context.random();
  const backoff = {
    delayMsMin: state.timings.repeatDelayMsMin,
    delayMsMax: state.timings.repeatDelayMsMax,
  };
  const { ask, kill } = takeDue(state.tasks, nowMs, backoff, random);
  for (const { taskId, agentId, kill: wish } of kill) {
    const killGracePeriodMs = wish?.killGracePeriodMs;
    context.send(master, {
      type: 'kill',
      frameworkId,
      taskId,
      ...(agentId === undefined ? {} : { agentId }),
      ...(killGracePeriodMs === undefined ? {} : { killGracePeriodMs }),
    });
  }
  for (let index = 0; index < ask.length; index += RECONCILE_TASK_COUNT_MAX) {
    sendReconcile(state, turn, ask.slice(index, index + RECONCILE_TASK_COUNT_MAX));
  }
  const { revival } = state;
  if (revival !== undefined && revival.dueMs <= nowMs) {
    sendDemand(state, turn);
    state.revival = {
      ...revival,
      dueMs: nowMs + jitteredBackoffMs(revival.count, backoff, random),
      count: revival.count + 1,
    };
  }
}

function sendReconcile(
  { frameworkId, master }: DriverState,
  { context }: Turn,
  records: readonly Pick<TaskRecord, 'taskId' | 'agentId'>[],
): void {
  if (frameworkId === undefined || master === undefined) return;
  const tasks = records.map(({ taskId, agentId }) =>
    agentId === undefined ? { taskId } : { taskId, agentId },
  );
  context.send(master, { type: 'reconcile', frameworkId, tasks });
}
