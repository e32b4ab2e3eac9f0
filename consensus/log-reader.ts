/**
 * What the core reads of the log that is stored: the port that a storage implements.
 *
 * Reads are answered at once, from memory. They may show an append as soon as it was handed to the
 * storage, and must show it when its completion is given back to the member (`storageAppended`).
 *
 *     snapshotMark().index ──────────┐
 *     ░░░░░░░░░░░░░░░░░░│▒▒▒▒▒▒▒▒▒▒▒▒▼▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓│
 *        compacted      firstIndex()                 lastIndex()
 *
 * Entries from before the mark may be kept for those who are a little behind. A group is founded
 * by a mark with index 1, term 1 and the first membership: then whoever joins with nothing is sent a
 * snapshot, and with it learns who was there before anything was in the log.
 */
import type { Entry, HardState, SnapshotMark } from './entry.ts';

export interface LogReader {
  /** Read once, at the start. All zero where nothing was ever stored. */
  hardState(): HardState;
  /** Of the newest snapshot that is durable; index 0 and an empty membership where there is none. */
  snapshotMark(): SnapshotMark;
  /** At most `snapshotMark().index + 1`. */
  firstIndex(): number;
  /** Where there are no entries: `firstIndex() - 1`, the index of the mark. */
  lastIndex(): number;
  /** From `firstIndex() - 1` to `lastIndex()`; otherwise undefined. */
  term(index: number): number | undefined;
  /**
   * From `low` to before `high`, as many as fit into `bytesMax` by `entryBytes`, at least one. Undefined
   * where some of them are compacted.
   */
  entries(low: number, high: number, bytesMax: number): readonly Entry[] | undefined;
}
