/**
 * Operations on resources, as the allocator hears of them: a part of an agent becomes something else,
 * as much of it as before. What a framework has is converted where it is; what nobody has, only if
 * really nobody has it. Source: Mesos 1.11, hierarchical.cpp, updateAllocation, updateAvailable.
 */
import { converted } from '../../protocol/resource-operations.ts';
import { contains, type Resources } from '../../protocol/resources.ts';
import { allocatedOn, book, freeOn, give, setTotal } from './agents.ts';
import { membershipOf } from './frameworks.ts';
import type { AllocatorState, Told } from './state.ts';

/** What the framework does not have (any more) is left as it is. */
export function convertAllocated(
  state: AllocatorState,
  { frameworkId, role, agentId, conversions, copies }: Told<'convertAllocated'>,
): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  for (const conversion of conversions) {
    const leaf = state.frameworks.get(frameworkId)?.memberships.get(role)?.leaf;
    const held = leaf === undefined ? undefined : agent.allocated.get(leaf);
    const total = converted(agent.total, conversion);
    if (leaf === undefined || held === undefined || total === undefined) continue;
    if (!contains(held, conversion.consumed)) continue;
    give(state, agent, leaf, conversion.consumed);
    // Who had nothing else there has been forgotten by now, and comes back.
    book(state, agent, membershipOf(state, frameworkId, role).leaf, conversion.converted);
    setTotal(state, agent, total);
  }
  if (copies.length > 0) book(state, agent, membershipOf(state, frameworkId, role).leaf, copies);
}

/** @returns what is free where that is not enough; undefined when it is done */
export function convertFree(
  state: AllocatorState,
  { agentId, agentEpoch, conversion }: Told<'convertFree'>,
): Resources | undefined {
  const agent = state.agents.get(agentId);
  if (agent === undefined || agent.epoch !== agentEpoch) return [];
  const free = freeOn(agent);
  const { consumed } = conversion;
  const held = allocatedOn(agent);
  const isShared = consumed.some((one) => one.shared === true && contains(held, [one]));
  const total = converted(agent.total, conversion);
  if (isShared || !contains(free, consumed) || total === undefined) return free;
  setTotal(state, agent, total);
  state.dirty.add(agentId);
  return undefined;
}
