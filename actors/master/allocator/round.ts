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
import { isRefusedOn, type RefusalsOfAgent } from './filters.ts';
import { isNothingForIdle, isNothingForOthers, setIdleAside } from './idle-roles.ts';
import {
  type Asked,
  firstLeaf,
  firstLeafIn,
  leaveAside,
  type Queue,
  queueOf,
  requeue,
  type Wants,
} from './leaf-order.ts';
import type { Allocation } from './messages.ts';
import { offerableTo } from './offerable.ts';
import { holdsQuantities } from './quantities.ts';
import { hasQuota } from './quota-book.ts';
import { couldServe, servesGuarantee, withinQuota } from './quota-offer.ts';
import { type RefusedWhole, refusedWhole } from './refused-whole.ts';
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

const NOBODY: Queue = { order: [], names: new Set(), asideCount: 0 };

/** Who is asked: the overdue, those whose guarantees are not met, or all. */
type Pass = 'overdue' | 'guarantees' | 'shares';

/** What one round is about, and what it is just looking at. */
interface Round {
  readonly state: AllocatorState;
  readonly rules: RoundRules;
  readonly nowMs: number;
  readonly random: () => number;
  /** Whether there are quotas. */
  readonly limited: boolean;
  readonly allocations: Allocation[];
  /** Shared volumes that were offered in this round: once is enough. */
  readonly offeredShared: Map<AgentRecord, Resources>;
  pass: Pass;
  /** Those whose guarantees are not met, while they are asked. */
  needy: Queue;
  /** Those under quotas, in this round; made when nobody else could have anything. */
  governed: Queue | undefined;
  /** Who is overdue; who is offered something leaves it. */
  late: Leaf[];
  look: Look;
  /** One function for all looks. */
  readonly wants: Wants;
}

/** At what is free on an agent, until somebody wants it. */
interface Look {
  readonly agent: AgentRecord;
  readonly free: Resources;
  readonly refusals: RefusalsOfAgent | undefined;
  readonly whole: RefusedWhole | undefined;
  /** Of what is free: what the one may have who was asked last. */
  resources: Resources;
  isHeldBack: boolean;
}

/** Hands out, and writes down who has it now. @param random uniform in [0, 1) */
export function allocateRound(
  state: AllocatorState,
  rules: RoundRules,
  nowMs: number,
  random: () => number,
): Allocation[] {
  const { agentOrder = 'random', offerWaitMsMax = Number.POSITIVE_INFINITY } = rules;
  const late = overdue(state.waits, nowMs, offerWaitMsMax);
  const agents = inOrder(takeCandidates(state, rules), agentOrder, random);
  const [first] = agents;
  if (first === undefined) return [];
  const limited = hasQuota(state.quota);
  const round: Round = {
    ...{ state, rules, nowMs, random, limited },
    ...{ allocations: [], offeredShared: new Map(), pass: 'overdue' },
    ...{ needy: NOBODY, governed: undefined, late, look: lookAt(state, first, [], nowMs) },
    wants: (leaf) => wants(round, leaf),
  };
  for (const agent of agents) {
    if (late.length === 0) break;
    allocateOn(round, agent);
  }
  if (limited) {
    round.pass = 'guarantees';
    round.needy = queueOf(state.tree, state.quota.needy);
    for (const agent of agents) {
      if (state.quota.needy.size === 0) break;
      if (couldServe(state.quota, freeOn(agent))) allocateOn(round, agent);
    }
    // The first pass takes from the agents in front, so the second one begins elsewhere.
    if (agentOrder === 'random') inOrder(agents, agentOrder, random);
  }
  round.pass = 'shares';
  for (const agent of agents) allocateOn(round, agent);
  return round.allocations;
}

