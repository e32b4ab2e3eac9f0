/**
 * `messor log`: looks into the directory that a master keeps its part of the registry in, copies it
 * out, and makes a new one of a copy. Works on files: there need not be a cluster.
 */
import { once } from 'node:events';
import type { Command } from 'commander';
import { readQuarantine } from '../../consensus/directory-identity.ts';
import { lockOwner } from '../../consensus/directory-lock.ts';
import type { Disk } from '../../consensus/disk.ts';
import { dumpLog, type LeftOut } from '../../consensus/dump-log.ts';
import { inspectLog } from '../../consensus/inspect-log.ts';
import { ExitError, type ExitName } from '../exits.ts';
import { masterAddress } from '../flag-units.ts';
import { unitOption } from './connection.ts';
import { readableDump } from './log-dump.ts';
import { inspectionText } from './log-facts.ts';
import { lookAgain, lookInto, sizeOf } from './log-files.ts';
import { type RestoreSettings, restoreDirectory } from './log-restore.ts';
import { verifyLog } from './log-verify.ts';
import { counted } from './quantities.ts';
import { renderFacts } from './table.ts';

const DIRECTORY = 'of a master, as its --registry raft:DIR says';

/** Lines are handed to the system in pieces of about this length. */
const PIECE_LENGTH = 65_536;

interface JsonOption {
  readonly json?: true;
}

interface DumpOptions {
  readonly raw?: true;
  readonly sound?: true;
}

interface RestoreOptions extends JsonOption {
  readonly address: string;
}

/** @param finish hears how to exit, where that is not `ok` or an error */
export function addLog(program: Command, finish: (verdict: ExitName) => void): void {
  const log = program
    .command('log')
    .helpCommand(false)
    .description("look into a master's directory, copy it out, and back (of a task: messor logs)")
    .addHelpText(
      'after',
      '\n"messor log COMMAND --help" says more.\n\nExamples:\n' +
        '  messor log inspect ~/.messor/master-5050\n  messor log verify ~/.messor/master-5050\n' +
        '  messor log dump ~/.messor/master-5050 > registry.jsonl\n' +
        '  messor log restore --address 10.0.0.1:5050 /var/lib/messor/registry registry.jsonl',
    );
  log
    .command('inspect')
    .argument('<DIR>', DIRECTORY)
    .description('show whose log it is, what is in it, and who belongs to it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nChanges nothing, and may be done while the master runs.\n' +
        examples('inspect ~/.messor/master-5050', 'inspect --json ~/.messor/master-5050'),
    )
    .action((directory: string, { json }: JsonOption) => inspect(directory, json === true));
  log
    .command('verify')
    .argument('<DIR>', DIRECTORY)
    .description('read all of it, and name everything that is wrong')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nProves every frame, the chain that they make, every snapshot and every entry of the registry.\n' +
        'Exits with 1 when something is wrong, and says where and what to do. Changes nothing, and may be\n' +
        'done while the master runs.\n' +
        examples('verify ~/.messor/master-5050', 'verify --json ~/.messor/master-5050'),
    )
    .action(async (directory: string, { json }: JsonOption) => {
      if (!(await verify(directory, json === true))) finish('failed');
    });
  log
    .command('dump')
    .argument('<DIR>', DIRECTORY)
    .description('print all of it as lines of JSON, which "messor log restore" takes')
    .option('--raw', 'leave what is in entries and snapshots as it is, in base64')
    .option('--sound', 'of a damaged log, print what is sound of it instead of refusing')
    .addHelpText(
      'after',
      '\nChanges nothing, and may be done while the master runs.\n' +
        examples('dump ~/.messor/master-5050 > registry.jsonl', 'dump --sound DIR > sound.jsonl'),
    )
    .action((directory: string, options: DumpOptions) => dump(directory, options));
  log
    .command('restore')
    .argument('<DIR>', 'to make, or an empty one')
    .argument('<DUMP>', 'a file that "messor log dump" wrote, or - for standard input')
    .description('make the directory of one master, in a cluster of its own, from a dump')
    .addOption(
      unitOption(
        '--address <HOST:PORT>',
        'where that master is',
        masterAddress,
      ).makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nFor when more than half of the masters are lost for ever. The registry is what the dumped master\n' +
        'had: it may lack the newest that was acknowledged, and may hold what never was. The new master is\n' +
        'the only one of a new cluster, which those of the old one never join: end them all first. More\n' +
        'masters are added with "messor masters add".\n' +
        examples(
          'restore --address 10.0.0.1:5050 /var/lib/messor/registry registry.jsonl',
          'dump OLD | messor log restore --address 10.0.0.1:5050 NEW -',
        ),
    )
    .action((directory: string, file: string, { address, json }: RestoreOptions) =>
      restore({ directory, dump: file, address }, json === true),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  messor log ${line}`).join('\n')}`;
}

async function inspect(directory: string, asJson: boolean): Promise<void> {
  const [found, sizeBytes] = await lookInto(directory, (disk) => {
    const calm = lookAgain(disk, inspectLog, ({ problems }) => problems.length === 0);
    return [calm, sizeOf(disk)] as const;
  });
  print(asJson ? json({ ...found, sizeBytes }) : inspectionText(found, sizeBytes));
}

async function verify(directory: string, asJson: boolean): Promise<boolean> {
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

async function dump(directory: string, { raw, sound }: DumpOptions): Promise<void> {
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

async function restore(settings: RestoreSettings, asJson: boolean): Promise<void> {
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
