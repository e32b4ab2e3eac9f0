/**
 * Lists, reads and opens files of a tree, and nothing else, whatever a path or a symbolic link says: tasks
 * may put links anywhere, also in between a look and an opening.
 * Source: Mesos 1.11, src/files/files.cpp; the sentences, which its clients show, are in its words.
 */
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readlink, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FileFault, type FileTree } from './file-tree.ts';
import { readOwnerNames } from './owner-names.ts';

/** Sixteen pages, as in Mesos: of one answer to a read; the rest is in the next. */
export const READ_BYTES_MAX = 65_536;
/** Of one directory; the others are not shown. */
const LISTED_FILES_MAX = 10_000;
/** Opened at a time, for all clients; who comes then is told to ask again. */
const OPEN_FILES_MAX = 256;
/** A longer path is none that a system knows. */
const PATH_LENGTH_MAX = 4096;

export interface FileFacts {
  /** The path that was asked for, and the name of the file. */
  readonly path: string;
  readonly nlink: number;
  readonly sizeBytes: number;
  /** Whole seconds since 1970. */
  readonly modifiedSeconds: number;
  /** With the type of the file, as `stat` gives it. */
  readonly mode: number;
  readonly user: string;
  readonly group: string;
}

export interface FileText {
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

export interface OpenFile {
  /** The last of its path. */
  readonly name: string;
  readonly sizeBytes: number;
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export class ServedFiles {
  readonly #tree: FileTree;
  #openCount = 0;

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  attached(): Promise<Readonly<Record<string, string>>> {
    return this.#tree.attached();
  }

  /** Sorted by name; of a file, nothing. @throws FileFault */
  async list(path: string): Promise<readonly FileFacts[]> {
    const { root, real } = await this.#resolve(path);
    if (!(await isDirectory(real))) return [];
    const entries: Dirent[] = [];
    for await (const entry of await opendir(real)) {
      entries.push(entry);
      if (entries.length >= LISTED_FILES_MAX) break;
    }
    const names = await readOwnerNames();
    const facts: FileFacts[] = [];
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const found = await factsOf(join(real, entry.name), root, entry.isSymbolicLink());
      if (found === undefined) continue;
      facts.push({
        path: `${path.replace(/\/+$/, '')}/${entry.name}`,
        nlink: Number(found.nlink),
        sizeBytes: Number(found.size),
        modifiedSeconds: Number(found.mtimeMs / 1000n),
        mode: Number(found.mode),
        user: names.user(Number(found.uid)),
        group: names.group(Number(found.gid)),
      });
    }
    return facts;
  }

  /**
   * At most `READ_BYTES_MAX`; nothing behind the end of the file. @param lengthBytes absent: all
   * @throws FileFault
   */
  async read(path: string, offsetBytes: number, lengthBytes?: number): Promise<FileText> {
    const file = await this.open(path, 'read');
    try {
      const { sizeBytes } = file;
      const restBytes = sizeBytes - offsetBytes;
      const wanted = Math.min(lengthBytes ?? restBytes, restBytes, READ_BYTES_MAX);
      if (wanted <= 0) return { sizeBytes, bytes: new Uint8Array() };
      return { sizeBytes, bytes: await file.read(offsetBytes, wanted) };
    } finally {
      await file.close();
    }
  }

  /** @param purpose for the sentence about a directory @throws FileFault */
  async open(path: string, purpose: 'read' | 'download'): Promise<OpenFile> {
    const { root, real } = await this.#resolve(path);
    if (this.#openCount >= OPEN_FILES_MAX) {
      throw new FileFault(503, `${OPEN_FILES_MAX} files are open; ask again.\n`);
    }
    this.#openCount++;
    let file: FileHandle | undefined;
    const close = async () => {
      this.#openCount--;
      await file?.close();
    };
    try {
      // A pipe would let us wait for a writer.
      file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      // It may have been replaced since the look at its path.
      if (!isWithin(await readlink(`/proc/self/fd/${file.fd}`), root)) throw inaccessible(path);
      const facts = await file.stat();
      if (facts.isDirectory()) throw new FileFault(400, `Cannot ${purpose} a directory.\n`);
      if (!facts.isFile()) throw new FileFault(400, `Cannot ${purpose} what is no file.\n`);
      const handle = file;
      return {
        name: real.slice(real.lastIndexOf(sep) + 1),
        sizeBytes: facts.size,
        async read(offsetBytes, lengthBytes) {
          const into = new Uint8Array(lengthBytes);
          const { bytesRead } = await handle.read(into, 0, lengthBytes, offsetBytes);
          return into.subarray(0, bytesRead);
        },
        close,
      };
    } catch (error) {
      await close();
      throw faultOf(path, error);
    }
  }

  async #resolve(path: string): Promise<{ readonly root: string; readonly real: string }> {
    const plain = path.startsWith('file://') ? path.slice('file://'.length) : path;
    const segments = plain.split('/').filter((segment) => segment !== '' && segment !== '.');
    if (plain.length > PATH_LENGTH_MAX || plain.includes('\0') || segments.includes('..')) {
      throw inaccessible(path);
    }
    const located = await this.#tree.locate(`/${segments.join('/')}`);
    if (located === undefined) throw notFound();
    const { root, below } = located;
    try {
      const real = below === '' ? root : await realpath(join(root, below));
      if (!isWithin(real, root)) throw inaccessible(path);
      return { root, real };
    } catch (error) {
      throw faultOf(path, error);
    }
  }
}

function isWithin(real: string, root: string): boolean {
  return real === root || real.startsWith(root + sep);
}

async function isDirectory(real: string): Promise<boolean> {
  const facts = await stat(real).catch(() => undefined);
  return facts?.isDirectory() ?? false;
}

/** Of a link, what it leads to, unless that is outside. */
async function factsOf(
  path: string,
  root: string,
  isLink: boolean,
): Promise<BigIntStats | undefined> {
  const look = async () => {
    if (!isLink) return lstat(path, { bigint: true });
    const real = await realpath(path);
    return lstat(isWithin(real, root) ? real : path, { bigint: true });
  };
  return look().catch(() => undefined);
}

function inaccessible(path: string): FileFault {
  return new FileFault(400, `'${path.slice(0, PATH_LENGTH_MAX)}' is inaccessible.\n`);
}

function notFound(): FileFault {
  return new FileFault(404, '');
}

function faultOf(path: string, error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return notFound();
  // A link, where there was none a moment ago; links that lead in circles; names that are too long.
  if (code === 'ELOOP' || code === 'ENAMETOOLONG') return inaccessible(path);
  return new FileFault(500, `Failed to open file at '${path}': ${code ?? 'a fault of ours'}.\n`);
}
