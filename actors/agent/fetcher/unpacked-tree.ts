/**
 * What an archive had in it: looked through, and moved to where it belongs.
 *
 * Only files, directories and symbolic links are taken, and of the links only those whose target is
 * certainly inside: as many `..` as there are directories above the link, and none after a name,
 * because a name may be a link itself.
 */
import { chmod, lstat, mkdir, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** All bits but those that would run a program as somebody else. */
const PERMISSIONS = 0o777;

/** Throws where something in it must not be. @returns bytes of all files together */
export async function sizeOfTree(root: string, depth = 0): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isSymbolicLink()) {
      const target = await readlink(path);
      if (!isInside(target, depth)) {
        throw new Error(`the link "${entry.name}" in it leads out of the sandbox, to "${target}"`);
      }
    } else if (entry.isDirectory()) {
      // What we can't enter we could neither look through nor move.
      await chmod(path, 0o755);
      sizeBytes += await sizeOfTree(path, depth + 1);
    } else if (entry.isFile()) {
      const { size, mode } = await lstat(path);
      if ((mode & ~0o170000) > PERMISSIONS) await chmod(path, mode & PERMISSIONS);
      sizeBytes += size;
    } else {
      throw new Error(`"${entry.name}" in it is neither a file nor a directory nor a link`);
    }
  }
  return sizeBytes;
}

/** @param depth directories between the link and the root */
export function isInside(target: string, depth: number): boolean {
  if (target.startsWith('/')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const upCount = up < 0 ? parts.length : up;
  return upCount <= depth && !parts.slice(upCount).includes('..');
}

/** Into `target`: directories that are there are filled, files are replaced. */
export async function moveTree(from: string, target: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const destination = join(target, entry.name);
    const present = await lstat(destination).catch(() => undefined);
    if (entry.isDirectory() && present?.isDirectory()) {
      await moveTree(source, destination);
      continue;
    }
    if (present !== undefined) await rm(destination, { recursive: true, force: true });
    await rename(source, destination);
  }
}

/** The directory of `path` below `root`, made where it is missing; never through a link. */
export async function makeParents(root: string, path: string): Promise<void> {
  let directory = root;
  for (const part of path.split('/').slice(0, -1)) {
    if (part === '' || part === '.') continue;
    directory = join(directory, part);
    const present = await lstat(directory).catch(() => undefined);
    if (present === undefined) await mkdir(directory);
    else if (!present.isDirectory()) throw new Error(`"${part}" in the sandbox is no directory`);
  }
}
