/**
 * A launcher without processes: it plays the commands of a small part of the shell's language on a
 * virtual clock, so that a whole cluster can run tasks in no time.
 *
 *     [trap '' TERM;] [sleep SECONDS;] exit CODE
 *
 * `trap '' TERM` makes the program deaf to a polite kill. `program NAME` starts what the test has
 * under that name, such as an executor on a node of its own. Anything else can't be started.
 *
 * What runs is written down on the machine, which outlives the agent's node, and how it ended, until
 * that is settled: the launcher of the agent's next life goes on with what it is told to keep, and ends
 * the rest. What ended meanwhile ended at its time, but shows in `running` until somebody looks.
 */

import type {
  ContainerEnd,
  LauncherEvent,
  LauncherFactory,
  LauncherMessage,
  LauncherNews,
} from '../../actors/agent/launcher/launcher.ts';
import type { ContainerId } from '../../actors/protocol/ids.ts';
import { type Address, type Context, defineActor, type TimerId } from '../../runtime/actor.ts';

/** A program with this in its environment is known to the test by that name. */
export const TASK_VARIABLE = 'SIMULATED_TASK';

export interface RunningProgram {
  readonly ended: Promise<ContainerEnd>;
  kill(signal: string): void;
}

export type ProgramStarter = (
  containerId: ContainerId,
  environment: Readonly<Record<string, string>>,
) => RunningProgram;

/** What a test may look at from outside: the programs that run on a machine, whoever knows of them. */
export interface ScriptedMachine {
  /** Containers with a living process (or `container/task`, in an executor), and the task in each. */
  readonly running: Map<string, string>;
  /** A program has just begun; it is in `running`. */
  readonly onStarted: (task: string) => void;
  readonly starters: ReadonlyMap<string, ProgramStarter>;
  /** Those that were started so and live. */
  readonly programs: Map<ContainerId, RunningProgram>;
  /** What was launched, until its end is settled. */
  readonly containers: Map<ContainerId, ScriptedContainer>;
  /** Of the machine's present life. */
  readonly boot: { count: number };
  /** Containers with which lives of the agent after the first went on, or that they ended instead. */
  readonly recovered: { takenUpCount: number; readonly leftovers: ScriptedContainer[] };
}

/** What stands on the machine of a container. */
export interface ScriptedContainer {
  readonly task: string;
  readonly script: Script | Program;
  readonly environment: Readonly<Record<string, string>>;
  /** A command that only looks at a task is none that counts. */
  readonly isTask: boolean;
  /** How it ended is settled from the first. */
  readonly isFleeting: boolean;
  readonly startsAtMs: number;
  started: boolean;
  endsAtMs: number;
  end: ContainerEnd | undefined;
  over: boolean;
}

export function scriptedMachine(
  onStarted: (task: string) => void = () => {},
  starters: ReadonlyMap<string, ProgramStarter> = new Map(),
): ScriptedMachine {
  return {
    running: new Map(),
    onStarted,
    starters,
    programs: new Map(),
    containers: new Map(),
    boot: { count: 1 },
    recovered: { takenUpCount: 0, leftovers: [] },
  };
}

/** A process, and all the tasks that it ran by itself, are no more. */
export function forgetProcess({ running, programs }: ScriptedMachine, containerId: ContainerId) {
  programs.delete(containerId);
  for (const key of running.keys()) {
    if (key === containerId || key.startsWith(`${containerId}/`)) running.delete(key);
  }
}

/** Nothing that ran does any more, and nobody knows how it ended. */
export function bootMachine(machine: ScriptedMachine): void {
  for (const program of machine.programs.values()) program.kill('SIGKILL');
  machine.programs.clear();
  machine.running.clear();
  machine.containers.clear();
  machine.boot.count++;
}

export interface ScriptedLauncherOptions {
  readonly machine: ScriptedMachine;
  readonly agent: Address<LauncherNews>;
  /** A start takes a chance time up to this. */
  readonly startDelayMsMax: number;
}

type Inbox =
  | LauncherMessage
  /** From ourselves: the process is there. */
  | { readonly type: 'startDue'; readonly containerId: ContainerId }
  /** From ourselves: the process ends, by itself or of a signal. */
  | { readonly type: 'endDue'; readonly containerId: ContainerId; readonly end: ContainerEnd };

