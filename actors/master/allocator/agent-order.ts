/**
 * In which order the agents of a round are handed out. Pure.
 *
 * `random`, as Mesos has it, uses up no agent before another. `pack` begins with those that are fullest,
 * so that who comes first fills what is begun and whole agents stay free for large tasks. `spread` begins
 * with those that are emptiest, so that the loss of an agent takes little. How full an agent is: the
 * largest part of any of its scalars that is allocated.
 */
import { type Resources, scalarMilli } from '../../protocol/resources.ts';
import { freeOn } from './agents.ts';
import type { AgentRecord } from './state.ts';

export const AGENT_ORDERS = ['random', 'pack', 'spread'] as const;
export type AgentOrder = (typeof AGENT_ORDERS)[number];

/** In place. @param random uniform in [0, 1); equals are in random order in all three */
export function inOrder(
  agents: AgentRecord[],
  order: AgentOrder,
  random: () => number,
): AgentRecord[] {
  shuffle(agents, random);
  if (order === 'random') return agents;
  const sign = order === 'pack' ? -1 : 1;
  const fullness = new Map(agents.map((agent) => [agent, fullnessOf(agent.total, freeOn(agent))]));
  const of = (agent: AgentRecord) => fullness.get(agent) ?? 0;
  return agents.sort((one, other) => sign * (of(one) - of(other)));
}

function fullnessOf(total: Resources, free: Resources): number {
  let fullness = 0;
  for (const { type, name } of total) {
    if (type !== 'scalar') continue;
    fullness = Math.max(fullness, 1 - scalarMilli(free, name) / scalarMilli(total, name));
  }
  return fullness;
}

/** After Fisher and Yates. */
function shuffle<Item>(list: Item[], random: () => number): void {
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [one, two] = [list[index], list[other]];
    if (one === undefined || two === undefined) continue;
    list[index] = two;
    list[other] = one;
  }
}
