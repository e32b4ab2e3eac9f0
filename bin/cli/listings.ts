/** `messor agents | frameworks | tasks | offers`: what there is, as a table or as JSON. */
import type { Command } from 'commander';
import type { MasterSection } from '../../actors/protocol/views.ts';
import { addAgentOrders } from './agent-orders.ts';
import type { Section } from './cluster.ts';
import {
  addConnectionOptions,
  addStaleOption,
  type ConnectionOptions,
  withCluster,
} from './connection.ts';
import { printJson } from './print.ts';
import { tellAge } from './stale.ts';
import { renderTable } from './table.ts';
import * as views from './views.ts';

interface ListingOptions extends ConnectionOptions {
  readonly json?: true;
  readonly all?: true;
  readonly framework?: string;
}

export function addListings(program: Command): void {
  const agents = addStaleOption(
    listing(program, 'agents', 'list the agents and what they have: used / total'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  messor agents\n  messor agents --json | jq .agents[].hostname\n' +
        '  messor agents deactivate S0',
    )
    .action(async (options: ListingOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('agents');
        const { items } = section;
        const nowMs = Date.now();
        if (options.json) return printJson(section, { agents: items.map(views.agentJson) });
        tellAge(section);
        print(views.AGENT_HEADINGS, items, (item) => views.agentRow(item, nowMs), 'No agents');
      });
    });
  addAgentOrders(agents);

  addStaleOption(listing(program, 'frameworks', 'list the frameworks and what they use'))
    .option('--all', 'also those that have ended')
    .addHelpText('after', '\nExamples:\n  messor frameworks\n  messor frameworks --all')
    .action(async (options: ListingOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('frameworks');
        const { items } = section;
        const nowMs = Date.now();
        const shown = items.filter(({ state }) => options.all || state !== 'completed');
        if (options.json) return printJson(section, { frameworks: shown.map(views.frameworkJson) });
        const row = (item: (typeof shown)[number]) => views.frameworkRow(item, nowMs);
        tellAge(section);
        print(views.FRAMEWORK_HEADINGS, shown, row, 'No frameworks');
      });
    });

  listing(program, 'tasks', 'list the tasks that are under way')
    .option('--all', 'also those that have ended')
    .option('--framework <ID>', 'only those of this framework')
    .addHelpText(
      'after',
      '\nExamples:\n  messor tasks\n  messor tasks --all --json | jq .tasks[].state',
    )
    .action(async (options: ListingOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('tasks');
        const { items } = section;
        const agents = await cluster.list('agents');
        const nowMs = Date.now();
        const shown = items
          .filter(({ phase }) => options.all || phase !== 'completed')
          .filter(({ frameworkId }) => frameworkId.startsWith(options.framework ?? ''));
        if (options.json) return printJson(section, { tasks: shown.map(views.taskJson) });
        const row = (item: (typeof shown)[number]) => views.taskRow(item, nowMs, hostNames(agents));
        print(views.TASK_HEADINGS, shown, row, 'No tasks');
      });
    });

  listing(program, 'offers', 'list the offers that frameworks have not answered yet')
    .addHelpText('after', '\nExamples:\n  messor offers')
    .action(async (options: ListingOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('offers');
        const { items } = section;
        if (options.json) return printJson(section, { offers: items.map(views.offerJson) });
        print(views.OFFER_HEADINGS, items, views.offerRow, 'No offers');
      });
    });
}

export function hostNames(agents: Section<'agents'>): (agentId: string) => string {
  const hosts = new Map<string, string>(
    agents.items.map(({ agentId, info }) => [agentId, `${info.hostname}:${info.port}`]),
  );
  return (agentId) => hosts.get(agentId) ?? agentId;
}

function listing(program: Command, section: MasterSection, description: string): Command {
  const command = program.command(section).description(description);
  return addConnectionOptions(command).option('--json', 'print JSON');
}

function print<Item>(
  headings: readonly string[],
  items: readonly Item[],
  row: (item: Item) => readonly string[],
  whenEmpty: string,
): void {
  process.stdout.write(renderTable(headings, items.map(row), whenEmpty));
}
