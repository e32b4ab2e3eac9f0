/**
 * Reads that see everything that was committed before they came, without an entry in the log.
 *
 *     reader ──requestReadIndex──▶ leader ──heartbeat──▶ others
 *     reader ◀─readIndexAnswered── leader ◀─a quorum answers: it still leads
 *
 * The reader waits until it has applied the index, then reads its own state. What gets lost on the way
 * is not repeated here: who reads asks again, under another id.
 * Source: Ongaro's dissertation, 6.4. Leases on the clock are not used.
 */
import type { MemberId } from './entry.ts';
import type { PeerMessageOf } from './messages.ts';
import { hasCommittedInTerm, type RaftState } from './raft-state.ts';
import { WAITING_READ_COUNT_MAX, type WaitingRead } from './read-queue.ts';
import { broadcastHeartbeat } from './replication.ts';

/** Why a read was not begun; it may be asked for again later. */
export type ReadRefusal = 'noLeader' | 'tooManyReads';

/** The answer is a read state of a later `takeReady`, or never comes. */
export function readIndex(state: RaftState, readId: string): ReadRefusal | undefined {
  if (state.role === 'leader') return receiveRead(state, state.id, readId);
  if (state.role !== 'follower' || state.leader === 0) return 'noLeader';
  state.messages.push({
    type: 'requestReadIndex',
    from: state.id,
    to: state.leader,
    term: 0,
    readId,
  });
  return undefined;
}

export function requestReadIndex(
  state: RaftState,
  message: PeerMessageOf<'requestReadIndex'>,
): void {
  if (state.role === 'leader') receiveRead(state, message.from, message.readId);
}

export function readIndexAnswered(
  state: RaftState,
  message: PeerMessageOf<'readIndexAnswered'>,
): void {
  if (state.role !== 'follower') return;
  state.readStates.push({ readId: message.readId, index: message.index });
}

/** An entry of the leader's term was committed: now it knows what is. */
export function beginEarlyReads(state: RaftState): void {
  if (state.earlyReads.length === 0 || !hasCommittedInTerm(state)) return;
  const reads = state.earlyReads;
  state.earlyReads = [];
  for (const { from, readId } of reads) begin(state, from, readId);
}

export function answerConfirmedReads(state: RaftState): void {
  for (const read of state.reads.takeConfirmed(state.membership)) answer(state, read);
}

function receiveRead(state: RaftState, from: MemberId, readId: string): ReadRefusal | undefined {
  if (state.reads.isFull || state.earlyReads.length >= WAITING_READ_COUNT_MAX) {
    return 'tooManyReads';
  }
  if (hasCommittedInTerm(state)) begin(state, from, readId);
  else state.earlyReads.push({ from, readId });
  return undefined;
}

function begin(state: RaftState, from: MemberId, readId: string): void {
  const { reads, membership } = state;
  reads.add({ from, readId, index: state.log.committed });
  reads.answered(state.id, reads.lastPosition);
  // Who is the only voter needs nobody to confirm that it leads.
  if (membership.voters.length === 1 && membership.votersOutgoing.length === 0) {
    answerConfirmedReads(state);
  } else broadcastHeartbeat(state);
}

function answer(state: RaftState, { from, readId, index }: WaitingRead): void {
  if (from === state.id) state.readStates.push({ readId, index });
  else {
    state.messages.push({
      type: 'readIndexAnswered',
      from: state.id,
      to: from,
      term: state.term,
      index,
      readId,
    });
  }
}
