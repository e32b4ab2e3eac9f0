/**
 * A member with a disk that answers late and a state machine that applies late, to be crashed at any
 * moment: what is played here is who carries out the contract of consensus/ready.ts.
 *
 * The stored log is what survives. Appends wait in a queue; of those that are not confirmed, a crash
 * keeps some first part. What need not be synced rides along with the next that must.
 */
import { equal } from 'node:assert/strict';
import type { Entry, HardState, MemberId, SnapshotMark } from '../../consensus/entry.ts';
import { createMember, type Member, type MemberOptions } from '../../consensus/member.ts';
import { changeMembership } from '../../consensus/membership.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';
import type { PeerMessage, StorageAppended } from '../../consensus/messages.ts';
import type { ReadState } from '../../consensus/raft-state.ts';
import type { StorageAppend, StorageApply } from '../../consensus/ready.ts';
import type { GroupChecks } from './group-checks.ts';

export class SimulatedMember {
  readonly id: MemberId;
  readonly stored: MemoryLog;
  member: Member;
  /** Terms of all entries that it holds, stored or not, from the one before its first on. */
  terms = new Map<number, number>();
  lastIndex = 0;
  /** Index and membership of what its state machine has. */
  applied: SnapshotMark;
  readonly appends: StorageAppend[] = [];
  readonly applies: StorageApply[] = [];
  readonly completions: StorageAppended[] = [];
  readStates: ReadState[] = [];
  private lazyState: HardState | undefined;
  private readonly options: MemberOptions;
  private readonly checks: GroupChecks;

  constructor(options: MemberOptions, founding: SnapshotMark | undefined, checks: GroupChecks) {
    this.id = options.id;
    this.options = options;
    this.checks = checks;
    this.stored = new MemoryLog(founding);
    this.applied = this.stored.snapshotMark();
    this.member = createMember(options, this.stored);
    this.readBack();
  }

  get hasWork(): boolean {
    return this.appends.length + this.completions.length + this.applies.length > 0;
  }

  /** Hands out what is to be done; returns what goes out at once. */
  takeReady(): readonly PeerMessage[] {
    if (!this.member.hasReady()) return [];
    const ready = this.member.takeReady();
    if (ready.append !== undefined) this.holdAppend(ready.append);
    if (ready.apply !== undefined) this.applies.push(ready.apply);
    this.readStates.push(...ready.readStates);
    if (ready.softState?.role === 'leader') this.checks.elected(this);
    return ready.messages;
  }

  /** The disk goes on by one append; returns what may go out now. */
  store(): readonly PeerMessage[] {
    const append = this.appends.shift();
    if (append === undefined) return [];
    this.write(append, /* isSynced */ append.mustSync);
    if (append.snapshot !== undefined) this.restore(append.snapshot);
    this.completions.push(append.completion);
    return append.responses;
  }

  confirmAppend(): void {
    const completion = this.completions.shift();
    if (completion !== undefined) this.member.storageAppended(completion);
  }

  apply(): void {
    const apply = this.applies.shift();
    if (apply === undefined) return;
    for (const entry of apply.entries) this.applyEntry(entry);
    this.member.storageApplied(apply.completion);
  }

  /** Of the state machine as it is; some entries before it are kept for those who are a little behind. */
  takeSnapshot(keptCount: number): void {
    if (this.applied.index <= this.stored.snapshotMark().index) return;
    this.stored.setSnapshotMark(this.applied);
    this.stored.compactThrough(this.applied.index - keptCount);
  }

  /** Of the appends that wait, so many had reached the disk without anybody being told. */
  crash(keptCount: number): void {
    for (const append of this.appends.slice(0, keptCount)) this.write(append, true);
    this.lazyState = undefined;
    this.appends.length = 0;
    this.applies.length = 0;
    this.completions.length = 0;
    this.readStates = [];
    this.applied = this.stored.snapshotMark();
    this.member = createMember(this.options, this.stored);
    this.readBack();
  }

  private holdAppend(append: StorageAppend): void {
    this.appends.push(append);
    this.checks.committed(this, append.hardState?.committedIndex ?? 0);
    if (append.snapshot !== undefined) {
      this.terms = new Map([[append.snapshot.index, append.snapshot.term]]);
      this.lastIndex = append.snapshot.index;
    }
    for (const entry of append.entries) this.hold(entry);
    const last = append.entries.at(-1);
    if (last === undefined) return;
    for (let index = last.index + 1; index <= this.lastIndex; index++) this.terms.delete(index);
    this.lastIndex = last.index;
  }

  private write({ entries, hardState, snapshot }: StorageAppend, isSynced: boolean): void {
    if (snapshot !== undefined) this.stored.restore(snapshot);
    this.stored.append(entries);
    this.lazyState = hardState ?? this.lazyState;
    if (!isSynced || this.lazyState === undefined) return;
    this.stored.setHardState(this.lazyState);
    this.lazyState = undefined;
  }

  private restore(mark: SnapshotMark): void {
    this.applied = mark;
    this.applies.length = 0;
    this.checks.restored(this, mark);
  }

  private applyEntry(entry: Entry): void {
    equal(entry.index, this.applied.index + 1, 'entries are applied without gaps');
    let { membership } = this.applied;
    if (entry.kind === 'membership') {
      const changed = changeMembership(membership, entry.change);
      if ('membership' in changed) membership = changed.membership;
    }
    this.applied = { index: entry.index, term: entry.term, membership };
    this.checks.applied(this, entry);
  }

  private readBack(): void {
    const { stored } = this;
    const first = stored.firstIndex();
    this.lastIndex = stored.lastIndex();
    this.terms = new Map();
    for (let index = first - 1; index <= this.lastIndex; index++) {
      this.terms.set(index, stored.term(index) ?? 0);
    }
  }

  private hold(entry: Entry): void {
    this.terms.set(entry.index, entry.term);
    this.checks.held(entry);
  }
}
