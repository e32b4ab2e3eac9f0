/** A replicated log under faults: what was acknowledged stays, once, in one order for all. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type LogOutcome, runLogScenario } from './scenario.ts';

const SEED_COUNT = 24;

test(`${SEED_COUNT} seeds of faults: no acknowledged append is lost or doubled, all see one order, and who is fenced appends nothing`, async () => {
  const outcomes: LogOutcome[] = [];
  for (let seed = 1; seed <= SEED_COUNT; seed++) outcomes.push(await runLogScenario(`log/${seed}`));
  deepEqual(
    outcomes
      .filter(({ broken }) => broken.length > 0)
      .map(({ seed, broken }) => ({ seed, broken })),
    [],
  );
  // Otherwise the simulation had become too gentle, or too hard, to say anything.
  for (const what of ['appended', 'unknown', 'epochs', 'truncated', 'readings', 'followed']) {
    const count = outcomes.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0);
    ok(count > SEED_COUNT, `${count} ${what} in ${SEED_COUNT} seeds`);
  }
});
