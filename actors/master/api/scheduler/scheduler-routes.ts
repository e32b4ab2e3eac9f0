/**
 * `POST /api/v1/scheduler`: how schedulers of any language speak to the master.
 *
 *     who asks ▶ leader? ▶ method ▶ Content-Type ▶ the call ▶ Accept ▶ SUBSCRIBE: a stream
 *                                                                  └▶ else: 202, 200, 400, 403 …
 *
 * SUBSCRIBE is answered by 200 before anybody has looked at the framework; what is wrong with it is
 * an ERROR on the stream. All other calls name the framework and the stream.
 * Source of the order and the sentences: Mesos 1.11, src/master/http.cpp, Master::Http::scheduler.
 */
import type { Address } from '../../../../runtime/actor.ts';
import { CodedError } from '../../../../runtime/errors.ts';
import type { System } from '../../../../runtime/system.ts';
import {
  type HttpAnswer,
  type HttpGate,
  type HttpRequest,
  type HttpRoutes,
  textResponse,
} from '../../../../transport/http/message.ts';
import {
  contentHeaders,
  type Negotiated,
  negotiateAnswer,
  negotiateContent,
} from '../../../../transport/http/negotiation.ts';
import type { FrameworkId } from '../../../protocol/ids.ts';
import type { Tally } from '../../../protocol/metrics/tally.ts';
import { schedulerCallFault } from '../../../protocol/v1/call-faults/scheduler.ts';
import { decodeV1, type Encoding } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { JUDGED, REQUESTS } from '../../metrics/counter-names.ts';
import { onLeader } from '../leader-routes.ts';
import type { AskLeadership, MasterApiOptions } from '../master-api.ts';
import { readCall } from './call-reading.ts';
import { readFramework } from './framework-reading.ts';
import { masterInfo } from './master-info.ts';
import {
  type CallAnswer,
  principalFault,
  type SchedulerApiMessage,
  type SubscriptionOpening,
  schedulerApi,
} from './scheduler-api.ts';
import { subscription } from './subscription.ts';

/** The API answers from memory, or by way of the master of this node. */
const ASK_TIMEOUT_MS = 15_000;
/** What may wait for one scheduler: the answers to a question about all of its tasks, and more. */
const SUBSCRIPTION_MAILBOX_COUNT_MAX = 1_000_000;

export interface SchedulerRoutes {
  readonly routes: HttpRoutes;
  /** Before this, nobody is known to lead. */
  open(system: System): void;
}

interface Door {
  readonly system: System;
  readonly api: Address<SchedulerApiMessage>;
}

type Call = V1<'scheduler.Call'>;

export function schedulerRoutes(
  askLeadership: AskLeadership,
  metrics: Tally,
  { domain, rates }: Pick<MasterApiOptions, 'domain' | 'rates'> = {},
): SchedulerRoutes {
  let door: Door | undefined;
  const leads = onLeader(askLeadership);
  const first: HttpGate = (head) => {
    const { principal } = head;
    return principal !== undefined && principal.value === undefined ? ONLY_CLAIMS : leads(head);
  };

  async function answer(request: HttpRequest): Promise<HttpAnswer> {
    const content = negotiateContent(request.headers);
    if ('status' in content) return content;
    const call = readBody(request, content.encoding, metrics);
    if ('status' in call) return call;
    const streams = call.type === 'SUBSCRIBE' || call.type === 'RECONCILE_OPERATIONS';
    const accepted = streams ? negotiateAnswer(request.headers) : JSON_ANSWER;
    if ('status' in accepted) return accepted;
    if (door === undefined) return NO_LEADER;
    if (call.type === 'SUBSCRIBE') return subscribe(door, call, accepted, request);
    if (call.type === 'REQUEST') metrics.count(REQUESTS);
    const { status, text, retryAfterMs } = await ask(door, call, request).catch(silence);
    if (retryAfterMs !== undefined) return tooFast(text, retryAfterMs);
    return text === '' ? { status } : textResponse(status, text);
  }

  async function subscribe(
    { system, api }: Door,
    { subscribe: said }: Call,
    accepted: Negotiated,
    { headers, principal }: HttpRequest,
  ): Promise<HttpAnswer> {
    if (headers['mesos-stream-id'] !== undefined) return STREAM_ID_TOO_EARLY;
    if (said === undefined)
      return textResponse(400, invalid("Expecting 'subscribe' to be present"));
    const leadership = await askLeadership();
    if (leadership === undefined) return NO_LEADER;
    const { streamId } = await system.ask<SchedulerApiMessage, SubscriptionOpening>(
      api,
      (replyTo) => ({ type: 'openSubscription', replyTo }),
      ASK_TIMEOUT_MS,
    );
    if (streamId === undefined) return TOO_MANY;
    const { encoding } = accepted;
    const options = {
      ...{ encoding, streamId, api },
      framework: readFramework(said, principal?.value),
      masterInfo: masterInfo(system.node, leadership.masterId, domain),
    };
    return {
      status: 200,
      headers: { ...contentHeaders(accepted), 'Mesos-Stream-Id': streamId },
      stream: (stream) => {
        const spawned = system.spawn(
          subscription,
          { ...options, stream },
          { light: true, mailboxCountMax: SUBSCRIPTION_MAILBOX_COUNT_MAX },
        );
        return { closed: (why) => system.send(spawned, { type: 'streamClosed', why }) };
      },
    };
  }

  return {
    routes: { '/api/v1/scheduler': { realm: 'mesos-master-scheduler', first, POST: answer } },
    open(system) {
      const api = system.spawn(
        schedulerApi,
        { rates },
        { name: 'scheduler-api', onCrash: 'resume' },
      );
      door = { system, api };
    },
  };
}

