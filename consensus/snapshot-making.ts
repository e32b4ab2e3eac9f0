/**
 * A replica takes a snapshot of its state machine now and then, so that its log can be cut: members
 * that are further behind than what is kept are sent it, and a restart has less to apply.
 */

import { assert } from '../runtime/assert.ts';
import { describeError } from '../runtime/errors.ts';
import type { SnapshotMark } from './entry.ts';
import type { Member } from './member.ts';
import {
  isRestoring,
  type ReplicaContext,
  type ReplicaHandlers,
  type ReplicaState,
} from './replica-state.ts';
import { writeSnapshot } from './snapshot-file-access.ts';

export const snapshotMakingHandlers: ReplicaHandlers<
  'snapshotMade' | 'snapshotMarked' | 'snapshotNotMade'
> = {
  snapshotMade(state, { mark }, context) {
    const { storage, group } = context.options;
    // One that was received meanwhile is of more, also while its mark is on its way to the disk: behind
    // that, this mark would take the log back to where it does not reach any more.
    if (storage.reader(group).snapshotMark().index >= mark.index || isRestoring(state)) {
      state.isMakingSnapshot = false;
      return;
    }
    const marked = new Promise<void>((resolve, reject) => {
      storage.append({
        group,
        entries: [],
        snapshotMark: mark,
        mustSync: true,
        done: (error) => (error === undefined ? resolve() : reject(error)),
      });
    });
    context.defer(marked, {
      onValue: () => ({ type: 'snapshotMarked' }),
      onError: (error) => ({ type: 'snapshotNotMade', sentence: describeError(error) }),
    });
  },

  snapshotMarked(state) {
    state.isMakingSnapshot = false;
  },

  /** The log grows on; it is tried again after as many entries. */
  snapshotNotMade(state, { sentence }, context) {
    state.isMakingSnapshot = false;
    context.log.warn(`Cannot take a snapshot: ${sentence}`);
  },
};

export function makeSnapshotWhenDue(
  state: ReplicaState,
  member: Member,
  context: ReplicaContext,
): void {
  const { snapshotEntryCount, storage, group } = context.options;
  const { appliedIndex } = state;
  if (appliedIndex - state.snapshotIndex < snapshotEntryCount) return;
  // One at a time: of the same index, two would write to one file.
  if (state.isMakingSnapshot || state.receiving !== undefined || isRestoring(state)) return;
  const term = storage.reader(group).term(appliedIndex);
  assert(term !== undefined, 'what was applied last is in the log');
  state.isMakingSnapshot = true;
  state.snapshotIndex = appliedIndex;
  const { membership } = member.summary();
  const mark: SnapshotMark = { index: appliedIndex, term, membership };
  const head = { group, mark };
  context.defer(writeSnapshot(storage.snapshots, head, state.machine.snapshot()), {
    onValue: () => ({ type: 'snapshotMade', mark }),
    onError: (error) => ({ type: 'snapshotNotMade', sentence: describeError(error) }),
  });
}
