/**
 * Why a framework is offered nothing: what a round would do now, for each agent, without doing it.
 *
 * The order of frameworks is that of this moment; in a round it changes with each agent that is handed
 * out. Costs one look at each agent, and only when somebody asks.
 */
import type {
  AgentSample,
  AgentVerdictKind,
  RoleFacts,
  WithheldKind,
} from '../../protocol/explanation.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import { allocatableTo } from '../../protocol/resource-selection.ts';
import { contains, formatResources, minus, type Resources } from '../../protocol/resources.ts';
import { freeOn } from './agents.ts';
import { isExcluded } from './constraints.ts';
import { suitsDemand } from './demands.ts';
import { isRefused, refusalEndMs } from './filters.ts';
import { firstLeaf } from './leaf-order.ts';
import { heldOffReasons, type OffersExplained, reasonsOf } from './offer-reasons.ts';
import { keepsGpus, offerableTo } from './offerable.ts';
import { limitOn, withinQuota } from './quota-offer.ts';
import { isAllocatable, minimaOf, type RoundRules } from './round.ts';
import type { Leaf } from './share-tree.ts';
import { isActive, shareOf } from './shares.ts';
import type { AgentRecord, AllocatorState, Membership } from './state.ts';

/**
 * Looks at an agent or at a framework before it, for one question: where there are more, it is told how
 * many agents were looked at. Some ten milliseconds.
 */
const LOOKS_MAX = 100_000;
/** Agents that are told one by one, for each role. */
const SAMPLES_MAX = 20;

export interface OffersAsked {
  readonly frameworkId: FrameworkId;
  /** Why agents are not active, where it is not their connection. */
  readonly withheld: ReadonlyMap<AgentId, WithheldKind>;
  readonly needs: Resources | undefined;
  readonly nowMs: number;
}

/** What was found out for one leaf; see `reasonsOf`. */
export interface LeafVerdicts {
  readonly leaf: Leaf;
  readonly membership: Membership;
  readonly counts: Map<AgentVerdictKind, number>;
  readonly samples: AgentSample[];
  /** How often each comes first. */
  readonly rivals: Map<Leaf, number>;
  /** Its own or a rival's, as it is now. */
  readonly shareOf: (leaf: Leaf) => number;
  lookedAtCount: number;
  /** Of the refusals: the first and the last that ends. */
  refusedUntilMs: { firstMs: number; lastMs: number } | undefined;
  /** The role whose limit is reached. */
  limitedRole: string | undefined;
}

/** How what was asked about compares with the agents. */
export interface Fit {
  readonly needs: Resources;
  /** Agents that have as much at all, and that have it free now. */
  largeEnoughCount: number;
  freeEnoughCount: number;
}

export function explainOffers(
  state: AllocatorState,
  rules: RoundRules,
  { frameworkId, withheld, needs, nowMs }: OffersAsked,
): OffersExplained {
  const framework = state.frameworks.get(frameworkId);
  const memberships = [...(framework?.memberships.values() ?? [])];
  const agents = [...state.agents.values()].slice(0, LOOKS_MAX);
  const fit = needs === undefined ? undefined : fitOf(agents, needs);
  const all = memberships.map((membership) => {
    const looks = { left: Math.ceil(LOOKS_MAX / memberships.length) };
    return verdictsOf(state, agents, membership, rules, { nowMs, withheld, looks });
  });
  const counts = all.map(({ lookedAtCount }) => lookedAtCount).filter((count) => count > 0);
  const agentsLookedAt = counts.length === 0 ? 0 : Math.min(...counts);
  return {
    reasons: [...heldOffReasons(state), ...reasonsOf(all, fit, agents.length, nowMs)],
    roles: all.map((verdicts) => factsOf(state, verdicts, nowMs)),
    agentsLookedAt,
  };
}

/** The moment, and how much of it may be looked at still. */
interface Looking {
  readonly nowMs: number;
  readonly withheld: OffersAsked['withheld'];
  readonly looks: { left: number };
}

function verdictsOf(
  state: AllocatorState,
  agents: readonly AgentRecord[],
  membership: Membership,
  rules: RoundRules,
  looking: Looking,
): LeafVerdicts {
  const { leaf } = membership;
  const minAllocatable = minimaOf(state, leaf, rules);
  const found: LeafVerdicts = {
    leaf,
    membership,
    counts: new Map(),
    samples: [],
    rivals: new Map(),
    shareOf: (one) => shareOf(state.tree, one),
    refusedUntilMs: undefined,
    limitedRole: undefined,
    lookedAtCount: 0,
  };
  // Who is not in the order is offered nothing, whatever the agents have.
  if (!isActive(state.tree, leaf)) return found;
  for (const agent of agents) {
    if (looking.looks.left-- <= 0) break;
    const sample = verdictOn(state, agent, leaf, minAllocatable, looking, found);
    found.lookedAtCount++;
    found.counts.set(sample.verdict, (found.counts.get(sample.verdict) ?? 0) + 1);
    if (found.samples.length < SAMPLES_MAX) found.samples.push(sample);
  }
  return found;
}

