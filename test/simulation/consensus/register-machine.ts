/**
 * What the simulated groups keep: registers under keys, and a sum over everything that was ever applied.
 *
 * Two machines with the same sum at the same place have applied the same operations in the same order,
 * be it one by one or by way of a snapshot.
 */
import type { Operation, StateMachine } from '../../../consensus/state-machine.ts';
import { mix } from '../../kit/linearizability-models.ts';

export type RegisterOperation = { readonly id: number; readonly key: string } & (
  | { readonly type: 'write'; readonly value: number }
  | {
      readonly type: 'compareAndSet';
      readonly expected: number | null;
      readonly value: number;
    }
);

interface Kept {
  readonly values: readonly (readonly [string, number])[];
  readonly sum: number;
  readonly lastIndex: number;
}

export interface MachineWitness {
  applied(machine: RegisterMachine, operation: RegisterOperation, index: number): void;
  restored(machine: RegisterMachine): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeOperation(operation: RegisterOperation): Uint8Array {
  return encoder.encode(JSON.stringify(operation));
}

export function decodeOperation(data: Uint8Array): RegisterOperation {
  return JSON.parse(decoder.decode(data)) as RegisterOperation;
}

export class RegisterMachine implements StateMachine {
  sum = 0;
  /** Of the last operation; what is between operations is not seen here. */
  lastIndex = 0;
  #values = new Map<string, number>();
  readonly #witness: MachineWitness;
  /** Snapshots are made larger by so much, to be sent in several pieces. */
  readonly #ballastBytes: number;

  constructor(witness: MachineWitness, ballastBytes: number) {
    this.#witness = witness;
    this.#ballastBytes = ballastBytes;
  }

  valueOf(key: string): number | null {
    return this.#values.get(key) ?? null;
  }

  apply({ index, data }: Operation): boolean {
    const operation = decodeOperation(data);
    this.sum = mix(Math.imul(this.sum, 31) + operation.id + Math.imul(index, 0x01000193));
    this.lastIndex = index;
    const done = operation.type === 'write' || this.valueOf(operation.key) === operation.expected;
    if (done) this.#values.set(operation.key, operation.value);
    this.#witness.applied(this, operation, index);
    return done;
  }

  *snapshot(): Iterable<Uint8Array> {
    const kept: Kept = {
      values: [...this.#values].sort(),
      sum: this.sum,
      lastIndex: this.lastIndex,
    };
    yield encoder.encode(`${JSON.stringify(kept)}\n`);
    for (let bytes = 0; bytes < this.#ballastBytes; bytes += 16_384) {
      yield new Uint8Array(Math.min(16_384, this.#ballastBytes - bytes)).fill(32);
    }
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const text = [...pieces].map((piece) => decoder.decode(piece)).join('');
    const { values, sum, lastIndex } = JSON.parse(text) as Kept;
    this.#values = new Map(values);
    this.sum = sum;
    this.lastIndex = lastIndex;
    this.#witness.restored(this);
  }
}
