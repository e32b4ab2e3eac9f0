/**
 * What a replica hears: from the replicas of the same group on other nodes, from those on its own
 * node who propose and read, and from itself; and what may enter from outside.
 */
import type { Address, AnyAddress, Exited } from '../runtime/actor.ts';
import {
  acceptor,
  array,
  boolean,
  bytes,
  type Check,
  integer,
  object,
  oneOf,
  record,
  string,
  union,
} from '../runtime/decode.ts';
import type { CodedError } from '../runtime/errors.ts';
import type {
  GroupId,
  MemberId,
  Membership,
  MembershipChange,
  MembershipStep,
  SnapshotMark,
} from './entry.ts';
import type { MemberStatus } from './member.ts';
import type { Proposal } from './messages.ts';
import type { PackedMessage } from './packed-entries.ts';
import type { DropReason } from './proposing.ts';
import type { Role } from './raft-state.ts';
import type { SnapshotProof } from './snapshot-format.ts';

export type ReplicaMessage = FromPeer | FromClient | FromItself | Exited;

/** Of another cluster, or for another member that had this address before: dropped. */
export interface BetweenReplicas {
  readonly clusterId: string;
  readonly group: GroupId;
  readonly from: MemberId;
  readonly to: MemberId;
}

export type FromPeer =
  | (BetweenReplicas & { readonly type: 'peerSays'; readonly message: PackedMessage })
  /** The leader has a snapshot for who is far behind. It is fetched piece by piece. */
  | (BetweenReplicas & {
      readonly type: 'snapshotOffered';
      readonly term: number;
      readonly mark: SnapshotMark;
      readonly proof: SnapshotProof;
    })
  /** Answered by one `snapshotPiece`, or not at all. `offset`: of what is there already. */
  | (BetweenReplicas & {
      readonly type: 'snapshotWanted';
      readonly index: number;
      readonly term: number;
      readonly offset: number;
    })
  | (BetweenReplicas & {
      readonly type: 'snapshotPiece';
      readonly index: number;
      readonly offset: number;
      readonly data: Uint8Array;
    });

export type FromClient =
  /** Answered by one `proposed`; the answers to what is applied come in the order of asking. */
  | {
      readonly type: 'propose';
      readonly data: Uint8Array;
      readonly number: number;
      readonly replyTo: Address<Proposed>;
    }
  | {
      readonly type: 'proposeChange';
      readonly change: MembershipChange;
      readonly number: number;
      readonly replyTo: Address<Proposed>;
    }
  /** Answered by `readable` when what this replica has applied is not stale any more. */
  | { readonly type: 'read'; readonly number: number; readonly replyTo: Address<Readable> }
  /** Let that member lead, as soon as it has everything. */
  | { readonly type: 'transferLeadership'; readonly to: MemberId }
  | { readonly type: 'describeReplica'; readonly replyTo: Address<ReplicaDescription> };

export interface Proposed {
  readonly type: 'proposed';
  readonly number: number;
  readonly outcome:
    | { readonly outcome: 'applied'; readonly index: number; readonly answer: unknown }
    /** Nowhere, for certain. */
    | {
        readonly outcome: 'dropped';
        readonly reason: DropReason | 'logNearlyFull' | 'overtaken';
        readonly sentence: string;
      }
    /** Leadership was lost meanwhile: it may still be applied, or never. */
    | { readonly outcome: 'unknown' };
}

export interface Readable {
  readonly type: 'readable';
  readonly number: number;
  /** Why it is not, as a sentence: ask again. */
  readonly refused?: string;
}

export interface ReplicaDescription {
  readonly type: 'replicaDescription';
  readonly clusterId: string;
  readonly group: GroupId;
  readonly status: MemberStatus;
  readonly isNearlyFull: boolean;
  /** When a leader was last heard of, or this one last led; unset: not since it was started. */
  readonly leaderHeardMs?: number;
}

/** Timers, and what the disk has done. */
export type FromItself =
  | { readonly type: 'storedRestored'; readonly pieces: readonly Uint8Array[] }
  | { readonly type: 'workDue' }
  | { readonly type: 'committedDue' }
  | { readonly type: 'tick' }
  | { readonly type: 'campaignDue' }
  | { readonly type: 'appended'; readonly number: number }
  | { readonly type: 'appendFailed'; readonly error: CodedError }
  | {
      readonly type: 'snapshotRestored';
      readonly number: number;
      readonly pieces: readonly Uint8Array[];
    }
  | { readonly type: 'snapshotMade'; readonly mark: SnapshotMark }
  | { readonly type: 'snapshotMarked' }
  | { readonly type: 'snapshotNotMade'; readonly sentence: string }
  | { readonly type: 'pieceRead'; readonly piece: Extract<FromPeer, { type: 'snapshotPiece' }> }
  | { readonly type: 'pieceNotRead'; readonly sentence: string }
  | { readonly type: 'pieceWritten' }
  | { readonly type: 'snapshotReceived' }
  | { readonly type: 'snapshotNotReceived'; readonly sentence: string };

