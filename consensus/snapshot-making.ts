/**
 * A replica takes a snapshot of its state machine now and then, so that its log can be cut: members
 * that are further behind than what is kept are sent it, and a restart has less to apply.
 *
 * Where the entries themselves are kept, the log is cut only behind those that were given up, so
 * what the state machine was at some places is remembered until then.
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

/** Every second one is forgotten then: a log is cut at one of them, a little before it could be. */
const CHECKPOINTS_MAX = 1000;

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
  // One at a time: of the same index, two would write to one file.
  const isBusy = state.isMakingSnapshot || state.receiving !== undefined || isRestoring(state);
  const keptFrom = state.machine.keptFrom?.();
  if (keptFrom !== undefined) {
    noteCheckpointWhenDue(state, member, context);
    if (isBusy) return;
    const last = state.checkpoints.findLast(({ mark }) => mark.index < keptFrom);
    if (last === undefined) return;
    state.checkpoints = state.checkpoints.filter(({ mark }) => mark.index > last.mark.index);
    makeSnapshot(state, last.mark, last.pieces, context);
    return;
  }
  const { snapshotEntryCount } = context.options;
  if (isBusy || state.appliedIndex - state.snapshotIndex < snapshotEntryCount) return;
  makeSnapshot(state, presentMark(state, member, context), state.machine.snapshot(), context);
}

function makeSnapshot(
  state: ReplicaState,
  mark: SnapshotMark,
  pieces: Iterable<Uint8Array>,
  context: ReplicaContext,
): void {
  const { storage, group } = context.options;
  state.isMakingSnapshot = true;
  state.snapshotIndex = mark.index;
  context.defer(writeSnapshot(storage.snapshots, { group, mark }, pieces), {
    onValue: () => ({ type: 'snapshotMade', mark }),
    onError: (error) => ({ type: 'snapshotNotMade', sentence: describeError(error) }),
  });
}

/** What was applied last is the end of a log that may be cut there, once its entries are given up. */
function noteCheckpointWhenDue(state: ReplicaState, member: Member, context: ReplicaContext): void {
  const { snapshotEntryCount } = context.options;
  const lastIndex = state.checkpoints.at(-1)?.mark.index ?? state.snapshotIndex;
  if (state.appliedIndex - lastIndex < snapshotEntryCount || isRestoring(state)) return;
  const mark = presentMark(state, member, context);
  const all = [...state.checkpoints, { mark, pieces: [...state.machine.snapshot()] }];
  state.checkpoints =
    all.length <= CHECKPOINTS_MAX ? all : all.filter((_, index) => index % 2 !== all.length % 2);
}

function presentMark(state: ReplicaState, member: Member, context: ReplicaContext): SnapshotMark {
  const { storage, group } = context.options;
  const { appliedIndex } = state;
  const term = storage.reader(group).term(appliedIndex);
  assert(term !== undefined, 'what was applied last is in the log');
  const { membership } = member.summary();
  return { index: appliedIndex, term, membership };
}
