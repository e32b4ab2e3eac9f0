/**
 * Who leads next: campaigns, votes, and the first entry of a new leader.
 *
 * A vote is asked for in the next term without beginning it (pre-vote, 9.6 of the dissertation): who
 * was cut off comes back without disturbing those who have a leader. Learners answer as well: who asks
 * them knows that they vote, which they themselves may not have applied yet.
 */
import { assert } from '../runtime/assert.ts';
import type { MemberId } from './entry.ts';
import type { PeerMessageOf } from './messages.ts';
import { allVoters, voteResult } from './quorum.ts';
import { isElectable, type RaftState } from './raft-state.ts';
import { appendOwn, broadcastAppend, progressOf } from './replication.ts';
import { becomeCandidate, becomeFollower, becomePreCandidate, beginAnew } from './roles.ts';

export type CampaignRefusal =
  | 'leads'
  /** It does not vote, or a snapshot is not restored yet. */
  | 'notElectable'
  /** A membership change is committed but not applied: whom would it have to ask? */
  | 'changeUnapplied';

export function campaign(state: RaftState): CampaignRefusal | undefined {
  const refusal = refusalOf(state);
  if (refusal !== undefined) return refusal;
  if (state.options.preVote) requestPreVotes(state);
  else requestVotes(state, false);
  return undefined;
}

/** The leader hands over: no pre-vote, and who hears from that leader answers nevertheless. */
export function timeoutNow(state: RaftState): void {
  if (state.role === 'follower' && refusalOf(state) === undefined) requestVotes(state, true);
}

export function requestPreVote(state: RaftState, message: PeerMessageOf<'requestPreVote'>): void {
  const isAskedAhead = message.term > state.term;
  const isGranted = (isAskedAhead || mayVoteFor(state, message.from)) && isUpToDate(state, message);
  state.promises.push({
    type: 'preVoteAnswered',
    from: state.id,
    to: message.from,
    // The term that was asked for: in its own, the one who asks would not hear a yes of the past.
    term: isGranted ? message.term : state.term,
    granted: isGranted,
  });
}

export function requestVote(state: RaftState, message: PeerMessageOf<'requestVote'>): void {
  const isGranted = mayVoteFor(state, message.from) && isUpToDate(state, message);
  state.promises.push({
    type: 'voteAnswered',
    from: state.id,
    to: message.from,
    term: state.term,
    granted: isGranted,
  });
  if (!isGranted) return;
  state.electionElapsedTicks = 0;
  state.vote = message.from;
}

export function preVoteAnswered(state: RaftState, message: PeerMessageOf<'preVoteAnswered'>): void {
  if (state.role !== 'preCandidate') return;
  const result = count(state, message.from, message.granted);
  if (result === 'won') requestVotes(state, false);
  else if (result === 'lost') becomeFollower(state, state.term, 0);
}

export function voteAnswered(state: RaftState, message: PeerMessageOf<'voteAnswered'>): void {
  if (state.role !== 'candidate') return;
  const result = count(state, message.from, message.granted);
  // The votes of others may come before its own is durable. Who led without it could start again in
  // the term before, win the same votes once more, and put other entries in the place of those it sent.
  if (result === 'won' && state.votes.get(state.id) === true) becomeLeader(state);
  else if (result === 'lost') becomeFollower(state, state.term, 0);
}

function refusalOf(state: RaftState): CampaignRefusal | undefined {
  if (state.role === 'leader') return 'leads';
  if (!isElectable(state)) return 'notElectable';
  return state.log.hasUnappliedMembership() ? 'changeUnapplied' : undefined;
}

function requestPreVotes(state: RaftState): void {
  becomePreCandidate(state);
  const { id: from, log } = state;
  const term = state.term + 1;
  for (const to of allVoters(state.membership)) {
    if (to === from) {
      state.promises.push({ type: 'preVoteAnswered', from, to, term, granted: true });
    } else {
      const { lastIndex, lastTerm } = log;
      state.messages.push({ type: 'requestPreVote', from, to, term, lastIndex, lastTerm });
    }
  }
}

function requestVotes(state: RaftState, forTransfer: boolean): void {
  becomeCandidate(state);
  const { id: from, term, log } = state;
  for (const to of allVoters(state.membership)) {
    // Its own vote counts when it is durable, like any other.
    if (to === from) state.promises.push({ type: 'voteAnswered', from, to, term, granted: true });
    else {
      const { lastIndex, lastTerm } = log;
      state.messages.push({
        type: 'requestVote',
        from,
        to,
        term,
        lastIndex,
        lastTerm,
        forTransfer,
      });
    }
  }
}

function mayVoteFor(state: RaftState, candidate: MemberId): boolean {
  return state.vote === candidate || (state.vote === 0 && state.leader === 0);
}

function isUpToDate(
  state: RaftState,
  { lastIndex, lastTerm }: PeerMessageOf<'requestVote' | 'requestPreVote'>,
): boolean {
  return state.log.isUpToDate(lastIndex, lastTerm);
}

function count(state: RaftState, voter: MemberId, isGranted: boolean) {
  if (!state.votes.has(voter)) state.votes.set(voter, isGranted);
  return voteResult(state.membership, state.votes);
}

function becomeLeader(state: RaftState): void {
  assert(state.role === 'candidate', 'only a candidate becomes a leader');
  beginAnew(state, state.term);
  state.role = 'leader';
  state.leader = state.id;
  const own = progressOf(state, state.id);
  own.becomeReplicate();
  own.isActive = true;
  // Perhaps there is no change among these entries; until they are applied, none is taken either way.
  state.pendingChangeIndex = state.log.lastIndex;
  appendOwn(state, ['empty']);
  broadcastAppend(state);
}
