/**
 * The registry store that keeps everything in memory: for a master that stands alone, and for tests.
 *
 * Agents and frameworks come back to a master that was started again, and are taken in under their
 * ids. Stores of one process can share a memory, and then they are candidates that take turns; what
 * was written lasts as long as the memory.
 *
 *     registrar, mastership ──▶ store ──▶ memory ──▶ registrar, mastership
 */
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { assert } from '../../../runtime/assert.ts';
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
