/**
 * Histories of one register as text, one word for each event, in the order in which they happened. It
 * begins with the number of the client:
 *
 *   4r  asks to read        4w3  asks to write 3        4c2>3  asks to make 3 out of 2
 *   4=3 has read 3 (nil: nothing yet)    4+ it was done    4- it was not done: another value was there
 *   4?  gave up waiting: it may have happened, may happen later, or never
 */
import type { Operation, RegisterInput, Value } from './linearizability-models.ts';

export type RegisterOperation = Operation<RegisterInput, Value | boolean>;

const EVENT = /^(\d+)(?:(r)|w(\d+)|c(\d+)>(\d+)|=(nil|\d+)|([+\-?]))$/;

/** @throws when an event can't be read, or ends what was not begun */
export function readRegisterHistory(text: string): RegisterOperation[] {
  const operations: RegisterOperation[] = [];
  /** By client, where in `operations` the one is that it waits for. */
  const waiting = new Map<string, number>();
  for (const [at, word] of text.trim().split(/\s+/).entries()) {
    const [, client, read, written, expected, changed, found, end] = EVENT.exec(word) ?? [];
    if (client === undefined) throw new Error(`Cannot read the event "${word}"`);
    const input = readInput(read, written, expected, changed);
    if (input !== undefined) {
      if (waiting.has(client)) throw new Error(`Client ${client} asks twice at "${word}"`);
      waiting.set(client, operations.length);
      operations.push({ client, input, invokedAt: at });
      continue;
    }
    const index = waiting.get(client) ?? -1;
    const operation = operations[index];
    if (operation === undefined) throw new Error(`Client ${client} asked nothing before "${word}"`);
    waiting.delete(client);
    if (end === '?') continue;
    const output = end === undefined ? readValue(found) : end === '+';
    operations[index] = { ...operation, answer: { at, output } };
  }
  return operations;
}

function readInput(
  read: string | undefined,
  written: string | undefined,
  expected: string | undefined,
  changed: string | undefined,
): RegisterInput | undefined {
  if (read !== undefined) return { type: 'read' };
  if (written !== undefined) return { type: 'write', value: readValue(written) };
  if (expected === undefined) return undefined;
  return { type: 'compareAndSet', expected: readValue(expected), value: readValue(changed) };
}

function readValue(text: string | undefined): Value {
  return text === undefined || text === 'nil' ? null : Number(text);
}
