/**
 * A round: hands out what is free on the agents that could have something to hand out.
 *
 * Agents come in random order, so that no agent is used up first. All that is free on an agent and
 * that it may have goes to the first framework, by the order of shares, that has not refused it; then
 * its share is a different one, and what is left (reserved for others) goes the same way, until nobody
 * wants it. Coarse as in Mesos: who gets an agent's rest decides what to do with it and gives back
 * what it doesn't want.
 *
 * Where there are quotas, a first pass over the agents is for roles whose guarantees are not met: they
 * choose before the others. In both, what a role may have of what is nobody's ends at the limits above
 * it, and at what others need for their guarantees; see `quota-book`.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers.
 */
import type { AgentId } from '../../protocol/ids.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { book, freeOn, noteOffer } from './agents.ts';
import { isRefused } from './filters.ts';
import type { Allocation } from './messages.ts';
import { offerableTo } from './offerable.ts';
import { hasQuota } from './quota-book.ts';
import { servesGuarantee, withinQuota } from './quota-offer.ts';
import { firstLeaf, firstLeafIn, type Leaf } from './shares.ts';
import type { AgentRecord, AllocatorState } from './state.ts';

export interface RoundRules {
  /**
   * What is less than each of these is not handed out: it would only cost messages. None: all is.
   * Mesos: `cpus:0.01` and `mem:32`, that is, one of the two is enough. Scalars only: where there are
   * ranges or a set of that name, it is how many.
   */
  readonly minAllocatable: readonly Resources[];
}

/** What one round is about. */
interface Round {
  readonly state: AllocatorState;
  readonly rules: RoundRules;
  readonly nowMs: number;
  readonly allocations: Allocation[];
}

/** Who is offered first: those whose guarantees are not met, or all. */
type Pass = 'guarantees' | 'shares';

/** Hands out, and writes down who has it now. @param random uniform in [0, 1) */
export function allocateRound(
  state: AllocatorState,
  rules: RoundRules,
  nowMs: number,
  random: () => number,
): Allocation[] {
  const round: Round = { state, rules, nowMs, allocations: [] };
  const agents = shuffled(takeCandidates(state, rules), random);
  if (hasQuota(state.quota)) {
    for (const agent of agents) {
      if (state.quota.needy.size > 0) allocateOn(round, agent, 'guarantees');
    }
    // The first pass takes from the agents in front, so the second one begins elsewhere.
    shuffled(agents, random);
  }
  for (const agent of agents) allocateOn(round, agent, 'shares');
  return round.allocations;
}

/** Until nobody wants any of what is left. */
function allocateOn(round: Round, agent: AgentRecord, pass: Pass): void {
  const { state, nowMs, allocations } = round;
  const { agentId, epoch } = agent;
  for (;;) {
    const chosen = chooseFor(round, agent, pass);
    if (chosen === undefined) return;
    const { leaf, resources } = chosen;
    book(state, agent, leaf, resources);
    noteOffer(state, leaf, nowMs);
    const { frameworkId, role } = leaf;
    allocations.push({ frameworkId, role, agentId, agentEpoch: epoch, resources });
  }
}

/** The first that may have something of what is free on the agent, and that wants it. */
function chooseFor(
  { state, rules, nowMs }: Round,
  agent: AgentRecord,
  pass: Pass,
): { readonly leaf: Leaf; readonly resources: Resources } | undefined {
  const { tree, quota, filters, heldBack, ownMinima } = state;
  const { agentId } = agent;
  const free = freeOn(agent);
  const limited = hasQuota(quota);
  let isHeldBack = false;
  let resources = free;
  const wants = (leaf: Leaf): boolean => {
    const offerable = offerableTo(state, leaf, agent, free);
    resources = limited ? withinQuota(quota, leaf.role, offerable) : offerable;
    if (resources !== offerable) isHeldBack = true;
    if (pass === 'guarantees' && !servesGuarantee(quota, leaf.role, resources)) return false;
    const minima = minimaOf(state, leaf, rules);
    // All of it is enough where that was looked at before.
    const looked = resources === free && ownMinima.size === 0;
    if (!looked && !isAllocatable(resources, minima)) return false;
    return !isRefused(filters, leaf, agentId, resources, nowMs);
  };
  const leaf = !isCandidate(state, free, rules)
    ? undefined
    : pass === 'guarantees'
      ? firstLeafIn(tree, quota.needy, wants)
      : firstLeaf(tree, wants);
  if (leaf !== undefined) return { leaf, resources };
  if (isHeldBack) heldBack.add(agentId);
  else if (limited) heldBack.delete(agentId);
  return undefined;
}

/** The dirty agents that have enough to hand out. From now on none is dirty. */
function takeCandidates(state: AllocatorState, rules: RoundRules): AgentRecord[] {
  const candidates: AgentRecord[] = [];
  const agentIds: Iterable<AgentId> = state.allDirty ? state.loose : state.dirty;
  for (const agentId of agentIds) {
    const agent = state.agents.get(agentId);
    if (agent === undefined) continue;
    const free = freeOn(agent);
    if (free.length === 0) state.loose.delete(agentId);
    else if (agent.active && isCandidate(state, free, rules)) candidates.push(agent);
  }
  state.dirty.clear();
  state.allDirty = false;
  return candidates;
}

/** What is enough for an offer to this leaf: its framework may say so. */
export function minimaOf(
  { ownMinima }: AllocatorState,
  leaf: Leaf,
  { minAllocatable }: RoundRules,
): readonly Resources[] {
  return ownMinima.size === 0 ? minAllocatable : (ownMinima.get(leaf) ?? minAllocatable);
}

/** For somebody it may be enough. Where minima differ, that is asked for each. */
function isCandidate(
  { ownMinima }: AllocatorState,
  free: Resources,
  { minAllocatable }: RoundRules,
): boolean {
  return ownMinima.size === 0 ? isAllocatable(free, minAllocatable) : free.length > 0;
}

/** Never of nothing but what several may have at a time: it would be handed out without end. */
export function isAllocatable(resources: Resources, minAllocatable: readonly Resources[]): boolean {
  if (resources.every(({ shared }) => shared === true)) return false;
  return (
    minAllocatable.length === 0 ||
    minAllocatable.some((min) =>
      min.every((one) => quantityMilli(resources, one.name) >= milliOf(one)),
    )
  );
}

function quantityMilli(resources: Resources, name: string): number {
  let milli = 0;
  for (const resource of resources) if (resource.name === name) milli += milliOf(resource);
  return milli;
}

function milliOf(resource: Resource): number {
  if (resource.type === 'scalar') return resource.milli;
  if (resource.type === 'set') return 1000 * resource.items.length;
  return resource.ranges.reduce((sum, { begin, end }) => sum + 1000 * (end - begin + 1), 0);
}

/** In place, after Fisher and Yates. */
function shuffled<Item>(list: Item[], random: () => number): Item[] {
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [one, two] = [list[index], list[other]];
    if (one === undefined || two === undefined) continue;
    list[index] = two;
    list[other] = one;
  }
  return list;
}
