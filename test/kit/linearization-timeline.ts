/**
 * The answered operations of a history as a list of calls and returns, in the order of time, from which
 * an operation can be lifted and put back, both at once for its two events and in constant time.
 *
 *   head ⇄ call a ⇄ call b ⇄ return a ⇄ call c ⇄ return b ⇄ return c ⇄ head
 *          └── can be the next ──┘  the first return: c comes after a, whatever is tried
 */
import type { Operation } from './linearizability-models.ts';

export class TimelineEvent<Recorded> {
  readonly type: 'call' | 'return' | 'head';
  /** Absent at the head only. */
  readonly operation: Recorded | undefined;
  readonly at: number;
  /** Counts operations by their calls, from 0. At the head: how many there are. */
  readonly index: number;
  /** Whether the operation leaves every state as it is. */
  readonly isRead: boolean;
  /** Which event this is, from 1; 0 at the head. */
  rank = 0;
  /** How many operations were called before this. */
  callCountBefore = 0;
  previous: TimelineEvent<Recorded> = this;
  next: TimelineEvent<Recorded> = this;
  /** The return of a call, the call of a return. */
  partner: TimelineEvent<Recorded> = this;

  constructor(
    type: 'call' | 'return' | 'head',
    operation: Recorded | undefined,
    at: number,
    index: number,
    isRead: boolean,
  ) {
    this.type = type;
    this.operation = operation;
    this.at = at;
    this.index = index;
    this.isRead = isRead;
  }
}

/** @returns the head of a closed list of the events of `operations`, all of which were answered */
export function newTimeline<Recorded extends Operation<unknown, unknown>>(
  operations: readonly Recorded[],
  isRead: (operation: Recorded) => boolean,
): TimelineEvent<Recorded> {
  const head = new TimelineEvent<Recorded>('head', undefined, 0, operations.length, false);
  const events = [...operations]
    .sort((one, other) => one.invokedAt - other.invokedAt)
    .flatMap((operation, index) => {
      const { invokedAt, answer } = operation;
      const call = new TimelineEvent('call', operation, invokedAt, index, isRead(operation));
      const end = new TimelineEvent(
        'return',
        operation,
        answer?.at ?? invokedAt,
        index,
        isRead(operation),
      );
      call.partner = end;
      end.partner = call;
      return [call, end];
    })
    .sort((one, other) => one.at - other.at || turnOf(one) - turnOf(other));
  let callCount = 0;
  for (const [place, event] of events.entries()) {
    event.rank = place + 1;
    event.callCountBefore = callCount;
    if (event.type === 'call') callCount++;
    event.previous = head.previous;
    event.next = head;
    link(event);
  }
  return head;
}

/** Takes a call and its return out of the list. */
export function lift<Recorded>(call: TimelineEvent<Recorded>): void {
  unlink(call);
  unlink(call.partner);
}

/** Undoes the latest `lift` that was not undone. */
export function putBack<Recorded>(call: TimelineEvent<Recorded>): void {
  link(call.partner);
  link(call);
}

function unlink<Recorded>(event: TimelineEvent<Recorded>): void {
  event.previous.next = event.next;
  event.next.previous = event.previous;
}

/** What was unlinked still knows its neighbours. */
function link<Recorded>(event: TimelineEvent<Recorded>): void {
  event.previous.next = event;
  event.next.previous = event;
}

/** What is called at the place where another returns overlaps with it. */
function turnOf<Recorded>(event: TimelineEvent<Recorded>): number {
  return event.type === 'call' ? 0 : 1;
}
