/**
 * What the master counts, by the names that its metrics have in Mesos: messages by their types here,
 * ends of tasks where statuses are noted (`reads.ts`), agents as they come and go.
 * Source: Mesos 1.11, src/master/metrics.cpp, docs/monitoring.md.
 */
import type { TaskState, TaskStatus } from '../protocol/task.ts';
import { REASONS, SOURCES, STATES } from '../protocol/v1/words.ts';
import type { MasterContext, MasterHandlers, MasterInbox } from './messages.ts';

/** Absent from `/metrics/snapshot` is what this master cannot count; all of these are there, also at 0. */
export const MESSAGE_COUNTERS: Readonly<Partial<Record<MasterInbox['type'], string>>> = {
  subscribe: 'master/messages_register_framework',
  teardown: 'master/messages_unregister_framework',
  accept: 'master/messages_launch_tasks',
  decline: 'master/messages_decline_offers',
  revive: 'master/messages_revive_offers',
  suppress: 'master/messages_suppress_offers',
  kill: 'master/messages_kill_task',
  acknowledge: 'master/messages_status_update_acknowledgement',
  reconcile: 'master/messages_reconcile_tasks',
  schedulerMessage: 'master/messages_framework_to_executor',
  executorMessage: 'master/messages_executor_to_framework',
  registerAgent: 'master/messages_register_slave',
  reregisterAgent: 'master/messages_reregister_slave',
  unregisterAgent: 'master/messages_unregister_slave',
  statusUpdate: 'master/messages_status_update',
  executorExited: 'master/messages_exited_executor',
};

export const RESUBSCRIBED = 'master/messages_reregister_framework';

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
} as const;

export function countAgent(what: keyof typeof AGENT_COUNTERS, { options }: MasterContext): void {
  options.reads?.count(AGENT_COUNTERS[what]);
}

/** The same handlers, which count what they are given. */
export function counted(
  handlers: MasterHandlers<MasterInbox['type']>,
): MasterHandlers<MasterInbox['type']> {
  const all: Record<string, unknown> = { ...handlers };
  for (const [type, name] of Object.entries(MESSAGE_COUNTERS)) {
    const handle = handlers[type as MasterInbox['type']] as Handle;
    const countedHandle: Handle = (state, message, context) => {
      const again = message.type === 'subscribe' && message.frameworkId !== undefined;
      context.options.reads?.count(again ? RESUBSCRIBED : name);
      handle(state, message, context);
    };
    all[type] = countedHandle;
  }
  return all as unknown as MasterHandlers<MasterInbox['type']>;
}

type Handle = (state: unknown, message: MasterInbox, context: MasterContext) => void;

/** @param status that the state came with, or one before that: then it says nothing of the reason */
export function countEnd(
  ended: TaskState,
  { state, source, reason }: TaskStatus,
  context: MasterContext,
): void {
  const { reads } = context.options;
  const name = ENDED_COUNTERS[ended];
  if (reads === undefined || name === undefined) return;
  reads.count(name);
  if (reason === undefined || state !== ended) return;
  const parts = [STATES[state], SOURCES[source], REASONS[reason]];
  // These names are of the time when agents were slaves.
  reads.count(`master/${parts.join('/').toLowerCase().replaceAll('agent', 'slave')}`);
}
