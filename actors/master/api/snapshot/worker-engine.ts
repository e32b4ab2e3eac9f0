/**
 * The engine of readers on a thread of its own: what it encodes and joins costs the master's loop
 * nothing, nor does its garbage. Changes are copied there, answers are handed over without a copy.
 */
import { Worker } from 'node:worker_threads';
import type { ReadEngine } from './read-changes.ts';
import type { FromReadsWorker, ToReadsWorker } from './reads-worker.ts';

interface Asked {
  readonly resolve: (pieces: readonly Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param onFailed hears once when the thread ends by itself; questions are rejected from then on
 * @param worker   runs `reads-worker`; tests start theirs with a loader for TypeScript
 */
export function workerEngine(
  onFailed: (error: Error) => void,
  worker = new Worker(new URL('./reads-worker.js', import.meta.url)),
): ReadEngine {
  /** In the order of asking, in which they are answered. */
  const asked: Asked[] = [];
  let failure: Error | undefined;
  const fail = (error: Error) => {
    if (failure !== undefined) return;
    failure = error;
    for (const { reject } of asked.splice(0)) reject(error);
    onFailed(error);
  };
  worker.on('message', (answer: FromReadsWorker) => {
    const next = asked.shift();
    if (asked.length === 0) worker.unref();
    if ('pieces' in answer) next?.resolve(answer.pieces);
    else next?.reject(new Error(answer.fault));
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`The thread of readers ended with code ${code}`)));
  // It keeps no process alive but for who waits for an answer.
  worker.unref();
  const post = (message: ToReadsWorker) => worker.postMessage(message);
  return {
    apply: (changes) => post({ changes }),
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        asked.push({ resolve, reject });
        worker.ref();
        post({ question });
      }),
    async close() {
      failure ??= new Error('The node ends');
      for (const { reject } of asked.splice(0)) reject(failure);
      await worker.terminate();
    },
  };
}
