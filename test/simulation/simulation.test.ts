/**
 * The cluster under a swarm of faults: hundreds of seeds hold, and a seed tells one story.
 * What is checked is in `invariants.ts`, what goes wrong in `faults.ts`.
 */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { beginSeeds } from './background.ts';
import { FAULT_KINDS } from './faults.ts';
import { runScenario } from './scenario.ts';

import type { ShortOutcome } from './simulation.ts';

const SEED_COUNT = 500;
const SEED_COUNT_OF_SEVERAL = 40;

const seeds = beginCluster(SEED_COUNT);
const seedsOfSeveral = beginCluster(SEED_COUNT_OF_SEVERAL, 3);

test('a cluster scenario tells the same story twice, byte for byte, and another with another seed', async () => {
  const tell = (seed: string) =>
    runScenario({
      seed,
      agentCount: 12,
      schedulerCount: 2,
      chaosMs: 20_000,
      faults: ['loss', 'duplication', 'delay', 'break', 'partition', 'agent-crash', 'disk'],
      traceLineCountMax: Number.POSITIVE_INFINITY,
    });
  const [one, same, other] = [await tell('story'), await tell('story'), await tell('other')];
  deepEqual(one.broken, []);
  ok(one.trace.length > 5000, `${one.trace.length} lines`);
  equal(one.trace.join('\n'), same.trace.join('\n'));
  equal(one.log.join('\n'), same.log.join('\n'));
  equal(one.fingerprint, same.fingerprint);
  notEqual(one.trace.join('\n'), other.trace.join('\n'));
});

test(`${SEED_COUNT} seeds of faults: nothing is over-committed or leaked, and every task comes to an end its scheduler heard of`, async () => {
  const outcomes = await seeds();
  deepEqual(brokenOf(outcomes), []);

  const ends = new Map<string, number>();
  const faults = new Set<string>();
  for (const outcome of outcomes) {
    for (const [state, count] of Object.entries(outcome.counts)) {
      ends.set(state, (ends.get(state) ?? 0) + count);
    }
    for (const fault of outcome.drawn) faults.add(fault);
  }
  // Otherwise the simulation had become too gentle to say anything.
  for (const state of ['finished', 'failed', 'killed', 'lost', 'dropped', 'gone']) {
    ok((ends.get(state) ?? 0) > 100, `${ends.get(state)} tasks ended as ${state}`);
  }
  equal(faults.size, FAULT_KINDS.length + 2, [...faults].join(' '));

  const [first] = outcomes;
  const again = await runScenario({ seed: '1' });
  equal(first?.fingerprint, again.fingerprint, 'another thread tells the same story');
});

test(`${SEED_COUNT_OF_SEVERAL} seeds with three masters, whose registry outlives them all`, async () => {
  deepEqual(brokenOf(await seedsOfSeveral()), []);
});

function brokenOf(outcomes: readonly ShortOutcome[]): readonly string[] {
  return outcomes
    .filter((outcome) => outcome.broken.length > 0)
    .map(({ seed, broken: [first] }) => `npm run simulate ${seed}: ${first}`);
}

function beginCluster(count: number, masterCount = 1): () => Promise<readonly ShortOutcome[]> {
  return beginSeeds(
    new URL('./scenario.ts', import.meta.url),
    Array.from({ length: count }, (_, index) => ({ seed: String(index + 1), masterCount })),
  );
}
