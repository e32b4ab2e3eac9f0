/**
 * The agent's place on the disk: who it is, and a sandbox for each run of an executor.
 *
 *     <work directory>/meta/owner                      the process that uses it now
 *     <work directory>/meta/slaves/<agent id>/checkpoint, meta/slaves/latest -> <agent id>
 *                                                      what must not be forgotten (checkpoint/)
 *     <work directory>/meta/launcher/journal-<n>, reports-<n>
 *                                                      what was started (launcher/posix-machine.ts)
 *     <work directory>/meta/resources/checkpoint       reservations and volumes (resources/)
 *     <work directory>/volumes/roles/<role>/<id>       a persistent volume
 *     <work directory>/slaves/<agent id>/frameworks/<framework>/executors/<executor>/runs/<container>
 *                                                      a sandbox; `runs/latest` leads to the newest
 *     …/runs/<container>/containers/<container>        the sandbox of a container inside that one;
 *                                                      `runs/<container>/tasks/<task>` leads to it
 * Source of the layout: Mesos 1.11, src/slave/paths.hpp.
 *
 * A port, because the simulation has no disk. Nothing here blocks: all answers are promises, and
 * enter an actor by `context.defer`.
 */
import { constants } from 'node:fs';
import { mkdir, open, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { CodedError, describeError } from '../../runtime/errors.ts';
import type { AgentId, ContainerId, ExecutorId, FrameworkId, TaskId } from '../protocol/ids.ts';
import { SANDBOX_CHUNK_BYTES_MAX } from '../protocol/maxima.ts';
import type { Resources } from '../protocol/resources.ts';
import { diskCheckpointStore } from './checkpoint/disk-store.ts';
import type { CheckpointStore } from './checkpoint/store.ts';
import { exists } from './exists.ts';
import type { SandboxDisk } from './garbage-collector.ts';
import { diskResourceStore, type ResourceStore } from './resources/resource-store.ts';
import { realVolumeDisk, type VolumeDisk } from './resources/volume-disk.ts';
import { linkVolumes, unlinkVolumes } from './resources/volume-links.ts';
import { sandboxDisk } from './sandbox-disk.ts';
import { pointTo } from './symbolic-link.ts';

export interface SandboxName {
  readonly agentId: AgentId;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  /** Of a container inside its executor's: `tasks/<id>` leads to it. */
  readonly taskId?: TaskId;
}

export interface FileChunk {
  readonly bytes: Uint8Array;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface WorkDirectory extends SandboxDisk, VolumeDisk {
  /** Absolute. */
  readonly path: string;
  readonly checkpoint: CheckpointStore;
  readonly resources: ResourceStore;
  sandboxPath(name: SandboxName): string;
  /**
   * With links to the volumes among these resources. Rejects with a `CodedError` whose sentence a
   * task's owner can be told.
   */
  makeSandbox(name: SandboxName, resources: Resources): Promise<void>;
  /** In a sandbox that is there; otherwise as `makeSandbox`. */
  linkVolumes(sandbox: string, resources: Resources): Promise<void>;
  /** Only links, and only those that lead to these volumes. */
  unlinkVolumes(sandbox: string, resources: Resources): Promise<void>;
  /**
   * Bytes of a file in a sandbox, never of one outside it, whatever `path` or a symbolic link says.
   * `stdout` and `stderr` are empty as long as they do not exist. Rejects with a `CodedError`.
   */
  readSandbox(
    sandbox: string,
    path: string,
    offsetBytes: number,
    lengthBytes: number,
  ): Promise<FileChunk>;
  /** Lets another agent have it. */
  release(): Promise<void>;
}

/** Every code given here, with what to do about it. */
export const WORK_DIRECTORY_ERRORS = {
  workDirectoryUnusable: 'Give a directory that the agent may write to, on a disk with space',
  workDirectoryInUse: 'Give each agent a work directory of its own, or stop the other one',
  sandboxNotMade: 'Make space and give the agent the right to write below its work directory',
  sandboxFileRefused: 'Ask for a file below the sandbox by a relative path without ".."',
} as const;

function fault(code: keyof typeof WORK_DIRECTORY_ERRORS, sentence: string, cause?: unknown) {
  return new CodedError(code, sentence, WORK_DIRECTORY_ERRORS[code], cause);
}

/**
 * Makes the directory where it is missing, and takes it: two agents in one would end each other's
 * tasks. @throws CodedError `workDirectoryUnusable`, `workDirectoryInUse`
 */
export async function openWorkDirectory(path: string): Promise<WorkDirectory> {
  const root = resolve(path);
  const owner = join(root, 'meta', 'owner');
  try {
    await makeDirectories(join(root, 'meta', 'slaves'));
    const other = await livingOwner(owner);
    if (other !== undefined) {
      throw fault(
        'workDirectoryInUse',
        `Cannot use the work directory "${root}": the agent with process id ${other} uses it`,
      );
    }
    await writeFile(owner, `${process.pid} ${await startOf(process.pid)}\n`);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const sentence = `Cannot use the work directory "${root}": ${describeError(error)}`;
    throw fault('workDirectoryUnusable', sentence, error);
  }
  let last: Promise<unknown> = Promise.resolve();
  /** What is to be put in the place of a link finds it gone. */
  const inTurn = <Value>(deed: () => Promise<Value>): Promise<Value> => {
    const next = last.then(deed, deed);
    last = next.catch(() => {});
    return next;
  };
  const sandboxPath = ({ agentId, frameworkId, executorId, containerId }: SandboxName) => {
    const runs = `${root}/slaves/${agentId}/frameworks/${frameworkId}/executors/${executorId}/runs`;
    return `${runs}/${containerId.replaceAll('.', '/containers/')}`;
  };

  return {
    path: root,
    checkpoint: diskCheckpointStore(join(root, 'meta')),
    resources: diskResourceStore(join(root, 'meta')),
    ...sandboxDisk(root),
    ...realVolumeDisk(root),
    sandboxPath,
    async makeSandbox(name, resources) {
      const sandbox = sandboxPath(name);
      try {
        await mkdir(sandbox, { recursive: true });
        if (name.taskId === undefined) {
          await pointTo(join(sandbox, '..', 'latest'), name.containerId);
        } else {
          const tasks = join(sandbox, '../../tasks');
          await mkdir(tasks, { recursive: true });
          await pointTo(join(tasks, name.taskId), `../containers/${basename(sandbox)}`);
        }
        await linkVolumes(root, sandbox, resources);
      } catch (error) {
        if (error instanceof CodedError) throw error;
        const sentence = `Cannot make the sandbox "${sandbox}": ${describeError(error)}`;
        throw fault('sandboxNotMade', sentence, error);
      }
    },
    linkVolumes: (sandbox, resources) => inTurn(() => linkVolumes(root, sandbox, resources)),
    unlinkVolumes: (sandbox, resources) => inTurn(() => unlinkVolumes(root, sandbox, resources)),
    readSandbox,
    release: () => rm(owner, { force: true }),
  };
}

/** Node's own `recursive` never settles where a directory takes no others, as in /proc. */
async function makeDirectories(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || (await exists(parent))) throw error;
    await makeDirectories(parent);
    await makeDirectories(path);
  }
}

