/** A replicated log under faults: what was acknowledged stays, once, in one order for all. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { beginSeeds } from '../background.ts';

const SEED_COUNT = 24;

const seeds = beginSeeds(
  new URL('./scenario.ts', import.meta.url),
  Array.from({ length: SEED_COUNT }, (_, index) => ({ seed: String(index + 1) })),
);

test(`${SEED_COUNT} seeds of faults: no acknowledged append is lost or doubled, all see one order, and who is fenced appends nothing`, async () => {
  const outcomes = await seeds();
  deepEqual(
    outcomes
      .filter(({ broken }) => broken.length > 0)
      .map(({ seed, broken: [fault] }) => `npm run simulate -- logs ${seed}: ${fault}`),
    [],
  );
  // Otherwise the simulation had become too gentle, or too hard, to say anything.
  for (const what of ['appended', 'unknown', 'epochs', 'truncated', 'readings', 'followed']) {
    const count = outcomes.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0);
    ok(count > SEED_COUNT, `${count} ${what} in ${SEED_COUNT} seeds`);
  }
});
