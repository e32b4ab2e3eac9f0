/** `messor replicated-logs`: the logs that masters keep for frameworks; looked at, created, removed. */
import type { Command } from 'commander';
import { mastersAt } from '../../actors/framework/describe.ts';
import {
  type LogDescription,
  listLogs,
  openLog,
  type ReplicatedLog,
} from '../../actors/framework/index.ts';
import { CodedError } from '../../runtime/errors.ts';
import type { DialledNode } from '../dial.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  optionsOf,
  withCluster,
} from './connection.ts';
import { renderFacts, renderTable } from './table.ts';

type Options = ConnectionOptions & { readonly json?: true };

const HEADINGS = ['NAME', 'LEADER', 'BEGINNING', 'ENDING', 'BYTES', 'WRITER', 'FOLLOWERS', 'STATE'];

const NAME_HELP = `
A log is named ROLE/NAME, and is there until it is removed, whoever uses it.`;

export function addReplicatedLogs(program: Command): void {
  const logs = addConnectionOptions(program.command('replicated-logs'))
    .description('show the replicated logs that masters keep for frameworks')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor replicated-logs\n  messor replicated-logs show ops/ledger\n' +
        '  messor replicated-logs create ops/ledger\n  messor replicated-logs remove ops/ledger',
    )
    .action((options: Options) => withCluster(options, (_, node) => list(node, options)));

  addNamed(logs, 'show <NAME>', 'show one of them, and who keeps it', async (log, options) => {
    const description = await log.describe();
    if (options.json) print({ log: jsonOf(description) });
    else process.stdout.write(renderFacts(factsOf(description)));
  });
  addNamed(logs, 'create <NAME>', 'make one, unless there is one of this name', async (log) => {
    process.stdout.write(`Log ${log.name} is there\n`);
  });
  addNamed(logs, 'remove <NAME>', 'remove one with all its entries, for ever', async (log) => {
    await log.remove();
    process.stdout.write(`Log ${log.name} is removed\n`);
  });
}

function addNamed(
  logs: Command,
  usage: string,
  description: string,
  work: (log: ReplicatedLog, options: Options) => Promise<void>,
): void {
  const [verb = ''] = usage.split(' ');
  const command = addConnectionOptions(logs.command(usage))
    .description(description)
    .addHelpText('after', `${NAME_HELP}\n\nExamples:\n  messor replicated-logs ${verb} ops/ledger`);
  if (verb === 'show') command.option('--json', 'print it as JSON');
  command.action(async (name: string, _options: unknown, own: Command) => {
    const options = optionsOf<Options>(own);
    await withCluster(options, async (_, node) => {
      const create = verb === 'create';
      await work(await open(node, name, options, create), options);
    });
  });
}

async function list(node: DialledNode, options: Options): Promise<void> {
  const { answerTimeout: timeoutMs } = options;
  const user = { system: node.system, masters: mastersAt(options.master) };
  const listed = await listLogs(user, timeoutMs);
  const rows = await Promise.all(
    listed.map(async ({ name }): Promise<LogDescription | { name: string; state: string }> => {
      try {
        return await (await open(node, name, options, false)).describe();
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        return { name, state: error.message };
      }
    }),
  );
  if (options.json) {
    print({ logs: rows.map((row) => ('state' in row ? row : jsonOf(row))) });
    return;
  }
  process.stdout.write(renderTable(HEADINGS, rows.map(cells), 'No logs'));
}

function open(
  { system }: DialledNode,
  name: string,
  { master, answerTimeout: timeoutMs }: Options,
  create: boolean,
): Promise<ReplicatedLog> {
  return openLog({ system, masters: mastersAt(master) }, name, { create, timeoutMs });
}

function cells(row: LogDescription | { readonly name: string; readonly state: string }) {
  if ('state' in row) return [row.name, '-', '-', '-', '-', '-', '-', row.state];
  const { name, leader, beginning, ending, bytes, writer, followerCount } = row;
  const numbers = [beginning, ending].map(String);
  return [
    ...[name, leader, ...numbers, String(bytes), writer?.holder ?? '-', String(followerCount)],
    stateOf(row),
  ];
}

function stateOf({ members }: LogDescription): string {
  const voting = members.filter(({ votes }) => votes);
  const active = voting.filter(({ isActive }) => isActive);
  return `${active.length} of ${voting.length} masters keep it`;
}

function factsOf(description: LogDescription): readonly (readonly [string, string])[] {
  const { name, logId, leader, beginning, ending, bytes, writer, followerCount } = description;
  return [
    ['NAME', name],
    ['ID', logId],
    ['LEADER', leader],
    ['BEGINNING', String(beginning)],
    ['ENDING', String(ending)],
    ['BYTES', String(bytes)],
    ['WRITER', writer === undefined ? '-' : `${writer.holder}, epoch ${writer.epoch}`],
    ['FOLLOWERS', String(followerCount)],
    ...description.members.map(({ node, votes, isActive }): readonly [string, string] => [
      'MEMBER',
      `${node} ${votes ? 'votes' : 'learns'}${isActive ? '' : ', cannot be reached'}`,
    ]),
  ];
}

function jsonOf({ logId, ...rest }: LogDescription): object {
  return { id: logId, ...rest };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
