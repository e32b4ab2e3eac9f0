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
import type { Leaf } from './share-tree.ts';

/** Per leaf and agent. At the maximum the one that ends first is forgotten: it is offered again. */
export const REFUSALS_MAX = 16;

interface Refusal {
  readonly resources: Resources;
  readonly endMs: number;
}

interface RefusalsOfAgent {
  readonly byLeaf: Map<Leaf, Refusal[]>;
  /** No refusal ends before. */
  earliestEndMs: number;
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
    agent = { byLeaf: new Map(), earliestEndMs: refusal.endMs };
    byAgent.set(agentId, agent);
  }
  agent.earliestEndMs = Math.min(agent.earliestEndMs, refusal.endMs);
  // What is contained and ends no later adds nothing.
  const refusals = (agent.byLeaf.get(leaf) ?? []).filter(
    ({ resources, endMs }) => endMs > refusal.endMs || !contains(refusal.resources, resources),
  );
  refusals.push(refusal);
  if (refusals.length > REFUSALS_MAX) {
    const first = Math.min(...refusals.map(({ endMs }) => endMs));
    refusals.splice(
      refusals.findIndex(({ endMs }) => endMs === first),
      1,
    );
  }
  agent.byLeaf.set(leaf, refusals);
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
  for (const { resources, endMs } of byAgent.get(agentId)?.byLeaf.get(leaf) ?? []) {
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
  agent?.byLeaf.delete(leaf);
  if (agent?.byLeaf.size === 0) byAgent.delete(agentId);
  const agents = agentsOf.get(leaf);
  agents?.delete(agentId);
  if (agents?.size === 0) agentsOf.delete(leaf);
}
