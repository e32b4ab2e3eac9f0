/**
 * What is counted of one framework: its calls, the events that it is sent, its offers, the operations it
 * performs and the ends of its tasks; and how that is called among the metrics.
 * Source: Mesos 1.11, src/master/metrics.cpp, FrameworkMetrics.
 */
import { isTerminal, type TaskState } from '../../protocol/task.ts';
import type { V1Enum } from '../../protocol/v1/dictionary.ts';
import { STATES } from '../../protocol/v1/words.ts';

export type CallType = Exclude<V1Enum<'scheduler.Call.Type'>, 'UNKNOWN'>;
export type EventType = Exclude<V1Enum<'scheduler.Event.Type'>, 'UNKNOWN'>;
export type OperationType = Exclude<V1Enum<'Offer.Operation.Type'>, 'UNKNOWN'>;
export type OfferFate = 'sent' | 'accepted' | 'declined' | 'rescinded';

/** All are there from the beginning, at 0. */
export interface FrameworkTally {
  readonly calls: Record<CallType, number>;
  readonly events: Record<EventType, number>;
  readonly offers: Record<OfferFate, number>;
  readonly operations: Record<OperationType, number>;
  readonly ended: Partial<Record<TaskState, number>>;
}

export function emptyFrameworkTally(): FrameworkTally {
  return {
    calls: {
      SUBSCRIBE: 0,
      TEARDOWN: 0,
      ACCEPT: 0,
      DECLINE: 0,
      ACCEPT_INVERSE_OFFERS: 0,
      DECLINE_INVERSE_OFFERS: 0,
      REVIVE: 0,
      KILL: 0,
      SHUTDOWN: 0,
      ACKNOWLEDGE: 0,
      ACKNOWLEDGE_OPERATION_STATUS: 0,
      RECONCILE: 0,
      RECONCILE_OPERATIONS: 0,
      MESSAGE: 0,
      REQUEST: 0,
      SUPPRESS: 0,
      UPDATE_FRAMEWORK: 0,
    },
    events: {
      SUBSCRIBED: 0,
      OFFERS: 0,
      INVERSE_OFFERS: 0,
      RESCIND: 0,
      RESCIND_INVERSE_OFFER: 0,
      UPDATE: 0,
      UPDATE_OPERATION_STATUS: 0,
      MESSAGE: 0,
      FAILURE: 0,
      ERROR: 0,
      HEARTBEAT: 0,
    },
    offers: { sent: 0, accepted: 0, declined: 0, rescinded: 0 },
    operations: {
      LAUNCH: 0,
      LAUNCH_GROUP: 0,
      RESERVE: 0,
      UNRESERVE: 0,
      CREATE: 0,
      DESTROY: 0,
      GROW_VOLUME: 0,
      SHRINK_VOLUME: 0,
      CREATE_DISK: 0,
      DESTROY_DISK: 0,
    },
    ended: {},
  };
}

/** By what follows the prefix of the framework; `isCounter` is true of all of them. */
export function* tallyEntries(tally: FrameworkTally): Iterable<readonly [string, number]> {
  for (const kind of ['calls', 'events', 'operations'] as const) {
    let sum = 0;
    for (const [type, count] of Object.entries(tally[kind])) {
      sum += count;
      yield [`${kind}/${type.toLowerCase()}`, count];
    }
    yield [kind, sum];
  }
  for (const [fate, count] of Object.entries(tally.offers)) yield [`offers/${fate}`, count];
  for (const state of TERMINAL) {
    yield [`tasks/terminal/${STATES[state].toLowerCase()}`, tally.ended[state] ?? 0];
  }
}

const TERMINAL: readonly TaskState[] = (Object.keys(STATES) as TaskState[]).filter(isTerminal);

/** As in Mesos: percent-encoded, for a name may hold a slash. It may have halves of characters, too. */
export function frameworkPrefix(name: string, frameworkId: string): string {
  const whole = new TextDecoder().decode(new TextEncoder().encode(name));
  return `master/frameworks/${encodeURIComponent(whole)}/${frameworkId}/`;
}
