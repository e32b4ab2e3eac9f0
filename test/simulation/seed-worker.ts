/**
 * A thread that runs seeds, one after the other as it is given them, and answers with the outcomes.
 * What it is given is `SEED` or `SEED/MASTERS`: with so many masters.
 */
import { parentPort } from 'node:worker_threads';
import { type Outcome, runScenario } from './scenario.ts';

/** What of an outcome is worth the journey between threads. */
export type ShortOutcome = Pick<Outcome, 'seed' | 'fingerprint' | 'broken' | 'jobs' | 'faults'>;

parentPort?.on('message', (order: string) => {
  const [seed = '', masterCount = '1'] = order.split('/');
  const answer = ({ seed: done, fingerprint, broken, jobs, faults }: Outcome): ShortOutcome => ({
    seed: done,
    fingerprint,
    broken,
    jobs,
    faults,
  });
  runScenario({ seed, masterCount: Number(masterCount) }).then(
    (outcome) => parentPort?.postMessage(answer(outcome)),
    (error: unknown) => {
      throw error;
    },
  );
});
