/**
 * The log of a node as a file that clients may read, under one path, whatever the file is called.
 * Source: Mesos 1.11, src/master/master.cpp and src/slave/slave.cpp, `Files::attach`.
 */
import { realpath } from 'node:fs/promises';
import type { FileTree, LocatedFile } from './file-tree.ts';

/**
 * @param path by which clients know it, such as `/master/log`
 * @param file absolute; undefined: there is none, and nothing is shown
 */
export function logTree(path: string, file: string | undefined): FileTree {
  return {
    async locate(asked): Promise<LocatedFile | undefined> {
      if (asked !== path || file === undefined) return undefined;
      const root = await realpath(file).catch(() => undefined);
      return root === undefined ? undefined : { root, below: '' };
    },
    attached: async () => (file === undefined ? {} : { [path]: file }),
  };
}
