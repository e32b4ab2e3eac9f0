/** `messor volumes`: those that are there; `messor volumes create | destroy AGENT ID`. */
import type { Command } from 'commander';
import { roleOf } from '../../actors/protocol/resource-kinds.ts';
import { contains, type ScalarResource } from '../../actors/protocol/resources.ts';
import type { AgentView } from '../../actors/protocol/views.ts';
import { AGENT_HELP, type AgentOptions, tell } from './agent-orders.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  optionsOf,
  withCluster,
} from './connection.ts';
import { findAgent } from './locate.ts';
import { printJson } from './print.ts';
import { fromMebiMilli } from './quantities.ts';
import { volumeNamed, volumesOf, volumeToMake } from './reserved-parts.ts';
import { renderTable } from './table.ts';

type ListOptions = ConnectionOptions & { readonly json?: true };
type VolumeOptions = AgentOptions & {
  readonly role?: string;
  readonly path?: string;
  readonly principal?: string;
  readonly shared?: true;
};

export function addVolumes(program: Command): void {
  const volumes = addConnectionOptions(program.command('volumes'))
    .description('list the volumes that stay when tasks end')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  messor volumes\n  messor volumes create S0 data-1 1024 --role db' +
        '\n  messor volumes destroy S0 data-1',
    )
    .action(async (options: ListOptions) => {
      await withCluster(options, async (cluster) => {
        const section = await cluster.list('agents');
        const all = section.items.flatMap((agent) =>
          volumesOf(agent.total).map((volume) => describe(agent, volume)),
        );
        if (options.json) return printJson(section, { volumes: all });
        const rows = all.map(({ id, role, sizeMilli, agent, host, inUse, shared }) => [
          ...[id, role, fromMebiMilli(sizeMilli), agent, host],
          ...[inUse ? 'in use' : 'free', shared ? 'shared' : ''],
        ]);
        const headings = ['ID', 'ROLE', 'SIZE', 'AGENT', 'HOST', 'USE', ''];
        process.stdout.write(renderTable(headings, rows, 'No volumes'));
      });
    });

  addConnectionOptions(volumes.command('create'))
    .argument('<AGENT>', 'its id or the beginning or end of it, its host, or HOST:PORT')
    .argument('<ID>', 'by which it is known, within its role on this agent')
    .argument('<MEBIBYTES>', 'of disk that is reserved for the role already')
    .description('make a volume of reserved disk')
    .requiredOption('--role <ROLE>', 'whose tasks may use it')
    .option('--path <PATH>', 'where a task finds it, in its sandbox', 'volume')
    .option('--principal <NAME>', 'who makes it: frameworks that destroy it compare it')
    .option('--shared', 'several tasks may use it at a time')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${AGENT_HELP}\n\nExamples:\n  messor reserve S0 disk:1024 --role db` +
        '\n  messor volumes create S0 data-1 1024 --role db --path data',
    )
    .action(async (name: string, id: string, size: string, _: unknown, own: Command) => {
      const options = optionsOf<VolumeOptions>(own);
      const { role = '', path: containerPath = 'volume', principal, shared = false } = options;
      await withCluster(options, async (cluster) => {
        const agent = await findAgent(cluster, name);
        const made = { id, role, mebibytes: Number(size), containerPath, principal, shared };
        const change = {
          type: 'createVolumes',
          volumes: [volumeToMake(agent.total, made)],
        } as const;
        const by = principal === undefined ? {} : { principal };
        await cluster.changeResources({ agentId: agent.agentId, change, ...by });
        await tell(cluster, agent, options, `has the volume "${id}" of role "${role}"`);
      });
    });

  addConnectionOptions(volumes.command('destroy'))
    .argument('<AGENT>', 'as for "messor volumes create"')
    .argument('<ID>', 'of a volume that no task uses')
    .description('destroy a volume: what is in it is lost')
    .option('--role <ROLE>', 'whose it is, where several roles have one of that id')
    .option('--json', 'print JSON')
    .addHelpText('after', `${AGENT_HELP}\n\nExamples:\n  messor volumes destroy S0 data-1`)
    .action(async (name: string, id: string, _: unknown, own: Command) => {
      const options = optionsOf<VolumeOptions>(own);
      await withCluster(options, async (cluster) => {
        const agent = await findAgent(cluster, name);
        const volume = volumeNamed(agent.total, id, options.role);
        const change = { type: 'destroyVolumes', volumes: [volume] } as const;
        await cluster.changeResources({ agentId: agent.agentId, change });
        await tell(cluster, agent, options, `has the volume "${id}" no more`);
      });
    });
}

function describe({ agentId, info, used = [] }: AgentView, volume: ScalarResource) {
  const { persistence, volume: mount } = volume.disk ?? {};
  return {
    id: persistence?.id ?? '',
    role: roleOf(volume) ?? '',
    sizeMilli: volume.milli,
    agent: agentId,
    host: `${info.hostname}:${info.port}`,
    path: mount?.containerPath ?? '',
    principal: persistence?.principal,
    inUse: contains(used, [volume]),
    shared: volume.shared ?? false,
  };
}
