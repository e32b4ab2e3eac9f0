/**
 * The launcher of a plain machine: programs run as the agent's own user, in its file system and its
 * network, each in a process group (or session) of its own, its output in files of its sandbox.
 *
 *     launch ─▶ launching ──started──▶ running ──exited──▶ ended ──(nothing left)──▶ gone
 *                   └────────────notStarted──────────────────▲
 * A zygote does the starting (`zygote.ts`) and reports; `searches.ts` does the killing, for signals
 * must reach all of a container, and what that is only a search of /proc can tell.
 *
 * When the zygote dies another is started. What the old one had running is killed, and told of as
 * ended nobody knows how; what it may not have started is reported as not started, and killed should
 * it exist. After very many orders a zygote is replaced, so that journals end.
 *
 * Zygotes outlive the agent. Those of an earlier life are adopted with the containers that the agent
 * wants to keep, and go on reporting; they take no orders, and end with their last container.
 */
import { defineActor } from '../../../runtime/actor.ts';
import { backoffMs } from '../../../runtime/backoff.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { CommandInfo, EnvironmentVariable } from '../../protocol/task.ts';
import {
  condemn,
  endContainer,
  forgetContainer,
  forgetZygote,
  requestSearch,
} from './containers.ts';
import { earlierHandlers, endUnstarted } from './earlier-zygotes.ts';
import type { LauncherFactory } from './launcher.ts';
import {
  type Container,
  type LauncherContext,
  type LauncherHandlers,
  newContainer,
  type PosixLauncherMessage,
  type PosixLauncherOptions,
  type PosixLauncherState,
} from './launcher-state.ts';
import { listen } from './listening.ts';
import { operationsOf } from './operations.ts';
import type { PosixMachine } from './posix-machine.ts';
import { endOf } from './reports.ts';
import { searchHandlers } from './searches.ts';
import { toStandardError } from './standard-error.ts';
import type { LaunchOrder, Report } from './zygote.ts';

/** The wait before another zygote is started, when the last one died. */
const ZYGOTE_BACKOFF = { delayMsMin: 100, delayMsMax: 60_000 };

/** @param options what differs from the defaults, for tests */
export function posixLauncherFactory(
  machine: PosixMachine,
  options: Partial<Omit<PosixLauncherOptions, 'agent' | 'machine'>> = {},
): LauncherFactory {
  return (context, agent) =>
    context.spawn(posixLauncher, {
      agent,
      machine,
      ordersPerZygoteMax: 50_000,
      leftoverSearchDelayMs: 1000,
      watchIntervalMs: 30_000,
      condemnedMsMax: 60_000,
      ...options,
    });
}

const containerHandlers: LauncherHandlers<'launch' | 'kill' | 'settled' | 'graceOver'> = {
  launch(state, { containerId, command: asked, environment, sandbox, owner, ...how }, context) {
    const command = how.output === 'stderr' ? toStandardError(asked) : asked;
    if (state.containers.has(containerId)) return;
    const launchedMs = context.nowMs();
    const container = newContainer(containerId, launchedMs, owner);
    container.settled = how.fleeting === true;
    state.containers.set(containerId, container);
    const cause = launchFault(command, environment, sandbox);
    if (cause !== undefined) {
      endContainer(state, container, { kind: 'notStarted', cause }, context);
      return;
    }
    order(state, container, { containerId, command, environment, sandbox, launchedMs }, context);
  },

  kill(state, { containerId, gracePeriodMs }, context) {
    const container = state.containers.get(containerId);
    if (container === undefined || container.phase === 'ended') return;
    const waitingIndex = state.waiting.findIndex((one) => one.containerId === containerId);
    if (waitingIndex >= 0) {
      state.waiting.splice(waitingIndex, 1);
      const cause = 'it was killed before it could be started';
      endContainer(state, container, { kind: 'notStarted', cause }, context);
      return;
    }
    const graceEndsMs = context.nowMs() + gracePeriodMs;
    if (container.condemnedFrom !== undefined || graceEndsMs >= container.graceEndsMs) return;
    if (container.graceTimer !== undefined) context.cancel(container.graceTimer);
    else container.terminate = true;
    container.graceEndsMs = graceEndsMs;
    container.graceTimer = context.sendSelfAfter(gracePeriodMs, { type: 'graceOver', containerId });
    requestSearch(state, 0, context);
  },

  settled(state, { containerId }, context) {
    const container = state.containers.get(containerId);
    if (container === undefined) return;
    container.settled = true;
    if (container.clean) forgetContainer(state, containerId, context);
  },

  graceOver(state, { containerId }, context) {
    const container = state.containers.get(containerId);
    if (container === undefined || container.phase === 'ended') return;
    condemn(state, container, context);
    requestSearch(state, 0, context);
  },
};

