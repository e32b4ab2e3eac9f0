/**
 * A launcher without processes: it plays the commands of a small part of the shell's language on a
 * virtual clock, so that a whole cluster can run tasks in no time.
 *
 *     [trap '' TERM;] [sleep SECONDS;] exit CODE
 *
 * `trap '' TERM` makes the program deaf to a polite kill; a command that is none of these can't be
 * started. What runs is written down on the machine, which outlives the agent's node: what a crashed
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

/** What a test may look at from outside: the programs that run on a machine, whoever knows of them. */
export interface ScriptedMachine {
  /** Containers with a living process, and the task in each. */
  readonly running: Map<ContainerId, string>;
  /** A program has just begun; it is in `running`. */
  readonly onStarted: (task: string) => void;
}

export function scriptedMachine(onStarted: (task: string) => void = () => {}): ScriptedMachine {
  return { running: new Map(), onStarted };
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
  readonly script: Script;
  started: boolean;
  endTimer: TimerId | undefined;
  endsAtMs: number;
}

interface Script {
  readonly deaf: boolean;
  readonly sleepMs: number;
  readonly exitCode: number;
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
    machine.running.clear();
    context.send(agent, { type: 'launcherReady', leftoverCount });
  },

  handlers: {
    launch(state, { containerId, command, environment, owner }, context) {
      if (state.containers.has(containerId)) return;
      const script = parseScript(command.value);
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
      const signal = container.script.deaf ? 'SIGKILL' : 'SIGTERM';
      const waitMs = container.script.deaf ? gracePeriodMs : 1;
      endBy(container, containerId, waitMs, { kind: 'signalled', signal }, context);
    },

    startDue(state, { containerId }, context) {
      const container = state.containers.get(containerId);
      if (container === undefined) return;
      const { script, owner, task } = container;
      const { machine } = context.options;
      container.started = true;
      machine.running.set(containerId, task);
      machine.onStarted(task);
      const processId = ++state.processCount;
      context.send(owner, { type: 'containerStarted', containerId, processId });
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
      context.options.machine.running.delete(containerId);
      context.send(container.owner, { type: 'containerEnded', containerId, end });
    },
  },
});

/** What an agent is given instead of a launcher of real processes. */
export function scriptedLauncher(machine: ScriptedMachine, startDelayMsMax = 50): LauncherFactory {
  return (context, agent) =>
    context.spawn(scriptedLauncherActor, { machine, agent, startDelayMsMax });
}

function parseScript(text: string): Script | undefined {
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
