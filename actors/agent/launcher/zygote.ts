/**
 * The launcher process, seen from the agent: orders go in by its standard input, reports come back by
 * a pipe, and the same reports are appended to a journal for a later life of the agent.
 *
 * Node forks its whole heap for each process it starts and stands still meanwhile; a zygote is small,
 * so it forks cheaply, and it lives in a session of its own, so that neither Ctrl-C nor the agent's
 * death reaches the tasks. When its input ends it takes no more orders and stays until its last
 * container has ended. Two programs can be it: `perl-zygote.ts` and `shell-zygote.ts`.
 *
 * Reports are lines of words:
 *     s CONTAINER PROCESS LAUNCHED_MS    a process was started
 *     e CONTAINER exit|signal NUMBER     the main process ended
 *     x CONTAINER TEXT                   there will be no process, because of TEXT
 */
import { spawn } from 'node:child_process';
import type { ContainerId } from '../../protocol/ids.ts';
import type { CommandInfo, EnvironmentVariable } from '../../protocol/task.ts';

export interface LaunchOrder {
  readonly containerId: ContainerId;
  readonly command: CommandInfo;
  readonly environment: readonly EnvironmentVariable[];
  readonly sandbox: string;
  readonly launchedMs: number;
}

export type Report =
  | {
      readonly kind: 'started';
      readonly containerId: ContainerId;
      readonly processId: number;
      readonly launchedMs: number;
    }
  | { readonly kind: 'exited'; readonly containerId: ContainerId; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly containerId: ContainerId; readonly signal: number }
  | { readonly kind: 'notStarted'; readonly containerId: ContainerId; readonly cause: string };

/** A program that can be the launcher process, and how orders are written for it. */
export interface ZygoteProgram {
  readonly executable: string;
  readonly arguments: readonly string[];
  /** Written before the first order. */
  readonly preamble: string;
  encode(order: LaunchOrder): string | Buffer;
}

export interface Zygote {
  readonly processId: number | undefined;
  /** Where its reports are appended. */
  readonly journal: string;
  /** How the process ended, as the end of a sentence; it may have failed to start. */
  readonly exited: Promise<string>;
  launch(order: LaunchOrder): void;
  /**
   * What was reported since the last call, at least one report unless `closed`: the process and all
   * that report in its stead have ended. One call at a time.
   */
  nextReports(): Promise<{ readonly reports: readonly Report[]; readonly closed: boolean }>;
  /** Takes no more orders; the process ends with its last container. */
  finish(): void;
}

/** A line longer than this is cut: the longest we write are far below. */
const LINE_LENGTH_MAX = 4096;

export function startZygote(program: ZygoteProgram, journal: string, journalFile: number): Zygote {
  const child = spawn(program.executable, [...program.arguments], {
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore', 'pipe', journalFile],
  });
  const [input, , , output] = child.stdio;
  let reports: Report[] = [];
  let rest = '';
  let closed = false;
  let waiting: (() => void) | undefined;
  const wake = (): void => {
    waiting?.();
    waiting = undefined;
  };
  // A zygote that died can't be written to; what it was ordered is settled when it is noticed.
  input?.on('error', () => {});
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
      closed = true;
      wake();
    });
    child.once('exit', (code, signal) =>
      resolve(code === null ? `it was ended by ${signal}` : `it exited with status ${code}`),
    );
  });
  output?.on('error', () => {});
  output?.once('close', () => {
    closed = true;
    wake();
  });
  output?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const line of lines) {
      const report = parseReport(line);
      if (report !== undefined) reports.push(report);
    }
    if (reports.length > 0) wake();
  });
  // The agent's process may end while the zygote lives on.
  child.unref();
  if (program.preamble !== '') input?.write(program.preamble);

  return {
    processId: child.pid,
    journal,
    exited,
    launch: (order) => void input?.write(program.encode(order)),
    async nextReports() {
      if (reports.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      const taken = reports;
      reports = [];
      return { reports: taken, closed };
    },
    finish: () => void input?.end(),
  };
}

/** @returns undefined for a line that isn't a report, such as one torn by a crash */
export function parseReport(line: string): Report | undefined {
  const [word, id, first, second] = line.split(' ', 4);
  if (id === undefined || id === '') return undefined;
  const containerId = id as ContainerId;
  if (word === 'x') {
    return { kind: 'notStarted', containerId, cause: line.slice(3 + id.length) };
  }
  const number = Number(second);
  if (second === undefined || second === '' || !Number.isInteger(number)) return undefined;
  if (word === 's') {
    return { kind: 'started', containerId, processId: Number(first), launchedMs: number };
  }
  if (word !== 'e') return undefined;
  if (first === 'exit') return { kind: 'exited', containerId, exitCode: number };
  return first === 'signal' ? { kind: 'signalled', containerId, signal: number } : undefined;
}
