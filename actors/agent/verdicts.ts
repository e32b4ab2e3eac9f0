/**
 * How the end of a command is told: state, and a sentence for people. Pure.
 * Source of the rule (what was killed is killed, though it ended well): Mesos 1.11,
 * src/launcher/executor.cpp, reaped.
 */
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { CommandInfo, TaskReason, TaskState } from '../protocol/task.ts';
import type { ContainerEnd } from './launcher/launcher.ts';

export interface Verdict {
  readonly state: TaskState;
  readonly message: string;
  readonly reason?: TaskReason;
  readonly exitCode?: number;
  readonly signal?: string;
}

/** @param killed somebody asked for its end before */
export function verdict(end: ContainerEnd, killed: boolean, command: CommandInfo): Verdict {
  switch (end.kind) {
    case 'exited': {
      const { exitCode } = end;
      const message = `Command exited with status ${exitCode}${exitHint(exitCode, command)}`;
      const state = killed ? 'killed' : exitCode === 0 ? 'finished' : 'failed';
      return { state, message, exitCode };
    }
    case 'signalled': {
      const { signal } = end;
      const message = `Command terminated by signal ${signal}`;
      return { state: killed ? 'killed' : 'failed', message, signal };
    }
    case 'notStarted': {
      if (killed) {
        const message = 'Command was killed before it started';
        return { state: 'killed', message, reason: 'taskKilledDuringLaunch' };
      }
      const message = `Cannot start the command: ${end.cause}`;
      return { state: 'failed', message, reason: 'containerLaunchFailed' };
    }
    case 'unknown': {
      const message = `Command ended, but its exit status is unknown: ${end.cause}`;
      return { state: killed ? 'killed' : 'failed', message, reason: 'executorTerminated' };
    }
  }
}

/** Of a task whose program was never started, for the order was lost with the agent's process. */
export function orderLost({ capabilities }: FrameworkInfo, program: 'command' | 'executor') {
  const state = capabilities.includes('partitionAware') ? 'dropped' : 'lost';
  const message = `The agent was restarted before it could start the ${program}`;
  return { state, reason: 'agentRestarted', message } as const;
}

/** The same end, of a command that was killed because it took too long. */
export function tooLong(how: Verdict, limitMs: number | undefined): Verdict {
  const message = `Command was killed after its max completion time of ${limitMs} ms: ${how.message}`;
  return { ...how, state: 'failed', reason: 'maxCompletionTimeReached', message };
}

/** Shells and execvp(3) mean something by these two. */
function exitHint(exitCode: number, { shell, value }: CommandInfo): string {
  if (exitCode === 127) {
    return shell
      ? ': the shell did not find a program; install it on the agent, or give its full path'
      : `: the program ${JSON.stringify(value)} was not found; install it on the agent, or give its full path`;
  }
  if (exitCode === 126) {
    return shell
      ? ': a program could not be executed; check its permissions and its format'
      : `: the program ${JSON.stringify(value)} could not be executed; check its permissions and its format`;
  }
  return '';
}

/** Exit code, or 128 + signal number, as `executorExited` carries it. */
export function waitStatus(end: ContainerEnd, signalNumber: (name: string) => number): number {
  if (end.kind === 'exited') return end.exitCode;
  return end.kind === 'signalled' ? 128 + signalNumber(end.signal) : 255;
}

/** How a custom executor's end is told of its tasks. */
export function executorEndSentence(end: ContainerEnd): string {
  switch (end.kind) {
    case 'exited':
      return `Executor exited with status ${end.exitCode}`;
    case 'signalled':
      return `Executor terminated by signal ${end.signal}`;
    case 'notStarted':
      return `Cannot start the executor: ${end.cause}`;
    case 'unknown':
      return `Executor ended, but its exit status is unknown: ${end.cause}`;
  }
}
