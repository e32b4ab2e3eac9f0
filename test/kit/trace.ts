/**
 * The story of a world as lines of text, and a fingerprint of all of it.
 *
 * Two runs of the same seed must tell the same story byte for byte; the fingerprint compares them
 * without keeping them. Only the newest lines are kept, unless all are asked for.
 */
import { createHash } from 'node:crypto';

export interface TraceOptions {
  /** How many of the newest lines are kept. Default 2000; `Infinity` keeps all. */
  readonly lineCountMax?: number;
}

/** So many characters are gathered before they are hashed. */
const CHUNK_LENGTH = 65_536;

export class Trace {
  #lines: string[] = [];
  #count = 0;
  #pending = '';
  readonly #hash = createHash('sha256');
  readonly #lineCountMax: number;

  constructor({ lineCountMax = 2000 }: TraceOptions = {}) {
    this.#lineCountMax = lineCountMax;
  }

  add(line: string): void {
    this.#count++;
    this.#pending += `${line}\n`;
    if (this.#pending.length > CHUNK_LENGTH) this.#absorb();
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#lineCountMax) {
      this.#lines = this.#lines.slice(-this.#lineCountMax);
    }
  }

  /** How many lines there were, kept or not. */
  count(): number {
    return this.#count;
  }

  /** The newest lines, oldest first. */
  lines(countMax = this.#lineCountMax): readonly string[] {
    return this.#lines.slice(-Math.min(countMax, this.#lineCountMax));
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** Of all lines so far; the story may go on after it was asked. */
  fingerprint(): string {
    this.#absorb();
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  #absorb(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
