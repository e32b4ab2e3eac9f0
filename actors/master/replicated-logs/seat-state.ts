/** What the seat of a log is set up with, what it holds and hears. */
import type { Membership } from '../../../consensus/entry.ts';
import type { LogReader } from '../../../consensus/log-reader.ts';
import type { LogStorage } from '../../../consensus/log-storage.ts';
import type { MemberStatus } from '../../../consensus/member.ts';
import type {
  Proposed,
  Readable,
  ReplicaDescription,
  ReplicaMessage,
  ReplicaNews,
} from '../../../consensus/replica-messages.ts';
import type { ReplicaTimings } from '../../../consensus/replica-state.ts';
import type { Address, Context, Exited, Handlers } from '../../../runtime/actor.ts';
import type { LogReply, LogRequest } from '../../protocol/replicated-logs.ts';
import type { ReplicatedLog } from '../registry/log-operations.ts';
import type { LogDirectory } from './log-directory.ts';
import type { LogMachine } from './log-machine.ts';

/** Of one log; those that are about which logs there are come not so far. */
export type SeatRequest = Exclude<
  LogRequest,
  { readonly type: 'createLog' | 'removeLog' | 'listLogs' }
>;

export type SeatMessage =
  /** From the node's logs, as they came in. Each is answered once, or not at all when this ends. */
  | SeatRequest
  /** From the node's logs: who the masters are. */
  | { readonly type: 'mastersChanged'; readonly masters: Membership }
  /** From the node's logs: the log is no more. It ends, and what it kept here is removed. */
  | { readonly type: 'discard' }
  | ReplicaNews
  | Proposed
  | Readable
  | ReplicaDescription
  | Exited
  /** From itself. */
  | { readonly type: 'founded' }
  | { readonly type: 'notFounded'; readonly sentence: string }
  | { readonly type: 'lookDue' }
  | { readonly type: 'closed' };

export interface SeatOptions {
  readonly log: ReplicatedLog;
  /** `host:port` of this node. */
  readonly node: string;
  readonly place: SeatPlace;
  readonly timings?: ReplicaTimings;
}

/** Where the log is kept here: with other masters on disks, or for as long as this process lives. */
export type SeatPlace =
  | {
      readonly kind: 'disk';
      readonly clusterId: string;
      readonly memberId: number;
      readonly masters: Membership;
      readonly directory: LogDirectory;
    }
  | { readonly kind: 'memory' };

export interface SeatState {
  machine: LogMachine;
  storage: LogStorage | undefined;
  /** What is agreed on and stored here. */
  reader: LogReader | undefined;
  replica: Address<ReplicaMessage> | undefined;
  /** Whether the replica of this node leads, and who does. */
  leads: boolean;
  leader: string | undefined;
  masters: Membership | undefined;
  /** Of the replica, as it described itself last. */
  status: MemberStatus | undefined;
  /** The last sequence that was proposed here, of which epoch. */
  proposed: { readonly epoch: number; readonly sequence: number };
  /** What was asked for and waits for the replica, by our number for it. */
  readonly proposals: Map<number, SeatRequest>;
  /** Of the appends among them. */
  proposalBytes: number;
  readonly reads: Map<number, SeatRequest>;
  /** Questions of what is with the log, which wait for what the replica says of itself now. */
  readonly descriptions: SeatRequest[];
  /** Questions for entries that are still to come, and until when they are kept. */
  readonly followers: Map<number, Follower>;
  changeNumber: number | undefined;
  nextNumber: number;
  /** Why this node takes no part in keeping it, as a sentence. */
  failure: string | undefined;
  discarded: boolean;
}

export interface Follower {
  readonly request: Extract<SeatRequest, { readonly type: 'readLog' }>;
  readonly untilMs: number;
}

export type SeatContext = Context<SeatOptions, SeatMessage>;
export type SeatHandlers<Type extends SeatMessage['type']> = Pick<
  Handlers<SeatOptions, SeatState, SeatMessage>,
  Type
>;

type Answer<Reply extends LogReply = LogReply> = Reply extends LogReply
  ? Omit<Reply, 'number'>
  : never;

export function answer(request: SeatRequest, said: Answer, context: SeatContext): void {
  context.send(request.replyTo, { ...said, number: request.number } as LogReply);
}

/** It can't be done here and now: whoever asked asks again, rather where the leader is. */
export function retry(
  { leader }: SeatState,
  request: SeatRequest,
  reason: string,
  context: SeatContext,
): void {
  const elsewhere = leader === undefined || leader === context.options.node ? {} : { leader };
  answer(request, { type: 'logRetry', reason, ...elsewhere }, context);
}
