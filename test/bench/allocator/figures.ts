/** What a case says: how much CPU time something took, how often it was done, and what was wanted. */

export interface Figure {
  /** What was done, such as `a round, all agents dirty`. */
  readonly what: string;
  /** How often. */
  readonly count: number;
  /** CPU time of the whole process, all of them together: collecting garbage counts. */
  readonly cpuMs: number;
  /** All of them together are to take no more. */
  readonly wantedMs?: number;
  /** What bare arithmetic over typed arrays took for the same choices, in the same process. */
  readonly bareMs?: number;
  /** Bytes of the heap that are in use afterwards and were not before, for each. */
  readonly bytesEach?: number;
  readonly note?: string;
}

export interface Size {
  readonly agents: number;
  readonly frameworks: number;
}

/** One size of a case, in one of its variants; says what it finds as it goes. */
export type Case = (size: Size, variant: string, say: (figure: Figure) => void) => void;

/** CPU time of what `work` does. */
export function timed<Value>(work: () => Value): { readonly value: Value; readonly cpuMs: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuMs: (user + system) / 1000 };
}

/** What is in use on the heap when all garbage is gone; needs `--expose-gc`. */
export function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
