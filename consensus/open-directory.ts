/**
 * Opens a data directory: takes it, checks whose it is, reads its log and its snapshots, and mends
 * what a crash left. What can't be trusted is put under quarantine and never changed.
 */
import type { CodedError } from '../runtime/errors.ts';
import {
  checkIdentity,
  corruptError,
  type DirectoryIdentity,
  putUnderQuarantine,
  type Quarantine,
  readIdentity,
  readQuarantine,
  tooNew,
  writeIdentity,
} from './directory-identity.ts';
import { releaseLock, takeLock } from './directory-lock.ts';
import type { Disk } from './disk.ts';
import type { GroupId } from './entry.ts';
import { IDENTITY_FILE, segmentName, snapshotName, UNFINISHED } from './file-names.ts';
import { frameReader } from './frame-reader.ts';
import type { GroupLog } from './group-log.ts';
import { fileOfEnd, mendLog, type RecoveredLog, readLog, segmentsOf } from './log-recovery.ts';
import { makeSegmentNow } from './segments.ts';
import { Snapshots } from './snapshots.ts';
import { ofDirectory, storageError } from './storage-errors.ts';
import type { ScanEnd } from './wal-scan.ts';
import { NOTHING_DURABLE, resetWatermark } from './watermark.ts';

export interface DirectoryOptions extends DirectoryIdentity {
  readonly disk: Disk;
  readonly makes: boolean;
  readonly segmentBytes: number;
  readonly cacheBytesMax: number;
}

export interface OpenedDirectory {
  readonly groups: ReadonlyMap<GroupId, GroupLog>;
  readonly snapshots: Snapshots;
  /** Where the next frame goes. */
  readonly end: ScanEnd;
  readonly active: number;
  /** Segments before the active one. */
  readonly old: readonly number[];
  /** Made before, and not used yet. */
  readonly ready: number | undefined;
}

/** @throws CodedError, as told at `openLogStorage`; then nothing is held */
export function openDirectory(options: DirectoryOptions): OpenedDirectory {
  const { disk } = options;
  let locked = false;
  try {
    takeLock(disk);
    locked = true;
    return openLocked(options);
  } catch (error) {
    if (locked) releaseLock(disk);
    disk.closeNow();
    throw ofDirectory(disk.path, error);
  }
}

function openLocked(options: DirectoryOptions): OpenedDirectory {
  const { disk, cacheBytesMax } = options;
  const quarantine = readQuarantine(disk);
  if (quarantine !== undefined) throw corruptError(disk, quarantine);
  const found = readIdentity(disk);
  if (found === undefined) makeDirectory(options);
  else checkIdentity(disk, found, options);
  for (const name of disk.listNow()) if (name.endsWith(UNFINISHED)) disk.removeNow(name);

  const log = readLog(disk, { cacheBytesMax, readFrame: (group) => frameReader(disk, group) });
  const { end, groups } = log;
  if (log.newerVersion !== undefined) throw tooNew(disk, log.newerVersion);
  if (end.verdict === 'corrupt') {
    const { offset, reason } = end;
    throw quarantined(disk, { file: fileOfEnd(end), offset, reason });
  }
  const snapshots = new Snapshots(disk);
  for (const [group, groupLog] of groups) {
    const { index, term } = groupLog.snapshotMark();
    if (index === 0 || snapshots.proof({ group, index, term }) !== undefined) continue;
    const file = snapshotName({ group, index, term });
    const reason = 'the snapshot that the log goes on from is missing or damaged';
    throw quarantined(disk, { file, offset: 0, reason });
  }
  mendLog(disk, log);
  return { groups, snapshots, end, ...segmentRoles(log) };
}

function segmentRoles({ segments, end }: RecoveredLog) {
  const numbers = segments.map(({ segment }) => segment);
  return {
    active: end.segment,
    old: numbers.filter((segment) => segment < end.segment),
    ready: numbers.find((segment) => segment > end.segment),
  };
}

function makeDirectory({ disk, makes, segmentBytes, ...identity }: DirectoryOptions): void {
  const readFrame = (group: GroupId) => frameReader(disk, group);
  const { segments } = readLog(disk, { cacheBytesMax: 0, readFrame });
  const isUsed = segments.some(({ frameCount }) => frameCount > 0);
  if (isUsed) {
    const reason = `there is a log, and ${IDENTITY_FILE} is missing`;
    throw quarantined(disk, { file: IDENTITY_FILE, offset: 0, reason });
  }
  if (!makes) {
    const sentence = `Cannot use the log in "${disk.path}": there is none`;
    throw storageError('logMissing', sentence);
  }
  resetWatermark(disk, NOTHING_DURABLE);
  for (const segment of segmentsOf(disk)) disk.removeNow(segmentName(segment));
  makeSegmentNow(disk, 1, segmentBytes);
  writeIdentity(disk, identity);
}

function quarantined(disk: Disk, quarantine: Quarantine): CodedError {
  try {
    putUnderQuarantine(disk, quarantine);
  } catch {
    // A disk that takes nothing more is still told about below.
  }
  return corruptError(disk, quarantine);
}
