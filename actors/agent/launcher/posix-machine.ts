/**
 * What the posix launcher needs of a machine: processes to start its orders, a look into /proc,
 * signals, and journals in `<work directory>/meta/launcher`. Tests of the launcher give it another.
 */
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../../../runtime/errors.ts';
import type { ContainerId } from '../../protocol/ids.ts';
import { perlZygote } from './perl-zygote.ts';
import { type ProcessEntry, readProcesses } from './processes.ts';
import { shellZygote } from './shell-zygote.ts';
import { parseReport, startZygote, type Zygote, type ZygoteProgram } from './zygote.ts';

/** How far the machine's clock may have been put forward since a launch. */
const CLOCK_TOLERANCE_MS = 2000;

export interface Search {
  readonly processes: readonly ProcessEntry[];
  /** When the machine booted, in milliseconds since 1970. */
  readonly bootedMs: number;
  readonly failed?: boolean;
}

/** A container that some journal tells of: `processId` only when it had not ended by then. */
export interface LeftContainer {
  readonly containerId: ContainerId;
  readonly processId: number | undefined;
  readonly launchedMs: number;
}

export interface PosixMachine {
  /** What earlier lives started. Their journals are kept until `removeJournals`. */
  readJournals(): Promise<readonly LeftContainer[]>;
  removeEarlierJournals(): void;
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
  let earlier: readonly string[] = [];
  let journalCount = 0;
  const remove = (path: string): void => void rm(path, { force: true }).catch(() => {});

  return {
    async readJournals() {
      await mkdir(directory, { recursive: true });
      earlier = (await readdir(directory))
        .filter((name) => name.startsWith('journal-'))
        .map((name) => join(directory, name));
      const texts = await Promise.all(earlier.map((path) => readFile(path, 'utf8')));
      for (const path of earlier) {
        journalCount = Math.max(journalCount, Number(path.slice(path.lastIndexOf('-') + 1)) || 0);
      }
      return leftContainers(texts);
    },
    removeEarlierJournals() {
      for (const path of earlier) remove(path);
      earlier = [];
    },
    removeJournal: remove,
    async startZygote() {
      const journal = join(directory, `journal-${++journalCount}`);
      const file = openSync(journal, 'a', 0o600);
      try {
        return startZygote(program, journal, file);
      } finally {
        closeSync(file);
      }
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

/** What the journals leave open: each container that was started, with what is known of it. */
export function leftContainers(journals: readonly string[]): readonly LeftContainer[] {
  const left = new Map<ContainerId, LeftContainer>();
  for (const line of journals.flatMap((text) => text.split('\n'))) {
    const report = parseReport(line);
    if (report === undefined) continue;
    const { containerId } = report;
    if (report.kind === 'started') {
      const { processId, launchedMs } = report;
      left.set(containerId, { containerId, processId, launchedMs });
    } else {
      const launchedMs = left.get(containerId)?.launchedMs ?? 0;
      left.set(containerId, { containerId, processId: undefined, launchedMs });
    }
  }
  return [...left.values()];
}