/** Also notes who comes first, and until when it is refused. */
function verdictOn(
  state: AllocatorState,
  agent: AgentRecord,
  leaf: Leaf,
  minAllocatable: readonly Resources[],
  { nowMs, withheld, looks }: Looking,
  found: LeafVerdicts,
): AgentSample {
  const { agentId, active } = agent;
  const free = freeOn(agent);
  const sample = { agentId, free: formatResources(free) };
  if (!active) return { ...sample, verdict: withheld.get(agentId) ?? 'agentsInactive' };
  if (state.whitelist?.has(agent.facts.hostname) === false) {
    return { ...sample, verdict: 'notWhitelisted' };
  }
  if (free.length === 0) return { ...sample, verdict: 'nothingFree' };
  if (!isAllocatable(free, minAllocatable)) return { ...sample, verdict: 'tooSmall' };
  const framework = state.frameworks.get(leaf.frameworkId);
  if (isExcluded(framework?.constraints, leaf.role, agent.facts)) {
    return { ...sample, verdict: 'constrained' };
  }
  if (keepsGpus(state, agent, framework)) return { ...sample, verdict: 'gpusKept' };
  const unlimited = offerableTo(state, leaf, agent, free);
  if (!isAllocatable(unlimited, minAllocatable)) {
    const ofRole = isAllocatable(allocatableTo(free, leaf.role), minAllocatable);
    return { ...sample, verdict: ofRole ? 'notCapable' : 'reserved' };
  }
  const offerable = withinQuota(state.quota, leaf.role, unlimited);
  if (!isAllocatable(offerable, minAllocatable)) {
    const limitedRole = limitOn(state.quota, leaf.role, unlimited);
    found.limitedRole ??= limitedRole;
    return { ...sample, verdict: limitedRole === undefined ? 'guaranteesNeedIt' : 'limitReached' };
  }
  if (!suitsDemand(state, leaf.frameworkId, agentId, offerable)) {
    return { ...sample, verdict: 'lessThanRequested' };
  }
  const endMs = refusalEndMs(state.filters, leaf, agentId, offerable, nowMs);
  if (endMs !== undefined) {
    const { firstMs, lastMs } = found.refusedUntilMs ?? { firstMs: endMs, lastMs: endMs };
    found.refusedUntilMs = {
      firstMs: Math.min(firstMs, endMs),
      lastMs: Math.max(lastMs, endMs),
    };
    return { ...sample, verdict: 'refused', refusedForMs: endMs - nowMs };
  }
  if (state.dirtyLater.has(agentId)) return { ...sample, verdict: 'waitingForInterval' };
  const first = firstLeaf(state.tree, (next) => {
    looks.left--;
    const its = withinQuota(state.quota, next.role, offerableTo(state, next, agent, free));
    // Who may only have something else does not come before it.
    if (!overlapping(its, offerable, minAllocatable)) return false;
    if (!suitsDemand(state, next.frameworkId, agentId, its)) return false;
    return !isRefused(state.filters, next, agentId, its, nowMs);
  });
  if (first === undefined || first === leaf) return { ...sample, verdict: 'next' };
  found.rivals.set(first, (found.rivals.get(first) ?? 0) + 1);
  const { frameworkId, role } = first;
  return { ...sample, verdict: 'otherFirst', first: { frameworkId, role } };
}

/** Whether who takes the one leaves less than is worth an offer of the other. */
function overlapping(
  taken: Resources,
  wanted: Resources,
  minAllocatable: readonly Resources[],
): boolean {
  return taken === wanted || !isAllocatable(minus(wanted, taken), minAllocatable);
}

function fitOf(agents: readonly AgentRecord[], needs: Resources): Fit {
  const fit: Fit = { needs, largeEnoughCount: 0, freeEnoughCount: 0 };
  for (const agent of agents) {
    if (contains(agent.total, needs)) fit.largeEnoughCount++;
    if (agent.active && contains(freeOn(agent), needs)) fit.freeEnoughCount++;
  }
  return fit;
}

function factsOf(
  { tree }: AllocatorState,
  { leaf, membership, counts, samples }: LeafVerdicts,
  nowMs: number,
): RoleFacts {
  const { offeredCount, lastOfferedMs, declinedCount, lastDeclinedMs } = membership.past;
  return {
    role: leaf.role,
    suppressed: membership.suppressed,
    share: shareOf(tree, leaf),
    agents: Object.fromEntries(counts),
    samples,
    offeredCount,
    declinedCount,
    ...(lastOfferedMs !== undefined && { lastOfferedMsAgo: nowMs - lastOfferedMs }),
    ...(lastDeclinedMs !== undefined && { lastDeclinedMsAgo: nowMs - lastDeclinedMs }),
  };
}
