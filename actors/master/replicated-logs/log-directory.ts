/**
 * The directory of one log on one master's disk, and the note that there is one.
 *
 * The note stands beside the registry, so it is lost only with all that this master has promised. Where there
 * is a note and the directory is gone or empty, the master must not begin again as the same member: it
 * could promise anew what it promised before.
 */
import { readIdentity } from '../../../consensus/directory-identity.ts';
import type { Disk } from '../../../consensus/disk.ts';
import { storageError } from '../../../consensus/storage-errors.ts';
import type { LogDirectories } from './logs-messages.ts';

export interface LogDirectory {
  /** @throws CodedError `logDirectoryLost`, and what the system says */
  open(): Disk;
  /** Once it says whose it is, and before anything is promised. @throws what the system says */
  noteBegun(): void;
  /** After it was closed. @throws what the system says */
  remove(): void;
}

export function logDirectory(
  logId: string,
  directories: LogDirectories,
  registry: Disk,
): LogDirectory {
  const note = `begun-${logId}`;
  const isNoted = () => registry.listNow().includes(note);
  return {
    open() {
      const disk = directories.open(logId);
      if (!isNoted() || readIdentity(disk) !== undefined) return disk;
      const sentence = `Cannot use the log in "${disk.path}": what this master had there is gone`;
      throw storageError('logDirectoryLost', sentence);
    },
    noteBegun() {
      if (isNoted()) return;
      registry.claimNow(note, new Uint8Array());
      registry.syncDirectoryNow();
    },
    remove() {
      directories.remove(logId);
      registry.removeNow(note);
    },
  };
}
