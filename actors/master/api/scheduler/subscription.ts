/**
 * A subscription: stands in the cluster for a scheduler that speaks HTTP. To the master it is a
 * framework's scheduler like any other; to the client it writes what the master says, as events.
 *
 *     (SUBSCRIBE) ──▶ waiting ──subscribed──▶ open ──┬── client gone, or too slow ──▶ (ends)
 *                        │                           ├── failed over, torn down ─┐
 *                        └── refused ────────────────┴── the master is gone ─────┴▶ ending ──▶ (ends)
 *
 * A client that goes takes this actor with it, and the master, which has linked it, hears that the
 * scheduler is lost. Before the stream ends for a reason that the client should know, it reads ERROR.
 * Without a word of the master the stream ends after a while, and the client asks again.
 * Source: Mesos 1.11, src/master/http.cpp, Master::Http::scheduler; docs/scheduler-http-api.md.
 */
import {
  type Address,
  type Context,
  defineActor,
  type Handlers,
} from '../../../../runtime/actor.ts';
import { address } from '../../../../runtime/address.ts';
import { encodeRecord } from '../../../../transport/http/recordio.ts';
import type { HttpStream, HttpStreamEnd } from '../../../../transport/http/stream-port.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import {
  MASTER_NAME,
  type MasterMessage,
  type SchedulerMessage,
} from '../../../protocol/messages.ts';
import type { FrameworkUpdated } from '../../../protocol/scheduler-to-master.ts';
import { type Encoding, encodeV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import type { FrameworkForm } from '../../../protocol/v1/framework-form.ts';
import { fromSchedulerMessage } from '../../../protocol/v1/from-nouns/scheduler-events.ts';
import { noticeEvent } from './notice-events.ts';
import type { Framework, Order } from './orders.ts';
import type { CallAnswer, FromSubscriptionToApi } from './scheduler-api.ts';

/** The master is on the same node: longer only where it is not there (yet, or any more). */
const SUBSCRIBE_TIMEOUT_MS = 10_000;
const UPDATE_TIMEOUT_MS = 10_000;
/** Offers in one event: clients take records of a few megabytes. More go in several events. */
const OFFERS_PER_EVENT_MAX = 1000;

export type SubscriptionMessage =
  | SchedulerMessage
  /**
   * From the API: a call of the client, who has been found to be the one. Answered when the master has
   * been told, so that what the client asks next comes after it.
   */
  | {
      readonly type: 'called';
      readonly order: Extract<Order, { readonly type: 'tell' }>;
      readonly replyTo: Address<CallAnswer>;
    }
  | {
      readonly type: 'updateCalled';
      readonly framework: Framework;
      readonly replyTo: Address<CallAnswer>;
    }
  /** The master's answer to that; none came: undefined. */
  | {
      readonly type: 'updateAnswered';
      readonly answer: FrameworkUpdated | undefined;
      readonly form: FrameworkForm;
      readonly replyTo: Address<CallAnswer>;
    }
  /** Its own timer. */
  | { readonly type: 'subscribeTimedOut' }
  /** From the stream, the last that is heard of it. */
  | { readonly type: 'streamClosed'; readonly why: HttpStreamEnd };

export interface SubscriptionOptions {
  readonly stream: HttpStream;
  readonly encoding: Encoding;
  readonly streamId: string;
  readonly api: Address<FromSubscriptionToApi>;
  readonly framework: Framework;
  readonly masterInfo: V1<'MasterInfo'>;
}

interface SubscriptionState {
  phase: 'waiting' | 'open' | 'ending';
  frameworkId: FrameworkId | undefined;
  form: FrameworkForm;
}

type SubscriptionContext = Context<SubscriptionOptions, SubscriptionMessage>;

/** What the master says is written as it comes. */
const told = (state: SubscriptionState, message: SchedulerMessage, context: SubscriptionContext) =>
  writeMessage(state, message, context);

const handlers: Handlers<SubscriptionOptions, SubscriptionState, SubscriptionMessage> = {
  subscribed(state, message, context) {
    if (state.phase === 'ending') return;
    const { streamId, api, framework } = context.options;
    const { frameworkId } = message;
    const { principal } = framework.info;
    state.phase = 'open';
    state.frameworkId = frameworkId;
    context.send(api, {
      type: 'frameworkSubscribed',
      ...{ streamId, frameworkId },
      ...(principal === undefined ? {} : { principal }),
    });
    writeMessage(state, message, context);
  },
  heartbeat: told,
  offersMade(state, { offers }, context) {
    for (let from = 0; from < offers.length; from += OFFERS_PER_EVENT_MAX) {
      const some = offers.slice(from, from + OFFERS_PER_EVENT_MAX);
      writeMessage(state, { type: 'offersMade', offers: some }, context);
    }
  },
  offerRescinded: told,
  inverseOffersMade: told,
  inverseOfferRescinded: told,
  taskUpdated: told,
  operationUpdated: told,
  executorMessage: told,
  failed: told,
  subscriptionEnded(state, message, context) {
    writeMessage(state, message, context);
    end(state, context);
  },
  notLeader(state, { leader }, context) {
    // A leader says so of itself when the masters change.
    if (leader !== context.self.node) end(state, context);
  },
  exited(state, _message, context) {
    end(state, context);
  },

  called(state, { order, replyTo }, context) {
    if (state.phase !== 'open') {
      context.send(replyTo, answer(403, 'Framework is not subscribed'));
      return;
    }
    for (const notice of order.notices) write(state, noticeEvent(notice, context.nowMs()), context);
    for (const message of order.messages) {
      context.send(masterHere(context), message);
      if (message.type === 'teardown') end(state, context);
    }
    context.send(replyTo, answer(202));
  },

  updateCalled(state, { framework, replyTo }, context) {
    const { frameworkId } = state;
    const refused = updateFault(framework);
    if (state.phase !== 'open' || frameworkId === undefined) {
      context.send(replyTo, answer(409, 'Framework is not subscribed'));
      return;
    }
    if (refused !== undefined) {
      context.send(replyTo, answer(400, refused));
      return;
    }
    const { form } = framework;
    logLeft(framework, context);
    const outcome = (told: FrameworkUpdated | undefined): SubscriptionMessage => ({
      type: 'updateAnswered',
      ...{ answer: told, form, replyTo },
    });
    context.ask<MasterMessage, FrameworkUpdated>(
      masterHere(context),
      (askedBy) => ({
        type: 'updateFramework',
        ...{ frameworkId, ...demandOf(framework), replyTo: askedBy },
      }),
      {
        timeoutMs: UPDATE_TIMEOUT_MS,
        onReply: outcome,
        onTimeout: () => outcome(undefined),
      },
    );
  },

  updateAnswered(state, { answer: told, form, replyTo }, context) {
    if (told === undefined) {
      context.send(replyTo, answer(503, 'The master does not answer: ask again'));
      return;
    }
    const { refused, gone } = told;
    if (refused !== undefined) {
      context.send(replyTo, answer(gone === true ? 409 : 400, refused));
      return;
    }
    state.form = form;
    context.send(replyTo, answer(200));
  },

  subscribeTimedOut(state, _message, context) {
    if (state.phase === 'waiting') end(state, context);
  },
  streamClosed({ frameworkId }, { why }, context) {
    context.log.info(`The stream of framework "${frameworkId}" is closed: ${why}`);
    context.stop();
  },
};

export const subscription = defineActor<
  SubscriptionOptions,
  SubscriptionState,
  SubscriptionMessage
>({
  name: 'scheduler-subscription',
  initialState: ({ framework }) => ({
    phase: 'waiting',
    frameworkId: undefined,
    form: framework.form,
  }),
  started(state, context) {
    const { api, streamId, framework } = context.options;
    const { frameworkId } = framework;
    const refused = framework.refused ?? framework.constraintsRefused;
    context.send(api, { type: 'subscriptionBegan', streamId, subscription: context.self });
    if (refused !== undefined) {
      writeMessage(state, { type: 'subscriptionEnded', message: refused }, context);
      end(state, context);
      return;
    }
    logLeft(framework, context);
    const master = masterHere(context);
    context.link(master);
    context.send(master, {
      type: 'subscribe',
      ...{ scheduler: context.self, ...demandOf(framework) },
      ...(frameworkId === undefined ? {} : { frameworkId }),
    });
    context.sendSelfAfter(SUBSCRIBE_TIMEOUT_MS, { type: 'subscribeTimedOut' });
  },
  handlers,
  /** However it ends, the client is not left hanging. */
  stopped: (_state, { options }) => options.stream.end(),
});

function logLeft({ info, left }: Framework, { log }: SubscriptionContext): void {
  if (left.length === 0) return;
  log.info(`What "${info.name}" asks for is not supported, and counts for nothing`, { left });
}

function masterHere({ self }: SubscriptionContext): Address<MasterMessage> {
  return address(MASTER_NAME, self.node);
}

function writeMessage(
  state: SubscriptionState,
  message: SchedulerMessage,
  context: SubscriptionContext,
): void {
  const event = fromSchedulerMessage(message, context.options.masterInfo, state.form);
  if (event !== undefined) write(state, event, context);
}

/** A client that can't take it is dropped by the stream, which says so. */
function write(
  { phase }: SubscriptionState,
  event: V1<'scheduler.Event'>,
  { options: { stream, encoding } }: SubscriptionContext,
): void {
  if (phase === 'ending') return;
  stream.write(encodeRecord(encodeV1('scheduler.Event', encoding, event)));
}

/** What was written still goes out; `streamClosed` follows. */
function end(state: SubscriptionState, context: SubscriptionContext): void {
  if (state.phase === 'ending') return;
  state.phase = 'ending';
  const { api, streamId, stream } = context.options;
  context.send(api, { type: 'subscriptionEnds', streamId });
  stream.end();
}

/**
 * What the master does not look at.
 * Source of the sentences: Mesos 1.11, src/master/master.cpp, updateFramework; validateUpdate.
 */
function updateFault({ refused, constraintsRefused }: Framework): string | undefined {
  if (refused !== undefined) return `Supplied FrameworkInfo is not valid: ${refused}`;
  return constraintsRefused === undefined
    ? undefined
    : `'UpdateFramework' call is not valid: ${constraintsRefused}`;
}

/** What the master hears of a framework, when it subscribes and later. */
function demandOf({ info, suppressedRoles, offerConstraints }: Framework) {
  return { info, suppressedRoles, ...(offerConstraints && { offerConstraints }) };
}

function answer(status: number, text = ''): CallAnswer {
  return { type: 'callAnswer', status, text };
}
