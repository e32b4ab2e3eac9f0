/**
 * Frames: one write of the write-ahead log, with all that was to be told at once.
 *
 *      0  magic u32
 *      4  CRC-32C u32 of everything that follows, payload included
 *      8  version u8, flags u8 (none yet), 2 bytes of zeros
 *     12  payload length u32, a multiple of 8
 *     16  sequence, a whole number: one more than that of the frame before
 *     24  CRC-32C u32 of the frame before, from its own head
 *     28  segment u32 and 32 offset u32: where this frame belongs
 *     36  records u32
 *     40  payload: records, then zeros
 *
 * A frame that says where it belongs and what came before it is believed nowhere else: what a disk
 * wrote to a wrong place, or did not write at all, is noticed. Sequences and the chain go on over the
 * ends of segments.
 */
import { assert } from '../runtime/assert.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { crc32c } from './crc32c.ts';
import { type LogRecord, readRecord, writeRecord } from './records.ts';

export const FRAME_HEAD_BYTES = 40;
export const FRAME_ALIGNMENT_BYTES = 8;
/** Of one frame; a longer one is not written, and a head that says so is no head. */
export const FRAME_BYTES_MAX = 64 * 2 ** 20;

const MAGIC = 0x4c57_534d;
const VERSION = 1;

/** A frame begins at `offset` of this segment. */
export interface FramePlace {
  readonly segment: number;
  readonly offset: number;
}

/** What the next frame follows. */
export interface ChainEnd {
  readonly sequence: number;
  readonly crc: number;
}

export const CHAIN_BEGIN: ChainEnd = { sequence: 0, crc: 0 };

export interface FrameHead extends FramePlace, ChainEnd {
  readonly version: number;
  readonly previousCrc: number;
  readonly recordCount: number;
  readonly payloadBytes: number;
}

/** Collects records, and makes a frame of them. One is reused for all frames of a log. */
export class FrameWriter {
  readonly #writer = new ByteWriter(64 * 1024);
  #recordCount = 0;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#writer.reset();
    this.#writer.zeros(FRAME_HEAD_BYTES);
    this.#recordCount = 0;
  }

  add(record: LogRecord): void {
    writeRecord(this.#writer, record);
    this.#recordCount++;
  }

  /** Of the frame as it is now. */
  get lengthBytes(): number {
    return Math.ceil(this.#writer.lengthBytes / FRAME_ALIGNMENT_BYTES) * FRAME_ALIGNMENT_BYTES;
  }

  /** The bytes are the writer's own until the next `reset`. */
  seal(
    place: FramePlace,
    previous: ChainEnd,
  ): { readonly bytes: Uint8Array; readonly crc: number } {
    const writer = this.#writer;
    writer.zeros(this.lengthBytes - writer.lengthBytes);
    assert(writer.lengthBytes <= FRAME_BYTES_MAX, 'a frame is not longer than it may be');
    const sequence = previous.sequence + 1;
    writer.patchU32(0, MAGIC);
    writer.patchU32(8, VERSION);
    writer.patchU32(12, writer.lengthBytes - FRAME_HEAD_BYTES);
    writer.patchU32(16, sequence >>> 0);
    writer.patchU32(20, Math.floor(sequence / 0x1_0000_0000));
    writer.patchU32(24, previous.crc);
    writer.patchU32(28, place.segment);
    writer.patchU32(32, place.offset);
    writer.patchU32(36, this.#recordCount);
    const bytes = writer.written();
    const crc = crc32c(bytes, 0, 8);
    writer.patchU32(4, crc);
    return { bytes, crc };
  }
}

/** Whether the bytes at `offset` could be a head; says nothing of what it says. */
export function looksLikeFrame(bytes: Uint8Array, offset: number): boolean {
  if (offset + FRAME_HEAD_BYTES > bytes.length) return false;
  return new ByteReader(bytes, offset).u32() === MAGIC;
}

/** What stands in the head, believed without proof; undefined where it is none. */
export function readHead(bytes: Uint8Array, offset: number): FrameHead | undefined {
  if (!looksLikeFrame(bytes, offset)) return undefined;
  const reader = new ByteReader(bytes, offset + 4);
  const crc = reader.u32();
  const version = reader.u32() & 255;
  const payloadBytes = reader.u32();
  const [low, high] = [reader.u32(), reader.u32()];
  const sequence = high * 0x1_0000_0000 + low;
  const [previousCrc, segment] = [reader.u32(), reader.u32()];
  const [place, recordCount] = [reader.u32(), reader.u32()];
  return { crc, version, payloadBytes, sequence, previousCrc, segment, offset: place, recordCount };
}

/** The head of a whole frame, wherever it belongs; undefined where its checksum does not hold. */
export function readSealedHead(bytes: Uint8Array, offset: number): FrameHead | undefined {
  const head = readHead(bytes, offset);
  if (head === undefined || head.payloadBytes > FRAME_BYTES_MAX) return undefined;
  const end = offset + FRAME_HEAD_BYTES + head.payloadBytes;
  if (end > bytes.length || head.payloadBytes % FRAME_ALIGNMENT_BYTES !== 0) return undefined;
  return crc32c(bytes, 0, offset + 8, end) === head.crc ? head : undefined;
}

/** @throws Error where a newer messor, or a mistake of ours, wrote what is no record */
export function readRecords(bytes: Uint8Array, offset: number, head: FrameHead): LogRecord[] {
  const reader = new ByteReader(bytes, offset + FRAME_HEAD_BYTES);
  return Array.from({ length: head.recordCount }, () => readRecord(reader));
}

/** Whether an older messor can't know what the frame says. */
export function isTooNew(head: FrameHead): boolean {
  return head.version > VERSION;
}
