/**
 * The executor driver: an actor that speaks for a program that runs tasks, and the logic of that
 * program in it.
 *
 *     registering ──executorRegistered──▶ registered ──link broken──▶ registering
 *       └◀─registerDue─┘                      │            └──away too long──▶ shutdown
 *                                             └──shutdown, stop──▶ (updates confirmed) ──▶ ended
 *
 * Updates are repeated until the agent confirms them, oldest first, also over a broken link; a
 * repeated launch is no news. An agent that was started again knows it by its secret, and it goes on.
 * When the agent stays away, the executor shuts down, so that nothing runs that nobody knows of.
 * Source: Mesos 1.11, src/exec/exec.cpp and src/executor/executor.cpp.
 */
import { type ActorDefinition, defineActor, type Tagged } from '../../runtime/actor.ts';
import { sameAddress } from '../../runtime/address.ts';
import { jitteredBackoffMs } from '../../runtime/backoff.ts';
import { acceptsExecutorMessage } from '../protocol/accepts-executor.ts';
import type { TaskInfo } from '../protocol/task.ts';
import { type DrivenState, driveLogic } from './driven-logic.ts';
import {
  executorCalls,
  LIVE_TASK_COUNT_MAX,
  repeatLater,
  sendUpdates,
  update,
} from './executor-calls.ts';
import type { ExecutorCalls, ExecutorEvent, ExecutorLogic } from './executor-logic.ts';
import {
  type ExecutorContext,
  type ExecutorDriverMessage,
  type ExecutorDriverState,
  type ExecutorOptions,
  type ExecutorTurn,
  initialExecutorState,
} from './executor-state.ts';

export type ExecutorState<State> = DrivenState<ExecutorDriverState, State>;

type ExecutorHandlers = {
  readonly [M in ExecutorDriverMessage as M['type']]: (
    state: ExecutorDriverState,
    message: M,
    turn: ExecutorTurn,
  ) => void;
};

const driverHandlers: ExecutorHandlers = {
  executorRegistered(state, { framework, executor, agent }, turn) {
    if (state.phase !== 'registering' || !isFromAgent(turn)) return;
    const { context } = turn;
    cancel(state, context, 'registerTimer', 'agentLostTimer');
    state.phase = 'registered';
    state.registerCount = 0;
    const { shutdownGracePeriodMs } = executor;
    if (shutdownGracePeriodMs !== undefined) {
      state.timings = { ...state.timings, gracePeriodMs: shutdownGracePeriodMs };
    }
    context.link(context.options.agent);
    sendUpdates(state, context);
    const again = state.wasRegistered;
    state.wasRegistered = true;
    turn.emit({ type: 'registered', framework, executor, agent, again });
  },

  registrationRefused(state, { code, message }, turn) {
    if (state.phase !== 'registering' || !isFromAgent(turn)) return;
    cancel(state, turn.context, 'registerTimer', 'agentLostTimer');
    turn.context.log.error(message, { code });
    shutDown(state, turn, 'refused');
  },

  registerDue(state, _message, { context }) {
    state.registerTimer = undefined;
    if (state.phase === 'registering') register(state, context);
  },

  launch(state, { task }, turn) {
    const { taskId } = task;
    if (!isFromAgent(turn)) return;
    if (state.liveTaskIds.has(taskId) || state.endedTaskIds.has(taskId)) return;
    if (state.liveTaskIds.size >= LIVE_TASK_COUNT_MAX) {
      update(state, turn.context, taskId, 'failed', {
        message: `Cannot launch task "${taskId}": the executor runs ${LIVE_TASK_COUNT_MAX} tasks already; use another executor`,
      });
      return;
    }
    state.liveTaskIds.add(taskId);
    turn.emit({ type: 'launch', task });
  },

  launchGroup(state, { tasks }, turn) {
    if (!isFromAgent(turn)) return;
    const { liveTaskIds, endedTaskIds } = state;
    const isNew = ({ taskId }: TaskInfo) => !liveTaskIds.has(taskId) && !endedTaskIds.has(taskId);
    // What was launched together comes again together.
    if (!tasks.every(isNew)) return;
    if (liveTaskIds.size + tasks.length > LIVE_TASK_COUNT_MAX) {
      const message = `Cannot launch the task group: the executor runs ${liveTaskIds.size} of at most ${LIVE_TASK_COUNT_MAX} tasks already; use another executor`;
      for (const { taskId } of tasks) update(state, turn.context, taskId, 'failed', { message });
      return;
    }
    for (const { taskId } of tasks) liveTaskIds.add(taskId);
    for (const task of tasks) turn.emit({ type: 'launch', task, group: tasks });
  },

  kill(_state, { taskId, killGracePeriodMs }, turn) {
    if (!isFromAgent(turn)) return;
    const grace = killGracePeriodMs === undefined ? {} : { killGracePeriodMs };
    turn.emit({ type: 'kill', taskId, ...grace });
  },

  updateReceived(state, { updateId }, turn) {
    if (!isFromAgent(turn)) return;
    state.pending.delete(updateId);
    if (state.pending.size > 0) return;
    cancel(state, turn.context, 'repeatTimer');
    state.repeatCount = 0;
  },

  repeatDue(state, _message, { context }) {
    sendUpdates(state, context);
    state.repeatTimer = repeatLater(state, context);
  },

  schedulerMessage(_state, { data }, turn) {
    if (isFromAgent(turn)) turn.emit({ type: 'message', data });
  },

  shutdown(state, _message, turn) {
    if (isFromAgent(turn)) shutDown(state, turn, 'asked');
  },

  exited(state, exited, turn) {
    const { agent } = turn.context.options;
    if (exited.monitor !== undefined || !sameAddress(exited.address, agent)) {
      turn.emit(exited);
      return;
    }
    if (state.phase !== 'registered') return;
    state.phase = 'registering';
    waitForAgent(state, turn.context);
    turn.emit({ type: 'disconnected' });
  },

  agentMissed(state, _message, turn) {
    state.agentLostTimer = undefined;
    turn.context.log.warn('The agent stayed away', { agent: turn.context.options.agent.node });
    shutDown(state, turn, 'agentLost');
  },

  graceOver(state, _message, { context }) {
    state.graceTimer = undefined;
    end(state, context);
  },
};

