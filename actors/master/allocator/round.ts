/**
 * A round: hands out what is free on the agents that could have something to hand out.
 *
 * Agents come in random order (or another one, as the operator likes). All that is free on an agent and
 * that it may have goes to the first framework, by the order of shares, that has not refused it; then
 * its share is a different one, and what is left (reserved for others) goes the same way, until nobody
 * wants it. Coarse as in Mesos: who gets an agent's rest decides what to do with it and gives back
 * what it doesn't want.
 *
 *     who is overdue (`waits`), one agent each ──▶ who lacks what it is guaranteed ──▶ everybody
 *
 * Where there are quotas, what a role may have of what is nobody's ends in all three at the limits
 * above it, and at what others need for their guarantees; see `quota-book`.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers; overdue ones are Messor's.
 */
import type { AgentId } from '../../protocol/ids.ts';
import { compareResources, type Resources } from '../../protocol/resources.ts';
import { type AgentOrder, inOrder } from './agent-order.ts';
import { book, freeOn, noteOffer } from './agents.ts';
import { suitsDemand } from './demands.ts';
import { isRefused } from './filters.ts';
import { isNothingForIdle, setIdleAside } from './idle-roles.ts';
import { type Asked, firstLeaf, firstLeafIn, type Queue, queueOf, requeue } from './leaf-order.ts';
import type { Allocation } from './messages.ts';
import { offerableTo } from './offerable.ts';
import { holdsQuantities } from './quantities.ts';
import { hasQuota } from './quota-book.ts';
import { servesGuarantee, withinQuota } from './quota-offer.ts';
import type { Leaf } from './share-tree.ts';
import type { AgentRecord, AllocatorState } from './state.ts';
import { endWait, overdue } from './waits.ts';

export interface RoundRules {
  /**
   * What is less than each of these is not handed out: it would only cost messages. None: all is.
   * Mesos: `cpus:0.01` and `mem:32`, that is, one of the two is enough. Where there are ranges or a set
   * of that name, it is how many. A framework may have others, in a role: `ownMinima`.
   */
  readonly minAllocatable: readonly Resources[];
  /** Default `random`. */
  readonly agentOrder?: AgentOrder;
  /** See `waits`. Default: nobody is ever overdue. */
  readonly offerWaitMsMax?: number;
}

const NOBODY: Queue = { order: [], names: new Set() };

/** What one round is about. */
interface Round {
  readonly state: AllocatorState;
  readonly rules: RoundRules;
  readonly nowMs: number;
  readonly random: () => number;
  readonly allocations: Allocation[];
  /** Shared volumes that were offered in this round: once is enough. */
  readonly offeredShared: Map<AgentRecord, Resources>;
  /** Those whose guarantees are not met, while they are asked. */
  needy: Queue;
}

/** Who is asked: the overdue, those whose guarantees are not met, or all. */
type Pass = 'overdue' | 'guarantees' | 'shares';
interface Chosen {
  readonly leaf: Leaf;
  readonly resources: Resources;
}

/** Hands out, and writes down who has it now. @param random uniform in [0, 1) */
export function allocateRound(
  state: AllocatorState,
  rules: RoundRules,
  nowMs: number,
  random: () => number,
): Allocation[] {
  const { agentOrder = 'random', offerWaitMsMax = Number.POSITIVE_INFINITY } = rules;
  const round: Round = {
    ...{ state, rules, nowMs, random },
    ...{ allocations: [], offeredShared: new Map(), needy: NOBODY },
  };
  const late = overdue(state.waits, nowMs, offerWaitMsMax);
  const agents = inOrder(takeCandidates(state, rules), agentOrder, random);
  for (const agent of agents) {
    if (late.length === 0) break;
    allocateOn(round, agent, 'overdue', late);
  }
  if (hasQuota(state.quota)) {
    round.needy = queueOf(state.tree, state.quota.needy);
    for (const agent of agents) {
      if (state.quota.needy.size > 0) allocateOn(round, agent, 'guarantees');
    }
    // The first pass takes from the agents in front, so the second one begins elsewhere.
    if (agentOrder === 'random') inOrder(agents, agentOrder, random);
  }
  for (const agent of agents) allocateOn(round, agent, 'shares');
  return round.allocations;
}

