/** A thread that runs seeds of replicated logs, and answers each with its outcome. */
import { parentPort } from 'node:worker_threads';
import { runLogScenario } from './scenario.ts';

parentPort?.on('message', (seed: string) => {
  runLogScenario(seed).then(
    (answer) => parentPort?.postMessage(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
