/**
 * A leader's sending: entries, snapshots and heartbeats to each member as fast as it can take them.
 *
 * Entries leave before they are durable here (10.2.1 of the dissertation): the leader counts itself
 * only when its own disk has confirmed, by the answer to itself in `appendOwn`.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry, MemberId } from './entry.ts';
import { payloadBytes } from './entry-size.ts';
import type { Proposal } from './messages.ts';
import type { Progress } from './progress.ts';
import { committedIndex } from './quorum.ts';
import type { RaftState } from './raft-state.ts';

/**
 * Sends what the member does not have yet, if it may be sent anything now. Without `evenEmpty`
 * nothing is sent only to tell what is committed. Returns whether something was sent.
 */
export function sendAppend(state: RaftState, to: MemberId, evenEmpty: boolean): boolean {
  const { log, options } = state;
  const progress = progressOf(state, to);
  if (progress.isBlocked) return false;
  const previousIndex = progress.nextIndex - 1;
  const previousTerm = log.term(previousIndex);
  if (previousTerm === undefined) return sendSnapshot(state, to, progress);
  const isFull = progress.mode === 'replicate' && progress.inflights.isFull;
  const entries = isFull ? [] : log.entriesFrom(progress.nextIndex, options.appendBytesMax);
  if (entries === undefined) return sendSnapshot(state, to, progress);
  if (entries.length === 0 && !evenEmpty) return false;
  state.messages.push({
    type: 'appendEntries',
    from: state.id,
    to,
    term: state.term,
    previousIndex,
    previousTerm,
    entries,
    committedIndex: log.committed,
  });
  let bytes = 0;
  for (const entry of entries) bytes += payloadBytes(entry);
  progress.sentEntries(entries.length, bytes);
  progress.sentCommitted(log.committed);
  return true;
}

export function broadcastAppend(state: RaftState, evenEmpty = true): void {
  for (const memberId of state.memberIds) {
    if (memberId !== state.id) sendAppend(state, memberId, evenEmpty);
  }
}

/** Members that can learn of more that is committed than they were told. */
export function untoldMembers(state: RaftState): readonly MemberId[] {
  if (state.role !== 'leader') return [];
  return state.memberIds.filter((memberId) => {
    const progress = progressOf(state, memberId);
    return (
      memberId !== state.id &&
      !progress.isBlocked &&
      progress.wantsCommitted(Math.min(state.log.committed, progress.matchIndex))
    );
  });
}

export function tellCommitted(state: RaftState): void {
  for (const memberId of untoldMembers(state)) sendAppend(state, memberId, true);
}

/** With the place of the last read that waits: who answers confirms all of them. */
export function broadcastHeartbeat(state: RaftState): void {
  const readPosition = state.reads.lastPosition;
  for (const memberId of state.memberIds) {
    if (memberId === state.id) continue;
    const progress = progressOf(state, memberId);
    // Beyond what it confirmed, it may have other entries than those that are committed.
    const committed = Math.min(progress.matchIndex, state.log.committed);
    state.messages.push({
      type: 'heartbeat',
      from: state.id,
      to: memberId,
      term: state.term,
      committedIndex: committed,
      readPosition,
    });
    progress.sentCommitted(committed);
  }
}

/** Puts entries at the end of the own log; returns the index of the first. */
export function appendOwn(state: RaftState, proposals: readonly (Proposal | 'empty')[]): number {
  const { log, term } = state;
  const firstIndex = log.lastIndex + 1;
  log.append(
    proposals.map((proposal, place): Entry => {
      const index = firstIndex + place;
      if (proposal === 'empty') return { kind: 'empty', index, term };
      return proposal.kind === 'operation'
        ? { kind: 'operation', index, term, data: proposal.data }
        : { kind: 'membership', index, term, change: proposal.change };
    }),
  );
  state.promises.push({
    type: 'entriesAppended',
    from: state.id,
    to: state.id,
    term,
    index: log.lastIndex,
  });
  return firstIndex;
}

/**
 * Finds what a quorum has. Only an entry of the own term is committed by counting; with it all
 * before it (5.4.2 of the Raft paper). Returns whether more is committed than was.
 */
export function advanceCommitted(state: RaftState): boolean {
  const { log, progress } = state;
  const index = committedIndex(
    state.membership,
    (memberId) => progress.get(memberId)?.matchIndex ?? 0,
  );
  if (index <= log.committed || !log.has(index, state.term)) return false;
  log.commitTo(index);
  return true;
}

export function progressOf(state: RaftState, memberId: MemberId): Progress {
  const progress = state.progress.get(memberId);
  assert(progress !== undefined, `member ${memberId} belongs to the group`);
  return progress;
}

function sendSnapshot(state: RaftState, to: MemberId, progress: Progress): boolean {
  // Who is silent would only make the leader read and send much for nothing.
  if (!progress.isActive) return false;
  const mark = state.log.snapshotMark;
  assert(mark.index > 0, 'what is no longer in the log is in a snapshot');
  progress.becomeSnapshot(mark.index);
  state.messages.push({ type: 'installSnapshot', from: state.id, to, term: state.term, mark });
  return true;
}
