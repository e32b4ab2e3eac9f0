/**
 * How a task finds its persistent volumes: by symbolic links in its sandbox, at the container path of
 * each. A link never takes the place of what is there, and none is made outside of the sandbox.
 *
 * Who writes to a volume only to be read is not kept from it: a link has no mode of its own.
 * Source: Mesos 1.11, src/slave/containerizer/mesos/isolators/filesystem/posix.cpp, which leaves out
 * nested paths.
 */
import { lstat, mkdir, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CodedError, describeError } from '../../../runtime/errors.ts';
import { isPersistentVolume } from '../../protocol/resource-kinds.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { volumeFault, volumePath } from './volume-paths.ts';

/** Every code given here, with what to do about it. */
export const VOLUME_ERRORS = {
  volumeNotLinked:
    'Give each volume a relative container path without ".." that nothing else of the sandbox has',
} as const;

export function volumesOf(resources: Resources): Resources {
  return resources.filter(isPersistentVolume);
}

/** @param root the work directory. Rejects with a `CodedError` whose sentence a task's owner can be told */
export async function linkVolumes(
  root: string,
  sandbox: string,
  resources: Resources,
): Promise<void> {
  for (const volume of volumesOf(resources)) await linkVolume(root, sandbox, volume);
}

/** Takes the links away that lead to these volumes. */
export async function unlinkVolumes(
  root: string,
  sandbox: string,
  resources: Resources,
): Promise<void> {
  for (const volume of volumesOf(resources)) {
    const path = volume.disk?.volume?.containerPath;
    if (path === undefined || containerPathFault(path) !== undefined) continue;
    const link = join(sandbox, path);
    const target = await readlink(link).catch(() => undefined);
    if (target === volumePath(root, volume)) await rm(link);
  }
}

/** @returns why a volume cannot be put there, or undefined */
export function containerPathFault(path: string): string | undefined {
  if (path === '' || path.startsWith('/')) return 'it is not a relative path';
  if (path.includes('\0')) return 'it has a zero byte';
  if (path === 'stdout' || path === 'stderr') return 'the output of the task is there';
  const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain ? undefined : 'it has a part that is empty, "." or ".."';
}

async function linkVolume(root: string, sandbox: string, volume: Resource): Promise<void> {
  const { persistence, volume: use } = volume.disk ?? {};
  const path = use?.containerPath ?? '';
  const refuse = (why: string, cause?: unknown) =>
    new CodedError(
      'volumeNotLinked',
      `Cannot put the volume "${persistence?.id}" at "${path}" in the sandbox: ${why}`,
      VOLUME_ERRORS.volumeNotLinked,
      cause,
    );
  const wrong = volumeFault(volume) ?? containerPathFault(path);
  if (wrong !== undefined) throw refuse(wrong);
  const target = volumePath(root, volume);
  const link = join(sandbox, path);
  try {
    if (!(await isDirectory(target))) throw refuse(`"${target}" is not there`);
    await mkdir(dirname(link), { recursive: true });
    const [top, parent] = [await realpath(sandbox), await realpath(dirname(link))];
    if (parent !== top && !parent.startsWith(top + sep))
      throw refuse('it leads out of the sandbox');
    if ((await lstat(link).catch(() => undefined)) === undefined) await symlink(target, link);
    else if ((await readlink(link).catch(() => undefined)) !== target) {
      throw refuse('something else is there');
    }
  } catch (error) {
    throw error instanceof CodedError ? error : refuse(describeError(error), error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
