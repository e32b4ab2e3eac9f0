/** A thread that runs seeds of replicated groups, and answers each with its outcome. */
import { parentPort } from 'node:worker_threads';
import { type GroupOutcome, runGroupScenario } from './scenario.ts';

/** What of an outcome is worth the journey between threads. */
export type ShortGroupOutcome = Omit<GroupOutcome, 'trace' | 'log'>;

parentPort?.on('message', (seed: string) => {
  runGroupScenario({ seed }).then(
    ({ trace: _, log: __, ...answer }) => parentPort?.postMessage(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
