/**
 * Looks into a data directory without changing anything: what `messor log inspect` and `verify` show.
 *
 * It may be in use: then what is found is of one moment, and a last frame may seem torn.
 */
import { CodedError, describeError } from '../runtime/errors.ts';
import {
  type DirectoryIdentity,
  type Quarantine,
  readIdentity,
  readQuarantine,
} from './directory-identity.ts';
import { lockOwner } from './directory-lock.ts';
import type { Disk } from './disk.ts';
import type { GroupId, HardState, Membership, MembershipChange, SnapshotMark } from './entry.ts';
import { parseSnapshotName, snapshotName } from './file-names.ts';
import { frameReader } from './frame-reader.ts';
import type { LogReader } from './log-reader.ts';
import { fileOfEnd, type RecoveredLog, readLog, type SegmentFacts } from './log-recovery.ts';
import { changeMembership } from './membership.ts';
import { checkSnapshot, damageOf } from './snapshot-check.ts';
import type { DurableEnd } from './watermark.ts';

/** Plain data. */
export interface LogInspection {
  readonly path: string;
  readonly identity: DirectoryIdentity | undefined;
  /** Of the process that uses the directory now. */
  readonly usedBy: number | undefined;
  readonly quarantine: Quarantine | undefined;
  readonly verdict: 'clean' | 'torn' | 'corrupt' | 'tooNew';
  readonly segments: readonly SegmentFacts[];
  readonly watermark: DurableEnd | undefined;
  readonly groups: readonly InspectedGroup[];
  readonly snapshots: readonly InspectedSnapshot[];
  /** Empty where nothing is wrong. */
  readonly problems: readonly LogProblem[];
}

export interface InspectedGroup {
  readonly group: GroupId;
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Of the last entry: of two logs the one with the greater is newer, then the longer one. */
  readonly lastTerm: number;
  /** As of the committed index that is stored; more may be committed, of which only others know. */
  readonly membership: Membership;
  /** Stored behind that index: each comes into force, or is given up. */
  readonly comingChanges: readonly IndexedChange[];
}

export interface IndexedChange {
  readonly index: number;
  readonly change: MembershipChange;
}

export interface InspectedSnapshot {
  readonly file: string;
  readonly group: GroupId;
  readonly index: number;
  readonly term: number;
  readonly totalBytes: number;
  readonly state: 'whole' | 'damaged';
  /** Where and what is damaged. */
  readonly damage?: { readonly offset: number; readonly reason: string };
}

/**
 * `torn` is mended by the next start, `spare` (a snapshot that nothing goes on from) does no harm;
 * everything else keeps the member from starting.
 */
export interface LogProblem {
  readonly file: string;
  readonly offset: number;
  readonly kind: 'torn' | 'spare' | 'corrupt' | 'tooNew' | 'quarantined';
  /** A clause. */
  readonly reason: string;
}

/** Entries are read in parts of so many bytes. */
const PART_BYTES = 2 ** 20;

/** Reads everything at once. @throws DiskError where the disk can't be read */
export function inspectLog(disk: Disk): LogInspection {
  const problems: LogProblem[] = [];
  const log = readLog(disk, { cacheBytesMax: 0, readFrame: (group) => frameReader(disk, group) });
  const { end, newerVersion } = log;
  const file = fileOfEnd(end);
  if (newerVersion !== undefined) {
    problems.push({ file, offset: end.offset, kind: 'tooNew', reason: end.reason });
  } else if (end.verdict !== 'clean') {
    problems.push({ file, offset: end.offset, kind: end.verdict, reason: end.reason });
  }
  const quarantine = readQuarantine(disk);
  if (quarantine !== undefined) problems.push({ ...quarantine, kind: 'quarantined' });
  const snapshots = inspectSnapshots(disk);
  const groups = groupsOf(log, end.verdict !== 'corrupt');
  problems.push(...problemsOfSnapshots(groups, snapshots));
  return {
    path: disk.path,
    identity: identityOf(disk, problems),
    usedBy: lockOwner(disk)?.processId,
    ...{ quarantine, snapshots, groups, problems },
    verdict: newerVersion === undefined ? end.verdict : 'tooNew',
    segments: log.segments,
    watermark: log.watermark,
  };
}

