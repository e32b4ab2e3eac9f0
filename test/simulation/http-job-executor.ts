/**
 * An executor for simulations that speaks the v1 executor API over HTTP: it runs the scripts that tasks
 * carry as `data`, on timers, and writes down on its machine what runs, as a process would show it.
 *
 *     away ──SUBSCRIBE, with what is not acknowledged──▶ subscribed ──connection lost──▶ away
 *      └── without its agent for too long, or sent away: its process ends with all that runs in it
 * Source of how executors behave: Mesos 1.11, docs/executor-http-api.md, "Disconnections".
 */
import type { ContainerId, ExecutorId, FrameworkId } from '../../actors/protocol/ids.ts';
import { decodeV1, type Encoding, encodeV1 } from '../../actors/protocol/v1/codec.ts';
import type { V1, V1Enum } from '../../actors/protocol/v1/dictionary.ts';
import { textOfData } from '../../actors/protocol/v1/opaque-data.ts';
import { type Context, defineActor, type Exited } from '../../runtime/actor.ts';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import { askHttp, type FromHttpWire, httpWireOf } from '../kit/http-wire.ts';
import { MEDIA_TYPE } from '../kit/scheduler-client.ts';
import { parseScript, type ScriptedMachine } from '../kit/scripted-launcher.ts';

const TARGET = '/api/v1/executor';
const CONNECT_DELAY_MS_MAX = 250;
const AGENT_LOST_MS = 90_000;
const DEAF_GRACE_MS = 3000;
/** From a shutdown to the end, for updates to be acknowledged. */
const FAREWELL_MS = 500;

type Call = V1<'executor.Call'>;
type Status = V1<'TaskStatus'>;

export interface HttpJobExecutorOptions {
  readonly machine: ScriptedMachine;
  readonly containerId: ContainerId;
  readonly agent: string;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  readonly encoding: Encoding;
  /** A stream was opened; `again`: not for the first time. */
  readonly onSubscribed: (again: boolean) => void;
}

type Message =
  | FromHttpWire
  | Exited
  | { readonly type: 'connectDue' }
  /** The script has come to its end. */
  | { readonly type: 'jobOver'; readonly taskId: string; readonly exitCode: number }
  /** A deaf one has had its grace period. */
  | { readonly type: 'patienceOver'; readonly taskId: string }
  | { readonly type: 'agentLost'; readonly lossCount: number }
  | { readonly type: 'farewellOver' };

interface State {
  phase: 'away' | 'subscribing' | 'subscribed';
  subscribedCount: number;
  lossCount: number;
  lastRequest: number;
  streamRequest: number;
  decoder: RecordDecoder;
  /** Launched, and of no update is known that the agent has it. */
  readonly unacknowledgedTasks: Map<string, V1<'TaskInfo'>>;
  /** By the uuid's text, oldest first. */
  readonly unacknowledged: Map<string, Status>;
  /** Those of them that it brought along with its last subscription. */
  brought: ReadonlySet<string>;
  readonly live: Set<string>;
  readonly deaf: Set<string>;
}

type ExecutorContext = Context<HttpJobExecutorOptions, Message>;

