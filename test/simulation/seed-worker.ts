/** A thread that runs seeds of one simulation, one after the other as it is given them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRun, Simulation } from './simulation.ts';

const { scenario }: { readonly scenario: string } = workerData;
const { simulation }: { readonly simulation: Simulation } = await import(scenario);

parentPort?.on('message', (run: SeedRun) => {
  simulation.run(run).then(
    ({ trace: _, log: __, ...answer }) => parentPort?.postMessage(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