const zygoteHandlers: LauncherHandlers<
  'startZygote' | 'zygoteStarted' | 'launcherBroken' | 'reported' | 'zygoteExited'
> = {
  startZygote(state, _, context) {
    const index = ++state.zygoteCount;
    context.defer(context.options.machine.startZygote(), {
      onValue: (zygote) => ({ type: 'zygoteStarted', index, zygote }),
      onError: (error) => ({ type: 'launcherBroken', cause: describeError(error) }),
    });
  },

  zygoteStarted(state, { index, zygote }, context) {
    state.zygotes.set(index, {
      zygote,
      orderCount: 0,
      containerCount: 0,
      finished: false,
      exited: false,
      closed: false,
    });
    state.current = index;
    if (!state.ready) {
      state.ready = true;
      const { leftoverCount } = state;
      context.send(context.options.agent, { type: 'launcherReady', leftoverCount });
    }
    context.defer(zygote.exited, {
      onValue: (cause) => ({ type: 'zygoteExited', index, cause }),
      onError: (error) => ({ type: 'zygoteExited', index, cause: describeError(error) }),
    });
    listen(state, index, context);
    for (const waiting of state.waiting.splice(0)) {
      const container = state.containers.get(waiting.containerId);
      if (container !== undefined) order(state, container, waiting, context);
    }
  },

  launcherBroken(state, { cause }, context) {
    context.log.error(`Cannot start a launcher process: ${cause}`);
    if (!state.ready) {
      context.send(context.options.agent, { type: 'launcherFailed', cause });
      return;
    }
    for (const { containerId } of state.waiting.splice(0)) {
      const container = state.containers.get(containerId);
      if (container === undefined) continue;
      endContainer(state, container, { kind: 'notStarted', cause }, context);
    }
    const delayMs = backoffMs(state.failureCount++, ZYGOTE_BACKOFF);
    context.sendSelfAfter(delayMs, { type: 'startZygote' });
  },

  reported(state, { index, reports, closed }, context) {
    for (const report of reports) hear(state, index, report, context);
    const from = state.zygotes.get(index);
    if (from === undefined) return;
    if (reports.length > 0) state.failureCount = 0;
    from.closed = closed;
    if (closed) abandon(state, index, context);
    else listen(state, index, context);
    endUnstarted(state, context);
    forgetZygote(state, index, context);
  },

  zygoteExited(state, { index, cause }, context) {
    const zygote = state.zygotes.get(index);
    if (zygote === undefined) return;
    zygote.exited = true;
    // One that was told to finish has no successor to wait for, and nothing in the making.
    if (state.current === index) {
      state.current = undefined;
      const delayMs = backoffMs(state.failureCount++, ZYGOTE_BACKOFF);
      context.log.warn(`The launcher process ended: ${cause}`, { index, delayMs });
      context.sendSelfAfter(delayMs, { type: 'startZygote' });
      const lost = [...state.containers.values()].filter(
        ({ zygoteIndex, phase }) => zygoteIndex === index && phase === 'launching',
      );
      for (const container of lost) {
        const sentence = `the launcher process ended before it reported the start (${cause})`;
        endContainer(state, container, { kind: 'notStarted', cause: sentence }, context);
      }
    }
    forgetZygote(state, index, context);
  },
};

export const posixLauncher = defineActor<
  PosixLauncherOptions,
  PosixLauncherState,
  PosixLauncherMessage
