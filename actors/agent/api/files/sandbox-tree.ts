/**
 * Which files an agent shows: those of its sandboxes, by their real paths and by those of Mesos, and its log.
 *
 *     <work directory>/slaves/<agent>/frameworks/<f>/executors/<e>/runs/<container | latest>[/…]
 *     /frameworks/<f>/executors/<e>/runs/<container | latest>[/…]     of the agent as it is now
 *     /slave/log                                                      when it has a log file
 * A sandbox is found on the disk, also when its executor is long over. Its directory must be where it
 * seems: a task that puts a link in its place shows nothing.
 * Source: Mesos 1.11, src/slave/slave.cpp and paths.hpp, `getExecutorVirtualPath`.
 */
import { readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FileTree, LocatedFile } from '../../../../transport/http/files/file-tree.ts';
import { logTree } from '../../../../transport/http/files/log-tree.ts';

const RUN = '/frameworks/([^/]+)/executors/([^/]+)/runs/([^/]+)';
const VIRTUAL = new RegExp(`^${RUN}(?:/(.*))?$`);
const REAL = new RegExp(`^/slaves/([^/]+)${RUN}(?:/(.*))?$`);
const LOG_PATH = '/slave/log';

export interface SandboxTreeOptions {
  /** Absolute. */
  readonly workDirectory: string;
  readonly logFile?: string | undefined;
  /** Of the executors that there are. */
  readonly sandboxes: () => Promise<readonly string[]>;
}

export function sandboxTree({ workDirectory, logFile, sandboxes }: SandboxTreeOptions): FileTree {
  const log = logTree(LOG_PATH, logFile);
  return {
    async locate(path) {
      if (path === LOG_PATH) return log.locate(path);
      const [, frameworkId, executorId, run = '', below = ''] = VIRTUAL.exec(path) ?? [];
      if (frameworkId !== undefined && executorId !== undefined) {
        const agentId = await presentAgentId(workDirectory);
        if (agentId === undefined) return undefined;
        const runs = `slaves/${agentId}/frameworks/${frameworkId}/executors/${executorId}/runs`;
        return ofRun(workDirectory, runs, run, below);
      }
      return locateReal(workDirectory, path);
    },

    async attached() {
      const paths = await sandboxes();
      const virtual = paths.map((path) => {
        const runs = path.slice(path.indexOf('/frameworks/'));
        return [`${runs.slice(0, runs.lastIndexOf('/'))}/latest`, path];
      });
      const ofLog = await log.attached();
      return Object.fromEntries([
        ...Object.entries(ofLog),
        ...paths.map((path) => [path, path]),
        ...virtual,
      ]);
    },
  };
}

/** The work directory may be given by one path and asked for by its real one. */
async function locateReal(workDirectory: string, path: string): Promise<LocatedFile | undefined> {
  const real = await realpath(workDirectory).catch(() => workDirectory);
  for (const prefix of [workDirectory, real]) {
    if (!path.startsWith(`${prefix}/`)) continue;
    const [, agentId, frameworkId, executorId, run = '', below = ''] =
      REAL.exec(path.slice(prefix.length)) ?? [];
    if (agentId === undefined) return undefined;
    const runs = `slaves/${agentId}/frameworks/${frameworkId}/executors/${executorId}/runs`;
    return ofRun(workDirectory, runs, run, below);
  }
  return undefined;
}

async function ofRun(
  workDirectory: string,
  runs: string,
  run: string,
  below: string,
): Promise<LocatedFile | undefined> {
  try {
    const parent = join(await realpath(workDirectory), runs);
    const root = await realpath(join(parent, run));
    // Beside the others, by its own name, and nowhere else.
    return root === join(parent, basename(root)) ? { root, below } : undefined;
  } catch {
    return undefined;
  }
}

/** As `rememberAgent` notes it. */
async function presentAgentId(workDirectory: string): Promise<string | undefined> {
  const target = await readlink(join(workDirectory, 'meta', 'slaves', 'latest')).catch(() => '');
  return target === '' ? undefined : basename(target);
}
