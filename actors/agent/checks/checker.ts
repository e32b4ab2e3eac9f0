/**
 * A checker: looks at one task again and again, and tells its owner what is new.
 *
 *     waiting ──delay or interval──▶ looking ──found, failed, too late──▶ waiting
 *        └──────────pause────────────────┴──▶ paused ──resume──▶ looking
 * One look at a time: the interval begins when the one before has ended. While paused nothing is
 * looked at, and what was under way is not told. It watches for a check or for a health check, and
 * knows nothing of who runs the task: any executor of the agent's own can be its owner.
 * Source: Mesos 1.11, src/checks/checker_process.cpp, checker.cpp, health_checker.cpp.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import {
  CHECK_DEFAULTS,
  type CheckInfo,
  type CheckStatus,
  type HealthCheck,
} from '../../protocol/checks.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import type { EnvironmentVariable } from '../../protocol/task.ts';
import type { ContainerEnd, LauncherEvent, LauncherMessage } from '../launcher/launcher.ts';
import { CONTAINER_MARK } from '../launcher/processes.ts';
import { newHealth, noteOutcome, type Outcome, sameStatus, statusOf } from './health.ts';
import type { NetworkProbes, Probe } from './probes.ts';

/** Shorter intervals are this long: the agent has other tasks to look at, too. */
export const CHECK_INTERVAL_MS_MIN = 100;

export type CheckerMessage =
  /** From the owner: the task is about to end, or nobody can be told. */
  | { readonly type: 'pauseChecks' }
  /** From the owner. It looks at once. */
  | { readonly type: 'resumeChecks' };

/** What the owner hears; `containerId` is that of the task. */
export type CheckerNews =
  | {
      readonly type: 'checkFound';
      readonly containerId: ContainerId;
      readonly checkStatus: CheckStatus;
    }
  | {
      readonly type: 'healthFound';
      readonly containerId: ContainerId;
      readonly healthy: boolean;
      /** The task is to be killed. */
      readonly hopeless: boolean;
      /** For people. */
      readonly message: string;
    };

type Inbox =
  | CheckerMessage
  /** From the launcher, about commands of ours. */
  | LauncherEvent
  /** From ourselves; `look` counts them, and news of an older one are dropped. */
  | { readonly type: 'lookDue' }
  | { readonly type: 'looked'; readonly look: number; readonly outcome: Outcome }
  | { readonly type: 'lookLate'; readonly look: number };

export interface CheckerOptions {
  readonly owner: Address<CheckerNews>;
  /** Of the task. */
  readonly containerId: ContainerId;
  readonly watch:
    | { readonly kind: 'check'; readonly check: CheckInfo }
    | { readonly kind: 'health'; readonly check: HealthCheck };
  readonly launcher: Address<LauncherMessage>;
  /** Of the task; commands that check it run there, with the task's environment. */
  readonly sandbox: string;
  readonly environment: readonly EnvironmentVariable[];
  /** Absent: looks at ports fail. */
  readonly probes: NetworkProbes | undefined;
}

interface CheckerState {
  startedMs: number;
  readonly health: ReturnType<typeof newHealth>;
  checkStatus: CheckStatus;
  paused: boolean;
  look: number;
  /** What is under way. */
  looking:
    | { readonly kind: 'command'; readonly containerId: ContainerId }
    | { readonly kind: 'network'; readonly probe: Probe<unknown> }
    | undefined;
  /** Until the next look, or until this one is too late. */
  timer: TimerId | undefined;
}

type CheckerContext = Context<CheckerOptions, Inbox>;

export const checker = defineActor<CheckerOptions, CheckerState, Inbox>({
  name: 'checker',
  initialState: ({ watch }) => ({
    startedMs: 0,
    health: newHealth(),
    checkStatus: { type: watch.check.type },
    paused: false,
    look: 0,
    looking: undefined,
    timer: undefined,
  }),
  started(state, context) {
    state.startedMs = context.nowMs();
    const { delayMs = CHECK_DEFAULTS.delayMs } = context.options.watch.check;
    lookAfter(state, delayMs, context);
  },
  handlers: {
    lookDue(state, _, context) {
      const { timeoutMs = CHECK_DEFAULTS.timeoutMs } = context.options.watch.check;
      state.timer = undefined;
      const look = ++state.look;
      if (timeoutMs > 0) state.timer = context.sendSelfAfter(timeoutMs, { type: 'lookLate', look });
      begin(state, look, context);
    },

    looked(state, { look, outcome }, context) {
      if (look === state.look) found(state, outcome, context);
    },

    lookLate(state, { look }, context) {
      if (look !== state.look) return;
      state.timer = undefined;
      giveUp(state, context);
      const { timeoutMs = CHECK_DEFAULTS.timeoutMs } = context.options.watch.check;
      found(state, { type: 'failed', cause: `nothing was found in ${timeoutMs} ms` }, context);
    },

    containerStarted() {},

    containerEnded(state, { containerId, end }, context) {
      const { looking } = state;
      if (looking?.kind !== 'command' || looking.containerId !== containerId) return;
      found(state, outcomeOf(end), context);
    },

    pauseChecks(state, _, context) {
      state.paused = true;
      if (state.timer !== undefined) context.cancel(state.timer);
      state.timer = undefined;
      giveUp(state, context);
    },

    resumeChecks(state, _, context) {
      if (!state.paused) return;
      state.paused = false;
      lookAfter(state, 0, context);
    },
  },
  stopped: giveUp,
});

