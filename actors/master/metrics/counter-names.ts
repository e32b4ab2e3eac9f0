/**
 * The counters of a master by the names that they have in Mesos. All of them are there from the
 * beginning, at 0. Source: Mesos 1.11, src/master/metrics.cpp.
 */
import type { TaskState } from '../../protocol/task.ts';
import type { MasterInbox } from '../messages.ts';
import type { CallType } from './framework-tally.ts';
import { OPERATION_COUNTERS } from './operation-counts.ts';

/** Messages by their types here. */
export const MESSAGE_COUNTERS: Readonly<Partial<Record<MasterInbox['type'], string>>> = {
  subscribe: 'master/messages_register_framework',
  teardown: 'master/messages_unregister_framework',
  decline: 'master/messages_decline_offers',
  revive: 'master/messages_revive_offers',
  suppress: 'master/messages_suppress_offers',
  kill: 'master/messages_kill_task',
  acknowledge: 'master/messages_status_update_acknowledgement',
  reconcile: 'master/messages_reconcile_tasks',
  acknowledgeOperation: 'master/messages_operation_status_update_acknowledgement',
  reconcileOperations: 'master/messages_reconcile_operations',
  operationUpdated: 'master/messages_operation_status_update',
  agentUpdated: 'master/messages_update_slave',
  agentOversubscribed: 'master/messages_update_slave',
  schedulerMessage: 'master/messages_framework_to_executor',
  executorMessage: 'master/messages_executor_to_framework',
  registerAgent: 'master/messages_register_slave',
  reregisterAgent: 'master/messages_reregister_slave',
  unregisterAgent: 'master/messages_unregister_slave',
  statusUpdate: 'master/messages_status_update',
  executorExited: 'master/messages_exited_executor',
};

export const RESUBSCRIBED = 'master/messages_reregister_framework';
/** Once for each operation of an accept that launches a task. */
export const LAUNCHES = 'master/messages_launch_tasks';
export const DECLINES = 'master/messages_decline_offers';
export const REQUESTS = 'master/messages_resource_request';

/** Those of a framework that its scheduler sends, by what it says. */
export const CALLS: Readonly<Partial<Record<MasterInbox['type'], CallType>>> = {
  teardown: 'TEARDOWN',
  accept: 'ACCEPT',
  decline: 'DECLINE',
  revive: 'REVIVE',
  suppress: 'SUPPRESS',
  request: 'REQUEST',
  kill: 'KILL',
  shutdownExecutor: 'SHUTDOWN',
  acknowledge: 'ACKNOWLEDGE',
  reconcile: 'RECONCILE',
  acknowledgeOperation: 'ACKNOWLEDGE_OPERATION_STATUS',
  reconcileOperations: 'RECONCILE_OPERATIONS',
  schedulerMessage: 'MESSAGE',
  updateFramework: 'UPDATE_FRAMEWORK',
};

/** Ends of tasks that Mesos counts; of the other states it has gauges. */
export const ENDED_COUNTERS: Readonly<Partial<Record<TaskState, string>>> = {
  finished: 'master/tasks_finished',
  failed: 'master/tasks_failed',
  killed: 'master/tasks_killed',
  lost: 'master/tasks_lost',
  error: 'master/tasks_error',
  dropped: 'master/tasks_dropped',
  gone: 'master/tasks_gone',
  goneByOperator: 'master/tasks_gone_by_operator',
};

export const AGENT_COUNTERS = {
  registered: 'master/slave_registrations',
  reregistered: 'master/slave_reregistrations',
  removed: 'master/slave_removals',
  /** By why it was removed. */
  silent: 'master/slave_removals/reason_unhealthy',
  left: 'master/slave_removals/reason_unregistered',
  replaced: 'master/slave_removals/reason_registered',
  /** One of the leader before that did not come back. */
  notRecovered: 'master/recovery_slave_removals',
  /** Taken for unreachable; the two differ where that is held back by a rate, or taken back. */
  lossBegun: 'master/slave_unreachable_scheduled',
  lossEnded: 'master/slave_unreachable_completed',
  lossCanceled: 'master/slave_unreachable_canceled',
} as const;

/** Whether what was said could be acted upon. */
export const JUDGED = {
  update: 'status_updates',
  acknowledgement: 'status_update_acknowledgements',
  operationUpdate: 'operation_status_updates',
  operationAcknowledgement: 'operation_status_update_acknowledgements',
  toExecutor: 'framework_to_executor_messages',
  toFramework: 'executor_to_framework_messages',
} as const;

/** Nothing here is like it; whoever looks for them finds 0. */
const NEVER: readonly string[] = ['master/messages_deactivate_framework'];

export const HTTP_CACHE_HITS = 'master/http_cache_hits';
export const ALLOCATION_RUNS = 'allocator/mesos/allocation_runs';

export const MASTER_COUNTERS: readonly string[] = [
  ...Object.values(MESSAGE_COUNTERS),
  ...[RESUBSCRIBED, LAUNCHES, REQUESTS, HTTP_CACHE_HITS, ALLOCATION_RUNS],
  ...Object.values(ENDED_COUNTERS),
  ...Object.values(AGENT_COUNTERS),
  ...Object.values(JUDGED).flatMap((what) => [`master/valid_${what}`, `master/invalid_${what}`]),
  ...OPERATION_COUNTERS,
  ...NEVER,
];
