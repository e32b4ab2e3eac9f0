/**
 * One member among others that are only played: each message to it, and each sync of its disk, is the
 * test's own.
 */
import type { Entry, HardState } from '../../consensus/entry.ts';
import { createMember, type Member } from '../../consensus/member.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';
import type { PeerMessage } from '../../consensus/messages.ts';
import type { RaftOptions } from '../../consensus/raft-state.ts';
import type { StorageAppend } from '../../consensus/ready.ts';
import { foundingMark } from './played-group.ts';

export class LoneMember {
  readonly member: Member;
  readonly stored: MemoryLog;
  /** What it said to others so far, at once or after a sync. */
  readonly sent: PeerMessage[] = [];
  readonly appends: StorageAppend[] = [];

  /** Member 1 of 3, or of those who vote by `voters`, with these terms in its log from index 2 on. */
  constructor(
    options: Partial<RaftOptions> = {},
    terms: readonly number[] = [],
    voters: readonly number[] = [1, 2, 3],
  ) {
    const last = terms.at(-1) ?? 1;
    const hardState: HardState = { term: last, vote: 0, committedIndex: 1 };
    this.stored = new MemoryLog(foundingMark(voters), hardState);
    this.stored.append(entriesOf(2, terms));
    this.member = createMember({ id: 1, random: () => 0, ...options }, this.stored);
  }

  hear(...messages: readonly PeerMessage[]): void {
    for (const message of messages) {
      this.member.step(message);
      this.take();
    }
  }

  /** Takes out what it wants; appends wait for `sync`. */
  take(): void {
    while (this.member.hasReady()) {
      const ready = this.member.takeReady();
      this.sent.push(...ready.messages);
      if (ready.append !== undefined) this.appends.push(ready.append);
      if (ready.apply !== undefined) this.member.storageApplied(ready.apply.completion);
    }
  }

  /** The oldest append is durable. */
  sync(): void {
    const append = this.appends.shift();
    if (append === undefined) return;
    this.store(append);
    this.sent.push(...append.responses);
    this.member.storageAppended(append.completion);
    this.take();
  }

  syncAll(): void {
    this.take();
    while (this.appends.length > 0) this.sync();
  }

  /** On the disk, but nobody is told. */
  store({ entries, hardState, snapshot }: StorageAppend): void {
    if (snapshot !== undefined) this.stored.restore(snapshot);
    this.stored.append(entries);
    if (hardState !== undefined) this.stored.setHardState(hardState);
  }

  /** It wins an election with the vote of 2. */
  lead(): void {
    this.member.campaign();
    this.syncAll();
    const term = this.member.status().term;
    this.hear({ type: 'preVoteAnswered', from: 2, to: 1, term: term + 1, granted: true });
    this.syncAll();
    this.hear({ type: 'voteAnswered', from: 2, to: 1, term: term + 1, granted: true });
    this.syncAll();
    this.sent.length = 0;
  }

  /** What was said since the last time. */
  said(): readonly PeerMessage[] {
    return this.sent.splice(0);
  }

  saidTypes(): readonly string[] {
    return this.said().map(({ type, to }) => `${type} ${to}`);
  }
}

export function entriesOf(firstIndex: number, terms: readonly number[]): Entry[] {
  return terms.map((term, place) => ({ kind: 'empty', index: firstIndex + place, term }));
}