export const httpJobExecutor = defineActor<HttpJobExecutorOptions, State, Message>({
  name: 'http-job-executor',
  accepts: () => undefined,
  initialState: () => ({
    phase: 'away',
    subscribedCount: 0,
    lossCount: 0,
    lastRequest: 0,
    streamRequest: 0,
    decoder: new RecordDecoder(),
    unacknowledgedTasks: new Map(),
    unacknowledged: new Map(),
    brought: new Set(),
    live: new Set(),
    deaf: new Set(),
  }),

  started(state, context) {
    context.sendSelfAfter(0, { type: 'connectDue' });
    context.sendSelfAfter(AGENT_LOST_MS, { type: 'agentLost', lossCount: state.lossCount });
  },

  handlers: {
    connectDue(state, _message, context) {
      if (state.phase !== 'away') return;
      state.phase = 'subscribing';
      state.decoder = new RecordDecoder();
      const unacknowledged_tasks = [...state.unacknowledgedTasks.values()];
      const unacknowledged_updates = [...state.unacknowledged.values()].map((status) => ({
        status,
      }));
      const subscribe = { unacknowledged_tasks, unacknowledged_updates };
      state.brought = new Set(state.unacknowledged.keys());
      say(state, { type: 'SUBSCRIBE', subscribe }, context);
      state.streamRequest = state.lastRequest;
    },

    answered(state, { id, status, isStream }, context) {
      if (id !== state.streamRequest || isStream) return;
      // Whoever does not know it will not have it back.
      if (status === 503) lose(state, context);
      else context.stop();
    },

    record(state, { id, bytes }, context) {
      if (id !== state.streamRequest) return;
      for (const record of state.decoder.push(bytes)) {
        handle(state, decodeV1('executor.Event', context.options.encoding, record), context);
      }
    },

    ended(state, { id }, context) {
      if (id === state.streamRequest) lose(state, context);
    },

    exited: (state, _message, context) => lose(state, context),

    jobOver(state, { taskId, exitCode }, context) {
      finish(state, taskId, exitCode === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', context);
    },

    patienceOver(state, { taskId }, context) {
      finish(state, taskId, 'TASK_KILLED', context);
    },

    agentLost({ phase, lossCount }, message, context) {
      if (phase !== 'subscribed' && message.lossCount === lossCount) context.stop();
    },

    farewellOver: (_state, _message, context) => context.stop(),
  },
});

function handle(state: State, event: V1<'executor.Event'>, context: ExecutorContext): void {
  switch (event.type) {
    case 'SUBSCRIBED':
      state.phase = 'subscribed';
      context.options.onSubscribed(state.subscribedCount++ > 0);
      for (const [uuid, status] of state.unacknowledged) {
        // What came about after it had said what it brings along.
        if (!state.brought.has(uuid)) say(state, { type: 'UPDATE', update: { status } }, context);
      }
      return;
    case 'LAUNCH':
      if (event.launch !== undefined) launch(state, event.launch.task, context);
      return;
    case 'LAUNCH_GROUP':
      for (const task of event.launch_group?.task_group.tasks ?? []) launch(state, task, context);
      return;
    case 'KILL': {
      const taskId = event.kill?.task_id.value ?? '';
      if (!state.deaf.has(taskId)) finish(state, taskId, 'TASK_KILLED', context);
      else context.sendSelfAfter(DEAF_GRACE_MS, { type: 'patienceOver', taskId });
      return;
    }
    case 'ACKNOWLEDGED': {
      const { task_id, uuid } = event.acknowledged ?? {};
      state.unacknowledgedTasks.delete(task_id?.value ?? '');
      state.unacknowledged.delete(textOf(uuid));
      return;
    }
    case 'SHUTDOWN':
      for (const taskId of [...state.live]) finish(state, taskId, 'TASK_KILLED', context);
      context.sendSelfAfter(FAREWELL_MS, { type: 'farewellOver' });
      return;
    default:
  }
}

function launch(state: State, task: V1<'TaskInfo'>, context: ExecutorContext): void {
  const taskId = task.task_id.value;
  const { machine, containerId } = context.options;
  const script = parseScript(textOfData(task.data ?? new Uint8Array()));
  state.unacknowledgedTasks.set(taskId, task);
  if (script === undefined) {
    update(state, taskId, 'TASK_FAILED', context);
    return;
  }
  machine.running.set(`${containerId}/${taskId}`, taskId);
  machine.onStarted(taskId);
  state.live.add(taskId);
  if (script.deaf) state.deaf.add(taskId);
  update(state, taskId, 'TASK_RUNNING', context);
  const { sleepMs, exitCode } = script;
  context.sendSelfAfter(sleepMs, { type: 'jobOver', taskId, exitCode });
}

function finish(
  state: State,
  taskId: string,
  how: V1Enum<'TaskState'>,
  context: ExecutorContext,
): void {
  if (!state.live.delete(taskId)) return;
  const { machine, containerId } = context.options;
  machine.running.delete(`${containerId}/${taskId}`);
  update(state, taskId, how, context);
}

function update(
  state: State,
  taskId: string,
  how: V1Enum<'TaskState'>,
  context: ExecutorContext,
): void {
  const hex = context.uuid().replaceAll('-', '');
  const uuid = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const status: Status = {
    task_id: { value: taskId },
    state: how,
    source: 'SOURCE_EXECUTOR',
    uuid,
    timestamp: context.nowMs() / 1000,
  };
  state.unacknowledged.set(textOf(uuid), status);
  if (state.phase === 'subscribed') say(state, { type: 'UPDATE', update: { status } }, context);
}

function textOf(bytes: Uint8Array | undefined): string {
  return (bytes ?? []).join(' ');
}

function say(
  state: State,
  call: Omit<Call, 'framework_id' | 'executor_id'>,
  context: ExecutorContext,
): void {
  const { agent, encoding, frameworkId, executorId } = context.options;
  const ids = { framework_id: { value: frameworkId }, executor_id: { value: executorId } };
  askHttp(context, agent, {
    id: ++state.lastRequest,
    target: TARGET,
    headers: { 'content-type': MEDIA_TYPE[encoding], accept: MEDIA_TYPE[encoding] },
    body: encodeV1('executor.Call', encoding, { ...ids, ...call }),
  });
}

function lose(state: State, context: ExecutorContext): void {
  if (state.phase === 'away') return;
  if (state.phase === 'subscribed') {
    const lossCount = ++state.lossCount;
    context.sendSelfAfter(AGENT_LOST_MS, { type: 'agentLost', lossCount });
  }
  state.phase = 'away';
  const wire = httpWireOf(context.options.agent);
  context.send(wire, { type: 'leave', id: state.streamRequest, client: context.self });
  // What was on its way comes to nobody.
  state.streamRequest = 0;
  context.unlink(wire);
  context.sendSelfAfter(context.random() * CONNECT_DELAY_MS_MAX, { type: 'connectDue' });
}
