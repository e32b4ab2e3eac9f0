/**
 * A disk under a virtual clock and a seed: forgetful, slow, full or lying, as the test says.
 *
 * What was not synced is lost when power fails, sector by sector, name by name, as chance has it. A
 * process that is killed loses nothing that was written. Every wait and every choice comes from the
 * clock and the dice that it is given: the same seed, the same disaster.
 */
import {
  type Disk,
  type DiskError,
  type Done,
  type ProcessMark,
  SECTOR_BYTES,
} from '../../consensus/disk.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { VirtualFile } from './virtual-file.ts';

export interface VirtualDiskOptions {
  readonly clock: VirtualClock;
  /** Its own stream: what others draw leaves it alone. */
  readonly random: Random;
  /** Of every write and every sync, exponentially distributed. Default 0.1. */
  readonly delayMsMean?: number;
  /** Of every sync that it takes `stallMs` (default 2000) longer. Default 0. */
  readonly stallProbability?: number;
  readonly stallMs?: number;
  /** All files together. Default: no limit. */
  readonly capacityBytes?: number;
}

export type DiskOperation = 'read' | 'write' | 'sync' | 'rename' | 'remove' | 'syncDirectory';

export interface VirtualDisk extends Disk {
  /** All that is under way ends; what was not synced arrives in part. Then another process starts. */
  losePower(arrivalProbability?: number): void;
  /** All that is under way ends; what was written stays. Then another process starts. */
  killProcess(): void;
  /** The same directory, as another living process has it. */
  asAnother(): Disk;
  /** The next operation of this kind fails. A failed sync leaves its sectors lost, though reads show them. */
  failNext(operation: DiskOperation, code: 'EIO' | 'ENOSPC' | 'EROFS'): void;
  /** The next write lands at `position` of `name` instead, or (undefined) nowhere, and is called done. */
  misdirectNext(to: { readonly name: string; readonly position: number } | undefined): void;
  setCapacity(bytes: number): void;
  flipBit(name: string, position: number, bit: number): void;
  zeroSector(name: string, sector: number): void;
  truncate(name: string, sizeBytes: number): void;
  /** What reads show, for comparison. */
  contents(): ReadonlyMap<string, Uint8Array>;
}

/** A change of names; `undefined` is a name taken away. */
type NameChange = readonly (readonly [name: string, file: VirtualFile | undefined])[];

const BOOT_ID = 'virtual';

