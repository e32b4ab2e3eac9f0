/** What logs should hold after so many appends: plain, slow, and obviously right. */
import type { Entry, GroupId, HardState, SnapshotMark } from '../../consensus/entry.ts';
import type { LogAppend, LogStorage } from '../../consensus/log-storage.ts';
import type { Random } from '../kit/random.ts';
import { hardState, mark, operations } from './log-storage-scene.ts';

type What = Omit<LogAppend, 'done'>;

interface ModelLog {
  readonly hardState: HardState;
  readonly markIndex: number;
  readonly entries: readonly Entry[];
}

export type Model = ReadonlyMap<GroupId, ModelLog>;

const EMPTY: ModelLog = { hardState: hardState(0, 0, 0), markIndex: 0, entries: [] };

export function modelAfter(model: Model, { group, entries, ...what }: What): Model {
  const log = model.get(group) ?? EMPTY;
  const first = entries[0]?.index ?? Number.POSITIVE_INFINITY;
  const kept = log.entries.filter(({ index }) => index < first);
  return new Map(model).set(group, {
    hardState: what.hardState ?? log.hardState,
    markIndex: what.snapshotMark?.index ?? log.markIndex,
    entries: [...kept, ...entries],
  });
}

/** Something that a member might append next: more, something else, a vote, a snapshot's mark. */
export function nextAppend(
  model: Model,
  random: Random,
  canMark: (group: GroupId, mark: SnapshotMark) => boolean,
): What {
  const group = random.pick(['one', 'two']);
  const { hardState: state, markIndex, entries } = model.get(group) ?? EMPTY;
  const last = entries.at(-1)?.index ?? markIndex;
  const { committedIndex } = state;
  const marked = mark(committedIndex, entries.find(({ index }) => index === committedIndex)?.term);
  if (committedIndex > markIndex && canMark(group, marked)) {
    return { group, entries: [], snapshotMark: marked, mustSync: true };
  }
  if (random.chance(0.15) && state.term > 0) {
    const committed = committedIndex + random.integer(last - committedIndex + 1);
    return {
      group,
      entries: [],
      hardState: { ...state, committedIndex: committed },
      mustSync: false,
    };
  }
  const term = state.term + (state.term === 0 || random.chance(0.2) ? 1 : 0);
  // A new term may take the place of what was not committed.
  const overwrites = term > state.term && random.chance(0.5);
  const first =
    1 + (overwrites ? committedIndex + random.integer(last - committedIndex + 1) : last);
  const count = random.integer(5);
  const dataBytes = random.chance(0.1) ? random.integer(3000) : random.integer(100);
  const news = operations(first, count, term, dataBytes);
  const isNew = term > state.term || state.term === 0;
  if (count === 0 && !isNew) return nextAppend(model, random, canMark);
  return isNew
    ? { group, entries: news, hardState: { ...state, term, vote: 1 }, mustSync: true }
    : { group, entries: news, mustSync: true };
}

/** The first difference between what is stored and what should be; undefined where there is none. */
export function differenceOf(storage: LogStorage, model: Model): string | undefined {
  for (const group of ['one', 'two']) {
    const log = storage.reader(group);
    const expected = model.get(group) ?? EMPTY;
    if (!isSame(log.hardState(), expected.hardState)) return `${group}: another hard state`;
    if (log.snapshotMark().index !== expected.markIndex) return `${group}: another mark`;
    const last = expected.entries.at(-1)?.index ?? expected.markIndex;
    if (log.lastIndex() !== Math.max(last, expected.markIndex)) return `${group}: another end`;
    if (log.firstIndex() > expected.markIndex + 1) return `${group}: entries are missing`;
    const entries = log.entries(log.firstIndex(), log.lastIndex() + 1, Number.POSITIVE_INFINITY);
    const wanted = expected.entries.filter(({ index }) => index >= log.firstIndex());
    if (!isSame(entries?.map(plain), wanted.map(plain))) return `${group}: other entries`;
  }
  return undefined;
}

function plain(entry: Entry): unknown {
  return entry.kind === 'operation' ? { ...entry, data: [...entry.data] } : entry;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
