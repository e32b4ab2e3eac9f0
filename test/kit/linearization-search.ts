/**
 * The search for an order of operations that explains all answers, a slice of steps at a time.
 *
 * In each configuration (what has happened, and the state that left) the next operation is one that was
 * called before the first return among those that have not happened: the return's own operation must
 * have happened by then. It is tried, and taken back when nothing can follow.
 *
 *   settle ──▶ all happened ──▶ linearizable
 *     ▲   └──▶ been here before ──▶ take back the latest choice ──▶ none left: illegal
 *     │                                        │        ▲
 *     └── choose the next candidate ◀──────────┘        └── no candidate left
 *
 * Some rules keep it short. None of them misses an order, because none misses the one with the fewest
 * unanswered operations:
 * - A read that fits happens at once (settle): later would be no better. What only happens to leave this
 *   state as it is may be needed later, though: the same write after another one.
 * - What was never answered happens only where it changes the state and what is next shows it, be it by
 *   its answer or by the state after it: it need not happen at all.
 * - Of unanswered operations that ask for the same, the earliest happens first.
 *
 * Sources: Wing and Gong, Testing and Verifying Concurrent Objects (1993); Lowe, Testing for
 * Linearizability (2017), for the configurations seen; the list as in Horn and Kroening, Faster
 * Linearizability Checking via P-compositionality (2015).
 */
import { isDeepStrictEqual } from 'node:util';
import { assert } from '../../runtime/assert.ts';
import { type Model, mix, type Operation } from './linearizability-models.ts';
import { lift, newTimeline, putBack, type TimelineEvent } from './linearization-timeline.ts';
import { type Configuration, SeenConfigurations } from './seen-configurations.ts';

/** Where the orders that come furthest in time end, and the shortest of them. */
export interface Obstacle<Recorded, State> {
  /** The longest part of the history that can be explained, in an order that explains it. */
  readonly order: readonly Recorded[];
  /** Which that order leaves. */
  readonly state: State;
  /** Whose answer comes next in time; no order gets past it. */
  readonly first: Recorded;
  /** What else was called before that answer and is not in the order. */
  readonly others: readonly Recorded[];
}

/** An operation without an answer. */
interface OpenOperation<Recorded> {
  readonly type: 'open';
  readonly operation: Recorded;
  readonly index: number;
  /** The one before it that asks for the same. */
  readonly twin: OpenOperation<Recorded> | undefined;
  hasHappened: boolean;
}

interface Choice<Recorded, State> {
  readonly candidate: TimelineEvent<Recorded> | OpenOperation<Recorded>;
  readonly stateBefore: State;
  /** Whether nothing else has to be tried instead. */
  readonly isSettled: boolean;
}

export class LinearizationSearch<Input, Output, State, Recorded extends Operation<Input, Output>> {
  status: 'searching' | 'linearizable' | 'illegal' = 'searching';
  readonly #model: Model<Input, Output, State>;
  readonly #head: TimelineEvent<Recorded>;
  readonly #open: readonly OpenOperation<Recorded>[];
  /** Bits by index: of answered operations, and of open ones. */
  readonly #happened: Uint32Array;
  readonly #used: Uint32Array;
  readonly #seen: SeenConfigurations<State>;
  readonly #choices: Choice<Recorded, State>[] = [];
  #happenedHash = 0;
  #state: State;
  /** Where the search for the next candidate goes on; undefined in a configuration not yet settled. */
  #cursor: TimelineEvent<Recorded> | undefined;
  #openCursor = 0;
  #stepCount = 0;
  #furthestRank = 0;
  #obstacle: Obstacle<Recorded, State> | undefined;

