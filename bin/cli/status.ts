/** `messor status ID`: all there is to know about one task, agent or framework. */
import type { Command } from 'commander';
import { formatAttributes, formatResources } from '../../actors/protocol/resources.ts';
import type { TaskStatus } from '../../actors/protocol/task.ts';
import type { AgentView, FrameworkView, TaskView } from '../../actors/protocol/views.ts';
import { formatAddress } from '../../runtime/address.ts';
import type { Section } from './cluster.ts';
import {
  addConnectionOptions,
  addStaleOption,
  type ConnectionOptions,
  withCluster,
} from './connection.ts';
import { findById } from './find.ts';
import { printJson } from './print.ts';
import { isoTime } from './quantities.ts';
import { tellAge } from './stale.ts';
import { renderFacts } from './table.ts';
import * as views from './views.ts';

type Facts = readonly (readonly [name: string, value: string])[];

type Found =
  | { readonly kind: 'task'; readonly id: string; readonly view: TaskView }
  | { readonly kind: 'agent'; readonly id: string; readonly view: AgentView }
  | { readonly kind: 'framework'; readonly id: string; readonly view: FrameworkView };

export function addStatus(program: Command): void {
  addStaleOption(addConnectionOptions(program.command('status')))
    .argument('<ID>', 'of a task, an agent or a framework; its beginning is enough')
    .description('show one task, agent or framework')
    .option('--framework <ID>', 'the framework that the task belongs to')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor status build-0001\n  messor status --json build-0001',
    )
    .action(async (id: string, options: StatusOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('tasks');
        const { items: tasks } = section;
        const { items: agents } = await cluster.list('agents');
        const { items: frameworks } = await cluster.list('frameworks');
        const found = findById<Found>(
          [
            ...tasks
              .filter(({ frameworkId }) => frameworkId.startsWith(options.framework ?? ''))
              .map((view) => ({ kind: 'task', id: view.taskId, view }) as const),
            ...agents.map((view) => ({ kind: 'agent', id: view.agentId, view }) as const),
            ...frameworks.map(
              (view) => ({ kind: 'framework', id: view.frameworkId, view }) as const,
            ),
          ],
          id,
          'task, agent or framework',
          (item) => item.id,
          describe,
        );
        show(found, section, options.json === true);
      });
    });
}

interface StatusOptions extends ConnectionOptions {
  readonly framework?: string;
  readonly json?: true;
}

function describe({ kind, id, view }: Found): string {
  return kind === 'task' ? `task ${id} of framework ${view.frameworkId}` : `${kind} ${id}`;
}

function show(found: Found, section: Section<'tasks'>, asJson: boolean): void {
  const { kind, view } = found;
  if (asJson) {
    if (kind === 'task') printJson(section, { task: views.taskJson(view) });
    else if (kind === 'agent') printJson(section, { agent: views.agentJson(view) });
    else printJson(section, { framework: views.frameworkJson(view) });
    return;
  }
  const facts =
    kind === 'task' ? taskFacts(view) : kind === 'agent' ? agentFacts(view) : frameworkFacts(view);
  tellAge(section);
  process.stdout.write(renderFacts(facts));
}

function taskFacts(view: TaskView): Facts {
  return [
    ['Task', view.taskId],
    ['Name', view.name],
    ['State', views.stateName(view.state)],
    ['Framework', view.frameworkId],
    ['Agent', view.agentId],
    ...(view.executorId === undefined ? [] : [['Executor', view.executorId] as const]),
    ['Resources', formatResources(view.resources)],
    ...view.statuses.map((status) => [isoTime(status.timestampMs), statusLine(status)] as const),
  ];
}

/** `FAILED: command exited with status 3 (executor, commandExecutorFailed)` */
export function statusLine({ state, message, source, reason }: TaskStatus): string {
  const why = reason === undefined ? source : `${source}, ${reason}`;
  const said = message === undefined || message === '' ? '' : `: ${message}`;
  return `${views.stateName(state)}${said} (${why})`;
}

function agentFacts(view: AgentView): Facts {
  return [
    ['Agent', view.agentId],
    ['Host', `${view.info.hostname}:${view.info.port}`],
    ['Address', formatAddress(view.address)],
    ['State', view.state],
    ['Version', view.info.version],
    ...optionalTime('Registered', view.registeredMs),
    ...optionalTime('Registered again', view.reregisteredMs),
    ...optionalTime('Unreachable at', view.unreachableAtMs),
    ['Attributes', formatAttributes(view.info.attributes)],
    ['Total', formatResources(view.total)],
    ...use(view),
  ];
}

function frameworkFacts(view: FrameworkView): Facts {
  return [
    ['Framework', view.frameworkId],
    ['Name', view.info.name],
    ['User', view.info.user],
    ['Roles', view.info.roles.join(', ')],
    ['State', view.state],
    ...optionalTime('Subscribed', view.subscribedMs),
    ...optionalTime('Subscribed again', view.resubscribedMs),
    ...optionalTime('Ended', view.endedMs),
    ['Failover timeout', `${view.info.failoverTimeoutMs / 1000}s`],
    ...optionalTime('Fails over at', view.failsOverMs),
    ...(view.activeTaskCount === undefined
      ? []
      : [['Active tasks', String(view.activeTaskCount)] as const]),
    ...use(view),
  ];
}

/** Only a leader knows. */
function use({ used, offered }: Pick<AgentView, 'used' | 'offered'>): Facts {
  return [
    ...(used === undefined ? [] : [['Used', formatResources(used)] as const]),
    ...(offered === undefined ? [] : [['Offered', formatResources(offered)] as const]),
  ];
}

function optionalTime(name: string, ms: number | undefined): Facts {
  return ms === undefined ? [] : [[name, isoTime(ms)]];
}
