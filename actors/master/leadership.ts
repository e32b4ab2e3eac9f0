/** Whether this master leads: it always does, being the only candidate of a store of its own. */
import { assert } from '../../runtime/assert.ts';
import type { MasterHandlers } from './messages.ts';
import { FIRST_EPOCH } from './registry/memory.ts';
import type { FromStoreToMastership } from './registry/store.ts';

export const leadershipHandlers: MasterHandlers<FromStoreToMastership['type']> = {
  elected(_state, { leader }) {
    assert(leader.epoch === FIRST_EPOCH, 'the only candidate is elected once');
  },

  deposed() {
    assert(false, 'who never resigns and is alone is not deposed');
  },

  leaderChanged() {
    assert(false, 'who is alone leads');
  },

  mastersChanged() {
    assert(false, 'a memory does not decide who the masters are');
  },
};
