/** The thread of readers: hears changes and questions, answers in their order. */
import { parentPort } from 'node:worker_threads';
import { describeError } from '../../../../runtime/errors.ts';
import { ModelEngine } from './model-engine.ts';
import type { ReadChange, ReadQuestion } from './read-changes.ts';

export type ToReadsWorker =
  | { readonly changes: readonly ReadChange[] }
  | { readonly question: ReadQuestion };

export type FromReadsWorker =
  | { readonly pieces: readonly Uint8Array[] }
  | { readonly fault: string };

const engine = new ModelEngine();

parentPort?.on('message', (message: ToReadsWorker) => {
  if ('changes' in message) {
    engine.apply(message.changes);
    return;
  }
  try {
    const pieces = engine.answer(message.question).map(owned);
    const answer: FromReadsWorker = { pieces };
    parentPort?.postMessage(
      answer,
      pieces.map(({ buffer }) => buffer),
    );
  } catch (error) {
    const answer: FromReadsWorker = { fault: describeError(error) };
    parentPort?.postMessage(answer);
  }
});

/** Bytes that share their memory with nobody can be given away. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
    return bytes as Uint8Array<ArrayBuffer>;
  }
  return Uint8Array.from(bytes);
}
