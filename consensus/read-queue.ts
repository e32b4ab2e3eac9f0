/**
 * Reads that wait until a leader knows that it still leads (ReadIndex).
 *
 * Each read has a place in a queue that only grows. A heartbeat carries the place of the last; who
 * answers it confirms that read and all before. So one round of heartbeats serves any number of
 * reads, and what a quorum has answered is found as for entries, joint memberships included.
 * Source: Ongaro's dissertation, 6.4.
 */
import type { MemberId } from './entry.ts';
import { committedIndex, type Voters } from './quorum.ts';

/** Reads of one leader that wait. Further ones are dropped, and asked for again by who reads. */
export const WAITING_READ_COUNT_MAX = 10_000;

export interface WaitingRead {
  /** Who reads: the leader itself, or who asked it. */
  readonly from: MemberId;
  readonly readId: string;
  /** What was committed when it came. */
  readonly index: number;
}

export class ReadQueue {
  private waiting: WaitingRead[] = [];
  /** How many were confirmed; the first of those that wait has the place after. */
  private confirmedCount = 0;
  private readonly answers = new Map<MemberId, number>();

  /** The place of the last read that waits; 0 where none does. */
  get lastPosition(): number {
    return this.waiting.length === 0 ? 0 : this.confirmedCount + this.waiting.length;
  }

  get isFull(): boolean {
    return this.waiting.length >= WAITING_READ_COUNT_MAX;
  }

  add(read: WaitingRead): void {
    this.waiting.push(read);
  }

  /** An answer to what was confirmed already, or to what was never asked, says nothing. */
  answered(by: MemberId, position: number): void {
    if (position > this.lastPosition) return;
    this.answers.set(by, Math.max(this.answers.get(by) ?? 0, position));
  }

  /** Takes out those that a quorum has confirmed. */
  takeConfirmed(voters: Voters): readonly WaitingRead[] {
    const confirmed = committedIndex(voters, (memberId) => this.answers.get(memberId) ?? 0);
    const count = Math.min(confirmed - this.confirmedCount, this.waiting.length);
    if (count <= 0) return [];
    this.confirmedCount += count;
    return this.waiting.splice(0, count);
  }

  clear(): void {
    this.waiting = [];
    this.confirmedCount = 0;
    this.answers.clear();
  }
}
