/**
 * The disks that an agent's volumes lie on, and the record of them, without disks: slow, failing or
 * forgetful, as the test says.
 *
 * They outlive the processes that use them; each opens them with its own clock. What a process had
 * under way when it was killed has happened or not; a record is put in place as a whole.
 */
import type { ResourceStore } from '../../actors/agent/resources/resource-store.ts';
import type { VolumeDisk } from '../../actors/agent/resources/volume-disk.ts';
import { isMount, volumePath } from '../../actors/agent/resources/volume-paths.ts';
import type { Resource, Resources } from '../../actors/protocol/resources.ts';
import type { Host } from '../../runtime/host.ts';
import type { Random } from './random.ts';

export interface VirtualVolumes {
  /** For the process of this host; what the one before had under way has happened, or not. */
  open(host: Host): { readonly store: ResourceStore; readonly disk: VolumeDisk };
  /** What is in each volume that is there, by its path. */
  readonly data: ReadonlyMap<string, readonly string[]>;
  /** @returns undefined: there is no such volume */
  read(volume: Resource): readonly string[] | undefined;
  /** A program writes into a volume. @throws Error when it is not there */
  write(volume: Resource, line: string): void;
  /** The record as it would be read now. */
  text(): string | undefined;
  /** Until it is called with `false`, no record can be written. */
  setFull(full: boolean): void;
}

const WORK_DIRECTORY = '/work-directory';

/** @param random its own stream. @param faultProbability of each deed that it fails */
export function virtualVolumes(
  random: Random,
  { delayMsMax = 5, faultProbability = 0 } = {},
): VirtualVolumes {
  let text: string | undefined;
  let isFull = false;
  const data = new Map<string, string[]>();
  /** Of the deed that is under way. */
  let underWay: (() => void) | undefined;

  return {
    data,
    text: () => text,
    setFull(full) {
      isFull = full;
    },
    read: (volume) => data.get(volumePath(WORK_DIRECTORY, volume)),
    write(volume, line) {
      const path = volumePath(WORK_DIRECTORY, volume);
      const lines = data.get(path);
      if (lines === undefined) throw new Error(`There is no volume at ${path}`);
      lines.push(line);
    },
    open(host) {
      if (underWay !== undefined && random.chance(0.5)) underWay();
      underWay = undefined;
      const pause = () =>
        new Promise<void>((resolve) => {
          host.setTimer(random.next() * delayMsMax, resolve);
        });
      const deed = async (what: () => void, isDone: () => boolean) => {
        // What a crash has come behind does not fail when it is done again.
        if (!isDone() && random.chance(faultProbability)) {
          await pause();
          throw new Error('the disk does not do it');
        }
        underWay = what;
        await pause();
        what();
        underWay = undefined;
        await pause();
      };
      const paths = (volumes: Resources) =>
        volumes.map((volume) => ({ volume, path: volumePath(WORK_DIRECTORY, volume) }));
      return {
        store: {
          path: `${WORK_DIRECTORY}/meta/resources/checkpoint`,
          async read() {
            await pause();
            return text;
          },
          async replace(whole) {
            if (isFull) throw Object.assign(new Error('no space is left'), { code: 'ENOSPC' });
            underWay = () => {
              text = whole;
            };
            await pause();
            text = whole;
            underWay = undefined;
            await pause();
          },
        },
        disk: {
          createVolumes: (volumes) =>
            deed(
              () => {
                for (const { path } of paths(volumes)) {
                  if (!data.has(path)) data.set(path, []);
                }
              },
              () => paths(volumes).every(({ path }) => data.has(path)),
            ),
          async destroyVolumes(volumes) {
            await deed(
              () => {
                for (const { path, volume } of paths(volumes)) {
                  if (isMount(volume)) data.set(path, []);
                  else data.delete(path);
                }
              },
              () => paths(volumes).every(({ path }) => !data.has(path)),
            );
            return undefined;
          },
          sweepVolumes: pause,
        },
      };
    },
  };
}
