/**
 * Writes one snapshot: one's own, or one that arrives piece by piece from another member.
 *
 *     <name>.part ──pieces──▶ … ──finish (end, sync, rename, sync directory)──▶ <name>
 *         └ what is there after a restart is gone on with, from the last full chunk
 *
 * One call at a time: the next only after `done` of the one before.
 */
import { assert } from '../runtime/assert.ts';
import type { CodedError } from '../runtime/errors.ts';
import { crc32c } from './crc32c.ts';
import type { Disk, DiskError } from './disk.ts';
import { PARTIAL, snapshotName } from './file-names.ts';
import {
  chunkPosition,
  encodeChunk,
  encodeEnd,
  encodeHead,
  SNAPSHOT_CHUNK_BYTES,
  type SnapshotHead,
  type SnapshotProof,
} from './snapshot-format.ts';
import { isDiskFull, storageError } from './storage-errors.ts';

export interface SnapshotWriterOptions {
  readonly disk: Disk;
  readonly head: SnapshotHead;
  /** What of it is on the disk already: full chunks. */
  readonly begun: SnapshotProof | undefined;
  readonly onFinished: (proof: SnapshotProof) => void;
}

type Done = (error: CodedError | undefined) => void;

export class SnapshotWriter {
  readonly name: string;
  readonly #options: SnapshotWriterOptions;
  readonly #partial: string;
  #headWritten: boolean;
  /** In full chunks that were written. */
  #written: SnapshotProof;
  /** Less than a chunk. */
  #rest = new Uint8Array();
  #busy = false;

  constructor(options: SnapshotWriterOptions) {
    const { group, mark } = options.head;
    this.#options = options;
    this.name = snapshotName({ group, index: mark.index, term: mark.term });
    this.#partial = `${this.name}${PARTIAL}`;
    this.#headWritten = options.begun !== undefined;
    this.#written = options.begun ?? { totalBytes: 0, totalCrc: 0 };
  }

  /** How much of the data is here: the next piece begins there. */
  get offset(): number {
    return this.#written.totalBytes + this.#rest.length;
  }

  /** `done` with `snapshotDiskFull` or `snapshotFailed`: then abandon it. */
  write(data: Uint8Array, done: Done): void {
    const all = joined(this.#rest, data);
    const full = all.length - (all.length % SNAPSHOT_CHUNK_BYTES);
    const from = this.#written.totalBytes;
    const chunks: Uint8Array[] = [];
    for (let position = 0; position < full; position += SNAPSHOT_CHUNK_BYTES) {
      chunks.push(this.#take(all.subarray(position, position + SNAPSHOT_CHUNK_BYTES)));
    }
    this.#rest = all.slice(full);
    this.#put(from, chunks, done);
  }

  /**
   * All of it was given. Where `expected` is said and does not fit, `done` gets `snapshotMismatch`, and
   * what was written is removed: it has to be sent again.
   */
  finish(
    expected: SnapshotProof | undefined,
    done: (error: CodedError | undefined, proof: SnapshotProof | undefined) => void,
  ): void {
    const { disk, onFinished } = this.#options;
    const from = this.#written.totalBytes;
    const last = this.#rest.length === 0 ? [] : [this.#take(this.#rest)];
    this.#rest = new Uint8Array();
    const proof = this.#written;
    if (expected !== undefined && !isSame(expected, proof)) {
      const sentence = `Cannot use the snapshot "${this.name}": it has ${said(proof)}, and was sent as ${said(expected)}`;
      this.abandon(() => done(storageError('snapshotMismatch', sentence), undefined));
      return;
    }
    const end = (error: DiskError | undefined) => {
      this.#busy = false;
      if (error !== undefined) return done(this.#fault(error), undefined);
      onFinished(proof);
      done(undefined, proof);
    };
    this.#put(from, [...last, encodeEnd(proof)], (writeError) => {
      if (writeError !== undefined) return done(writeError, undefined);
      this.#busy = true;
      disk.sync(this.#partial, (syncError) => {
        if (syncError !== undefined) return end(syncError);
        disk.rename(this.#partial, this.name, (renameError) => {
          if (renameError !== undefined) return end(renameError);
          disk.syncDirectory(end);
        });
      });
    });
  }

  /** Removes what was written. */
  abandon(done: () => void): void {
    this.#options.disk.remove(this.#partial, () => done());
  }

  #take(data: Uint8Array): Uint8Array {
    const { totalBytes, totalCrc } = this.#written;
    this.#written = {
      totalBytes: totalBytes + data.length,
      totalCrc: crc32c(data, totalCrc),
    };
    return encodeChunk(data);
  }

  /** Writes behind the chunks of the first `from` bytes of data. */
  #put(from: number, pieces: readonly Uint8Array[], done: Done): void {
    assert(!this.#busy, 'a snapshot is written one piece at a time');
    const { disk, head } = this.#options;
    const first = this.#headWritten ? [] : [encodeHead(head)];
    const position = this.#headWritten ? chunkPosition(from) : 0;
    const bytes = joined(...first, ...pieces);
    if (bytes.length === 0) {
      done(undefined);
      return;
    }
    this.#busy = true;
    this.#headWritten = true;
    disk.write(this.#partial, position, bytes, (error) => {
      this.#busy = false;
      done(error === undefined ? undefined : this.#fault(error));
    });
  }

  #fault(error: DiskError): CodedError {
    const code = isDiskFull(error) ? 'snapshotDiskFull' : 'snapshotFailed';
    return storageError(code, `Cannot write the snapshot "${this.name}": ${error.message}`, error);
  }
}

function isSame(one: SnapshotProof, other: SnapshotProof): boolean {
  return one.totalBytes === other.totalBytes && one.totalCrc === other.totalCrc;
}

function said({ totalBytes, totalCrc }: SnapshotProof): string {
  return `${totalBytes} bytes with checksum ${totalCrc.toString(16).padStart(8, '0')}`;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}
