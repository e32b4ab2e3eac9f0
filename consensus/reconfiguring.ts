/**
 * A change of who belongs to the group comes into force: when its entry is applied, not before.
 *
 * Activation at application needs the rule of one change at a time, and members with unapplied
 * changes that do not campaign (election.ts); see etcd issue 7625.
 */
import { assert } from '../runtime/assert.ts';
import type { Membership } from './entry.ts';
import { changeMembership } from './membership.ts';
import type { MembershipEntry } from './messages.ts';
import { allVoters } from './quorum.ts';
import { type RaftState, setMembership } from './raft-state.ts';
import { answerConfirmedReads, beginEarlyReads } from './reading.ts';
import { advanceCommitted, broadcastAppend } from './replication.ts';
import { becomeFollower } from './roles.ts';

export function applyMembershipEntry(state: RaftState, entry: MembershipEntry): void {
  // Applied while a snapshot that has it already came in: what is in force is newer.
  if (entry.index <= state.membershipIndex) return;
  const changed = changeMembership(state.membership, entry.change);
  assert(
    'membership' in changed,
    `the membership change at ${entry.index} can be made${'fault' in changed ? `: ${changed.fault}` : ''}`,
  );
  switchMembership(state, changed.membership, entry.index);
}

export function switchMembership(state: RaftState, membership: Membership, index: number): void {
  setMembership(state, membership, index);
  if (state.role !== 'leader') return;
  const own = state.progress.get(state.id);
  if (own === undefined || own.isLearner) {
    becomeFollower(state, state.term, 0);
    return;
  }
  // Fewer may be needed to agree than before.
  const isMoreCommitted = advanceCommitted(state);
  if (isMoreCommitted) beginEarlyReads(state);
  // Who is new is probed at once, not only with the next heartbeat.
  broadcastAppend(state, isMoreCommitted);
  answerConfirmedReads(state);
  if (!allVoters(membership).includes(state.transferTarget)) state.transferTarget = 0;
}
