/** The files that `messor log` works on: a directory to look into, and lines of a dump to read. */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { lockOwner } from '../../consensus/directory-lock.ts';
import type { Disk } from '../../consensus/disk.ts';
import { IDENTITY_FILE, parseSegmentName } from '../../consensus/file-names.ts';
import { nodeDisk } from '../../consensus/node-disk.ts';
import { storageError } from '../../consensus/storage-errors.ts';
import { CodedError, describeError } from '../../runtime/errors.ts';
import { ExitError } from '../exits.ts';
import { malformed } from './log-dump.ts';
import { workProgress } from './work-progress.ts';

/** Longer lines are no dump's: a piece of a snapshot and an entry have far less. */
const LINE_LENGTH_MAX = 2 ** 27;
/** A directory that changes is looked into so often at most. */
const LOOK_COUNT_MAX = 3;

export interface LookSettings {
  /** Not where lines are printed meanwhile. */
  readonly showsProgress?: boolean;
  /** How often `work` reads everything. */
  readonly passCount?: number;
}

/**
 * Has `work` read a directory, and shows how far it is.
 * @throws CodedError `logUnusable`, ExitError where there is no log, or it changes too fast
 */
export async function lookInto<Result>(
  directory: string,
  work: (disk: Disk) => Result | Promise<Result>,
  { showsProgress = true, passCount = 1 }: LookSettings = {},
): Promise<Result> {
  const path = resolve(directory);
  if (!isDirectory(path)) throw noLog(path);
  const real = nodeDisk(path, { readOnly: true });
  let progress: ReturnType<typeof workProgress> | undefined;
  try {
    if (!real.listNow().some((name) => name === IDENTITY_FILE || isSegment(name)))
      throw noLog(path);
    progress = workProgress('Reading', showsProgress ? passCount * sizeOf(real) : 0);
    const note = progress.note;
    return await work({
      ...real,
      readNow(name, position, lengthBytes) {
        const bytes = real.readNow(name, position, lengthBytes);
        note(bytes.length);
        return bytes;
      },
    });
  } catch (error) {
    throw explained(error, path);
  } finally {
    progress?.close();
    real.closeNow();
  }
}

/**
 * While a master writes, its files come and go between two reads: what seems wrong then is looked at
 * again, and is wrong when it stays so.
 */
export function lookAgain<Result>(
  disk: Disk,
  look: (disk: Disk) => Result,
  isCalm: (result: Result) => boolean,
): Result {
  for (let attempt = 1; attempt < LOOK_COUNT_MAX; attempt++) {
    if (lockOwner(disk) === undefined) break;
    try {
      const result = look(disk);
      if (isCalm(result)) return result;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return look(disk);
}

/** Of all files together, in bytes. */
export function sizeOf(disk: Disk): number {
  return disk.listNow().reduce((sum, name) => sum + disk.sizeNow(name), 0);
}

function isSegment(name: string): boolean {
  return parseSegmentName(name) !== undefined;
}

function noLog(path: string): ExitError {
  const sentence = `Cannot find a log in "${path}": give the directory of a master, as its --registry raft:DIR says`;
  return new ExitError('workDirectory', sentence);
}

/** What the system says, as a sentence of ours. */
export function explained(error: unknown, path: string): unknown {
  if (error instanceof CodedError || error instanceof ExitError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  if (code === 'ENOENT' && isDirectory(path)) {
    const sentence = `Cannot read the log in "${path}" while it changes: ${describeError(error)}; try again`;
    return new ExitError('failed', sentence);
  }
  return storageError(
    'logUnusable',
    `Cannot use the log in "${path}": ${describeError(error)}`,
    error,
  );
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The lines of a dump, each parsed.
 * @param place a file, or `-` for standard input
 * @throws ExitError where it can't be read, CodedError `dumpMalformed` where a line is no JSON
 */
export async function* dumpedLines(place: string): AsyncGenerator<unknown> {
  const file = place === '-' ? undefined : await open(place).catch(unreadable(place));
  const sizeBytes = file === undefined ? 0 : (await file.stat()).size;
  const progress = workProgress('Restoring', sizeBytes);
  let begun = '';
  let lineNumber = 0;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of file?.createReadStream() ?? process.stdin) {
      const bytes = chunk as Buffer;
      progress.note(bytes.length);
      const lines = `${begun}${decoder.decode(bytes, { stream: true })}`.split('\n');
      begun = lines.pop() ?? '';
      if (begun.length > LINE_LENGTH_MAX) throw malformed(lineNumber + 1, 'it is too long');
      for (const line of lines) yield parsed(line, ++lineNumber);
    }
    if (begun !== '') yield parsed(begun, lineNumber + 1);
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : unreadable(place)(error);
  } finally {
    progress.close();
    await file?.close();
  }
}

function parsed(line: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw malformed(lineNumber, 'it is no JSON');
  }
}

const unreadable =
  (place: string) =>
  (error: unknown): never => {
    throw new ExitError('failed', `Cannot read the dump "${place}": ${describeError(error)}`);
  };
