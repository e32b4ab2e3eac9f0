/**
 * A round: hands out what is free on the agents that could have something to hand out.
 *
 * Agents come in random order, so that no agent is used up first. All that is free on an agent and
 * that it may have goes to the first framework, by the order of shares, that has not refused it; then
 * its share is a different one, and what is left (reserved for others) goes the same way, until nobody
 * wants it. Coarse as in Mesos: who gets an agent's rest decides what to do with it and gives back
 * what it doesn't want.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers, second stage.
 */
import type { AgentId } from '../../protocol/ids.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { book, freeOn, noteOffer } from './agents.ts';
import { isRefused } from './filters.ts';
import type { Allocation } from './messages.ts';
import { offerableTo } from './offerable.ts';
import { firstLeaf } from './shares.ts';
import type { AgentRecord, AllocatorState } from './state.ts';

export interface RoundRules {
  /**
   * What is less than each of these is not handed out: it would only cost messages. None: all is.
   * Mesos: `cpus:0.01` and `mem:32`, that is, one of the two is enough. Scalars only: where there are
   * ranges or a set of that name, it is how many.
   */
  readonly minAllocatable: readonly Resources[];
}

/** Hands out, and writes down who has it now. @param random uniform in [0, 1) */
export function allocateRound(
  state: AllocatorState,
  { minAllocatable }: RoundRules,
  nowMs: number,
  random: () => number,
): Allocation[] {
  const allocations: Allocation[] = [];
  for (const agent of shuffled(takeCandidates(state, minAllocatable), random)) {
    for (;;) {
      const allocation = allocateNext(state, agent, minAllocatable, nowMs);
      if (allocation === undefined) break;
      allocations.push(allocation);
    }
  }
  return allocations;
}

/** To the first that may have something of what is free on the agent, and that wants it. */
function allocateNext(
  state: AllocatorState,
  agent: AgentRecord,
  minAllocatable: readonly Resources[],
  nowMs: number,
): Allocation | undefined {
  const { agentId, epoch } = agent;
  const free = freeOn(agent);
  if (free.length === 0) return undefined;
  let resources = free;
  const leaf = firstLeaf(state.tree, (next) => {
    resources = offerableTo(state, next, agent, free);
    // All of it is enough, or the agent would not be looked at.
    if (resources !== free && !isAllocatable(resources, minAllocatable)) return false;
    return !isRefused(state.filters, next, agentId, resources, nowMs);
  });
  if (leaf === undefined) return undefined;
  book(state, agent, leaf, resources);
  noteOffer(state, leaf, nowMs);
  const { frameworkId, role } = leaf;
  return { frameworkId, role, agentId, agentEpoch: epoch, resources };
}

/** The dirty agents that have enough to hand out. From now on none is dirty. */
function takeCandidates(
  state: AllocatorState,
  minAllocatable: readonly Resources[],
): AgentRecord[] {
  const candidates: AgentRecord[] = [];
  const agentIds: Iterable<AgentId> = state.allDirty ? state.agents.keys() : state.dirty;
  for (const agentId of agentIds) {
    const agent = state.agents.get(agentId);
    if (agent?.active === true && isAllocatable(freeOn(agent), minAllocatable)) {
      candidates.push(agent);
    }
  }
  state.dirty.clear();
  state.allDirty = false;
  return candidates;
}

export function isAllocatable(resources: Resources, minAllocatable: readonly Resources[]): boolean {
  if (resources.length === 0) return false;
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
