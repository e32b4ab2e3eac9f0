/**
 * Agents, and what is taken from them and given back. Whatever is booked on an agent is also charged
 * to the leaf in the tree of shares and counted for the quota of its role; that happens here and
 * nowhere else.
 */
import type { AgentId } from '../../protocol/ids.ts';
import {
  compareKinds,
  isPersistentVolume,
  isPlain,
  isWhole,
} from '../../protocol/resource-kinds.ts';
import { onceEach, part } from '../../protocol/resource-selection.ts';
import {
  compareResources,
  contains,
  formatAttributes,
  minus,
  overlap,
  plus,
  type Resource,
  type Resources,
  scalarMilli,
} from '../../protocol/resources.ts';
import { considerHolder, loseHolder } from './demands.ts';
import { endRefusalsOn } from './filters.ts';
import { memberAt, membershipOf, settle } from './frameworks.ts';
import { setUnavailability } from './inverse-offers.ts';
import { countAllocated, countTotal } from './quota-book.ts';
import type { Leaf } from './share-tree.ts';
import { charge, growTotal, refund, shrinkTotal } from './shares.ts';
import type { AgentRecord, AllocatorState, Told } from './state.ts';

const NOTHING: Resources = [];

export function addAgent(state: AllocatorState, told: Told<'addAgent'>): void {
  removeAgent(state, told.agentId);
  const { agentId, epoch, total, attributes, hostname = '', domain, active } = told;
  const agent: AgentRecord = {
    agentId,
    epoch,
    total,
    facts: { hostname, attributes, domain },
    hasGpus: hasGpus(total),
    isPlain: total.every(isPlain),
    remote: domain !== undefined && state.region !== undefined && domain.region !== state.region,
    active,
    allocated: new Map(),
    free: undefined,
    overcommitted: false,
  };
  state.agents.set(agentId, agent);
  setUnavailability(state, agentId, told.unavailability);
  state.loose.add(agentId);
  growTotal(state.tree, total);
  countTotal(state.quota, total, 1);
  for (const { frameworkId, role, resources } of told.used) {
    if (resources.length === 0) continue;
    book(state, agent, membershipOf(state, frameworkId, role).leaf, resources);
  }
  agent.overcommitted = isOvercommitted(agent);
  considerHolder(state, agent);
  state.dirty.add(agentId);
}

export function updateAgent(
  state: AllocatorState,
  { agentId, total, attributes }: Told<'updateAgent'>,
): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  setTotal(state, agent, total);
  if (formatAttributes(attributes) !== formatAttributes(agent.facts.attributes)) {
    endRefusalsOn(state.filters, agentId);
    agent.facts = { ...agent.facts, attributes };
  }
  state.dirty.add(agentId);
}

export function setTotal(state: AllocatorState, agent: AgentRecord, total: Resources): void {
  shrinkTotal(state.tree, agent.total);
  countTotal(state.quota, agent.total, -1);
  growTotal(state.tree, total);
  countTotal(state.quota, total, 1);
  agent.total = total;
  agent.hasGpus = hasGpus(total);
  agent.isPlain = total.every(isPlain);
  forgetFree(state, agent);
  agent.overcommitted = isOvercommitted(agent);
  considerHolder(state, agent);
}

export function setAgentActive(state: AllocatorState, agentId: AgentId, active: boolean): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  agent.active = active;
  if (active) state.dirty.add(agentId);
}

export function removeAgent(state: AllocatorState, agentId: AgentId): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  for (const [leaf, resources] of [...agent.allocated]) give(state, agent, leaf, resources);
  shrinkTotal(state.tree, agent.total);
  countTotal(state.quota, agent.total, -1);
  endRefusalsOn(state.filters, agentId);
  state.agents.delete(agentId);
  state.leaving.delete(agentId);
  loseHolder(state, agentId);
  state.dirty.delete(agentId);
  state.loose.delete(agentId);
  state.dirtyLater.delete(agentId);
  state.heldBack.delete(agentId);
}

/** What nobody has, and what is shared: others may have that, too. */
export function freeOn(agent: AgentRecord): Resources {
  agent.free ??= freeOf(agent);
  return agent.free;
}

/** A volume that somebody has in another size is nobody else's: a change of it came to nothing. */
function freeOf(agent: AgentRecord): Resources {
  const held = part(allocatedOn(agent), isExclusive);
  const free = minus(agent.total, held);
  if (!agent.overcommitted) return free;
  const volumes = held.filter(isPersistentVolume);
  return part(free, (one) => !volumes.some((volume) => compareKinds(one, volume) === 0));
}

/**
 * What is free has become more or less by `change`. On an agent with many allocations it would take long
 * to reckon it from them again and again.
 */
