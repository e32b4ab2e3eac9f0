/** A replicated log under faults: what was acknowledged stays, once, in one order for all. */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { runInThreads } from '../seed-threads.ts';
import type { LogOutcome } from './scenario.ts';

const SEED_COUNT = 24;

test(`${SEED_COUNT} seeds of faults: no acknowledged append is lost or doubled, all see one order, and who is fenced appends nothing`, async () => {
  const outcomes: LogOutcome[] = [];
  await runInThreads<LogOutcome>({
    worker: new URL('./log-seed-worker.ts', import.meta.url),
    seeds: Array.from({ length: SEED_COUNT }, (_, index) => `log/${index + 1}`),
    onOutcome: (outcome) => outcomes.push(outcome) > 0,
  });
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
