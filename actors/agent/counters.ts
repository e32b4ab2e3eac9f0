/**
 * The counters of an agent by the names that they have in Mesos; all are there from the beginning, at 0.
 * Source: Mesos 1.11, src/slave/metrics.cpp; src/slave/gc.cpp; containerizer/fetcher.cpp.
 */
import type { Tally } from '../protocol/metrics/tally.ts';
import type { TaskState } from '../protocol/task.ts';

/** Ends of tasks that Mesos counts; of the other states it has gauges. */
const ENDED: Readonly<Partial<Record<TaskState, string>>> = {
  finished: 'slave/tasks_finished',
  failed: 'slave/tasks_failed',
  killed: 'slave/tasks_killed',
  lost: 'slave/tasks_lost',
  gone: 'slave/tasks_gone',
};

export const COUNTERS = {
  launchErrors: 'slave/container_launch_errors',
  executorsTerminated: 'slave/executors_terminated',
  recoveryErrors: 'slave/recovery_errors',
  validUpdates: 'slave/valid_status_updates',
  invalidUpdates: 'slave/invalid_status_updates',
  validMessages: 'slave/valid_framework_messages',
  invalidMessages: 'slave/invalid_framework_messages',
  removalsSucceeded: 'gc/path_removals_succeeded',
  removalsFailed: 'gc/path_removals_failed',
  fetchesSucceeded: 'containerizer/fetcher/task_fetches_succeeded',
  fetchesFailed: 'containerizer/fetcher/task_fetches_failed',
  executorsPreempted: 'slave/executors_preempted',
  destroyErrors: 'containerizer/mesos/container_destroy_errors',
} as const;

export const AGENT_COUNTERS: readonly string[] = [
  ...Object.values(ENDED),
  ...Object.values(COUNTERS),
];

interface Counting {
  readonly options: { readonly metrics?: Tally };
}

export function count(what: keyof typeof COUNTERS, { options }: Counting): void {
  options.metrics?.count(COUNTERS[what]);
}

export function countEnd(state: TaskState, { options }: Counting): void {
  const name = ENDED[state];
  if (name !== undefined) options.metrics?.count(name);
}
