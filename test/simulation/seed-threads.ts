/** Runs seeds in threads: one seed after the other in each, outcomes as they come. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bundleOf } from './seed-bundle.ts';
import type { SeedOrder, WorkerSettings } from './seed-worker.ts';
import type { SeedRun, ShortOutcome } from './simulation.ts';

/** As many as the machine has cores, within reason. */
export const THREAD_COUNT = Math.min(availableParallelism(), 4);

export interface SeedThreads {
  /** The module that exports the `simulation`. */
  readonly scenario: URL;
  readonly runs: readonly SeedRun[];
  readonly threadCount?: number;
  /** @returns false to begin no more seeds */
  readonly onOutcome: (outcome: ShortOutcome, tookMs: number) => boolean;
  /** What a seed that takes longer than this is said to have come to; it is ended. */
  readonly overdue?: { readonly afterMs: number; outcome(run: SeedRun): ShortOutcome };
}

const WORKER = new URL('./seed-worker.ts', import.meta.url);

/** Most of what a seed makes is soon forgotten: with more room it costs a third less to clear it away. */
const LIMITS = { maxYoungGenerationSizeMb: 96 };

/** Resolves when all seeds that were begun have ended. */
export async function runInThreads(options: SeedThreads): Promise<void> {
  const line = [...options.runs];
  const { threadCount: count = THREAD_COUNT } = options;
  await Promise.all(Array.from({ length: count }, () => runThread(options, line)));
}

/** @param line the seeds that wait, for all threads; emptied where no more are wanted */
async function runThread(options: SeedThreads, line: SeedRun[]): Promise<void> {
  const { overdue, onOutcome } = options;
  const scenario = bundleOf(options.scenario).href;
  let worker: Worker | undefined;
  for (let run = line.shift(); run !== undefined; run = line.shift()) {
    worker ??= startSeedWorker({ isPatient: false });
    const beganMs = performance.now();
    const answer = await within(overdue?.afterMs, answerOf(worker, { scenario, run }));
    if (answer === undefined) {
      await worker.terminate();
      worker = undefined;
    }
    const outcome = answer ?? overdue?.outcome(run);
    if (outcome === undefined || !onOutcome(outcome, performance.now() - beganMs)) line.length = 0;
  }
  await worker?.terminate();
}

/** A thread that runs what it is given. */
export function startSeedWorker(settings: WorkerSettings): Worker {
  return new Worker(bundleOf(WORKER), { workerData: settings, resourceLimits: LIMITS });
}

/** Runs one seed there; one at a time. */
export function answerOf(worker: Worker, order: SeedOrder): Promise<ShortOutcome> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      worker.off('message', answered);
      worker.off('error', failed);
    };
    const answered = (outcome: ShortOutcome) => {
      leave();
      resolve(outcome);
    };
    const failed = (error: unknown) => {
      leave();
      reject(error);
    };
    worker.on('message', answered);
    worker.on('error', failed);
    worker.postMessage(order);
  });
}

/** @returns undefined when it takes longer */
async function within<Value>(
  limitMs: number | undefined,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  if (limitMs === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
