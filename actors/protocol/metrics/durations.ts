/**
 * How long something took, the last times that it was done: the newest, how many of them there are, the
 * least, the most and the percentiles; and beside them the number and sum of all there ever were.
 * Percentiles are interpolated between the two that are nearest, and there are none of fewer than two.
 * Source: Mesos 1.11, 3rdparty/libprocess, statistics.hpp, timeseries.hpp, metrics/timer.hpp.
 */

/** Of one kind; the oldest go first. */
const KEPT_MAX = 1000;

export interface DurationStatistics {
  readonly lastMs: number;
  /** Of all there ever were. */
  readonly totalCount: number;
  readonly totalMs: number;
  /** Of the last ones within the window; absent of fewer than two. */
  readonly window?: WindowStatistics;
}

export interface WindowStatistics {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** By their names: `p50`. */
  readonly percentilesMs: Readonly<Record<PercentileName, number>>;
}

export type PercentileName = keyof typeof PERCENTILES;

/** What part of all takes no longer. */
export const PERCENTILES = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
  p9999: 0.9999,
} as const;

export class Durations {
  readonly #windowMs: number;
  /** A ring, of which `#next` is overwritten next. */
  readonly #kept: { readonly atMs: number; readonly tookMs: number }[] = [];
  #next = 0;
  #lastMs = 0;
  #totalCount = 0;
  #totalMs = 0;

  /** @param windowMs older ones do not count in minimum, maximum and percentiles */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(tookMs: number, atMs: number): void {
    this.#kept[this.#next] = { atMs, tookMs };
    this.#next = (this.#next + 1) % KEPT_MAX;
    this.#lastMs = tookMs;
    this.#totalCount++;
    this.#totalMs += tookMs;
  }

  statistics(nowMs: number): DurationStatistics {
    const sinceMs = nowMs - this.#windowMs;
    const sorted = this.#kept
      .flatMap(({ atMs, tookMs }) => (atMs >= sinceMs ? tookMs : []))
      .sort((a, b) => a - b);
    const window = windowOf(sorted);
    return {
      lastMs: this.#lastMs,
      totalCount: this.#totalCount,
      totalMs: this.#totalMs,
      ...(window && { window }),
    };
  }
}

function windowOf(sorted: readonly number[]): WindowStatistics | undefined {
  const [minMs] = sorted;
  const maxMs = sorted.at(-1);
  if (minMs === undefined || maxMs === undefined || sorted.length < 2) return undefined;
  const { p50, p90, p95, p99, p999, p9999 } = PERCENTILES;
  return {
    count: sorted.length,
    minMs,
    maxMs,
    percentilesMs: {
      p50: percentile(sorted, p50),
      p90: percentile(sorted, p90),
      p95: percentile(sorted, p95),
      p99: percentile(sorted, p99),
      p999: percentile(sorted, p999),
      p9999: percentile(sorted, p9999),
    },
  };
}

/** @param sorted at least one; @param part from 0 to 1 */
export function percentile(sorted: readonly number[], part: number): number {
  const position = part * (sorted.length - 1);
  const index = Math.floor(position);
  const low = sorted[index] ?? 0;
  const high = sorted[index + 1] ?? low;
  return low + (high - low) * (position - index);
}
