/**
 * What must hold in a replicated group at all times, checked as it happens.
 *
 * Witnesses are the storages (what they are given and confirm), the wire (what members send), the
 * members' own state after each turn, and the state machines. Log matching is checked entry by entry:
 * where an index and a term always have the same content and the same term before them, two logs that
 * agree in one entry agree in all before it.
 * Source: figure 3 of Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm, 2014.
 */
import type { MemberId, Membership } from '../../../consensus/entry.ts';
import type { LogReader } from '../../../consensus/log-reader.ts';
import type { LogAppend } from '../../../consensus/log-storage.ts';
import type { MemberSummary } from '../../../consensus/member.ts';
import type { PeerMessage } from '../../../consensus/messages.ts';
import { contentOf, type HeldEntry, MemberBook } from './member-book.ts';
import {
  decodeOperation,
  type MachineWitness,
  type RegisterMachine,
  type RegisterOperation,
} from './register-machine.ts';
import { holds } from './violation.ts';

interface Seen {
  readonly committedIndex: number;
  readonly term: number;
  readonly ledTerm: number;
  readonly membership: Membership | undefined;
}

interface CommittedEntry extends HeldEntry {
  /** In which a leader said so first. */
  readonly committedTerm: number;
}

interface Applied {
  readonly id: number;
  readonly sum: number;
}

const NOTHING_SEEN: Seen = { committedIndex: 0, term: 0, ledTerm: 0, membership: undefined };

export class GroupInvariants implements MachineWitness {
  readonly books = new Map<MemberId, MemberBook>();
  /** The highest index that some leader has committed. */
  committedThrough = 1;
  /** The newest membership that somebody has applied, and from where on at the latest. */
  newestMembership: { readonly index: number; readonly membership: Membership };
  /** Everybody who ever belonged to the group. */
  readonly belonged = new Set<MemberId>();
  readonly #entries = new Map<number, string>();
  readonly #committed = new Map<number, CommittedEntry>();
  readonly #leaders = new Map<number, MemberId>();
  readonly #votes = new Map<string, MemberId>();
  readonly #applied = new Map<number, Applied>();
  readonly #indexesById = new Map<number, number>();
  readonly #memberships = new Map<number, string>();
  readonly #seen = new Map<MemberId, Seen>();
  #newestSeenIndex = 1;
  #lastApplied: { readonly index: number; readonly sum: number } = { index: 0, sum: 0 };
  readonly #texts = new WeakMap<Membership, string>();

  constructor(founding: Membership) {
    this.newestMembership = { index: 1, membership: founding };
    this.#committed.set(1, { term: 1, content: '', committedTerm: 1 });
    this.#noteMembership(1, founding, 'the founding');
  }

  // ------------------------------------------------------------------------------- storages

  /** A life begins with what its storage has. */
  opened(memberId: MemberId, reader: LogReader): void {
    const book = this.books.get(memberId) ?? new MemberBook(`Member ${memberId}`);
    this.books.set(memberId, book);
    book.reopened(reader);
    this.#seen.delete(memberId);
  }

