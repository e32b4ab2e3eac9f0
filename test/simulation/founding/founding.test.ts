/**
 * How masters come together, under drawn faults: what holds is in `invariants.ts`, what goes wrong in
 * `faults.ts`, what they are told in `plan.ts`.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { beginSeeds } from '../background.ts';
import { FOUNDING_FAULTS, LIST_KINDS } from './plan.ts';
import { simulation } from './scenario.ts';

const SEED_COUNT = 100;

const seeds = beginSeeds(
  new URL('./scenario.ts', import.meta.url),
  Array.from({ length: SEED_COUNT }, (_, index) => ({ seed: String(index) })),
);

test(`${SEED_COUNT} seeds of beginnings: one list founds one cluster, nobody is two, and all come together`, async () => {
  const all = await seeds();
  const broken = all.filter((outcome) => outcome.broken.length > 0);
  deepEqual(
    broken.map(({ seed, broken: [fault] }) => `npm run simulate -- founding ${seed}: ${fault}`),
    [],
  );

  const count = (what: string) => all.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0);
  for (const what of ['crashes', 'torn', 'wiped', 'removals', 'sentAway']) {
    ok(count(what) > 0, `${what} has happened`);
  }
  ok(count('acknowledged') > 10 * SEED_COUNT);
  const drawn = new Set(all.flatMap((outcome) => outcome.drawn));
  deepEqual(
    [...FOUNDING_FAULTS, ...LIST_KINDS].filter((kind) => !drawn.has(kind)),
    [],
    'everything that there is to draw was drawn',
  );

  const again = await simulation.run({ seed: '7' });
  equal(all[7]?.fingerprint, again.fingerprint, 'each thread tells the same story');
});
