/**
 * What may enter the log, and why something may not.
 *
 * Of membership changes only one is under way at a time, and none before the leader has committed an
 * entry of its own term: it could otherwise add to one of an earlier leader that it does not know to
 * be committed, and two memberships without a common quorum would be in force (Ongaro, raft-dev,
 * 10 July 2015). All are judged by the membership in force, which is then also the newest in the log.
 */
import { payloadBytes } from './entry-size.ts';
import { changeMembership } from './membership.ts';
import type { PeerMessageOf, Proposal } from './messages.ts';
import { hasCommittedInTerm, type RaftState } from './raft-state.ts';
import { appendOwn, broadcastAppend } from './replication.ts';

export type DropReason =
  | 'noLeader'
  | 'removed'
  | 'notForwarded'
  | 'transferring'
  | 'tooMuchUncommitted'
  | 'changePending'
  | 'termNotCommitted'
  | 'changeImpossible';

export type ProposalOutcome =
  /** In the leader's log: committed if the entry at `firstIndex` is applied with this term. */
  | { readonly outcome: 'appended'; readonly firstIndex: number; readonly term: number }
  /** On its way to the leader, which may drop it in silence. */
  | { readonly outcome: 'forwarded' }
  /** Nowhere, for certain. */
  | { readonly outcome: 'dropped'; readonly reason: DropReason; readonly sentence: string };

/** All of them become entries, one behind the other, or none does. */
export function propose(state: RaftState, proposals: readonly Proposal[]): ProposalOutcome {
  if (state.role === 'leader') return proposeAsLeader(state, proposals);
  const { id, leader } = state;
  if (state.role !== 'follower' || leader === 0) {
    return state.progress.has(id)
      ? dropped('noLeader', 'no leader is known')
      : dropped('removed', `member ${id} does not belong to the group`);
  }
  if (!state.options.forwardsProposals) {
    return dropped('notForwarded', `member ${leader} leads, propose there`);
  }
  state.messages.push({ type: 'forwardProposals', from: id, to: leader, term: 0, proposals });
  return { outcome: 'forwarded' };
}

export function forwardProposals(
  state: RaftState,
  message: PeerMessageOf<'forwardProposals'>,
): void {
  // Passed on once: between two that each take the other for the leader it would go round.
  if (state.role === 'leader') proposeAsLeader(state, message.proposals);
}

/** A joint membership that leaves itself is left as soon as nothing else is pending. */
export function leaveJointWhenDue(state: RaftState): void {
  if (state.role !== 'leader' || !state.membership.leavesJointItself) return;
  if (state.log.applied < state.pendingChangeIndex) return;
  // Dropped while leadership is handed over: then it is tried again with the next tick.
  proposeAsLeader(state, [{ kind: 'membership', change: { transition: 'auto', steps: [] } }]);
}

function proposeAsLeader(state: RaftState, proposals: readonly Proposal[]): ProposalOutcome {
  if (state.transferTarget !== 0) {
    const target = state.transferTarget;
    return dropped('transferring', `leadership is being handed over to member ${target}`);
  }
  const { log, options } = state;
  let pendingChangeIndex = state.pendingChangeIndex;
  let bytes = 0;
  for (const [place, proposal] of proposals.entries()) {
    bytes += payloadBytes(proposal);
    if (proposal.kind !== 'membership') continue;
    const drop = dropOfChange(state, proposal, pendingChangeIndex);
    if (drop !== undefined) return drop;
    pendingChangeIndex = log.lastIndex + 1 + place;
  }
  // What is empty is never refused: a joint membership must always be left.
  if (
    bytes > 0 &&
    state.uncommittedBytes > 0 &&
    state.uncommittedBytes + bytes > options.uncommittedBytesMax
  ) {
    const waiting = `${state.uncommittedBytes} bytes wait to be committed and applied`;
    return dropped('tooMuchUncommitted', `${waiting}, ${bytes} more are too many`);
  }
  state.pendingChangeIndex = pendingChangeIndex;
  state.uncommittedBytes += bytes;
  const firstIndex = appendOwn(state, proposals);
  broadcastAppend(state);
  return { outcome: 'appended', firstIndex, term: state.term };
}

function dropOfChange(
  state: RaftState,
  { change }: Extract<Proposal, { kind: 'membership' }>,
  pendingChangeIndex: number,
): ProposalOutcome | undefined {
  if (pendingChangeIndex > state.log.applied) {
    return dropped(
      'changePending',
      `a membership change up to entry ${pendingChangeIndex} may not be applied yet`,
    );
  }
  if (!hasCommittedInTerm(state)) {
    return dropped('termNotCommitted', `nothing of term ${state.term} is committed yet`);
  }
  const changed = changeMembership(state.membership, change);
  return 'fault' in changed ? dropped('changeImpossible', changed.fault) : undefined;
}

function dropped(reason: DropReason, why: string): ProposalOutcome {
  const sentence = reason === 'changeImpossible' ? why : `Cannot append the proposal: ${why}`;
  return { outcome: 'dropped', reason, sentence };
}
