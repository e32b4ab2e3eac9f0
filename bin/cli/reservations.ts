/** `messor reserve | unreserve AGENT RESOURCES --role ROLE`: what of an agent is for a role alone. */
import type { Command } from 'commander';
import { formatResources } from '../../actors/protocol/resources.ts';
import { AGENT_HELP, type AgentOptions, tell } from './agent-orders.ts';
import { addConnectionOptions, withCluster } from './connection.ts';
import { findAgent } from './locate.ts';
import { amountsOf, reservedFor, reservedPart } from './reserved-parts.ts';

type ReserveOptions = AgentOptions & { readonly role: string; readonly principal?: string };

const RESOURCES_HELP = '\nRESOURCES are as in --resources: cpus:2;mem:1024;ports:[31000-31009].';

export function addReservations(program: Command): void {
  addConnectionOptions(program.command('reserve'))
    .argument('<AGENT>', 'its id or the beginning or end of it, its host, or HOST:PORT')
    .argument('<RESOURCES>', 'of what nobody uses; offers of it are rescinded')
    .description('reserve resources of an agent for a role, until they are unreserved')
    .requiredOption('--role <ROLE>', 'who alone is offered them from now on')
    .option('--principal <NAME>', 'who reserves: frameworks that unreserve compare it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${AGENT_HELP}${RESOURCES_HELP}\n\nExamples:\n  messor reserve S0 "cpus:2;mem:1024" --role web` +
        '\n  messor reserve rack7-node3 disk:4096 --role db --principal ops',
    )
    .action(async (name: string, text: string, options: ReserveOptions) => {
      const amounts = amountsOf(text);
      await withCluster(options, async (cluster) => {
        const agent = await findAgent(cluster, name);
        const { agentId } = agent;
        const resources = reservedFor(amounts, options);
        const by = options.principal === undefined ? {} : { principal: options.principal };
        await cluster.changeResources({ agentId, change: { type: 'reserve', resources }, ...by });
        const what = formatResources(amounts);
        await tell(cluster, agent, options, `has ${what} reserved for role "${options.role}"`);
      });
    });

  addConnectionOptions(program.command('unreserve'))
    .argument('<AGENT>', 'as for "messor reserve"')
    .argument('<RESOURCES>', 'of what is reserved for the role and not used')
    .description('take a reservation back: the resources are offered to all again')
    .requiredOption('--role <ROLE>', 'for whom they are reserved')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${AGENT_HELP}${RESOURCES_HELP}\nA volume has to be destroyed first.` +
        '\n\nExamples:\n  messor unreserve S0 "cpus:2;mem:1024" --role web',
    )
    .action(async (name: string, text: string, options: ReserveOptions) => {
      const amounts = amountsOf(text);
      await withCluster(options, async (cluster) => {
        const agent = await findAgent(cluster, name);
        const { agentId } = agent;
        const resources = reservedPart(agent.total, amounts, options.role);
        await cluster.changeResources({ agentId, change: { type: 'unreserve', resources } });
        const what = formatResources(amounts);
        await tell(cluster, agent, options, `has ${what} less reserved for role "${options.role}"`);
      });
    });
}
