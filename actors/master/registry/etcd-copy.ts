/**
 * What one master knows of the registry that is kept in an etcd: a snapshot, the entries of the log
 * after it, and where to read on. A page that doesn't fit is passed over, and the next look asks anew.
 *
 *     reading a snapshot ──all pieces──▶ reading the log ──(entries are gone: a newer snapshot)──┐
 *          ▲                                                                                     │
 *          └─────────────────────────────────────────────────────────────────────────────────────┘
 */
import { assert } from '../../../runtime/assert.ts';
import { registryError } from './errors.ts';
import type { Page, Wanted } from './etcd-questions.ts';
import type { Head } from './etcd-records.ts';
import { decodeOperations } from './operation-text.ts';
import { applyAll, type RegistryOperation, refusalOf } from './operations.ts';
import { emptyRegistry, type Registry } from './registry.ts';
import { CHUNK_BYTES_MAX, SnapshotReader } from './snapshot.ts';

/** Of one page, about: what comes of it is read in one turn. */
const PAGE_BYTES_MAX = 1_048_576;
/** Entries of one page, however short they are. */
const PAGE_COUNT_MAX = 1000;
/** What etcd keeps with each key, and what it costs to read one. */
const KEY_BYTES = 1024;

interface Loading {
  readonly head: Head;
  readonly reader: SnapshotReader;
  nextPiece: number;
}

export class RegistryCopy {
  #registry = emptyRegistry();
  #nextIndex = 1;
  #loading: Loading | undefined;
  #head: Head | undefined;
  /** Of the entries since the snapshot that counts. */
  #logBytes = 0;
  /** Of an entry, as they were of late: at first as long as they can be. */
  #entryBytes = PAGE_BYTES_MAX;

  /** As it is now; to be copied by who keeps it. */
  get registry(): Registry {
    return this.#registry;
  }

  /** Of the next entry. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  get head(): Head | undefined {
    return this.#head;
  }

  get wanted(): Wanted {
    if (this.#loading !== undefined) {
      const { head, nextPiece } = this.#loading;
      const count = PAGE_BYTES_MAX / CHUNK_BYTES_MAX;
      return { kind: 'snapshot', index: head.snapshotIndex, fromPiece: nextPiece, count };
    }
    const count = Math.ceil(PAGE_BYTES_MAX / (this.#entryBytes + KEY_BYTES));
    return {
      kind: 'log',
      fromIndex: this.#nextIndex,
      count: Math.max(1, Math.min(PAGE_COUNT_MAX, count)),
    };
  }

  /**
   * @returns whether there was nothing more to read at that moment
   * @throws CodedError registryNewer, registryDamaged: this master can't go on then
   */
  take(head: Head | undefined, page: Page): boolean {
    const { wanted } = page;
    this.#follow(head);
    if (wanted.kind === 'log') return this.#takeEntries(page, wanted.fromIndex);
    if (wanted.kind === 'snapshot') this.#takePieces(page, wanted.index);
    return false;
  }

  /** Applies what was appended by us, as the next entry. @returns why each was refused, if it was */
  keep(
    operations: readonly RegistryOperation[],
    bytes: number,
    head: Head | undefined,
  ): readonly (string | undefined)[] {
    this.#head ??= head;
    return this.#apply(operations, bytes);
  }

  /** A snapshot of ours counts now, unless there has been a later one since. */
  saved(head: Head): void {
    if (head.snapshotIndex > (this.#head?.snapshotIndex ?? 0)) this.#follow(head);
  }

  /** Whether the log has grown so long that a snapshot is worth its bytes. */
  isLong(bytesMin: number): boolean {
    return this.#logBytes >= Math.max(bytesMin, this.#head?.bytes ?? 0);
  }

  #follow(head: Head | undefined): void {
    if (head === undefined && this.#head !== undefined) {
      const sentence = 'Cannot go on with the registry in etcd: somebody has removed it';
      throw registryError('registryDamaged', sentence);
    }
    if (head !== undefined && head.snapshotIndex !== this.#head?.snapshotIndex) this.#logBytes = 0;
    this.#head = head;
  }

  #takeEntries({ parts, more }: Page, fromIndex: number): boolean {
    if (this.#loading !== undefined || fromIndex !== this.#nextIndex) return false;
    const head = this.#head;
    for (const { number, data } of parts) {
      if (number !== this.#nextIndex) break;
      this.#apply(decodeOperations(data), data.length);
    }
    const nextIndex = this.#nextIndex;
    if (parts.at(-1)?.number === nextIndex - 1) return !more;
    if (head !== undefined && head.snapshotIndex >= nextIndex) {
      this.#loading = { head, reader: new SnapshotReader(), nextPiece: 0 };
      return false;
    }
    if (parts.length === 0 && (head !== undefined || nextIndex === 1)) return true;
    const sentence = `Cannot go on with the registry in etcd: entry ${nextIndex} of its log is missing`;
    throw registryError('registryDamaged', sentence);
  }

  #takePieces({ parts }: Page, index: number): void {
    const loading = this.#loading;
    if (loading === undefined || index !== loading.head.snapshotIndex) return;
    const head = this.#head;
    if (head?.snapshotIndex !== index) {
      // There is a newer one: the pieces of this one are gone, or will be.
      this.#loading = undefined;
      return;
    }
    for (const { number, data } of parts) {
      if (number !== loading.nextPiece) break;
      loading.reader.push(data);
      loading.nextPiece++;
    }
    if (loading.nextPiece === head.pieceCount) {
      this.#registry = loading.reader.finish();
      this.#nextIndex = index + 1;
      this.#loading = undefined;
      this.#logBytes = 0;
      return;
    }
    if (parts.at(-1)?.number === loading.nextPiece - 1) return;
    const sentence = `Cannot go on with the registry in etcd: piece ${loading.nextPiece} of its snapshot is missing`;
    throw registryError('registryDamaged', sentence);
  }

  #apply(operations: readonly RegistryOperation[], bytes: number): readonly (string | undefined)[] {
    assert(this.#loading === undefined, 'entries are applied to a whole registry');
    this.#nextIndex++;
    this.#logBytes += bytes + KEY_BYTES;
    this.#entryBytes = Math.round((this.#entryBytes * 7 + bytes) / 8);
    return applyAll(this.#registry, operations).map(refusalOf);
  }
}
