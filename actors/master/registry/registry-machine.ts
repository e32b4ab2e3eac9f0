/**
 * The registry as what a replicated log is applied to. An entry is a line that names the epoch it was
 * written in, and operations. One of an epoch that has passed comes to nothing, so whoever was deposed
 * and doesn't know it can write no more.
 *
 * The epoch of a leadership is the index of the entry that begins it: no two have the same.
 */
import type { Operation, StateMachine } from '../../../consensus/state-machine.ts';
import { object } from '../../../runtime/decode.ts';
import { CodedError } from '../../../runtime/errors.ts';
import { count } from '../../protocol/nouns.ts';
import type { Leader } from './leader.ts';
import { readLine } from './lines.ts';
import { decodeOperations, encodeOperations } from './operation-text.ts';
import { applyAll, type RegistryOperation, refusalOf } from './operations.ts';
import { copyRegistry, emptyRegistry, type Registry } from './registry.ts';
import { encodeSnapshot, SnapshotReader } from './snapshot.ts';

/** What whoever proposed an entry is answered. */
export type RegistryAnswer =
  | { readonly kind: 'applied'; readonly refusals: readonly (string | undefined)[] }
  /** Another leadership has begun since. */
  | { readonly kind: 'past'; readonly leader: Leader | undefined };

const entryHead = object<{ epoch: number }>({ epoch: count });
const NEWLINE = 10;

export class RegistryMachine implements StateMachine {
  #registry = emptyRegistry();
  #fault: CodedError | undefined;

  /** What it could not go on with. */
  get fault(): CodedError | undefined {
    return this.#fault;
  }

  /** As it is now; to be copied by who keeps it. */
  get registry(): Registry {
    return this.#registry;
  }

  /** @throws CodedError `registryNewer`, `registryDamaged`: this master can't go on then */
  apply({ index, data }: Operation): RegistryAnswer {
    const { epoch, operations } = this.#noting(() => decodeEntry(data));
    const [first] = operations;
    if (first?.type === 'recover') {
      const leader = { ...first.leader, epoch: index };
      const results = applyAll(this.#registry, [{ type: 'recover', leader }]);
      return { kind: 'applied', refusals: results.map(refusalOf) };
    }
    const { leader } = this.#registry;
    if (leader?.epoch !== epoch) return { kind: 'past', leader };
    return { kind: 'applied', refusals: applyAll(this.#registry, operations).map(refusalOf) };
  }

  snapshot(): Iterable<Uint8Array> {
    return encodeSnapshot(copyRegistry(this.#registry));
  }

  /** @throws CodedError as `apply` */
  restore(pieces: Iterable<Uint8Array>): void {
    this.#registry = this.#noting(() => {
      const reader = new SnapshotReader();
      for (const piece of pieces) reader.push(piece);
      return reader.finish();
    });
  }

  #noting<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (error instanceof CodedError) this.#fault = error;
      throw error;
    }
  }
}

export function encodeEntry(epoch: number, operations: readonly RegistryOperation[]): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${JSON.stringify({ epoch })}\n`),
    encodeOperations(operations),
  ]);
}

export function decodeEntry(data: Uint8Array): {
  readonly epoch: number;
  readonly operations: readonly RegistryOperation[];
} {
  const end = data.indexOf(NEWLINE);
  const line = Buffer.from(data.subarray(0, Math.max(0, end))).toString('utf8');
  const { epoch } = readLine(line, entryHead, 'an entry');
  return { epoch, operations: decodeOperations(data.subarray(end + 1)) };
}
