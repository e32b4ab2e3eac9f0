/**
 * How fast frameworks may call, by principal: a call more than that waits its turn, and one for which
 * there is no room is refused.
 *
 * Turns come at equal distances, so all there is to remember of a principal is when its next turn is.
 * One of a node, for both of its doors: calls of frameworks here, and calls over HTTP.
 * Source: Mesos 1.11, docs/framework-rate-limiting.md; master.cpp, BoundedRateLimiter.
 */

export interface RateLimits {
  readonly limits: readonly RateLimit[];
  /** For all together that have no principal, or one that is not named. */
  readonly aggregateDefault?: Rate;
}

export interface RateLimit {
  readonly principal: string;
  /** Absent: as fast as they like. */
  readonly rate?: Rate;
}

export interface Rate {
  readonly callsPerSecond: number;
  /** Calls that wait. Absent: `WAITING_CALLS_MAX`. */
  readonly capacity?: number;
}

/** Of one principal, whatever its capacity is. */
export const WAITING_CALLS_MAX = 1_000_000;

export type Turn =
  | { readonly type: 'turn'; readonly delayMs: number }
  /** `capacity` calls wait already; there is room again when the first of them has had its turn. */
  | { readonly type: 'full'; readonly capacity: number; readonly roomMs: number };

interface Line {
  readonly intervalMs: number;
  readonly capacity: number;
  nextMs: number;
}

const NOW: Turn = { type: 'turn', delayMs: 0 };

export class FrameworkRates {
  readonly #lines = new Map<string, Line | undefined>();
  readonly #others: Line | undefined;

  constructor({ limits, aggregateDefault }: RateLimits) {
    for (const { principal, rate } of limits) this.#lines.set(principal, rate && lineOf(rate));
    this.#others = aggregateDefault && lineOf(aggregateDefault);
  }

  /** @param delayMsMax where longer waits are refused, too */
  turn(
    principal: string | undefined,
    nowMs: number,
    delayMsMax: number = Number.POSITIVE_INFINITY,
  ): Turn {
    const named = principal !== undefined && this.#lines.has(principal);
    const line = named ? this.#lines.get(principal) : this.#others;
    if (line === undefined) return NOW;
    const startMs = Math.max(nowMs, line.nextMs);
    const delayMs = startMs - nowMs;
    const waitingCount = Math.ceil(delayMs / line.intervalMs);
    if (waitingCount > line.capacity || delayMs > delayMsMax) {
      const roomMs = Math.max(delayMs - line.capacity * line.intervalMs, delayMs - delayMsMax, 1);
      return { type: 'full', capacity: line.capacity, roomMs };
    }
    line.nextMs = startMs + line.intervalMs;
    return { type: 'turn', delayMs };
  }
}

function lineOf({ callsPerSecond, capacity = WAITING_CALLS_MAX }: Rate): Line {
  const intervalMs = 1000 / callsPerSecond;
  return { intervalMs, capacity: Math.min(capacity, WAITING_CALLS_MAX), nextMs: 0 };
}

/** What a framework is told whose call is not taken. Source of the sentence: Mesos 1.11, exceededCapacity. */
export function exceededSentence(call: string, capacity: number): string {
  return `Message ${call} dropped: capacity(${capacity}) exceeded`;
}