function changeFree(
  state: AllocatorState,
  agent: AgentRecord,
  change: (free: Resources) => Resources,
): void {
  const { free, isPlain, overcommitted } = agent;
  forgetFree(state, agent);
  // Otherwise something may be there more often than the agent has it.
  if (free !== undefined && isPlain && !overcommitted) agent.free = change(free);
}

/** It is computed again when it is needed. */
function forgetFree({ loose }: AllocatorState, agent: AgentRecord): void {
  agent.free = undefined;
  loose.add(agent.agentId);
}

export function allocatedOn({ allocated }: AgentRecord): Resources {
  let sum: Resources = [];
  for (const resources of allocated.values()) sum = plus(sum, resources);
  return sum;
}

/** From now on `resources` of `agent` belong to `leaf`. */
export function book(
  state: AllocatorState,
  agent: AgentRecord,
  leaf: Leaf,
  resources: Resources,
): void {
  const before = agent.allocated.get(leaf);
  if (before === undefined) memberAt(state, leaf).agentCount++;
  agent.allocated.set(leaf, before === undefined ? resources : plus(before, resources));
  if (agent.free === resources && resources.every(isExclusive)) {
    // Nearly always: all that was free.
    agent.free = NOTHING;
    state.loose.delete(agent.agentId);
  } else {
    changeFree(state, agent, (free) => minus(free, part(resources, isExclusive)));
  }
  const more = before === undefined ? resources : withoutKnown(resources, before);
  charge(state.tree, leaf, more);
  countAllocated(state.quota, leaf.role, more, 1);
}

/**
 * Takes back what `frameworkId` has of `resources` in `role` on the agent.
 * @returns the leaf it was taken from, if that could be made an offer again
 */
export function recover(
  state: AllocatorState,
  { frameworkId, role, agentId, resources }: Told<'recoverResources'>,
): Leaf | undefined {
  const agent = state.agents.get(agentId);
  const membership = state.frameworks.get(frameworkId)?.memberships.get(role);
  if (agent === undefined || membership === undefined) return undefined;
  const { leaf, framework } = membership;
  const held = agent.allocated.get(leaf) ?? [];
  give(state, agent, leaf, contains(held, resources) ? resources : common(held, resources));
  // It may have been forgotten with the last that it had.
  const isKnown = framework.memberships.get(role) === membership;
  return isKnown && framework.added && framework.active && membership.subscribed ? leaf : undefined;
}

export function noteOffer(state: AllocatorState, leaf: Leaf, nowMs: number): void {
  const { past } = memberAt(state, leaf);
  past.offeredCount++;
  past.lastOfferedMs = nowMs;
}

export function noteDecline(state: AllocatorState, leaf: Leaf, nowMs: number): void {
  const { past } = memberAt(state, leaf);
  past.declinedCount++;
  past.lastDeclinedMs = nowMs;
}

/** Gives back to the agent a part of what the leaf has there. */
export function give(
  state: AllocatorState,
  agent: AgentRecord,
  leaf: Leaf,
  resources: Resources,
): void {
  const held = agent.allocated.get(leaf);
  if (held === undefined || resources.length === 0) return;
  const rest = minus(held, resources);
  // A copy of a shared volume may come back when the volume has been destroyed.
  changeFree(state, agent, (free) => plus(free, part(resources, isExclusive)));
  const less = withoutKnown(resources, rest);
  refund(state.tree, leaf, less);
  countAllocated(state.quota, leaf.role, less, -1);
  if (rest.length > 0) {
    agent.allocated.set(leaf, rest);
    return;
  }
  agent.allocated.delete(leaf);
  const membership = memberAt(state, leaf);
  membership.agentCount--;
  if (membership.agentCount === 0) settle(state, leaf.frameworkId);
}

/** A shared volume counts once for a leaf, however many copies of it the leaf has. */
function withoutKnown(resources: Resources, known: Resources): Resources {
  return part(
    resources,
    (one) => !isWhole(one) || !known.some((other) => compareResources(one, other) === 0),
  );
}

function hasGpus(total: Resources): boolean {
  return scalarMilli(total, 'gpus') > 0;
}

export function isExclusive({ shared }: Resource): boolean {
  return shared === undefined;
}

/** More than it has, or the same port twice. */
function isOvercommitted(agent: AgentRecord): boolean {
  let sum: Resources = [];
  for (const allocated of agent.allocated.values()) {
    const resources = part(allocated, isExclusive);
    if (overlap(sum, resources)) return true;
    sum = plus(sum, resources);
  }
  return !contains(agent.total, onceEach(sum));
}

/** What is in both. */
function common(one: Resources, other: Resources): Resources {
  return minus(one, minus(one, other));
}
