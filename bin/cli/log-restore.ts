/** A new directory from a dump: of one master, in a cluster of its own. */
import { randomUUID } from 'node:crypto';
import { rmdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { lockOwner } from '../../consensus/directory-lock.ts';
import type { Disk } from '../../consensus/disk.ts';
import type { LogInspection } from '../../consensus/inspect-log.ts';
import { nodeDisk } from '../../consensus/node-disk.ts';
import { restoreLog } from '../../consensus/restore-log.ts';
import { storageError } from '../../consensus/storage-errors.ts';
import { DumpReader } from './log-dump.ts';
import { dumpedLines, explained } from './log-files.ts';
import { verifyLog } from './log-verify.ts';

export interface RestoreSettings {
  readonly directory: string;
  /** A file, or `-` for standard input. */
  readonly dump: string;
  /** `host:port` */
  readonly address: string;
}

/**
 * What was begun and did not succeed leaves nothing behind.
 * @returns what is there now
 * @throws CodedError `logInUse`, `logNotEmpty`, `dumpMalformed`, or why the disk could not be written
 */
export async function restoreDirectory(settings: RestoreSettings): Promise<LogInspection> {
  const path = resolve(settings.directory);
  const wasThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  let disk: Disk | undefined;
  let isOurs = false;
  try {
    disk = nodeDisk(path);
    requireEmpty(disk);
    isOurs = true;
    const { address, dump } = settings;
    await restoreLog(read(dump), { disk, address, clusterId: randomUUID(), memberId: 1 });
    const { found, problems } = verifyLog(disk);
    const [problem] = problems;
    if (problem === undefined) return found;
    const sentence = `Cannot restore the log: ${problem.place} would be wrong: ${problem.reason}`;
    throw storageError('dumpMalformed', sentence);
  } catch (error) {
    if (isOurs && disk !== undefined) {
      for (const name of disk.listNow()) disk.removeNow(name);
      if (!wasThere) rmdirSync(path);
    }
    throw explained(error, path);
  } finally {
    disk?.closeNow();
  }
}

function requireEmpty(disk: Disk): void {
  const owner = lockOwner(disk);
  const begin = `Cannot restore a log into "${disk.path}":`;
  if (owner !== undefined) {
    throw storageError('logInUse', `${begin} the process ${owner.processId} uses it`);
  }
  if (disk.listNow().length > 0) throw storageError('logNotEmpty', `${begin} it is not empty`);
}

async function* read(dump: string): AsyncGenerator<unknown> {
  const reader = new DumpReader();
  for await (const line of dumpedLines(dump)) yield reader.read(line);
}
