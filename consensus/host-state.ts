/** What a host is set up with, and what it holds. */
import type { Address, Context, Handlers } from '../runtime/actor.ts';
import type { DirectoryIdentity } from './directory-identity.ts';
import type { Disk } from './disk.ts';
import type { GroupId } from './entry.ts';
import type { Heard, KnownMember } from './formation.ts';
import type { HostMessage, HostNews, OperatorWish } from './host-messages.ts';
import type { LogStorage, LogStorageOptions } from './log-storage.ts';
import type { MemberStatus } from './member.ts';
import type { ReplicaMessage } from './replica-messages.ts';
import type { ReplicaOptions } from './replica-state.ts';
import type { StateMachine } from './state-machine.ts';

export interface HostOptions
  extends Partial<
    Pick<ReplicaOptions, 'timings' | 'snapshotEntryCount'> & Pick<LogStorageOptions, 'segmentBytes'>
  > {
  /** Where this host is for the others, `host:port`. */
  readonly node: string;
  /**
   * All that shall form the cluster, this one included, when there is none yet; they must be told the
   * same. Later only where to begin to ask.
   */
  readonly nodes: readonly string[];
  /** Of this member alone. */
  readonly disk: Disk;
  readonly group: GroupId;
  readonly machine: StateMachine;
  readonly owner: Address<HostNews>;
  /** How often a node without a log asks around. */
  readonly introduceIntervalMs?: number;
}

export const INTRODUCE_INTERVAL_MS = 300;
/** How often a leader looks whether a learner has caught up. */
export const LOOK_INTERVAL_MS = 300;
export const MAINTAIN_INTERVAL_MS = 200;
/** While no leader is known, those that may know one are greeted this often. */
export const GREET_INTERVAL_MS = 3000;

export interface HostState {
  /** Set while this node belongs to no cluster. */
  seeking: Seeking | undefined;
  identity: DirectoryIdentity | undefined;
  storage: LogStorage | undefined;
  replica: Address<ReplicaMessage> | undefined;
  /** As the replica described itself last. */
  status: MemberStatus | undefined;
  /** When the other nodes were last asked whether it belongs to them. */
  greetedMs: number;
  /** Nodes without a log that are learners, and are to be invited. */
  readonly asking: Set<string>;
  /** Of operators, that wait for the replica to describe itself. */
  readonly wishes: OperatorWish[];
  /** Since when the replica of this node leads; unset while it doesn't. */
  leadsSinceMs: number | undefined;
  /** A change of the membership that is on its way, and who wants to hear of it. */
  changes: Map<number, PendingChange>;
  nextChangeNumber: number;
}

export interface PendingChange {
  readonly done: (refused: string | undefined) => void;
}

export interface Seeking {
  /** Other nodes to ask: those given, and those heard of. */
  readonly asked: Set<string>;
  /** What nodes without a log were told, and when they said so. */
  readonly fresh: Map<string, Heard>;
  /** The cluster that there is already, as a member told. */
  member: KnownMember | undefined;
  /** What it waits for, as a sentence; said when it changes. */
  waitsFor: string;
  waitsSinceMs: number;
  /** It was logged. */
  isSaid: boolean;
  /** It has begun to found the cluster. */
  founding: boolean;
}

export type HostContext = Context<HostOptions, HostMessage>;
export type HostHandlers<Type extends HostMessage['type']> = Pick<
  Handlers<HostOptions, HostState, HostMessage>,
  Type
>;
