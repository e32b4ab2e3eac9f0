/**
 * What the members of a group say to each other: commands imperative, answers past tense.
 *
 * Plain data. They may be lost, doubled and overtaken by others; none but `installSnapshot` grows
 * beyond what the options of the sender allow. Answers that promise something (`entriesAppended`,
 * `entriesRejected`, `voteAnswered`, `preVoteAnswered`) leave a member only after what they promise
 * is durable: see `StorageAppend` in ready.ts.
 * Source: Ongaro, Consensus: Bridging Theory and Practice, 2014; behaviour as in etcd-io/raft.
 */
import type { Entry, MemberId, MembershipChange, SnapshotMark } from './entry.ts';

interface Addressed {
  readonly from: MemberId;
  readonly to: MemberId;
  /** Of the sender; 0 where terms do not matter (what is only passed on to a leader). */
  readonly term: number;
}

/** Leader to all others: have these entries after that one. Without entries it tells the rest. */
export interface AppendEntries extends Addressed {
  readonly type: 'appendEntries';
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
  readonly committedIndex: number;
}

/**
 * The log of the sender is the leader's up to `index`. An index of 0 tells only the term of the
 * sender: to a leader that was deposed and does not know it.
 */
export interface EntriesAppended extends Addressed {
  readonly type: 'entriesAppended';
  readonly index: number;
}

/** The entry before, at `index`, is another one here, or none. */
export interface EntriesRejected extends Addressed {
  readonly type: 'entriesRejected';
  readonly index: number;
  /** The last place where both logs may be the same, and the sender's term there; 0 is unknown. */
  readonly hintIndex: number;
  readonly hintTerm: number;
}

/** Leader to all others, every so many ticks. `committedIndex` is never beyond what they confirmed. */
export interface Heartbeat extends Addressed {
  readonly type: 'heartbeat';
  readonly committedIndex: number;
  /** Who answers confirms all reads up to this place in the leader's queue; 0 is none. */
  readonly readPosition: number;
}

export interface HeartbeatAnswered extends Addressed {
  readonly type: 'heartbeatAnswered';
  readonly readPosition: number;
}

/** Would you vote for me in `term`, which I have not begun? Changes nothing at who is asked. */
export interface RequestPreVote extends Addressed {
  readonly type: 'requestPreVote';
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** Granted: `term` is the one that was asked for. Otherwise it is the sender's own. */
export interface PreVoteAnswered extends Addressed {
  readonly type: 'preVoteAnswered';
  readonly granted: boolean;
}

export interface RequestVote extends Addressed {
  readonly type: 'requestVote';
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The leader wants it so: who hears from that leader still answers nevertheless. */
  readonly forTransfer: boolean;
}

export interface VoteAnswered extends Addressed {
  readonly type: 'voteAnswered';
  readonly granted: boolean;
}

/**
 * Leader to who needs entries that the leader no longer has. Its chunks travel outside this core:
 * see reportSnapshot in member.ts.
 */
export interface InstallSnapshot extends Addressed {
  readonly type: 'installSnapshot';
  readonly mark: SnapshotMark;
}

/** Leader to who shall lead next: begin an election now. */
export interface TimeoutNow extends Addressed {
  readonly type: 'timeoutNow';
}

/** Passed on to the leader by who was asked; its outcome is seen in the log only. */
export interface ForwardProposals extends Addressed {
  readonly type: 'forwardProposals';
  readonly proposals: readonly Proposal[];
}

/** Passed on to the leader by who was asked. */
export interface ForwardTransfer extends Addressed {
  readonly type: 'forwardTransfer';
  readonly target: MemberId;
}

/** Passed on to the leader by who wants to read; `readId` is the reader's own. */
export interface RequestReadIndex extends Addressed {
  readonly type: 'requestReadIndex';
  readonly readId: string;
}

/** What is read after `index` is applied is not stale. */
export interface ReadIndexAnswered extends Addressed {
  readonly type: 'readIndexAnswered';
  readonly index: number;
  readonly readId: string;
}

export type PeerMessage =
  | AppendEntries
  | EntriesAppended
  | EntriesRejected
  | Heartbeat
  | HeartbeatAnswered
  | RequestPreVote
  | PreVoteAnswered
  | RequestVote
  | VoteAnswered
  | InstallSnapshot
  | TimeoutNow
  | ForwardProposals
  | ForwardTransfer
  | RequestReadIndex
  | ReadIndexAnswered;

export type PeerMessageOf<Type extends PeerMessage['type']> = Extract<PeerMessage, { type: Type }>;

/** An entry that has no place in the log yet. */
export type Proposal =
  | { readonly kind: 'operation'; readonly data: Uint8Array }
  | { readonly kind: 'membership'; readonly change: MembershipChange };

export type SnapshotOutcome = 'finished' | 'failed';

/** All of one `StorageAppend` and of those before it is durable. */
export interface StorageAppended {
  readonly type: 'storageAppended';
  /** The term in which it was handed out. In a later one it says nothing about entries. */
  readonly term: number;
  /** The end of the log at that time; 0 where nothing was waiting to become durable. */
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Durable, and restored by the state machine. */
  readonly snapshot: SnapshotMark | undefined;
  /** What the member promises to itself: its own vote, its own copy of entries. */
  readonly ownAnswers: readonly PeerMessage[];
}

/** The state machine has all of one `StorageApply` and of those before it. */
export interface StorageApplied {
  readonly type: 'storageApplied';
  readonly index: number;
  readonly entryCount: number;
  readonly payloadBytes: number;
  readonly membershipEntries: readonly MembershipEntry[];
}

export type MembershipEntry = Extract<Entry, { kind: 'membership' }>;
