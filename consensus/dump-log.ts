/**
 * A data directory as lines of text, and back: `messor log dump` and `restore`.
 *
 *     {"line":"log","format":1,"clusterId":…,"memberId":…}
 *     {"line":"group","group":…,"hardState":…,"mark":…}
 *     {"line":"snapshot","group":…,"offset":…,"data":<base64>}     of the mark, in pieces
 *     {"line":"entry","group":…,"entry":…}                          data of operations in base64
 *     {"line":"end","count":<lines before>}
 *
 * A restored directory is another cluster's: of one member, whose name was not used before.
 * Members of the old cluster refuse it, and it them. It keeps every index and term, so that whatever
 * was numbered by them stays; changes of the membership become empty entries, because nobody but the
 * one member is there. What was stored and not known to be committed is kept and becomes so: the dump
 * of one of many members may bring back what was never acknowledged, and lacks what that one had not
 * heard of, be it acknowledged or not. Only the dump of a member that stood alone has neither fault.
 */
import { CodedError, describeError } from '../runtime/errors.ts';
import {
  corruptError,
  type DirectoryIdentity,
  type Quarantine,
  readIdentity,
  tooNew,
} from './directory-identity.ts';
import type { Disk } from './disk.ts';
import type { Entry, GroupId, HardState, SnapshotMark } from './entry.ts';
import { IDENTITY_FILE, parseSnapshotName, type SnapshotName, snapshotName } from './file-names.ts';
import { frameReader } from './frame-reader.ts';
import { GroupLog } from './group-log.ts';
import type { LogReader } from './log-reader.ts';
import { fileOfEnd, type RecoveredLog, readLog } from './log-recovery.ts';
import { EMPTY_MEMBERSHIP } from './membership.ts';
import { checkSnapshot, damageOf } from './snapshot-check.ts';

export const DUMP_FORMAT = 1;

export type DumpLine =
  | ({ readonly line: 'log'; readonly format: number } & DirectoryIdentity)
  | {
      readonly line: 'group';
      readonly group: GroupId;
      readonly hardState: HardState;
      readonly mark: SnapshotMark;
    }
  | {
      readonly line: 'snapshot';
      readonly group: GroupId;
      readonly offset: number;
      readonly data: string;
    }
  | { readonly line: 'entry'; readonly group: GroupId; readonly entry: DumpedEntry }
  | { readonly line: 'end'; readonly count: number };

/** An entry as JSON can say it. */
export type DumpedEntry =
  | Exclude<Entry, { kind: 'operation' }>
  | {
      readonly kind: 'operation';
      readonly index: number;
      readonly term: number;
      readonly data: string;
    };

/** Entries are read in parts of so many bytes. */
const PART_BYTES = 2 ** 20;

/** What a dump of what is sound does without: where it begins, and why. */
export type LeftOut = Quarantine;

/**
 * Changes nothing. A torn end is left out, as it would be at a start.
 * @param leaveOut given: of a damaged log what is sound is dumped, and this hears what is not. That is
 * the newest whole snapshot of each group, and the entries that follow it up to the first fault
 * @throws CodedError `logCorrupt` where the log can't be trusted, `logTooNew`
 */
export function* dumpLog(
  disk: Disk,
  leaveOut: (fault: LeftOut) => void = (fault) => {
    throw corruptError(disk, fault);
  },
): Generator<DumpLine> {
  const log = readLog(disk, { cacheBytesMax: 0, readFrame: (group) => frameReader(disk, group) });
  const { end, newerVersion } = log;
  if (newerVersion !== undefined) throw tooNew(disk, newerVersion);
  const identity = identityOf(disk, leaveOut);
  if (end.verdict === 'corrupt') {
    leaveOut({ file: fileOfEnd(end), offset: end.offset, reason: end.reason });
  }
  const isDamaged = end.verdict === 'corrupt';
  let count = 1;
  yield { line: 'log', format: DUMP_FORMAT, ...identity };
  for (const group of groupsOf(disk, log)) {
    const reader = log.groups.get(group) ?? new GroupLog(0, frameReader(disk, group));
    const base = baseOf({ disk, group, reader, isDamaged, leaveOut });
    for (const line of groupLines(group, reader, base)) {
      yield line;
      count++;
    }
  }
  yield { line: 'end', count };
}

