/**
 * What a member gives up and takes up when its role changes.
 *
 * To become a leader needs more (an entry of its own): see election.ts.
 */
import { assert } from '../runtime/assert.ts';
import type { MemberId } from './entry.ts';
import { Progress } from './progress.ts';
import type { RaftState } from './raft-state.ts';

/** `leader` is 0 while it is not known. */
export function becomeFollower(state: RaftState, term: number, leader: MemberId): void {
  beginAnew(state, term);
  state.role = 'follower';
  state.leader = leader;
}

/** Neither term nor vote change: who asks promises nothing. */
export function becomePreCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'a leader does not ask to become one');
  state.votes.clear();
  state.role = 'preCandidate';
  state.leader = 0;
}

export function becomeCandidate(state: RaftState): void {
  assert(state.role !== 'leader', 'a leader does not ask to become one');
  beginAnew(state, state.term + 1);
  state.role = 'candidate';
  state.vote = state.id;
}

/** Everything of the old role is forgotten, and a new timeout is drawn. */
export function beginAnew(state: RaftState, term: number): void {
  const { options, log } = state;
  assert(term >= state.term, `term ${term} does not go back behind ${state.term}`);
  if (state.term !== term) {
    state.term = term;
    state.vote = 0;
  }
  state.leader = 0;
  state.electionElapsedTicks = 0;
  state.heartbeatElapsedTicks = 0;
  state.electionTimeoutTicks =
    options.electionTicks + Math.floor(options.random() * options.electionTicks);
  state.transferTarget = 0;
  state.votes.clear();
  for (const memberId of state.memberIds) {
    const { isLearner } = state.progress.get(memberId) as Progress;
    const progress = new Progress(options, log.lastIndex + 1, isLearner, /* isActive */ false);
    if (memberId === state.id) progress.matchIndex = log.lastIndex;
    state.progress.set(memberId, progress);
  }
  state.pendingChangeIndex = 0;
  state.uncommittedBytes = 0;
  state.reads.clear();
  state.earlyReads = [];
}