>({
  name: 'launcher',
  initialState: () => ({
    containers: new Map(),
    zygotes: new Map(),
    current: undefined,
    zygoteCount: 0,
    failureCount: 0,
    waiting: [],
    ready: false,
    starting: false,
    leftoverCount: 0,
    searchCount: 0,
    searching: false,
    searchTimer: undefined,
  }),
  started(state, { options: { metrics } }) {
    metrics?.operations('launcher', () => operationsOf(state));
  },
  handlers: { ...earlierHandlers, ...containerHandlers, ...zygoteHandlers, ...searchHandlers },
  stopped(state, { options: { metrics } }) {
    metrics?.endOperations('launcher');
    for (const { zygote } of state.zygotes.values()) {
      zygote.finish();
      zygote.release();
    }
  },
  inspect: ({ containers, zygotes, current, waiting }) => ({
    containers: [...containers.values()].map(({ owner, graceTimer, ...shown }) => shown),
    zygotes: [...zygotes].map(([index, { zygote, ...shown }]) => ({
      index,
      processId: zygote.processId,
      ...shown,
    })),
    current,
    waitingCount: waiting.length,
  }),
});

function order(
  state: PosixLauncherState,
  container: Container,
  one: LaunchOrder,
  context: LauncherContext,
): void {
  const index = state.current;
  const current = index === undefined ? undefined : state.zygotes.get(index);
  if (index === undefined || current === undefined) {
    state.waiting.push(one);
    return;
  }
  container.zygoteIndex = index;
  current.containerCount++;
  current.zygote.launch(one);
  if (++current.orderCount >= context.options.ordersPerZygoteMax) {
    current.zygote.finish();
    state.current = undefined;
    context.send(context.self, { type: 'startZygote' });
  }
  requestSearch(state, context.options.watchIntervalMs, context);
}

/** Nobody is left who could tell how what it started ends; so that is ended. */
function abandon(state: PosixLauncherState, index: number, context: LauncherContext): void {
  for (const container of state.containers.values()) {
    if (container.zygoteIndex !== index || container.phase !== 'running') continue;
    container.orphaned = true;
    const cause = 'the launcher process that kept it had ended, and it was killed';
    endContainer(state, container, { kind: 'unknown', cause }, context);
  }
}

/** It is known now which zygote started it. */
function adopt(state: PosixLauncherState, container: Container, index: number): void {
  if (container.zygoteIndex !== undefined) return;
  const zygote = state.zygotes.get(index);
  if (zygote === undefined) return;
  container.zygoteIndex = index;
  zygote.containerCount++;
}

function hear(
  state: PosixLauncherState,
  index: number,
  report: Report,
  context: LauncherContext,
): void {
  if (report.kind === 'finished') {
    const zygote = state.zygotes.get(index);
    if (zygote !== undefined) zygote.finished = true;
    return;
  }
  const { containerId } = report;
  const container = state.containers.get(containerId);
  // It was given up meanwhile, or said before that it could not be started.
  if (container === undefined || container.phase === 'ended') return;
  if (report.kind === 'started') {
    // Of an earlier life: it may have stood in the journal already.
    if (container.phase === 'running') return;
    container.phase = 'running';
    container.processId = report.processId;
    adopt(state, container, index);
    if (container.terminate || container.condemnedFrom !== undefined) {
      requestSearch(state, 0, context);
    }
    if (container.owner !== undefined) {
      const { processId } = report;
      context.send(container.owner, { type: 'containerStarted', containerId, processId });
    }
    return;
  }
  endContainer(state, container, endOf(report), context);
}

/** What no system call could be given, as the end of a sentence. */
export function launchFault(
  command: CommandInfo,
  environment: readonly EnvironmentVariable[],
  sandbox: string,
): string | undefined {
  if (command.value === '') return 'its command is empty';
  for (const text of [command.value, ...command.arguments, sandbox]) {
    if (text.includes('\0')) return 'its command contains a NUL character';
  }
  for (const { name, value } of environment) {
    if (name === '' || /[=\0]/.test(name)) {
      return `its environment variable ${JSON.stringify(name)} has an illegal name`;
    }
    if (value.includes('\0')) {
      return `the value of its environment variable ${JSON.stringify(name)} contains a NUL character`;
    }
  }
  return undefined;
}
