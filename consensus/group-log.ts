/**
 * The log of one group as its records made it: recovery and running append by the same steps, so what
 * is read after a restart is what was durable before.
 *
 * Entries are read from memory where they are young, otherwise from their frames, which are checked
 * again: what went bad on the disk since then is not handed to others.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry, HardState, SnapshotMark } from './entry.ts';
import { EntryCache } from './entry-cache.ts';
import { EntryIndex } from './entry-index.ts';
import { entryBytes } from './entry-size.ts';
import type { FramePlace } from './frame.ts';
import type { LogReader } from './log-reader.ts';
import { EMPTY_MEMBERSHIP } from './membership.ts';
import type { LogRecord } from './records.ts';

export const NO_HARD_STATE: HardState = { term: 0, vote: 0, committedIndex: 0 };
const NO_MARK: SnapshotMark = { index: 0, term: 0, membership: EMPTY_MEMBERSHIP };

const NO_ENTRIES: ReadonlyMap<number, Entry> = new Map();

/** Entries of a group in one frame, by their index; of those of one index the last. */
export type FrameReader = (place: FramePlace) => ReadonlyMap<number, Entry>;

export class GroupLog implements LogReader {
  readonly #index = new EntryIndex();
  readonly #cache: EntryCache;
  readonly #readFrame: FrameReader;
  #hardState = NO_HARD_STATE;
  #mark = NO_MARK;

  constructor(cacheBytesMax: number, readFrame: FrameReader) {
    this.#cache = new EntryCache(cacheBytesMax);
    this.#readFrame = readFrame;
  }

  /** Nothing was ever appended, or all was forgotten. */
  isUnused(): boolean {
    return this.#index.isEmpty && this.#hardState.term === 0 && this.#mark.index === 0;
  }

  hardState(): HardState {
    return this.#hardState;
  }

  snapshotMark(): SnapshotMark {
    return this.#mark;
  }

  firstIndex(): number {
    const { isEmpty, firstIndex } = this.#index;
    if (isEmpty) return this.#mark.index + 1;
    // Before the first there must be one whose term is known.
    return firstIndex === 1 || firstIndex === this.#mark.index + 1 ? firstIndex : firstIndex + 1;
  }

  lastIndex(): number {
    return this.#index.isEmpty ? this.#mark.index : this.#index.lastIndex;
  }

  term(index: number): number | undefined {
    if (index === this.#mark.index) return this.#mark.term;
    return index === 0 && this.firstIndex() === 1 ? 0 : this.#index.termAt(index);
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] | undefined {
    if (low < this.firstIndex()) return undefined;
    assert(high <= this.lastIndex() + 1, `entries up to ${high} are in the log`);
    const entries: Entry[] = [];
    let bytes = 0;
    let frame: ReadonlyMap<number, Entry> = NO_ENTRIES;
    let frameLastIndex = 0;
    for (let index = low; index < high; index++) {
      let entry = this.#cache.at(index);
      if (entry === undefined) {
        if (index > frameLastIndex) {
          const extent = this.#index.extentAt(index);
          assert(extent !== undefined, `the place of entry ${index} is known`);
          frame = this.#readFrame(extent.place);
          // What else is in the frame was replaced by a later one.
          frameLastIndex = extent.lastIndex;
        }
        entry = frame.get(index);
        assert(entry !== undefined, `entry ${index} is where it was written`);
      }
      bytes += entryBytes(entry);
      if (bytes > bytesMax && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  /** What a record in the frame at `place` says. While a log is recovered its begin may be missing. */
  apply(record: LogRecord, place: FramePlace): void {
    switch (record.kind) {
      case 'entries':
        this.#index.append(record.entries, place);
        this.#cache.append(record.entries);
        return;
      case 'hardState':
        this.#hardState = record.hardState;
        return;
      case 'snapshotMark':
        this.#mark = record.mark;
        if (record.restores) this.#restart();
        return;
      case 'forgotten':
        this.#mark = NO_MARK;
        this.#hardState = NO_HARD_STATE;
        this.#restart();
    }
  }

  /** Why `record` can't be what comes next; undefined where it can. */
  faultOf(record: LogRecord): string | undefined {
    if (record.kind !== 'entries' || this.#index.isEmpty) return undefined;
    const first = record.entries[0]?.index ?? 0;
    return first > this.#index.lastIndex + 1
      ? `entry ${first} follows entry ${this.#index.lastIndex}`
      : undefined;
  }

  /** Why the log as a whole can't be: said once all of it was read. */
  fault(): string | undefined {
    const { term, committedIndex } = this.#hardState;
    const { index, term: markTerm } = this.#mark;
    const first = this.#index.firstIndex;
    if (!this.#index.isEmpty && first > index + 1) {
      return `entries ${index + 1} to ${first - 1} are missing`;
    }
    const fall = this.#index.fallOfTerm();
    if (fall !== undefined) return `the term of entry ${fall} is below that of the one before`;
    const ownTerm = this.#index.termAt(index);
    if (ownTerm !== undefined && ownTerm !== markTerm) {
      return `entry ${index} is of term ${ownTerm}, and the snapshot there of term ${markTerm}`;
    }
    const last = this.lastIndex();
    const lastTerm = this.term(last) ?? 0;
    if (lastTerm > term) return `entry ${last} is of term ${lastTerm}, and the member of ${term}`;
    if (committedIndex > last)
      return `entry ${committedIndex} was committed, and the last is ${last}`;
    return undefined;
  }

  /** The oldest segment with entries that must stay, when `keepCount` before the mark are kept. */
  segmentNeeded(keepCount: number): number {
    const from = Math.max(1, this.#mark.index + 1 - keepCount, this.#index.firstIndex);
    return this.#index.extentAt(from)?.place.segment ?? Number.POSITIVE_INFINITY;
  }

  forgetSegments(upTo: number): void {
    this.#index.forgetSegments(upTo);
  }

  #restart(): void {
    this.#index.clear();
    this.#cache.clear(this.#mark.index + 1);
  }
}
