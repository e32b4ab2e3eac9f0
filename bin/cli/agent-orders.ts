/** `messor agents deactivate | reactivate | gone AGENT`: what operators want of one agent. */
import type { Command } from 'commander';
import type { AgentView } from '../../actors/protocol/views.ts';
import type { Cluster } from './cluster.ts';
import {
  addConnectionOptions,
  type ConnectionOptions,
  optionsOf,
  withCluster,
} from './connection.ts';
import { findAgent } from './locate.ts';
import { printJson } from './print.ts';

export type AgentOptions = ConnectionOptions & { readonly json?: true };

interface Deed {
  readonly type: 'deactivateAgent' | 'reactivateAgent' | 'markAgentGone';
  readonly description: string;
  readonly done: string;
}

const DEEDS: Readonly<Record<string, Deed>> = {
  deactivate: {
    type: 'deactivateAgent',
    description: 'offer nothing of it any more; what runs there goes on',
    done: 'is deactivated: nothing of it is offered, and its tasks go on',
  },
  reactivate: {
    type: 'reactivateAgent',
    description: 'offer what it has again, after it was deactivated or drained',
    done: 'is active again',
  },
  gone: {
    type: 'markAgentGone',
    description: 'give it up for good: its tasks are lost, and it never comes back',
    done: 'is gone: its tasks count as lost, and it may not come back under its id',
  },
};

export const AGENT_HELP = `
AGENT is its id or the beginning or end of it (S0), its host, or HOST:PORT.`;

/** @param agents the command that lists them */
export function addAgentOrders(agents: Command): void {
  for (const [verb, { type, description, done }] of Object.entries(DEEDS)) {
    addAgentCommand(agents, `${verb} <AGENT>`, description, async (cluster, agent, options) => {
      const { agentId } = agent;
      await cluster.order({ type, agentId });
      await tell(cluster, agent, options, done);
    }).addHelpText('after', `${AGENT_HELP}\n\nExamples:\n  messor agents ${verb} S0`);
  }
}

/** A command about one agent, which is looked for first. */
export function addAgentCommand(
  parent: Command,
  usage: string,
  description: string,
  work: (cluster: Cluster, agent: AgentView, options: AgentOptions) => Promise<void>,
): Command {
  return addConnectionOptions(parent.command(usage))
    .description(description)
    .option('--json', 'print JSON')
    .action(async (name: string, _options: unknown, own: Command) => {
      const options = optionsOf<AgentOptions>(own);
      await withCluster(options, async (cluster) => {
        await work(cluster, await findAgent(cluster, name), options);
      });
    });
}

export async function tell(
  cluster: Cluster,
  { agentId, info }: AgentView,
  options: AgentOptions,
  done: string,
): Promise<void> {
  if (options.json) printJson(await cluster.list('agents'), { agent: agentId, done });
  else process.stdout.write(`Agent ${agentId} (${info.hostname}:${info.port}) ${done}\n`);
}
