/**
 * Handing over leadership: the target is brought up to date, then told to begin an election at once.
 *
 * Meanwhile the leader takes no proposals. After one election timeout it gives up and leads on.
 * Source: Ongaro's dissertation, 3.10.
 */
import type { MemberId } from './entry.ts';
import type { PeerMessageOf } from './messages.ts';
import type { RaftState } from './raft-state.ts';
import { progressOf, sendAppend } from './replication.ts';

export type TransferRefusal =
  | 'noLeader'
  /** It leads already. */
  | 'leads'
  /** It does not vote, or does not belong to the group. */
  | 'notAVoter'
  /** A transfer to it is under way. */
  | 'underWay';

/** Passed on where another leads; then its outcome shows only in who leads. */
export function transferLeadership(
  state: RaftState,
  target: MemberId,
): TransferRefusal | undefined {
  if (state.role === 'leader') return begin(state, target);
  if (state.role !== 'follower' || state.leader === 0) return 'noLeader';
  if (state.leader === target) return 'leads';
  const { id, leader } = state;
  state.messages.push({ type: 'forwardTransfer', from: id, to: leader, term: 0, target });
  return undefined;
}

export function forwardTransfer(state: RaftState, message: PeerMessageOf<'forwardTransfer'>): void {
  if (state.role === 'leader') begin(state, message.target);
}

/** Called whenever a member confirmed entries. */
export function goOnWithTransfer(state: RaftState, memberId: MemberId): void {
  if (state.transferTarget !== memberId) return;
  if (progressOf(state, memberId).matchIndex < state.log.lastIndex) return;
  sendTimeoutNow(state, memberId);
}

function begin(state: RaftState, target: MemberId): TransferRefusal | undefined {
  const progress = state.progress.get(target);
  if (progress === undefined || progress.isLearner) return 'notAVoter';
  if (target === state.transferTarget) return 'underWay';
  // Another target replaces the one before; the leader itself only ends that transfer.
  state.transferTarget = 0;
  if (target === state.id) return 'leads';
  state.electionElapsedTicks = 0;
  state.transferTarget = target;
  if (progress.matchIndex === state.log.lastIndex) sendTimeoutNow(state, target);
  else sendAppend(state, target, true);
  return undefined;
}

function sendTimeoutNow(state: RaftState, to: MemberId): void {
  state.messages.push({ type: 'timeoutNow', from: state.id, to, term: state.term });
}
