/** Nanoseconds and seconds of Mesos ⇄ our milliseconds. */

/** Exact to the microsecond also for moments of this century. */
export function msOfNanoseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n) / 1000;
}

export function nanosecondsOfMs(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n;
}

/** Rounded to the microsecond, so that 0.1 seconds are 100 milliseconds. */
export function msOfSeconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1000;
}

export function secondsOfMs(ms: number): number {
  return ms / 1000;
}
