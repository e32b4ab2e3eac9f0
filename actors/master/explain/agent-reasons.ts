/**
 * Which agents there are that nobody is offered, and why, as far as operators and the maintenance
 * schedule have their part in it. The allocator only knows that an agent is not active. Pure.
 */
import type { Reason, WithheldKind } from '../../protocol/explanation.ts';
import type { AgentId } from '../../protocol/ids.ts';
import type { MasterState } from '../state.ts';

/** Agents that are connected, and not offered because an operator does not want that. */
export function withheldAgents({ agents }: MasterState): ReadonlyMap<AgentId, WithheldKind> {
  const withheld = new Map<AgentId, WithheldKind>();
  for (const [agentId, { deactivated, drain }] of agents.marks) {
    if (!deactivated || agents.registered.get(agentId)?.connected !== true) continue;
    withheld.set(agentId, drain === undefined ? 'agentsDeactivated' : 'agentsDraining');
  }
  return withheld;
}

export function agentReasons({ agents, schedule }: MasterState): readonly Reason[] {
  const { registered, recovered, unreachable } = agents;
  const reasons: Reason[] = [];
  if (registered.size === 0) {
    reasons.push({
      code: 'noAgents',
      text: `No agent is registered${unreachable.size === 0 ? '' : `; ${unreachable.size} cannot be reached`}`,
      advice: 'Start agents, or see why they do not come: messor agents',
    });
  }
  if (recovered.size > 0) {
    reasons.push({
      code: 'agentsRecovering',
      text: `${recovered.size} agents of the leader before have not come back yet`,
      advice: 'Wait: they have --agent-reregister-timeout to do so',
    });
  }
  const machines = [...schedule.machines.values()];
  const downCount = machines.filter(({ mode }) => mode === 'down').length;
  if (downCount > 0) {
    reasons.push({
      code: 'machinesDown',
      text: `${countOf(downCount, 'machine is', 'machines are')} down for maintenance, and no agent registers from there`,
      advice: 'Take them up when the work is done: messor maintenance up',
    });
  }
  if (schedule.windowOf.size === 0) return reasons;
  let scheduledCount = 0;
  for (const { unavailability } of registered.values()) if (unavailability) scheduledCount++;
  if (scheduledCount > 0) {
    reasons.push({
      code: 'maintenanceScheduled',
      text: `${countOf(scheduledCount, 'agent is', 'agents are')} to be unavailable by the maintenance schedule: what is offered there says from when on`,
      advice: 'See whether its scheduler declines such offers; the schedule: messor maintenance',
    });
  }
  return reasons;
}

function countOf(count: number, one: string, several: string): string {
  return count === 1 ? `One ${one}` : `${count} ${several}`;
}
