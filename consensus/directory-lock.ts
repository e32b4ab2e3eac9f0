/**
 * One process at a time uses a data directory: its mark stands in the file `lock`.
 *
 * The lock of a process that is over (killed, or the machine was started again) is stale and is
 * taken away. Whether a process lives is asked of the machine it runs on: a directory on a network
 * disk that two machines share, or processes that can't see each other, are not protected.
 */
import { array, string as text } from '../runtime/decode.ts';
import { describeError } from '../runtime/errors.ts';
import type { Disk, DiskError, ProcessMark } from './disk.ts';
import { LOCK_FILE, UNFINISHED } from './file-names.ts';
import { isDiskFull, storageError } from './storage-errors.ts';

const STALE = `${LOCK_FILE}.stale${UNFINISHED}`;
const partsFault = array(text(100), 3);

/** @throws CodedError `logInUse`, `logUnusable`, `logDiskFull` */
export function takeLock(disk: Disk): void {
  const { processId, bootId, startedAt } = disk.process;
  const mine = new TextEncoder().encode(`${JSON.stringify([processId, bootId, startedAt])}\n`);
  try {
    // Once more after a stale one is out of the way; then somebody else was quicker.
    if (disk.claimNow(LOCK_FILE, mine)) return;
    const owner = lockOwner(disk);
    if (owner !== undefined) throw inUse(disk, owner);
    disk.renameNow(LOCK_FILE, STALE);
    disk.removeNow(STALE);
    if (disk.claimNow(LOCK_FILE, mine)) return;
  } catch (error) {
    if (error instanceof Error && 'remedy' in error) throw error;
    const sentence = `Cannot lock the log in "${disk.path}": ${describeError(error)}`;
    throw storageError(
      isDiskFull(error as DiskError) ? 'logDiskFull' : 'logUnusable',
      sentence,
      error,
    );
  }
  throw inUse(disk, lockOwner(disk));
}

/** The living process that uses the directory, if there is one. */
export function lockOwner(disk: Disk): ProcessMark | undefined {
  if (!disk.listNow().includes(LOCK_FILE)) return undefined;
  const mark = parseMark(new TextDecoder().decode(disk.readNow(LOCK_FILE, 0, 1000)));
  return mark !== undefined && disk.livesNow(mark) ? mark : undefined;
}

export function releaseLock(disk: Disk): void {
  disk.removeNow(LOCK_FILE);
}

function inUse(disk: Disk, owner: ProcessMark | undefined) {
  const who = owner === undefined ? 'another process' : `the process ${owner.processId}`;
  return storageError('logInUse', `Cannot use the log in "${disk.path}": ${who} uses it`);
}

/** Undefined where it says nothing: then the process that wrote it did not come far. */
function parseMark(written: string): ProcessMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || partsFault(value.slice(1)) !== undefined) return undefined;
  const [processId, bootId, startedAt]: unknown[] = value;
  return { processId: Number(processId), bootId: String(bootId), startedAt: String(startedAt) };
}