const NOBODY: DirectoryIdentity = { clusterId: 'unknown', memberId: 0 };

function identityOf(disk: Disk, leaveOut: (fault: LeftOut) => void): DirectoryIdentity {
  const without = (reason: string) => {
    leaveOut({ file: IDENTITY_FILE, offset: 0, reason });
    return NOBODY;
  };
  try {
    return readIdentity(disk) ?? without(`${IDENTITY_FILE} is missing`);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'logCorrupt') throw error;
    return without(`${IDENTITY_FILE} is damaged`);
  }
}

/** Of a damaged log also those of which only a snapshot is left. */
function groupsOf(disk: Disk, { groups, end }: RecoveredLog): readonly GroupId[] {
  const ofSnapshots = disk.listNow().flatMap((name) => parseSnapshotName(name)?.group ?? []);
  const all = end.verdict === 'corrupt' ? [...groups.keys(), ...ofSnapshots] : [...groups.keys()];
  return [...new Set(all)].sort();
}

/** What a group's log goes on from. */
interface Base {
  /** Of index 0 where it is nothing. */
  readonly mark: SnapshotMark;
  readonly lines: readonly DumpLine[];
}

/** None where the log has no base: entries that nobody can put in their place say nothing. */
function* groupLines(
  group: GroupId,
  reader: LogReader,
  { mark, lines }: Base,
): Generator<DumpLine> {
  const isNothing = mark.index === 0 && (reader.firstIndex() > 1 || reader.lastIndex() === 0);
  if (isNothing) return;
  const follows = reader.term(mark.index) === mark.term;
  const lastIndex = follows ? Math.max(mark.index, reader.lastIndex()) : mark.index;
  const { term, vote, committedIndex } = reader.hardState();
  const hardState = {
    term: Math.max(term, mark.term),
    vote,
    committedIndex: Math.min(lastIndex, Math.max(committedIndex, mark.index)),
  };
  yield { line: 'group', group, hardState, mark };
  yield* lines;
  for (let index = mark.index + 1; index <= lastIndex; ) {
    for (const entry of reader.entries(index, lastIndex + 1, PART_BYTES) ?? []) {
      yield { line: 'entry', group, entry: dumped(entry) };
      index = entry.index + 1;
    }
  }
}

interface BaseSearch {
  readonly disk: Disk;
  readonly group: GroupId;
  readonly reader: LogReader;
  /** The log may not have come to its newest snapshot. */
  readonly isDamaged: boolean;
  readonly leaveOut: (fault: LeftOut) => void;
}

/** The snapshot of the mark; where that or the log is damaged, the newest that is whole. */
function baseOf({ disk, group, reader, isDamaged, leaveOut }: BaseSearch): Base {
  const { index, term } = reader.snapshotMark();
  const nothing: Base = { mark: { index: 0, term: 0, membership: EMPTY_MEMBERSHIP }, lines: [] };
  const own = { group, index, term };
  if (!isDamaged) {
    const found = index === 0 ? nothing : readBase(disk, own);
    if ('mark' in found) return found;
    leaveOut({ file: snapshotName(own), ...found });
  }
  const names = disk.listNow().flatMap((name) => parseSnapshotName(name) ?? []);
  for (const name of names
    .filter((one) => one.group === group)
    .sort((one, other) => other.index - one.index || other.term - one.term)) {
    const found = readBase(disk, name);
    if ('mark' in found) return found;
  }
  return nothing;
}

/** Held in memory as a whole: one snapshot at a time. @returns what is wrong where it is not whole */
function readBase(disk: Disk, name: SnapshotName): Base | Omit<LeftOut, 'file'> {
  const { group } = name;
  const lines: DumpLine[] = [];
  let offset = 0;
  try {
    const checked = checkSnapshot(disk, snapshotName(name), (data) => {
      lines.push({ line: 'snapshot', group, offset, data: toBase64(data) });
      offset += data.length;
    });
    return checked.verdict === 'whole' ? { mark: checked.head.mark, lines } : damageOf(checked);
  } catch (error) {
    return { offset: 0, reason: describeError(error) };
  }
}

function dumped(entry: Entry): DumpedEntry {
  return entry.kind === 'operation' ? { ...entry, data: toBase64(entry.data) } : entry;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
