/** A thread that runs seeds of beginnings, and answers each with its outcome. */
import { parentPort } from 'node:worker_threads';
import { type FoundingOutcome, runFoundingScenario } from './scenario.ts';

/** What of an outcome is worth the journey between threads. */
export type ShortFoundingOutcome = Omit<FoundingOutcome, 'trace' | 'log'>;

parentPort?.on('message', (seed: string) => {
  runFoundingScenario({ seed }).then(
    ({ trace: _, log: __, ...answer }) => parentPort?.postMessage(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
