/**
 * What a leader knows of one member's log, and how much it may send to it now.
 *
 *     probe ──entriesAppended──▶ replicate       one message with entries, then an answer is
 *       ▲ ◀──rejected, unreachable──┘ │           awaited │ message after message, in a window
 *       │                             │
 *       └──── sent or failed ──── snapshot ◀── what it needs is no longer in the log (from both)
 *                                    └──entriesAppended that reconnects──▶ replicate
 *
 * Invariant: `matchIndex` < `nextIndex`; what is between them is on its way.
 */
import { assert } from '../runtime/assert.ts';
import { Inflights } from './inflights.ts';

export type ProgressMode = 'probe' | 'replicate' | 'snapshot';

export interface FlowLimits {
  /** Messages with entries on their way to one member; at the maximum entries wait in the log. */
  readonly inflightCountMax: number;
  /** Bytes of such messages; the message that reaches it is still sent. */
  readonly inflightBytesMax: number;
}

export class Progress {
  mode: ProgressMode = 'probe';
  /** Up to here its log is known to be the leader's. */
  matchIndex = 0;
  /** Of the next entry that is sent to it. */
  nextIndex: number;
  isLearner: boolean;
  /** Whether anything was heard from it since quorums were last checked. */
  isActive: boolean;
  /** The connection to it broke, and nothing was heard from it since. Quorums don't depend on it. */
  isCutOff = false;
  /** Nothing more is sent until it answers something: a heartbeat at the latest. */
  isPaused = false;
  /** The mark of the snapshot that is on its way; 0 in other modes. */
  snapshotIndex = 0;
  readonly inflights: Inflights;
  /** The highest committed index that is on its way. */
  private sentCommittedIndex = 0;

  constructor(limits: FlowLimits, nextIndex: number, isLearner: boolean, isActive: boolean) {
    this.inflights = new Inflights(limits.inflightCountMax, limits.inflightBytesMax);
    this.nextIndex = nextIndex;
    this.isLearner = isLearner;
    this.isActive = isActive;
  }

  /** Whether entries must wait. */
  get isBlocked(): boolean {
    return this.mode === 'snapshot' || this.isPaused;
  }

  heard(): void {
    this.isActive = true;
    this.isCutOff = false;
  }

  becomeProbe(): void {
    const { mode, snapshotIndex } = this;
    this.become('probe');
    // A snapshot that was sent is believed to have arrived, until it is known otherwise.
    this.nextIndex = Math.max(this.matchIndex, mode === 'snapshot' ? snapshotIndex : 0) + 1;
    this.sentCommittedIndex = Math.min(this.sentCommittedIndex, this.nextIndex - 1);
  }

  becomeReplicate(): void {
    this.become('replicate');
    this.nextIndex = this.matchIndex + 1;
  }

  becomeSnapshot(snapshotIndex: number): void {
    this.become('snapshot');
    this.snapshotIndex = snapshotIndex;
    this.nextIndex = snapshotIndex + 1;
    this.sentCommittedIndex = snapshotIndex;
  }

  sentEntries(count: number, bytes: number): void {
    if (this.mode === 'replicate') {
      if (count > 0) {
        this.nextIndex += count;
        this.inflights.add(this.nextIndex - 1, bytes);
      }
      // From a full window one message without entries goes out for each answer to a heartbeat: if
      // all in the window were lost, its answer tells so.
      this.isPaused = this.inflights.isFull;
    } else {
      assert(this.mode === 'probe', 'entries are sent while probing or replicating');
      if (count > 0) this.isPaused = true;
    }
  }

  sentCommitted(index: number): void {
    this.sentCommittedIndex = index;
  }

  /** Whether it can learn of more that is committed than it was told already. */
  wantsCommitted(index: number): boolean {
    return index > this.sentCommittedIndex && this.sentCommittedIndex < this.nextIndex - 1;
  }

  /** Returns false where this was known already. */
  confirm(index: number): boolean {
    if (index <= this.matchIndex) return false;
    this.matchIndex = index;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    this.isPaused = false;
    return true;
  }

  /**
   * The entry at `rejectedIndex` did not match; the logs may be the same up to `hintIndex`. Returns
   * false where the rejection is old: it was overtaken by other answers.
   */
  reject(rejectedIndex: number, hintIndex: number): boolean {
    if (this.mode === 'replicate') {
      if (rejectedIndex <= this.matchIndex) return false;
      this.nextIndex = this.matchIndex + 1;
    } else {
      if (rejectedIndex !== this.nextIndex - 1) return false;
      this.nextIndex = Math.max(Math.min(rejectedIndex, hintIndex + 1), this.matchIndex + 1);
      this.isPaused = false;
    }
    this.sentCommittedIndex = Math.min(this.sentCommittedIndex, this.nextIndex - 1);
    return true;
  }

  private become(mode: ProgressMode): void {
    this.mode = mode;
    this.isPaused = false;
    this.snapshotIndex = 0;
    this.inflights.clear();
  }
}
