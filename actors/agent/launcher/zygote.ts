/**
 * The launcher process, seen from the agent: orders go in by its standard input, reports are appended
 * to a journal and come back by a named pipe, for which any later life of the agent can ask, too.
 *
 * Node forks its whole heap for each process it starts and stands still meanwhile; a zygote is small,
 * so it forks cheaply, and it lives in a session of its own, so that neither Ctrl-C nor the agent's
 * death reaches the tasks. When its input ends it takes no more orders and stays until its last
 * container has ended: the keeper of what it started. Who opens the pipe first and reads the journal
 * then misses nothing; some of it comes twice. When nobody has the pipe open to write any more,
 * nothing will be reported any more. Two programs can be it: `perl-zygote.ts` and `shell-zygote.ts`.
 *
 * Reports are lines of words:
 *     s CONTAINER PROCESS LAUNCHED_MS    a process was started
 *     e CONTAINER exit|signal NUMBER     the main process ended
 *     x CONTAINER TEXT                   there will be no process, because of TEXT
 *     q                                  no more orders will be taken
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
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
  | { readonly kind: 'notStarted'; readonly containerId: ContainerId; readonly cause: string }
  | { readonly kind: 'finished' };

/** A program that can be the launcher process, and how orders are written for it. */
export interface ZygoteProgram {
  readonly executable: string;
  readonly arguments: readonly string[];
  /** Written before the first order. */
  readonly preamble: string;
  encode(order: LaunchOrder): string | Buffer;
}

export interface Zygote {
  /** An earlier life of the agent started it. */
  readonly earlier: boolean;
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
  /** Nobody listens any more in this life of the agent. */
  release(): void;
}

/** The files that a launcher process has in common with the agent. */
export interface ZygoteFiles {
  readonly journal: string;
  /** A named pipe. */
  readonly reports: string;
}

/** A line longer than this is cut: the longest we write are far below. */
const LINE_LENGTH_MAX = 4096;

export function startZygote(program: ZygoteProgram, files: ZygoteFiles): Zygote {
  const reader = openSync(files.reports, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(files.reports, constants.O_WRONLY);
  const journal = openSync(files.journal, 'a', 0o600);
  const child = spawn(program.executable, [...program.arguments], {
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore', writer, journal],
  });
  closeSync(writer);
  closeSync(journal);
  const input = child.stdin;
  // A zygote that died can't be written to; what it was ordered is settled when it is noticed.
  input?.on('error', () => {});
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(code === null ? `it was ended by ${signal}` : `it exited with status ${code}`),
    );
  });
  // The agent's process may end while the zygote lives on.
  child.unref();
  if (program.preamble !== '') input?.write(program.preamble);
  const { nextReports, release } = listenTo(reader);
  return {
    earlier: false,
    processId: child.pid,
    journal: files.journal,
    exited,
    nextReports,
    launch: (order) => void input?.write(program.encode(order)),
    finish: () => void input?.end(),
    release,
  };
}

/** One that an earlier life of the agent started: it takes no orders. */
export function adoptZygote(files: ZygoteFiles): Zygote {
  const reader = openSync(files.reports, constants.O_RDONLY | constants.O_NONBLOCK);
  const { nextReports, release, closed } = listenTo(reader);
  return {
    earlier: true,
    processId: undefined,
    journal: files.journal,
    exited: closed.then(() => 'it has ended'),
    nextReports,
    launch() {},
    finish() {},
    release,
  };
}

type Reports = Awaited<ReturnType<Zygote['nextReports']>>;

function listenTo(reader: number) {
  let reports: Report[] = [];
  let rest = '';
  let isClosed = false;
  let waiting: (() => void) | undefined;
  let close: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const wake = (): void => {
    waiting?.();
    waiting = undefined;
  };
  const end = (): void => {
    isClosed = true;
    close();
    wake();
  };
  const hear = (chunk: Buffer): void => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const line of lines) {
      const report = parseReport(line);
      if (report !== undefined) reports.push(report);
    }
    if (reports.length > 0) wake();
  };
  const output = hasWriter(reader, hear) ? new Socket({ fd: reader, readable: true }) : undefined;
  if (output === undefined) {
    closeSync(reader);
    end();
  }
  output?.on('error', () => {});
  output?.once('close', end);
  output?.on('data', hear);
  output?.unref();

  return {
    closed,
    async nextReports(): Promise<Reports> {
      if (reports.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      const taken = reports;
      reports = [];
      return { reports: taken, closed: isClosed };
    },
    release: () => void output?.destroy(),
  };
}

/** A pipe that nobody could write to when it was opened says so only to who reads it at once. */
function hasWriter(reader: number, hear: (chunk: Buffer) => void): boolean {
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    for (;;) {
      const count = readSync(reader, buffer);
      if (count === 0) return false;
      hear(Buffer.from(buffer.subarray(0, count)));
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN';
  }
}

/** @returns undefined for a line that isn't a report, such as one torn by a crash */
export function parseReport(line: string): Report | undefined {
  if (line === 'q') return { kind: 'finished' };
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
