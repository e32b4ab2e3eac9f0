/**
 * What frameworks have asked for (REQUEST): offers are shaped to it. Mesos only writes it to its log.
 *
 * As long as a framework asks, it is offered of an agent only what holds one of its requests whole, by
 * the names and amounts that the request names, of whatever reservation; a request that names an agent
 * is held by that one alone. Smaller offers pass it by and go to others, so its turn is not spent on
 * what it would decline. A request says how large an offer is to be, not how many are wanted.
 *
 * What no agent could ever hold, were all free that the framework's roles may have, is not asked for:
 * if that is so of all its requests, they don't count until such an agent comes.
 */
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import type { ResourceRequest } from '../../protocol/offer.ts';
import { allocatableTo } from '../../protocol/resource-selection.ts';
import type { Resources } from '../../protocol/resources.ts';
import { holdsQuantities } from './quantities.ts';
import type { AgentRecord, AllocatorState, Told } from './state.ts';

export interface Demand {
  readonly requests: readonly ResourceRequest[];
  /** An agent that could hold one of them; undefined: there is none. */
  holder: AgentId | undefined;
}

/** They replace those before; none: it takes what it gets. */
export function request(state: AllocatorState, { frameworkId, requests }: Told<'request'>): void {
  if (state.frameworks.get(frameworkId)?.added !== true) return;
  // It may want now what it did not want before.
  state.allDirty = true;
  if (requests.length === 0) {
    state.demands.delete(frameworkId);
    return;
  }
  const demand: Demand = { requests, holder: undefined };
  state.demands.set(frameworkId, demand);
  findHolder(state, frameworkId, demand);
}

/** It has other roles, and may have other resources with them. */
export function reconsiderDemand(state: AllocatorState, frameworkId: FrameworkId): void {
  const demand = state.demands.get(frameworkId);
  if (demand !== undefined) findHolder(state, frameworkId, demand);
}

/** An agent has come or changed. */
export function considerHolder(state: AllocatorState, agent: AgentRecord): void {
  for (const [frameworkId, demand] of state.demands) {
    if (demand.holder === agent.agentId) findHolder(state, frameworkId, demand);
    else if (demand.holder === undefined && couldHold(state, frameworkId, demand, agent)) {
      demand.holder = agent.agentId;
    }
  }
}

/** It is not among the agents any more. */
export function loseHolder(state: AllocatorState, agentId: AgentId): void {
  for (const [frameworkId, demand] of state.demands) {
    if (demand.holder === agentId) findHolder(state, frameworkId, demand);
  }
}

/** Whether an offer of this is what the framework asks for, if it asks at all. */
export function suitsDemand(
  { demands }: AllocatorState,
  frameworkId: FrameworkId,
  agentId: AgentId,
  resources: Resources,
): boolean {
  if (demands.size === 0) return true;
  const demand = demands.get(frameworkId);
  if (demand?.holder === undefined) return true;
  return demand.requests.some((asked) => isHeld(asked, agentId, resources));
}

function findHolder(state: AllocatorState, frameworkId: FrameworkId, demand: Demand): void {
  demand.holder = undefined;
  for (const agent of state.agents.values()) {
    if (!couldHold(state, frameworkId, demand, agent)) continue;
    demand.holder = agent.agentId;
    return;
  }
  // Smaller offers will do again.
  state.allDirty = true;
}

function couldHold(
  { frameworks }: AllocatorState,
  frameworkId: FrameworkId,
  { requests }: Demand,
  { agentId, total }: AgentRecord,
): boolean {
  const memberships = [...(frameworks.get(frameworkId)?.memberships ?? [])];
  return memberships.some(([role, { subscribed }]) => {
    if (!subscribed) return false;
    const own = allocatableTo(total, role);
    return requests.some((asked) => isHeld(asked, agentId, own));
  });
}

function isHeld(asked: ResourceRequest, agentId: AgentId, resources: Resources): boolean {
  if (asked.agentId !== undefined && asked.agentId !== agentId) return false;
  return holdsQuantities(resources, asked.resources);
}
