/**
 * What of an agent's resources a framework may be offered in one of its roles. Pure.
 *
 * Nothing of an agent that its constraints exclude (`constraints.ts`). Nothing of one with GPUs unless
 * it says that it knows them: they would be used up by who has no need of them; the same holds of one
 * in another region. Else all that is nobody's, and what is reserved for the role or for one above it.
 * What a framework has to know how to deal with, it is offered only when it says that it does.
 * Source: Mesos 1.11, hierarchical.cpp, __generateOffers, stripIncapableResources.
 */
import { isPlain, roleOf } from '../../protocol/resource-kinds.ts';
import { part } from '../../protocol/resource-selection.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { isWithin } from '../../protocol/roles.ts';
import { isExcluded } from './constraints.ts';
import type { Leaf } from './share-tree.ts';
import type { AgentRecord, AllocatorState, FrameworkRecord } from './state.ts';

/** @returns the same list where it may be offered all of it */
export function offerableTo(
  state: AllocatorState,
  leaf: Leaf,
  agent: AgentRecord,
  free: Resources,
): Resources {
  const framework = state.members[leaf.at]?.framework;
  if (isExcluded(framework?.constraints, leaf.role, agent.facts)) return NOTHING;
  if (keepsGpus(state, agent, framework)) return NOTHING;
  if (agent.remote && framework?.capabilities.includes('regionAware') !== true) return NOTHING;
  // Nearly always: nothing else has to be asked about the framework.
  if (agent.isPlain || free.every(isPlain)) return free;
  const capabilities = framework?.capabilities ?? [];
  return part(free, (resource) => isOfferable(resource, leaf.role, capabilities));
}

/** Nothing of the agent is for the framework, as it does not say that it knows GPUs. */
export function keepsGpus(
  state: AllocatorState,
  agent: AgentRecord,
  framework: FrameworkRecord | undefined,
): boolean {
  return (
    agent.hasGpus && state.keepsGpus && framework?.capabilities.includes('gpuResources') !== true
  );
}

const NOTHING: Resources = [];

function isOfferable(resource: Resource, role: string, capabilities: readonly string[]): boolean {
  const { reservations = [], revocable, shared } = resource;
  const owner = roleOf(resource);
  return (
    (owner === undefined || isWithin(role, owner)) &&
    (reservations.length < 2 || capabilities.includes('reservationRefinement')) &&
    (revocable === undefined || capabilities.includes('revocableResources')) &&
    (shared === undefined || capabilities.includes('sharedResources'))
  );
}
