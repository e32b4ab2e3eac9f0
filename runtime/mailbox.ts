/**
 * A mailbox: a ring of envelopes that grows with what waits in it and shrinks when it is empty.
 *
 * Any message can be looked at and taken out where it stands (a cancelled timer, the debugger), in
 * constant time: its slot becomes a hole that `shift` skips. The bound belongs to the actor's
 * settings and is checked by whoever delivers.
 */
import type { Envelope } from './envelope.ts';

const CAPACITY_MIN = 16;
/** An empty ring larger than this gives its memory back. */
const CAPACITY_KEPT_MAX = 4096;

/** The ring of a mailbox that never had mail; nothing is ever put into it. */
const NO_SLOTS: (Envelope | undefined)[] = [];

export class Mailbox {
  /** The most messages that ever waited at once. */
  depthMax = 0;
  private slots: (Envelope | undefined)[] = NO_SLOTS;
  private mask = -1;
  /** Positions of the oldest message and behind the newest; they count up while anything waits. */
  private head = 0;
  private tail = 0;
  private holeCount = 0;

  get length(): number {
    return this.tail - this.head - this.holeCount;
  }

  push(envelope: Envelope): void {
    if (this.tail - this.head > this.mask) this.grow();
    envelope.position = this.tail;
    this.slots[this.tail++ & this.mask] = envelope;
    const depth = this.tail - this.head - this.holeCount;
    if (depth > this.depthMax) this.depthMax = depth;
  }

  shift(): Envelope | undefined {
    while (this.head !== this.tail) {
      const index = this.head++ & this.mask;
      const envelope = this.slots[index];
      this.slots[index] = undefined;
      if (envelope !== undefined) {
        if (this.head === this.tail) this.rewind();
        return envelope;
      }
      this.holeCount--;
    }
    this.rewind();
    return undefined;
  }

  /** @returns false when it does not stand here (any more) */
  remove(envelope: Envelope): boolean {
    const { position } = envelope;
    if (position < this.head || position >= this.tail) return false;
    const index = position & this.mask;
    if (this.slots[index] !== envelope) return false;
    this.slots[index] = undefined;
    this.holeCount++;
    return true;
  }

  /** At most `countMax` waiting messages, oldest first, after the first `offset`. */
  peek(offset = 0, countMax = Number.POSITIVE_INFINITY): Envelope[] {
    const found: Envelope[] = [];
    let skip = offset;
    for (let at = this.head; at !== this.tail && found.length < countMax; at++) {
      const envelope = this.slots[at & this.mask];
      if (envelope === undefined) continue;
      if (skip > 0) skip--;
      else found.push(envelope);
    }
    return found;
  }

  /** The longest waiting message that its actor did not begin itself. */
  oldestOfOthers(): Envelope | undefined {
    for (let at = this.head; at !== this.tail; at++) {
      const envelope = this.slots[at & this.mask];
      if (envelope !== undefined && envelope.origin === undefined) return envelope;
    }
    return undefined;
  }

  private rewind(): void {
    this.head = 0;
    this.tail = 0;
    this.holeCount = 0;
    if (this.mask >= CAPACITY_KEPT_MAX) {
      this.slots = NO_SLOTS;
      this.mask = -1;
    }
  }

  /** Doubles the ring; a message keeps its position, only its slot changes. */
  private grow(): void {
    const capacity = Math.max(CAPACITY_MIN, (this.mask + 1) * 2);
    const slots = new Array<Envelope | undefined>(capacity).fill(undefined);
    for (let at = this.head; at !== this.tail; at++) {
      slots[at & (capacity - 1)] = this.slots[at & this.mask];
    }
    this.slots = slots;
    this.mask = capacity - 1;
  }
}
