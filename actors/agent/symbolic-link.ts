/** Symbolic links that lead to the newest of something. */
import { rename, rm, symlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** A symbolic link at `link` to `target`, in place of one that is there. */
export async function pointTo(link: string, target: string): Promise<void> {
  try {
    await symlink(target, link);
  } catch {
    const temporary = `${link}.${basename(target)}`;
    await rm(temporary, { force: true });
    await symlink(target, temporary);
    await rename(temporary, link);
  }
}
