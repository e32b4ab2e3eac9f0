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
 * one member is there. What was stored and not known to be committed is kept and becomes so: who
 * restores from one of many members may bring back what was never acknowledged, never the reverse.
 */
import { describeError } from '../runtime/errors.ts';
import type { DirectoryIdentity } from './directory-identity.ts';
import { corruptError, readIdentity, tooNew } from './directory-identity.ts';
import type { Disk } from './disk.ts';
import type { Entry, GroupId, HardState, SnapshotMark } from './entry.ts';
import { snapshotName } from './file-names.ts';
import { frameReader } from './frame-reader.ts';
import { fileOfEnd, readLog } from './log-recovery.ts';
import { checkSnapshot } from './snapshot-check.ts';

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

/**
 * Changes nothing. A torn end is left out, as it would be at a start.
 * @throws CodedError `logCorrupt` where the log can't be trusted, `logTooNew`
 */
export function* dumpLog(disk: Disk): Generator<DumpLine> {
  const log = readLog(disk, { cacheBytesMax: 0, readFrame: (group) => frameReader(disk, group) });
  const { end, groups, newerVersion } = log;
  const identity = readIdentity(disk);
  if (newerVersion !== undefined) throw tooNew(disk, newerVersion);
  if (identity === undefined || end.verdict === 'corrupt') {
    const reason = identity === undefined ? 'cluster.json is missing' : end.reason;
    throw corruptError(disk, { file: fileOfEnd(end), offset: end.offset, reason });
  }
  let count = 1;
  yield { line: 'log', format: DUMP_FORMAT, ...identity };
  for (const group of [...groups.keys()].sort()) {
    const reader = groups.get(group);
    if (reader === undefined) continue;
    const mark = reader.snapshotMark();
    yield { line: 'group', group, hardState: reader.hardState(), mark };
    count++;
    for (const line of snapshotLines(disk, group, mark)) {
      yield line;
      count++;
    }
    for (let index = mark.index + 1; index <= reader.lastIndex(); ) {
      for (const entry of reader.entries(index, reader.lastIndex() + 1, PART_BYTES) ?? []) {
        yield { line: 'entry', group, entry: dumped(entry) };
        count++;
        index = entry.index + 1;
      }
    }
  }
  yield { line: 'end', count };
}

function* snapshotLines(disk: Disk, group: GroupId, mark: SnapshotMark): Generator<DumpLine> {
  if (mark.index === 0) return;
  const file = snapshotName({ group, index: mark.index, term: mark.term });
  // Held in memory as a whole: one snapshot at a time.
  const lines: DumpLine[] = [];
  let offset = 0;
  let isWhole = false;
  try {
    const { verdict } = checkSnapshot(disk, file, (data) => {
      lines.push({ line: 'snapshot', group, offset, data: toBase64(data) });
      offset += data.length;
    });
    isWhole = verdict === 'whole';
  } catch (error) {
    throw corruptError(disk, { file, offset: 0, reason: describeError(error) });
  }
  if (!isWhole) throw corruptError(disk, { file, offset: 0, reason: 'the snapshot is damaged' });
  yield* lines;
}

function dumped(entry: Entry): DumpedEntry {
  return entry.kind === 'operation' ? { ...entry, data: toBase64(entry.data) } : entry;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
