/**
 * The stored log of one member in memory: what tests store to, and what a storage that writes to
 * disk keeps of the newest entries.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry, HardState, SnapshotMark } from './entry.ts';
import { countWithin } from './entry-size.ts';
import { EntryWindow } from './entry-window.ts';
import type { LogReader } from './log-reader.ts';
import { EMPTY_MEMBERSHIP } from './membership.ts';

const NO_STATE: HardState = { term: 0, vote: 0, committedIndex: 0 };

const NO_MARK: SnapshotMark = { index: 0, term: 0, membership: EMPTY_MEMBERSHIP };

export class MemoryLog implements LogReader {
  private readonly window: EntryWindow;
  /** Of the entry before the first. */
  private termBefore: number;
  private mark: SnapshotMark;
  private state: HardState;

  constructor(mark: SnapshotMark = NO_MARK, hardState: HardState = NO_STATE) {
    this.window = new EntryWindow(mark.index + 1);
    this.termBefore = mark.term;
    this.mark = mark;
    this.state = hardState;
  }

  hardState(): HardState {
    return this.state;
  }

  snapshotMark(): SnapshotMark {
    return this.mark;
  }

  firstIndex(): number {
    return this.window.firstIndex;
  }

  lastIndex(): number {
    return this.window.endIndex - 1;
  }

  term(index: number): number | undefined {
    return index === this.window.firstIndex - 1 ? this.termBefore : this.window.at(index)?.term;
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] | undefined {
    if (low < this.window.firstIndex) return undefined;
    const entries = this.window.slice(low, high);
    entries.length = countWithin(entries, bytesMax);
    return entries;
  }

  setHardState(hardState: HardState): void {
    this.state = hardState;
  }

  /** Entries take the place of those that have the same indexes and of all behind them. */
  append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    assert(
      first.index >= this.window.firstIndex && first.index <= this.window.endIndex,
      `entry ${first.index} leaves no gap behind ${this.lastIndex()}`,
    );
    this.window.cutFrom(first.index);
    this.window.append(entries);
  }

  /** The log begins anew behind a snapshot that came from elsewhere. */
  restore(mark: SnapshotMark): void {
    assert(mark.index > this.mark.index, `the snapshot at ${mark.index} is the newest`);
    this.mark = mark;
    this.termBefore = mark.term;
    this.window.restart(mark.index + 1);
  }

  /** A snapshot of the own state machine is durable; the entries stay until they are compacted. */
  setSnapshotMark(mark: SnapshotMark): void {
    assert(
      mark.index >= this.mark.index && mark.index <= this.lastIndex(),
      `the snapshot at ${mark.index} is within the log`,
    );
    this.mark = mark;
  }

  /** Forgets entries up to `index`; those that no snapshot has must stay. */
  compactThrough(index: number): void {
    if (index < this.window.firstIndex) return;
    assert(index <= this.mark.index, `what is forgotten up to ${index} is in a snapshot`);
    const term = this.term(index);
    assert(term !== undefined, `the entry at ${index} is in the log`);
    this.termBefore = term;
    this.window.dropThrough(index);
  }
}
