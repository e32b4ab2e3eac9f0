/** `messor drain AGENT`: ends an agent's tasks, and says how far that is; `messor drain cancel AGENT`. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AgentView, TaskView } from '../../actors/protocol/views.ts';
import { ExitError } from '../exits.ts';
import { duration } from '../flag-units.ts';
import { AGENT_HELP, type AgentOptions, addAgentCommand, tell } from './agent-orders.ts';
import type { Cluster } from './cluster.ts';
import { addConnectionOptions, optionsOf, unitOption, withCluster } from './connection.ts';
import { findAgent } from './locate.ts';
import { printJson } from './print.ts';

type DrainOptions = AgentOptions & {
  readonly maxGrace?: number;
  readonly markGone?: true;
  readonly wait: boolean;
};

/** Between looks at how far it is. */
const LOOK_MS = 1000;
/** So many of the tasks that are left are named. */
const NAMED_MAX = 5;

export function addDrain(program: Command): void {
  const drain = addConnectionOptions(program.command('drain'))
    .argument('<AGENT>', 'its id or the beginning or end of it, its host, or HOST:PORT')
    .description('kill the tasks of an agent and give it no more, and wait until none is left')
    .addOption(
      unitOption('--max-grace <DURATION>', 'the longest that a task may take to end', duration),
    )
    .option('--mark-gone', 'when it is drained: give it up for good')
    .option('--no-wait', 'do not wait until it is drained')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe drain goes on when you stop waiting. When it is over: messor agents reactivate AGENT' +
        '\n\nExamples:\n  messor drain S0\n  messor drain rack7-node3 --max-grace 5mins\n' +
        '  messor drain S0 --mark-gone --no-wait\n  messor drain cancel S0',
    )
    .action(async (name: string, _options: unknown, own: Command) => {
      const options = optionsOf<DrainOptions>(own);
      await withCluster(options, async (cluster) => {
        const agent = await findAgent(cluster, name);
        const { agentId } = agent;
        const { maxGrace, markGone = false } = options;
        const grace = maxGrace === undefined ? {} : { maxGracePeriodMs: maxGrace };
        await cluster.order({ type: 'drainAgent', agentId, markGone, ...grace });
        if (!options.wait) return tell(cluster, agent, options, 'is draining');
        await follow(cluster, agent, options);
      });
    });
  addAgentCommand(
    drain,
    'cancel <AGENT>',
    'let it take tasks again; what has been killed is killed',
    async (cluster, agent, options) => {
      await cluster.order({ type: 'cancelDrain', agentId: agent.agentId });
      await tell(cluster, agent, options, 'is active again: its drain is cancelled');
    },
  ).addHelpText('after', `${AGENT_HELP}\n\nExamples:\n  messor drain cancel S0`);
}

/** Says what is left whenever that changes, until nothing is. */
async function follow(cluster: Cluster, agent: AgentView, options: DrainOptions): Promise<void> {
  let said = '';
  for (;;) {
    const section = await cluster.list('agents');
    const now = section.items.find(({ agentId }) => agentId === agent.agentId);
    if (now === undefined && !options.markGone) {
      const sentence = `Cannot go on draining agent ${agent.agentId}: it is gone`;
      throw new ExitError('failed', sentence);
    }
    if (now === undefined) return tell(cluster, agent, options, 'is drained, and gone');
    if (now.drain === undefined) {
      throw new ExitError('failed', `The drain of agent ${agent.agentId} was cancelled`);
    }
    if (now.drain.drained) {
      if (options.json) printJson(section, { agent: agent.agentId, done: 'is drained' });
      else await tell(cluster, agent, options, 'is drained: no task is left on it');
      return;
    }
    const left = await tasksLeft(cluster, agent);
    const sentence = leftSentence(now, left);
    if (!options.json && sentence !== said) process.stdout.write(`${sentence}\n`);
    said = sentence;
    await pause(LOOK_MS);
  }
}

async function tasksLeft(cluster: Cluster, { agentId }: AgentView): Promise<readonly TaskView[]> {
  const { items } = await cluster.list('tasks');
  return items.filter((task) => task.agentId === agentId && task.phase === 'active');
}

/** @internal */
export function leftSentence({ state, agentId }: AgentView, tasks: readonly TaskView[]): string {
  if (state !== 'active') return `Agent ${agentId} is ${state}: it drains when it is back`;
  const names = tasks.slice(0, NAMED_MAX).map(({ taskId }) => taskId);
  const more = tasks.length > NAMED_MAX ? ` and ${tasks.length - NAMED_MAX} more` : '';
  const which = tasks.length === 0 ? '' : `: ${names.join(', ')}${more}`;
  return `Agent ${agentId} is draining, ${tasks.length} tasks are left${which}`;
}
