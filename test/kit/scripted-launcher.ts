/**
 * A launcher without processes: it plays the commands of a small part of the shell's language on a
 * virtual clock, so that a whole cluster can run tasks in no time.
 *
 *     [trap '' TERM;] [sleep SECONDS;] exit CODE
 *
 * `trap '' TERM` makes the program deaf to a polite kill. `program NAME` starts what the test has
 * under that name, such as an executor on a node of its own. Anything else can't be started. What runs is written down on the machine, which outlives the agent's node: what a crashed
 * agent left running goes on until its next life cleans up.
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
}

export function scriptedMachine(
  onStarted: (task: string) => void = () => {},
  starters: ReadonlyMap<string, ProgramStarter> = new Map(),
): ScriptedMachine {
  return { running: new Map(), onStarted, starters, programs: new Map() };
}

/** A process, and all the tasks that it ran by itself, are no more. */
export function forgetProcess({ running, programs }: ScriptedMachine, containerId: ContainerId) {
  programs.delete(containerId);
  for (const key of running.keys()) {
    if (key === containerId || key.startsWith(`${containerId}/`)) running.delete(key);
  }
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
  readonly task: string;
  readonly script: Script | Program;
  readonly environment: Readonly<Record<string, string>>;
  /** A command that only looks at a task is none that counts. */
  readonly isTask: boolean;
  started: boolean;
  endTimer: TimerId | undefined;
  endsAtMs: number;
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

  started(_state, context) {
    const { machine, agent } = context.options;
    const leftoverCount = machine.running.size;
    for (const [containerId, program] of machine.programs) {
      program.kill('SIGKILL');
      forgetProcess(machine, containerId);
    }
    machine.running.clear();
    context.send(agent, { type: 'launcherReady', leftoverCount });
  },

  handlers: {
    launch(state, { containerId, command, environment, owner, output }, context) {
      if (state.containers.has(containerId)) return;
      const { starters } = context.options.machine;
      const script = parseScript(command.value) ?? parseProgram(command.value, starters);
      if (script === undefined) {
        const cause = `there is no program "${command.value}"`;
        const end: ContainerEnd = { kind: 'notStarted', cause };
        context.send(owner, { type: 'containerEnded', containerId, end });
        return;
      }
      state.containers.set(containerId, {
        owner,
        task: environment.find(({ name }) => name === TASK_VARIABLE)?.value ?? '',
        script,
        environment: Object.fromEntries(environment.map(({ name, value }) => [name, value])),
        isTask: output === undefined,
        started: false,
        endTimer: undefined,
        endsAtMs: Number.POSITIVE_INFINITY,
      });
      const delayMs = context.random() * context.options.startDelayMsMax;
      context.sendSelfAfter(delayMs, { type: 'startDue', containerId });
    },

    kill(state, { containerId, gracePeriodMs }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const deaf = 'deaf' in container.script && container.script.deaf;
      const signal = deaf ? 'SIGKILL' : 'SIGTERM';
      const waitMs = deaf ? gracePeriodMs : 1;
      endBy(container, containerId, waitMs, { kind: 'signalled', signal }, context);
    },

    startDue(state, { containerId }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const { script, owner, task } = container;
      const { machine } = context.options;
      container.started = true;
      if (container.isTask) {
        machine.running.set(containerId, task);
        machine.onStarted(task);
      }
      const processId = ++state.processCount;
      context.send(owner, { type: 'containerStarted', containerId, processId });
      if ('start' in script) {
        const program = script.start(containerId, container.environment);
        machine.programs.set(containerId, program);
        context.defer(program.ended, {
          onValue: (end) => ({ type: 'endDue', containerId, end }),
          onError: () => ({ type: 'endDue', containerId, end: { kind: 'unknown', cause: '' } }),
        });
        return;
      }
      const end: ContainerEnd = { kind: 'exited', exitCode: script.exitCode };
      endBy(container, containerId, script.sleepMs, end, context);
    },

    endDue(state, { containerId, end }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      if (!container.started) {
        // The signal came before the program: it ends as soon as it begins.
        container.endsAtMs = Number.POSITIVE_INFINITY;
        endBy(container, containerId, 1, end, context);
        return;
      }
      state.containers.delete(containerId);
      const { machine } = context.options;
      machine.programs.get(containerId)?.kill('SIGKILL');
      forgetProcess(machine, containerId);
      context.send(container.owner, { type: 'containerEnded', containerId, end });
    },
  },
});

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
  const endsAtMs = context.nowMs() + delayMs;
  if (endsAtMs >= container.endsAtMs) return;
  if (container.endTimer !== undefined) context.cancel(container.endTimer);
  container.endsAtMs = endsAtMs;
  container.endTimer = context.sendSelfAfter(delayMs, { type: 'endDue', containerId, end });
}
