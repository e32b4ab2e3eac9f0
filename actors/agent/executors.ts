/**
 * Executors: programs that run tasks, each from the first task that needs it until it has ended.
 *
 *     (task) ─▶ sandbox ─▶ launched ─▶ registered ─▶ … shutdown ─▶ ended
 *                  └───────────┴──(late, or it ends)───────────────▲
 * Command tasks have a built-in executor, an actor that needs no registration, and so have task
 * groups that ask for the default one (default-executor/). Tasks of a custom
 * one wait until it has registered, with the secret that its program was started with, so that nobody
 * takes its place who merely knows its ids; when its program ends, the tasks it had not brought to an end
 * fail with it. Told to end, an executor has a grace period before it is killed.
 * Source: Mesos 1.11, src/slave/slave.cpp, registerExecutor, shutdownExecutor, executorTerminated.
 */
import { timingSafeEqual } from 'node:crypto';
import { constants } from 'node:os';
import type { Exited } from '../../runtime/actor.ts';
import { formatAddress, sameAddress } from '../../runtime/address.ts';
import { asAdvice } from '../../runtime/errors.ts';
import type { ContainerId } from '../protocol/ids.ts';
import { REGISTRATION_ERRORS } from '../protocol/registration-errors.ts';
import { isTerminal, type TaskInfo } from '../protocol/task.ts';
import { launchStaging, occupy, vacate } from './admission.ts';
import { letter } from './checkpoint/checkpointer.ts';
import { count } from './counters.ts';
import {
  defaultExecutorEnd,
  startDefaultExecutor,
  tellExecutorExited,
} from './default-executor/lives.ts';
import { executorIdOf, executorTypeOf } from './executor-kinds.ts';
import { noLongerAwaited, welcome } from './executor-registration.ts';
import { findExecutor } from './find-executor.ts';
import { rememberExecutor } from './history.ts';
import { endHttpExecutor } from './http-executors.ts';
import { keepThen } from './keeping.ts';
import type { ContainerEnd } from './launcher/launcher.ts';
import { makeExecutorSandbox } from './resources/task-volumes.ts';
import { listContainer, unlistContainer } from './sandbox-use.ts';
import { startCommandExecutor } from './starting-commands.ts';
import type {
  AgentContext,
  AgentExecutor,
  AgentFramework,
  AgentHandlers,
  AgentState,
} from './state.ts';
import { forgetFrameworkIfIdle, forgetTask, publishOwn } from './updates.ts';
import { executorEndSentence, orderLost, waitStatus } from './verdicts.ts';

export const executorHandlers: AgentHandlers<
  | 'registerExecutor'
  | 'executorMessage'
  | 'schedulerMessage'
  | 'shutdownExecutor'
  | 'shutdownFramework'
  | 'executorRegistrationLate'
  | 'executorShutdownLate'
  | 'launchesDue'
  | 'executorRetired'
  | 'executorExitDue'
  | 'containerStarted'
  | 'containerEnded'
