/** What the store in an etcd hears, is set up with, and holds; and how it says who leads. */
import type { MembersAnswer, MembersDescription } from '../../../consensus/host-messages.ts';
import type { Address, Context, Handlers, TimerId } from '../../../runtime/actor.ts';
import type { EtcdClient } from './etcd-client.ts';
import { RegistryCopy } from './etcd-copy.ts';
import { type EtcdFault, isFinal, isUnfit } from './etcd-errors.ts';
import { type EtcdKeys, etcdKeys } from './etcd-keys.ts';
import type { AppendOutcome, Claim, Seen, SeenLeader } from './etcd-questions.ts';
import type { Head } from './etcd-records.ts';
import type { FromSavingToStore } from './etcd-saving.ts';
import type { FromSessionToStore, SessionMessage } from './etcd-session.ts';
import type { Candidate, Leader } from './leader.ts';
import type { RegistryOperation } from './operations.ts';
import type { RegistryStoreMessage, RegistryStoreOptions } from './store.ts';

export interface EtcdStoreOptions extends RegistryStoreOptions {
  readonly client: EtcdClient;
  /** Its name: masters of one name are of one cluster. */
  readonly cluster: string;
  /** Default 5. How long a leader that is cut off or killed keeps the others waiting, at most. */
  readonly sessionTtlS?: number;
  /** Default 250. Between two looks at who leads. */
  readonly lookIntervalMs?: number;
  /** Default 4 MiB. A log shorter than that is not worth a snapshot. */
  readonly snapshotBytesMin?: number;
}

export const ETCD_STORE_DEFAULTS = {
  sessionTtlS: 5,
  lookIntervalMs: 250,
  snapshotBytesMin: 4_194_304,
} as const;

export type EtcdStoreMessage =
  | RegistryStoreMessage
  | FromSessionToStore
  | FromSavingToStore
  | FromMembersToStore
  /** From ourselves: how things stand in etcd, and what comes of what we asked there. */
  | { readonly type: 'lookDue' }
  | { readonly type: 'looked'; readonly seen: Seen }
  | { readonly type: 'lookFailed'; readonly fault: EtcdFault }
  /** What came of it is seen by a look. */
  | { readonly type: 'campaigned'; readonly fault?: EtcdFault }
  | { readonly type: 'released'; readonly fault?: EtcdFault }
  | { readonly type: 'appendDue' }
  | { readonly type: 'appended'; readonly outcome: AppendOutcome }
  | { readonly type: 'appendFailed'; readonly fault: EtcdFault };

/** From who speaks with operators on this node: passed on. */
export type FromMembersToStore =
  | { readonly type: 'describeMembers'; readonly replyTo: Address<MembersDescription> }
  | {
      readonly type: 'transferTo';
      readonly node: string;
      readonly replyTo: Address<MembersAnswer>;
    };

/** What can go wrong by itself. */
export type Concern = 'looking' | 'session' | 'campaign' | 'writing';

export type Write = Extract<RegistryStoreMessage, { readonly type: 'write' }>;

/** The entry that is on its way. */
export interface Append {
  readonly index: number;
  readonly operations: readonly RegistryOperation[];
  readonly data: Uint8Array;
  readonly claim: Claim;
  readonly epoch: number;
  /** Of the registrar; undefined: it begins a leadership, for the first time with this head. */
  readonly write: Write | undefined;
  readonly head: Head;
  readonly isFirst: boolean;
  attemptCount: number;
}

