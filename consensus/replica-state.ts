/** What a replica is set up with, and what it holds. */
import type { Address, Context, Handlers, TimerId } from '../runtime/actor.ts';
import type { GroupId, MemberId, Membership, SnapshotMark } from './entry.ts';
import type { LogStorage } from './log-storage.ts';
import type { Member } from './member.ts';
import type { StorageAppend } from './ready.ts';
import type { Proposed, Readable, ReplicaMessage, ReplicaNews } from './replica-messages.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';
import type { StateMachine } from './state-machine.ts';

export interface ReplicaOptions {
  readonly clusterId: string;
  readonly group: GroupId;
  readonly memberId: MemberId;
  /** Of this process, shared by all groups; it outlives the replica. */
  readonly storage: LogStorage;
  readonly machine: StateMachine;
  readonly owner: Address<ReplicaNews>;
  readonly timings: ReplicaTimings;
  /** A snapshot is taken after so many entries since the last one. */
  readonly snapshotEntryCount: number;
}

export interface ReplicaTimings {
  /** One heartbeat of a leader each tick. */
  readonly tickMs: number;
  /** Ticks without a word from a leader until an election, at least; chance adds as many less one. */
  readonly electionTicks: number;
  /**
   * When the connection to the leader broke, an election is asked for within this time, by others
   * each so much later.
   */
  readonly campaignDelayMsMax: number;
  /** A snapshot that makes no progress for so long is begun again, or given up. */
  readonly snapshotStallMs: number;
}

/**
 * Below 300 ms a pause of the garbage collector or of a disk would look like the death of a leader:
 * pauses of 25 to 170 ms were measured.
 */
export const REPLICA_DEFAULTS = {
  timings: { tickMs: 100, electionTicks: 10, campaignDelayMsMax: 50, snapshotStallMs: 5000 },
  snapshotEntryCount: 10_000,
} as const satisfies Partial<ReplicaOptions>;

/** Well-known, so that the replicas of a group find each other by their nodes alone. */
export function replicaName(group: GroupId): string {
  return `replica-${group}`;
}

export interface ReplicaState {
  /** Unset until what is stored has been restored, and nothing is heard until then. */
  member: Member | undefined;
  readonly machine: StateMachine;
  appliedIndex: number;
  /** Of the newest that is durable, or was just begun. */
  snapshotIndex: number;
  membership: Membership;
  /** Where members were heard from whose place is not in the membership, oldest first. */
  readonly heardAt: Map<MemberId, string>;
  /** A turn of work is under way to itself. */
  workQueued: boolean;
  /** Others will be told of what is committed, a little later. */
  committedQueued: boolean;
  /** Handed to the storage, oldest first. */
  readonly appends: PendingAppend[];
  nextAppendNumber: number;
  /** In the order of asking; proposed with the next turn of work. */
  readonly asked: AskedProposal[];
  /** By index. */
  readonly proposals: Map<number, PendingProposal>;
  readonly reads: Map<string, PendingRead>;
  /** Never the same again, also not after a restart. */
  readIdPrefix: string;
  nextReadNumber: number;
  /** Nodes of other members whose end is heard of. */
  readonly linked: Set<string>;
  tickCount: number;
  /** When a leader was last heard of, or this one last led. */
  leaderHeardMs: number | undefined;
  campaignTimer: TimerId | undefined;
  /** The last leader whose connection broke, and how often an election was asked for since. */
  loss: { readonly leader: MemberId; campaignCount: number } | undefined;
  isMakingSnapshot: boolean;
  /** Where a snapshot can be taken later; only of a machine whose entries are kept. Rising indexes. */
  checkpoints: readonly Checkpoint[];
  /** Of a leader: who fetches which, and when it was last heard. */
  readonly sending: Map<MemberId, { readonly mark: SnapshotMark; heardMs: number }>;
  receiving: ReceivedSnapshot | undefined;
}

/** A small state machine as it was, and who belonged to the group. */
export interface Checkpoint {
  readonly mark: SnapshotMark;
  readonly pieces: readonly Uint8Array[];
}

export interface PendingAppend {
  readonly number: number;
  readonly append: StorageAppend;
  phase: 'writing' | 'restoring' | 'done';
}

export interface AskedProposal {
  readonly data: Uint8Array;
  readonly number: number;
  readonly replyTo: Address<Proposed>;
}

export interface PendingProposal {
  readonly term: number;
  readonly number: number;
  readonly replyTo: Address<Proposed>;
}

export interface PendingRead {
  readonly number: number;
  readonly replyTo: Address<Readable>;
  /** Set when it is known what has to be applied for it. */
  index: number | undefined;
}

export interface ReceivedSnapshot {
  readonly from: MemberId;
  readonly term: number;
  readonly mark: SnapshotMark;
  readonly proof: { readonly totalBytes: number; readonly totalCrc: number };
  readonly writer: SnapshotWriter;
  /** The disk has a piece, or all. */
  busy: boolean;
  heardMs: number;
}

export type ReplicaContext = Context<ReplicaOptions, ReplicaMessage>;
export type ReplicaHandlers<Type extends ReplicaMessage['type']> = Pick<
  Handlers<ReplicaOptions, ReplicaState, ReplicaMessage>,
  Type
>;

/** To be called whenever the member may have something to do; see `replica-work.ts`. */
export function wakeUp(state: ReplicaState, context: ReplicaContext): void {
  if (state.workQueued) return;
  state.workQueued = true;
  context.send(context.self, { type: 'workDue' });
}

/** A snapshot from this index on is on its way to the disk: it will take the place of the state machine. */
export function isRestoring({ appends }: ReplicaState, fromIndex = 0): boolean {
  return appends.some(({ append }) => (append.snapshot?.index ?? -1) >= fromIndex);
}