async function readSandbox(
  sandbox: string,
  path: string,
  offsetBytes: number,
  lengthBytes: number,
): Promise<FileChunk> {
  const refuse = (why: string, cause?: unknown) =>
    fault('sandboxFileRefused', `Cannot read "${path}" of the sandbox: ${why}`, cause);
  if (path === '' || path.startsWith('/') || path.includes('\0') || /(^|\/)\.\.(\/|$)/.test(path)) {
    throw refuse('it is not a relative path without ".."');
  }
  const outside = () => refuse('it leads out of the sandbox');
  let root: string;
  let file: Awaited<ReturnType<typeof open>>;
  try {
    root = await realpath(sandbox);
    const real = await realpath(join(sandbox, path));
    if (!real.startsWith(root + sep)) throw outside();
    // A pipe would let us wait for a writer.
    file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // A container that is only being started, or never was, has said nothing yet.
    if (missing && (path === 'stdout' || path === 'stderr')) {
      return { bytes: new Uint8Array(), offsetBytes: 0, sizeBytes: 0 };
    }
    throw refuse(missing ? 'there is no such file' : describeError(error), error);
  }
  try {
    // A task may put a symbolic link in the file's place between the look and the opening.
    const opened = await readlink(`/proc/self/fd/${file.fd}`);
    if (!opened.startsWith(root + sep)) throw outside();
    const facts = await file.stat();
    if (!facts.isFile()) throw refuse('it is not a file');
    const sizeBytes = facts.size;
    const wanted = offsetBytes < 0 ? Math.max(0, sizeBytes + offsetBytes) : offsetBytes;
    const begin = Math.min(wanted, sizeBytes);
    const length = Math.max(0, Math.min(lengthBytes, SANDBOX_CHUNK_BYTES_MAX, sizeBytes - begin));
    const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, begin);
    return { bytes: buffer.subarray(0, bytesRead), offsetBytes: begin, sizeBytes };
  } catch (error) {
    throw error instanceof CodedError ? error : refuse(describeError(error), error);
  } finally {
    await file.close();
  }
}

/** @returns the process id of a living process that took the directory */
async function livingOwner(owner: string): Promise<number | undefined> {
  const text = await readFile(owner, 'utf8').catch(() => '');
  const [processId, start] = text.trim().split(' ');
  if (processId === undefined || start === undefined || Number(processId) === process.pid) {
    return undefined;
  }
  const now = await startOf(Number(processId)).catch(() => undefined);
  return now === start ? Number(processId) : undefined;
}

/** When a process started, in the kernel's own words: with its number it names one process for ever. */
async function startOf(processId: number): Promise<string> {
  const stat = await readFile(`/proc/${processId}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
