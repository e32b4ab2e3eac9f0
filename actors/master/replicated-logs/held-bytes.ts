/**
 * How many bytes the entries from some position on have: kept as sums at a few places, so that it
 * is exact there and a little too much in between, never too little.
 */

/** Entries between two places. */
const STEP_COUNT = 128;
/** Every second one is forgotten then. */
const STEPS_MAX = 1000;

interface Step {
  readonly position: number;
  /** Of all entries before it, since the log began. */
  readonly bytesBefore: number;
}

export class HeldBytes {
  totalBytes = 0;
  #steps: Step[] = [{ position: 0, bytesBefore: 0 }];
  #sinceStepCount = 0;

  /** Positions rise. */
  add(position: number, bytes: number): void {
    if (++this.#sinceStepCount >= STEP_COUNT) {
      this.#sinceStepCount = 0;
      this.#steps.push({ position, bytesBefore: this.totalBytes });
      if (this.#steps.length > STEPS_MAX) {
        this.#steps = this.#steps.filter((_, index) => index % 2 === 0);
      }
    }
    this.totalBytes += bytes;
  }

  from(position: number): number {
    const step = this.#steps.findLast((one) => one.position <= position);
    return this.totalBytes - (step?.bytesBefore ?? 0);
  }

  forgetBefore(position: number): void {
    const kept = this.#steps.findLastIndex((one) => one.position <= position);
    this.#steps.splice(0, Math.max(0, kept));
  }

  /** What comes from here on is counted; of what was before only the sum is known. */
  restart(totalBytes: number): void {
    this.totalBytes = totalBytes;
    this.#steps = [{ position: 0, bytesBefore: totalBytes }];
    this.#sinceStepCount = 0;
  }
}
