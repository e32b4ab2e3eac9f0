/**
 * What frameworks don't want for a while: per framework and role (a leaf), per agent, until a time.
 *
 * A refusal covers everything that it contains: who refused 2 cpus is not offered 1 cpu of the same
 * agent either, but may be offered 3. Refusals end by time, when the framework revives, leaves the
 * role or is deactivated, and when the agent goes or has other attributes.
 * Source: Mesos 1.11, hierarchical.cpp, RefusedOfferFilter.
 */
import type { AgentId } from '../../protocol/ids.ts';
import { contains, type Resources } from '../../protocol/resources.ts';
import { noteRefusal, type RefusedWhole } from './refused-whole.ts';
import type { Leaf } from './share-tree.ts';

/** Per leaf and agent. At the maximum the one that ends first is forgotten: it is offered again. */
export const REFUSALS_MAX = 16;

export interface Refusal {
  readonly resources: Resources;
  readonly endMs: number;
}

export interface RefusalsOfAgent {
  readonly byLeaf: Map<Leaf, Refusal[]>;
  /** No refusal ends before. */
  earliestEndMs: number;
  /** Made when it is needed. */
  whole: RefusedWhole | undefined;
}

export interface OfferFilters {
  readonly byAgent: Map<AgentId, RefusalsOfAgent>;
  readonly agentsOf: Map<Leaf, Set<AgentId>>;
}

export function emptyFilters(): OfferFilters {
  return { byAgent: new Map(), agentsOf: new Map() };
}

export function refuse(
  { byAgent, agentsOf }: OfferFilters,
  leaf: Leaf,
  agentId: AgentId,
  refusal: Refusal,
): void {
  let agent = byAgent.get(agentId);
  if (agent === undefined) {
    agent = { byLeaf: new Map(), earliestEndMs: refusal.endMs, whole: undefined };
    byAgent.set(agentId, agent);
  }
  agent.earliestEndMs = Math.min(agent.earliestEndMs, refusal.endMs);
  // What is contained and ends no later adds nothing.
  const refusals = (agent.byLeaf.get(leaf) ?? []).filter(
    ({ resources, endMs }) => endMs > refusal.endMs || !contains(refusal.resources, resources),
  );
  refusals.push(refusal);
  const isForgetful = refusals.length > REFUSALS_MAX;
  if (isForgetful) {
    const first = Math.min(...refusals.map(({ endMs }) => endMs));
    refusals.splice(
      refusals.findIndex(({ endMs }) => endMs === first),
      1,
    );
  }
  agent.byLeaf.set(leaf, refusals);
  // Those that went are contained in this one, or would have ended first.
  if (isForgetful) agent.whole = undefined;
  else if (agent.whole !== undefined) noteRefusal(agent.whole, leaf.at, refusal);
  const agents = agentsOf.get(leaf);
  if (agents === undefined) agentsOf.set(leaf, new Set([agentId]));
  else agents.add(agentId);
}

export function isRefused(
  { byAgent }: OfferFilters,
  leaf: Leaf,
  agentId: AgentId,
  offered: Resources,
  nowMs: number,
): boolean {
  return isRefusedOn(byAgent.get(agentId), leaf, offered, nowMs);
}

/** For who asks about many leaves. @param agent its refusals, where there are some */
export function isRefusedOn(
  agent: RefusalsOfAgent | undefined,
  leaf: Leaf,
  offered: Resources,
  nowMs: number,
): boolean {
  const refusals = agent?.byLeaf.get(leaf);
  if (refusals === undefined) return false;
  for (const { resources, endMs } of refusals) {
    if (endMs > nowMs && contains(resources, offered)) return true;
  }
  return false;
}

/** When the last refusal ends that covers `offered`; undefined: it is not refused. */
export function refusalEndMs(
  { byAgent }: OfferFilters,
  leaf: Leaf,
  agentId: AgentId,
  offered: Resources,
  nowMs: number,
): number | undefined {
  const ends = (byAgent.get(agentId)?.byLeaf.get(leaf) ?? [])
    .filter(({ resources, endMs }) => endMs > nowMs && contains(resources, offered))
    .map(({ endMs }) => endMs);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Forgets the refusals that have ended. @returns the agents where there were such */
export function endRefusals(filters: OfferFilters, nowMs: number): AgentId[] {
  const freed: AgentId[] = [];
  for (const [agentId, agent] of filters.byAgent) {
    if (agent.earliestEndMs > nowMs) continue;
    agent.earliestEndMs = Number.POSITIVE_INFINITY;
    agent.whole = undefined;
    for (const [leaf, refusals] of agent.byLeaf) {
      const open = refusals.filter(({ endMs }) => endMs > nowMs);
      if (open.length === 0) forget(filters, leaf, agentId);
      else agent.byLeaf.set(leaf, open);
      for (const { endMs } of open) agent.earliestEndMs = Math.min(agent.earliestEndMs, endMs);
    }
    freed.push(agentId);
  }
  return freed;
}

export function endRefusalsOf(filters: OfferFilters, leaf: Leaf): void {
  for (const agentId of filters.agentsOf.get(leaf) ?? []) forget(filters, leaf, agentId);
}

export function endRefusalsOn(filters: OfferFilters, agentId: AgentId): void {
  for (const leaf of filters.byAgent.get(agentId)?.byLeaf.keys() ?? []) {
    forget(filters, leaf, agentId);
  }
}

function forget({ byAgent, agentsOf }: OfferFilters, leaf: Leaf, agentId: AgentId): void {
  const agent = byAgent.get(agentId);
  if (agent !== undefined) {
    agent.byLeaf.delete(leaf);
    agent.whole = undefined;
    if (agent.byLeaf.size === 0) byAgent.delete(agentId);
  }
  const agents = agentsOf.get(leaf);
  agents?.delete(agentId);
  if (agents?.size === 0) agentsOf.delete(leaf);
}
