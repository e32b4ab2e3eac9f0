/**
 * The port to the files of one directory: what the storage of logs needs, and nothing more.
 *
 * `node-disk.ts` implements it on a real disk, `test/kit/virtual-disk.ts` under a virtual clock and
 * a seed. The directory is flat, names are plain. Methods called `...Now` block: they are for the
 * time in which a storage opens or is inspected, when nobody waits. All others answer by `done`,
 * never before they have returned; those of one file that are under way at once may be done in any
 * order, so whoever needs an order waits.
 *
 * What survives a loss of power: bytes, once a sync of their file is done; names (made, renamed,
 * removed), once a sync of the directory is done. What was not synced may be there, or not, or in
 * part: any of its sectors.
 *
 * Errors carry the system's code (`ENOSPC`, `EIO`, `ENOENT`, …). After a failed write the bytes of
 * its range are unknown. After a failed sync nobody knows what is on the disk, and what reads show
 * proves nothing: Linux may have marked the lost pages as clean. Neither is tried again.
 * Source: Rebello et al. 2020, "Can Applications Recover from fsync Failures?".
 */

/** What a disk may write in one piece: a write that power interrupts leaves whole ones of them. */
export const SECTOR_BYTES = 512;

/** What a disk reports as an error. */
export interface DiskError extends Error {
  readonly code?: string | undefined;
}

export type Done = (error: DiskError | undefined) => void;

export interface Disk {
  /** How people call the directory. */
  readonly path: string;

  /** The names of all files, sorted. Directories in it are somebody else's. */
  listNow(): readonly string[];
  /** @throws DiskError `ENOENT` */
  sizeNow(name: string): number;
  /** Fewer bytes only where the file ends. @throws DiskError */
  readNow(name: string, position: number, lengthBytes: number): Uint8Array;
  /** Makes the file where it is missing; a gap before `position` reads as zeros. @throws DiskError */
  writeNow(name: string, position: number, bytes: Uint8Array): void;
  syncNow(name: string): void;
  /** Replaces a file of that name. @throws DiskError */
  renameNow(from: string, to: string): void;
  /** One that is missing is removed already. @throws DiskError */
  removeNow(name: string): void;
  syncDirectoryNow(): void;
  /** The whole file appears with its bytes or not at all. @returns false where the name is taken */
  claimNow(name: string, bytes: Uint8Array): boolean;

  read(
    name: string,
    position: number,
    lengthBytes: number,
    done: (error: DiskError | undefined, bytes: Uint8Array) => void,
  ): void;
  /** `bytes` must not change before `done`. Makes the file where it is missing. */
  write(name: string, position: number, bytes: Uint8Array, done: Done): void;
  /** The bytes of the file, and what of its description is needed to read them. */
  sync(name: string, done: Done): void;
  rename(from: string, to: string, done: Done): void;
  remove(name: string, done: Done): void;
  syncDirectory(done: Done): void;

  /** Who we are among the processes that may use this directory. */
  readonly process: ProcessMark;
  /** Whether that process may still run; one of an earlier start of the machine does not. */
  livesNow(mark: ProcessMark): boolean;
  /** Lets go of what the implementation holds open; nothing may be under way. */
  closeNow(): void;
}

/** Names one process for ever: a number alone is given again. */
export interface ProcessMark {
  readonly processId: number;
  /** Of the start of the machine. */
  readonly bootId: string;
  /** When the process started, in the kernel's own words. */
  readonly startedAt: string;
}
