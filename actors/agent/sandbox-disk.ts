/**
 * What the garbage collector removes from a real disk: sandboxes,
 * `<work directory>/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>`,
 * and the checkpoints of agents that were here before, `<work directory>/meta/slaves/<agent>`.
 */
import { lstat, readdir, readlink, rm, rmdir, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FoundSandbox, SandboxDisk } from './garbage-collector.ts';

/** From `slaves` down: a directory of many names, or the only one that counts. */
const LEVELS = [undefined, 'frameworks', undefined, 'executors', undefined, 'runs', undefined];

/** @param root the work directory */
export function sandboxDisk(root: string): SandboxDisk {
  const top = join(root, 'slaves');
  const checkpoints = join(root, 'meta', 'slaves');
  // An agent that goes on has its own under this name, and one that begins the last one's for a while.
  const latest = () =>
    readlink(join(checkpoints, 'latest')).then(
      (target) => join(checkpoints, basename(target)),
      () => undefined,
    );
  return {
    async listSandboxes(countMax) {
      const found: FoundSandbox[] = [];
      const add = async (path: string) => {
        const facts = await lstat(path).catch(() => undefined);
        if (facts !== undefined) found.push({ path, endedMs: facts.mtimeMs });
        return found.length < countMax;
      };
      for await (const path of directoriesBelow(top, LEVELS)) if (!(await add(path))) break;
      const kept = await latest();
      for await (const path of directoriesBelow(checkpoints, [undefined])) {
        if (found.length >= countMax) break;
        if (path !== kept) await add(path);
      }
      return found;
    },

    async removeSandbox(path) {
      if (path === (await latest())) return;
      // Links in it are removed, not followed.
      await rm(path, { recursive: true, force: true });
      if (dirname(path) === checkpoints) return;
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
