/** `messor maintenance`: when machines are to be unavailable, that they are down, that they are up again. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type {
  MachineId,
  MachineStatus,
  MaintenanceWindow,
} from '../../actors/protocol/maintenance.ts';
import { parseJson, readV1 } from '../../actors/protocol/v1/codec.ts';
import { toWindow } from '../../actors/protocol/v1/to-nouns/operators.ts';
import { describeError } from '../../runtime/errors.ts';
import { ExitError } from '../exits.ts';
import { age } from '../flag-units.ts';
import type { Cluster } from './cluster.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  optionsOf,
  unitOption,
  withCluster,
} from './connection.ts';
import { isoTime } from './quantities.ts';
import { renderTable } from './table.ts';

type Options = ConnectionOptions & {
  readonly json?: true;
  readonly machine?: readonly string[];
  readonly start: number;
  readonly duration?: number;
  readonly file?: string;
  readonly clear?: true;
};

const MACHINE_HELP = `
A machine is a host name, an IP address, or HOST/IP where both must be right.`;

const EXAMPLES = {
  schedule: ['', ' --machine node3 --machine 10.0.0.8 --start 30mins --duration 2hrs', ' --clear'],
  down: [' node3'],
  up: [' node3'],
} as const;

export function addMaintenance(program: Command): void {
  const maintenance = addCommand(
    program,
    'maintenance',
    'show which machines are to be unavailable or down, and what frameworks say to that',
    showStatus,
  );
  maintenance.addHelpText(
    'after',
    `${MACHINE_HELP}${examples('schedule')}\n  messor maintenance\n  messor maintenance down node3`,
  );
  addCommand(maintenance, 'schedule', 'show the schedule, or replace it as a whole', schedule)
    .option('--machine <MACHINE...>', 'machines of one window')
    .addOption(unitOption('--start <DURATION>', 'from now on; 0s', age).default(0, '0s'))
    .addOption(unitOption('--duration <DURATION>', 'for how long; left out: nobody knows', age))
    .option('--file <FILE>', 'instead: windows as JSON, as Mesos takes them')
    .option('--clear', 'take all machines out of it')
    .addHelpText('after', `${MACHINE_HELP}${examples('schedule')}`);
  for (const verb of ['down', 'up'] as const) {
    const description =
      verb === 'down'
        ? 'shut down the agents of machines in the schedule, and let none register from there'
        : 'let agents register from machines that were down; they leave the schedule';
    addCommand(maintenance, `${verb} <MACHINE...>`, description, (cluster, options, machines) => {
      const machineIds = machines.map(machineOf);
      const type = verb === 'down' ? 'startMaintenance' : 'stopMaintenance';
      return order(cluster, options, { type, machineIds }, verb, machines);
    }).addHelpText('after', `${MACHINE_HELP}${examples(verb)}`);
  }
}

function addCommand(
  parent: Command,
  usage: string,
  description: string,
  work: (cluster: Cluster, options: Options, machines: readonly string[]) => Promise<void>,
): Command {
  return addConnectionOptions(parent.command(usage))
    .description(description)
    .option('--json', 'print JSON')
    .action(async (...given: unknown[]) => {
      const own = given.at(-1) as Command;
      const machines = Array.isArray(given[0]) ? (given[0] as string[]) : [];
      const options = optionsOf<Options>(own);
      await withCluster(options, (cluster) => work(cluster, options, machines));
    });
}

async function schedule(cluster: Cluster, options: Options): Promise<void> {
  const { machine, file, clear } = options;
  const isShown = machine === undefined && file === undefined && clear === undefined;
  if (isShown) return showSchedule(cluster, options);
  const windows = clear === true ? [] : await windowsOf(options);
  const done = windows.length === 0 ? 'is empty' : 'is set';
  await order(cluster, options, { type: 'updateMaintenanceSchedule', windows }, done);
}

async function showSchedule(cluster: Cluster, { json }: Options): Promise<void> {
  const { windows } = await cluster.maintenance();
  if (json) return printJson({ windows: windows.map(windowJson) });
  const rows = windows.map(({ machineIds, startMs, durationMs }) => [
    machineIds.map(nameOf).join(', '),
    isoTime(startMs),
    durationMs === undefined ? '-' : isoTime(startMs + durationMs),
  ]);
  const headings = ['MACHINES', 'FROM', 'TO'];
  process.stdout.write(renderTable(headings, rows, 'No machine is in the maintenance schedule'));
}

async function showStatus(cluster: Cluster, { json }: Options): Promise<void> {
  const { machines } = await cluster.maintenance();
  if (json) return printJson({ machines: machines.map(machineJson) });
  const rows = machines.map(({ machineId, mode, agentIds, statuses }) => [
    nameOf(machineId),
    mode,
    agentIds.join(', ') || '-',
    statuses
      .map(({ frameworkId, accepted }) => `${frameworkId} ${accepted ? 'accepts' : 'declines'}`)
      .join(', ') || '-',
  ]);
  const headings = ['MACHINE', 'MODE', 'AGENTS', 'FRAMEWORKS'];
  process.stdout.write(renderTable(headings, rows, 'No machine is in the maintenance schedule'));
}

async function windowsOf(options: Options): Promise<readonly MaintenanceWindow[]> {
  const { machine = [], start, duration: durationMs, file } = options;
  if ((file === undefined) === (machine.length === 0)) {
    const sentence = 'Cannot set a schedule: name its machines by --machine, or give --file';
    throw new ExitError('usage', sentence);
  }
  if (file !== undefined) return readWindows(file);
  const startMs = Date.now() + start;
  const machineIds = machine.map(machineOf);
  return [{ machineIds, startMs, ...(durationMs !== undefined && { durationMs }) }];
}

async function readWindows(file: string): Promise<readonly MaintenanceWindow[]> {
  try {
    const { windows = [] } = readV1('maintenance.Schedule', parseJson(await readFile(file)));
    return windows.map(toWindow);
  } catch (error) {
    throw new ExitError('usage', `Cannot use --file "${file}": ${describeError(error)}`);
  }
}

async function order(
  cluster: Cluster,
  { json }: Options,
  what: Parameters<Cluster['order']>[0],
  done: string,
  machines: readonly string[] = [],
): Promise<void> {
  await cluster.order(what);
  if (json) return printJson({ machines, done });
  const subject = machines.length === 0 ? 'The maintenance schedule' : machines.join(', ');
  const verb = machines.length === 0 ? '' : machines.length === 1 ? 'is ' : 'are ';
  process.stdout.write(`${subject} ${verb}${done}\n`);
}

/** @internal */
export function machineOf(text: string): MachineId {
  const [name = '', ip] = text.split('/');
  if (ip !== undefined) return { hostname: name.toLowerCase(), ip };
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) ? { ip: name } : { hostname: name.toLowerCase() };
}

function nameOf({ hostname, ip }: MachineId): string {
  return [hostname, ip].filter((part) => part !== undefined).join('/');
}

function windowJson({ machineIds, startMs, durationMs }: MaintenanceWindow): object {
  return {
    machines: machineIds,
    start: isoTime(startMs),
    ...(durationMs !== undefined && { durationMs }),
  };
}

function machineJson({ machineId, mode, agentIds, statuses }: MachineStatus): object {
  return {
    ...machineId,
    mode,
    agents: agentIds,
    answers: statuses.map(({ frameworkId, agentId, accepted, atMs }) => ({
      ...{ framework: frameworkId, agent: agentId, accepted },
      time: isoTime(atMs),
    })),
  };
}

function printJson(content: object): void {
  process.stdout.write(`${JSON.stringify(content, undefined, 2)}\n`);
}

function examples(verb: keyof typeof EXAMPLES): string {
  const lines = EXAMPLES[verb].map((rest) => `  messor maintenance ${verb}${rest}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
