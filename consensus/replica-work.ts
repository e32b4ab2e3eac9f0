/**
 * The work of a replica: carries out what its member wants done (the contract is in ready.ts).
 *
 *     whatever is heard ─▶ member … (several) ─▶ workDue ─▶ messages │ append │ apply │ reads
 *
 * A turn of work comes behind what stood in the mailbox before it, so one sync and one message to
 * each peer serve all of that. Appends are completed in the order in which they were handed out;
 * one that brings a snapshot is not complete before the state machine is restored from it.
 */

import { assert } from '../runtime/assert.ts';
import { CodedError, explainError } from '../runtime/errors.ts';
import type { SnapshotMark } from './entry.ts';
import type { Member } from './member.ts';
import type { ReadState } from './raft-state.ts';
import type { Ready, SoftState, StorageAppend, StorageApply } from './ready.ts';
import { sendToPeer } from './replica-places.ts';
import { failProposals, proposeAsked, settleProposal } from './replica-proposals.ts';
import {
  type PendingAppend,
  type ReplicaContext,
  type ReplicaHandlers,
  type ReplicaState,
  wakeUp,
} from './replica-state.ts';
import { readSnapshot } from './snapshot-file-access.ts';
import { makeSnapshotWhenDue } from './snapshot-making.ts';
import { offerSnapshot } from './snapshot-sending.ts';

/**
 * So much later others are told of what is committed, if nothing else was said to them meanwhile: under
 * load the next entries say it, and a message of its own would cost as much as those.
 */
const COMMITTED_DELAY_MS = 5;

export const workHandlers: ReplicaHandlers<
  'workDue' | 'committedDue' | 'appended' | 'appendFailed' | 'snapshotRestored'
> = {
  workDue(state, _, context) {
    state.workQueued = false;
    const { member } = state;
    if (member === undefined) return;
    proposeAsked(state, context);
    while (member.hasReady()) carryOut(state, member, member.takeReady(), context);
    makeSnapshotWhenDue(state, member, context);
    if (state.committedQueued || !member.hasUntoldCommitted()) return;
    state.committedQueued = true;
    context.sendSelfAfter(COMMITTED_DELAY_MS, { type: 'committedDue' });
  },

  committedDue(state, _, context) {
    state.committedQueued = false;
    state.member?.tellCommitted();
    wakeUp(state, context);
  },

  appended(state, { number }, context) {
    const pending = state.appends.find((one) => one.number === number);
    assert(pending !== undefined, 'the storage answers once for each append');
    const { snapshot } = pending.append;
    if (snapshot === undefined) {
      pending.phase = 'done';
      completeAppends(state, context);
      return;
    }
    pending.phase = 'restoring';
    const { storage, group } = context.options;
    context.defer(readSnapshot(storage.snapshots, group, snapshot), {
      onValue: (pieces) => ({ type: 'snapshotRestored', number, pieces }),
      onError: (error) => ({ type: 'appendFailed', error: error as CodedError }),
    });
  },

  /** Nothing is promised any more. Whoever owns the storage has heard of it, too. */
  appendFailed(_, { error }, context) {
    context.log.error(`This replica ends: ${error.message}`, { code: error.code });
    context.stop();
  },

  snapshotRestored(state, { number, pieces }, context) {
    const pending = state.appends.find((one) => one.number === number);
    const mark = pending?.append.snapshot;
    assert(pending !== undefined && mark !== undefined, 'only appends with a snapshot restore one');
    if (!restore(state, mark, pieces, context)) return;
    pending.phase = 'done';
    completeAppends(state, context);
  },
};

/** What the state machine was is replaced by what the snapshot holds. @returns false: this ends */
export function restore(
  state: ReplicaState,
  mark: SnapshotMark,
  pieces: readonly Uint8Array[],
  context: ReplicaContext,
): boolean {
  if (understood(() => state.machine.restore(pieces), context) === undefined) return false;
  state.appliedIndex = mark.index;
  state.snapshotIndex = Math.max(state.snapshotIndex, mark.index);
  state.checkpoints = [];
  noteMembership(state, mark.membership, context);
  tellApplied(state, context);
  return true;
}

/**
 * What a machine says that it can't go on with (it was written by a newer version, say) ends this
 * replica in order, so that the log stays as it is. What else is thrown is our mistake.
 */
