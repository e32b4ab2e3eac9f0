/**
 * What the master does for those who read from it (`api/snapshot/reads.ts`): lets itself be looked at
 * when somebody wants to know, and says what happens while somebody listens.
 */

import type { TaskStatus } from '../protocol/task.ts';
import type { OperatorEvent } from './api/snapshot/read-changes.ts';
import type { ReadLeader } from './api/snapshot/reads.ts';
import { readFramework } from './api/snapshot/record-book.ts';
import { countEnd } from './counters.ts';
import type { MasterContext, MasterHandlers } from './messages.ts';
import { operationGauges } from './metrics/operation-counts.ts';
import { principalGauges } from './rates/throttled.ts';
import { grantsOf } from './roles/grants.ts';
import type { FrameworkRecord, MasterState, TaskRecord } from './state.ts';

export const readHandlers: MasterHandlers<'readsDue'> = {
  readsDue(state, _message, context) {
    const more = context.options.reads?.work(state, context.nowMs());
    if (more === true) context.sendSelfAfter(0, { type: 'readsDue' });
  },
};

export function beginReads(state: MasterState, context: MasterContext): void {
  const { masterId, cluster, version, reads, domain, rolesAllowed } = context.options;
  const leader: ReadLeader = {
    ...{ masterId, cluster, version, grants: grantsOf(state), ...(domain && { domain }) },
    ...(rolesAllowed && { rolesAllowed }),
    node: context.self.node,
    electedMs: state.startedMs,
  };
  reads?.begin(leader);
  reads?.metrics.forgetFrameworks();
  reads?.metrics.gauges('master', () => [['master/elected', 1]]);
  reads?.metrics.gauges('principals', () => principalGauges(state));
  reads?.metrics.gauges('operations', () => operationGauges(state));
}

export function endReads({ options: { reads } }: MasterContext): void {
  reads?.metrics.endGauges('master');
  reads?.metrics.endGauges('principals');
  reads?.metrics.endGauges('operations');
  reads?.leave();
}

/** To be called when an operator has changed what roles may have. */
export function noteGrants(state: MasterState, { options: { reads } }: MasterContext): void {
  reads?.grant(grantsOf(state));
}

/** For who listens; nobody may. */
export function noteEvent(event: OperatorEvent, context: MasterContext): void {
  if (context.options.reads?.note(event)) context.sendSelfAfter(0, { type: 'readsDue' });
}

export function noteFramework(
  type: 'frameworkAdded' | 'frameworkUpdated' | 'frameworkRemoved',
  framework: FrameworkRecord,
  context: MasterContext,
): void {
  if (context.options.reads === undefined) return;
  noteEvent({ type, framework: readFramework(framework) }, context);
}

/**
 * To be called when a status has been noted and the task has its new state. Listeners hear of each
 * state once, however often it is repeated, but always of what checks find.
 * Source: Mesos 1.11, master.cpp, Master::updateTask.
 */
export function noteTaskStatus(
  { task: before }: Pick<TaskRecord, 'task'>,
  { task }: TaskRecord,
  status: TaskStatus,
  context: MasterContext,
): void {
  if (context.options.reads === undefined) return;
  if (before.state !== task.state) countEnd(task.state, task.frameworkId, status, context);
  if (before.statuses.at(-1)?.state === status.state && !isOfCheck(status)) return;
  const { frameworkId, state } = task;
  noteEvent({ type: 'taskUpdated', frameworkId, status, state }, context);
}

function isOfCheck({ reason }: TaskStatus): boolean {
  return reason === 'taskHealthCheckStatusUpdated' || reason === 'taskCheckStatusUpdated';
}
