/**
 * The checkpoint on a real disk.
 *
 *     <work directory>/meta/slaves/<agent id>/checkpoint, meta/slaves/latest -> <agent id>
 *
 * Written anew, it is written beside the old one, synced, and renamed over it; then the directory is
 * synced. What is appended is synced before it is said to be there. What could not be appended whole
 * is cut off again; where that fails too, nothing more is appended. Source of the layout: Mesos 1.11,
 * src/slave/paths.hpp, where each of the records is a file of its own, which costs some thirty calls
 * and four syncs a task.
 *
 *     records | zeros
 *             └ at least HELD_BACK_BYTES_MIN of them, as long as the disk has them
 * Zeros behind the records hold space back that no task can fill: so it can still be written what
 * became of the tasks when the disk is full. They cost no sync of their own, and are not read.
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../../../runtime/errors.ts';
import { exists } from '../exists.ts';
import { recoveryError } from '../recovery-errors.ts';
import { pointTo } from '../symbolic-link.ts';
import { syncDirectory } from '../sync-directory.ts';
import { type CheckpointSpace, type CheckpointStore, isFull } from './store.ts';

/** Enough for the ends of as many tasks as an agent takes. */
const HELD_BACK_BYTES_MIN = 1_048_576;
/** What is held back anew, so that it is not asked for with each write. */
const HELD_BACK_BYTES_STEP = 1_048_576;

/** @param meta an existing directory */
export function diskCheckpointStore(meta: string): CheckpointStore {
  const slaves = join(meta, 'slaves');
  const latest = join(slaves, 'latest');
  const path = join(latest, 'checkpoint');
  let file: FileHandle | undefined;
  /** Of the records. */
  let sizeBytes = 0;
  /** With what is held back behind them. */
  let heldBytes = 0;
  let last: Promise<unknown> = Promise.resolve();
  /** An agent that begins anew in the same process may come while the last one's write is on its way. */
  const inTurn = <Value>(deed: () => Promise<Value>): Promise<Value> => {
    const next = last.then(deed, deed);
    last = next.catch(() => {});
    return next;
  };

  /** So that a write of so many bytes needs no more of the disk, and enough is left behind it. */
  async function holdBack(writeBytes: number): Promise<CheckpointSpace> {
    const neededBytes = sizeBytes + writeBytes + HELD_BACK_BYTES_MIN;
    if (file === undefined || neededBytes <= heldBytes) return { isFull: false };
    const zeros = Buffer.alloc(neededBytes + HELD_BACK_BYTES_STEP - heldBytes);
    try {
      await writeAll(file, zeros, heldBytes);
    } catch (error) {
      if (!isFull(error)) throw error;
      await file.truncate(heldBytes);
      if (sizeBytes + writeBytes > heldBytes) throw error;
      return { isFull: true };
    }
    heldBytes += zeros.length;
    return { isFull: false };
  }

  const store: CheckpointStore = {
    path,
    async read() {
      if (await exists(join(latest, 'slave.info'))) {
        const sentence = `Cannot read the checkpoint in "${latest}": it is one of Apache Mesos`;
        throw recoveryError('checkpointForeign', sentence);
      }
      try {
        return recordsIn(await readFile(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        const sentence = `Cannot read the checkpoint "${path}": ${describeError(error)}`;
        throw recoveryError('checkpointDamaged', sentence);
      }
    },

    async replace(agentId, text) {
      const directory = join(slaves, agentId);
      const target = join(directory, 'checkpoint');
      await mkdir(directory, { recursive: true });
      const fresh = await open(`${target}.new`, 'w', 0o600);
      try {
        await fresh.writeFile(text);
        await fresh.datasync();
        await rename(`${target}.new`, target);
        await syncDirectory(directory);
        await pointTo(latest, agentId);
        await syncDirectory(slaves);
      } catch (error) {
        await fresh.close();
        await rm(`${target}.new`, { force: true });
        throw error;
      }
      await file?.close();
      file = fresh;
      sizeBytes = Buffer.byteLength(text);
      heldBytes = sizeBytes;
      return holdBack(0);
    },

    async append(text) {
      if (file === undefined) throw new Error('There is no checkpoint that could be appended to');
      const bytes = Buffer.from(text);
      const space = await holdBack(bytes.length);
      if (bytes.length === 0) return space;
      try {
        await writeAll(file, bytes, sizeBytes);
        await file.datasync();
      } catch (error) {
        await file.truncate(sizeBytes);
        heldBytes = sizeBytes;
        throw error;
      }
      sizeBytes += bytes.length;
      return space;
    },

    async discard() {
      await rm(latest, { force: true });
      await syncDirectory(slaves);
      await file?.close();
      file = undefined;
    },
  };
  return {
    path,
    read: () => inTurn(() => store.read()),
    replace: (agentId, text) => inTurn(() => store.replace(agentId, text)),
    append: (text) => inTurn(() => store.append(text)),
    discard: () => inTurn(() => store.discard()),
  };
}

function recordsIn(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.toString('utf8', 0, end);
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const rest = bytes.length - offset;
    const { bytesWritten } = await file.write(bytes, offset, rest, position + offset);
    offset += bytesWritten;
  }
}