> = {
  registerExecutor(state, { executor: address, frameworkId, executorId, secret }, context) {
    // What it knows of executors is still on its way from the disk; they ask again.
    if (state.recovery.phase === 'reading') return;
    const framework = state.frameworks.get(frameworkId);
    const executor = framework?.executors.get(executorId);
    const { agentId } = state;
    if (
      framework === undefined ||
      executor?.custom === undefined ||
      executor.ending ||
      agentId === undefined
    ) {
      // Of an earlier life, or one that was told to end and didn't hear.
      context.send(address, { type: 'shutdown' });
      return;
    }
    if (!isSecretOf(executor, secret)) {
      const sentence = `Cannot register as executor "${executorId}": the secret is not its program's`;
      const fields = { frameworkId, executorId, from: formatAddress(address) };
      context.log.warn('Refused a registration with a wrong secret', fields);
      const code = 'executorSecretWrong';
      const message = `${sentence}; ${asAdvice(REGISTRATION_ERRORS[code])}`;
      context.send(address, { type: 'registrationRefused', code, message });
      return;
    }
    welcome(state, framework, executor, address, context);
  },

  executorMessage({ agentId, master, frameworks }, { frameworkId, executorId, data }, context) {
    const isKnown = frameworks.get(frameworkId)?.executors.has(executorId) === true;
    const isSent = agentId !== undefined && master !== undefined && isKnown;
    count(isSent ? 'validMessages' : 'invalidMessages', context);
    if (!isSent) return;
    context.send(master, { type: 'executorMessage', agentId, frameworkId, executorId, data });
  },

  schedulerMessage(state, { frameworkId, executorId, data }, context) {
    const executor = state.frameworks.get(frameworkId)?.executors.get(executorId);
    const hears = executor?.address !== undefined && !executor.ending;
    count(hears ? 'validMessages' : 'invalidMessages', context);
    if (executor?.address === undefined) return;
    const message = letter(executor.address, { type: 'schedulerMessage', data });
    keepThen(state, executor, [], [message], context);
  },

  shutdownExecutor(state, { frameworkId, executorId }, context) {
    const executor = state.frameworks.get(frameworkId)?.executors.get(executorId);
    if (executor !== undefined) endExecutor(executor, context, state);
  },

  shutdownFramework(state, { frameworkId }, context) {
    const { agentId, master, statusUpdates } = state;
    const framework = state.frameworks.get(frameworkId);
    // Also of one that has no tasks here: it may have been told of some that never came.
    const letters =
      statusUpdates === undefined
        ? []
        : [letter(statusUpdates, { type: 'forgetFramework', frameworkId })];
    const records = [{ type: 'frameworkEnded', frameworkId } as const];
    keepThen(state, framework ?? { checkpointed: false }, records, letters, context);
    // Not waited for: an agent that forgets it is told again when it comes back.
    if (agentId !== undefined && master !== undefined) {
      context.send(master, { type: 'frameworkShutDown', agentId, frameworkId });
    }
    if (framework === undefined) return;
    framework.ending = true;
    for (const task of [...framework.tasks.values()]) {
      if (isTerminal(task.state)) forgetTask(state, framework, task, context);
    }
    for (const executor of framework.executors.values()) endExecutor(executor, context, state);
    forgetFrameworkIfIdle(state, framework, context);
  },

  executorRegistrationLate(state, { containerId }, context) {
    const { executor } = findExecutor(state, containerId);
    if (executor === undefined || executor.address !== undefined) return;
    const { executorRegistrationTimeoutMs } = context.options;
    executor.endReason ??= {
      reason: 'executorRegistrationTimeout',
      message: `Executor did not register within ${executorRegistrationTimeoutMs} ms`,
    };
    executor.ending = true;
    executor.timer = undefined;
    destroy(state, executor, 0, context);
  },

  executorShutdownLate(state, { containerId }, context) {
    const { executor } = findExecutor(state, containerId);
    if (executor === undefined) return;
    executor.timer = undefined;
    destroy(state, executor, 0, context);
  },

  launchesDue(state, { containerId }, context) {
    const { framework, executor } = findExecutor(state, containerId);
    if (framework === undefined || executor === undefined) return;
    executor.launchTimer = undefined;
    launchStaging(state, framework, executor, context);
  },

  executorRetired(_, { frameworkId, executorId }, context) {
    // After the task's last update, which is on its way through the status updates actor.
    context.sendSelfAfter(0, { type: 'executorExitDue', frameworkId, executorId });
  },

  executorExitDue(state, { frameworkId, executorId }, context) {
    tellExecutorExited(state, frameworkId, executorId, 0, context);
  },

  containerStarted() {},

  containerEnded(state, { containerId, end }, context) {
    const { framework, executor } = findExecutor(state, containerId);
    if (framework === undefined || executor === undefined) return;
    executorEnded(state, framework, executor, end, context);
  },
};

/** Makes the executor that `task` needs, and starts it. */
export function startExecutor(
  state: AgentState,
  framework: AgentFramework,
  task: TaskInfo,
  role: string | undefined,
  context: AgentContext,
): AgentExecutor | undefined {
  const { agentId, launcher } = state;
  if (agentId === undefined || launcher === undefined) return undefined;
  const { frameworkId } = framework;
  const custom = task.executor;
  const executorId = executorIdOf(task);
  const containerId = context.uuid() as ContainerId;
  const executor: AgentExecutor = {
    executorId,
    containerId,
    type: executorTypeOf(task),
    custom: custom === undefined ? undefined : { info: custom, role, secret: context.uuid() },
    address: undefined,
    taskIds: new Set(),
    timer: undefined,
    launchTimer: undefined,
    launched: false,
    awaitsVolumes: false,
    ending: false,
    checkpointed: framework.checkpointed,
    endReason: undefined,
  };
  framework.executors.set(executorId, executor);
  listContainer(state, frameworkId, executor, context);
  if (custom !== undefined) occupy(state, custom.resources);
  if (custom === undefined) {
    startCommandExecutor(state, framework, executor, { role }, context);
    return executor;
  }
  if (executor.type === 'default') {
    startDefaultExecutor(state, framework, executor, undefined, context);
    return executor;
  }
  const { executorRegistrationTimeoutMs } = context.options;
  executor.timer = context.sendSelfAfter(executorRegistrationTimeoutMs, {
    type: 'executorRegistrationLate',
    containerId,
  });
  // It is found by its framework, which the agent may not know yet.
  state.frameworks.set(frameworkId, framework);
  makeExecutorSandbox(state, executor, context);
  return executor;
}

