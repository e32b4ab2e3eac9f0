/** Runs seeds in threads: one seed after the other in each, outcomes as they come. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** As many as the machine has cores, within reason. */
export const THREAD_COUNT = Math.min(availableParallelism(), 4);

export interface SeedThreads<Outcome> {
  /** A thread's file: it gets seeds as messages and answers each with an outcome. */
  readonly worker: URL;
  readonly seeds: Iterable<string>;
  readonly threadCount?: number;
  /** @returns false to begin no more seeds */
  readonly onOutcome: (outcome: Outcome, seed: string) => boolean;
  /** What a seed that takes longer than this is said to have come to; it is ended. */
  readonly overdue?: { readonly afterMs: number; outcome(seed: string): Outcome };
}

/** tsx does not follow into threads by itself. */
function bootOf(worker: URL): string {
  return `
    import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
      register();
      return import(${JSON.stringify(worker.href)});
    });
  `;
}

/** Resolves when all seeds that were begun have ended. */
export async function runInThreads<Outcome>(options: SeedThreads<Outcome>): Promise<void> {
  const seeds = options.seeds[Symbol.iterator]();
  const line: Line = { next: () => seeds.next().value as string | undefined, isOver: false };
  const { threadCount: count = THREAD_COUNT } = options;
  await Promise.all(Array.from({ length: count }, () => runThread(options, line)));
}

/** The seeds that wait, for all threads. */
interface Line {
  next(): string | undefined;
  isOver: boolean;
}

async function runThread<Outcome>(options: SeedThreads<Outcome>, line: Line): Promise<void> {
  const { overdue, onOutcome } = options;
  let worker: Worker | undefined;
  for (;;) {
    const seed = line.isOver ? undefined : line.next();
    if (seed === undefined) break;
    worker ??= new Worker(bootOf(options.worker), { eval: true });
    const answer = await within(overdue?.afterMs, answerOf<Outcome>(worker, seed));
    if (answer === undefined) {
      await worker.terminate();
      worker = undefined;
    }
    const outcome = answer === undefined ? overdue?.outcome(seed) : answer.outcome;
    if (outcome === undefined || !onOutcome(outcome, seed)) line.isOver = true;
  }
  await worker?.terminate();
}

function answerOf<Outcome>(worker: Worker, seed: string): Promise<{ readonly outcome: Outcome }> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      worker.off('message', answered);
      worker.off('error', failed);
    };
    const answered = (outcome: Outcome) => {
      leave();
      resolve({ outcome });
    };
    const failed = (error: unknown) => {
      leave();
      reject(error);
    };
    worker.on('message', answered);
    worker.on('error', failed);
    worker.postMessage(seed);
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
