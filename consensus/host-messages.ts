/** What the hosts of replicas say to each other, to those who ask them, and to their owner. */
import type { Address, Exited } from '../runtime/actor.ts';
import {
  acceptor,
  array,
  boolean,
  type Check,
  integer,
  object,
  string,
  union,
} from '../runtime/decode.ts';
import type { MemberId } from './entry.ts';
import type { Proposed, ReplicaDescription, ReplicaNews } from './replica-messages.ts';

/** The well-known name of the host on each node that has one. */
export const HOST_NAME = 'consensus';

/** Nodes that are named in one message. */
const NODES_COUNT_MAX = 100;
/** Names, addresses and ids in one message. */
const TEXT_LENGTH_MAX = 256;
/** Reasons. */
const SENTENCE_LENGTH_MAX = 4096;

export type HostMessage =
  | FromHost
  | FromOperator
  | ReplicaNews
  | Proposed
  | ReplicaDescription
  | FromItself
  | Exited;

export type FromHost =
  /** From a node without a log, again and again. Answered by `introduced`, perhaps also by `invited`. */
  | { readonly type: 'introduce'; readonly nodes: readonly string[] }
  /** From a node without a log, too: which nodes it was told of. */
  | { readonly type: 'introducedFresh'; readonly nodes: readonly string[] }
  /** From a member of a cluster. `leader`: where it is, when that is known. */
  | {
      readonly type: 'introducedMember';
      readonly clusterId: string;
      readonly leader?: string;
      /** Why the fresh node is not invited, as a sentence. */
      readonly refused?: string;
      /** It will be invited, or whether it will is not known here now. */
      readonly isAwaited?: boolean;
    }
  /** From the host of the leader: be this member. */
  | { readonly type: 'invited'; readonly clusterId: string; readonly memberId: MemberId }
  /** From a member that has started: am I still one? Answered only if it isn't. */
  | { readonly type: 'greet'; readonly clusterId: string; readonly memberId: MemberId }
  /** From a leader's host, or from one of another cluster, which names it. Final. */
  | { readonly type: 'sentAway'; readonly reason: string; readonly clusterId?: string };

export type FromOperator =
  | { readonly type: 'describeMembers'; readonly replyTo: Address<MembersDescription> }
  | OperatorWish;

/** Only the host of the leader fulfils it. */
export type OperatorWish =
  | (Wish & { readonly type: 'addMember' })
  | (Wish & { readonly type: 'removeMember' })
  | (Wish & { readonly type: 'transferTo' });

interface Wish {
  /** `host:port` */
  readonly node: string;
  readonly replyTo: Address<MembersAnswer>;
}

export interface MembersAnswer {
  readonly type: 'membersAnswer';
  /** Why it was not done, as a sentence. */
  readonly refused?: string;
  /** It doesn't lead, or not for long enough to say; this one does, as far as is known. */
  readonly askLeader?: { readonly node?: string };
}

export interface MembersDescription {
  readonly type: 'membersDescription';
  readonly node: string;
  /** Absent while it belongs to no cluster; `waitsFor` says what it waits for then. */
  readonly clusterId?: string;
  readonly waitsFor?: string;
  readonly memberId?: MemberId;
  readonly leader?: string;
  readonly term: number;
  readonly committedIndex: number;
  readonly appliedIndex: number;
  readonly members: readonly DescribedMember[];
}

export interface DescribedMember {
  /** Absent where members have no place in a log: their registry is in an etcd. */
  readonly memberId?: MemberId;
  readonly node: string;
  readonly votes: boolean;
  readonly leads: boolean;
  /** Known to the leader only: what of the log it has, and whether it was heard of lately. */
  readonly matchIndex?: number;
  readonly isActive?: boolean;
}

export type FromItself =
  | { readonly type: 'introduceDue' }
  | { readonly type: 'lookDue' }
  | { readonly type: 'maintainDue' }
  | { readonly type: 'founded' }
  | { readonly type: 'notFounded'; readonly sentence: string };

/** What the owner of a host hears, besides all that its replica tells. */
export type HostNews =
  | ReplicaNews
  /**
   * It ends: it can't belong to this cluster any more, or, where there is a code (of
   * `storage-errors.ts`), its directory can't be used here.
   */
  | { readonly type: 'hostSentAway'; readonly reason: string; readonly code?: string };

const text = string(TEXT_LENGTH_MAX);
const sentence = string(SENTENCE_LENGTH_MAX);
const nodes = array(text, NODES_COUNT_MAX);
const whole = integer(0, Number.MAX_SAFE_INTEGER);
const addressParts = object<{ name: string; node: string; incarnation?: number }>(
  { name: text, node: text },
  { incarnation: whole },
);
const replyTo = <Reply>() => addressParts as Check<Address<Reply>>;
const wish = { node: text, replyTo: replyTo<MembersAnswer>() };

export const acceptsHostMessage = acceptor(
  union<FromHost | FromOperator, 'type'>('type', {
    introduce: [{ nodes }],
    introducedFresh: [{ nodes }],
    introducedMember: [
      { clusterId: text },
      { leader: text, refused: sentence, isAwaited: boolean },
    ],
    invited: [{ clusterId: text, memberId: whole }],
    greet: [{ clusterId: text, memberId: whole }],
    sentAway: [{ reason: sentence }, { clusterId: text }],
    describeMembers: [{ replyTo: replyTo() }],
    addMember: [wish],
    removeMember: [wish],
    transferTo: [wish],
  }),
);
