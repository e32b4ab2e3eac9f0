/**
 * A file that a node's log is written to, and its predecessors: `messor-master.log`, and, when that is full,
 * `messor-master.log.1` (the youngest) to `.4`. Written at once, so that the last words of a node that
 * dies are there.
 *
 *     writing ──cannot be written──▶ losing lines ──(a second later, the next line)──▶ writing, or still losing
 *
 * A disk that is full, or gone, costs lines of the log and nothing else: they are counted, and the
 * first that is written again says how many there were.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** When it would be longer it is followed by another one. */
export const LOG_FILE_BYTES_MAX = 67_108_864;
/** With the one that is written; the oldest is removed. */
export const LOG_FILES_MAX = 5;
/** Between two attempts to write to a disk that takes nothing. */
const RETRY_MS = 1000;

export interface LogFileOptions {
  /** Made where it is not there. */
  readonly directory: string;
  readonly name: string;
  readonly fileBytesMax?: number;
  /** Told once when lines begin to be lost, as the end of a sentence. */
  readonly onLoss: (cause: string) => void;
}

export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  readonly #bytesMax: number;
  #descriptor: number | undefined;
  #bytes = 0;
  /** Lines that were lost since the last that was written. */
  #lostCount = 0;
  #retryAtMs = 0;
  /** The last line did not get in as a whole. */
  #isTorn = false;

  /** @throws Error of the system when the directory or the file can't be made */
  constructor(options: LogFileOptions) {
    const { directory, name, fileBytesMax = LOG_FILE_BYTES_MAX } = options;
    this.#options = options;
    this.#bytesMax = fileBytesMax;
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, name);
    this.#open();
  }

  /** Whether it is worth to make a line: nothing is written to a disk that has just failed. */
  isOpenTo(nowMs: number): boolean {
    if (this.#lostCount === 0 || nowMs >= this.#retryAtMs) return true;
    this.#lostCount++;
    return false;
  }

  get lostCount(): number {
    return this.#lostCount;
  }

  /** @returns whether the line is in the file */
  write(line: string, nowMs: number): boolean {
    try {
      const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#bytesMax) this.#follow();
      const descriptor = this.#descriptor ?? this.#open();
      const count = writeSync(descriptor, bytes);
      this.#bytes += count;
      this.#isTorn = count < bytes.length;
      if (this.#isTorn) throw new Error('no space left on the device');
      this.#lostCount = 0;
      return true;
    } catch (error) {
      if (this.#lostCount === 0) this.#options.onLoss(error instanceof Error ? error.message : '');
      this.#lostCount++;
      this.#retryAtMs = nowMs + RETRY_MS;
      // Opened anew next time: it may be another disk that is mounted there then.
      this.close();
      return false;
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    try {
      closeSync(descriptor);
    } catch {
      // What a disk says at last about what was written to it changes nothing any more.
    }
  }

  #open(): number {
    const descriptor = openSync(this.path, 'a', 0o644);
    this.#descriptor = descriptor;
    this.#bytes = fstatSync(descriptor).size;
    return descriptor;
  }

  /** Each becomes the one before it, and a new one begins. */
  #follow(): void {
    for (let age = LOG_FILES_MAX - 2; age >= 0; age--) {
      const from = age === 0 ? this.path : `${this.path}.${age}`;
      rename(from, `${this.path}.${age + 1}`);
    }
    this.close();
    this.#isTorn = false;
    this.#open();
  }
}

/** One that somebody has taken away is not missed. */
function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
