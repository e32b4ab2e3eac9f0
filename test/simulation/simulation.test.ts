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
const SEED_COUNT_OF_SEVERAL = 24;

/** What a batch must have come across, often; see `tally.ts`. */
const EXERCISED = [
  ...['finished', 'failed', 'killed', 'lost', 'dropped', 'gone'],
  ...['in groups', 'in executors by sdk', 'in executors by http', 'by HTTP', 'fetched'],
  ...['checked', 'told of a check', 'health checked', 'told of their health'],
  ...['limited in time', 'over their time', 'unreachable for a while', 'with framework'],
  ...['schedulers after the first', 'scheduler streams lost'],
  ...['executor streams', 'executor streams renewed', 'taken up', 'boots'],
  ...['quotas set', 'quotas refused', 'weights set'],
  ...['drains', 'drains cancelled', 'deactivated', 'reactivated', 'given up', 'goneByOperator'],
  ...['schedules set', 'machines down', 'machines up'],
  ...['on volumes', 'on volumes of others', 'volumes resized', 'operations finished'],
  ...['on what was given before', 'preempted'],
  ...["operators' changes accepted", "operators' changes conflict"],
];

/** Those that have their moments; the others hold all the time. */
const DEEDS = FAULT_KINDS.filter(
  (kind) => !['loss', 'duplication', 'delay', 'slow', 'disk'].includes(kind),
);

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
  const totals = totalsOf(outcomes);
  // Otherwise the simulation had become too gentle to say anything.
  for (const what of EXERCISED) {
    ok((totals.get(what) ?? 0) >= SEED_COUNT / 20, `${totals.get(what) ?? 0} ${what}`);
  }
  ok((totals.get('error') ?? 0) > 0, 'no task was refused');
  const drawn = new Set(outcomes.flatMap((outcome) => outcome.drawn));
  equal(drawn.size, FAULT_KINDS.length + 2, [...drawn].join(' '));
  const faultsOf = (kind: string) => totals.get(`fault ${kind}`) ?? 0;
  deepEqual(
    DEEDS.filter((kind) => faultsOf(kind) < SEED_COUNT / 10),
    [],
  );

  const [first] = outcomes;
  const again = await runScenario({ seed: '1' });
  equal(first?.fingerprint, again.fingerprint, 'another thread tells the same story');
});

test(`${SEED_COUNT_OF_SEVERAL} seeds with three masters, whose registry outlives them all`, async () => {
  const outcomes = await seedsOfSeveral();
  deepEqual(brokenOf(outcomes), []);
  const totals = totalsOf(outcomes);
  for (const what of ['redirects', 'scheduler streams lost', 'taken up', 'fault landslide']) {
    ok((totals.get(what) ?? 0) >= SEED_COUNT_OF_SEVERAL / 4, `${totals.get(what) ?? 0} ${what}`);
  }
});

function totalsOf(outcomes: readonly ShortOutcome[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { counts } of outcomes) {
    for (const [what, count] of Object.entries(counts)) {
      totals.set(what, (totals.get(what) ?? 0) + count);
    }
  }
  return totals;
}

function brokenOf(outcomes: readonly ShortOutcome[]): readonly string[] {
  return outcomes
    .filter((outcome) => outcome.broken.length > 0)
    .map(({ seed, broken: [first] }) => `npm run simulate ${seed}: ${first}`);
}

function beginCluster(count: number, masterCount = 1): () => Promise<readonly ShortOutcome[]> {
  return beginSeeds(
    new URL('./scenario.ts', import.meta.url),
    Array.from({ length: count }, (_, index) => index + 1).map((seed) => ({
      seed: String(seed),
      masterCount,
    })),
  );
}
