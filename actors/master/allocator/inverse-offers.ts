/**
 * Who is to be asked to leave which agents: each framework that has something there, offered or in use.
 *
 * Agents that are to be unavailable are looked at when that is told, and at the end of each interval.
 * A framework has one inverse offer of an agent at a time; how long it is not asked again after its
 * answer it says itself. All that ends when the agent is to be unavailable at another time.
 * Source: Mesos 1.11, hierarchical.cpp, generateInverseOffers, updateInverseOffer.
 */
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import type { Unavailability } from '../../protocol/maintenance.ts';
import type { InverseOfferDue } from './messages.ts';
import type { AllocatorState } from './state.ts';

/** One agent that is to be unavailable. */
export interface Leaving {
  readonly outstanding: Set<FrameworkId>;
  /** Until when each does not want to be asked. */
  readonly refusedUntilMs: Map<FrameworkId, number>;
}

export function setUnavailability(
  { leaving }: AllocatorState,
  agentId: AgentId,
  unavailability: Unavailability | undefined,
): void {
  leaving.delete(agentId);
  if (unavailability === undefined) return;
  leaving.set(agentId, { outstanding: new Set(), refusedUntilMs: new Map() });
}

/** @param refusedUntilMs undefined: it may be asked again at once */
export function closeInverseOffer(
  { leaving }: AllocatorState,
  { agentId, frameworkId }: { readonly agentId: AgentId; readonly frameworkId: FrameworkId },
  refusedUntilMs: number | undefined,
): void {
  const agent = leaving.get(agentId);
  if (agent === undefined) return;
  agent.outstanding.delete(frameworkId);
  if (refusedUntilMs === undefined) agent.refusedUntilMs.delete(frameworkId);
  else agent.refusedUntilMs.set(frameworkId, refusedUntilMs);
}

/** It revives, or is gone: it may be asked again. */
export function forgetInverseRefusals({ leaving }: AllocatorState, frameworkId: FrameworkId): void {
  for (const { refusedUntilMs } of leaving.values()) refusedUntilMs.delete(frameworkId);
}

/** Whom to ask now; they count as asked. */
export function takeInverseOffersDue(state: AllocatorState, nowMs: number): InverseOfferDue[] {
  const due: InverseOfferDue[] = [];
  for (const [agentId, { outstanding, refusedUntilMs }] of state.leaving) {
    const agent = state.agents.get(agentId);
    if (agent?.active !== true) continue;
    for (const { frameworkId } of agent.allocated.keys()) {
      const framework = state.frameworks.get(frameworkId);
      if (framework === undefined || !framework.added || !framework.active) continue;
      if (outstanding.has(frameworkId) || (refusedUntilMs.get(frameworkId) ?? 0) > nowMs) continue;
      outstanding.add(frameworkId);
      due.push({ frameworkId, agentId, agentEpoch: agent.epoch });
    }
  }
  return due;
}
