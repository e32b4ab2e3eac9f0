/**
 * Which processes belong to a container: looked up in /proc, because a process can leave its group
 * and its session, and its parent can end before it.
 *
 * A process belongs to a container when it, or a living ancestor of it, is the main process, is in
 * the main process's group or session, or carries the container's id in the environment it began
 * with (`MESSOR_CONTAINER_ID`). What left its group and session, cleared its environment and lost its
 * parent can't be found this way; launchers with namespaces or cgroups find it.
 */
import { Buffer } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';

/** The mark in a program's environment. */
export const CONTAINER_MARK = 'MESSOR_CONTAINER_ID';

/** Read without letting others have a turn: half a millisecond. */
const STATS_PER_TURN = 50;

export interface ProcessEntry {
  readonly processId: number;
  readonly parentId: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** A zombie: it has ended, and waits for its parent to notice. */
  readonly ended: boolean;
  /** Since the machine booted. */
  readonly startedMs: number;
  /** The container it was started in, or in which its first ancestor was. */
  readonly containerId: string | undefined;
}

/** @returns undefined for what isn't a line of /proc/PID/stat */
export function parseStat(line: string): Omit<ProcessEntry, 'containerId'> | undefined {
  // The name in parentheses may hold anything, spaces and parentheses too.
  const nameEnd = line.lastIndexOf(')');
  if (nameEnd < 0) return undefined;
  const fields = line.slice(nameEnd + 2).split(' ');
  const numberAt = (index: number) => Number(fields[index]);
  const entry = {
    processId: Number.parseInt(line, 10),
    parentId: numberAt(1),
    groupId: numberAt(2),
    sessionId: numberAt(3),
    ended: fields[0] === 'Z' || fields[0] === 'X',
    // Linux counts in hundredths of a second for every program (USER_HZ).
    startedMs: numberAt(19) * 10,
  };
  return Number.isInteger(entry.startedMs) && Number.isInteger(entry.processId) ? entry : undefined;
}

/** The value of the mark in a /proc/PID/environ. */
export function markIn(environment: Buffer): string | undefined {
  const text = environment.toString('latin1');
  const mark = `${CONTAINER_MARK}=`;
  let begin = text.startsWith(mark) ? 0 : text.indexOf(`\0${mark}`);
  if (begin < 0) return undefined;
  begin = text.indexOf('=', begin) + 1;
  const end = text.indexOf('\0', begin);
  return text.slice(begin, end < 0 ? undefined : end);
}

/**
 * Every process that could be read; those that end meanwhile, and kernel threads, are left out.
 * Environments are read only of those that began at `markedSinceMs` after boot or later, which is
 * all that a container launched then can have; `containerId` is undefined for the others.
 *
 * The one is read at once, a few at a time: it costs 10 µs where a promise costs 100, and never waits
 * for the process. The other may: an environment is locked while its process waits for a dead disk.
 */
export async function readProcesses(markedSinceMs: number): Promise<readonly ProcessEntry[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries: ProcessEntry[] = [];
  for (let index = 0; index < names.length; index += STATS_PER_TURN) {
    if (index > 0) await stat('/proc');
    for (const name of names.slice(index, index + STATS_PER_TURN)) {
      const entry = parseStat(readStat(name));
      // The kernel's own threads are children of number 2.
      if (entry !== undefined && entry.parentId !== 2) {
        entries.push({ ...entry, containerId: undefined });
      }
    }
  }
  const marked = await Promise.all(
    entries
      .filter(({ startedMs }) => startedMs >= markedSinceMs)
      .map(async (entry) => ({ ...entry, containerId: await readMark(entry.processId) })),
  );
  return [...entries.filter(({ startedMs }) => startedMs < markedSinceMs), ...marked];
}

const buffer = Buffer.allocUnsafe(4096);

function readStat(name: string): string {
  try {
    const file = openSync(`/proc/${name}/stat`, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

async function readMark(processId: number): Promise<string | undefined> {
  try {
    return markIn(await readFile(`/proc/${processId}/environ`));
  } catch {
    // It is gone, or somebody else's.
    return undefined;
  }
}

export interface ContainerProcess {
  readonly containerId: string;
  /** Its main process; absent when it isn't known, or when the number may be somebody else's by now. */
  readonly processId?: number | undefined;
  /** The main process is over: its number may have been given to another. */
  readonly ended: boolean;
}

/** All living processes of the containers, each with its container's id. */
export function processesOf(
  containers: Iterable<ContainerProcess>,
  entries: readonly ProcessEntry[],
): ReadonlyMap<number, string> {
  const wanted = new Set<string>();
  const byMain = new Map<number, string>();
  const present = new Set(entries.map(({ processId }) => processId));
  for (const { containerId, processId, ended } of containers) {
    wanted.add(containerId);
    // A number isn't given again while a group or session still has it; so when it is there again,
    // nothing of the old group is left, and the new one is not ours.
    const reused = processId !== undefined && ended && present.has(processId);
    if (processId !== undefined && !reused) byMain.set(processId, containerId);
  }
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of entries) {
    const siblings = children.get(entry.parentId);
    if (siblings === undefined) children.set(entry.parentId, [entry]);
    else siblings.push(entry);
  }
  const found = new Map<number, string>();
  const include = (root: ProcessEntry, containerId: string): void => {
    const open = [root];
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      if (found.has(entry.processId)) continue;
      found.set(entry.processId, containerId);
      open.push(...(children.get(entry.processId) ?? []));
    }
  };
  for (const entry of entries) {
    const marked = entry.containerId;
    const containerId =
      byMain.get(entry.processId) ??
      byMain.get(entry.groupId) ??
      byMain.get(entry.sessionId) ??
      (marked !== undefined && wanted.has(marked) ? marked : undefined);
    if (containerId !== undefined) include(entry, containerId);
  }
  for (const entry of entries) if (entry.ended) found.delete(entry.processId);
  return found;
}
