/**
 * A scheduler for simulations that speaks the v1 API over HTTP, in either encoding: like the one that is
 * written with the SDK it launches jobs, kills some, and writes down in the ledger what it hears.
 *
 *     away ──SUBSCRIBE──▶ subscribing ──200, SUBSCRIBED──▶ subscribed
 *      ▲  └◀─307: the leader; 503: another, a while later ─┘      │
 *      └── connection lost, stream over, nothing heard for long ◀─┘
 * It does what Mesos asks of schedulers: it acknowledges what it has written down, reconciles when it has
 * subscribed and every now and then, and repeats a kill that shows no effect.
 */
import type { AgentId, ExecutorId, TaskId } from '../../actors/protocol/ids.ts';
import type { Operation } from '../../actors/protocol/offer.ts';
import type { OperationState } from '../../actors/protocol/operation.ts';
import { decodeV1, type Encoding, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { fromFramework } from '../../actors/protocol/v1/from-nouns/frameworks.ts';
import { fromResourceOperation } from '../../actors/protocol/v1/from-nouns/operations.ts';
import { fromExecutor, fromTaskInfo } from '../../actors/protocol/v1/from-nouns/tasks.ts';
import { readWith } from '../../actors/protocol/v1/reading.ts';
import { toResources } from '../../actors/protocol/v1/to-nouns/resources.ts';
import { toStatus } from '../../actors/protocol/v1/to-nouns/statuses.ts';
import { type Context, defineActor, type Exited } from '../../runtime/actor.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import { askHttp, type FromHttpWire, httpWireOf } from '../kit/http-wire.ts';
import { MEDIA_TYPE } from '../kit/scheduler-client.ts';
import { hear, type JobOptions, type Launch, type Offered, restMs } from './jobs.ts';
import { hearOperation } from './keeping.ts';
import { answerOffer, type OfferAnswer } from './offer-answers.ts';

const TARGET = '/api/v1/scheduler';
const CONNECT_DELAY_MS_MAX = 500;
/** Of five heartbeats of the kit's masters. */
const SILENCE_MS_MAX = 7500;
const WATCH_INTERVAL_MS = 1000;
const REPEAT_KILL_MS = 3000;
/** Every so many times it asks for all that has not ended. */
const THOROUGH_COUNT = 6;
/** A launch that nothing is heard of for so long is asked for. */
const SILENT_LAUNCH_MS = 3000;

type Event = V1<'scheduler.Event'>;
type Call = V1<'scheduler.Call'>;

export interface HttpJobOptions extends JobOptions {
  /** `host:port` of the masters. */
  readonly masters: readonly string[];
  readonly encoding: Encoding;
}

export type HttpJobMessage =
  | FromHttpWire
  | Exited
  /** From ourselves: time to subscribe. */
  | { readonly type: 'connectDue' }
  /** From ourselves: is the stream still there? */
  | { readonly type: 'watchDue' }
  | { readonly type: 'killDue'; readonly taskId: TaskId }
  | { readonly type: 'askDue' }
  | { readonly type: 'moreDue' }
  /** From the simulation: everything is done, the framework ends. */
  | { readonly type: 'leave' };

interface HttpJobState {
  phase: 'away' | 'subscribing' | 'subscribed' | 'over';
  /** Whom to ask next; unset: any. */
  master: string | undefined;
  lastRequest: number;
  askCount: number;
  /** It has said that it wants no offers, for a while. */
  resting: boolean;
  /** The request that the stream answers. */
  streamRequest: number;
  streamId: string;
  decoder: RecordDecoder;
  heardMs: number;
  leaving: boolean;
  teardownRequest: number | undefined;
}

type JobContext = Context<HttpJobOptions, HttpJobMessage>;

export const httpJobScheduler = defineActor<HttpJobOptions, HttpJobState, HttpJobMessage>({
  name: 'http-jobs',
  accepts: () => undefined,
  initialState: () => ({
    phase: 'away',
    master: undefined,
    lastRequest: 0,
    askCount: 0,
    resting: false,
    streamRequest: 0,
    streamId: '',
    decoder: new RecordDecoder(),
    heardMs: 0,
    leaving: false,
    teardownRequest: undefined,
  }),

  started(_, context) {
    context.sendSelfAfter(0, { type: 'connectDue' });
    context.sendSelfAfter(WATCH_INTERVAL_MS, { type: 'watchDue' });
    context.sendSelfAfter(context.options.askIntervalMs, { type: 'askDue' });
  },

  handlers: {
    connectDue(state, _message, context) {
      if (state.phase !== 'away') return;
      const { ledger, info, masters, encoding } = context.options;
      const node = state.master ?? masters[Math.floor(context.random() * masters.length)];
      if (node === undefined) return;
      Object.assign(state, { phase: 'subscribing', master: node, decoder: new RecordDecoder() });
      state.heardMs = context.nowMs();
      const { frameworkId } = ledger;
      const named = { ...info, name: ledger.name, user: 'simulation' };
      const call: Call = {
        type: 'SUBSCRIBE',
        ...(frameworkId && { framework_id: { value: frameworkId } }),
        subscribe: { framework_info: fromFramework(named, frameworkId) },
      };
      state.streamRequest = ++state.lastRequest;
      askHttp(context, node, {
        id: state.streamRequest,
        target: TARGET,
        headers: { 'content-type': MEDIA_TYPE[encoding], accept: MEDIA_TYPE[encoding] },
        body: encodeV1('scheduler.Call', encoding, call),
      });
    },

    answered(state, { id, status, headers, isStream }, context) {
      if (id === state.teardownRequest && status === 202) end(state, context);
      if (id !== state.streamRequest || state.phase !== 'subscribing') return;
      if (isStream) {
        state.streamId = headers['Mesos-Stream-Id'] ?? '';
        return;
      }
      const { ledger } = context.options;
      const leader = headers['location']?.replace(/^\/\//, '').replace(/\/.*$/, '');
      if (status === 307) ledger.redirectCount++;
      lose(state, context, status === 307 ? leader : undefined);
    },

    record(state, { id, bytes }, context) {
      if (id !== state.streamRequest) return;
      state.heardMs = context.nowMs();
      for (const record of state.decoder.push(bytes)) {
        if (state.phase === 'away' || state.phase === 'over') return;
        handle(state, decodeV1('scheduler.Event', context.options.encoding, record), context);
      }
    },

    ended(state, { id }, context) {
      if (id === state.streamRequest) lose(state, context);
    },

    exited(state, { address }, context) {
      if (address.node === state.master) lose(state, context);
    },

    watchDue(state, message, context) {
      context.sendSelfAfter(WATCH_INTERVAL_MS, message);
      if (state.phase === 'away' || context.nowMs() - state.heardMs < SILENCE_MS_MAX) return;
      lose(state, context);
    },

    killDue(state, message, context) {
      const { taskId } = message;
      const job = context.options.ledger.jobs.get(taskId);
      if (job === undefined || job.ended !== undefined) return;
      const agent_id = { value: job.agentId };
      say(state, { type: 'KILL', kill: { task_id: { value: taskId }, agent_id } }, context);
      context.sendSelfAfter(REPEAT_KILL_MS, message);
    },

    askDue(state, message, context) {
      reconcile(state, context, ++state.askCount % THOROUGH_COUNT === 0);
      context.sendSelfAfter(context.options.askIntervalMs, message);
    },

    moreDue(state, _message, context) {
      state.resting = false;
      say(state, { type: 'REVIVE' }, context);
    },

    leave(state, _message, context) {
      state.leaving = true;
      teardown(state, context);
    },
  },
});

function handle(state: HttpJobState, event: Event, context: JobContext): void {
  const { options } = context;
  const { ledger, life } = options;
  switch (event.type) {
    case 'SUBSCRIBED':
      state.phase = 'subscribed';
      state.resting = false;
      ledger.frameworkId = event.subscribed?.framework_id.value as typeof ledger.frameworkId;
      ledger.openedMs ??= context.nowMs();
      ledger.subscribedCount++;
      if (state.leaving) teardown(state, context);
      else reconcile(state, context, true);
      return;
    case 'OFFERS':
      answerOffers(state, event.offers?.offers ?? [], context);
      rest(state, context);
      return;
    case 'UPDATE': {
      const status = event.update?.status;
      if (status === undefined) return;
      hear(options, readWith((report) => toStatus(status, context.nowMs(), report, '')).noun);
      const { agent_id, task_id, uuid } = status;
      if (agent_id === undefined || uuid === undefined) return;
      say(state, { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } }, context);
      return;
    }
    case 'UPDATE_OPERATION_STATUS': {
      const status = event.update_operation_status?.status;
      const { operation_id, agent_id, uuid } = status ?? {};
      if (operation_id === undefined) return;
      hearOperation(ledger.kept, operation_id.value, operationStateOf(status?.state ?? ''));
      if (agent_id === undefined || uuid === undefined) return;
      const acknowledge_operation_status = { agent_id, uuid: uuid.value, operation_id };
      say(state, { type: 'ACKNOWLEDGE_OPERATION_STATUS', acknowledge_operation_status }, context);
      return;
    }
    case 'ERROR':
      // Otherwise it is only that another one has taken over.
      if (ledger.life === life) ledger.over = event.error?.message ?? 'ERROR';
      end(state, context);
      return;
    default:
  }
}

const FILTERS: V1<'Filters'> = { refuse_seconds: 1 };

function answerOffers(
  state: HttpJobState,
  offers: readonly V1<'Offer'>[],
  context: JobContext,
): void {
  const { options } = context;
  options.ledger.offeredMs = context.nowMs();
  const declined: V1<'OfferID'>[] = [];
  for (const offer of offers) {
    const offered = offeredBy(offer);
    const answer = answerOffer(offered, options, () => context.random(), context.nowMs());
    if (answer.type === 'decline') declined.push(offer.id);
    else accept(state, offer, answer, context);
  }
  if (declined.length === 0) return;
  say(state, { type: 'DECLINE', decline: { offer_ids: declined, filters: FILTERS } }, context);
}

function accept(
  state: HttpJobState,
  offer: V1<'Offer'>,
  answer: Exclude<OfferAnswer, { readonly type: 'decline' }>,
  context: JobContext,
): void {
  const { options } = context;
  const { jobs } = answer.type === 'launch' ? answer.launch : answer;
  for (const { taskId } of jobs) {
    if (context.random() >= options.killProbability) continue;
    context.sendSelfAfter(context.random() * options.sleepMsMax, { type: 'killDue', taskId });
  }
  const operations =
    answer.type === 'launch'
      ? [launching(offer, answer.launch, options)]
      : answer.operations.map(fromOperation);
  const asked = { offer_ids: [offer.id], operations, filters: FILTERS };
  say(state, { type: 'ACCEPT', accept: asked }, context);
}

function launching(
  offer: V1<'Offer'>,
  { tasks, groupExecutor }: Launch,
  { ledger: { frameworkId } }: HttpJobOptions,
): V1<'Offer.Operation'> {
  const agentId = offer.agent_id.value as AgentId;
  const task_infos = tasks.map((task) => fromTaskInfo({ ...task, agentId }));
  if (groupExecutor === undefined) return { type: 'LAUNCH', launch: { task_infos } };
  const about = { role: undefined, ...(frameworkId && { frameworkId }) };
  return {
    type: 'LAUNCH_GROUP',
    launch_group: {
      executor: fromExecutor(groupExecutor, about),
      task_group: { tasks: task_infos },
    },
  };
}

function fromOperation(operation: Operation): V1<'Offer.Operation'> {
  if (operation.type === 'change') {
    const { change, operationId: value } = operation;
    return { ...fromResourceOperation(change), ...(value !== undefined && { id: { value } }) };
  }
  const task_infos = operation.tasks.map((task) => fromTaskInfo(task));
  return { type: 'LAUNCH', launch: { task_infos } };
}

function offeredBy({
  agent_id,
  resources,
  allocation_info,
  executor_ids = [],
}: V1<'Offer'>): Offered {
  return {
    agentId: agent_id.value as AgentId,
    role: allocation_info?.role ?? '*',
    resources: readWith((report) => toResources(resources, report, '')).noun,
    executorIds: executor_ids.map(({ value }) => value as ExecutorId),
  };
}

/** `OPERATION_GONE_BY_OPERATOR` is `goneByOperator`. */
function operationStateOf(text: string): OperationState {
  const words = text.replace('OPERATION_', '').toLowerCase();
  return words.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as OperationState;
}

/** No offers while there is nothing to launch. */
function rest(state: HttpJobState, context: JobContext): void {
  const waitMs = restMs(context.options, () => context.random(), context.nowMs());
  if (waitMs === undefined || state.resting) return;
  state.resting = true;
  say(state, { type: 'SUPPRESS' }, context);
  context.sendSelfAfter(waitMs, { type: 'moreDue' });
}

/** Asks for what it might have missed the end of; often only for what it has heard nothing of. */
function reconcile(state: HttpJobState, context: JobContext, isThorough: boolean): void {
  const { ledger, life } = context.options;
  const beforeMs = context.nowMs() - SILENT_LAUNCH_MS;
  const asked = [...ledger.jobs.values()].filter(
    (job) =>
      job.ended === undefined &&
      (job.life < life || (job.launchedMs < beforeMs && (isThorough || job.heard.length === 0))),
  );
  const tasks = asked.map(({ taskId, agentId }) => ({
    task_id: { value: taskId },
    agent_id: { value: agentId },
  }));
  if (tasks.length > 0) say(state, { type: 'RECONCILE', reconcile: { tasks } }, context);
}

function teardown(state: HttpJobState, context: JobContext): void {
  say(state, { type: 'TEARDOWN' }, context);
  state.teardownRequest = state.lastRequest;
}

/** Only while it is subscribed; what is not said is said again by who wants it. */
function say(state: HttpJobState, call: Call, context: JobContext): void {
  const { ledger, encoding } = context.options;
  const { frameworkId } = ledger;
  if (state.phase !== 'subscribed' || frameworkId === undefined || state.master === undefined)
    return;
  askHttp(context, state.master, {
    id: ++state.lastRequest,
    target: TARGET,
    headers: { 'content-type': MEDIA_TYPE[encoding], 'mesos-stream-id': state.streamId },
    body: encodeV1('scheduler.Call', encoding, { framework_id: { value: frameworkId }, ...call }),
  });
}

/** The connection is of no use any more: a new one is made, a while later. */
function lose(state: HttpJobState, context: JobContext, leader?: string): void {
  if (state.phase === 'away' || state.phase === 'over') return;
  if (state.phase === 'subscribed') context.options.ledger.lostStreamCount++;
  leave(state, context);
  state.phase = 'away';
  state.master = leader;
  const delayMs = context.random() * CONNECT_DELAY_MS_MAX;
  context.sendSelfAfter(delayMs, { type: 'connectDue' });
}

function leave({ master, streamRequest: id }: HttpJobState, context: JobContext): void {
  if (master === undefined) return;
  const wire = httpWireOf(master);
  context.send(wire, { type: 'leave', id, client: context.self });
  context.unlink(wire);
}

function end(state: HttpJobState, context: JobContext): void {
  leave(state, context);
  state.phase = 'over';
  context.stop();
}
