/**
 * Seeds that run while other tests wait for something else: they are begun when a file of tests is loaded,
 * in threads that take the time nobody wants, and are awaited by the test that owns them.
 *
 *     const seeds = beginSeeds(SCENARIO, runs);
 *     test('…', async () => check(await seeds()));
 *
 * Batches are run in the order in which they were begun.
 */
import type { Worker } from 'node:worker_threads';
import { bundleOf } from './seed-bundle.ts';
import { answerOf, startSeedWorker, THREAD_COUNT } from './seed-threads.ts';
import type { SeedRun, ShortOutcome } from './simulation.ts';

interface Job {
  readonly scenario: string;
  readonly run: SeedRun;
  readonly resolve: (outcome: ShortOutcome) => void;
  readonly reject: (error: unknown) => void;
}

const jobs: Job[] = [];
const workers = new Set<Worker>();
/** Somebody waits: until then threads do not keep the process alive. */
let isAwaited = false;

/** @returns a function that gives all outcomes, in the order of the runs, once they are there */
export function beginSeeds(
  scenario: URL,
  runs: readonly SeedRun[],
): () => Promise<readonly ShortOutcome[]> {
  const bundle = bundleOf(scenario);
  const outcomes = runs.map((run) => {
    const outcome = new Promise<ShortOutcome>((resolve, reject) => {
      jobs.push({ scenario: bundle.href, run, resolve, reject });
    });
    // Nobody listens yet; who does hears of it.
    outcome.catch(() => {});
    return outcome;
  });
  while (workers.size < THREAD_COUNT) void work();
  return () => {
    isAwaited = true;
    for (const worker of workers) worker.ref();
    return Promise.all(outcomes);
  };
}

/** One thread's life: it ends when there is nothing left to do. */
async function work(): Promise<void> {
  const worker = startSeedWorker({ isPatient: true });
  workers.add(worker);
  if (!isAwaited) worker.unref();
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const { scenario, run, resolve, reject } = job;
    await answerOf(worker, { scenario, run }).then(resolve, reject);
  }
  workers.delete(worker);
  await worker.terminate();
}