interface Container {
  readonly owner: Address<LauncherEvent>;
  readonly on: ScriptedContainer;
  endTimer: TimerId | undefined;
}

export interface Script {
  readonly deaf: boolean;
  readonly sleepMs: number;
  readonly exitCode: number;
}

interface Program {
  readonly start: ProgramStarter;
}

interface State {
  readonly containers: Map<ContainerId, Container>;
  processCount: number;
}

const scriptedLauncherActor = defineActor<ScriptedLauncherOptions, State, Inbox>({
  name: 'scripted-launcher',
  initialState: () => ({ containers: new Map(), processCount: 0 }),

  handlers: {
    recover(state, { keep }, context) {
      const { machine, agent } = context.options;
      const owners = new Map(keep.map(({ containerId, owner }) => [containerId, owner]));
      let leftoverCount = 0;
      for (const [containerId, on] of [...machine.containers]) {
        const owner = owners.get(containerId);
        owners.delete(containerId);
        if (owner !== undefined) {
          machine.recovered.takenUpCount++;
          adopt(state, { owner, on, endTimer: undefined }, containerId, context);
          continue;
        }
        if (machine.running.has(containerId)) {
          leftoverCount++;
          machine.recovered.leftovers.push(on);
        }
        machine.programs.get(containerId)?.kill('SIGKILL');
        forgetProcess(machine, containerId);
        machine.containers.delete(containerId);
      }
      for (const [containerId, owner] of owners) {
        const cause = 'the agent was restarted before its order was taken';
        const end: ContainerEnd = { kind: 'notStarted', cause, orderLost: true };
        context.send(owner, { type: 'containerEnded', containerId, end });
      }
      context.send(agent, { type: 'launcherReady', leftoverCount });
    },

    settled(_state, { containerId }, context) {
      const { containers } = context.options.machine;
      if (containers.get(containerId)?.over === true) containers.delete(containerId);
    },

    launch(state, { containerId, command, environment, owner, output, fleeting }, context) {
      const { machine } = context.options;
      if (machine.containers.has(containerId)) return;
      const { starters } = machine;
      const script = parseScript(command.value) ?? parseProgram(command.value, starters);
      if (script === undefined) {
        const cause = `there is no program "${command.value}"`;
        const end: ContainerEnd = { kind: 'notStarted', cause };
        context.send(owner, { type: 'containerEnded', containerId, end });
        return;
      }
      const delayMs = context.random() * context.options.startDelayMsMax;
      const on: ScriptedContainer = {
        task: environment.find(({ name }) => name === TASK_VARIABLE)?.value ?? '',
        script,
        environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
        isTask: output === undefined,
        isFleeting: fleeting === true,
        startsAtMs: context.nowMs() + delayMs,
        started: false,
        endsAtMs: Number.POSITIVE_INFINITY,
        end: undefined,
        over: false,
      };
      machine.containers.set(containerId, on);
      state.containers.set(containerId, { owner, on, endTimer: undefined });
      context.sendSelfAfter(delayMs, { type: 'startDue', containerId });
    },

    kill(state, { containerId, gracePeriodMs }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const { script } = container.on;
      const deaf = 'deaf' in script && script.deaf;
      const signal = deaf ? 'SIGKILL' : 'SIGTERM';
      const waitMs = deaf ? gracePeriodMs : 1;
      endBy(container, containerId, waitMs, { kind: 'signalled', signal }, context);
    },

    startDue(state, { containerId }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const { script, task, environment } = container.on;
      const { machine } = context.options;
      const { isTask } = container.on;
      container.on.started = true;
      if (isTask) {
        machine.running.set(containerId, task);
        machine.onStarted(task);
      }
      const processId = ++state.processCount;
      context.send(container.owner, { type: 'containerStarted', containerId, processId });
      if ('start' in script) {
        const program = script.start(containerId, environment);
        machine.programs.set(containerId, program);
        watch(containerId, program, context);
        return;
      }
      const end: ContainerEnd = { kind: 'exited', exitCode: script.exitCode };
      endBy(container, containerId, script.sleepMs, end, context);
    },

    endDue(state, { containerId, end }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const { on } = container;
      if (!on.started) {
        // The signal came before the program: it ends as soon as it begins.
        on.endsAtMs = Number.POSITIVE_INFINITY;
        endBy(container, containerId, 1, end, context);
        return;
      }
      state.containers.delete(containerId);
      const { machine } = context.options;
      machine.programs.get(containerId)?.kill('SIGKILL');
      forgetProcess(machine, containerId);
      on.over = true;
      on.end = end;
      if (on.isFleeting) machine.containers.delete(containerId);
      context.send(container.owner, { type: 'containerEnded', containerId, end });
    },
  },
});