/** Politely: it is killed when its grace period is over. */
export function endExecutor(
  executor: AgentExecutor,
  context: AgentContext,
  state: AgentState,
): void {
  if (executor.ending) return;
  executor.ending = true;
  const { containerId, executorId, address } = executor;
  const frameworkId = state.containers.get(containerId)?.frameworkId;
  const records = frameworkId && [{ type: 'ending', frameworkId, executorId } as const];
  const letters = address && [letter(address, { type: 'shutdown' })];
  keepThen(state, executor, records ?? [], letters ?? [], context);
  if (executor.type !== 'custom') return;
  stopTimer(executor, context);
  const graceMs = gracePeriodMs(executor, context);
  if (executor.address === undefined) destroy(state, executor, graceMs, context);
  else {
    executor.timer = context.sendSelfAfter(graceMs, { type: 'executorShutdownLate', containerId });
  }
}

/** A light actor that crashed has left its containers behind. @returns whether it was one of ours */
export function executorExited(
  state: AgentState,
  { address, reason }: Exited,
  context: AgentContext,
): boolean {
  for (const framework of state.frameworks.values()) {
    for (const executor of framework.executors.values()) {
      if (executor.type === 'custom' || executor.address === undefined) continue;
      if (!sameAddress(address, executor.address)) continue;
      if (executor.type === 'default') {
        const end = defaultExecutorEnd(state, framework, executor, reason, context);
        executorEnded(state, framework, executor, end, context);
        return true;
      }
      const message = `The built-in executor of the task failed (${reason})`;
      executor.endReason = { reason: 'commandExecutorFailed', message };
      executor.launched = true;
      destroy(state, executor, 0, context);
      executorEnded(state, framework, executor, { kind: 'unknown', cause: message }, context);
      return true;
    }
  }
  return false;
}

/** Nothing of it is left: its tasks fail, and the master hears. */
export function executorEnded(
  state: AgentState,
  framework: AgentFramework,
  executor: AgentExecutor,
  end: ContainerEnd,
  context: AgentContext,
): void {
  const { frameworkId } = framework;
  const { executorId, containerId, taskIds, custom, endReason } = executor;
  noLongerAwaited(state, executor, context);
  count('executorsTerminated', context);
  stopTimer(executor, context);
  endHttpExecutor(state, executor.containerId, context);
  if (executor.launchTimer !== undefined) context.cancel(executor.launchTimer);
  const notStarted = end.kind === 'notStarted';
  const what = endReason ?? {
    reason: notStarted ? ('containerLaunchFailed' as const) : ('executorTerminated' as const),
    message: executorEndSentence(end),
  };
  if (notStarted) count('launchErrors', context);
  const lost = notStarted && end.orderLost ? orderLost(framework.info, 'executor') : undefined;
  const over = [containerId];
  for (const taskId of [...taskIds]) {
    const task = framework.tasks.get(taskId);
    if (task === undefined) continue;
    if (task.containerId !== containerId) over.push(task.containerId);
    publishOwn(state, framework, task, lost ?? { state: 'failed', ...what }, context);
  }
  framework.executors.delete(executorId);
  unlistContainer(state, executor, context);
  const { launcher } = state;
  const settled =
    launcher === undefined
      ? []
      : over.map((each) => letter(launcher, { type: 'settled', containerId: each }));
  const records = [{ type: 'executorEnded', frameworkId, executorId } as const];
  keepThen(state, framework, records, settled, context);
  if (custom !== undefined) {
    vacate(state, custom.info.resources);
    const { info, role } = custom;
    rememberExecutor(state.history, executor.containerId, { frameworkId, info, role });
    tellExecutorExited(state, frameworkId, executorId, waitStatus(end, signalNumber), context);
  }
  forgetFrameworkIfIdle(state, framework, context);
}

/**
 * By the launcher, if it has it; before that the fetcher gives up, or `executorSandboxMade` finds that
 * it is to end.
 */
export function destroy(
  state: AgentState,
  executor: AgentExecutor,
  graceMs: number,
  context: AgentContext,
): void {
  const { containerId } = executor;
  if (state.fetcher !== undefined) {
    context.send(state.fetcher, { type: 'cancelFetch', containerId });
  }
  if (state.launcher === undefined || !executor.launched) return;
  const kill = letter(state.launcher, { type: 'kill', containerId, gracePeriodMs: graceMs });
  keepThen(state, executor, [], [kill], context);
}

/** Takes the same time for every wrong one. */
function isSecretOf({ custom }: AgentExecutor, secret: string): boolean {
  const [right, given] = [Buffer.from(custom?.secret ?? ''), Buffer.from(secret)];
  return right.length > 0 && right.length === given.length && timingSafeEqual(right, given);
}

export function gracePeriodMs({ custom }: AgentExecutor, context: AgentContext): number {
  return custom?.info.shutdownGracePeriodMs ?? context.options.executorShutdownGracePeriodMs;
}

function stopTimer(executor: AgentExecutor, context: AgentContext): void {
  if (executor.timer !== undefined) context.cancel(executor.timer);
  executor.timer = undefined;
}

function signalNumber(name: string): number {
  return new Map<string, number>(Object.entries(constants.signals)).get(name) ?? 0;
}
