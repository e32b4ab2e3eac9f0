/**
 * The registrar: keeps the registry, and answers when an operation is kept.
 *
 * The master changes what it knows of an agent only after that answer: what it has said to agents
 * and frameworks must never be more than what a successor would find. Operations that arrive while
 * a batch is on its way wait for the next one.
 *
 *     apply ──▶ waiting ──batchDue──▶ kept ──registryApplied──▶ master
 *
 * The registry lives in memory: it is lost with the master. Agents come back to the next
 * one under their ids, and are taken in again.
 * Source: Mesos 1.11, src/master/registrar.cpp.
 */
import { type Address, defineActor } from '../../runtime/actor.ts';
import { applyToRegistry, type RegistryOperation, refusalOf } from './registry/operations.ts';
import { emptyRegistry, type Registry } from './registry/registry.ts';

export type RegistrarMessage =
  /** From the master: answered by exactly one `registryApplied`, in the order of asking. */
  | { readonly type: 'apply'; readonly operation: RegistryOperation }
  /** From ourselves: what has been waiting is kept together. */
  | { readonly type: 'batchDue' };

export interface FromRegistrarToMaster {
  readonly type: 'registryApplied';
  readonly operation: RegistryOperation;
  /** Set when it was not applied, as a sentence. */
  readonly refused?: string;
}

export interface RegistrarOptions {
  readonly master: Address<FromRegistrarToMaster>;
}

interface RegistrarState {
  readonly registry: Registry;
  waiting: RegistryOperation[];
}

export const registrar = defineActor<RegistrarOptions, RegistrarState, RegistrarMessage>({
  name: 'registrar',
  initialState: () => ({
    registry: emptyRegistry(),
    waiting: [],
  }),
  handlers: {
    apply(state, { operation }, context) {
      if (state.waiting.length === 0) context.send(context.self, { type: 'batchDue' });
      state.waiting.push(operation);
    },

    batchDue(state, _message, context) {
      const batch = state.waiting;
      state.waiting = [];
      for (const operation of batch) {
        const refused = refusalOf(applyToRegistry(state.registry, operation));
        context.send(context.options.master, {
          type: 'registryApplied',
          operation,
          ...(refused === undefined ? {} : { refused }),
        });
      }
    },
  },
  inspect: ({ registry, waiting }) => ({
    admittedCount: registry.admitted.size,
    unreachableCount: registry.unreachable.size,
    waitingCount: waiting.length,
  }),
});
