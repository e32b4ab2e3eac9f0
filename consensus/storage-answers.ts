/**
 * What a member's own storage and state machine confirm: what is durable, what is applied.
 */
import { assert } from '../runtime/assert.ts';
import type { StorageAppended, StorageApplied } from './messages.ts';
import { leaveJointWhenDue } from './proposing.ts';
import { receive } from './raft.ts';
import type { RaftState } from './raft-state.ts';
import { applyMembershipEntry } from './reconfiguring.ts';

/**
 * The stored log may be read now in place of what was waiting, but only if the term is still the same.
 * Otherwise a leader of term 3 could have replaced entries of term 2 and one of term 4 brought those of
 * term 2 back, all at the same indexes: the first write of them is done, the second, which replaces
 * them, is not, the third is waiting. Read from the stored log, they would turn into those of term 3
 * for a while. Each later append says again what is durable by then, and so makes up for this one.
 */
export function storageAppended(state: RaftState, completion: StorageAppended): void {
  assert(
    completion.term <= state.term,
    `storage confirms term ${completion.term}, not a later one`,
  );
  for (const answer of completion.ownAnswers) receive(state, answer);
  const { log } = state;
  if (completion.term === state.term && completion.lastIndex > 0) {
    log.unstable.stored(completion.lastIndex, completion.lastTerm);
  }
  // What is in a snapshot is committed, in whatever term.
  if (completion.snapshot === undefined) return;
  log.unstable.snapshotStored(completion.snapshot.index);
  if (completion.snapshot.index > log.applied) log.appliedTo(completion.snapshot.index);
  leaveJointWhenDue(state);
}

export function storageApplied(state: RaftState, completion: StorageApplied): void {
  for (const entry of completion.membershipEntries) applyMembershipEntry(state, entry);
  state.log.appliedTo(Math.max(completion.index, state.log.applied), completion);
  state.uncommittedBytes = Math.max(0, state.uncommittedBytes - completion.payloadBytes);
  leaveJointWhenDue(state);
}
