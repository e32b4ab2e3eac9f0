/**
 * Persistent volumes on a real disk: made, and destroyed with what is in them.
 *
 *     there ──rename──▶ volumes/removed/<removal>.<n> ──▶ gone
 * A volume is destroyed by one rename, so it is there with all its data, or not at all; the data goes
 * after that, and what a crash leaves of it goes when the agent begins again. The root of a disk of
 * its own stays: that is emptied. Each deed may be done again, for a crash may come right behind it.
 * Source: Mesos 1.11, src/slave/slave.cpp, syncCheckpointedResources, which removes in place.
 */
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeError } from '../../../runtime/errors.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { exists } from '../exists.ts';
import { syncDirectory } from '../sync-directory.ts';
import { isMount, removedPath, volumePath } from './volume-paths.ts';

/** A port, for the simulation has no disk. */
export interface VolumeDisk {
  /** All of them, or none. What is in a directory that is there already stays. */
  createVolumes(volumes: Resources): Promise<void>;
  /**
   * All of them, or none; but a disk of its own may have lost something when that fails.
   * @param removal another one for each removal, the same when it is tried again
   * @returns why some of the data is still there, where nobody can get at it
   */
  destroyVolumes(volumes: Resources, removal: string): Promise<string | undefined>;
  /** Removes what is left of volumes that were destroyed on the disks of these resources. */
  sweepVolumes(resources: Resources): Promise<void>;
}

/** The file system's own, of a disk of its own. */
const KEPT_IN_MOUNT = 'lost+found';

/** @param root the work directory */
export function realVolumeDisk(root: string): VolumeDisk {
  const asideOf = (volume: Resource, removal: string, index: number) =>
    join(removedPath(root, volume), `${removal}.${index}`);

  return {
    async createVolumes(volumes) {
      const made: string[] = [];
      try {
        for (const volume of volumes) {
          const path = volumePath(root, volume);
          if (isMount(volume)) {
            await readdir(path);
            continue;
          }
          const first = await mkdir(path, { recursive: true });
          if (first !== undefined) made.push(path);
          await syncUpTo(first === undefined ? path : dirname(first), path);
        }
      } catch (error) {
        // Only what is still empty.
        for (const path of made) await rmdir(path).catch(() => {});
        throw error;
      }
    },

    async destroyVolumes(volumes, removal) {
      const moved: { readonly from: string; readonly to: string }[] = [];
      try {
        for (const [index, volume] of volumes.entries()) {
          if (isMount(volume)) continue;
          const from = volumePath(root, volume);
          const to = asideOf(volume, removal, index);
          // It was moved before a crash: nothing may fail that has been done.
          if (!(await exists(from))) {
            moved.push({ from, to });
            continue;
          }
          await mkdir(dirname(to), { recursive: true });
          moved.push({ from, to });
          await rename(from, to).catch(unlessMissing);
          for (const path of [dirname(from), dirname(to)]) {
            await syncDirectory(path).catch(unlessMissing);
          }
        }
        for (const volume of volumes.filter(isMount)) await empty(volumePath(root, volume));
      } catch (error) {
        for (const { from, to } of moved) await rename(to, from).catch(() => {});
        throw error;
      }
      try {
        for (const { to } of moved) await rm(to, { recursive: true, force: true });
      } catch (error) {
        return describeError(error);
      }
      return undefined;
    },

    async sweepVolumes(resources) {
      const places = new Set(
        [{ name: 'disk' as const, type: 'scalar' as const, milli: 1 }, ...resources]
          .filter((resource) => !isMount(resource))
          .map((resource) => removedPath(root, resource)),
      );
      for (const place of places) {
        for (const name of await readdir(place).catch(() => [])) {
          await rm(join(place, name), { recursive: true, force: true });
        }
      }
    },
  };
}

async function empty(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name !== KEPT_IN_MOUNT) await rm(join(path, name), { recursive: true, force: true });
  }
}

/** A new directory is there for good when the one that it is in has been synced. */
async function syncUpTo(top: string, path: string): Promise<void> {
  for (let at = path; at.length >= top.length; at = dirname(at)) {
    if ((await stat(at)).isDirectory()) await syncDirectory(at);
    if (at === dirname(at)) return;
  }
}

function unlessMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
