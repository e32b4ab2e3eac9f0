/**
 * What one member's storage was given and has confirmed, kept beside the storage: what it must have
 * after a restart, and what the member may promise.
 *
 *     handed out ──confirmed by the storage──▶ durable ──restart──▶ must be there
 *         └────────── restart ──▶ may be there
 */
import type { Entry, HardState, SnapshotMark } from '../../../consensus/entry.ts';
import type { LogReader } from '../../../consensus/log-reader.ts';
import type { LogAppend } from '../../../consensus/log-storage.ts';
import { holds } from './violation.ts';

export interface HeldEntry {
  readonly term: number;
  readonly content: string;
}

interface Unconfirmed {
  readonly number: number;
  /** The first entry that it replaces; infinite where it has none. */
  readonly firstIndex: number;
}

const decoder = new TextDecoder('latin1');

export class MemberBook {
  readonly who: string;
  /** Everything that was handed out in this life, on top of what was there when it began. */
  readonly entries = new Map<number, HeldEntry>();
  lastIndex = 0;
  markIndex = 0;
  handed: HardState = { term: 0, vote: 0, committedIndex: 0 };
  #durable: HardState = this.handed;
  #durableMarkIndex = 0;
  #unconfirmed: Unconfirmed[] = [];
  #nextNumber = 1;

  constructor(who: string) {
    this.who = who;
  }

  /** @returns what is to be given to `confirmed` once it is durable */
  handOut({ entries, hardState, snapshotMark, restores }: LogAppend): () => void {
    const number = this.#nextNumber++;
    if (restores === true && snapshotMark !== undefined) this.#restart(snapshotMark);
    else if (snapshotMark !== undefined) {
      this.markIndex = Math.max(this.markIndex, snapshotMark.index);
    }
    const first = entries[0]?.index;
    const firstIndex =
      restores === true ? (snapshotMark?.index ?? 0) : (first ?? Number.POSITIVE_INFINITY);
    if (first !== undefined) {
      for (let index = first; index <= this.lastIndex; index++) this.entries.delete(index);
      for (const entry of entries) this.entries.set(entry.index, held(entry));
      this.lastIndex = entries.at(-1)?.index ?? this.lastIndex;
    }
    if (hardState !== undefined) this.handed = hardState;
    this.#unconfirmed.push({ number, firstIndex });
    return () => {
      this.#unconfirmed = this.#unconfirmed.filter((one) => one.number !== number);
      if (hardState !== undefined) this.#durable = hardState;
      if (snapshotMark !== undefined) {
        this.#durableMarkIndex = Math.max(this.#durableMarkIndex, snapshotMark.index);
      }
    };
  }

  /** Whether the storage has confirmed the log up to here, with an entry of this term there, if given. */
  isDurableThrough(index: number, term?: number): boolean {
    const entry = this.entries.get(index);
    const isThere =
      index <= this.markIndex || (entry !== undefined && (term ?? entry.term) === entry.term);
    return isThere && this.#unconfirmed.every(({ firstIndex }) => firstIndex > index);
  }

  hasDurableVote(term: number, vote: number): boolean {
    const { term: durableTerm, vote: durableVote } = this.#durable;
    return durableTerm > term || (durableTerm === term && durableVote === vote);
  }

  termAt(index: number): number | undefined {
    return this.entries.get(index)?.term;
  }

  /** It was opened again: nothing that was confirmed may be missing. Goes on from what is there. */
  reopened(reader: LogReader): void {
    this.#checkHardState(reader.hardState());
    const stored = entriesOf(reader);
    this.#checkEntries(reader, stored);
    this.entries.clear();
    for (const entry of stored) this.entries.set(entry.index, held(entry));
    this.lastIndex = reader.lastIndex();
    this.markIndex = reader.snapshotMark().index;
    this.#durableMarkIndex = this.markIndex;
    this.handed = reader.hardState();
    this.#durable = this.handed;
    this.#unconfirmed = [];
  }

  #checkHardState({ term, vote }: HardState): void {
    const { term: durableTerm, vote: durableVote } = this.#durable;
    holds(
      term > durableTerm || (term === durableTerm && (vote === durableVote || durableVote === 0)),
      'durability',
      () =>
        `${this.who} comes back with term ${term} and vote ${vote}, its disk had confirmed ` +
        `term ${durableTerm} and vote ${durableVote}`,
    );
  }

  #checkEntries(reader: LogReader, stored: readonly Entry[]): void {
    const found = new Map(stored.map((entry) => [entry.index, held(entry)]));
    const mark = reader.snapshotMark();
    holds(
      mark.index >= this.#durableMarkIndex,
      'durability',
      () =>
        `${this.who} comes back with the snapshot of ${mark.index}, its disk had confirmed that of ` +
        `${this.#durableMarkIndex}`,
    );
    const replacedFrom = Math.min(...this.#unconfirmed.map(({ firstIndex }) => firstIndex));
    for (const [index, { term, content }] of this.entries) {
      if (index >= replacedFrom || index < reader.firstIndex()) continue;
      const now = found.get(index);
      holds(
        now?.term === term && now.content === content,
        'durability',
        () =>
          `${this.who} comes back with ${now === undefined ? 'no entry' : `an entry of term ${now.term}`} ` +
          `at ${index}, its disk had confirmed one of term ${term}`,
      );
    }
  }

  #restart({ index, term }: SnapshotMark): void {
    this.entries.clear();
    this.entries.set(index, { term, content: '' });
    this.lastIndex = index;
    this.markIndex = index;
  }
}

function held(entry: Entry): HeldEntry {
  return { term: entry.term, content: contentOf(entry) };
}

export function contentOf(entry: Entry): string {
  if (entry.kind === 'operation') return decoder.decode(entry.data);
  return entry.kind === 'membership' ? JSON.stringify(entry.change) : '';
}

function entriesOf(reader: LogReader): readonly Entry[] {
  const entries: Entry[] = [];
  for (let low = reader.firstIndex(); low <= reader.lastIndex(); ) {
    const some = reader.entries(low, reader.lastIndex() + 1, 2 ** 20) ?? [];
    if (some.length === 0) return entries;
    entries.push(...some);
    low += some.length;
  }
  return entries;
}
