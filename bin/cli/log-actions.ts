/** What the commands of `messor log` do. Loaded when one of them is asked for: no other command needs it. */
import { once } from 'node:events';
import { readQuarantine } from '../../consensus/directory-identity.ts';
import { lockOwner } from '../../consensus/directory-lock.ts';
import type { Disk } from '../../consensus/disk.ts';
import { dumpLog, type LeftOut } from '../../consensus/dump-log.ts';
import { inspectLog } from '../../consensus/inspect-log.ts';
import { ExitError } from '../exits.ts';
import { readableDump } from './log-dump.ts';
import { inspectionText } from './log-facts.ts';
import { lookAgain, lookInto, sizeOf } from './log-files.ts';
import { type RestoreSettings, restoreDirectory } from './log-restore.ts';
import { verifyLog } from './log-verify.ts';
import { counted } from './quantities.ts';
import { renderFacts } from './table.ts';

/** Lines are handed to the system in pieces of about this length. */
const PIECE_LENGTH = 65_536;

export interface DumpOptions {
  readonly raw?: true;
  readonly sound?: true;
}

export async function inspect(directory: string, asJson: boolean): Promise<void> {
  const [found, sizeBytes] = await lookInto(directory, (disk) => {
    const calm = lookAgain(disk, inspectLog, ({ problems }) => problems.length === 0);
    return [calm, sizeOf(disk)] as const;
  });
  print(asJson ? json({ ...found, sizeBytes }) : inspectionText(found, sizeBytes));
}

export async function verify(directory: string, asJson: boolean): Promise<boolean> {
  const { found, problems } = await lookInto(
    directory,
    (disk) => lookAgain(disk, verifyLog, ({ problems }) => problems.length === 0),
    { passCount: 2 },
  );
  const { path, usedBy, groups } = found;
  if (asJson) {
    print(json({ path, ...(usedBy === undefined ? {} : { usedBy }), problems }));
    return problems.length === 0;
  }
  tellInUse(usedBy);
  for (const { place, reason, advice } of problems) print(`${place}: ${reason}; ${advice}\n`);
  if (problems.length === 0) {
    const logs = groups.map(({ group, lastIndex }) => `${group} up to entry ${lastIndex}`);
    print(`Nothing wrong in ${path}: ${logs.length === 0 ? 'no log yet' : logs.join(', ')}\n`);
  }
  return problems.length === 0;
}

export async function dump(directory: string, { raw, sound }: DumpOptions): Promise<void> {
  const leaveOut = ({ file, offset, reason }: LeftOut) =>
    tell(`Left out: what depends on ${file}, offset ${offset}: ${reason}`);
  const work = async (disk: Disk) => {
    tellInUse(lockOwner(disk)?.processId);
    const quarantine = readQuarantine(disk);
    if (quarantine !== undefined) {
      tell(`This log is under quarantine, and what is in it may be wrong: ${quarantine.reason}`);
    }
    const lines = sound ? dumpLog(disk, leaveOut) : dumpLog(disk);
    let piece = '';
    let hasGroup = false;
    for (const line of raw ? lines : readableDump(lines)) {
      piece += `${JSON.stringify(line)}\n`;
      hasGroup ||= 'group' in line;
      if (piece.length < PIECE_LENGTH) continue;
      if (!print(piece)) await once(process.stdout, 'drain');
      piece = '';
    }
    if (!hasGroup) throw nothingToDump(disk, sound === true);
    if (!print(piece)) await once(process.stdout, 'drain');
  };
  await lookInto(directory, work, { showsProgress: process.stdout.isTTY !== true });
}

function nothingToDump({ path }: Disk, isDamaged: boolean): ExitError {
  const why = isDamaged ? 'nothing in it is sound' : 'its master has not joined a cluster yet';
  return new ExitError('failed', `Cannot dump the log in "${path}": ${why}`);
}

export async function restore(settings: RestoreSettings, asJson: boolean): Promise<void> {
  const { path, identity, groups } = await restoreDirectory(settings);
  const { address } = settings;
  const told = groups.map(({ group, lastIndex, hardState: { term, committedIndex } }) => ({
    ...{ group, lastIndex, term, uncertainCount: lastIndex - committedIndex },
  }));
  if (asJson) {
    print(json({ path, ...identity, address, groups: told }));
    return;
  }
  print(
    renderFacts([
      ['Restored', path],
      ['Cluster', `${identity?.clusterId}, a new one`],
      ['Member', `${identity?.memberId} at ${address}, the only one`],
      ...told.map(
        ({ group, lastIndex, term }) =>
          [`Group ${group}`, `up to entry ${lastIndex}, of term ${term}`] as const,
      ),
      ['Start it', startOf(address, path)],
    ]),
  );
  for (const { group, uncertainCount } of told) {
    if (uncertainCount === 0) continue;
    tell(
      `The dump does not know whether the last ${counted(uncertainCount, 'entry', 'entries')} of ${group} had been ` +
        'committed: now they are, and may bring back what was never acknowledged',
    );
  }
  tell(
    'What the dumped master had not heard of is missing, be it acknowledged or not. This is a new cluster: ' +
      'end the masters of the old one before you start it, and never start them again',
  );
}

function startOf(address: string, path: string): string {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), address.slice(colon + 1)];
  return `bin/node --role master --listen-address ${host} --port ${port} --registry raft:${path}`;
}

function tellInUse(processId: number | undefined): void {
  if (processId === undefined) return;
  tell(`The process ${processId} uses this log: it may change meanwhile`);
}

function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function print(text: string): boolean {
  return process.stdout.write(text);
}

function json(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
