/**
 * The log as the algorithm sees it: what is stored and what is not yet, as one.
 *
 *     applied ≤ applying ≤ committed ≤ lastIndex
 *
 * Only what is durable here is handed out to be applied: what a quorum has may still be missing on
 * this member's own disk.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry, SnapshotMark } from './entry.ts';
import { countWithin, entryBytes, totalBytes } from './entry-size.ts';
import type { LogReader } from './log-reader.ts';
import type { StorageApplied } from './messages.ts';
import { UnstableLog } from './unstable-log.ts';

export class RaftLog {
  committed: number;
  /** Handed out to be applied. */
  applying: number;
  applied: number;
  readonly unstable: UnstableLog;
  private readonly reader: LogReader;
  /** Of entries handed out and not yet applied; at the maximum no more are handed out. */
  private readonly applyingBytesMax: number;
  private applyingBytes = 0;
  private isApplyingPaused = false;

  constructor(reader: LogReader, applyingBytesMax: number) {
    const { index } = reader.snapshotMark();
    assert(reader.firstIndex() <= index + 1, `the stored log goes on behind its snapshot ${index}`);
    assert(reader.lastIndex() >= index, `the stored log reaches its snapshot ${index}`);
    this.reader = reader;
    this.applyingBytesMax = applyingBytesMax;
    this.unstable = new UnstableLog(reader.lastIndex() + 1);
    this.committed = index;
    this.applying = index;
    this.applied = index;
  }

  get firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === undefined ? this.reader.firstIndex() : snapshot.index + 1;
  }

  get lastIndex(): number {
    return this.unstable.lastIndex ?? this.reader.lastIndex();
  }

  get lastTerm(): number {
    const term = this.term(this.lastIndex);
    assert(term !== undefined, `the term of the last entry ${this.lastIndex} is known`);
    return term;
  }

  /** The snapshot that whoever is too far behind is sent. */
  get snapshotMark(): SnapshotMark {
    return this.unstable.snapshot ?? this.reader.snapshotMark();
  }

  /** Undefined where the entry is compacted, or not there yet. */
  term(index: number): number | undefined {
    const term = this.unstable.term(index);
    if (term !== undefined) return term;
    if (index + 1 < this.firstIndex || index > this.lastIndex) return undefined;
    return this.reader.term(index);
  }

  has(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Whether a log with this end has everything that could be committed by this one's. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const term = this.lastTerm;
    return lastTerm > term || (lastTerm === term && lastIndex >= this.lastIndex);
  }

  /** From `low` on, as many as fit, at least one. Undefined where they are compacted. */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | undefined {
    const { lastIndex } = this;
    return low > lastIndex ? [] : this.slice(low, lastIndex + 1, bytesMax);
  }

  append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    assert(
      first.index > this.committed,
      `committed entries stay: ${first.index} comes after ${this.committed}`,
    );
    this.unstable.append(entries);
  }

  /** Appends what is not there yet. Returns false where the entry before is another, or missing. */
  appendAfter(previousIndex: number, previousTerm: number, entries: readonly Entry[]): boolean {
    if (!this.has(previousIndex, previousTerm)) return false;
    const news = entries.findIndex((entry) => !this.has(entry.index, entry.term));
    if (news === 0) this.append(entries);
    else if (news > 0) this.append(entries.slice(news));
    return true;
  }

  /**
   * The last place up to which this log may be the same as one that has `term` at `index`: from there
   * backwards, the first entry whose term is not higher. A term of 0 is unknown: compacted.
   */
  lastPossibleMatch(
    index: number,
    term: number,
  ): { readonly index: number; readonly term: number } {
    for (let place = index; place > 0; place--) {
      const own = this.term(place);
      if (own === undefined) return { index: place, term: 0 };
      if (own <= term) return { index: place, term: own };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(
      index <= this.lastIndex,
      `entry ${index} is committed and here (the last is ${this.lastIndex}): was the stored log lost?`,
    );
    this.committed = index;
  }

  hasApplicable(): boolean {
    return !this.isBlocked() && this.applying < this.applicableIndex();
  }

  applicable(): readonly Entry[] {
    if (!this.hasApplicable()) return [];
    const room = this.applyingBytesMax - this.applyingBytes;
    const entries = this.slice(this.applying + 1, this.applicableIndex() + 1, room);
    assert(entries !== undefined, `what is not applied after ${this.applying} is in the log`);
    return entries;
  }

  handedOut(lastIndex: number, bytes: number): void {
    assert(lastIndex <= this.committed, `what is applied up to ${lastIndex} is committed`);
    this.applying = lastIndex;
    this.applyingBytes += bytes;
    // What was cut off waits for room, also where the next entry alone would not fit.
    this.isApplyingPaused =
      this.applyingBytes >= this.applyingBytesMax || lastIndex < this.applicableIndex();
  }

  /** Of entries, or (without) of a snapshot: what was handed out before it may never be confirmed. */
  appliedTo(index: number, entries?: StorageApplied): void {
    assert(
      index >= this.applied && index <= this.committed,
      `applied up to ${index}, after ${this.applied} and not beyond ${this.committed}`,
    );
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    const bytes =
      entries === undefined
        ? this.applyingBytes
        : totalBytes(entries.entryCount, entries.payloadBytes);
    this.applyingBytes = Math.max(0, this.applyingBytes - bytes);
    this.isApplyingPaused = this.applyingBytes >= this.applyingBytesMax;
  }

  restore(mark: SnapshotMark): void {
    this.committed = mark.index;
    this.unstable.restore(mark);
  }

  /** Whether a change of who belongs to the group is committed but not in force yet. */
  hasUnappliedMembership(): boolean {
    let low = this.applied + 1;
    while (low <= this.committed) {
      const entries = this.slice(low, this.committed + 1, this.applyingBytesMax);
      assert(entries !== undefined, `what is not applied from ${low} on is in the log`);
      if (entries.some((entry) => entry.kind === 'membership')) return true;
      low += entries.length;
    }
    return false;
  }

  /** Of what is committed, the end of what is durable here. */
  applicableIndex(): number {
    return Math.min(this.committed, this.unstable.firstIndex - 1);
  }

  private isBlocked(): boolean {
    return this.isApplyingPaused || this.unstable.snapshot !== undefined;
  }

  private slice(low: number, high: number, bytesMax: number): readonly Entry[] | undefined {
    if (low < this.firstIndex) return undefined;
    const border = this.unstable.firstIndex;
    if (low >= border) return cutToSize(this.unstable.slice(low, high), bytesMax);
    const stored = this.reader.entries(low, Math.min(high, border), bytesMax);
    if (stored === undefined || high <= border || stored.length < border - low) return stored;
    let bytes = 0;
    for (const entry of stored) bytes += entryBytes(entry);
    const rest = cutToSize(this.unstable.slice(border, high), bytesMax - bytes);
    const [first] = rest;
    return first === undefined || bytes + entryBytes(first) > bytesMax
      ? stored
      : [...stored, ...rest];
  }
}

function cutToSize(entries: Entry[], bytesMax: number): readonly Entry[] {
  entries.length = countWithin(entries, bytesMax);
  return entries;
}
