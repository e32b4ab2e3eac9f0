/**
 * The log of what strangers do to us. They can do it a thousand times a second, so of ten seconds
 * only the first lines are written, and then how many were not.
 */
import type { Logger } from '../runtime/log.ts';

const PERIOD_MS = 10_000;
/** In one period; how many more there were is said at its end. */
const LINE_COUNT_MAX = 20;

export class OutsiderLog {
  readonly #log: Logger;
  readonly #nowMs: () => number;
  #periodEndMs = 0;
  #lineCount = 0;

  constructor(log: Logger, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  warn(text: string): void {
    this.#write('warn', text);
  }

  /** What happens where all is well, too. */
  info(text: string): void {
    this.#write('info', text);
  }

  #write(level: 'warn' | 'info', text: string): void {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#periodEndMs) {
      const omittedCount = this.#lineCount - LINE_COUNT_MAX;
      if (omittedCount > 0) {
        this.#log.warn(`${omittedCount} more lines about strangers were left out`);
      }
      this.#periodEndMs = nowMs + PERIOD_MS;
      this.#lineCount = 0;
    }
    this.#lineCount++;
    if (this.#lineCount <= LINE_COUNT_MAX) this.#log[level](text);
  }
}
