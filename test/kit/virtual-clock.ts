/**
 * Time that passes only when there is nothing to do: the event loop of a virtual world.
 *
 * Turns that are ready run first, one a step, in an order that `pick` decides; when none is ready, the
 * clock jumps to the earliest timer. Timers of the same time fire in the order they were set. Turns
 * take no time. Everything belongs to an owner (a node, the world), so that what a crashed node had
 * planned can be forgotten, and one that stands still be late.
 */
import type { Random } from './random.ts';

/** `random`: any ready turn may be next. `fifo`: they run in the order they became ready. */
export type SchedulePolicy = 'random' | 'fifo';

export type Owner = object;

interface Turn {
  readonly owner: Owner;
  readonly run: () => void;
}

interface Timer extends Turn {
  readonly atMs: number;
  readonly sequence: number;
  /** `overdue`: its time has come, but its owner stands still. */
  phase: 'waiting' | 'overdue' | 'cancelled' | 'over';
}

/** Cancelled timers stay in the heap until they are this many and the majority. */
const CANCELLED_COUNT_MIN = 1000;

export class VirtualClock {
  #nowMs: number;
  #sequence = 0;
  #ready: Turn[] = [];
  #heap: Timer[] = [];
  #cancelledCount = 0;
  /** Owners that stand still, and what should have happened there meanwhile, in order. */
  readonly #frozen = new Map<Owner, (Turn | Timer)[]>();
  readonly #random: Random;
  readonly #policy: SchedulePolicy;

  constructor(startMs: number, policy: SchedulePolicy, random: Random) {
    this.#nowMs = startMs;
    this.#policy = policy;
    this.#random = random;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** @returns a function that cancels; calling it late or twice does nothing */
  after(delayMs: number, owner: Owner, run: () => void): () => void {
    return this.at(this.#nowMs + delayMs, owner, run);
  }

  /** Like `after`; a time that is over means now. */
  at(timeMs: number, owner: Owner, run: () => void): () => void {
    if (Number.isNaN(timeMs)) throw new RangeError('Cannot set a timer: its time is not a number');
    const atMs = Math.max(timeMs, this.#nowMs);
    const timer: Timer = { atMs, sequence: this.#sequence++, owner, run, phase: 'waiting' };
    this.#push(timer);
    return () => {
      if (timer.phase === 'overdue') timer.phase = 'cancelled';
      if (timer.phase !== 'waiting') return;
      timer.phase = 'cancelled';
      this.#cancelledCount++;
      if (
        this.#cancelledCount > CANCELLED_COUNT_MIN &&
        this.#cancelledCount * 2 > this.#heap.length
      ) {
        this.#rebuild();
      }
    };
  }

  /** Runs once everything that runs now has returned. */
  soon(owner: Owner, run: () => void): void {
    this.#ready.push({ owner, run });
  }

  /** Nothing of what this owner planned will happen. */
  forget(owner: Owner): void {
    this.#frozen.delete(owner);
    this.#ready = this.#ready.filter((turn) => turn.owner !== owner);
    for (const timer of this.#heap) if (timer.owner === owner) timer.phase = 'cancelled';
    this.#rebuild();
  }

  /** Nothing of this owner happens until it is thawed, and then all that is overdue. */
  freeze(owner: Owner): void {
    if (!this.#frozen.has(owner)) this.#frozen.set(owner, []);
  }

  thaw(owner: Owner): void {
    const overdue = this.#frozen.get(owner) ?? [];
    this.#frozen.delete(owner);
    // As timers of this moment, so that they keep their order.
    for (const turn of overdue) {
      this.after(0, owner, () => {
        if ('phase' in turn && turn.phase === 'cancelled') return;
        if ('phase' in turn) turn.phase = 'over';
        turn.run();
      });
    }
  }

  /** When the next step will be, if there is one. */
  nextAtMs(): number | undefined {
    if (this.#ready.length > 0) return this.#nowMs;
    this.#dropCancelled();
    return this.#heap[0]?.atMs;
  }

  /** Runs one turn or one timer. @returns false when there is none */
  step(): boolean {
    const turn = this.#takeReady();
    const timer = turn === undefined ? this.#takeTimer() : undefined;
    const next = turn ?? timer;
    if (next === undefined) return false;
    const overdue = this.#frozen.get(next.owner);
    if (timer !== undefined) timer.phase = overdue === undefined ? 'over' : 'overdue';
    if (overdue === undefined) next.run();
    else overdue.push(next);
    return true;
  }

  /** Lets time pass in which nothing happens. */
  advanceTo(timeMs: number): void {
    const nextMs = this.nextAtMs();
    if (nextMs !== undefined && nextMs < timeMs) {
      throw new RangeError(`Cannot advance to ${timeMs}: something happens at ${nextMs}`);
    }
    if (timeMs > this.#nowMs) this.#nowMs = timeMs;
  }

  #takeReady(): Turn | undefined {
    if (this.#policy === 'fifo') return this.#ready.shift();
    const { length } = this.#ready;
    if (length < 2) return this.#ready.pop();
    const index = this.#random.integer(length);
    const turn = this.#ready[index];
    const last = this.#ready.pop();
    if (last !== undefined && index < length - 1) this.#ready[index] = last;
    return turn;
  }

  #takeTimer(): Timer | undefined {
    this.#dropCancelled();
    const timer = this.#pop();
    if (timer !== undefined) this.#nowMs = timer.atMs;
    return timer;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.phase === 'cancelled') {
      this.#pop();
      this.#cancelledCount--;
    }
  }

  #rebuild(): void {
    // A list in ascending order is a heap.
    this.#heap = this.#heap
      .filter(({ phase }) => phase === 'waiting')
      .sort((one, other) => (before(one, other) ? -1 : 1));
    this.#cancelledCount = 0;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const moved = heap.pop();
    if (moved === undefined || first === moved) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      const right = heap[child + 1];
      if (least !== undefined && right !== undefined && before(right, least)) {
        least = right;
        child++;
      }
      if (least === undefined || !before(least, moved)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = moved;
    return first;
  }
}

function before(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.sequence < other.sequence);
}
