/**
 * Consecutive entries, found by their index: appended and cut off behind, dropped in front.
 *
 * All of that in amortised constant time: dropping moves only a mark, and the array follows when
 * more than half of it is dropped.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry } from './entry.ts';

export class EntryWindow {
  private slots: Entry[] = [];
  private head = 0;
  private first: number;

  constructor(firstIndex: number) {
    this.first = firstIndex;
  }

  /** Of the first entry; where there is none, of the one that is appended next. */
  get firstIndex(): number {
    return this.first;
  }

  /** Of the entry that is appended next. */
  get endIndex(): number {
    return this.first + this.length;
  }

  get length(): number {
    return this.slots.length - this.head;
  }

  at(index: number): Entry | undefined {
    return index < this.first ? undefined : this.slots[index - this.first + this.head];
  }

  append(entries: readonly Entry[]): void {
    let next = this.endIndex;
    for (const entry of entries) {
      assert(entry.index === next, `entry ${entry.index} is appended where ${next} belongs`);
      this.slots.push(entry);
      next++;
    }
  }

  /** From `low` to before `high`: a list of its own, which later changes leave as it is. */
  slice(low: number, high: number): Entry[] {
    assert(
      low <= high && low >= this.first && high <= this.endIndex,
      `entries ${low} to before ${high} are within ${this.first} to before ${this.endIndex}`,
    );
    const shift = this.head - this.first;
    return this.slots.slice(low + shift, high + shift);
  }

  /** Forgets the entry at `index` and all behind it. */
  cutFrom(index: number): void {
    this.slots.length = Math.max(this.head, index - this.first + this.head);
  }

  /** Forgets the entry at `index` and all before it. */
  dropThrough(index: number): void {
    const count = Math.min(index + 1 - this.first, this.length);
    if (count <= 0) return;
    this.head += count;
    this.first += count;
    if (this.head * 2 < this.slots.length) return;
    this.slots = this.head === this.slots.length ? [] : this.slots.slice(this.head);
    this.head = 0;
  }

  /** Forgets everything; the next entry is the one at `firstIndex`. */
  restart(firstIndex: number): void {
    this.slots = [];
    this.head = 0;
    this.first = firstIndex;
  }
}
