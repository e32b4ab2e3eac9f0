/**
 * What the clients of a simulated object asked and were told, in the order in which it happened: one
 * history for all clients of a world, written by them, and read by the checker of linearizability.
 *
 *   invoke ──▶ waiting ──▶ ok       answered
 *                 │  ├───▶ fail     for sure it neither happened nor will; left out
 *                 ▼  │
 *              unknown ──▶ (ok, fail: a late answer is an answer still)
 *
 * A client that is waiting when the history is read, because it crashed or the world ended, knows as
 * little as one that said `unknown`. `fail` is for what was refused before anybody could act on it:
 * a leader that stepped down or a time that ran out says nothing of what will become of it.
 * Two events are never at the same place, though many are at the same virtual time.
 */
import { assert } from '../../runtime/assert.ts';
import type { Operation } from './linearizability-models.ts';

export interface RecordedOperation<Input, Output> extends Operation<Input, Output> {
  readonly invokedAtMs: number;
  readonly answeredAtMs?: number;
}

interface Call<Input, Output> {
  operation: RecordedOperation<Input, Output>;
  outcome: Outcome;
}

export type Outcome = 'waiting' | 'unknown' | 'ok' | 'fail';

export class History<Input, Output> {
  readonly #clock: { nowMs(): number };
  readonly #calls: Call<Input, Output>[] = [];
  #eventCount = 0;

  /** A host or a virtual clock. */
  constructor(clock: { nowMs(): number }) {
    this.#clock = clock;
  }

  /**
   * Before the question leaves the client.
   *
   * @returns the number by which its end is told; a client may have several under way
   */
  invoke(client: string, input: Input): number {
    const invokedAtMs = this.#clock.nowMs();
    const operation = { client, input, invokedAt: this.#eventCount++, invokedAtMs };
    return this.#calls.push({ operation, outcome: 'waiting' }) - 1;
  }

  /** After the answer has reached the client. */
  ok(callNumber: number, output: Output): void {
    const call = this.#undecided(callNumber);
    const answer = { at: this.#eventCount++, output };
    call.operation = { ...call.operation, answer, answeredAtMs: this.#clock.nowMs() };
    call.outcome = 'ok';
  }

  fail(callNumber: number): void {
    this.#undecided(callNumber).outcome = 'fail';
  }

  /** The client waits no longer. */
  unknown(callNumber: number): void {
    this.#undecided(callNumber).outcome = 'unknown';
  }

  /** What the checker takes, in the order of invocations; what failed is not among them. */
  operations(): readonly RecordedOperation<Input, Output>[] {
    return this.#calls.filter(({ outcome }) => outcome !== 'fail').map((call) => call.operation);
  }

  /** How many ended how: a history in which hardly anything was answered proves hardly anything. */
  counts(): Readonly<Record<Outcome, number>> {
    const counts = { waiting: 0, unknown: 0, ok: 0, fail: 0 };
    for (const { outcome } of this.#calls) counts[outcome]++;
    return counts;
  }

  #undecided(callNumber: number): Call<Input, Output> {
    const call = this.#calls[callNumber];
    assert(call !== undefined, `call ${callNumber} was invoked before it ends`);
    assert(
      call.outcome === 'waiting' || call.outcome === 'unknown',
      `call ${callNumber} ends once, and was ${call.outcome} already`,
    );
    return call;
  }
}

/** For `explainVerdict`: as `client 3 [1200 ms, 1350 ms] {"type":"read"} → 4`. */
export function describeRecorded(operation: RecordedOperation<unknown, unknown>): string {
  const { client, input, answer, invokedAtMs, answeredAtMs } = operation;
  const end = answeredAtMs === undefined ? '…' : `${answeredAtMs} ms`;
  const output = answer === undefined ? '' : ` → ${JSON.stringify(answer.output)}`;
  return `client ${client} [${invokedAtMs} ms, ${end}] ${JSON.stringify(input)}${output}`;
}
