/**
 * Replicated groups under faults: many seeds in which all must hold, and known bugs that seeds must find.
 *
 * What is checked is in `group-invariants.ts`, what goes wrong in `faults.ts` and `damage.ts`.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { beginSeeds } from '../background.ts';
import { THREAD_COUNT } from '../seed-threads.ts';
import { GROUP_FAULTS } from './faults.ts';
import { hunt } from './plant.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { simulation } from './scenario.ts';

const SEED_COUNT = 500;

/** Where the text of consensus/ has changed, the seed may be another: then so many more are tried. */
const HUNT = { seedCountMax: 1000, limitMs: 300_000, threadCount: 1 };

const seeds = beginSeeds(
  new URL('./scenario.ts', import.meta.url),
  Array.from({ length: SEED_COUNT }, (_, index) => ({ seed: String(index) })),
);

test(`${SEED_COUNT} seeds of faults: what is acknowledged stays, all agree, and when all is healed they go on`, async () => {
  const outcomes = await seeds();
  const broken = outcomes.filter((outcome) => outcome.broken.length > 0);
  deepEqual(
    broken.map(({ seed, broken: [fault] }) => `npm run simulate -- consensus ${seed}: ${fault}`),
    [],
  );

  const count = (what: string) =>
    outcomes.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0);
  for (const what of ['applied', 'read', 'refused', 'open', 'changes', 'transfers', 'replaced']) {
    ok(count(what) > SEED_COUNT / 10, `${count(what)} ${what} in ${SEED_COUNT} seeds`);
  }
  const drawn = new Set(outcomes.flatMap(({ drawn: kinds }) => kinds));
  deepEqual(
    GROUP_FAULTS.filter((kind) => !drawn.has(kind)),
    [],
    'every kind of fault has happened',
  );

  const again = await simulation.run({ seed: '7' });
  equal(outcomes[7]?.fingerprint, again.fingerprint, 'each thread tells the same story');
});

test('each known bug is found', async () => {
  const bugs = [...PLANTED_BUGS];
  const missed: string[] = [];
  const huntOn = async () => {
    for (let bug = bugs.shift(); bug !== undefined; bug = bugs.shift()) {
      const { seed, seedCount } = await hunt(bug, { ...HUNT, firstSeed: bug.seed });
      if (seed === undefined) missed.push(`"${bug.name}" in ${seedCount} seeds`);
    }
  };
  await Promise.all(Array.from({ length: THREAD_COUNT }, huntOn));
  deepEqual(missed, []);
});
