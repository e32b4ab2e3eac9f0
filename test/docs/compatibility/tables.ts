/** docs/v1-compatibility.md, as far as it is written from the tables beside this file and from the code. */
import type { MesosRole } from '../../../bin/mesos-flags/mesos-flag.ts';
import { MESOS_FLAGS, standingOf } from '../../../bin/mesos-flags/mesos-flags.ts';
import * as calls from './calls.ts';
import { AGENT_ENDPOINTS, BEYOND_MESOS, MASTER_ENDPOINTS } from './endpoints.ts';
import * as fields from './fields.ts';
import { AGENT_METRICS, MASTER_METRICS } from './metrics.ts';
import { cellsOf, type Row } from './row.ts';

type Rows = Readonly<Record<string, Row>>;

export function compatibilityTables(): string {
  return [
    '## Scheduler API',
    table('Call', calls.SCHEDULER_CALLS),
    table('Event', calls.SCHEDULER_EVENTS),
    table('Operation of an ACCEPT', calls.OPERATIONS),
    '## What tasks and frameworks say of themselves',
    table('Of a TaskInfo', fields.TASK_FIELDS),
    table('Of an ExecutorInfo', fields.EXECUTOR_FIELDS),
    table('Of a CommandInfo', fields.COMMAND_FIELDS),
    table('Of a ContainerInfo', fields.CONTAINER_FIELDS),
    table('Of a FrameworkInfo', fields.FRAMEWORK_FIELDS),
    table('Capability', fields.CAPABILITIES),
    '## Executor API',
    table('Call', calls.EXECUTOR_CALLS),
    table('Event', calls.EXECUTOR_EVENTS),
    '## Operator API of masters',
    table('Call', calls.MASTER_CALLS),
    table('Event', calls.MASTER_EVENTS),
    '## Operator API of agents',
    table('Call', calls.AGENT_CALLS),
    '## Resource provider API',
    table('Call', calls.PROVIDER_CALLS),
    table('Event', calls.PROVIDER_EVENTS),
    '## Endpoints',
    '### Of masters',
    table('Path', MASTER_ENDPOINTS),
    '### Of agents',
    table('Path', AGENT_ENDPOINTS),
    '### Beyond Mesos',
    lines(
      ['Path', ''],
      Object.entries(BEYOND_MESOS).map(([path, what]) => [`\`${path}\``, what]),
    ),
    '## Flags',
    '### Of masters',
    flagTable('master'),
    '### Of agents',
    flagTable('agent'),
    '## Metrics',
    '### Of masters',
    table('Name', MASTER_METRICS),
    '### Of agents',
    table('Name', AGENT_METRICS),
  ]
    .map((part) => (part.startsWith('#') ? `${part}\n` : part))
    .join('\n');
}

function table(heading: string, rows: Rows): string {
  return lines(
    [heading, 'Status', 'How, or why not'],
    Object.entries(rows).map(([name, row]) => [`\`${name}\``, ...cellsOf(row)]),
  );
}

function flagTable(role: MesosRole): string {
  const rows = MESOS_FLAGS.filter((flag) => flag.role === role)
    .map((flag) => {
      const names = [flag.name, ...flag.aliases].map(
        (name) => `\`--${name.replaceAll('-', '_')}\``,
      );
      const standing = standingOf(flag);
      const remark =
        standing.status === 'done'
          ? ''
          : standing.status === 'different'
            ? standing.how
            : standing.why;
      return [names.join(', '), standing.status, remark] as const;
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return lines(['Flag', 'Status', 'How, or what instead'], rows);
}

function lines(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  const rule = `|${headings.map(() => '---').join('|')}|\n`;
  return `${line(headings)}${rule}${rows.map(line).join('')}`;
}
