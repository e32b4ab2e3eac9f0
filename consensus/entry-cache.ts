/**
 * The last entries of one group in memory: those that followers and the state machine ask for.
 */
import type { Entry } from './entry.ts';
import { entryBytes } from './entry-size.ts';
import { EntryWindow } from './entry-window.ts';

export class EntryCache {
  readonly #bytesMax: number;
  readonly #window = new EntryWindow(1);
  #bytes = 0;

  /** What is over it is forgotten from the front; the last entry always stays. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  at(index: number): Entry | undefined {
    return this.#window.at(index);
  }

  /** They take the place of all from their first index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]?.index;
    if (first === undefined) return;
    if (first <= this.#window.firstIndex || first > this.#window.endIndex) this.clear(first);
    for (let index = first; index < this.#window.endIndex; index++) this.#uncount(index);
    this.#window.cutFrom(first);
    this.#window.append(entries);
    for (const entry of entries) this.#bytes += entryBytes(entry);
    let dropped = this.#window.firstIndex;
    while (this.#bytes > this.#bytesMax && dropped < this.#window.endIndex - 1) {
      this.#uncount(dropped++);
    }
    this.#window.dropThrough(dropped - 1);
  }

  clear(nextIndex: number): void {
    this.#window.restart(nextIndex);
    this.#bytes = 0;
  }

  #uncount(index: number): void {
    const entry = this.#window.at(index);
    if (entry !== undefined) this.#bytes -= entryBytes(entry);
  }
}
