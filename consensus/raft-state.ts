/**
 * What a member of a group is, knows and is about to say: the state that all files of the algorithm
 * work on, and its options.
 *
 * Roles:
 *
 *                 ┌──────────── a leader of this term or a higher term is heard ───────────┐
 *                 ▼                                                                        │
 *     follower ──timeout──▶ preCandidate ──pre-quorum──▶ candidate ──quorum──▶ leader ─────┘
 *                 ▲              │                           │                    │
 *                 └──────────────┴───── a quorum refuses ────┘       no quorum is active
 *
 * Randomness comes in as `random`; time as ticks.
 */
import { assert } from '../runtime/assert.ts';
import type { MemberId, Membership } from './entry.ts';
import type { LogReader } from './log-reader.ts';
import { memberIds } from './membership.ts';
import type { PeerMessage } from './messages.ts';
import { type FlowLimits, Progress } from './progress.ts';
import { RaftLog } from './raft-log.ts';
import { ReadQueue, type WaitingRead } from './read-queue.ts';

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

export interface RaftOptions extends FlowLimits {
  readonly id: MemberId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Without a word from a leader for this up to twice this, minus one, an election begins. */
  readonly electionTicks: number;
  /** Between two heartbeats of a leader. */
  readonly heartbeatTicks: number;
  /** Ask whether an election could be won before the term is raised. */
  readonly preVote: boolean;
  /**
   * A leader that hears from no quorum for `electionTicks` steps down; and who heard from a leader
   * within that time helps nobody else to become one.
   */
  readonly checkQuorum: boolean;
  /** A follower passes proposals on to its leader; otherwise it drops them. */
  readonly forwardsProposals: boolean;
  /**
   * A leader that has found more to be committed says so at once; otherwise with the next entries, the
   * next heartbeat, or when it is asked to (`tellCommitted`), whichever is first.
   */
  readonly tellsCommittedAtOnce: boolean;
  /** Of entries in one message; one entry that is larger travels alone. */
  readonly appendBytesMax: number;
  /** Proposed and not applied at the leader; more is refused, except where nothing waits. */
  readonly uncommittedBytesMax: number;
  /** Handed out to be applied and not yet confirmed; further entries wait in the log. */
  readonly applyingBytesMax: number;
}

export const DEFAULT_OPTIONS = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: true,
  checkQuorum: true,
  forwardsProposals: true,
  tellsCommittedAtOnce: true,
  appendBytesMax: 1024 * 1024,
  inflightCountMax: 256,
  inflightBytesMax: 16 * 1024 * 1024,
  uncommittedBytesMax: 64 * 1024 * 1024,
  applyingBytesMax: 16 * 1024 * 1024,
} as const;

export interface RaftState {
  readonly options: RaftOptions;
  readonly id: MemberId;
  readonly log: RaftLog;
  term: number;
  /** For whom this member voted in `term`; 0 for nobody. */
  vote: MemberId;
  role: Role;
  /** Of `term`; 0 while it is not known. */
  leader: MemberId;

  membership: Membership;
  /** Of the entry or snapshot that put it in force. */
  membershipIndex: number;
  /** All members in ascending order: every walk over them is in this order. */
  memberIds: readonly MemberId[];
  readonly progress: Map<MemberId, Progress>;
  /** Of a candidate: what it was answered. */
  readonly votes: Map<MemberId, boolean>;

  electionElapsedTicks: number;
  heartbeatElapsedTicks: number;
  /** Drawn anew with each change of role. */
  electionTimeoutTicks: number;

  /** Of a leader: to whom it hands over; 0 for nobody. Meanwhile it takes no proposals. */
  transferTarget: MemberId;
  /** Of a leader: no membership change is behind it. Another is taken once this is applied. */
  pendingChangeIndex: number;
  /** Of a leader: an estimate, never too high, of what it proposed and has not applied. */
  uncommittedBytes: number;
  readonly reads: ReadQueue;
  /** Of a leader: until an entry of its term is committed, it cannot know what is. */
  earlyReads: Omit<WaitingRead, 'index'>[];

  /** To others, at once. */
  messages: PeerMessage[];
  /** To others and to itself, once all that they promise is durable. */
  promises: PeerMessage[];
  readStates: ReadState[];
}

export interface ReadState {
  readonly readId: string;
  /** Once this is applied, what is read is not stale. */
  readonly index: number;
}

export function createState(options: RaftOptions, reader: LogReader): RaftState {
  checkOptions(options);
  const log = new RaftLog(reader, options.applyingBytesMax);
  const { term, vote, committedIndex } = reader.hardState();
  assert(term === 0 || term >= log.lastTerm, `term ${term} is not before that of the last entry`);
  log.commitTo(committedIndex);
  const { index, membership } = reader.snapshotMark();
  const state: RaftState = {
    options,
    id: options.id,
    log,
    term,
    vote,
    role: 'follower',
    leader: 0,
    membership,
    membershipIndex: index,
    memberIds: [],
    progress: new Map(),
    votes: new Map(),
    electionElapsedTicks: 0,
    heartbeatElapsedTicks: 0,
    electionTimeoutTicks: options.electionTicks,
    transferTarget: 0,
    pendingChangeIndex: 0,
    uncommittedBytes: 0,
    reads: new ReadQueue(),
    earlyReads: [],
    messages: [],
    promises: [],
    readStates: [],
  };
  setMembership(state, membership, index);
  return state;
}

/** Who stays keeps its progress; who is new is taken for active until the next check of quorums. */
export function setMembership(state: RaftState, membership: Membership, index: number): void {
  const { progress, options, log } = state;
  const ids = memberIds(membership);
  const learners = new Set(membership.learners);
  for (const memberId of progress.keys()) {
    if (!ids.includes(memberId)) progress.delete(memberId);
  }
  for (const memberId of ids) {
    const isLearner = learners.has(memberId);
    const known = progress.get(memberId);
    if (known !== undefined) known.isLearner = isLearner;
    else {
      progress.set(
        memberId,
        new Progress(options, Math.max(log.lastIndex, 1), isLearner, /* isActive */ true),
      );
    }
  }
  state.membership = membership;
  state.membershipIndex = index;
  state.memberIds = ids;
}

/** Whether this member could lead: it votes, and has what it would have to send. */
export function isElectable(state: RaftState): boolean {
  const own = state.progress.get(state.id);
  return own !== undefined && !own.isLearner && state.log.unstable.snapshot === undefined;
}

/** A leader learns what is committed only by an entry of its own term (5.4.2 of the Raft paper). */
export function hasCommittedInTerm({ log, term }: RaftState): boolean {
  return log.has(log.committed, term);
}

function checkOptions(options: RaftOptions): void {
  const { id, electionTicks, heartbeatTicks } = options;
  assert(Number.isSafeInteger(id) && id > 0, `a member's id is a whole number above 0, not ${id}`);
  assert(heartbeatTicks > 0, 'there is a tick at least between heartbeats');
  assert(electionTicks > heartbeatTicks, 'heartbeats come before an election does');
  assert(options.inflightCountMax > 0, 'one message at least may be on its way');
  assert(options.inflightBytesMax > 0, 'one byte at least may be on its way');
  assert(options.applyingBytesMax > 0, 'one byte at least may be on its way to be applied');
}
