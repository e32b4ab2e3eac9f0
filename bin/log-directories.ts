/** The directories of replicated logs: `log-ID` each, within that of the master that keeps them. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LogDirectories } from '../actors/master/replicated-logs/logs-messages.ts';
import { nodeDisk } from '../consensus/node-disk.ts';

const NAME = /^log-([0-9a-f-]{36})$/;

export function nodeLogDirectories(path: string): LogDirectories {
  const place = (logId: string) => join(path, `log-${logId}`);
  return {
    open: (logId) => nodeDisk(place(logId)),
    list: () =>
      readdirSync(path).flatMap((name) => {
        const [, logId] = NAME.exec(name) ?? [];
        return logId === undefined ? [] : [logId];
      }),
    remove: (logId) => rmSync(place(logId), { recursive: true, force: true }),
  };
}
