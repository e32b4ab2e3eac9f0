/**
 * The file that `--whitelist` names: host names of the agents that are offered, one a line; `*` stands
 * for all of them, an empty file for none. It is looked at every five seconds.
 * Source: Mesos 1.11, src/watcher/whitelist_watcher.cpp.
 */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { describeError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { ExitError } from './exits.ts';

const LOOK_INTERVAL_MS = 5000;

export interface Whitelist {
  /** As they are now; the same set as long as the file stays the same. Undefined: all agents. */
  readonly hostnames: () => ReadonlySet<string> | undefined;
  readonly close: () => void;
}

/** @throws ExitError `usage`: the file can't be read. Later that is told in the log, and nothing changes. */
export function watchWhitelist(path: string, log: Pick<Logger, 'warn' | 'info'>): Whitelist {
  let hostnames: ReadonlySet<string> | undefined;
  try {
    hostnames = readWhitelist(path);
  } catch (error) {
    const sentence = `Cannot read the file of --whitelist "${path}": ${describeError(error)}`;
    throw new ExitError('usage', sentence);
  }
  const look = () => {
    try {
      hostnames = readWhitelist(path);
      log.info(`Offered are agents on ${hostnames?.size ?? 'all'} hosts from now on`);
    } catch (error) {
      log.warn(`Agents are offered as before: cannot read "${path}": ${describeError(error)}`);
    }
  };
  watchFile(path, { interval: LOOK_INTERVAL_MS, persistent: false }, look);
  return { hostnames: () => hostnames, close: () => unwatchFile(path, look) };
}

function readWhitelist(path: string): ReadonlySet<string> | undefined {
  const lines = readFileSync(path, 'utf8').split('\n');
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  return names.includes('*') ? undefined : new Set(names);
}