/** Until nobody wants any of what is left. @param late who is overdue; who is offered something leaves it */
function allocateOn(round: Round, agent: AgentRecord, pass: Pass, late: Leaf[] = []): void {
  const { state, nowMs, allocations, offeredShared } = round;
  const { agentId, epoch } = agent;
  for (;;) {
    const chosen = choose(round, agent, pass, late);
    if (chosen === undefined) return;
    const { leaf, resources } = chosen;
    book(state, agent, leaf, resources);
    noteOffer(state, leaf, nowMs);
    endWait(state.waits, leaf, nowMs);
    if (pass === 'guarantees') requeue(state.tree, round.needy, leaf);
    if (pass === 'overdue') late.splice(late.indexOf(leaf), 1);
    const shared = resources.filter((resource) => resource.shared !== undefined);
    if (shared.length > 0) {
      offeredShared.set(agent, [...(offeredShared.get(agent) ?? []), ...shared]);
    }
    const { frameworkId, role } = leaf;
    allocations.push({ frameworkId, role, agentId, agentEpoch: epoch, resources });
  }
}

/** The first that may have something of what is free on the agent, and that wants it. */
function choose(
  round: Round,
  agent: AgentRecord,
  pass: Pass,
  late: readonly Leaf[],
): Chosen | undefined {
  const { state, rules, nowMs, random } = round;
  const { tree, quota, filters, heldBack, ownMinima } = state;
  const { minAllocatable } = rules;
  const { agentId } = agent;
  const free = notYetOffered(round, agent);
  const limited = hasQuota(quota);
  setIdleAside(state, minAllocatable);
  const asked: Asked = {
    aside: !(limited && isNothingForIdle(state, free, minAllocatable)),
    hasPassed: false,
  };
  let isHeldBack = false;
  let resources = free;
  const wants = (leaf: Leaf): boolean => {
    const offerable = offerableTo(state, leaf, agent, free);
    resources = limited ? withinQuota(quota, leaf.role, offerable) : offerable;
    if (resources !== offerable) isHeldBack = true;
    if (pass === 'guarantees' && !servesGuarantee(quota, leaf.role, resources)) return false;
    // All of it is enough where that was looked at before.
    const looked = resources === free && ownMinima.size === 0;
    return (
      (looked || isAllocatable(resources, minimaOf(state, leaf, rules))) &&
      suitsDemand(state, leaf.frameworkId, agentId, resources) &&
      !isRefused(filters, leaf, agentId, resources, nowMs)
    );
  };
  const first = (): Leaf | undefined => {
    if (pass === 'overdue') return late.find(wants);
    if (pass === 'guarantees') return firstLeafIn(tree, round.needy, wants, random, asked);
    return firstLeaf(tree, wants, random, asked);
  };
  const leaf = isCandidate(state, free, rules) ? first() : undefined;
  if (leaf !== undefined) return { leaf, resources };
  // Who is passed over is held back by a limit.
  if (isHeldBack || asked.hasPassed) heldBack.add(agentId);
  else if (limited) heldBack.delete(agentId);
  return undefined;
}

/** What is free, without shared volumes that were offered in this round. */
function notYetOffered({ offeredShared }: Round, agent: AgentRecord): Resources {
  const free = freeOn(agent);
  const offered = offeredShared.get(agent);
  if (offered === undefined) return free;
  return free.filter((one) => !offered.some((other) => compareResources(one, other) === 0));
}

/** The dirty agents that have enough to hand out. From now on none is dirty. */
function takeCandidates(state: AllocatorState, rules: RoundRules): AgentRecord[] {
  const { agents, dirty, loose, whitelist } = state;
  const candidates: AgentRecord[] = [];
  const agentIds: Iterable<AgentId> = state.allDirty ? loose : dirty;
  for (const agentId of agentIds) {
    const agent = agents.get(agentId);
    if (agent === undefined) continue;
    const free = freeOn(agent);
    if (free.length === 0) {
      loose.delete(agentId);
      continue;
    }
    if (!agent.active || whitelist?.has(agent.facts.hostname) === false) continue;
    if (isCandidate(state, free, rules)) candidates.push(agent);
  }
  dirty.clear();
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
    minAllocatable.length === 0 || minAllocatable.some((min) => holdsQuantities(resources, min))
  );
}