/**
 * Makes an actor of an executor's logic: spawn it with the logic's options, `agent`, `frameworkId`
 * and `executorId`.
 * @throws when a message of the logic's own has the name of one of the driver's
 */
export function defineExecutor<Options, State, Own extends Tagged = never>(
  logic: ExecutorLogic<Options, State, Own>,
): ActorDefinition<Options & ExecutorOptions, ExecutorState<State>, ExecutorDriverMessage | Own> {
  const { handlers, accepts, ofDriver } = driveLogic<
    ExecutorDriverState,
    ExecutorDriverMessage,
    ExecutorEvent,
    ExecutorCalls,
    State,
    ExecutorOptions,
    Options & ExecutorOptions,
    Own
  >({
    what: `executor "${logic.name}"`,
    driverHandlers,
    callsOf: executorCalls,
    endOfTurn: leaveIfWished,
    on: logic.on,
    ownHandlers: logic.handlers,
    acceptsOfDriver: acceptsExecutorMessage,
    acceptsOfLogic: logic.accepts,
  });
  return defineActor({
    name: logic.name,
    initialState: (options) => ({
      driver: initialExecutorState(options),
      logic: logic.initialState(options),
    }),
    started: (state, context) => waitForAgent(state.driver, ofDriver(context)),
    handlers,
    accepts,
    inspect: ({ driver, logic: own }) => ({
      driver,
      logic: logic.inspect === undefined ? own : logic.inspect(own),
    }),
  });
}

/** Registers, again and again, and sets the time after which there is no point in it any more. */
function waitForAgent(state: ExecutorDriverState, context: ExecutorContext): void {
  const { agentLostMs } = state.timings;
  state.agentLostTimer = context.sendSelfAfter(agentLostMs, { type: 'agentMissed' });
  register(state, context);
}

function register(state: ExecutorDriverState, context: ExecutorContext): void {
  const { agent, frameworkId, executorId, secret } = context.options;
  context.send(agent, {
    type: 'registerExecutor',
    executor: context.self,
    frameworkId,
    executorId,
    secret,
  });
  const { registerDelayMsMin, registerDelayMsMax, reregisterDelayMsMax } = state.timings;
  const limits = { delayMsMin: registerDelayMsMin, delayMsMax: registerDelayMsMax };
  // An agent that is started again doesn't wait long for those that it had.
  const delayMs = state.wasRegistered
    ? context.random() * reregisterDelayMsMax
    : jitteredBackoffMs(state.registerCount, limits, () => context.random());
  state.registerCount += 1;
  state.registerTimer = context.sendSelfAfter(delayMs, { type: 'registerDue' });
}

function shutDown(
  state: ExecutorDriverState,
  turn: ExecutorTurn,
  reason: 'asked' | 'agentLost' | 'refused',
): void {
  if (state.graceTimer !== undefined) return;
  setGrace(state, turn.context);
  turn.emit({ type: 'shutdown', reason });
}

/** Once the logic has had enough, the executor ends when the agent has all updates. */
function leaveIfWished(state: ExecutorDriverState, context: ExecutorContext): void {
  if (!state.leaving || state.phase === 'ended') return;
  if (state.pending.size === 0) end(state, context);
  else if (state.graceTimer === undefined) setGrace(state, context);
}

function setGrace(state: ExecutorDriverState, context: ExecutorContext): void {
  state.graceTimer = context.sendSelfAfter(state.timings.gracePeriodMs, { type: 'graceOver' });
}

function end(state: ExecutorDriverState, context: ExecutorContext): void {
  cancel(state, context, 'registerTimer', 'agentLostTimer', 'graceTimer', 'repeatTimer');
  state.phase = 'ended';
  context.stop();
}

type TimerName = 'registerTimer' | 'agentLostTimer' | 'graceTimer' | 'repeatTimer';

function cancel(state: ExecutorDriverState, context: ExecutorContext, ...names: TimerName[]): void {
  for (const name of names) {
    const timer = state[name];
    if (timer !== undefined) context.cancel(timer);
    state[name] = undefined;
  }
}

/** Only the agent that started us gives us orders. */
function isFromAgent({ context: { sender, options } }: ExecutorTurn): boolean {
  return sender === undefined || sender.node === options.agent.node;
}
