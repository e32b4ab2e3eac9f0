/**
 * What containers use: the sums over their living processes, as /proc tells. The processor time of those
 * that have ended is in that of whoever waited for them.
 */
import { readFile } from 'node:fs/promises';
import { processesOf, readProcesses } from './processes.ts';

export interface ContainerUsage {
  readonly processCount: number;
  readonly threadCount: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly memBytes: number;
}

/** By container; those without a living process are left out. */
export type ReadUsage = (
  containerIds: readonly string[],
) => Promise<ReadonlyMap<string, ContainerUsage>>;

const NOTHING: ContainerUsage = {
  processCount: 0,
  threadCount: 0,
  cpuUserSeconds: 0,
  cpuSystemSeconds: 0,
  memBytes: 0,
};

export const readUsage: ReadUsage = async (containerIds) => {
  const sums = new Map<string, ContainerUsage>();
  if (containerIds.length === 0) return sums;
  const containers = containerIds.map((containerId) => ({ containerId, ended: false }));
  for (const [processId, containerId] of processesOf(containers, await readProcesses(0))) {
    const one = await usageOf(processId);
    if (one === undefined) continue;
    const sum = sums.get(containerId) ?? NOTHING;
    sums.set(containerId, {
      processCount: sum.processCount + one.processCount,
      threadCount: sum.threadCount + one.threadCount,
      cpuUserSeconds: sum.cpuUserSeconds + one.cpuUserSeconds,
      cpuSystemSeconds: sum.cpuSystemSeconds + one.cpuSystemSeconds,
      memBytes: sum.memBytes + one.memBytes,
    });
  }
  return sums;
};

/** @returns undefined for a process that is gone */
async function usageOf(processId: number): Promise<ContainerUsage | undefined> {
  try {
    const stat = await readFile(`/proc/${processId}/stat`, 'latin1');
    const status = await readFile(`/proc/${processId}/status`, 'latin1');
    return processUsage(stat, status);
  } catch {
    return undefined;
  }
}

/** Linux counts in hundredths of a second for every program (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Of /proc/PID/stat and /proc/PID/status. */
export function processUsage(stat: string, status: string): ContainerUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (own: number, ofChildren: number) =>
    (Number(fields[own]) + Number(fields[ofChildren])) / TICKS_PER_SECOND;
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return {
    processCount: 1,
    threadCount: Number(fields[17]),
    cpuUserSeconds: ticks(11, 13),
    cpuSystemSeconds: ticks(12, 14),
    memBytes: Number(kibibytes) * 1024,
  };
}