/** @param isSound entries can be read: otherwise the membership is that of the snapshot */
function groupsOf({ groups }: RecoveredLog, isSound: boolean): readonly InspectedGroup[] {
  return [...groups]
    .map(([group, log]) => {
      const [hardState, mark] = [log.hardState(), log.snapshotMark()];
      const [firstIndex, lastIndex] = [log.firstIndex(), log.lastIndex()];
      const changes = isSound ? changesIn(log, mark.index + 1) : [];
      const isCommitted = ({ index }: IndexedChange) => index <= hardState.committedIndex;
      return {
        ...{ group, hardState, mark, firstIndex, lastIndex },
        lastTerm: log.term(lastIndex) ?? 0,
        membership: changes.filter(isCommitted).reduce(changed, mark.membership),
        comingChanges: changes.filter((one) => !isCommitted(one)),
      };
    })
    .sort((one, other) => (one.group < other.group ? -1 : 1));
}

function changesIn(log: LogReader, firstIndex: number): readonly IndexedChange[] {
  const changes: IndexedChange[] = [];
  const end = log.lastIndex() + 1;
  for (let index = firstIndex; index < end; ) {
    const part = log.entries(index, end, PART_BYTES) ?? [];
    if (part.length === 0) break;
    for (const entry of part) {
      if (entry.kind === 'membership') changes.push({ index: entry.index, change: entry.change });
      index = entry.index + 1;
    }
  }
  return changes;
}

function changed(before: Membership, { change }: IndexedChange): Membership {
  const after = changeMembership(before, change);
  return 'fault' in after ? before : after.membership;
}

function inspectSnapshots(disk: Disk): readonly InspectedSnapshot[] {
  return disk.listNow().flatMap((file): readonly InspectedSnapshot[] => {
    const facts = parseSnapshotName(file);
    if (facts === undefined) return [];
    const checked = checkSnapshot(disk, file);
    if (checked.verdict === 'whole') {
      const { totalBytes } = checked.proof;
      return [{ file, ...facts, totalBytes, state: 'whole' }];
    }
    const totalBytes = checked.verdict === 'partial' ? checked.proof.totalBytes : 0;
    return [{ file, ...facts, totalBytes, state: 'damaged', damage: damageOf(checked) }];
  });
}

function problemsOfSnapshots(
  groups: readonly InspectedGroup[],
  snapshots: readonly InspectedSnapshot[],
): readonly LogProblem[] {
  const needed = new Map(
    groups
      .filter(({ mark }) => mark.index > 0)
      .map(({ group, mark: { index, term } }) => [snapshotName({ group, index, term }), group]),
  );
  const damaged = snapshots.flatMap(({ file, damage }): LogProblem[] => {
    if (damage === undefined) return [];
    const group = needed.get(file);
    const whose = group === undefined ? 'nothing goes on from it' : `"${group}" goes on from it`;
    const kind = group === undefined ? 'spare' : 'corrupt';
    return [{ file, offset: damage.offset, kind, reason: `${damage.reason}, and ${whose}` }];
  });
  const missing = [...needed].flatMap(([file, group]): LogProblem[] => {
    if (snapshots.some((snapshot) => snapshot.file === file)) return [];
    const reason = `the snapshot that "${group}" goes on from is missing`;
    return [{ file, offset: 0, kind: 'corrupt', reason }];
  });
  return [...damaged, ...missing];
}

function identityOf(disk: Disk, problems: LogProblem[]): DirectoryIdentity | undefined {
  const file = 'cluster.json';
  try {
    const identity = readIdentity(disk);
    if (identity !== undefined) return identity;
    problems.push({ file, offset: 0, kind: 'corrupt', reason: `${file} is missing` });
  } catch (error) {
    const isTooNew = error instanceof CodedError && error.code === 'logTooNew';
    const kind = isTooNew ? 'tooNew' : 'corrupt';
    problems.push({ file, offset: 0, kind, reason: describeError(error) });
  }
  return undefined;
}
