/**
 * The registry store that keeps everything in memory: for a master that stands alone, and for tests.
 *
 * Agents and frameworks come back to a master that was started again, and are taken in under their
 * ids. Stores of one process can share a memory, and then they are candidates that take turns; what
 * was written lasts as long as the memory.
 *
 * The replicated logs of frameworks are kept by a store that is alone, too, and last as long.
 *
 *     registrar, mastership ──▶ store ──▶ memory ──▶ registrar, mastership
 */
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { assert } from '../../../runtime/assert.ts';
import { REPLICATED_LOGS_NAME } from '../../protocol/replicated-logs.ts';
import { replicatedLogs } from '../replicated-logs/replicated-logs.ts';
import { type MemoryMessage, memory } from './memory.ts';
import type { RegistryStoreMessage, RegistryStoreOptions, StartRegistryStore } from './store.ts';

export interface MemoryStoreOptions extends RegistryStoreOptions {
  /** An actor of this node that others share. Default: one of its own, which makes it lead at once. */
  readonly memory?: Address<MemoryMessage>;
}

interface MemoryStoreState {
  memory: Address<MemoryMessage> | undefined;
}

export const memoryStore = defineActor<MemoryStoreOptions, MemoryStoreState, RegistryStoreMessage>({
  name: 'registry-store',
  initialState: () => ({ memory: undefined }),
  started(state, context) {
    const { candidate, mastership } = context.options;
    state.memory =
      context.options.memory ?? context.spawn(memory, undefined, { onCrash: 'escalate' });
    if (context.options.memory === undefined) {
      const settings = { name: REPLICATED_LOGS_NAME, onCrash: 'escalate' } as const;
      context.spawn(replicatedLogs, { keeper: { kind: 'memory' } }, settings);
    }
    context.send(state.memory, { type: 'join', store: context.self, candidate, mastership });
  },
  handlers: {
    write(state, message, context) {
      context.send(memoryOf(state), message);
    },

    read(state, message, context) {
      context.send(memoryOf(state), message);
    },

    resign(state, message, context) {
      context.send(memoryOf(state), { ...message, store: context.self });
    },
  },
});

/** With a memory of its own. */
export const startMemoryStore: StartRegistryStore = (options, parent, settings) =>
  parent.spawn(memoryStore, options, settings);

function memoryOf({ memory: known }: MemoryStoreState): Address<MemoryMessage> {
  assert(known !== undefined, 'the memory is there from the first turn on');
  return known;
}
