/**
 * The snapshots of all groups: written, kept, read and sent in pieces, removed.
 */
import { assert } from '../runtime/assert.ts';
import { type CodedError, describeError } from '../runtime/errors.ts';
import { corruptError } from './directory-identity.ts';
import type { Disk } from './disk.ts';
import type { GroupId, SnapshotMark } from './entry.ts';
import { PARTIAL, parseSnapshotName, type SnapshotName, snapshotName } from './file-names.ts';
import { checkSnapshot } from './snapshot-check.ts';
import {
  CHUNK_HEAD_BYTES,
  chunkPosition,
  decodeChunk,
  SNAPSHOT_CHUNK_BYTES,
  type SnapshotHead,
  type SnapshotProof,
} from './snapshot-format.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { storageError } from './storage-errors.ts';

/** Of each group, up to its mark: the one that the log goes on from, and the one before. */
const KEPT_COUNT = 2;

export interface SnapshotPiece {
  readonly offset: number;
  /** Up to the end of a chunk; empty behind the end. */
  readonly data: Uint8Array;
  readonly totalBytes: number;
}

export class Snapshots {
  readonly #disk: Disk;
  /** The whole ones, by the names of their files. */
  readonly #whole = new Map<string, SnapshotName & SnapshotProof>();

  /** Looks through all snapshots at once. */
  constructor(disk: Disk) {
    this.#disk = disk;
    for (const name of disk.listNow()) {
      const facts = parseSnapshotName(name);
      if (facts === undefined) continue;
      const checked = checkSnapshot(disk, name);
      if (checked.verdict === 'whole') this.#whole.set(name, { ...facts, ...checked.proof });
    }
  }

  /** Undefined where there is none, or not all of it. */
  proof(name: SnapshotName): SnapshotProof | undefined {
    return this.#whole.get(snapshotName(name));
  }

  has(group: GroupId, { index, term }: SnapshotMark): boolean {
    return this.#whole.has(snapshotName({ group, index, term }));
  }

  /** Of a group, whole, by rising index. */
  list(group: GroupId): readonly (SnapshotName & SnapshotProof)[] {
    return [...this.#whole.values()]
      .filter((snapshot) => snapshot.group === group)
      .sort((one, other) => one.index - other.index || one.term - other.term);
  }

  /**
   * A new one from its begin; with `resume`, what an earlier process received of the same is gone on with
   * (and looked through at once). Several of one mark at a time would spoil each other.
   */
  begin(head: SnapshotHead, resume: boolean): SnapshotWriter {
    const { group, mark } = head;
    const name = snapshotName({ group, index: mark.index, term: mark.term });
    const partial = `${name}${PARTIAL}`;
    let begun: SnapshotProof | undefined;
    if (this.#disk.listNow().includes(partial)) {
      const checked = resume ? checkSnapshot(this.#disk, partial) : undefined;
      const isSame =
        checked?.verdict === 'partial' && JSON.stringify(checked.head) === JSON.stringify(head);
      if (isSame) begun = checked.proof;
      else this.#disk.removeNow(partial);
    }
    return new SnapshotWriter({
      ...{ disk: this.#disk, head, begun },
      onFinished: (proof) => {
        this.#whole.set(name, { group, index: mark.index, term: mark.term, ...proof });
      },
    });
  }

  /** `done` with `snapshotGone` where there is none (any more), `logCorrupt` where it went bad. */
  read(
    name: SnapshotName,
    offset: number,
    done: (error: CodedError | undefined, piece: SnapshotPiece | undefined) => void,
  ): void {
    const file = snapshotName(name);
    const proof = this.#whole.get(file);
    if (proof === undefined) {
      const sentence = `Cannot read the snapshot "${file}": there is no such snapshot`;
      done(storageError('snapshotGone', sentence), undefined);
      return;
    }
    const { totalBytes } = proof;
    if (offset >= totalBytes) {
      done(undefined, { offset: totalBytes, data: new Uint8Array(), totalBytes });
      return;
    }
    const position = chunkPosition(offset);
    const within = offset % SNAPSHOT_CHUNK_BYTES;
    const length = Math.min(SNAPSHOT_CHUNK_BYTES, totalBytes - offset + within);
    this.#disk.read(file, position, CHUNK_HEAD_BYTES + length, (error, bytes) => {
      if (error !== undefined) {
        const code = error.code === 'ENOENT' ? 'snapshotGone' : 'snapshotFailed';
        const sentence = `Cannot read the snapshot "${file}": ${describeError(error)}`;
        return done(storageError(code, sentence, error), undefined);
      }
      const data = decodeChunk(bytes);
      if (data === undefined || data.length !== length) {
        const fault = { file, offset: position, reason: 'a chunk of a snapshot is damaged' };
        return done(corruptError(this.#disk, fault), undefined);
      }
      done(undefined, { offset, data: data.subarray(within), totalBytes });
    });
  }

  /**
   * Lets go of old ones, once the mark is durable, and of parts that nobody will go on with. Younger
   * ones than the mark stay: what they are for may not have happened yet.
   */
  removeOld(group: GroupId, mark: SnapshotMark): void {
    const done = this.list(group).filter(({ index }) => index <= mark.index);
    const isCurrent = done.some(({ index, term }) => index === mark.index && term === mark.term);
    assert(mark.index === 0 || isCurrent, 'the snapshot of a mark is whole');
    const old = done.slice(0, Math.max(0, done.length - KEPT_COUNT)).map(snapshotName);
    this.#remove([...old, ...this.#partsOf(group, mark.index)]);
  }

  /** All of a group that is no longer. */
  removeAll(group: GroupId): void {
    const whole = this.list(group).map(snapshotName);
    this.#remove([...whole, ...this.#partsOf(group, Number.POSITIVE_INFINITY)]);
  }

  #partsOf(group: GroupId, indexMax: number): readonly string[] {
    return this.#disk.listNow().filter((name) => {
      if (!name.endsWith(PARTIAL)) return false;
      const facts = parseSnapshotName(name.slice(0, -PARTIAL.length));
      return facts?.group === group && facts.index <= indexMax;
    });
  }

  /** A file that can't be removed costs room, nothing else. */
  #remove(names: readonly string[]): void {
    for (const name of names) {
      this.#whole.delete(name);
      this.#disk.remove(name, () => {});
    }
  }
}
