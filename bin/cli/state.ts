/** `messor state`: the cluster at a glance; with `--json` everything the master tells. */
import type { Command } from 'commander';
import { plus, type Resources, scalarMilli } from '../../actors/protocol/resources.ts';
import type { AgentView } from '../../actors/protocol/views.ts';
import {
  addConnectionOptions,
  addStaleOption,
  type ConnectionOptions,
  withCluster,
} from './connection.ts';
import { printJson } from './print.ts';
import { age, counted, fromMebiMilli, fromMilli } from './quantities.ts';
import { tellAge } from './stale.ts';
import { renderFacts } from './table.ts';
import * as views from './views.ts';

export function addState(program: Command): void {
  addStaleOption(addConnectionOptions(program.command('state')))
    .description('show the cluster at a glance')
    .option('--json', 'print all there is as JSON')
    .addHelpText('after', '\nExamples:\n  messor state\n  messor state --json > state.json')
    .action(async (options: ConnectionOptions & { readonly json?: true }) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('agents');
        const { master, items: agents, stale } = section;
        const { items: frameworks } = await cluster.list('frameworks');
        const known = [
          ['Master', `${master.node}, up ${age(master.startedMs, Date.now())}`],
          ['Id', master.masterId],
          ['Cluster', master.cluster],
          ['Version', master.version],
          ['Agents', tally(agents.map(({ state }) => state)) || 'none'],
          ['Frameworks', tally(frameworks.map(({ state }) => state)) || 'none'],
        ] as const;
        if (stale !== undefined) {
          if (options.json) {
            return printJson(section, {
              agents: agents.map(views.agentJson),
              frameworks: frameworks.map(views.frameworkJson),
            });
          }
          tellAge(section);
          process.stdout.write(renderFacts(known));
          return;
        }
        const { items: tasks } = await cluster.list('tasks');
        const { items: offers } = await cluster.list('offers');
        if (options.json) {
          return printJson(section, {
            agents: agents.map(views.agentJson),
            frameworks: frameworks.map(views.frameworkJson),
            tasks: tasks.map(views.taskJson),
            offers: offers.map(views.offerJson),
          });
        }
        const share = (name: string, show: (milli: number) => string) =>
          `${show(sum(agents, 'used', name))} of ${show(sum(agents, 'total', name))} used, ${show(sum(agents, 'offered', name))} offered`;
        process.stdout.write(
          renderFacts([
            ...known,
            ['Tasks', tally(tasks.map(({ state }) => views.stateName(state))) || 'none'],
            ['Offers', counted(offers.length, 'offer')],
            ['Cpus', share('cpus', fromMilli)],
            ['Mem', share('mem', fromMebiMilli)],
            ['Disk', share('disk', fromMebiMilli)],
          ]),
        );
      });
    });
}

function sum(
  agents: readonly AgentView[],
  which: 'total' | 'used' | 'offered',
  name: string,
): number {
  const none: Resources = [];
  return scalarMilli(
    agents.reduce((total, agent) => plus(total, agent[which] ?? none), none),
    name,
  );
}

/** `3 active, 1 disconnected` */
export function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}
