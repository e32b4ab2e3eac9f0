/**
 * The scheduler API of a master's node: knows the subscriptions of its clients, and brings each call
 * to the one that it is for.
 *
 *     HTTP ──openSubscription──▶ api ◀──subscriptionBegan, …Ends── subscription ◀──▶ master
 *     HTTP ──call──▶ api ──called──▶ subscription ──(its message)──▶ master; and 202 ──▶ HTTP
 *                     └──describeFramework──▶ master     when no subscription here has the framework
 *
 * | the framework                    | answer                                             |
 * |---|---|
 * | the master doesn't know it       | 400 "Framework cannot be found"                    |
 * | has another principal            | 400                                                |
 * | has no scheduler                 | 403 "Framework is not subscribed"                  |
 * | has one that doesn't speak HTTP  | 403 "Framework is not connected via HTTP"          |
 * | is here under another stream id  | 400                                                |
 * | calls faster than it may         | late, or 429 with Retry-After where too many wait  |
 *
 * Source of the order and the sentences: Mesos 1.11, src/master/http.cpp, Master::Http::scheduler.
 */
import {
  type Address,
  type AnyAddress,
  type Context,
  defineActor,
  type Exited,
} from '../../../../runtime/actor.ts';
import { address, formatAddress } from '../../../../runtime/address.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import { MASTER_NAME, type MasterMessage, type NotLeader } from '../../../protocol/messages.ts';
import type { FrameworkStanding } from '../../../protocol/operator-to-master.ts';
import { exceededSentence, type FrameworkRates } from '../../rates/framework-rates.ts';
import type { Order } from './orders.ts';
import type { SubscriptionMessage } from './subscription.ts';

/** Schedulers that speak HTTP with one node; a further SUBSCRIBE is answered by 503. */
const SUBSCRIPTION_COUNT_MAX = 5000;
const STANDING_TIMEOUT_MS = 5000;
/** A call that would have to wait longer for its turn is answered by 429. */
const TURN_DELAY_MS_MAX = 10_000;
/** On one stream whose SUBSCRIBE the master has not answered; further ones are answered by 503. */
const EARLY_CALL_COUNT_MAX = 100;

export interface SchedulerCall {
  readonly frameworkId: FrameworkId;
  /** What the client says it is. */
  readonly streamId?: string;
  /** As the authentication found out. */
  readonly principal?: string;
  readonly order: Order;
}

export interface CallAnswer {
  readonly type: 'callAnswer';
  readonly status: number;
  readonly text: string;
  /** Of 429: when to ask again. */
  readonly retryAfterMs?: number;
}

export interface SubscriptionOpening {
  readonly type: 'subscriptionOpening';
  /** Absent: there are too many. */
  readonly streamId?: string;
}

export type FromSubscriptionToApi =
  | {
      readonly type: 'subscriptionBegan';
      readonly streamId: string;
      readonly subscription: Address<SubscriptionMessage>;
    }
  | {
      readonly type: 'frameworkSubscribed';
      readonly streamId: string;
      readonly frameworkId: FrameworkId;
      readonly principal?: string;
    }
  /** It takes no more calls. */
  | { readonly type: 'subscriptionEnds'; readonly streamId: string };

export type SchedulerApiMessage =
  /** From the route: a client may subscribe. Each one that may begins, whatever becomes of it. */
  | { readonly type: 'openSubscription'; readonly replyTo: Address<SubscriptionOpening> }
  | { readonly type: 'call'; readonly call: SchedulerCall; readonly replyTo: Address<CallAnswer> }
  | FromSubscriptionToApi
  /** What the master knows of the framework of a call; nothing in time: undefined. */
  | {
      readonly type: 'standingTold';
      readonly standing: FrameworkStanding | NotLeader | undefined;
      readonly call: SchedulerCall;
      readonly replyTo: Address<CallAnswer>;
    }
  /** Our own timer: a call has waited for its turn. */
  | { readonly type: 'callDue'; readonly streamId: string; readonly asked: AskedCall }
  | Exited;

interface StreamRecord {
  readonly streamId: string;
  /** Unset until it has begun. */
  subscription: Address<SubscriptionMessage> | undefined;
  /** Set while it takes calls for one. */
  framework: { readonly frameworkId: FrameworkId; readonly principal?: string } | undefined;
  /** Calls that came before it was known for which framework it is; undefined once that is known. */
  early: AskedCall[] | undefined;
}

