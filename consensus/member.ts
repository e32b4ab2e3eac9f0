/**
 * One member of a group: the Raft core with its door to the world.
 *
 * Messages, ticks and wishes go in; what is to be sent, stored and applied comes out with `takeReady`
 * (the contract is in ready.ts). No I/O, no clock, no chance but the one that is given: the same inputs
 * give the same outputs. Who runs it takes in what has come (a bounded batch), then takes one ready:
 * that is what makes one sync, and one message to each peer, serve many proposals.
 *
 * A broken invariant throws an AssertionError: the member must not go on, what it would promise could be
 * wrong. It may be started again from what is stored.
 */
import { peerUnreachable, snapshotSent } from './answers.ts';
import { type CampaignRefusal, campaign } from './election.ts';
import type { HardState, MemberId, Membership, MembershipChange } from './entry.ts';
import type { LogReader } from './log-reader.ts';
import type { PeerMessage, SnapshotOutcome, StorageAppended, StorageApplied } from './messages.ts';
import type { ProgressMode } from './progress.ts';
import { type ProposalOutcome, propose } from './proposing.ts';
import { type Refusal, receiveFromPeer, tick } from './raft.ts';
import {
  createState,
  DEFAULT_OPTIONS,
  type RaftOptions,
  type RaftState,
  type Role,
} from './raft-state.ts';
import { type ReadRefusal, readIndex } from './reading.ts';
import { type HandedOut, hardStateOf, hasReady, type Ready, takeReady } from './ready.ts';
import { tellCommitted, untoldMembers } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { storageAppended, storageApplied } from './storage-answers.ts';
import { type TransferRefusal, transferLeadership } from './transfer.ts';

/** `id` and `random` must be given; the others have defaults (DEFAULT_OPTIONS). */
export type MemberOptions = Pick<RaftOptions, 'id' | 'random'> & Partial<RaftOptions>;

export interface Member {
  readonly id: MemberId;
  /** A message of a peer, as it came over the network. */
  step(message: PeerMessage): Refusal | undefined;
  /** All of an append, and of those before it, is durable. */
  storageAppended(completion: StorageAppended): void;
  /** The state machine has all of an apply, and of those before it. Membership changes come into force. */
  storageApplied(completion: StorageApplied): void;
  tick(): void;
  propose(data: Uint8Array): ProposalOutcome;
  /** In one go: one message to each peer instead of one for each of them. */
  proposeAll(list: readonly Uint8Array[]): ProposalOutcome;
  proposeChange(change: MembershipChange): ProposalOutcome;
  /** At once, without waiting for a timeout; with a pre-vote where that is on. */
  campaign(): CampaignRefusal | undefined;
  transferLeadership(to: MemberId): TransferRefusal | undefined;
  /** `readId` must never come again, also not after a restart: an old answer would be taken for a new. */
  readIndex(readId: string): ReadRefusal | undefined;
  /** The connection to the leader broke: from now on this member helps others to become one. */
  forgetLeader(): void;
  /** What was sent to this peer is probably lost. */
  reportUnreachable(memberId: MemberId): void;
  /**
   * An `installSnapshot` was taken out with `takeReady`; its chunks travel outside the core. Any
   * snapshot whose index is that of the mark or higher will do, and then its own mark is put in its place.
   * The receiver steps the message when it has all chunks. `finished`: all of them arrived there;
   * `failed`: they will not. Until one of both is reported, or the receiver confirms, nothing else is
   * sent to that peer but heartbeats.
   */
  reportSnapshot(memberId: MemberId, outcome: SnapshotOutcome): void;
  /** Whether some member was not told of all that is committed: see `tellsCommittedAtOnce`. */
  hasUntoldCommitted(): boolean;
  tellCommitted(): void;
  hasReady(): boolean;
  takeReady(): Ready;
  /** Costs nothing, for who asks after each turn. */
  summary(): MemberSummary;
  status(): MemberStatus;
}

/** Plain data. */
export interface MemberSummary extends HardState {
  readonly id: MemberId;
  readonly role: Role;
  readonly leader: MemberId;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly appliedIndex: number;
  readonly membership: Membership;
}

/** Plain data, to be shown. */
export interface MemberStatus extends MemberSummary {
  readonly transferTarget: MemberId;
  readonly uncommittedBytes: number;
  /** Of a leader only, by ascending id, itself included. */
  readonly progress: readonly MemberProgress[];
}

export interface MemberProgress {
  readonly memberId: MemberId;
  readonly mode: ProgressMode;
  readonly matchIndex: number;
  readonly nextIndex: number;
  readonly snapshotIndex: number;
  readonly inflightCount: number;
  readonly isInflightFull: boolean;
  readonly isBlocked: boolean;
  /** It can be reached, as far as is known: it was heard lately, and its connection is not broken. */
  readonly isActive: boolean;
  readonly isLearner: boolean;
}

export function createMember(options: MemberOptions, reader: LogReader): Member {
  const state = createState({ ...DEFAULT_OPTIONS, ...options }, reader);
  becomeFollower(state, state.term, 0);
  return memberOf(state);
}

function memberOf(state: RaftState): Member {
  const last: HandedOut = {
    hardState: hardStateOf(state),
    softState: { role: state.role, leader: state.leader },
    syncedCommittedIndex: state.log.committed,
  };
  return {
    id: state.id,
    step: (message) => receiveFromPeer(state, message),
    storageAppended: (completion) => storageAppended(state, completion),
    storageApplied: (completion) => storageApplied(state, completion),
    tick: () => tick(state),
    propose: (data) => propose(state, [{ kind: 'operation', data }]),
    proposeAll: (list) =>
      propose(
        state,
        list.map((data) => ({ kind: 'operation', data })),
      ),
    proposeChange: (change) => propose(state, [{ kind: 'membership', change }]),
    campaign: () => campaign(state),
    transferLeadership: (to) => transferLeadership(state, to),
    readIndex: (readId) => readIndex(state, readId),
    forgetLeader: () => {
      if (state.role === 'follower') state.leader = 0;
    },
    reportUnreachable: (memberId) => peerUnreachable(state, memberId),
    reportSnapshot: (memberId, outcome) => snapshotSent(state, memberId, outcome),
    hasUntoldCommitted: () => untoldMembers(state).length > 0,
    tellCommitted: () => tellCommitted(state),
    hasReady: () => hasReady(state, last),
    takeReady: () => takeReady(state, last),
    summary: () => summaryOf(state),
    status: () => statusOf(state),
  };
}

function summaryOf({ id, role, leader, term, vote, log, membership }: RaftState): MemberSummary {
  return {
    id,
    role,
    leader,
    term,
    vote,
    committedIndex: log.committed,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    appliedIndex: log.applied,
    membership,
  };
}

function statusOf(state: RaftState): MemberStatus {
  return {
    ...summaryOf(state),
    transferTarget: state.transferTarget,
    uncommittedBytes: state.uncommittedBytes,
    progress: state.role === 'leader' ? progressOfAll(state) : [],
  };
}

function progressOfAll(state: RaftState): MemberProgress[] {
  return state.memberIds.flatMap((memberId) => {
    const progress = state.progress.get(memberId);
    if (progress === undefined) return [];
    return {
      memberId,
      mode: progress.mode,
      matchIndex: progress.matchIndex,
      nextIndex: progress.nextIndex,
      snapshotIndex: progress.snapshotIndex,
      inflightCount: progress.inflights.count,
      isInflightFull: progress.inflights.isFull,
      isBlocked: progress.isBlocked,
      isActive: progress.isActive && !progress.isCutOff,
      isLearner: progress.isLearner,
    };
  });
}
