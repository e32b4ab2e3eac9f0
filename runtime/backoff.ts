/** Exponential backoff, for restarts here and for whoever repeats something until it is answered. */
export interface BackoffLimits {
  readonly delayMsMin: number;
  readonly delayMsMax: number;
}

/** The wait before attempt `attempt` (the first is 0): the minimum, doubling, up to the maximum. */
export function backoffMs(attempt: number, { delayMsMin, delayMsMax }: BackoffLimits): number {
  // 2 ** 1024 is Infinity, and Infinity * 0 is NaN: no wait stays no wait.
  if (delayMsMin <= 0) return 0;
  return Math.min(delayMsMax, delayMsMin * 2 ** Math.min(attempt, 1000));
}

/** Like `backoffMs`, spread evenly over its upper half so that many callers do not come at once. */
export function jitteredBackoffMs(
  attempt: number,
  limits: BackoffLimits,
  random: () => number,
): number {
  const delayMs = backoffMs(attempt, limits);
  return delayMs / 2 + (random() * delayMs) / 2;
}