/** What the owner of a replica hears of it, unasked. */
export type ReplicaNews =
  | {
      readonly type: 'roleChanged';
      readonly group: GroupId;
      readonly role: Role;
      readonly term: number;
      /** Where the leader is; undefined while none is known. */
      readonly leader:
        | { readonly memberId: MemberId; readonly address: string | undefined }
        | undefined;
    }
  | { readonly type: 'membershipChanged'; readonly group: GroupId; readonly membership: Membership }
  /** The state machine has all up to here; once for all that was applied in one go. */
  | { readonly type: 'applied'; readonly group: GroupId; readonly index: number }
  /** From here on it applies, votes and answers. */
  | { readonly type: 'replicaReady'; readonly group: GroupId; readonly replica: AnyAddress };

// -------------------------------------------------------------------------- what may come in

/** Of one entry: what an append in the write-ahead log may hold at most. */
const OPERATION_BYTES_MAX = 8 * 2 ** 20;
/** Entries in one message, as bytes: one of the largest, or about a megabyte of small ones. */
const ENTRIES_BYTES_MAX = OPERATION_BYTES_MAX + 65_536;
/** Proposals in one message. */
const PROPOSALS_PER_MESSAGE_MAX = 100_000;
/** Members of a group in one list, and steps of one change. */
const MEMBERS_COUNT_MAX = 100;
/** Names, addresses and ids in one message. */
const TEXT_LENGTH_MAX = 256;

const whole = integer(0, Number.MAX_SAFE_INTEGER);
const text = string(TEXT_LENGTH_MAX);
const operationData = bytes(OPERATION_BYTES_MAX);
const members = array(whole, MEMBERS_COUNT_MAX);

const membership = object<Membership>({
  voters: members,
  votersOutgoing: members,
  learners: members,
  learnersNext: members,
  leavesJointItself: boolean,
  addresses: record(text, MEMBERS_COUNT_MAX, 16),
});
const mark = object<SnapshotMark>({ index: whole, term: whole, membership });
const step = union<MembershipStep, 'type'>('type', {
  addVoter: [{ memberId: whole }, { address: text }],
  addLearner: [{ memberId: whole }, { address: text }],
  removeMember: [{ memberId: whole }],
});
const change = object<MembershipChange>({
  transition: oneOf({ auto: true, joint: true, jointExplicit: true }),
  steps: array(step, MEMBERS_COUNT_MAX),
});
const proposal = union<Proposal, 'kind'>('kind', {
  operation: [{ data: operationData }],
  membership: [{ change }],
});
const addressed = { from: whole, to: whole, term: whole };
const last = { lastIndex: whole, lastTerm: whole };
const peerMessage: Check<PackedMessage> = union<PackedMessage, 'type'>('type', {
  appendEntries: [
    {
      ...addressed,
      previousIndex: whole,
      previousTerm: whole,
      entries: bytes(ENTRIES_BYTES_MAX),
      committedIndex: whole,
    },
  ],
  entriesAppended: [{ ...addressed, index: whole }],
  entriesRejected: [{ ...addressed, index: whole, hintIndex: whole, hintTerm: whole }],
  heartbeat: [{ ...addressed, committedIndex: whole, readPosition: whole }],
  heartbeatAnswered: [{ ...addressed, readPosition: whole }],
  requestPreVote: [{ ...addressed, ...last }],
  preVoteAnswered: [{ ...addressed, granted: boolean }],
  requestVote: [{ ...addressed, ...last, forTransfer: boolean }],
  voteAnswered: [{ ...addressed, granted: boolean }],
  installSnapshot: [{ ...addressed, mark }],
  timeoutNow: [addressed],
  forwardProposals: [{ ...addressed, proposals: array(proposal, PROPOSALS_PER_MESSAGE_MAX) }],
  forwardTransfer: [{ ...addressed, target: whole }],
  requestReadIndex: [{ ...addressed, readId: text }],
  readIndexAnswered: [{ ...addressed, index: whole, readId: text }],
});

const between = { clusterId: text, group: text, from: whole, to: whole };
const proof = object<SnapshotProof>({ totalBytes: whole, totalCrc: whole });

/** Only what replicas say to each other comes from other nodes. */
export const acceptsReplicaMessage = acceptor(
  union<FromPeer, 'type'>('type', {
    peerSays: [{ ...between, message: peerMessage }],
    snapshotOffered: [{ ...between, term: whole, mark, proof }],
    snapshotWanted: [{ ...between, index: whole, term: whole, offset: whole }],
    snapshotPiece: [{ ...between, index: whole, offset: whole, data: operationData }],
  }),
);
