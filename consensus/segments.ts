/**
 * The segments of the write-ahead log: one that is written to, one that is ready, old ones.
 *
 * A segment is filled with zeros and synced before its first use: writing over what is there costs
 * no change of the file's description, and zeros behind the last frame are part of how recovery
 * judges it. Each is used once. The next is made ready while the present one is written to; a disk
 * that has no room for it is nearly full, and says so while there is still a whole segment to fill.
 *
 *     wal-<n>.tmp ──zeros, sync, rename, sync directory──▶ ready ──▶ active ──▶ old ──▶ removed
 */
import { assert } from '../runtime/assert.ts';
import type { Disk, DiskError } from './disk.ts';
import { segmentName, UNFINISHED } from './file-names.ts';

const ZERO_CHUNK_BYTES = 2 ** 20;

export interface SegmentsOptions {
  readonly disk: Disk;
  readonly segmentBytes: number;
  /** A segment is ready, or (with an error) could not be made ready. */
  readonly onPrepared: (error: DiskError | undefined) => void;
  readonly onFailed: (error: DiskError) => void;
}

export class Segments {
  readonly #options: SegmentsOptions;
  /** Ascending; the last is the active one. */
  readonly #numbers: number[];
  #ready: { readonly segment: number; readonly sizeBytes: number } | undefined;
  #state: 'idle' | 'preparing' | 'removing' = 'idle';
  #activeBytes: number;
  #removeUpTo = 0;
  #stopped = false;
  #whenIdle: (() => void) | undefined;

  /** @param numbers ascending, up to the active one @param ready that is behind it already */
  constructor(options: SegmentsOptions, numbers: readonly number[], ready: number | undefined) {
    this.#options = options;
    this.#numbers = [...numbers];
    const sizeOf = (segment: number) => options.disk.sizeNow(segmentName(segment));
    this.#activeBytes = sizeOf(this.active);
    if (ready !== undefined) this.#ready = { segment: ready, sizeBytes: sizeOf(ready) };
  }

  get active(): number {
    return this.#numbers.at(-1) ?? 0;
  }

  /** Of the active one; a frame that is larger than a whole segment makes it longer. */
  get activeBytes(): number {
    return this.#activeBytes;
  }

  get hasReady(): boolean {
    return this.#ready !== undefined;
  }

  get count(): number {
    return this.#numbers.length;
  }

  /** The ready one becomes the active one. */
  advance(): void {
    assert(this.#ready !== undefined, 'the next segment is ready');
    this.#numbers.push(this.#ready.segment);
    this.#activeBytes = this.#ready.sizeBytes;
    this.#ready = undefined;
  }

  /** Makes the next one ready, unless it is, or is being made. */
  prepare(): void {
    if (this.#ready !== undefined || this.#state !== 'idle' || this.#stopped) return;
    this.#state = 'preparing';
    const { disk, segmentBytes, onPrepared } = this.#options;
    const segment = this.active + 1;
    const name = segmentName(segment);
    const unfinished = `${name}${UNFINISHED}`;
    const zeros = new Uint8Array(Math.min(ZERO_CHUNK_BYTES, segmentBytes));
    const end = (error: DiskError | undefined) => {
      this.#state = 'idle';
      if (error === undefined) this.#ready = { segment, sizeBytes: segmentBytes };
      onPrepared(error);
      this.#removeNext();
      this.#settle();
    };
    const giveUp = (error: DiskError) => disk.remove(unfinished, () => end(error));
    const fill = (position: number) => {
      if (position < segmentBytes) {
        const chunk = zeros.subarray(0, segmentBytes - position);
        disk.write(unfinished, position, chunk, (error) =>
          error === undefined ? fill(position + chunk.length) : giveUp(error),
        );
        return;
      }
      disk.sync(unfinished, (syncError) => {
        if (syncError !== undefined) return giveUp(syncError);
        disk.rename(unfinished, name, (renameError) => {
          if (renameError !== undefined) return giveUp(renameError);
          disk.syncDirectory(end);
        });
      });
    };
    fill(0);
  }

  /** Removes all up to this one, oldest first, so that what is left never has a gap. */
  removeUpTo(segment: number): void {
    this.#removeUpTo = Math.max(this.#removeUpTo, Math.min(segment, this.active - 1));
    this.#removeNext();
  }

  /** Nothing new is begun. */
  stop(): void {
    this.#stopped = true;
  }

  /** When nothing is under way: at once, or once it is done. */
  whenIdle(then: () => void): void {
    if (this.#state === 'idle') then();
    else this.#whenIdle = then;
  }

  #settle(): void {
    if (this.#state !== 'idle') return;
    const then = this.#whenIdle;
    this.#whenIdle = undefined;
    then?.();
  }

  #removeNext(): void {
    const { disk, onFailed } = this.#options;
    const [oldest] = this.#numbers;
    if (this.#state !== 'idle' || this.#stopped) return;
    if (oldest === undefined || oldest > this.#removeUpTo) return;
    this.#state = 'removing';
    const end = (error: DiskError | undefined) => {
      this.#state = 'idle';
      if (error === undefined) {
        this.#numbers.shift();
        this.#removeNext();
        this.prepare();
      } else onFailed(error);
      this.#settle();
    };
    disk.remove(segmentName(oldest), (error) => {
      if (error !== undefined) end(error);
      else disk.syncDirectory(end);
    });
  }
}

/** Makes a segment at once, when a new log is made. @throws DiskError */
export function makeSegmentNow(disk: Disk, segment: number, segmentBytes: number): void {
  const name = segmentName(segment);
  const unfinished = `${name}${UNFINISHED}`;
  disk.removeNow(unfinished);
  for (let position = 0; position < segmentBytes; position += ZERO_CHUNK_BYTES) {
    const length = Math.min(ZERO_CHUNK_BYTES, segmentBytes - position);
    disk.writeNow(unfinished, position, new Uint8Array(length));
  }
  disk.syncNow(unfinished);
  disk.renameNow(unfinished, name);
  disk.syncDirectoryNow();
}
