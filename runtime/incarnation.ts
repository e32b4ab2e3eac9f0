/**
 * How what lives on a node is numbered, so that no number comes again in a later life of the node.
 *
 * A node's incarnation is the time of its start in milliseconds. Its actors and its questions are
 * counted up from a thousand times that. Two lives share no number as long as the earlier one, from
 * its start to the next one's, began fewer than 1000 actors and fewer than 1000 questions for each
 * millisecond, on average: that is a million a second, all its life long. The numbers stay exact
 * (below 2^53) for starts before the year 2255.
 */
import { assert } from './assert.ts';

const NUMBERS_PER_INCARNATION = 1000;

/** As milliseconds since 1970, in the year 2255. */
const INCARNATION_MAX = Math.floor(Number.MAX_SAFE_INTEGER / NUMBERS_PER_INCARNATION);

/** What a node of this incarnation counts up from. */
export function firstNumber(nodeIncarnation: number): number {
  assert(
    Number.isSafeInteger(nodeIncarnation) &&
      nodeIncarnation >= 0 &&
      nodeIncarnation < INCARNATION_MAX,
    `a node's incarnation is a whole number below ${INCARNATION_MAX}`,
  );
  return nodeIncarnation * NUMBERS_PER_INCARNATION;
}
