/**
 * Status updates: carries what happens to tasks from this agent to the frameworks that own them.
 *
 * A task has a stream exactly while it has an unacknowledged update. Updates leave in order, at
 * least once, one at a time: the oldest is sent again, ever more slowly, until acknowledged. A
 * terminal update is the last of its stream. Without a master nothing is sent; when there is one
 * again, every stream begins anew with its oldest update. With each goes the newest state of its task
 * that was reported here: a master that hears of an end before it is written down would offer anew
 * what is free, to a framework that knows nothing of the end yet and declines.
 *
 *     (none) ──report──▶ in flight ──acknowledge──▶ in flight (the next one) | (none)
 *                         └◀─retry─┘
 * Source: Mesos 1.11, src/slave/task_status_update_manager.cpp.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../runtime/actor.ts';
import type { FrameworkId, TaskId, UpdateId } from '../protocol/ids.ts';
import { isTerminal, type StatusUpdate, type TaskState } from '../protocol/task.ts';

/** Streams of tasks that nobody launched; an update that would open a further one is dropped. */
const STRAY_STREAMS_MAX = 1000;

/** An update that has to be acknowledged. */
export type ReportedUpdate = StatusUpdate & { readonly id: UpdateId };

export type StatusUpdatesMessage =
  /** From the agent. Dropped when already pending, after a terminal one, and when there is no room. */
  | {
      readonly type: 'report';
      readonly update: ReportedUpdate;
      /** Nobody launched the task: an executor made it up. */
      readonly stray?: true;
    }
  /** From the framework, by way of master and agent. Dropped when stale. */
  | {
      readonly type: 'acknowledge';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly updateId: UpdateId;
    }
  /** From the agent: there is a master to send to. */
  | { readonly type: 'resume' }
  /** From the agent: there is none. */
  | { readonly type: 'pause' }
  /** From the agent: nobody wants to hear of this framework any more. */
  | { readonly type: 'forgetFramework'; readonly frameworkId: FrameworkId }
  /** From ourselves: nobody acknowledged in time. */
  | { readonly type: 'retry'; readonly key: string; readonly delayMs: number };

/** What the agent hears. */
export type StatusUpdatesNews =
  /** To be sent to the master now. `latestState`: of the youngest that was reported. */
  | {
      readonly type: 'forwardUpdate';
      readonly update: ReportedUpdate;
      readonly latestState: TaskState;
    }
  /** The terminal update of this task has been acknowledged: it is over for everybody. */
  | { readonly type: 'taskSettled'; readonly frameworkId: FrameworkId; readonly taskId: TaskId };

export interface StatusUpdatesOptions {
  readonly agent: Address<StatusUpdatesNews>;
  /** First wait for an acknowledgement; doubles with each retry, up to the maximum. */
  readonly retryDelayMsMin: number;
  readonly retryDelayMsMax: number;
  /** Of one task; more are dropped, which is safe: they are not confirmed to the executor. */
  readonly pendingCountMax: number;
}

/** `pending` is oldest first and never empty; there is a timer exactly while not paused. */
interface Stream {
  readonly pending: ReportedUpdate[];
  readonly stray: boolean;
  latestState: TaskState;
  retryTimer: TimerId | undefined;
}

interface StatusUpdatesState {
  readonly streams: Map<string, Stream>;
  strayCount: number;
  paused: boolean;
}

type StatusUpdatesContext = Context<StatusUpdatesOptions, StatusUpdatesMessage>;

export const statusUpdates = defineActor<
  StatusUpdatesOptions,
  StatusUpdatesState,
  StatusUpdatesMessage
>({
  name: 'status-updates',
  initialState: () => ({ streams: new Map(), strayCount: 0, paused: true }),
  handlers: {
    report(state, { update, stray = false }, context) {
      const key = keyOf(update.frameworkId, update.status.taskId);
      const stream = state.streams.get(key);
      if (stream === undefined) {
        if (stray && state.strayCount === STRAY_STREAMS_MAX) {
          context.log.warn('Dropping a status update: too many are of unknown tasks', { key });
          return;
        }
        const { state: latestState } = update.status;
        const opened: Stream = { pending: [update], stray, latestState, retryTimer: undefined };
        if (stray) state.strayCount++;
        state.streams.set(key, opened);
        if (!state.paused) forward(key, opened, context);
        return;
      }
      const { pending } = stream;
      const last = pending[pending.length - 1];
      if (last !== undefined && isTerminal(last.status.state)) return;
      if (pending.some(({ id }) => id === update.id)) return;
      stream.latestState = update.status.state;
      if (pending.length < context.options.pendingCountMax) pending.push(update);
      else context.log.warn('Dropping a status update: too many are pending', { key });
    },

    acknowledge(state, { frameworkId, taskId, updateId }, context) {
      const key = keyOf(frameworkId, taskId);
      const stream = state.streams.get(key);
      const head = stream?.pending[0];
      // A retry may cross the first acknowledgement on the wire: the second one is old news.
      if (stream === undefined || head === undefined || head.id !== updateId) return;
      stopTimer(stream, context);
      stream.pending.shift();
      if (stream.pending.length === 0) close(state, key, stream);
      else if (!state.paused) forward(key, stream, context);
      if (isTerminal(head.status.state)) {
        context.send(context.options.agent, { type: 'taskSettled', frameworkId, taskId });
      }
    },

    resume(state, _, context) {
      state.paused = false;
      for (const [key, stream] of state.streams) {
        stopTimer(stream, context);
        forward(key, stream, context);
      }
    },

    pause(state, _, context) {
      state.paused = true;
      for (const stream of state.streams.values()) stopTimer(stream, context);
    },

    forgetFramework(state, { frameworkId }, context) {
      for (const [key, stream] of state.streams) {
        if (stream.pending[0]?.frameworkId !== frameworkId) continue;
        stopTimer(stream, context);
        close(state, key, stream);
      }
    },

    retry(state, { key, delayMs }, context) {
      const stream = state.streams.get(key);
      if (stream === undefined) return;
      forward(key, stream, context, Math.min(delayMs * 2, context.options.retryDelayMsMax));
    },
  },
});

/** No `/` is allowed in ids. */
function keyOf(frameworkId: FrameworkId, taskId: TaskId): string {
  return `${frameworkId}/${taskId}`;
}

/** Sends the oldest update on its way, and sets the alarm for sending it again. */
function forward(
  key: string,
  stream: Stream,
  context: StatusUpdatesContext,
  delayMs = context.options.retryDelayMsMin,
): void {
  const { latestState } = stream;
  const [update] = stream.pending;
  if (update === undefined) return;
  context.send(context.options.agent, { type: 'forwardUpdate', update, latestState });
  stream.retryTimer = context.sendSelfAfter(delayMs, { type: 'retry', key, delayMs });
}

function close(state: StatusUpdatesState, key: string, { stray }: Stream): void {
  state.streams.delete(key);
  if (stray) state.strayCount--;
}

function stopTimer(stream: Stream, context: StatusUpdatesContext): void {
  if (stream.retryTimer !== undefined) context.cancel(stream.retryTimer);
  stream.retryTimer = undefined;
}
