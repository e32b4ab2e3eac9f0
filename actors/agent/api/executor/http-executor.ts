/**
 * Stands for an executor that speaks HTTP: what the agent says to it becomes events on its stream, and
 * what it says in calls comes from here, so that the agent sees one executor like any other.
 *
 *     subscribing ──executorRegistered──▶ subscribed ──streamClosed──▶ unheard
 *         │ SHUTDOWN, and over                └──replaced, program ended──▶ over ◀──┘
 * There is one for each stream. It outlives the stream, for the executor may only have lost its
 * connection: it still speaks for what the executor calls, and keeps what must not get lost (kills,
 * messages) for the stream that comes next. Launches are not kept: the agent repeats them, and a task
 * that the executor has had, or said it has, is not launched again, because Mesos' executors don't expect
 * that.
 * Source: Mesos 1.11, src/slave/slave.cpp, subscribe; src/slave/constants.hpp.
 */
import { type Address, type Context, defineActor } from '../../../../runtime/actor.ts';
import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import { encodeRecord } from '../../../../transport/http/recordio.ts';
import type { HttpStream } from '../../../../transport/http/stream-port.ts';
import type { FromExecutorToAgent } from '../../../protocol/executor-to-agent.ts';
import type { ContainerId, ExecutorId, FrameworkId, TaskId } from '../../../protocol/ids.ts';
import type { ExecutorMessage } from '../../../protocol/messages.ts';
import { encodeV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { fromExecutorMessage } from '../../../protocol/v1/from-nouns/executor-events.ts';
import type { HttpExecutorMessage } from '../../http-executors.ts';
import type { AgentActorMessage } from '../../state.ts';

/** As in Mesos: it only keeps proxies from closing what looks unused. */
const HEARTBEAT_INTERVAL_MS = 30 * 60_000;
/** Events kept for an executor that has no stream; further ones are dropped, as Mesos drops all. */
const KEPT_EVENTS_MAX = 1000;

type UpdateMessage = Extract<FromExecutorToAgent, { readonly type: 'executorUpdate' }>;

export interface HttpExecutorOptions {
  readonly agent: Address<AgentActorMessage>;
  readonly stream: HttpStream;
  readonly encoding: MessageEncoding;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  /** Those that it said it has not seen acknowledged. */
  readonly updates: readonly UpdateMessage[];
  /** Of tasks that it said it has, though it said nothing of them that was acknowledged. */
  readonly knownTaskIds: readonly TaskId[];
}

interface HttpExecutorState {
  phase: 'subscribing' | 'subscribed' | 'over';
  hasStream: boolean;
  /** Tasks that the executor has had and that may be launched again by the agent. */
  readonly knownTaskIds: Set<TaskId>;
  readonly kept: ExecutorMessage[];
}

type HttpExecutorContext = Context<HttpExecutorOptions, HttpExecutorMessage>;

export const httpExecutor = defineActor<
  HttpExecutorOptions,
  HttpExecutorState,
  HttpExecutorMessage
>({
  name: 'http-executor',
  initialState: ({ knownTaskIds }) => ({
    phase: 'subscribing',
    hasStream: true,
    knownTaskIds: new Set(knownTaskIds),
    kept: [],
  }),

  started(_, context) {
    const { agent, frameworkId, executorId, containerId } = context.options;
    context.link(agent);
    context.send(agent, {
      type: 'subscribeExecutor',
      executor: context.self,
      frameworkId,
      executorId,
      containerId,
    });
  },

  handlers: {
    executorRegistered(state, message, context) {
      const { agent, containerId, updates } = context.options;
      const event = fromExecutorMessage(message);
      if (event?.subscribed === undefined) return;
      state.phase = 'subscribed';
      const subscribed = { ...event.subscribed, container_id: { value: containerId } };
      write(state, { ...event, subscribed }, context);
      context.sendSelfAfter(HEARTBEAT_INTERVAL_MS, { type: 'heartbeatDue' });
      for (const update of updates) context.send(agent, update);
    },

    registrationRefused(state, message, context) {
      tell(state, message, context);
      end(state, context);
    },

    launch(state, message, context) {
      const { taskId } = message.task;
      if (!state.knownTaskIds.has(taskId) && tell(state, message, context)) {
        state.knownTaskIds.add(taskId);
      }
    },

    launchGroup(state, message, context) {
      const taskIds = message.tasks.map(({ taskId }) => taskId);
      // They came together: it has had all of them, though the agent has heard of some by now.
      if (taskIds.some((taskId) => state.knownTaskIds.has(taskId))) return;
      if (!tell(state, message, context)) return;
      for (const taskId of taskIds) state.knownTaskIds.add(taskId);
    },

    kill: tellOrKeep,

    updateReceived(state, message, context) {
      // From here on the agent doesn't launch it again.
      state.knownTaskIds.delete(message.taskId);
      // One that gets lost is made up for: the executor brings along what it takes for unacknowledged.
      tell(state, message, context);
    },

    schedulerMessage: tellOrKeep,

    shutdown(state, message, context) {
      tell(state, message, context);
      // It is not, or no longer, one of the agent's.
      if (state.phase === 'subscribing') end(state, context);
    },

    subscriptionReplaced(state, { by }, context) {
      for (const message of state.kept) context.send(by, message);
      end(state, context);
    },

    executorEnded: (state, _, context) => end(state, context),

    /** The agent: its next life knows us as well as it knows the executor, not at all. */
    exited: (state, _, context) => end(state, context),

    say(_, { message }, context) {
      context.send(context.options.agent, message);
    },

    streamClosed(state) {
      state.hasStream = false;
    },

    heartbeatDue(state, message, context) {
      if (!write(state, { type: 'HEARTBEAT' }, context)) return;
      context.sendSelfAfter(HEARTBEAT_INTERVAL_MS, message);
    },
  },

  stopped: (_, { options }) => options.stream.end(),
});

function tellOrKeep(
  state: HttpExecutorState,
  message: ExecutorMessage,
  context: HttpExecutorContext,
): void {
  if (tell(state, message, context) || state.kept.length >= KEPT_EVENTS_MAX) return;
  state.kept.push(message);
}

/** @returns whether it is on its way to the executor */
function tell(
  state: HttpExecutorState,
  message: ExecutorMessage,
  context: HttpExecutorContext,
): boolean {
  const event = fromExecutorMessage(message);
  return event !== undefined && write(state, event, context);
}

function write(
  { hasStream }: HttpExecutorState,
  event: V1<'executor.Event'>,
  { options: { stream, encoding } }: HttpExecutorContext,
): boolean {
  return hasStream && stream.write(encodeRecord(encodeV1('executor.Event', encoding, event)));
}

/** What was written still goes out. */
function end(state: HttpExecutorState, context: HttpExecutorContext): void {
  if (state.phase === 'over') return;
  state.phase = 'over';
  context.stop();
}