/** Until nobody wants any of what is left. */
function allocateOn(round: Round, agent: AgentRecord): void {
  const { state, nowMs, pass, needy, late, allocations, offeredShared } = round;
  const { agentId, epoch } = agent;
  for (;;) {
    const leaf = choose(round, agent);
    if (leaf === undefined) return;
    const { resources } = round.look;
    book(state, agent, leaf, resources);
    noteOffer(state, leaf, nowMs);
    endWait(state.waits, leaf, nowMs);
    if (pass === 'guarantees') requeue(state.tree, needy, leaf);
    if (pass === 'overdue') late.splice(late.indexOf(leaf), 1);
    if (round.governed !== undefined) requeue(state.tree, round.governed, leaf);
    if (!agent.isPlain) {
      const shared = resources.filter((resource) => resource.shared !== undefined);
      if (shared.length > 0) {
        offeredShared.set(agent, [...(offeredShared.get(agent) ?? []), ...shared]);
      }
    }
    const { frameworkId, role } = leaf;
    allocations.push({ frameworkId, role, agentId, agentEpoch: epoch, resources });
  }
}

/** The first that may have something of what is free on the agent, and that wants it; how much: `look`. */
function choose(round: Round, agent: AgentRecord): Leaf | undefined {
  const { state, rules, limited, nowMs } = round;
  const { heldBack } = state;
  const free = notYetOffered(round, agent);
  if (limited) setIdleAside(state, rules.minAllocatable);
  if (free.length === 0) {
    heldBack.delete(agent.agentId);
    return undefined;
  }
  const look = lookAt(state, agent, free, nowMs);
  round.look = look;
  const onlyMetered = limited && isNothingForIdle(state, free, rules.minAllocatable);
  const asked: Asked = { aside: !onlyMetered, skipped: look.whole?.bits, hasPassed: false };
  const leaf = isCandidate(state, free, rules) ? firstOf(round, asked) : undefined;
  if (leaf !== undefined) return leaf;
  // Who is passed over is held back by a limit.
  if (look.isHeldBack || asked.hasPassed) heldBack.add(agent.agentId);
  else if (limited) heldBack.delete(agent.agentId);
  return undefined;
}

function lookAt(state: AllocatorState, agent: AgentRecord, free: Resources, nowMs: number): Look {
  const refusals = state.filters.byAgent.get(agent.agentId);
  const whole = refusedWhole(refusals, free, nowMs);
  return { agent, free, refusals, whole, resources: free, isHeldBack: false };
}

function firstOf(round: Round, asked: Asked): Leaf | undefined {
  const { state, rules, pass, needy, late, wants, random } = round;
  const { tree } = state;
  if (pass === 'overdue') return late.find(wants);
  if (pass === 'guarantees') return firstLeafIn(tree, needy, wants, random, asked);
  if (!asked.aside && isNothingForOthers(state.quota, rules.minAllocatable)) {
    asked.hasPassed = true;
    round.governed ??= queueOf(tree, state.quota.topmost);
    leaveAside(tree, round.governed);
    return firstLeafIn(tree, round.governed, wants, random, asked);
  }
  return firstLeaf(tree, wants, random, asked);
}

function wants(round: Round, leaf: Leaf): boolean {
  const { state, rules, limited, pass, nowMs, look } = round;
  const { quota, ownMinima } = state;
  const { agent, free, refusals, whole } = look;
  const offerable = offerableTo(state, leaf, agent, free);
  const resources = limited ? withinQuota(quota, leaf.role, offerable) : offerable;
  look.resources = resources;
  if (resources !== offerable) look.isHeldBack = true;
  if (pass === 'guarantees' && !servesGuarantee(quota, leaf.role, resources)) return false;
  // All of it is enough where that was looked at before.
  const looked = resources === free && ownMinima.size === 0;
  if (!looked && !isAllocatable(resources, minimaOf(state, leaf, rules))) return false;
  if (!suitsDemand(state, leaf.frameworkId, agent.agentId, resources)) return false;
  if (!isRefusedOn(refusals, leaf, resources, nowMs)) return true;
  if (whole !== undefined) whole.missedCount++;
  return false;
}

/** What is free, without shared volumes that were offered in this round. */
function notYetOffered({ offeredShared }: Round, agent: AgentRecord): Resources {
  const free = freeOn(agent);
  const offered = agent.isPlain ? undefined : offeredShared.get(agent);
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