interface AskedCall {
  readonly call: SchedulerCall;
  readonly replyTo: Address<CallAnswer>;
}

interface SchedulerApiState {
  readonly streams: Map<string, StreamRecord>;
  /** By the subscription's printed address. */
  readonly streamIds: Map<string, string>;
  /** The newest of each framework that takes calls. */
  readonly frameworks: Map<FrameworkId, StreamRecord>;
}

export interface SchedulerApiOptions {
  /** How fast frameworks may call; absent: as fast as they like. */
  readonly rates?: FrameworkRates | undefined;
}

type ApiContext = Context<SchedulerApiOptions, SchedulerApiMessage>;

export const schedulerApi = defineActor<
  SchedulerApiOptions,
  SchedulerApiState,
  SchedulerApiMessage
>({
  name: 'scheduler-api',
  initialState: () => ({ streams: new Map(), streamIds: new Map(), frameworks: new Map() }),
  handlers: {
    openSubscription({ streams }, { replyTo }, context) {
      if (streams.size >= SUBSCRIPTION_COUNT_MAX) {
        context.send(replyTo, { type: 'subscriptionOpening' });
        return;
      }
      const streamId = context.uuid();
      streams.set(streamId, {
        ...{ streamId, subscription: undefined, framework: undefined },
        early: [],
      });
      context.send(replyTo, { type: 'subscriptionOpening', streamId });
    },

    subscriptionBegan({ streams, streamIds }, { streamId, subscription }, context) {
      const record = streams.get(streamId);
      if (record === undefined) return;
      record.subscription = subscription;
      streamIds.set(formatAddress(subscription), streamId);
      context.link(subscription);
    },

    frameworkSubscribed(state, { streamId, frameworkId, principal }, context) {
      const record = state.streams.get(streamId);
      if (record === undefined) return;
      record.framework = { frameworkId, ...(principal === undefined ? {} : { principal }) };
      state.frameworks.set(frameworkId, record);
      takeEarly(state, record, context);
    },

    subscriptionEnds(state, { streamId }, context) {
      forgetCalls(state, streamId, context);
    },

    exited(state, { address: gone }, context) {
      const streamId = state.streamIds.get(formatAddress(gone));
      if (streamId === undefined) return;
      state.streamIds.delete(formatAddress(gone));
      forgetCalls(state, streamId, context);
      state.streams.delete(streamId);
    },

    call(state, { call, replyTo }, context) {
      const named = call.streamId === undefined ? undefined : state.streams.get(call.streamId);
      if (named?.early === undefined) {
        takeCall(state, { call, replyTo }, context);
      } else if (named.early.length < EARLY_CALL_COUNT_MAX) {
        named.early.push({ call, replyTo });
      } else {
        const text = 'Too many calls before the framework is subscribed: wait for SUBSCRIBED';
        context.send(replyTo, { type: 'callAnswer', status: 503, text });
      }
    },

    callDue({ streams }, { streamId, asked }, context) {
      const record = streams.get(streamId);
      if (record?.framework === undefined) {
        const text = 'Framework is not subscribed';
        context.send(asked.replyTo, { type: 'callAnswer', status: 403, text });
      } else {
        carryOut(record, asked, context);
      }
    },

    standingTold(state, { standing, call, replyTo }, context) {
      const say = (status: number, text: string) =>
        context.send(replyTo, { type: 'callAnswer', status, text });
      if (standing?.type !== 'frameworkStanding') {
        say(503, 'No leader elected');
        return;
      }
      const { known, principal, scheduler } = standing;
      if (!known) {
        say(400, 'Framework cannot be found');
        return;
      }
      const stranger = principalFault(call.principal, principal);
      if (stranger !== undefined) {
        say(400, stranger);
        return;
      }
      if (scheduler === undefined) {
        say(403, 'Framework is not subscribed');
        return;
      }
      const record = recordOf(state, scheduler);
      if (record !== undefined) {
        deliver(record, principal, { call, replyTo }, context);
        return;
      }
      // Only subscriptions live on a master's node: one that is not here any more has just ended.
      const ended = scheduler.node === context.self.node;
      say(403, ended ? 'Framework is not subscribed' : 'Framework is not connected via HTTP');
    },
  },
  inspect: ({ streams, frameworks }) => ({
    subscriptionCount: streams.size,
    frameworkCount: frameworks.size,
  }),
});

