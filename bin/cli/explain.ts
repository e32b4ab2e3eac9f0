/** `messor explain ID`: why a framework gets no offers, or why a task does not run, as a short story. */
import type { Command } from 'commander';
import type { Explanation, RoleFacts } from '../../actors/protocol/explanation.ts';
import { type FrameworkId, idFault, type TaskId } from '../../actors/protocol/ids.ts';
import { parseResources, type Resources } from '../../actors/protocol/resources.ts';
import { describeError } from '../../runtime/errors.ts';
import { type FlagUnit, FlagValueFault } from '../flag-units.ts';
import type { Cluster, ExplainAbout } from './cluster.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  unitOption,
  withCluster,
} from './connection.ts';
import { findById } from './find.ts';
import { printJson } from './print.ts';
import { age } from './quantities.ts';
import { printable } from './table.ts';

interface ExplainOptions extends ConnectionOptions {
  readonly framework?: string;
  readonly needs?: Resources;
  readonly json?: true;
}

interface Thing {
  readonly id: string;
  readonly kind: 'task' | 'framework';
  readonly name: string;
  readonly about: ExplainAbout;
}

const amounts: FlagUnit<Resources> = {
  placeholder: 'RESOURCES',
  read(text) {
    try {
      return parseResources(text);
    } catch (error) {
      throw new FlagValueFault(describeError(error));
    }
  },
};

export function addExplain(program: Command): void {
  addConnectionOptions(program.command('explain'))
    .argument('<ID>', 'of a framework or a task; its beginning is enough')
    .description('say why a framework gets no offers, or why a task does not run')
    .option('--framework <ID>', 'the framework that the task belongs to')
    .addOption(unitOption('--needs <RESOURCES>', 'also say whether that fits anywhere', amounts))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor explain build-0001\n  messor explain --needs "cpus:4;mem:2048" 5d7f',
    )
    .action(async (id: string, options: ExplainOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('frameworks');
        const { items: tasks } = await cluster.list('tasks');
        const things: readonly Thing[] = [
          ...section.items.map(({ frameworkId, info }) => frameworkThing(frameworkId, info.name)),
          ...tasks
            .filter(({ frameworkId }) => frameworkId.startsWith(options.framework ?? ''))
            .map(({ frameworkId, taskId, name }) => taskThing(frameworkId, taskId, name)),
        ];
        const thing =
          neverLaunched(things, id, options.framework) ??
          (await notLetIn(cluster, things, id)) ??
          findById(things, id, 'framework or task', (each) => each.id, describe);
        const { needs } = options;
        const explanation = await cluster.explain({
          ...thing.about,
          ...(needs !== undefined && { needs }),
        });
        if (options.json) {
          const { type: _, ...said } = explanation;
          printJson(section, { explanation: said });
        } else {
          process.stdout.write(story(thing, explanation));
        }
      });
    });
}

/** A task that nobody knows, of a framework that is named: it may still wait for an offer there. */
function neverLaunched(
  things: readonly Thing[],
  id: string,
  framework: string | undefined,
): Thing | undefined {
  if (framework === undefined || things.some((thing) => thing.id.startsWith(id))) return undefined;
  const frameworks = things.filter(({ kind }) => kind === 'framework');
  const { about, name } = findById(frameworks, framework, 'framework', (each) => each.id);
  return { id, kind: 'task', name, about: { ...about, taskId: id as TaskId } };
}

/** A framework that was refused is in no list; the master may remember it by its id or name. */
async function notLetIn(
  cluster: Cluster,
  things: readonly Thing[],
  id: string,
): Promise<Thing | undefined> {
  if (idFault(id) !== undefined || things.some((thing) => thing.id.startsWith(id))) {
    return undefined;
  }
  const about = { frameworkId: id as FrameworkId };
  const { reasons } = await cluster.explain(about);
  if (reasons[0]?.code !== 'subscriptionRefused') return undefined;
  return { id, kind: 'framework', name: 'not let in', about };
}

function frameworkThing(frameworkId: FrameworkId, name: string): Thing {
  return { id: frameworkId, kind: 'framework', name, about: { frameworkId } };
}

function taskThing(frameworkId: FrameworkId, taskId: TaskId, name: string): Thing {
  return { id: taskId, kind: 'task', name, about: { frameworkId, taskId } };
}

function describe({ id, kind, about }: Thing): string {
  return kind === 'task' ? `task ${id} of framework ${about.frameworkId}` : `framework ${id}`;
}

/** The title, the reasons in their order, what to do about each, and what was before. */
export function story(
  { kind, id, name }: Pick<Thing, 'kind' | 'id' | 'name'>,
  { reasons, roles = [], agentsLookedAt }: Explanation,
): string {
  const several = roles.length > 1;
  const lines = [
    `${kind === 'task' ? 'Task' : 'Framework'} ${id} (${name})`,
    ...reasons.flatMap(({ role, text, advice }) => [
      `  ${several && role !== undefined ? `In role ${role}: ` : ''}${text}`,
      ...(advice === undefined ? [] : [`    → ${advice}`]),
    ]),
    ...(reasons.length === 0 ? ['  Nothing keeps it from being offered what is free'] : []),
    ...roles.map((role) => `  ${past(role, several)}`),
    ...(agentsLookedAt ? [`  Agents looked at: ${agentsLookedAt}`] : []),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** `In role a it was made 3 offers, the last 10s ago, and declined 2, the last 9s ago` */
function past(facts: RoleFacts, named: boolean): string {
  const { role, offeredCount, declinedCount, lastOfferedMsAgo, lastDeclinedMsAgo } = facts;
  const where = named ? `In role ${role} it` : 'It';
  if (offeredCount === 0) return `${where} has not been offered anything since this master leads`;
  const lately = (ms: number | undefined) =>
    ms === undefined ? '' : `, the last ${age(0, ms)} ago`;
  const declined =
    declinedCount === 0
      ? 'and declined none'
      : `and declined all or a part of ${declinedCount}${lately(lastDeclinedMsAgo)}`;
  return `${where} was made ${offeredCount} offers${lately(lastOfferedMsAgo)}, ${declined}`;
}
