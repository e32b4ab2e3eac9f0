/**
 * `messor log`: looks into the directory that a master keeps its part of the registry in, copies it
 * out, and makes a new one of a copy. Works on files: there need not be a cluster.
 */
import type { Command } from 'commander';
import type { ExitName } from '../exits.ts';
import { masterAddress } from '../flag-units.ts';
import { unitOption } from './connection.ts';
import type { DumpOptions } from './log-actions.ts';

const DIRECTORY = 'of a master, as its --registry raft:DIR says';

interface JsonOption {
  readonly json?: true;
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
    .action(async (directory: string, { json }: JsonOption) =>
      (await actions()).inspect(directory, json === true),
    );
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
      if (!(await (await actions()).verify(directory, json === true))) finish('failed');
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
    .action(async (directory: string, options: DumpOptions) =>
      (await actions()).dump(directory, options),
    );
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
    .action(async (directory: string, file: string, { address, json }: RestoreOptions) =>
      (await actions()).restore({ directory, dump: file, address }, json === true),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  messor log ${line}`).join('\n')}`;
}

const actions = () => import('./log-actions.ts');
