/** A thread that runs seeds of simulations, one after the other as it is given them. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRun, Simulation } from './simulation.ts';

/** How a thread is started. */
export interface WorkerSettings {
  /** It takes what time of the processors nobody else wants. */
  readonly isPatient: boolean;
}

export interface SeedOrder {
  /** The address of the module that exports the `simulation`. */
  readonly scenario: string;
  readonly run: SeedRun;
}

const { isPatient }: WorkerSettings = workerData;
// Elsewhere it would be the whole process that steps back.
if (isPatient && process.platform === 'linux') {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

parentPort?.on('message', async ({ scenario, run }: SeedOrder) => {
  const { simulation }: { readonly simulation: Simulation } = await import(scenario);
  const { trace: _, log: __, ...answer } = await simulation.run(run);
  parentPort?.postMessage(answer);
});
