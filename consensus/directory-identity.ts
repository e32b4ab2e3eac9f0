/**
 * Whose a data directory is: `cluster.json`, written once when the member is made.
 *
 * A directory that belongs to somebody else is never touched, and neither is one that something was
 * wrong with before: `quarantine.json` says what.
 */
import { acceptor, integer, object, string as text } from '../runtime/decode.ts';
import { describeError } from '../runtime/errors.ts';
import type { Disk } from './disk.ts';
import type { MemberId } from './entry.ts';
import { IDENTITY_FILE, QUARANTINE_FILE, UNFINISHED } from './file-names.ts';
import { storageError } from './storage-errors.ts';

export interface DirectoryIdentity {
  readonly clusterId: string;
  readonly memberId: MemberId;
}

interface WrittenIdentity extends DirectoryIdentity {
  readonly formatVersion: number;
}

/** Of all files of the directory together. One more whenever an older messor would misread them. */
export const FORMAT_VERSION = 1;

/** Of the name of a cluster, and of what is wrong with a directory: longer is called damaged. */
const TEXT_LENGTH_MAX = 1000;
/** Of the identity and the quarantine: more is not read. */
const FILE_BYTES_MAX = 64 * 1024;

const identityFault = acceptor(
  object<WrittenIdentity>({
    clusterId: text(TEXT_LENGTH_MAX),
    memberId: integer(1),
    formatVersion: integer(1),
  }),
);

/** @returns undefined where there is none. @throws CodedError `logTooNew`, `logCorrupt`; DiskError */
export function readIdentity(disk: Disk): DirectoryIdentity | undefined {
  if (!disk.listNow().includes(IDENTITY_FILE)) return undefined;
  const corrupt = (why: string) =>
    storageError(
      'logCorrupt',
      `Cannot use the log in "${disk.path}": its ${IDENTITY_FILE} is damaged: ${why}`,
    );
  // That it can't be read does not mean that it is damaged.
  const bytes = disk.readNow(IDENTITY_FILE, 0, FILE_BYTES_MAX);
  let value: unknown;
  try {
    value = JSON.parse(textOf(bytes));
  } catch (error) {
    throw corrupt(describeError(error));
  }
  // A newer one may have other fields, so the version is looked at first.
  const version: unknown = (value as Partial<WrittenIdentity> | null)?.formatVersion;
  if (typeof version === 'number' && version > FORMAT_VERSION) throw tooNew(disk, version);
  const fault = identityFault(value);
  if (fault !== undefined) throw corrupt(fault);
  const { clusterId, memberId } = value as WrittenIdentity;
  return { clusterId, memberId };
}

/** @throws CodedError `logOfOtherCluster`, `logOfOtherMember` */
export function checkIdentity(disk: Disk, found: DirectoryIdentity, own: DirectoryIdentity): void {
  const begin = `Cannot use the log in "${disk.path}": it belongs to`;
  if (found.clusterId !== own.clusterId) {
    const sentence = `${begin} the cluster "${found.clusterId}", not to "${own.clusterId}"`;
    throw storageError('logOfOtherCluster', sentence);
  }
  if (found.memberId !== own.memberId) {
    const sentence = `${begin} the member ${found.memberId}, not to ${own.memberId}`;
    throw storageError('logOfOtherMember', sentence);
  }
}

/** The last step of making a directory: from here on it is a member's. */
export function writeIdentity(disk: Disk, { clusterId, memberId }: DirectoryIdentity): void {
  replaceFile(disk, IDENTITY_FILE, { clusterId, memberId, formatVersion: FORMAT_VERSION });
}

/** The directory is nobody's, as before it was made. */
export function removeIdentity(disk: Disk): void {
  disk.removeNow(IDENTITY_FILE);
  disk.syncDirectoryNow();
}

export interface Quarantine {
  readonly file: string;
  readonly offset: number;
  /** What is wrong, as a clause. */
  readonly reason: string;
}

const quarantineFault = acceptor(
  object<Quarantine>({
    file: text(TEXT_LENGTH_MAX),
    offset: integer(0),
    reason: text(TEXT_LENGTH_MAX),
  }),
);

export function readQuarantine(disk: Disk): Quarantine | undefined {
  if (!disk.listNow().includes(QUARANTINE_FILE)) return undefined;
  const unknown = { file: QUARANTINE_FILE, offset: 0, reason: 'it was put under quarantine' };
  try {
    const value: unknown = JSON.parse(textOf(disk.readNow(QUARANTINE_FILE, 0, FILE_BYTES_MAX)));
    return quarantineFault(value) === undefined ? (value as Quarantine) : unknown;
  } catch {
    return unknown;
  }
}

/** From now on nobody opens the directory, also when the fault does not show again. */
export function putUnderQuarantine(disk: Disk, quarantine: Quarantine): void {
  replaceFile(disk, QUARANTINE_FILE, quarantine);
}

export function corruptError(disk: Disk, { file, offset, reason }: Quarantine) {
  const sentence = `Cannot use the log in "${disk.path}": ${reason} (${file}, offset ${offset})`;
  return storageError('logCorrupt', sentence);
}

export function tooNew(disk: Disk, version: number) {
  const sentence = `Cannot use the log in "${disk.path}": it is of format ${version}, and this messor reads formats up to ${FORMAT_VERSION}`;
  return storageError('logTooNew', sentence);
}

function replaceFile(disk: Disk, name: string, value: object): void {
  const unfinished = `${name}${UNFINISHED}`;
  disk.removeNow(unfinished);
  disk.writeNow(unfinished, 0, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  disk.syncNow(unfinished);
  disk.renameNow(unfinished, name);
  disk.syncDirectoryNow();
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
