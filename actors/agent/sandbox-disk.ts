/**
 * Sandboxes on a real disk, as the garbage collector needs them:
 * `<work directory>/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>`.
 */
import { lstat, readdir, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FoundSandbox, SandboxDisk } from './garbage-collector.ts';

/** From `slaves` down: a directory of many names, or the only one that counts. */
const LEVELS = [undefined, 'frameworks', undefined, 'executors', undefined, 'runs', undefined];

/** @param root the work directory */
export function sandboxDisk(root: string): SandboxDisk {
  const top = join(root, 'slaves');
  return {
    async listSandboxes(countMax) {
      const found: FoundSandbox[] = [];
      for await (const path of directoriesBelow(top, LEVELS)) {
        const facts = await lstat(path).catch(() => undefined);
        if (facts !== undefined) found.push({ path, endedMs: facts.mtimeMs });
        if (found.length >= countMax) break;
      }
      return found;
    },

    async removeSandbox(path) {
      // Links in it are removed, not followed.
      await rm(path, { recursive: true, force: true });
      const runs = dirname(path);
      const rest = await readdir(runs).catch(() => ['?']);
      if (rest.length === 1 && rest[0] === 'latest') await rm(join(runs, 'latest'));
      for (let parent = runs; parent.length > top.length; parent = dirname(parent)) {
        try {
          await rmdir(parent);
        } catch {
          // Something else is in it.
          return;
        }
      }
    },

    async diskUsage() {
      const { blocks, bfree } = await statfs(root);
      return blocks === 0 ? 0 : (blocks - bfree) / blocks;
    },
  };
}

async function* directoriesBelow(
  path: string,
  [level, ...rest]: readonly (string | undefined)[],
): AsyncGenerator<string> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory() || (level !== undefined && entry.name !== level)) continue;
    const below = join(path, entry.name);
    if (rest.length === 0) yield below;
    else yield* directoriesBelow(below, rest);
  }
}
