/**
 * Snapshots as files: what a state machine was at one index, in chunks that can each be proved.
 *
 *     head     magic u32 | CRC-32C u32 of the rest | version u8, 3 bytes of zeros | chunk bytes u32
 *              | group, index, term, membership (JSON): a text each, with its length; zeros up to 4096
 *     chunks   length u32 | CRC-32C u32 of the data | data: all but the last of full length
 *     end      0 u32 | CRC-32C u32 of what follows | total bytes, whole | CRC-32C u32 of all data
 *
 * Chunks of one length make places predictable: reading and receiving go on from wherever they were.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { crc32c } from './crc32c.ts';
import type { GroupId, SnapshotMark } from './entry.ts';
import { parseMembership } from './records.ts';

export const SNAPSHOT_CHUNK_BYTES = 64 * 1024;
export const SNAPSHOT_HEAD_BYTES = 4096;
export const CHUNK_HEAD_BYTES = 8;
export const SNAPSHOT_END_BYTES = 20;

const MAGIC = 0x504e_534d;
const VERSION = 1;

export interface SnapshotHead {
  readonly group: GroupId;
  readonly mark: SnapshotMark;
}

/** What proves a snapshot as a whole: told to who receives it, compared at its end. */
export interface SnapshotProof {
  readonly totalBytes: number;
  readonly totalCrc: number;
}

/** @throws RangeError where the membership is too long for a head */
export function encodeHead({ group, mark }: SnapshotHead): Uint8Array {
  const writer = new ByteWriter(SNAPSHOT_HEAD_BYTES);
  writer.u32(MAGIC);
  writer.u32(0);
  writer.u32(VERSION);
  writer.u32(SNAPSHOT_CHUNK_BYTES);
  writer.sizedText(group);
  writer.whole(mark.index);
  writer.whole(mark.term);
  writer.sizedText(JSON.stringify(mark.membership));
  if (writer.lengthBytes > SNAPSHOT_HEAD_BYTES) {
    throw new RangeError(`The membership of "${group}" is too long for a snapshot`);
  }
  writer.zeros(SNAPSHOT_HEAD_BYTES - writer.lengthBytes);
  writer.patchU32(4, crc32c(writer.written(), 0, 8));
  return writer.written();
}

/** @throws Error that says why the bytes are no head */
export function decodeHead(bytes: Uint8Array): SnapshotHead {
  const reader = new ByteReader(bytes);
  if (bytes.length < SNAPSHOT_HEAD_BYTES || reader.u32() !== MAGIC) {
    throw new RangeError('its head is missing');
  }
  if (reader.u32() !== crc32c(bytes, 0, 8, SNAPSHOT_HEAD_BYTES)) {
    throw new RangeError('its head is damaged');
  }
  const version = reader.u32() & 255;
  if (version > VERSION || reader.u32() !== SNAPSHOT_CHUNK_BYTES) {
    throw new RangeError(`it is of format ${version}, which this messor does not read`);
  }
  const group = reader.sizedText();
  const [index, term] = [reader.whole(), reader.whole()];
  return { group, mark: { index, term, membership: parseMembership(reader.sizedText()) } };
}

export function encodeChunk(data: Uint8Array): Uint8Array {
  const writer = new ByteWriter(CHUNK_HEAD_BYTES + data.length);
  writer.u32(data.length);
  writer.u32(crc32c(data));
  writer.bytes(data);
  return writer.written();
}

/** @returns the data of the chunk the bytes begin with; undefined where that is no whole chunk */
export function decodeChunk(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < CHUNK_HEAD_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  const [length, crc] = [reader.u32(), reader.u32()];
  const end = CHUNK_HEAD_BYTES + length;
  if (length === 0 || length > SNAPSHOT_CHUNK_BYTES || end > bytes.length) return undefined;
  const data = bytes.subarray(CHUNK_HEAD_BYTES, end);
  return crc32c(data) === crc ? data : undefined;
}

export function encodeEnd({ totalBytes, totalCrc }: SnapshotProof): Uint8Array {
  const writer = new ByteWriter(SNAPSHOT_END_BYTES);
  writer.u32(0);
  writer.u32(0);
  writer.whole(totalBytes);
  writer.u32(totalCrc);
  writer.patchU32(4, crc32c(writer.written(), 0, CHUNK_HEAD_BYTES));
  return writer.written();
}

export function decodeEnd(bytes: Uint8Array): SnapshotProof | undefined {
  if (bytes.length !== SNAPSHOT_END_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.u32() !== 0 || reader.u32() !== crc32c(bytes, 0, CHUNK_HEAD_BYTES)) return undefined;
  return { totalBytes: reader.whole(), totalCrc: reader.u32() };
}

/** Where the chunk that holds the byte at `offset` of the data begins in the file. */
export function chunkPosition(offset: number): number {
  const chunk = Math.floor(offset / SNAPSHOT_CHUNK_BYTES);
  return SNAPSHOT_HEAD_BYTES + chunk * (CHUNK_HEAD_BYTES + SNAPSHOT_CHUNK_BYTES);
}

/** Of the whole file. */
export function snapshotFileBytes(totalBytes: number): number {
  const chunks = Math.ceil(totalBytes / SNAPSHOT_CHUNK_BYTES);
  return SNAPSHOT_HEAD_BYTES + chunks * CHUNK_HEAD_BYTES + totalBytes + SNAPSHOT_END_BYTES;
}