export function virtualDisk(options: VirtualDiskOptions): VirtualDisk {
  const { clock, random, delayMsMean = 0.1, stallProbability = 0, stallMs = 2000 } = options;
  let { capacityBytes = Number.POSITIVE_INFINITY } = options;
  const owner = {};
  let names = new Map<string, VirtualFile>();
  const durableNames = new Map<string, VirtualFile>();
  let changes: NameChange[] = [];
  const failures = new Map<DiskOperation, string[]>();
  let misdirections: ({ readonly name: string; readonly position: number } | undefined)[] = [];
  let processCount = 1;
  const living = new Set<string>();
  let mark = newProcess();

  function newProcess(): ProcessMark {
    const processId = processCount++;
    living.add(String(processId));
    return { processId, bootId: BOOT_ID, startedAt: String(processId) };
  }

  function failureOf(operation: DiskOperation): DiskError | undefined {
    const code = failures.get(operation)?.shift();
    return code === undefined ? undefined : diskError(code, operation);
  }

  function fileOf(name: string): VirtualFile {
    const file = names.get(name);
    if (file === undefined) throw diskError('ENOENT', name);
    return file;
  }

  function change(...change: NameChange): void {
    for (const [name, file] of change) {
      if (file === undefined) names.delete(name);
      else names.set(name, file);
    }
    changes.push(change);
  }

  function made(name: string): VirtualFile {
    const known = names.get(name);
    if (known !== undefined) return known;
    const file = new VirtualFile();
    change([name, file]);
    return file;
  }

  function put(name: string, position: number, bytes: Uint8Array): DiskError | undefined {
    const failure = failureOf('write');
    if (failure !== undefined) return failure;
    if (misdirections.length > 0) {
      const to = misdirections.shift();
      if (to !== undefined) made(to.name).write(to.position, bytes);
      return undefined;
    }
    const file = made(name);
    const growth = Math.max(0, position + bytes.length - file.sizeBytes);
    if (growth > 0 && usedBytes() + growth > capacityBytes) return diskError('ENOSPC', 'write');
    file.write(position, bytes);
    return undefined;
  }

  function usedBytes(): number {
    return [...names.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  function later(delayMs: number, run: () => void): void {
    clock.after(delayMs, owner, run);
  }

  const delay = () => random.exponential(delayMsMean);
  const syncDelay = () => delay() + (random.chance(stallProbability) ? stallMs : 0);

  function attempt(work: () => void): DiskError | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      return error as DiskError;
    }
  }

  function throwing(error: DiskError | undefined): void {
    if (error !== undefined) throw error;
  }

  function beginSync(name: string): () => DiskError | undefined {
    const file = fileOf(name);
    const dirty = file.dirtySectors();
    return () => {
      const failure = failureOf('sync');
      if (failure === undefined) file.synced(dirty);
      else file.dropped(dirty);
      return failure;
    };
  }

  function beginDirectorySync(): () => DiskError | undefined {
    const begun = new Set(changes);
    return () => {
      const failure = failureOf('syncDirectory');
      if (failure === undefined) {
        for (const each of changes) if (begun.has(each)) settle(each);
        changes = changes.filter((each) => !begun.has(each));
      }
      return failure;
    };
  }

  function settle(change: NameChange): void {
    for (const [name, file] of change) {
      if (file === undefined) durableNames.delete(name);
      else durableNames.set(name, file);
    }
  }

  function rename(from: string, to: string): DiskError | undefined {
    return failureOf('rename') ?? attempt(() => change([from, undefined], [to, fileOf(from)]));
  }

  function remove(name: string): DiskError | undefined {
    const failure = failureOf('remove');
    if (failure === undefined && names.has(name)) change([name, undefined]);
    return failure;
  }

  function endProcess(): void {
    clock.forget(owner);
    living.delete(String(mark.processId));
    mark = newProcess();
    failures.clear();
    misdirections = [];
  }

  const disk: VirtualDisk = {
    path: 'virtual-disk',
    listNow: () => [...names.keys()].sort(),
    sizeNow: (name) => fileOf(name).sizeBytes,
    readNow(name, position, lengthBytes) {
      throwing(failureOf('read'));
      return fileOf(name).read(position, lengthBytes);
    },
    writeNow: (name, position, bytes) => throwing(put(name, position, bytes)),
    syncNow: (name) => throwing(beginSync(name)()),
    renameNow: (from, to) => throwing(rename(from, to)),
    removeNow: (name) => throwing(remove(name)),
    syncDirectoryNow: () => throwing(beginDirectorySync()()),
    claimNow(name, bytes) {
      if (names.has(name)) return false;
      throwing(put(name, 0, bytes));
      return true;
    },

    read(name, position, lengthBytes, done) {
      later(delay(), () => {
        let bytes: Uint8Array = new Uint8Array();
        const error =
          failureOf('read') ??
          attempt(() => {
            bytes = fileOf(name).read(position, lengthBytes);
          });
        done(error, bytes);
      });
    },
    write(name, position, bytes, done) {
      const error = put(name, position, bytes);
      later(delay(), () => done(error));
    },
    sync(name, done) {
      let end: (() => DiskError | undefined) | undefined;
      const error = attempt(() => {
        end = beginSync(name);
      });
      later(syncDelay(), () => done(error ?? end?.()));
    },
    rename(from, to, done) {
      const error = rename(from, to);
      later(delay(), () => done(error));
    },
    remove(name, done) {
      const error = remove(name);
      later(delay(), () => done(error));
    },
    syncDirectory(done: Done) {
      const end = beginDirectorySync();
      later(syncDelay(), () => done(end()));
    },

    get process() {
      return mark;
    },
    livesNow: ({ processId }) => living.has(String(processId)),
    closeNow() {},

    losePower(arrivalProbability = 0.5) {
      endProcess();
      for (const each of changes) if (random.chance(arrivalProbability)) settle(each);
      changes = [];
      for (const file of new Set([...names.values(), ...durableNames.values()])) {
        file.losePower(random, arrivalProbability);
      }
      names = new Map(durableNames);
    },
    killProcess: endProcess,
    asAnother() {
      const another = newProcess();
      return { ...disk, process: another };
    },
    failNext(operation, code) {
      failures.set(operation, [...(failures.get(operation) ?? []), code]);
    },
    misdirectNext(to) {
      misdirections.push(to);
    },
    setCapacity(bytes) {
      capacityBytes = bytes;
    },
    flipBit(name, position, bit) {
      const file = fileOf(name);
      const [byte = 0] = file.read(position, 1);
      file.damage(position, Uint8Array.of(byte ^ (1 << bit)));
    },
    zeroSector: (name, sector) =>
      fileOf(name).damage(sector * SECTOR_BYTES, new Uint8Array(SECTOR_BYTES)),
    truncate: (name, sizeBytes) => fileOf(name).truncate(sizeBytes),
    contents: () =>
      new Map([...names].map(([name, file]) => [name, file.read(0, file.sizeBytes)] as const)),
  };
  return disk;
}

function diskError(code: string, what: string): DiskError {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