  /** @returns to be called when the storage has confirmed it */
  handedOut(memberId: MemberId, append: LogAppend): () => void {
    const book = this.#bookOf(memberId);
    const { hardState, entries, snapshotMark } = append;
    if (hardState !== undefined) {
      const { term, vote } = hardState;
      holds(
        term >= book.handed.term,
        'one vote per term',
        () => `member ${memberId} goes from term ${book.handed.term} back to ${term}`,
      );
      const { handed } = book;
      holds(
        term > handed.term || handed.vote === 0 || handed.vote === vote,
        'one vote per term',
        () => `member ${memberId} votes for ${handed.vote} and for ${vote} in term ${term}`,
      );
    }
    if (snapshotMark !== undefined) {
      holds(
        snapshotMark.index > book.markIndex,
        'durability',
        () =>
          `member ${memberId} goes from the snapshot of ${book.markIndex} back to that of ${snapshotMark.index}`,
      );
      this.#noteMembership(
        snapshotMark.index,
        snapshotMark.membership,
        `a snapshot of ${memberId}`,
      );
    }
    let termBefore = book.termAt((entries[0]?.index ?? 0) - 1);
    if (snapshotMark?.index === (entries[0]?.index ?? 0) - 1) termBefore = snapshotMark.term;
    for (const entry of entries) {
      this.#noteEntry(memberId, entry.index, entry.term, termBefore, contentOf(entry));
      termBefore = entry.term;
    }
    const confirmed = book.handOut(append);
    return () => {
      confirmed();
      if (hardState !== undefined && hardState.vote !== 0) {
        this.#noteVote(memberId, hardState.term, hardState.vote);
      }
    };
  }

  // ------------------------------------------------------------------------------- the wire

  sent(message: PeerMessage): void {
    const { from, term } = message;
    const book = this.#bookOf(from);
    // What it is about to store now was decided later than what it says here.
    const isPresent = book.handed.term === term;
    switch (message.type) {
      case 'voteAnswered':
        if (!message.granted) return;
        this.#noteVote(from, term, message.to);
        holds(
          book.hasDurableVote(term, message.to),
          'promise before it is durable',
          () => `member ${from} grants its vote of term ${term} before its disk has it`,
        );
        return;
      case 'entriesAppended':
        holds(
          !isPresent || message.index === 0 || book.isDurableThrough(message.index),
          'promise before it is durable',
          () => `member ${from} confirms entry ${message.index} before its disk has it`,
        );
        return;
      case 'appendEntries':
      case 'heartbeat':
        this.#noteLeader(from, term);
    }
  }

  // ------------------------------------------------------------------------------- members

  /** After a turn of its replica. */
  looked(status: MemberSummary, appliedIndex: number, membership: Membership): void {
    const { id, role, term, committedIndex, lastIndex } = status;
    const before = this.#seen.get(id) ?? NOTHING_SEEN;
    if (role === 'leader' && before.ledTerm !== term) this.#elected(status);
    this.committing(status);
    this.#checkIndexes(status, before, appliedIndex);
    this.#noteMembership(appliedIndex, membership, `member ${id}`);
    if (appliedIndex > this.#newestSeenIndex) {
      this.#newestSeenIndex = appliedIndex;
      const isSame =
        this.#texts.get(membership) === this.#texts.get(this.newestMembership.membership);
      if (!isSame) this.newestMembership = { index: appliedIndex, membership };
    }
    this.#seen.set(id, {
      committedIndex,
      term,
      ledTerm: role === 'leader' ? term : before.ledTerm,
      membership: status.membership,
    });
    holds(
      lastIndex >= committedIndex,
      'commit index',
      () => `member ${id} has committed ${committedIndex} of a log that ends at ${lastIndex}`,
    );
  }

  /** In the midst of a turn: what a leader takes for committed. */
  committing(summary: MemberSummary): void {
    const { id, role, term, committedIndex } = summary;
    const before = this.#seen.get(id) ?? NOTHING_SEEN;
    const leads = role === 'leader' || before.ledTerm === term;
    if (leads && committedIndex > this.committedThrough) this.#committedBy(summary, before);
  }

  #checkIndexes({ id, committedIndex, term }: MemberSummary, before: Seen, appliedIndex: number) {
    holds(
      committedIndex >= before.committedIndex,
      'commit index',
      () => `member ${id} takes ${before.committedIndex} back to ${committedIndex}`,
    );
    holds(
      committedIndex <= this.committedThrough,
      'commit index',
      () =>
        `member ${id} takes ${committedIndex} for committed, leaders only ${this.committedThrough}`,
    );
    holds(
      appliedIndex <= committedIndex,
      'applied only what is committed',
      () => `member ${id} has applied ${appliedIndex} and committed ${committedIndex}`,
    );
    holds(
      term >= before.term,
      'one vote per term',
      () => `member ${id} goes from term ${before.term} back to ${term}`,
    );
  }

  /** A leader has all that was ever committed in terms before its own. */
  #elected({ id, term, firstIndex }: MemberSummary): void {
    this.#noteLeader(id, term);
    const book = this.#bookOf(id);
    holds(
      book.hasDurableVote(term, id),
      'promise before it is durable',
      () => `member ${id} leads in term ${term} before its disk has its own vote`,
    );
    for (let index = this.committedThrough; index >= firstIndex; index--) {
      const committed = this.#committed.get(index);
      // Who is elected late, in a term that others have left behind, never commits anything.
      if (committed === undefined || committed.committedTerm > term) continue;
      const own = book.entries.get(index);
      holds(
        own?.term === committed.term,
        'leader completeness',
        () =>
          `member ${id} leads in term ${term} with ${own === undefined ? 'no entry' : `an entry of term ${own.term}`} ` +
          `at ${index}, where one of term ${committed.term} is committed`,
      );
    }
  }

  #committedBy(status: MemberSummary, before: Seen): void {
    const { id: memberId, committedIndex, term, membership } = status;
    const book = this.#bookOf(memberId);
    for (let index = this.committedThrough + 1; index <= committedIndex; index++) {
      const entry = book.entries.get(index);
      holds(
        entry !== undefined,
        'commit index',
        () => `member ${memberId} commits entry ${index}, which its storage was never given`,
      );
      if (entry !== undefined) this.#committed.set(index, { ...entry, committedTerm: term });
    }
    this.committedThrough = committedIndex;
    const last = book.entries.get(committedIndex);
    // What it commits may already have changed who belongs to the group.
    holds(
      this.#isDurableAtQuorum(membership, committedIndex, last?.term) ||
        this.#isDurableAtQuorum(before.membership ?? membership, committedIndex, last?.term),
      'commit index',
      () => `member ${memberId} commits entry ${committedIndex}, which no quorum has`,
    );
  }

  #isDurableAtQuorum(membership: Membership, index: number, term: number | undefined): boolean {
    const has = (memberId: MemberId) =>
      this.books.get(memberId)?.isDurableThrough(index, term) ?? false;
    return [membership.voters, membership.votersOutgoing].every(
      (voters) => voters.length === 0 || 2 * voters.filter(has).length > voters.length,
    );
  }

  // ------------------------------------------------------------------------------- machines

  applied({ sum }: RegisterMachine, { id }: RegisterOperation, index: number): void {
    const committed = this.#committed.get(index);
    holds(
      committed !== undefined,
      'applied only what is committed',
      () => `operation ${id} is applied at ${index}, which no leader has committed`,
    );
    const known = this.#applied.get(index);
    if (known !== undefined) {
      holds(
        known.id === id && known.sum === sum,
        'state-machine safety',
        () =>
          `operation ${id} is applied at ${index} after what was operation ${known.id} elsewhere`,
      );
      return;
    }
    const is = committed === undefined ? undefined : decodeCommitted(committed);
    holds(
      is === id,
      'state-machine safety',
      () => `operation ${id} is applied at ${index}, where operation ${is} is committed`,
    );
    const twice = this.#indexesById.get(id);
    holds(
      twice === undefined,
      'state-machine safety',
      () => `operation ${id} is applied at ${twice} and at ${index}`,
    );
    this.#indexesById.set(id, index);
    this.#applied.set(index, { id, sum });
    if (index > this.#lastApplied.index) this.#lastApplied = { index, sum };
  }

  restored({ lastIndex, sum }: RegisterMachine): void {
    if (lastIndex === 0) return;
    const known = this.#applied.get(lastIndex);
    holds(
      known?.sum === sum,
      'state-machine safety',
      () => `a snapshot up to ${lastIndex} is not what was applied up to there`,
    );
  }

  // ------------------------------------------------------------------------------- clients

  /** A client was told that its operation is applied there. */
  acknowledged(id: number, index: number): void {
    const committed = this.#committed.get(index);
    const is = committed === undefined ? undefined : decodeCommitted(committed);
    holds(
      is === id,
      'acknowledged operations',
      () => `operation ${id} was acknowledged at ${index}, where ${is ?? 'nothing'} is committed`,
    );
  }

  /** A client was told that its operation is nowhere, for certain. */
  isApplied(id: number): boolean {
    return this.#indexesById.has(id);
  }

  /** All that was ever applied, as a sum. */
  get finalSum(): number {
    return this.#lastApplied.sum;
  }

  // ------------------------------------------------------------------------------- notes

  #noteEntry(
    memberId: MemberId,
    index: number,
    term: number,
    termBefore: number | undefined,
    content: string,
  ): void {
    const key = term * 2 ** 32 + index;
    const known = this.#entries.get(key);
    const what = `${termBefore ?? '?'} ${content}`;
    if (known === undefined || known.startsWith('?')) this.#entries.set(key, what);
    if (known === undefined || known === what) return;
    const isSame =
      (termBefore === undefined || known.startsWith('?')) &&
      known.slice(known.indexOf(' ')) === what.slice(what.indexOf(' '));
    holds(
      isSame,
      'log matching',
      () =>
        `entry ${index} of term ${term} is another one at member ${memberId}, or has another before it`,
    );
  }

  #noteLeader(memberId: MemberId, term: number): void {
    const known = this.#leaders.get(term);
    holds(
      known === undefined || known === memberId,
      'election safety',
      () => `members ${known} and ${memberId} lead in term ${term}`,
    );
    this.#leaders.set(term, memberId);
  }

  #noteVote(memberId: MemberId, term: number, vote: MemberId): void {
    const key = `${memberId}/${term}`;
    const known = this.#votes.get(key);
    holds(
      known === undefined || known === vote,
      'one vote per term',
      () => `member ${memberId} votes for ${known} and for ${vote} in term ${term}`,
    );
    this.#votes.set(key, vote);
  }

  #noteMembership(index: number, membership: Membership, who: string): void {
    if (index === 0) return;
    let text = this.#texts.get(membership);
    if (text === undefined) {
      text = JSON.stringify(membership);
      this.#texts.set(membership, text);
      for (const id of Object.keys(membership.addresses)) this.belonged.add(Number(id));
    }
    const known = this.#memberships.get(index);
    holds(
      known === undefined || known === text,
      'membership',
      () => `at ${index}, ${who} has the membership ${text}, others ${known}`,
    );
    if (known === undefined) this.#memberships.set(index, text);
  }

  #bookOf(memberId: MemberId): MemberBook {
    const book = this.books.get(memberId);
    if (book === undefined) throw new Error(`Member ${memberId} speaks before it was opened`);
    return book;
  }
}

function decodeCommitted({ content }: HeldEntry): number | undefined {
  return content.startsWith('{"id"')
    ? decodeOperation(new TextEncoder().encode(content)).id
    : undefined;
}
