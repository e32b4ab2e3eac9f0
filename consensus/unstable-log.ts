/**
 * The end of the log that is not known to be durable yet: what the storage is to write, and what it
 * is writing. Until it confirms, entries are read from here.
 *
 *     stored │ being written │ to be written │
 *            └ firstIndex    └ writingIndex   └ endIndex        (the first of each part)
 *
 * The stored log may reach further than `firstIndex`: the next write then takes the place of that end.
 */
import type { Entry, SnapshotMark } from './entry.ts';
import { EntryWindow } from './entry-window.ts';

export class UnstableLog {
  /** Came from the leader, and is not known to be durable and restored. */
  snapshot: SnapshotMark | undefined;
  private isSnapshotWriting = false;
  private readonly window: EntryWindow;
  private writingIndex: number;

  constructor(firstIndex: number) {
    this.window = new EntryWindow(firstIndex);
    this.writingIndex = firstIndex;
  }

  get firstIndex(): number {
    return this.window.firstIndex;
  }

  get isEmpty(): boolean {
    return this.window.length === 0;
  }

  get hasUnwritten(): boolean {
    return this.writingIndex < this.window.endIndex;
  }

  get unwrittenSnapshot(): SnapshotMark | undefined {
    return this.isSnapshotWriting ? undefined : this.snapshot;
  }

  /** Undefined where only the stored log knows. */
  get lastIndex(): number | undefined {
    if (this.window.length > 0) return this.window.endIndex - 1;
    return this.snapshot?.index;
  }

  term(index: number): number | undefined {
    const entry = this.window.at(index);
    if (entry !== undefined) return entry.term;
    return this.snapshot?.index === index ? this.snapshot.term : undefined;
  }

  slice(low: number, high: number): Entry[] {
    return this.window.slice(low, high);
  }

  unwritten(): Entry[] {
    return this.window.slice(this.writingIndex, this.window.endIndex);
  }

  /** What is here now has been handed to the storage. */
  writing(): void {
    this.writingIndex = this.window.endIndex;
    if (this.snapshot !== undefined) this.isSnapshotWriting = true;
  }

  append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    if (first.index < this.window.firstIndex) this.window.restart(first.index);
    else this.window.cutFrom(first.index);
    this.window.append(entries);
    this.writingIndex = Math.min(this.writingIndex, first.index);
  }

  /**
   * Durable up to `index`, if the entry there is still the one of `term`: otherwise it was replaced
   * meanwhile, and its successor is on its way to the storage.
   */
  stored(index: number, term: number): void {
    if (this.window.at(index)?.term !== term) return;
    this.window.dropThrough(index);
    this.writingIndex = Math.max(this.writingIndex, index + 1);
  }

  snapshotStored(index: number): void {
    if (this.snapshot?.index !== index) return;
    this.snapshot = undefined;
    this.isSnapshotWriting = false;
  }

  restore(mark: SnapshotMark): void {
    this.snapshot = mark;
    this.isSnapshotWriting = false;
    this.window.restart(mark.index + 1);
    this.writingIndex = mark.index + 1;
  }
}