function lookAfter(state: CheckerState, delayMs: number, context: CheckerContext): void {
  state.timer = context.sendSelfAfter(delayMs, { type: 'lookDue' });
}

function begin(state: CheckerState, look: number, context: CheckerContext): void {
  const { watch, launcher, sandbox, environment, probes } = context.options;
  const { check } = watch;
  if (check.type === 'command') {
    const containerId = context.uuid() as ContainerId;
    state.looking = { kind: 'command', containerId };
    context.send(launcher, {
      type: 'launch',
      containerId,
      command: check.command,
      environment: [
        ...environment,
        ...check.command.environment,
        { name: CONTAINER_MARK, value: containerId },
      ],
      sandbox,
      owner: context.self,
      output: 'stderr',
      fleeting: true,
    });
    return;
  }
  if (probes === undefined) {
    const outcome = { type: 'failed', cause: 'this agent looks at no ports' } as const;
    context.send(context.self, { type: 'looked', look, outcome });
    return;
  }
  const { port } = check;
  const host = 'protocol' in check && check.protocol === 'ipv6' ? '::1' : '127.0.0.1';
  if (check.type === 'http') {
    const { path = '' } = check;
    const scheme = ('scheme' in check ? check.scheme : undefined) ?? 'http';
    const probe = probes.http({ scheme, host, port, path });
    listen(state, probe, look, (statusCode) => ({ type: 'http', statusCode }), context);
  } else {
    const probe = probes.tcp({ host, port });
    listen(state, probe, look, (succeeded) => ({ type: 'tcp', succeeded }), context);
  }
}

function listen<Found>(
  state: CheckerState,
  probe: Probe<Found>,
  look: number,
  told: (found: Found) => CheckStatus,
  context: CheckerContext,
): void {
  state.looking = { kind: 'network', probe };
  context.defer(probe.done, {
    onValue: (value) => ({ type: 'looked', look, outcome: told(value) }),
    onError: (error) => ({
      type: 'looked',
      look,
      outcome: { type: 'failed', cause: describeError(error) },
    }),
  });
}

/** Also of looks that are over: what they find later is not heard. */
function giveUp(state: CheckerState, context: CheckerContext): void {
  const { looking } = state;
  state.looking = undefined;
  state.look++;
  if (looking?.kind === 'network') looking.probe.cancel();
  if (looking?.kind !== 'command') return;
  const { containerId } = looking;
  context.send(context.options.launcher, { type: 'kill', containerId, gracePeriodMs: 0 });
}

function found(state: CheckerState, outcome: Outcome, context: CheckerContext): void {
  const { watch } = context.options;
  if (state.timer !== undefined) context.cancel(state.timer);
  state.looking = undefined;
  state.look++;
  if (outcome.type === 'failed') {
    const { containerId } = context.options;
    context.log.debug(`A ${watch.kind} of a task failed: ${outcome.cause}`, { containerId });
  }
  if (watch.kind === 'check') tellStatus(state, statusOf(watch.check, outcome), context);
  else tellHealth(state, watch.check, outcome, context);
  const { intervalMs = CHECK_DEFAULTS.intervalMs } = watch.check;
  lookAfter(state, Math.max(intervalMs, CHECK_INTERVAL_MS_MIN), context);
}

function tellStatus(state: CheckerState, checkStatus: CheckStatus, context: CheckerContext): void {
  if (sameStatus(checkStatus, state.checkStatus)) return;
  state.checkStatus = checkStatus;
  const { owner, containerId } = context.options;
  context.send(owner, { type: 'checkFound', containerId, checkStatus });
}

function tellHealth(
  state: CheckerState,
  check: HealthCheck,
  outcome: Outcome,
  context: CheckerContext,
): void {
  const news = noteOutcome(state.health, check, outcome, context.nowMs() - state.startedMs);
  if (news === undefined) return;
  const { healthy, hopeless, failureCount, cause } = news;
  const { owner, containerId } = context.options;
  const times = failureCount === 1 ? 'once' : `${failureCount} times in a row`;
  const message = healthy ? 'Health check passed' : `Health check failed ${times}: ${cause}`;
  context.send(owner, { type: 'healthFound', containerId, healthy, hopeless, message });
}

function outcomeOf(end: ContainerEnd): Outcome {
  switch (end.kind) {
    case 'exited':
      return { type: 'command', exitCode: end.exitCode };
    case 'signalled':
      return { type: 'failed', cause: `the command was ended by ${end.signal}` };
    case 'notStarted':
    case 'unknown':
      return { type: 'failed', cause: end.cause };
  }
}