function ask({ system, api }: Door, call: Call, request: HttpRequest): Promise<CallAnswer> {
  const { headers, principal } = request;
  const streamId = headers['mesos-stream-id'];
  const frameworkId = (call.framework_id?.value ?? '') as FrameworkId;
  return system.ask<SchedulerApiMessage, CallAnswer>(
    api,
    (replyTo) => ({
      type: 'call',
      call: {
        frameworkId,
        ...(streamId === undefined ? {} : { streamId }),
        ...(principal?.value === undefined ? {} : { principal: principal.value }),
        order: readCall(call, frameworkId, principal?.value),
      },
      replyTo,
    }),
    ASK_TIMEOUT_MS,
  );
}

/** @returns the call, which has what its type needs, or the refusal */
function readBody(
  { body, principal }: HttpRequest,
  encoding: Encoding,
  metrics: Tally,
): Call | HttpRefusal {
  try {
    const call = decodeV1('scheduler.Call', encoding, body);
    const fault = schedulerCallFault(call) ?? strangerFault(call, principal?.value);
    if (fault === undefined) return call;
    const judged = JUDGED_CALLS[call.type ?? 'UNKNOWN'];
    if (judged !== undefined) metrics.count(`master/invalid_${judged}`);
    return textResponse(400, invalid(fault));
  } catch (error) {
    if (!(error instanceof V1Error)) throw error;
    return textResponse(error.code === 'messageTooLarge' ? 413 : 400, error.message);
  }
}

/** What never comes to the master is counted here. Source: Mesos 1.11, incrementInvalidSchedulerCalls. */
const JUDGED_CALLS: Readonly<Partial<Record<NonNullable<Call['type']>, string>>> = {
  ACKNOWLEDGE: JUDGED.acknowledgement,
  MESSAGE: JUDGED.toExecutor,
};

/** In whole seconds, as the header has it. */
function tooFast(text: string, retryAfterMs: number): HttpRefusal {
  const { headers, ...refusal } = textResponse(429, text);
  const seconds = String(Math.ceil(retryAfterMs / 1000));
  return { ...refusal, headers: { ...headers, 'Retry-After': seconds } };
}

/** The subscription has just ended, or the node is about to. */
function silence(error: unknown): CallAnswer {
  if (!(error instanceof CodedError)) throw error;
  return { type: 'callAnswer', status: 503, text: 'The master does not answer: ask again' };
}

type HttpRefusal = ReturnType<typeof textResponse>;

function strangerFault({ type, subscribe }: Call, principal: string | undefined) {
  const named = subscribe?.framework_info.principal;
  return type === 'SUBSCRIBE' && named !== undefined ? principalFault(principal, named) : undefined;
}

function invalid(sentence: string): string {
  return `Failed to validate scheduler::Call: ${sentence}`;
}

const JSON_ANSWER: Negotiated = { encoding: 'json', isRecordio: false };
const NO_LEADER = textResponse(503, 'No leader elected');
const STREAM_ID_TOO_EARLY = textResponse(
  400,
  "Subscribe calls should not include the 'Mesos-Stream-Id' header",
);
const TOO_MANY = textResponse(
  503,
  'This master has as many subscribed schedulers as it may: try again later',
);
const ONLY_CLAIMS = textResponse(
  403,
  "The request's authenticated principal contains claims, but no value string. The master currently requires that principals have a value",
);
