/** A group of processes that keeps something together, as those see it who measure it. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Group {
  readonly memberCount: number;
  /** Of members that run. */
  processIds(): readonly number[];
  /** Which member leads. Waits until all members know, and follow. */
  leader(): Promise<number>;
  /** `done`: it is durable, or `failed` says why that is not known. */
  write(member: number, key: string, done: (failed: string | undefined) => void): void;
  /** As with SIGKILL, at once. */
  kill(member: number): void;
  /** On the same disk and ports. */
  restart(member: number): Promise<void>;
  stop(): Promise<void>;
}

/** As many different ones are written. */
export const KEY_COUNT = 1000;
export const VALUE_BYTES = 200;

/** /proc counts CPU time in ticks of this length (USER_HZ is 100 on every Linux). */
const TICK_MS = 10;
const WAIT_MS_MAX = 30_000;
const POLL_MS = 20;

const directories = new Set<string>();
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Gone when this program ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'messor-bench-'));
  directories.add(directory);
  return directory;
}

/** Killed when this program ends. */
export function kept(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  const dueMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > dueMs) throw new Error(`In vain waited until ${what}`);
    await pause(POLL_MS);
  }
}

/** CPU time of these processes so far. */
export function cpuMsOf(processIds: readonly number[]): number {
  let ticks = 0;
  for (const processId of processIds) {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_MS;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
