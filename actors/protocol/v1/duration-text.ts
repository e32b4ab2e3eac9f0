/**
 * Durations as Mesos writes them in texts: a number and a unit without a blank, such as `10mins`.
 * Source: Mesos, 3rdparty/stout/include/stout/duration.hpp.
 */
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  secs: 1e9,
  mins: 6e10,
  hrs: 3.6e12,
  days: 8.64e13,
  weeks: 6.048e14,
};

/** About 292 years, as many as 64 bits hold. */
const NANOSECONDS_MAX = 2 ** 63;

/** @returns nanoseconds, or undefined when it is no duration */
function parseDurationText(text: string): bigint | undefined {
  const [, number, unit] = /^(-?\d{1,20}(?:\.\d{1,20})?)([a-z]{2,5})$/.exec(text) ?? [];
  const factor = NANOSECONDS[unit ?? ''];
  if (number === undefined || factor === undefined) return undefined;
  const nanoseconds = Math.trunc(Number(number) * factor);
  return Math.abs(nanoseconds) < NANOSECONDS_MAX ? BigInt(nanoseconds) : undefined;
}

/** @returns milliseconds of a duration such as `10mins`, or undefined when it is none */
export function msOfDurationText(text: string): number | undefined {
  const nanoseconds = parseDurationText(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/**
 * The object of google.protobuf.Duration that a text stands for: the handbook of Mesos shows
 * `"max_grace_period": "10mins"`, which Mesos itself refuses.
 */
export function durationFromText(
  text: string,
): { readonly seconds: bigint; readonly nanos: number } | undefined {
  const nanoseconds = parseDurationText(text);
  if (nanoseconds === undefined) return undefined;
  const perSecond = 1_000_000_000n;
  return { seconds: nanoseconds / perSecond, nanos: Number(nanoseconds % perSecond) };
}
