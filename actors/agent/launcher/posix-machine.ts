/**
 * What the posix launcher needs of a machine: processes to start its orders, a look into /proc,
 * signals, and what those of earlier lives left in `<work directory>/meta/launcher`: for each a journal
 * and the pipe of its reports. Tests of the launcher give it another.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CodedError, describeError } from '../../../runtime/errors.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import type { ContainerEnd } from './launcher.ts';
import { perlZygote } from './perl-zygote.ts';
import { type ProcessEntry, readProcesses } from './processes.ts';
import { endOf } from './reports.ts';
import { shellZygote } from './shell-zygote.ts';
import {
  adoptZygote,
  parseReport,
  startZygote,
  type Zygote,
  type ZygoteFiles,
  type ZygoteProgram,
} from './zygote.ts';

/** How far the machine's clock may have been put forward since a launch. */
const CLOCK_TOLERANCE_MS = 2000;

export interface Search {
  readonly processes: readonly ProcessEntry[];
  /** When the machine booted, in milliseconds since 1970. */
  readonly bootedMs: number;
  readonly failed?: boolean;
}

/** A container that some journal tells of. */
export interface LeftContainer {
  readonly containerId: ContainerId;
  /** Of its main process; absent when there never was one. */
  readonly processId: number | undefined;
  readonly launchedMs: number;
  /** Absent when it had not ended by then. */
  readonly end: ContainerEnd | undefined;
}

/** A launcher process of an earlier life, living or not, and what it had told by now. */
export interface EarlierZygote {
  readonly zygote: Zygote;
  readonly left: readonly LeftContainer[];
  /** It takes no more orders. */
  readonly finished: boolean;
}

export interface PosixMachine {
  /** What earlier lives started. */
  earlierZygotes(): Promise<readonly EarlierZygote[]>;
  removeJournal(journal: string): void;
  /** Rejects when there is no place for its journal. */
  startZygote(): Promise<Zygote>;
  /** Finds the marks of containers launched at `launchedSinceMs` or later; `Infinity`: of none. */
  search(launchedSinceMs: number): Promise<Search>;
  /** Quietly does nothing when there is no such process. */
  signal(processId: number, signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface PosixMachineOptions {
  readonly workDirectory: string;
  readonly nowMs: () => number;
  /** Left out: perl where there is one, else a shell. */
  readonly program?: ZygoteProgram;
}

/** @throws CodedError `noLauncherProgram` */
export function posixMachine(options: PosixMachineOptions): PosixMachine {
  const program = options.program ?? perlZygote() ?? shellZygote();
  if (program === undefined) {
    throw new CodedError(
      'noLauncherProgram',
      'Cannot start programs: there is neither perl nor a shell with setsid and env in /usr/local/bin, /usr/bin or /bin',
      'Install perl, or util-linux and coreutils',
    );
  }
  const directory = join(options.workDirectory, 'meta', 'launcher');
  let journalCount = 0;
  const remove = (path: string): void => void rm(path, { force: true }).catch(() => {});
  const filesOf = (index: number | string): ZygoteFiles => ({
    journal: join(directory, `journal-${index}`),
    reports: join(directory, `reports-${index}`),
  });

  return {
    async earlierZygotes() {
      await mkdir(directory, { recursive: true });
      const indices = (await readdir(directory))
        .filter((name) => name.startsWith('journal-'))
        .map((name) => name.slice('journal-'.length));
      for (const index of indices) journalCount = Math.max(journalCount, Number(index) || 0);
      return Promise.all(
        indices.map(async (index) => {
          const files = filesOf(index);
          // One that crashed between making the two had no process yet.
          await makePipe(files.reports);
          // First the pipe, then the journal: what is told in between stands in both.
          const zygote = adoptZygote(files);
          const journal = await readFile(files.journal, 'utf8');
          return { zygote, ...readJournal(journal) };
        }),
      );
    },
    removeJournal(journal) {
      remove(journal);
      remove(journal.replace(/journal-(?=[^/]*$)/, 'reports-'));
    },
    async startZygote() {
      const files = filesOf(++journalCount);
      await makePipe(files.reports);
      return startZygote(program, files);
    },
    async search(launchedSinceMs) {
      const bootedMs = options.nowMs() - uptime() * 1000;
      const processes = await readProcesses(launchedSinceMs - bootedMs - CLOCK_TOLERANCE_MS);
      return { processes, bootedMs };
    },
    signal(processId, signal) {
      try {
        process.kill(processId, signal);
      } catch {
        // It is gone, which is what was wanted.
      }
    },
  };
}

/** Node can't make one itself. */
async function makePipe(path: string): Promise<void> {
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    });
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    if (stderr.includes('exists')) return;
    throw new Error(`a pipe "${path}" cannot be made: ${stderr.trim() || describeError(error)}`);
  }
}

/** Each container that was started, with what is known of it, and whether more could come. */
export function readJournal(text: string): Omit<EarlierZygote, 'zygote'> {
  const left = new Map<ContainerId, LeftContainer>();
  let finished = false;
  for (const line of text.split('\n')) {
    const report = parseReport(line);
    if (report === undefined) continue;
    if (report.kind === 'finished') {
      finished = true;
      continue;
    }
    const { containerId } = report;
    const known = left.get(containerId);
    if (report.kind === 'started') {
      const { processId, launchedMs } = report;
      // What could not be started may be told of by the child before its parent tells of the child.
      left.set(containerId, { containerId, processId, launchedMs, end: known?.end });
    } else {
      const { processId, launchedMs = 0, end = endOf(report) } = known ?? {};
      left.set(containerId, { containerId, processId, launchedMs, end });
    }
  }
  return { left: [...left.values()], finished };
}
