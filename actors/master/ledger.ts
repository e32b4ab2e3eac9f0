/**
 * The ledger: who holds which resources of an agent. All bookings of the master are made here.
 *
 * The rule: what the allocator handed out is given back exactly once. It becomes an offer, and the
 * offer is at every moment in one place:
 *
 *     allocated ──▶ offer ──accepted──▶ task, executor ──terminal, unreachable, exited──▶ given back
 *         │           └──left over, declined, rescinded, discarded, timed out───────────▶ given back
 *         └──the framework or the agent is inactive by now──────────────────────────────▶ given back
 *
 * Only with the removal of an agent nothing is given back: `removeAgent` ends all its allocations.
 * What an agent reports when it is added was not handed out, but is told as in use and given back
 * in the same way.
 */
import { assert } from '../../runtime/assert.ts';
import type { Filters } from '../protocol/offer.ts';
import type { Conversion } from '../protocol/resource-operations.ts';
import { onceEach, part } from '../protocol/resource-selection.ts';
import { contains, isEmpty, minus, plus, type Resources } from '../protocol/resources.ts';
import type { UsedResources } from './allocator/messages.ts';
import { tellAllocator } from './children.ts';
import type { MasterContext } from './messages.ts';
import { countsAsUsed } from './roles/role-sums.ts';
import type {
  AgentRecord,
  ExecutorRecord,
  FrameworkRecord,
  MasterState,
  OfferRecord,
  RoleHoldings,
  TaskRecord,
} from './state.ts';

/** Without `filters` it may be offered again at once, to the same framework too. */
export function giveBack(
  state: MasterState,
  held: UsedResources & Pick<ExecutorRecord, 'agentId'>,
  context: MasterContext,
  filters?: Filters,
): void {
  const { frameworkId, role, agentId, resources } = held;
  if (isEmpty(resources)) return;
  const message = { type: 'recoverResources', frameworkId, role, agentId, resources } as const;
  tellAllocator(state, filters === undefined ? message : { ...message, filters }, context);
}

/** Before any of it is given back: what the framework holds on the agent has become something else. */
export function convertHeld(
  state: MasterState,
  held: Pick<UsedResources, 'frameworkId' | 'role'> & Pick<ExecutorRecord, 'agentId'>,
  conversions: readonly Conversion[],
  copies: Resources,
  context: MasterContext,
): void {
  if (conversions.length === 0 && isEmpty(copies)) return;
  const { frameworkId, role, agentId } = held;
  tellAllocator(
    state,
    { type: 'convertAllocated', frameworkId, role, agentId, conversions, copies },
    context,
  );
}

export function holdForOffer(agent: AgentRecord, framework: FrameworkRecord, record: OfferRecord) {
  const { resources, role } = record.offer;
  agent.offered = plus(agent.offered, resources);
  addMilli(framework.offeredMilli, resources, 1);
  offerInRole(holdingsOf(framework, role), resources, 1);
}

export function releaseOffer(agent: AgentRecord, framework: FrameworkRecord, record: OfferRecord) {
  const { resources, role } = record.offer;
  agent.offered = minus(agent.offered, resources);
  addMilli(framework.offeredMilli, resources, -1);
  offerInRole(holdingsOf(framework, role), resources, -1);
  forgetEmpty(framework, role);
}

export function holdForTask(agent: AgentRecord, framework: FrameworkRecord, record: TaskRecord) {
  assert(!record.holding, 'a task holds its resources once');
  record.holding = true;
  use(agent, framework, record.role, record.task.resources);
}

/** @returns what it held, to be given back (but for a removed agent) */
export function releaseTask(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: TaskRecord,
): Resources {
  if (!record.holding) return [];
  record.holding = false;
  return disuse(agent, framework, record.role, record.task.resources);
}

export function holdForExecutor(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: ExecutorRecord,
) {
  use(agent, framework, record.role, record.info.resources);
}

/** @returns what it held, to be given back (but for a removed agent) */
export function releaseExecutor(
  agent: AgentRecord,
  framework: FrameworkRecord,
  record: ExecutorRecord,
): Resources {
  return disuse(agent, framework, record.role, record.info.resources);
}

/** All that is in use on an agent, for `addAgent`. */
export function usedOn(agent: AgentRecord): UsedResources[] {
  const used: UsedResources[] = [];
  for (const [frameworkId, tasks] of agent.tasks) {
    for (const { task, role, holding } of tasks.values()) {
      if (holding) used.push({ frameworkId, role, resources: task.resources });
    }
  }
  for (const [frameworkId, executors] of agent.executors) {
    for (const { info, role } of executors.values()) {
      if (!isEmpty(info.resources)) used.push({ frameworkId, role, resources: info.resources });
    }
  }
  return used;
}

/** Whether what is used and offered fits into what the agent has. */
/** With what is offered a second time. */
export function totalOf({ total, oversubscribed }: AgentRecord): Resources {
  return oversubscribed.length === 0 ? total : plus(total, oversubscribed);
}

export function fits(agent: AgentRecord): boolean {
  return contains(totalOf(agent), onceEach(plus(agent.used, agent.offered)));
}

function use(
  agent: AgentRecord,
  framework: FrameworkRecord,
  role: string,
  resources: Resources,
): void {
  agent.used = plus(agent.used, resources);
  addMilli(framework.usedMilli, resources, 1);
  useInRole(holdingsOf(framework, role), resources, 1);
}

function disuse(
  agent: AgentRecord,
  framework: FrameworkRecord,
  role: string,
  resources: Resources,
): Resources {
  agent.used = minus(agent.used, resources);
  addMilli(framework.usedMilli, resources, -1);
  useInRole(holdingsOf(framework, role), resources, -1);
  forgetEmpty(framework, role);
  return resources;
}

function useInRole(holdings: RoleHoldings, resources: Resources, factor: 1 | -1): void {
  addMilli(holdings.usedMilli, resources, factor);
  addMilli(holdings.unreservedMilli, part(resources, countsAsUsed), factor);
}

function offerInRole(holdings: RoleHoldings, resources: Resources, factor: 1 | -1): void {
  addMilli(holdings.offeredMilli, resources, factor);
  addMilli(holdings.unreservedOfferedMilli, part(resources, countsAsUsed), factor);
}

function holdingsOf({ holdings }: Pick<FrameworkRecord, 'holdings'>, role: string): RoleHoldings {
  const found = holdings.get(role);
  if (found !== undefined) return found;
  const made: RoleHoldings = {
    usedMilli: new Map(),
    unreservedMilli: new Map(),
    offeredMilli: new Map(),
    unreservedOfferedMilli: new Map(),
  };
  holdings.set(role, made);
  return made;
}

function forgetEmpty({ holdings }: FrameworkRecord, role: string): void {
  const { usedMilli, offeredMilli } = holdingsOf({ holdings }, role);
  if (usedMilli.size + offeredMilli.size === 0) holdings.delete(role);
}

/** Of a framework only scalars are summed: port 31000 of two agents is not one port. */
function addMilli(sums: Map<string, number>, resources: Resources, factor: 1 | -1): void {
  for (const resource of resources) {
    if (resource.type !== 'scalar') continue;
    const milli = (sums.get(resource.name) ?? 0) + factor * resource.milli;
    if (milli === 0) sums.delete(resource.name);
    else sums.set(resource.name, milli);
  }
}
