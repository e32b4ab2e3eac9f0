/**
 * Looks through a snapshot's file, chunk by chunk: all of it, or what of it is there so far.
 */
import { describeError } from '../runtime/errors.ts';
import { crc32c } from './crc32c.ts';
import type { Disk } from './disk.ts';
import {
  CHUNK_HEAD_BYTES,
  chunkPosition,
  decodeChunk,
  decodeEnd,
  decodeHead,
  SNAPSHOT_CHUNK_BYTES,
  SNAPSHOT_END_BYTES,
  SNAPSHOT_HEAD_BYTES,
  type SnapshotHead,
  type SnapshotProof,
  snapshotFileBytes,
} from './snapshot-format.ts';

export type SnapshotVerdict =
  | { readonly verdict: 'whole'; readonly head: SnapshotHead; readonly proof: SnapshotProof }
  /** What is sound of it: full chunks only, so that it can be gone on with. */
  | { readonly verdict: 'partial'; readonly head: SnapshotHead; readonly proof: SnapshotProof }
  | { readonly verdict: 'damaged'; readonly offset: number; readonly reason: string };

/** `visit` gets the data of each chunk, in order. Reads all of it at once: for opening and inspecting. */
export function checkSnapshot(
  disk: Disk,
  name: string,
  visit: (data: Uint8Array) => void = () => {},
): SnapshotVerdict {
  let head: SnapshotHead;
  try {
    head = decodeHead(disk.readNow(name, 0, SNAPSHOT_HEAD_BYTES));
  } catch (error) {
    return { verdict: 'damaged', offset: 0, reason: describeError(error) };
  }
  let totalBytes = 0;
  let totalCrc = 0;
  let fullBytes = 0;
  let fullCrc = 0;
  for (;;) {
    const position = endPosition(totalBytes);
    const bytes = disk.readNow(name, position, CHUNK_HEAD_BYTES + SNAPSHOT_CHUNK_BYTES);
    const end = decodeEnd(bytes);
    if (end !== undefined) {
      if (end.totalBytes !== totalBytes || end.totalCrc !== totalCrc) {
        return { verdict: 'damaged', offset: position, reason: 'its end does not fit its chunks' };
      }
      return { verdict: 'whole', head, proof: end };
    }
    const data = totalBytes === fullBytes ? decodeChunk(bytes) : undefined;
    if (data === undefined) break;
    visit(data);
    totalBytes += data.length;
    totalCrc = crc32c(data, totalCrc);
    if (data.length === SNAPSHOT_CHUNK_BYTES) {
      fullBytes = totalBytes;
      fullCrc = totalCrc;
    }
  }
  return { verdict: 'partial', head, proof: { totalBytes: fullBytes, totalCrc: fullCrc } };
}

/** What is wrong with one that was whole once. */
export function damageOf(checked: Exclude<SnapshotVerdict, { readonly verdict: 'whole' }>): {
  readonly offset: number;
  readonly reason: string;
} {
  if (checked.verdict === 'damaged') return { offset: checked.offset, reason: checked.reason };
  const offset = chunkPosition(checked.proof.totalBytes);
  return { offset, reason: 'a chunk there is damaged or missing' };
}

/** Behind the chunks of so many bytes. */
function endPosition(totalBytes: number): number {
  return totalBytes % SNAPSHOT_CHUNK_BYTES === 0
    ? chunkPosition(totalBytes)
    : snapshotFileBytes(totalBytes) - SNAPSHOT_END_BYTES;
}
