/**
 * The switchboard of the algorithm: what a member does with each message, and with each tick.
 *
 * Before anything else comes the term. A higher one ends every role; of a lower one only those
 * are answered who would otherwise never learn that they are behind.
 * Source: Ongaro and Ousterhout, In Search of an Understandable Consensus Algorithm, 2014.
 */
import {
  checkQuorumActive,
  entriesAppended,
  entriesRejected,
  heartbeatAnswered,
} from './answers.ts';
import {
  campaign,
  preVoteAnswered,
  requestPreVote,
  requestVote,
  timeoutNow,
  voteAnswered,
} from './election.ts';
import { appendEntries, heartbeat, installSnapshot } from './following.ts';
import type { PeerMessage, PeerMessageOf } from './messages.ts';
import { forwardProposals, leaveJointWhenDue } from './proposing.ts';
import { isElectable, type RaftState } from './raft-state.ts';
import { readIndexAnswered, requestReadIndex } from './reading.ts';
import { broadcastHeartbeat } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { forwardTransfer } from './transfer.ts';

/** Why a message from outside changed nothing. All but `secondLeader` may happen in peace. */
export type Refusal =
  /** No such message, or one that only the member's own storage may send. */
  | 'unknownType'
  /** To somebody else, or as if from this member. */
  | 'misaddressed'
  /** Without a term, and not one of those that are only passed on. */
  | 'termMissing'
  /** An answer of somebody who does not belong to the group (any more). */
  | 'fromStranger'
  /** Entries that cannot be next to each other in a log. */
  | 'entriesMalformed'
  /** Two say that they lead in the same term: one of them is broken, or lies. */
  | 'secondLeader';

const HANDLERS: {
  readonly [Type in PeerMessage['type']]: (state: RaftState, message: PeerMessageOf<Type>) => void;
} = {
  appendEntries,
  entriesAppended,
  entriesRejected,
  heartbeat,
  heartbeatAnswered,
  requestPreVote,
  preVoteAnswered,
  requestVote,
  voteAnswered,
  installSnapshot,
  timeoutNow,
  forwardProposals,
  forwardTransfer,
  requestReadIndex,
  readIndexAnswered,
};

const ANSWERS: ReadonlySet<string> = new Set([
  'entriesAppended',
  'entriesRejected',
  'heartbeatAnswered',
  'preVoteAnswered',
  'voteAnswered',
  'readIndexAnswered',
] satisfies PeerMessage['type'][]);

const PASSED_ON: ReadonlySet<string> = new Set([
  'forwardProposals',
  'forwardTransfer',
  'requestReadIndex',
] satisfies PeerMessage['type'][]);

/** A message that came over the network. */
export function receiveFromPeer(state: RaftState, message: PeerMessage): Refusal | undefined {
  if (!Object.hasOwn(HANDLERS, message.type)) return 'unknownType';
  if (message.to !== state.id || message.from === state.id) return 'misaddressed';
  if (!(message.term > 0 || PASSED_ON.has(message.type))) return 'termMissing';
  if (ANSWERS.has(message.type) && !state.progress.has(message.from)) return 'fromStranger';
  if (message.type === 'appendEntries' && !areConsecutive(message)) return 'entriesMalformed';
  return receive(state, message);
}

/** A message of a peer, or one of this member to itself. */
export function receive(state: RaftState, message: PeerMessage): Refusal | undefined {
  if (message.term > state.term) {
    if (isKeptByLease(state, message)) return undefined;
    riseToTerm(state, message);
  } else if (message.term < state.term && message.term !== 0) {
    answerFromLaterTerm(state, message);
    return undefined;
  }
  if (isFromLeader(message)) {
    const refusal = hearLeader(state, message);
    if (refusal !== undefined) return refusal;
  }
  // The table pairs each type with its handler; the compiler cannot follow the pair through the index.
  const handler = HANDLERS[message.type] as (state: RaftState, message: PeerMessage) => void;
  handler(state, message);
  return undefined;
}

export function tick(state: RaftState): void {
  state.electionElapsedTicks++;
  if (state.role === 'leader') tickLeader(state);
  else if (state.electionElapsedTicks >= state.electionTimeoutTicks) {
    if (!isElectable(state)) return;
    state.electionElapsedTicks = 0;
    campaign(state);
  }
}

function tickLeader(state: RaftState): void {
  const { electionTicks, heartbeatTicks, checkQuorum } = state.options;
  state.heartbeatElapsedTicks++;
  if (state.electionElapsedTicks >= electionTicks) {
    state.electionElapsedTicks = 0;
    if (checkQuorum && !checkQuorumActive(state)) {
      becomeFollower(state, state.term, 0);
      return;
    }
    // The target did not make it in time.
    state.transferTarget = 0;
  }
  if (state.heartbeatElapsedTicks < heartbeatTicks) return;
  state.heartbeatElapsedTicks = 0;
  leaveJointWhenDue(state);
  broadcastHeartbeat(state);
}

/** Who hears from a leader helps nobody else to become one, unless that leader wants it. */
function isKeptByLease(state: RaftState, message: PeerMessage): boolean {
  if (message.type !== 'requestVote' && message.type !== 'requestPreVote') return false;
  if (message.type === 'requestVote' && message.forTransfer) return false;
  const { checkQuorum, electionTicks } = state.options;
  return checkQuorum && state.leader !== 0 && state.electionElapsedTicks < electionTicks;
}

function riseToTerm(state: RaftState, message: PeerMessage): void {
  // Both speak of a term that nobody has begun: the answer to a yes is to begin it.
  if (message.type === 'requestPreVote') return;
  if (message.type === 'preVoteAnswered' && message.granted) return;
  becomeFollower(state, message.term, isFromLeader(message) ? message.from : 0);
}

function answerFromLaterTerm(state: RaftState, message: PeerMessage): void {
  const { id: from, term } = state;
  const to = message.from;
  const { checkQuorum, preVote } = state.options;
  if (message.type === 'appendEntries' || message.type === 'heartbeat') {
    // This member's votes are not heard while others have that leader, and it does not follow: told
    // the higher term, the leader makes way for an election in which all are together again.
    if (checkQuorum || preVote) {
      state.promises.push({ type: 'entriesAppended', from, to, term, index: 0 });
    }
  } else if (message.type === 'requestPreVote') {
    state.promises.push({ type: 'preVoteAnswered', from, to, term, granted: false });
  }
}

function hearLeader(state: RaftState, { from, term }: PeerMessage): Refusal | undefined {
  if (state.role === 'leader' || (state.leader !== 0 && state.leader !== from)) {
    return 'secondLeader';
  }
  if (state.role === 'follower') {
    state.electionElapsedTicks = 0;
    state.leader = from;
  } else becomeFollower(state, term, from);
  return undefined;
}

function isFromLeader(message: PeerMessage): boolean {
  return (
    message.type === 'appendEntries' ||
    message.type === 'heartbeat' ||
    message.type === 'installSnapshot'
  );
}

function areConsecutive(message: PeerMessageOf<'appendEntries'>): boolean {
  let { previousIndex: index, previousTerm: term } = message;
  for (const entry of message.entries) {
    if (entry.index !== index + 1 || entry.term < term) return false;
    index = entry.index;
    term = entry.term;
  }
  return term <= message.term;
}
