/**
 * A directory of a real disk: the port `Disk` over node:fs.
 *
 * Files are opened when they are first touched and stay open, up to a number: a log is written to
 * thousands of times a second.
 */
import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  read as readFrom,
  readSync,
  rename,
  renameSync,
  rm,
  rmSync,
  statSync,
  writeSync,
  write as writeTo,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Disk, DiskError, Done, ProcessMark } from './disk.ts';

/** More files are not held open: the one that was not used for longest is closed. */
const OPEN_FILE_COUNT_MAX = 64;

/**
 * So much is only copied into the system's memory, which takes less time than to have another thread do
 * it. What waits for the disk is the sync.
 */
const WRITTEN_AT_ONCE_BYTES_MAX = 128 * 1024;

interface OpenFile {
  readonly descriptor: number;
  /** While something is under way it stays open. */
  busyCount: number;
  /** Its name is gone: it is closed when nothing is under way any more. */
  forgotten: boolean;
}

export interface NodeDiskOptions {
  /** For who only looks: nothing is made, also not the directory, and every attempt to write fails. */
  readonly readOnly?: boolean;
}

/** Makes the directory where it is missing. @throws what the system says when that fails */
export function nodeDisk(path: string, { readOnly = false }: NodeDiskOptions = {}): Disk {
  const directory = resolve(path);
  if (!readOnly) makeDirectory(directory);
  const files = new Map<string, OpenFile>();
  const place = (name: string) => join(directory, name);

  function open(name: string, makes: boolean): OpenFile {
    const known = files.get(name);
    if (known !== undefined) {
      // Last in the order of the map: used most recently.
      files.delete(name);
      files.set(name, known);
      return known;
    }
    const flags = readOnly
      ? constants.O_RDONLY
      : constants.O_RDWR | (makes ? constants.O_CREAT : 0);
    const file = {
      descriptor: openSync(place(name), flags, 0o600),
      busyCount: 0,
      forgotten: false,
    };
    files.set(name, file);
    if (files.size > OPEN_FILE_COUNT_MAX) {
      const idle = [...files].find(([, { busyCount }]) => busyCount === 0);
      if (idle !== undefined) forget(idle[0]);
    }
    return file;
  }

  function forget(name: string): void {
    const file = files.get(name);
    if (file === undefined) return;
    files.delete(name);
    file.forgotten = true;
    if (file.busyCount === 0) closeSync(file.descriptor);
  }

  function using(
    name: string,
    makes: boolean,
    done: Done,
    work: (descriptor: number, end: Done) => void,
  ): void {
    let file: OpenFile;
    try {
      file = open(name, makes);
    } catch (error) {
      process.nextTick(done, error as DiskError);
      return;
    }
    file.busyCount++;
    work(file.descriptor, (error) => {
      file.busyCount--;
      if (file.forgotten && file.busyCount === 0) closeSync(file.descriptor);
      done(error);
    });
  }

  return {
    path: directory,
    listNow: () =>
      readdirSync(directory, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    sizeNow: (name) => fstatSync(open(name, false).descriptor).size,
    readNow(name, position, lengthBytes) {
      const { descriptor } = open(name, false);
      const bytes = new Uint8Array(lengthBytes);
      let count = 0;
      while (count < lengthBytes) {
        const more = readSync(descriptor, bytes, count, lengthBytes - count, position + count);
        if (more === 0) break;
        count += more;
      }
      return bytes.subarray(0, count);
    },
    writeNow(name, position, bytes) {
      const { descriptor } = open(name, true);
      let count = 0;
      while (count < bytes.length) {
        count += writeSync(descriptor, bytes, count, bytes.length - count, position + count);
      }
    },
    syncNow: (name) => fdatasyncSync(open(name, false).descriptor),
    renameNow(from, to) {
      renameSync(place(from), place(to));
      forget(from);
      forget(to);
    },
    removeNow(name) {
      forget(name);
      rmSync(place(name), { force: true });
    },
    syncDirectoryNow() {
      const descriptor = openSync(directory, constants.O_RDONLY);
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
    claimNow(name, bytes) {
      const whole = `${name}.${process.pid}.tmp`;
      this.removeNow(whole);
      this.writeNow(whole, 0, bytes);
      this.syncNow(whole);
      try {
        linkSync(place(whole), place(name));
        return true;
      } catch (error) {
        if ((error as DiskError).code === 'EEXIST') return false;
        throw error;
      } finally {
        this.removeNow(whole);
      }
    },

    read(name, position, lengthBytes, done) {
      const bytes = new Uint8Array(lengthBytes);
      let count = 0;
      const end: Done = (error) => done(error, bytes.subarray(0, count));
      using(name, false, end, (descriptor, settle) => {
        const step = () =>
          readFrom(
            descriptor,
            bytes,
            count,
            lengthBytes - count,
            position + count,
            (error, more) => {
              if (error !== null) return settle(error);
              count += more;
              if (more === 0 || count === lengthBytes) return settle(undefined);
              step();
            },
          );
        step();
      });
    },
    write(name, position, bytes, done) {
      using(name, true, done, (descriptor, settle) => {
        let count = 0;
        if (bytes.length <= WRITTEN_AT_ONCE_BYTES_MAX) {
          try {
            while (count < bytes.length) {
              count += writeSync(descriptor, bytes, count, bytes.length - count, position + count);
            }
          } catch (error) {
            process.nextTick(settle, error as DiskError);
            return;
          }
          process.nextTick(settle, undefined);
          return;
        }
        const step = () =>
          writeTo(
            descriptor,
            bytes,
            count,
            bytes.length - count,
            position + count,
            (error, more) => {
              if (error !== null) return settle(error);
              count += more;
              // A full disk may take a part and say so only when asked for the rest.
              if (count < bytes.length) step();
              else settle(undefined);
            },
          );
        step();
      });
    },
    sync(name, done) {
      using(name, false, done, (descriptor, settle) =>
        fdatasync(descriptor, (error) => settle(error ?? undefined)),
      );
    },
    rename(from, to, done) {
      rename(place(from), place(to), (error) => {
        if (error === null) {
          forget(from);
          forget(to);
        }
        done(error ?? undefined);
      });
    },
    remove(name, done) {
      forget(name);
      rm(place(name), { force: true }, (error) => done(error ?? undefined));
    },
    syncDirectory(done) {
      let descriptor: number;
      try {
        descriptor = openSync(directory, constants.O_RDONLY);
      } catch (error) {
        process.nextTick(done, error as DiskError);
        return;
      }
      fsync(descriptor, (error) => {
        closeSync(descriptor);
        done(error ?? undefined);
      });
    },

    process: { processId: process.pid, bootId: bootId(), startedAt: startOf(process.pid) ?? '' },
    livesNow: (mark) => lives(mark),
    closeNow() {
      for (const name of [...files.keys()]) forget(name);
    },
  };
}

/**
 * The name of a new directory is synced as well: a log in a directory that is lost is lost. Not by
 * Node's own `recursive`, which never ends where a directory takes no others, as in /proc.
 */
function makeDirectory(directory: string): void {
  const parent = dirname(directory);
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    const { code } = error as DiskError;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeDirectory(parent);
    mkdirSync(directory, 0o700);
  }
  const descriptor = openSync(parent, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function lives(mark: ProcessMark): boolean {
  if (mark.bootId !== bootId()) return false;
  const start = startOf(mark.processId);
  if (start !== undefined) return start === mark.startedAt;
  // Without /proc a number is all there is; one that was given again counts as the same process.
  if (mark.startedAt !== '') return false;
  try {
    return process.kill(mark.processId, 0);
  } catch (error) {
    return (error as DiskError).code === 'EPERM';
  }
}

function bootId(): string {
  return textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** Of a process that is there; undefined otherwise, and on systems without /proc. */
function startOf(processId: number): string | undefined {
  const text = textOf(`/proc/${processId}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
