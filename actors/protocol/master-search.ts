/**
 * What is said, and when, by whoever looks for a master in vain: soon, so that a wrong address is
 * noticed, and then seldom, for the search goes on for as long as it takes. Pure.
 */
/** After so long without an answer it is said for the first time. */
export const MASTER_MISSING_MS = 10_000;
/** And from then on this often. */
export const MASTER_MISSING_AGAIN_MS = 600_000;

/** @param searchMs since when none has answered */
export function masterMissingSentence(masters: readonly string[], searchMs: number): string {
  const where = masters.join(', ');
  const those = masters.length === 1 ? 'a master runs there' : 'one of them runs';
  return `No master has answered at ${where} for ${Math.round(searchMs / 1000)} s; check that ${those}, is reached from here under this name, and belongs to the same cluster`;
}