function takeCall(
  { frameworks }: SchedulerApiState,
  { call, replyTo }: AskedCall,
  context: ApiContext,
): void {
  const { frameworkId } = call;
  const record = frameworks.get(frameworkId);
  if (record !== undefined) {
    deliver(record, record.framework?.principal, { call, replyTo }, context);
    return;
  }
  const outcome = (standing: FrameworkStanding | NotLeader | undefined) =>
    ({ type: 'standingTold', standing, call, replyTo }) as const;
  context.ask<MasterMessage, FrameworkStanding | NotLeader>(
    address(MASTER_NAME, context.self.node),
    (askedBy) => ({ type: 'describeFramework', frameworkId, replyTo: askedBy }),
    {
      timeoutMs: STANDING_TIMEOUT_MS,
      onReply: outcome,
      onTimeout: () => outcome(undefined),
    },
  );
}

/** It is known now for which framework the stream is, or that it is for none. */
function takeEarly(state: SchedulerApiState, record: StreamRecord, context: ApiContext): void {
  const { early = [] } = record;
  record.early = undefined;
  for (const asked of early) takeCall(state, asked, context);
}

function deliver(
  record: StreamRecord,
  principal: string | undefined,
  asked: AskedCall,
  context: ApiContext,
): void {
  const { call, replyTo } = asked;
  const fault = principalFault(call.principal, principal) ?? streamFault(call, record.streamId);
  if (fault !== undefined) {
    context.send(replyTo, { type: 'callAnswer', status: 400, text: fault });
    return;
  }
  const turn = context.options.rates?.turn(principal, context.nowMs(), TURN_DELAY_MS_MAX);
  if (turn?.type === 'full') {
    const text = exceededSentence('mesos.scheduler.Call', turn.capacity);
    const retryAfterMs = turn.roomMs;
    context.send(replyTo, { type: 'callAnswer', status: 429, text, retryAfterMs });
  } else if (turn !== undefined && turn.delayMs > 0) {
    const { streamId } = record;
    context.sendSelfAfter(turn.delayMs, { type: 'callDue', streamId, asked });
  } else {
    carryOut(record, asked, context);
  }
}

function carryOut(
  { subscription }: StreamRecord,
  { call: { order }, replyTo }: AskedCall,
  context: ApiContext,
): void {
  const say = (status: number, text = '') =>
    context.send(replyTo, { type: 'callAnswer', status, text });
  if (order.type === 'refuse') {
    say(order.status, order.sentence);
  } else if (subscription === undefined) {
    say(403, 'Framework is not subscribed');
  } else if (order.type === 'update') {
    context.send(subscription, { type: 'updateCalled', framework: order.framework, replyTo });
  } else {
    context.send(subscription, { type: 'called', order, replyTo });
  }
}

function streamFault(
  { streamId, frameworkId }: SchedulerCall,
  current: string,
): string | undefined {
  if (streamId === undefined) {
    return "All non-subscribe calls should include the 'Mesos-Stream-Id' header";
  }
  if (streamId === current) return undefined;
  return `The stream ID '${streamId}' included in this request didn't match the stream ID currently associated with framework ID ${frameworkId}`;
}

/** @param asks who asks; absent where nobody has to say who they are */
export function principalFault(
  asks: string | undefined,
  has: string | undefined,
): string | undefined {
  if (asks === undefined || asks === has) return undefined;
  return `Authenticated principal '${asks}' does not match principal '${has ?? ''}' set in \`FrameworkInfo\``;
}

function recordOf(
  { streamIds, streams }: SchedulerApiState,
  subscription: AnyAddress,
): StreamRecord | undefined {
  const streamId = streamIds.get(formatAddress(subscription));
  return streamId === undefined ? undefined : streams.get(streamId);
}

function forgetCalls(state: SchedulerApiState, streamId: string, context: ApiContext): void {
  const record = state.streams.get(streamId);
  if (record === undefined) return;
  const { framework } = record;
  record.framework = undefined;
  if (framework !== undefined && state.frameworks.get(framework.frameworkId) === record) {
    state.frameworks.delete(framework.frameworkId);
  }
  takeEarly(state, record, context);
}
