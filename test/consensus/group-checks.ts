/**
 * What must hold in a group at all times, checked while it runs.
 *
 * The five properties of figure 3 of the Raft paper, and what is built on them: no vote is given twice,
 * reads are not stale, and what is restored from a snapshot is what would have been applied.
 */
import { equal, fail } from 'node:assert/strict';
import type { Entry, MemberId, SnapshotMark } from '../../consensus/entry.ts';
import type { PeerMessage } from '../../consensus/messages.ts';
import type { SimulatedMember } from './simulated-member.ts';

export class GroupChecks {
  /** The highest index that some member has applied, and with it all that must never be lost. */
  appliedIndex = 0;
  private readonly appliedEntries = new Map<number, string>();
  private readonly memberships = new Map<number, string>();
  private readonly leaders = new Map<number, MemberId>();
  private readonly votes = new Map<string, MemberId>();
  private readonly entries = new Map<string, string>();
  private readonly committedIndexes = new Map<MemberId, number>();

  founded(mark: SnapshotMark): void {
    this.appliedIndex = mark.index;
    this.appliedEntries.set(mark.index, String(mark.term));
    this.memberships.set(mark.index, JSON.stringify(mark.membership));
  }

  /** Election safety, and leader completeness. */
  elected({ id, member, terms, lastIndex }: SimulatedMember): void {
    const { term, firstIndex } = member.status();
    equal(this.leaders.get(term) ?? id, id, `two lead in term ${term}`);
    this.leaders.set(term, id);
    for (let index = this.appliedIndex; index >= firstIndex; index--) {
      if (index > lastIndex || terms.get(index) !== this.termOf(index)) {
        fail(`leader ${id} of term ${term} does not have ${index}, which is committed`);
      }
    }
  }

  /** An entry is given by index and term (log matching, first half). */
  held(entry: Entry): void {
    const key = `${entry.term}/${entry.index}`;
    const content = contentOf(entry);
    equal(this.entries.get(key) ?? content, content, `two entries are ${key}`);
    this.entries.set(key, content);
  }

  /** State machine safety. */
  applied({ id, applied }: SimulatedMember, entry: Entry): void {
    const content = `${entry.term}:${contentOf(entry)}`;
    const known = this.appliedEntries.get(entry.index);
    equal(known ?? content, content, `member ${id} applies another entry ${entry.index}`);
    this.appliedEntries.set(entry.index, content);
    const membership = JSON.stringify(applied.membership);
    equal(this.memberships.get(entry.index) ?? membership, membership);
    this.memberships.set(entry.index, membership);
    this.appliedIndex = Math.max(this.appliedIndex, entry.index);
  }

  restored({ id }: SimulatedMember, mark: SnapshotMark): void {
    equal(mark.term, this.termOf(mark.index), `member ${id} restores what was never applied`);
    equal(JSON.stringify(mark.membership), this.memberships.get(mark.index));
  }

  committed({ id }: SimulatedMember, index: number): void {
    if (index === 0) return;
    if (index < (this.committedIndexes.get(id) ?? 0)) fail(`member ${id} takes back ${index}`);
    this.committedIndexes.set(id, index);
  }

  /** It starts again, and what was only committed may not have been written. */
  restarted({ id }: SimulatedMember): void {
    this.committedIndexes.delete(id);
  }

  released(message: PeerMessage): void {
    if (message.type !== 'voteAnswered' || !message.granted) return;
    const key = `${message.term}/${message.from}`;
    equal(this.votes.get(key) ?? message.to, message.to, `member and term ${key} voted twice`);
    this.votes.set(key, message.to);
  }

  /** Log matching, second half: where two logs have the same entry, all before it are the same. */
  logsMatch(members: readonly SimulatedMember[]): void {
    for (const [place, one] of members.entries()) {
      for (const other of members.slice(place + 1)) this.match(one, other);
    }
  }

  private match(one: SimulatedMember, other: SimulatedMember): void {
    let matches = false;
    for (let index = Math.min(one.lastIndex, other.lastIndex); index > 0; index--) {
      const term = one.terms.get(index);
      const otherTerm = other.terms.get(index);
      if (term === undefined || otherTerm === undefined) return;
      if (matches && term !== otherTerm) {
        fail(
          `logs of ${one.id} and ${other.id} differ at ${index} before an entry that is the same`,
        );
      }
      matches = term === otherTerm;
    }
  }

  private termOf(index: number): number {
    return Number.parseInt(this.appliedEntries.get(index) ?? '-1', 10);
  }
}

function contentOf(entry: Entry): string {
  if (entry.kind === 'operation') return Buffer.from(entry.data).toString('hex');
  return entry.kind === 'membership' ? JSON.stringify(entry.change) : 'empty';
}
