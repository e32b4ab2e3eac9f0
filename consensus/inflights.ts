/**
 * The messages with entries that are on their way to one member: a window, bounded by count and bytes.
 *
 * The bound on bytes is soft: the message that reaches it is still let in, so that an entry of any
 * size can travel.
 */
import { assert } from '../runtime/assert.ts';

export class Inflights {
  private readonly countMax: number;
  private readonly bytesMax: number;
  /** The last index of each message, ascending, and its bytes; those before `head` are freed. */
  private indexes: number[] = [];
  private sizes: number[] = [];
  private head = 0;
  private bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.countMax = countMax;
    this.bytesMax = bytesMax;
  }

  get count(): number {
    return this.indexes.length - this.head;
  }

  get isFull(): boolean {
    return this.count >= this.countMax || this.bytes >= this.bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    assert(!this.isFull, 'a full window takes no more messages');
    this.indexes.push(lastIndex);
    this.sizes.push(bytes);
    this.bytes += bytes;
  }

  /** All messages whose last entry is at `index` or before have arrived. */
  freeThrough(index: number): void {
    const { indexes, sizes } = this;
    while (this.head < indexes.length && (indexes[this.head] as number) <= index) {
      this.bytes -= sizes[this.head] as number;
      this.head++;
    }
    if (this.head === indexes.length) this.clear();
    else if (this.head > 32 && this.head * 2 > indexes.length) {
      indexes.splice(0, this.head);
      sizes.splice(0, this.head);
      this.head = 0;
    }
  }

  clear(): void {
    this.indexes.length = 0;
    this.sizes.length = 0;
    this.head = 0;
    this.bytes = 0;
  }
}
