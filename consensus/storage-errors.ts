/**
 * What can go wrong with the storage of logs: codes, and what to do about each.
 */
import { CodedError, describeError } from '../runtime/errors.ts';
import type { DiskError } from './disk.ts';

/** Every code given by the storage. */
export const STORAGE_ERRORS = {
  logCorrupt:
    'Leave the directory as it is, remove this member from the cluster, and add a new one with an empty directory',
  logInUse: 'Stop the other process, or give this one a directory of its own',
  logMissing: 'Give the directory of this member, or make a new member that joins the cluster',
  logDirectoryLost:
    'Empty the whole directory of this master, and have it added again: messor masters add',
  logNotEmpty: 'Give an empty directory, or start without making a new log',
  logOfOtherCluster: 'Give the directory that belongs to this cluster',
  logOfOtherMember:
    'Give each member the directory that was made for it, and never a copy; a master that moves to another address is added as a new one',
  logTooNew: 'Start the newer messor that wrote it, or a newer one; an older one cannot read it',
  logUnusable: 'Give a directory that this process may read and write, on a sound disk',
  logDiskFull: 'Make space on the disk and start again; nothing that was acknowledged is lost',
  logWriteFailed: 'Start again; if it happens again, replace the disk and then the member',
  logClosed: 'Append before the storage is closed',
  appendTooLarge: 'Append less at a time',
  snapshotDiskFull: 'Make space on the disk and take the snapshot again',
  snapshotFailed: 'Take or send the snapshot again',
  snapshotGone: 'Go on with the newest snapshot',
  snapshotMismatch: 'Send the snapshot again from its beginning',
  dumpMalformed: 'Give what `messor log dump` wrote, whole and unchanged',
} as const;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

export function storageError(
  code: StorageErrorCode,
  sentence: string,
  cause?: unknown,
): CodedError {
  return new CodedError(code, sentence, STORAGE_ERRORS[code], cause);
}

/** What a disk says is told with the directory that it is about; other errors are as they were. */
export function ofDirectory(path: string, error: unknown): unknown {
  if (error instanceof CodedError || (error as DiskError | undefined)?.code === undefined) {
    return error;
  }
  const code = isDiskFull(error as DiskError) ? 'logDiskFull' : 'logUnusable';
  return storageError(code, `Cannot use the log in "${path}": ${describeError(error)}`, error);
}

/** No room, or no more than this user may have: it may get better, unlike all other errors. */
export function isDiskFull({ code }: DiskError): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}