  constructor(model: Model<Input, Output, State>, operations: readonly Recorded[]) {
    this.#model = model;
    this.#state = model.initial;
    this.#seen = new SeenConfigurations((one, other) => model.same(one, other));
    this.#head = newTimeline(
      operations.filter(({ answer }) => answer !== undefined),
      ({ input, answer }) => answer !== undefined && model.isRead(input, answer.output),
    );
    this.#open = openOperations(operations.filter(({ answer }) => answer === undefined));
    this.#happened = new Uint32Array((this.#head.index >>> 5) + 1);
    this.#used = new Uint32Array((this.#open.length + 31) >>> 5);
  }

  /** @returns how many steps of the model it took, a few more than `stepCountMax` at most */
  advance(stepCountMax: number): number {
    const before = this.#stepCount;
    while (this.status === 'searching' && this.#stepCount - before < stepCountMax) {
      if (this.#cursor === undefined) this.#settle();
      else this.#choose(this.#cursor);
    }
    if (this.status !== 'searching') this.#seen.clear();
    return this.#stepCount - before;
  }

  /** What has happened, in order: when linearizable, the proof. */
  order(): readonly Recorded[] {
    return this.#choices.flatMap(({ candidate: { operation } }) => operation ?? []);
  }

  /** @throws when it is not illegal */
  obstacle(): Obstacle<Recorded, State> {
    assert(this.#obstacle !== undefined, 'only of an illegal history an obstacle is asked');
    return this.#obstacle;
  }

  #settle(): void {
    let event = this.#head.next;
    while (event.type === 'call') {
      const after = event.isRead ? this.#step(event.operation) : undefined;
      if (after !== undefined) {
        this.#take(event, after, true);
        // The event has left the list, and its return may have been beside it.
        event = event.previous.next;
      } else {
        event = event.next;
      }
    }
    if (this.#head.next === this.#head) {
      this.status = 'linearizable';
    } else if (this.#seen.add(this.#configuration(event))) {
      this.#cursor = this.#head.next;
      this.#openCursor = 0;
    } else {
      this.#takeBack();
    }
  }

  #choose(cursor: TimelineEvent<Recorded>): void {
    let event = cursor;
    for (; event.type === 'call'; event = event.next) {
      // A read that could be next would have been settled.
      const after = event.isRead ? undefined : this.#step(event.operation);
      if (after !== undefined && this.#showsLatest(event.operation, after)) {
        this.#take(event, after, false);
        return;
      }
    }
    for (; this.#openCursor < this.#open.length; this.#openCursor++) {
      const open = this.#open[this.#openCursor];
      if (open === undefined || open.operation.invokedAt > event.at) break;
      if (open.hasHappened || open.twin?.hasHappened === false) continue;
      const after = this.#step(open.operation);
      if (after === undefined || this.#model.same(after, this.#state)) continue;
      if (this.#showsLatest(open.operation, after)) {
        this.#take(open, after, false);
        return;
      }
    }
    this.#remember(event);
    this.#takeBack();
  }

  /** Whether what comes to `after` would come to something else without the latest, unanswered one. */
  #showsLatest(operation: Recorded | undefined, after: State): boolean {
    const latest = this.#choices.at(-1);
    if (latest?.candidate.type !== 'open') return true;
    const afterWithout = this.#step(operation, latest.stateBefore);
    return afterWithout === undefined || !this.#model.same(afterWithout, after);
  }

  #step(operation: Recorded | undefined, state = this.#state): State | undefined {
    if (operation === undefined) return undefined;
    this.#stepCount++;
    return this.#model.step(state, operation.input, operation.answer?.output);
  }

  #take(candidate: Choice<Recorded, State>['candidate'], after: State, isSettled: boolean): void {
    this.#choices.push({ candidate, stateBefore: this.#state, isSettled });
    this.#flip(candidate);
    if (candidate.type === 'open') candidate.hasHappened = true;
    else lift(candidate);
    this.#state = after;
    this.#cursor = undefined;
  }

  /** Back to before the latest choice that had alternatives. */
  #takeBack(): void {
    for (;;) {
      const choice = this.#choices.pop();
      if (choice === undefined) {
        this.status = 'illegal';
        return;
      }
      const { candidate, stateBefore, isSettled } = choice;
      this.#flip(candidate);
      this.#state = stateBefore;
      if (candidate.type === 'open') candidate.hasHappened = false;
      else putBack(candidate);
      if (isSettled) continue;
      if (candidate.type === 'open') {
        this.#cursor = this.#firstReturn();
        this.#openCursor = candidate.index + 1;
      } else {
        this.#cursor = candidate.next;
        this.#openCursor = 0;
      }
      return;
    }
  }

  #firstReturn(): TimelineEvent<Recorded> {
    let event = this.#head.next;
    while (event.type === 'call') event = event.next;
    return event;
  }

  #flip(candidate: Choice<Recorded, State>['candidate']): void {
    const isOpen = candidate.type === 'open';
    const bits = isOpen ? this.#used : this.#happened;
    const word = candidate.index >>> 5;
    bits[word] = (bits[word] ?? 0) ^ (1 << (candidate.index & 31));
    if (!isOpen) this.#happenedHash ^= mix(candidate.index + 1);
  }

  /**
   * Of the answered operations all before the first that is still in the list have happened, and none
   * that was called after the first return: only the words between need to be kept.
   */
  #configuration(firstReturn: TimelineEvent<Recorded>): Configuration<State> {
    const firstWord = this.#head.next.index >>> 5;
    const wordsEnd = ((firstReturn.callCountBefore - 1) >>> 5) + 1;
    const happened = new Uint32Array(1 + wordsEnd - firstWord);
    happened[0] = firstWord;
    happened.set(this.#happened.subarray(firstWord, wordsEnd), 1);
    const hash = this.#happenedHash ^ Math.imul(this.#model.hash(this.#state), 0x9e3779b1);
    return { hash, happened, state: this.#state, used: this.#used.slice() };
  }

  /** Nothing is left to try here; keeps what came furthest in time by the fewest operations. */
  #remember(firstReturn: TimelineEvent<Recorded>): void {
    const { rank, operation: first } = firstReturn;
    const orderLengthMax = this.#obstacle?.order.length ?? 0;
    if (first === undefined || rank < this.#furthestRank) return;
    if (rank === this.#furthestRank && this.#choices.length >= orderLengthMax) return;
    this.#furthestRank = rank;
    const others: Recorded[] = [];
    for (let event = this.#head.next; event !== firstReturn; event = event.next) {
      if (event.operation !== undefined && event.operation !== first) others.push(event.operation);
    }
    for (const { operation, hasHappened } of this.#open) {
      if (!hasHappened && operation.invokedAt <= firstReturn.at) others.push(operation);
    }
    this.#obstacle = { order: this.order(), state: this.#state, first, others };
  }
}

function openOperations<Recorded extends Operation<unknown, unknown>>(
  operations: readonly Recorded[],
): OpenOperation<Recorded>[] {
  const open: OpenOperation<Recorded>[] = [];
  const sorted = [...operations].sort((one, other) => one.invokedAt - other.invokedAt);
  for (const [index, operation] of sorted.entries()) {
    const twin = open.findLast((other) =>
      isDeepStrictEqual(other.operation.input, operation.input),
    );
    open.push({ type: 'open', operation, index, twin, hasHappened: false });
  }
  return open;
}