/** An earlier life of the agent launched it. */
function adopt(
  state: State,
  container: Container,
  containerId: ContainerId,
  context: Context<ScriptedLauncherOptions, Inbox>,
): void {
  const { on, owner } = container;
  const { machine } = context.options;
  if (!on.started) {
    state.containers.set(containerId, container);
    const delayMs = Math.max(0, on.startsAtMs - context.nowMs());
    if (on.end !== undefined) endLater(container, containerId, context);
    context.sendSelfAfter(delayMs, { type: 'startDue', containerId });
    return;
  }
  const processId = ++state.processCount;
  context.send(owner, { type: 'containerStarted', containerId, processId });
  if (on.over && on.end !== undefined) {
    context.send(owner, { type: 'containerEnded', containerId, end: on.end });
    return;
  }
  state.containers.set(containerId, container);
  const program = machine.programs.get(containerId);
  if (program !== undefined) watch(containerId, program, context);
  if (on.end === undefined) return;
  // It ended while nobody looked: what begins now has its place.
  if (on.endsAtMs <= context.nowMs()) forgetProcess(machine, containerId);
  endLater(container, containerId, context);
}

function watch(
  containerId: ContainerId,
  program: RunningProgram,
  context: Context<ScriptedLauncherOptions, Inbox>,
): void {
  context.defer(program.ended, {
    onValue: (end) => ({ type: 'endDue', containerId, end }),
    onError: () => ({ type: 'endDue', containerId, end: { kind: 'unknown', cause: '' } }),
  });
}

/** What an agent is given instead of a launcher of real processes. */
export function scriptedLauncher(machine: ScriptedMachine, startDelayMsMax = 50): LauncherFactory {
  return (context, agent) =>
    context.spawn(scriptedLauncherActor, { machine, agent, startDelayMsMax });
}

function parseProgram(
  text: string,
  starters: ReadonlyMap<string, ProgramStarter>,
): Program | undefined {
  const start = starters.get(/^program (\S+)$/.exec(text)?.[1] ?? '');
  return start === undefined ? undefined : { start };
}

/** @returns undefined for what isn't in this part of the language */
export function parseScript(text: string): Script | undefined {
  const match = /^(trap '' TERM; )?(?:sleep ([0-9.]+); )?exit (\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, trap, sleepSeconds = '0', exitCode] = match;
  return {
    deaf: trap !== undefined,
    sleepMs: Number(sleepSeconds) * 1000,
    exitCode: Number(exitCode),
  };
}

/** A sooner end replaces a later one, never the other way round. */
function endBy(
  container: Container,
  containerId: ContainerId,
  delayMs: number,
  end: ContainerEnd,
  context: Context<ScriptedLauncherOptions, Inbox>,
): void {
  const { on } = container;
  const endsAtMs = context.nowMs() + delayMs;
  if (endsAtMs >= on.endsAtMs) return;
  on.endsAtMs = endsAtMs;
  on.end = end;
  endLater(container, containerId, context);
}

function endLater(
  container: Container,
  containerId: ContainerId,
  context: Context<ScriptedLauncherOptions, Inbox>,
): void {
  const { endsAtMs, end } = container.on;
  if (end === undefined) return;
  if (container.endTimer !== undefined) context.cancel(container.endTimer);
  const delayMs = Math.max(0, endsAtMs - context.nowMs());
  container.endTimer = context.sendSelfAfter(delayMs, { type: 'endDue', containerId, end });
}