export interface EtcdStoreState {
  readonly keys: EtcdKeys;
  readonly copy: RegistryCopy;
  sessionActor: Address<SessionMessage> | undefined;
  session: { readonly lease: string; readonly untilMs: number } | undefined;
  /** Of the etcd that answered first. */
  etcdId: string | undefined;
  /** In which it was last seen. */
  revision: number;
  isLooking: boolean;
  lookTimer: TimerId | undefined;
  /** When etcd was last seen. */
  seenMs: number | undefined;
  /** When etcd last named a leader that has begun. */
  leaderSeenMs: number | undefined;
  /** As last seen. */
  leader: SeenLeader | undefined;
  candidates: readonly Candidate[];
  isCampaigning: boolean;
  /** Set while our key of the leader is there, as far as is known, and is to be there. */
  claim: Claim | undefined;
  /** Given up, and perhaps still there; and whom it is left to. */
  releasing: { readonly claim: Claim; readonly successor: string | undefined } | undefined;
  isReleasing: boolean;
  /** Of the leadership that the mastership was told of. */
  epoch: number | undefined;
  /** What the mastership was told of others. */
  told: Leader | undefined;
  toldMasters: string;
  /** Who resigned lets others go first. */
  standBackUntilMs: number;
  /** Since when nobody leads and somebody else is to. */
  successorSinceMs: number | undefined;
  append: Append | undefined;
  readonly writes: Write[];
  isSaving: boolean;
  saveNotBeforeMs: number;
  /** What was said last that is wrong, until it goes well again. */
  readonly complaints: Map<Concern, EtcdFault>;
}

export type EtcdStoreContext = Context<EtcdStoreOptions, EtcdStoreMessage>;

export type EtcdStoreHandlers<Type extends EtcdStoreMessage['type']> = Pick<
  Handlers<EtcdStoreOptions, EtcdStoreState, EtcdStoreMessage>,
  Type
>;

export function emptyEtcdStoreState(cluster: string): EtcdStoreState {
  return {
    keys: etcdKeys(cluster),
    copy: new RegistryCopy(),
    sessionActor: undefined,
    session: undefined,
    etcdId: undefined,
    revision: 0,
    isLooking: false,
    lookTimer: undefined,
    seenMs: undefined,
    leaderSeenMs: undefined,
    leader: undefined,
    candidates: [],
    isCampaigning: false,
    claim: undefined,
    releasing: undefined,
    isReleasing: false,
    epoch: undefined,
    told: undefined,
    toldMasters: '',
    standBackUntilMs: 0,
    successorSinceMs: undefined,
    append: undefined,
    writes: [],
    isSaving: false,
    saveNotBeforeMs: 0,
    complaints: new Map(),
  };
}

/** Whoever led leads no longer, and neither will who was about to. */
export function depose(state: EtcdStoreState, reason: string, context: EtcdStoreContext): void {
  const { epoch } = state;
  state.claim = undefined;
  if (epoch === undefined) return;
  state.epoch = undefined;
  state.told = undefined;
  context.send(context.options.mastership, { type: 'deposed', epoch, reason });
}

/** Who leads, as soon as that one has begun. A key left by an earlier life of ours means nobody. */
export function tellLeader(state: EtcdStoreState, context: EtcdStoreContext): void {
  if (state.epoch !== undefined) return;
  const { leader } = state;
  const { candidate, mastership } = context.options;
  const known =
    leader?.epoch === undefined || leader.candidate.masterId === candidate.masterId
      ? undefined
      : { epoch: leader.epoch, candidate: leader.candidate };
  if (known?.epoch === state.told?.epoch) return;
  state.told = known;
  context.send(mastership, { type: 'leaderChanged', leader: known });
}

/** Says what is wrong with etcd, once; ends where it can't be worked with. */
export function complain(
  state: EtcdStoreState,
  concern: Concern,
  fault: EtcdFault,
  context: EtcdStoreContext,
): void {
  const { code, sentence, remedy } = fault;
  if (isFinal(fault) || (state.seenMs === undefined && isUnfit(fault))) {
    context.log.error(`${sentence}; ${remedy}`);
    context.stop();
    return;
  }
  const isKnown = [...state.complaints.values()].some(
    (other) => other.code === code && (code === 'etcdUnreachable' || other.sentence === sentence),
  );
  state.complaints.set(concern, fault);
  if (!isKnown) context.log.warn(`${sentence}; ${remedy}`);
}

/** It goes well again. */
export function recovered(
  { complaints }: EtcdStoreState,
  concern: Concern,
  context: EtcdStoreContext,
): void {
  if (!complaints.delete(concern) || complaints.size > 0) return;
  context.log.info(`${context.options.client.place} does what is asked again`);
}
