/**
 * Where the entries of one group stand: of each index, the term and the frame it was written in.
 *
 * Kept as runs, not entry by entry: indexes of one frame, indexes of one term. What is appended takes
 * the place of all entries from its first index on; whole segments are forgotten from the front.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry } from './entry.ts';
import type { FramePlace } from './frame.ts';

/** These entries are in that frame; others of the same indexes there came before and do not count. */
export interface Extent {
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly place: FramePlace;
}

interface TermRun {
  readonly firstIndex: number;
  readonly term: number;
}

export class EntryIndex {
  #extents: Extent[] = [];
  /** In order; the first begins at or before the first extent. */
  #runs: TermRun[] = [];

  /** None: one more than `lastIndex`, and both are meaningless. */
  get isEmpty(): boolean {
    return this.#extents.length === 0;
  }

  get firstIndex(): number {
    return this.#extents[0]?.firstIndex ?? 0;
  }

  get lastIndex(): number {
    return this.#extents.at(-1)?.lastIndex ?? 0;
  }

  /** Their first index is inside or right after what is here, or what is here is all replaced. */
  append(entries: readonly Entry[], place: FramePlace): void {
    const first = entries[0]?.index;
    const last = entries.at(-1)?.index;
    assert(first !== undefined && last !== undefined, 'there are entries to append');
    if (!this.isEmpty && first <= this.lastIndex) this.#cutFrom(first);
    assert(this.isEmpty || first === this.lastIndex + 1, 'entries leave no gap');
    this.#extents.push({ firstIndex: first, lastIndex: last, place });
    for (const { index, term } of entries) {
      if (this.#runs.at(-1)?.term !== term) this.#runs.push({ firstIndex: index, term });
    }
  }

  clear(): void {
    this.#extents = [];
    this.#runs = [];
  }

  /** The entries of this segment and of those before it are no longer here. */
  forgetSegments(upTo: number): void {
    const kept = this.#extents.findIndex(({ place }) => place.segment > upTo);
    if (kept === -1) {
      this.clear();
      return;
    }
    this.#extents.splice(0, kept);
    const { firstIndex } = this;
    while ((this.#runs[1]?.firstIndex ?? Number.POSITIVE_INFINITY) <= firstIndex)
      this.#runs.shift();
  }

  termAt(index: number): number | undefined {
    if (index < this.firstIndex || index > this.lastIndex || this.isEmpty) return undefined;
    return this.#runs[positionOf(this.#runs, index)]?.term;
  }

  extentAt(index: number): Extent | undefined {
    if (index < this.firstIndex || index > this.lastIndex || this.isEmpty) return undefined;
    return this.#extents[positionOf(this.#extents, index)];
  }

  /** Terms never fall along a log. @returns the index where this one's do */
  fallOfTerm(): number | undefined {
    const fall = this.#runs.findIndex(
      ({ term }, index) => term < (this.#runs[index - 1]?.term ?? 0),
    );
    return this.#runs[fall]?.firstIndex;
  }

  #cutFrom(index: number): void {
    if (index <= this.firstIndex) {
      this.clear();
      return;
    }
    while ((this.#extents.at(-1)?.firstIndex ?? 0) >= index) this.#extents.pop();
    const last = this.#extents.pop();
    if (last !== undefined) this.#extents.push({ ...last, lastIndex: index - 1 });
    while ((this.#runs.at(-1)?.firstIndex ?? 0) >= index) this.#runs.pop();
  }
}

/** Of the last one that begins at or before `index`. */
function positionOf(runs: readonly { readonly firstIndex: number }[], index: number): number {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle]?.firstIndex ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
