/**
 * `messor log`: looks into the directory that a master keeps its part of the registry in, copies it
 * out, and makes a new one of a copy. Works on files: there need not be a cluster.
 */
import { once } from 'node:events';
import type { Command } from 'commander';
import { readQuarantine } from '../../consensus/directory-identity.ts';
import { lockOwner } from '../../consensus/directory-lock.ts';
import type { Disk } from '../../consensus/disk.ts';
import { dumpLog } from '../../consensus/dump-log.ts';
import { inspectLog } from '../../consensus/inspect-log.ts';
import type { ExitName } from '../exits.ts';
import { masterAddress } from '../flag-units.ts';
import { unitOption } from './connection.ts';
import { readableDump } from './log-dump.ts';
import { inspectionText } from './log-facts.ts';
import { lookInto, sizeOf } from './log-files.ts';
import { type RestoreSettings, restoreDirectory } from './log-restore.ts';
import { verifyLog } from './log-verify.ts';
import { renderFacts } from './table.ts';

const DIRECTORY = 'of a master, as its --registry raft:DIR says';

/** Lines are handed to the system in pieces of about this length. */
const PIECE_LENGTH = 65_536;

interface JsonOption {
  readonly json?: true;
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
    .addHelpText('after', examples('inspect ~/.messor/master-5050', 'inspect --json DIR'))
    .action((directory: string, { json }: JsonOption) => inspect(directory, json === true));
  log
    .command('verify')
    .argument('<DIR>', DIRECTORY)
    .description('read all of it, and name everything that is wrong')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExits with 1 when something is wrong. Changes nothing.\n' +
        examples('verify ~/.messor/master-5050'),
    )
    .action(async (directory: string, { json }: JsonOption) => {
      if (!(await verify(directory, json === true))) finish('failed');
    });
  log
    .command('dump')
    .argument('<DIR>', DIRECTORY)
    .description('print all of it as lines of JSON, which "messor log restore" takes')
    .option('--raw', 'leave what is in entries and snapshots as it is, in base64')
    .addHelpText(
      'after',
      '\nChanges nothing.\n' +
        examples('dump ~/.messor/master-5050 > registry.jsonl', 'dump --raw DIR'),
    )
    .action((directory: string, { raw }: { readonly raw?: true }) => dump(directory, raw === true));
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
    .addHelpText(
      'after',
      examples('restore --address 10.0.0.1:5050 /var/lib/messor/registry registry.jsonl'),
    )
    .action((directory: string, file: string, { address }: { readonly address: string }) =>
      restore({ directory, dump: file, address }),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  messor log ${line}`).join('\n')}`;
}

async function inspect(directory: string, asJson: boolean): Promise<void> {
  const [found, sizeBytes] = await lookInto(
    directory,
    (disk) => [inspectLog(disk), sizeOf(disk)] as const,
  );
  print(asJson ? json({ ...found, sizeBytes }) : inspectionText(found, sizeBytes));
}

async function verify(directory: string, asJson: boolean): Promise<boolean> {
  const { found, problems } = await lookInto(directory, verifyLog);
  const { path, usedBy } = found;
  if (asJson) {
    print(json({ path, ...(usedBy === undefined ? {} : { usedBy }), problems }));
    return problems.length === 0;
  }
  tellInUse(usedBy);
  for (const { place, reason, advice } of problems) print(`${place}: ${reason}; ${advice}\n`);
  if (problems.length === 0) {
    const logs = found.groups.map(({ group, lastIndex }) => `${group} up to entry ${lastIndex}`);
    print(`Nothing wrong in ${path}: ${logs.length === 0 ? 'no log yet' : logs.join(', ')}\n`);
  }
  return problems.length === 0;
}

async function dump(directory: string, isRaw: boolean): Promise<void> {
  const work = async (disk: Disk) => {
    tellInUse(lockOwner(disk)?.processId);
    const quarantine = readQuarantine(disk);
    if (quarantine !== undefined) {
      tell(`This log is under quarantine, and what is in it may be wrong: ${quarantine.reason}`);
    }
    let piece = '';
    for (const line of isRaw ? dumpLog(disk) : readableDump(dumpLog(disk))) {
      piece += `${JSON.stringify(line)}\n`;
      if (piece.length < PIECE_LENGTH) continue;
      if (!print(piece)) await once(process.stdout, 'drain');
      piece = '';
    }
    if (!print(piece)) await once(process.stdout, 'drain');
  };
  await lookInto(directory, work, process.stdout.isTTY !== true);
}

async function restore(settings: RestoreSettings): Promise<void> {
  const { path, identity, groups } = await restoreDirectory(settings);
  print(
    renderFacts([
      ['Restored', path],
      ['Cluster', `${identity?.clusterId}, a new one`],
      ['Member', `${identity?.memberId} at ${settings.address}, the only one`],
      ...groups.map(
        ({ group, lastIndex, hardState }) =>
          [`Group ${group}`, `up to entry ${lastIndex}, of term ${hardState.term}`] as const,
      ),
    ]),
  );
  for (const { group, lastIndex, hardState } of groups) {
    const unknownCount = lastIndex - hardState.committedIndex;
    if (unknownCount === 0) continue;
    tell(
      `Of the last ${unknownCount} entries of ${group} the dump does not know whether they were committed; ` +
        'they are now, and may bring back what was never acknowledged',
    );
  }
  tell(
    'This is another cluster than the one that was dumped: masters of that one refuse it, and it them. ' +
      'End them before you start this one',
  );
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
