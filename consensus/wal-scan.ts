/**
 * Reads the write-ahead log from its begin, and says how it ends.
 *
 *     clean    nothing but zeros behind the last frame
 *     torn     the last write did not wholly arrive: it was never acknowledged, and is cut off
 *     corrupt  something that was durable is lost or changed: nobody may go on with that
 *
 * At most one frame is ever unsynced, and it is the last: a bad frame with anything good behind it
 * was durable once. A torn frame has at least one sector that did not arrive, and segments are zeros
 * before they are used; so one that is damaged and has no zero sector is not torn but corrupt. What
 * this can't see (a damaged last frame with zeros of its own, a last frame that is gone altogether)
 * the watermark tells.
 * Sources: Alagappan et al. 2018, "Protocol-Aware Recovery"; etcd, wal/decoder.go for torn sectors.
 */
import { type Disk, SECTOR_BYTES } from './disk.ts';
import { segmentName } from './file-names.ts';
import {
  CHAIN_BEGIN,
  type ChainEnd,
  FRAME_ALIGNMENT_BYTES,
  FRAME_HEAD_BYTES,
  type FrameHead,
  looksLikeFrame,
  readHead,
  readSealedHead,
} from './frame.ts';
import type { DurableEnd } from './watermark.ts';

const ZEROS = new Uint8Array(65_536);

/** `segment` and `offset`: where the next frame belongs, or where the fault is. */
export interface ScanEnd {
  readonly verdict: 'clean' | 'torn' | 'corrupt';
  readonly segment: number;
  readonly offset: number;
  readonly chain: ChainEnd;
  /** What is wrong, as a clause; empty where nothing is. */
  readonly reason: string;
  /** Torn: behind the last byte that is not zero. */
  readonly dirtyEnd: number;
}

/** A segment in memory while it is looked at. */
interface Loaded {
  readonly segment: number;
  readonly bytes: Uint8Array;
}

/** Returns why the frame's contents can't be, if they can't. */
export type FrameVisitor = (head: FrameHead, bytes: Uint8Array) => string | undefined;

/** @param segments their numbers in ascending order; at least one */
export function scanLog(
  disk: Disk,
  segments: readonly number[],
  watermark: DurableEnd,
  visit: FrameVisitor,
): ScanEnd {
  const end = scanFrames(disk, segments, visit);
  if (end.verdict === 'corrupt' || end.chain.sequence >= watermark.sequence) return end;
  const reason =
    `frames ${end.chain.sequence + 1} to ${watermark.sequence} were durable ` +
    `up to offset ${watermark.offset} of ${segmentName(watermark.segment)}, and are gone or damaged`;
  return { ...end, verdict: 'corrupt', reason };
}

function scanFrames(disk: Disk, segments: readonly number[], visit: FrameVisitor): ScanEnd {
  let chain: ChainEnd | undefined;
  const lastUsed = segments.findLast((segment) => !isZeros(disk, segment)) ?? 0;
  for (const [position, segment] of segments.entries()) {
    const bytes = disk.readNow(segmentName(segment), 0, disk.sizeNow(segmentName(segment)));
    let offset = 0;
    const stop = (verdict: ScanEnd['verdict'], reason: string, dirtyEnd = offset): ScanEnd => ({
      ...{ verdict, segment, offset, reason, dirtyEnd },
      chain: chain ?? CHAIN_BEGIN,
    });
    const before = segments[position - 1];
    if (before !== undefined && segment !== before + 1) {
      return stop('corrupt', `segment ${segmentName(before + 1)} is missing`);
    }
    // What came before the first segment is compacted; a log that still has its begin starts there.
    if (segment === 1) chain = CHAIN_BEGIN;
    for (;;) {
      const head = readSealedHead(bytes, offset);
      if (head === undefined || !belongs(head, segment, offset, chain)) break;
      const fault = visit(head, bytes);
      if (fault !== undefined) return stop('corrupt', fault);
      chain = { sequence: head.sequence, crc: head.crc };
      offset += FRAME_HEAD_BYTES + head.payloadBytes;
    }
    const dirtyEnd = endOfContent(bytes, offset);
    if (dirtyEnd > offset) {
      if (segment < lastUsed)
        return stop('corrupt', 'the frame there is damaged, and others follow');
      const reason = corruptionOf({ segment, bytes }, offset, dirtyEnd, chain);
      if (reason !== undefined) return stop('corrupt', reason);
      return stop('torn', 'the last frame was not wholly written', dirtyEnd);
    }
    if (segment >= lastUsed) {
      if (chain !== undefined) return stop('clean', '');
      return stop('corrupt', 'there is no frame, and segments before it are gone');
    }
    if (offset === 0) return stop('corrupt', 'frames are missing, and others follow');
  }
  throw new RangeError('a log has at least one segment');
}

function belongs(
  head: FrameHead,
  segment: number,
  offset: number,
  chain: ChainEnd | undefined,
): boolean {
  if (head.segment !== segment || head.offset !== offset) return false;
  if (chain === undefined) return true;
  return head.sequence === chain.sequence + 1 && head.previousCrc === chain.crc;
}

/** Why bad bytes from `offset` on are not a torn write; undefined where they may be one. */
function corruptionOf(
  { segment, bytes }: Loaded,
  offset: number,
  dirtyEnd: number,
  chain: ChainEnd | undefined,
): string | undefined {
  const expected = (chain?.sequence ?? 0) + 1;
  const here = readSealedHead(bytes, offset);
  if (here !== undefined) {
    return `frame ${here.sequence} stands where frame ${expected} belongs`;
  }
  for (let place = offset; place < dirtyEnd; place += FRAME_ALIGNMENT_BYTES) {
    if (!looksLikeFrame(bytes, place)) continue;
    const later = readSealedHead(bytes, place);
    // An older one is a copy of what stands elsewhere: there, it is not missed.
    if (later !== undefined && later.sequence >= expected) {
      return `the frame there is damaged or missing, and frame ${later.sequence} follows`;
    }
  }
  const head = readHead(bytes, offset);
  const isOurs = head?.segment === segment && head.offset === offset && head.sequence === expected;
  // A head that says something else may itself be there in part.
  const said = offset + FRAME_HEAD_BYTES + (isOurs ? head.payloadBytes : 0);
  if (hasZeroSector(bytes, offset, Math.max(said, dirtyEnd))) return undefined;
  return 'the frame there is damaged, though all of it was written';
}

/** Whether some sector did not arrive: what of it lies within is zeros, or behind the end. */
function hasZeroSector(bytes: Uint8Array, begin: number, end: number): boolean {
  if (end > bytes.length) return true;
  for (let position = begin; position < end; ) {
    const next = Math.min(end, (Math.floor(position / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (endOfContent(bytes, position, next) === position) return true;
    position = next;
  }
  return false;
}

/** Behind the last byte from `begin` on that is not zero; `begin` where all are. */
function endOfContent(bytes: Uint8Array, begin: number, end = bytes.length): number {
  let last = end;
  // Segments are mostly zeros: these are compared page by page.
  for (let page = last - ZEROS.length; page >= begin; page -= ZEROS.length) {
    if (Buffer.compare(bytes.subarray(page, last), ZEROS) !== 0) break;
    last = page;
  }
  while (last > begin && bytes[last - 1] === 0) last--;
  return last;
}

function isZeros(disk: Disk, segment: number): boolean {
  const name = segmentName(segment);
  return endOfContent(disk.readNow(name, 0, disk.sizeNow(name)), 0) === 0;
}
