/**
 * A leader's hearing: what members confirm, reject and report, and what is committed by it.
 *
 * A rejection costs one round for each term in the logs, not one for each entry: both sides leave out
 * all places that cannot match, because terms only rise within a log.
 */
import type { MemberId } from './entry.ts';
import type { PeerMessageOf, SnapshotOutcome } from './messages.ts';
import type { Progress } from './progress.ts';
import { voteResult } from './quorum.ts';
import type { RaftState } from './raft-state.ts';
import { answerConfirmedReads, beginEarlyReads } from './reading.ts';
import { advanceCommitted, broadcastAppend, sendAppend } from './replication.ts';
import { goOnWithTransfer } from './transfer.ts';

export function entriesAppended(state: RaftState, message: PeerMessageOf<'entriesAppended'>): void {
  const progress = progressAsLeader(state, message.from);
  if (progress === undefined) return;
  progress.heard();
  const { from, index } = message;
  const isNews = progress.confirm(index);
  // A probe that is confirmed opens the way also where nothing is new.
  if (!isNews && !(progress.mode === 'probe' && progress.matchIndex === index)) return;
  if (progress.mode === 'probe') progress.becomeReplicate();
  else if (progress.mode === 'replicate') progress.inflights.freeThrough(index);
  else if (progress.matchIndex + 1 >= state.log.firstIndex) {
    // Whatever snapshot it was, the log goes on from there.
    progress.becomeReplicate();
  }
  const { tellsCommittedAtOnce } = state.options;
  if (advanceCommitted(state)) {
    beginEarlyReads(state);
    broadcastAppend(state, tellsCommittedAtOnce);
  } else if (
    tellsCommittedAtOnce &&
    from !== state.id &&
    progress.wantsCommitted(state.log.committed)
  ) {
    sendAppend(state, from, true);
  }
  if (from === state.id) return;
  // There is room in the window now: perhaps for several messages.
  while (sendAppend(state, from, false));
  goOnWithTransfer(state, from);
}

export function entriesRejected(state: RaftState, message: PeerMessageOf<'entriesRejected'>): void {
  const progress = progressAsLeader(state, message.from);
  if (progress === undefined) return;
  progress.heard();
  const { hintIndex, hintTerm } = message;
  const match = hintTerm > 0 ? state.log.lastPossibleMatch(hintIndex, hintTerm).index : hintIndex;
  if (!progress.reject(message.index, match)) return;
  if (progress.mode === 'replicate') progress.becomeProbe();
  sendAppend(state, message.from, true);
}

export function heartbeatAnswered(
  state: RaftState,
  message: PeerMessageOf<'heartbeatAnswered'>,
): void {
  const progress = progressAsLeader(state, message.from);
  if (progress === undefined) return;
  progress.heard();
  progress.isPaused = false;
  // Also without entries: if those on their way were lost, the answer tells so.
  if (progress.matchIndex < state.log.lastIndex || progress.mode === 'probe') {
    sendAppend(state, message.from, true);
  }
  if (message.readPosition === 0) return;
  state.reads.answered(message.from, message.readPosition);
  answerConfirmedReads(state);
}

/** The chunks of a snapshot have all left, or will not arrive. */
export function snapshotSent(state: RaftState, memberId: MemberId, outcome: SnapshotOutcome): void {
  const progress = progressAsLeader(state, memberId);
  if (progress?.mode !== 'snapshot') return;
  if (outcome === 'failed') progress.snapshotIndex = 0;
  progress.becomeProbe();
  // Sent: its own word comes next. Failed: the next attempt waits for an answered heartbeat.
  progress.isPaused = true;
}

/** What was on its way to it is probably lost. */
export function peerUnreachable(state: RaftState, memberId: MemberId): void {
  const progress = progressAsLeader(state, memberId);
  if (progress === undefined) return;
  progress.isCutOff = true;
  if (progress.mode === 'replicate') progress.becomeProbe();
}

/** Whether a quorum was heard since the last time; from now on all must be heard anew. */
export function checkQuorumActive(state: RaftState): boolean {
  const votes = new Map<MemberId, boolean>();
  for (const memberId of state.memberIds) {
    const progress = state.progress.get(memberId) as Progress;
    votes.set(memberId, progress.isActive || memberId === state.id);
    progress.isActive = memberId === state.id;
  }
  return voteResult(state.membership, votes) === 'won';
}

function progressAsLeader(state: RaftState, memberId: MemberId): Progress | undefined {
  return state.role === 'leader' ? state.progress.get(memberId) : undefined;
}