function understood(
  work: () => unknown,
  context: ReplicaContext,
): { readonly answer: unknown } | undefined {
  try {
    return { answer: work() };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    context.log.error(`This replica ends: ${explainError(error)}`, { code: error.code });
    context.stop();
    return undefined;
  }
}

function carryOut(
  state: ReplicaState,
  member: Member,
  ready: Ready,
  context: ReplicaContext,
): void {
  for (const message of ready.messages) {
    if (message.type === 'installSnapshot') offerSnapshot(state, member, message, context);
    else sendToPeer(state, message, context);
  }
  if (ready.append !== undefined) append(state, ready.append, context);
  if (ready.apply !== undefined) apply(state, member, ready.apply, context);
  noteReads(state, ready.readStates, context);
  if (ready.softState !== undefined) noteRole(state, member, ready.softState, context);
}

function append(state: ReplicaState, what: StorageAppend, context: ReplicaContext): void {
  const { storage, group } = context.options;
  const number = state.nextAppendNumber++;
  state.appends.push({ number, append: what, phase: 'writing' });
  const { entries, hardState, snapshot, mustSync } = what;
  const written = new Promise<void>((resolve, reject) => {
    storage.append({
      group,
      entries,
      hardState,
      snapshotMark: snapshot,
      restores: snapshot !== undefined,
      mustSync,
      done: (error) => (error === undefined ? resolve() : reject(error)),
    });
  });
  context.defer(written, {
    onValue: () => ({ type: 'appended', number }),
    onError: (error) => ({ type: 'appendFailed', error: error as CodedError }),
  });
}

function completeAppends(state: ReplicaState, context: ReplicaContext): void {
  const { member, appends } = state;
  assert(member !== undefined, 'only a member has appends');
  let first: PendingAppend | undefined = appends[0];
  while (first?.phase === 'done') {
    appends.shift();
    const { responses, completion } = first.append;
    for (const response of responses) sendToPeer(state, response, context);
    member.storageAppended(completion);
    first = appends[0];
  }
  wakeUp(state, context);
}

function apply(
  state: ReplicaState,
  member: Member,
  { entries, completion }: StorageApply,
  context: ReplicaContext,
): void {
  for (const entry of entries) {
    // A snapshot that was restored meanwhile holds it already.
    if (entry.index <= state.appliedIndex) continue;
    assert(entry.index === state.appliedIndex + 1, 'entries are applied without a gap');
    const done = understood(
      () => (entry.kind === 'operation' ? state.machine.apply(entry) : undefined),
      context,
    );
    if (done === undefined) return;
    state.appliedIndex = entry.index;
    settleProposal(state, entry, done.answer, context);
  }
  member.storageApplied(completion);
  noteMembership(state, member.summary().membership, context);
  tellApplied(state, context);
  answerReads(state, context);
}

function tellApplied({ appliedIndex: index }: ReplicaState, context: ReplicaContext): void {
  const { owner, group } = context.options;
  context.send(owner, { type: 'applied', group, index });
}

function noteMembership(
  state: ReplicaState,
  membership: ReplicaState['membership'],
  context: ReplicaContext,
): void {
  if (membership === state.membership) return;
  state.membership = membership;
  const { owner, group } = context.options;
  context.send(owner, { type: 'membershipChanged', group, membership });
}

function noteRole(
  state: ReplicaState,
  member: Member,
  { role, leader }: SoftState,
  context: ReplicaContext,
): void {
  const { owner, group } = context.options;
  if (role !== 'leader') {
    failProposals(state, context);
    state.sending.clear();
  }
  const { term } = member.summary();
  const address = state.membership.addresses[String(leader)];
  context.send(owner, {
    type: 'roleChanged',
    group,
    role,
    term,
    leader: leader === 0 ? undefined : { memberId: leader, address },
  });
}

function noteReads(
  state: ReplicaState,
  readStates: readonly ReadState[],
  context: ReplicaContext,
): void {
  for (const { readId, index } of readStates) {
    const read = state.reads.get(readId);
    if (read !== undefined) read.index = index;
  }
  if (readStates.length > 0) answerReads(state, context);
}

function answerReads(state: ReplicaState, context: ReplicaContext): void {
  for (const [readId, { index, number, replyTo }] of state.reads) {
    if (index === undefined || index > state.appliedIndex) continue;
    state.reads.delete(readId);
    context.send(replyTo, { type: 'readable', number });
  }
}
