/**
 * Recovery: what the files of a log say, put together and judged as a whole.
 *
 *     scan every frame ▶ replay its records ▶ judge the end ▶ judge each group ▶ mend what is torn
 */
import { describeError } from '../runtime/errors.ts';
import type { Disk } from './disk.ts';
import type { Entry, GroupId } from './entry.ts';
import { parseSegmentName, segmentName, WATERMARK_FILE } from './file-names.ts';
import {
  FRAME_HEAD_BYTES,
  type FrameHead,
  type FramePlace,
  isTooNew,
  readRecords,
} from './frame.ts';
import { type FrameReader, GroupLog } from './group-log.ts';
import type { LogRecord } from './records.ts';
import { type ScanEnd, scanLog } from './wal-scan.ts';
import { type DurableEnd, NOTHING_DURABLE, readWatermark, resetWatermark } from './watermark.ts';

export interface RecoveredLog {
  readonly groups: ReadonlyMap<GroupId, GroupLog>;
  readonly end: ScanEnd;
  /** Of the begin of the newest frame; undefined where there is none. */
  readonly lastFrame: FrameFacts | undefined;
  /** Ascending, those behind the end included. */
  readonly segments: readonly SegmentFacts[];
  readonly watermark: DurableEnd | undefined;
  /** A frame of a format that only a newer messor reads; then the end is meaningless. */
  readonly newerVersion: number | undefined;
}

export interface FrameFacts extends FramePlace {
  readonly sequence: number;
  readonly lengthBytes: number;
}

/** Of the frames up to the end, or up to the fault. */
export interface SegmentFacts {
  readonly segment: number;
  frameCount: number;
  firstSequence: number;
  lastSequence: number;
  usedBytes: number;
}

export interface RecoveryOptions {
  readonly cacheBytesMax: number;
  readonly readFrame: (group: GroupId) => FrameReader;
}

/** Changes nothing on the disk, and judges: `end.verdict` says whether what it found can be trusted. */
export function readLog(disk: Disk, { cacheBytesMax, readFrame }: RecoveryOptions): RecoveredLog {
  const groups = new Map<GroupId, GroupLog>();
  let lastFrame: FrameFacts | undefined;
  let newerVersion: number | undefined;
  const segments = segmentsOf(disk).map(
    (segment): SegmentFacts => ({
      ...{ segment, frameCount: 0, firstSequence: 0, lastSequence: 0, usedBytes: 0 },
    }),
  );
  const watermark = readWatermark(disk);

  function visit(head: FrameHead, bytes: Uint8Array): string | undefined {
    const { segment, offset, sequence, payloadBytes } = head;
    if (isTooNew(head)) {
      newerVersion = head.version;
      return `the frame there is of format ${head.version}`;
    }
    let records: readonly LogRecord[];
    try {
      records = readRecords(bytes, offset, head);
    } catch (error) {
      return `the frame there says what cannot be: ${describeError(error)}`;
    }
    for (const record of records) {
      const log = groups.get(record.group) ?? new GroupLog(cacheBytesMax, readFrame(record.group));
      const fault = log.faultOf(record);
      if (fault !== undefined) return `of "${record.group}", ${fault}`;
      log.apply(ownedBy(record), head);
      if (record.kind === 'forgotten') groups.delete(record.group);
      else groups.set(record.group, log);
    }
    const lengthBytes = FRAME_HEAD_BYTES + payloadBytes;
    lastFrame = { segment, offset, sequence, lengthBytes };
    const facts = segments.find((each) => each.segment === segment);
    if (facts !== undefined) {
      if (facts.frameCount++ === 0) facts.firstSequence = sequence;
      facts.lastSequence = sequence;
      facts.usedBytes = offset + lengthBytes;
    }
    return undefined;
  }

  const numbers = segments.map(({ segment }) => segment);
  const scanned =
    numbers.length === 0
      ? corrupt(1, 0, 'the log has no segment')
      : scanLog(disk, numbers, watermark ?? NOTHING_DURABLE, visit);
  const end = judged(scanned, groups, watermark);
  return { groups, end, lastFrame, segments, watermark, newerVersion };
}

/**
 * Cuts off a torn write, and makes sure of the last frame and of all names: a process that was
 * killed, or whose sync failed, leaves what reads well and may never have reached the disk.
 * @throws DiskError
 */
export function mendLog(disk: Disk, { end, lastFrame }: RecoveredLog): void {
  const name = segmentName(end.segment);
  if (end.verdict === 'torn') {
    disk.writeNow(name, end.offset, new Uint8Array(end.dirtyEnd - end.offset));
    disk.syncNow(name);
  }
  if (lastFrame !== undefined) {
    const last = segmentName(lastFrame.segment);
    const bytes = disk.readNow(last, lastFrame.offset, lastFrame.lengthBytes);
    disk.writeNow(last, lastFrame.offset, bytes);
    disk.syncNow(last);
  }
  const { segment, offset, chain } = end;
  resetWatermark(disk, { sequence: chain.sequence, segment, offset });
  disk.syncDirectoryNow();
}

/** The numbers of all segments, ascending. */
export function segmentsOf(disk: Disk): readonly number[] {
  return disk
    .listNow()
    .flatMap((name) => parseSegmentName(name) ?? [])
    .sort((one, other) => one - other);
}

/** The name of the file in which the log ends, or has its fault. */
export function fileOfEnd({ segment, reason }: ScanEnd): string {
  return reason.includes(WATERMARK_FILE) ? WATERMARK_FILE : segmentName(segment);
}

function judged(
  end: ScanEnd,
  groups: ReadonlyMap<GroupId, GroupLog>,
  watermark: DurableEnd | undefined,
): ScanEnd {
  if (end.verdict === 'corrupt') return end;
  if (watermark === undefined) {
    return { ...end, verdict: 'corrupt', reason: `${WATERMARK_FILE} is missing or damaged` };
  }
  for (const [group, log] of groups) {
    const fault = log.fault();
    if (fault !== undefined)
      return { ...end, verdict: 'corrupt', reason: `of "${group}", ${fault}` };
  }
  return end;
}

function corrupt(segment: number, offset: number, reason: string): ScanEnd {
  const chain = { sequence: 0, crc: 0 };
  return { verdict: 'corrupt', segment, offset, chain, reason, dirtyEnd: offset };
}

/** Data on its own, so that what is kept in memory does not keep whole segments. */
function ownedBy(record: LogRecord): LogRecord {
  if (record.kind !== 'entries') return record;
  const owned = (entry: Entry): Entry =>
    entry.kind === 'operation' ? { ...entry, data: entry.data.slice() } : entry;
  return { ...record, entries: record.entries.map(owned) };
}
