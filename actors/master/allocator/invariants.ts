/** What must hold in the allocator between any two messages; for tests and simulations. */
import { isDeepStrictEqual } from 'node:util';
import { AssertionError } from '../../../runtime/assert.ts';
import { part } from '../../protocol/resource-selection.ts';
import {
  equalResources,
  minus,
  overlap,
  plus,
  type Resources,
  scalarMilli,
} from '../../protocol/resources.ts';
import { freeOn, isExclusive } from './agents.ts';
import { recounted } from './quota.ts';
import { isReached } from './quota-book.ts';
import type { Branch, Leaf, ShareTree, TreeNode } from './share-tree.ts';
import { amountOf, isActive, isFresh } from './shares.ts';
import { isSorted } from './siblings.ts';
import type { AgentRecord, AllocatorState } from './state.ts';

/** @throws AssertionError that names the agent, framework or role where it doesn't hold */
export function allocatorInvariants(state: AllocatorState): void {
  const agentCounts = new Map<Leaf, number>();
  const allocated = new Map<Leaf, Resources[]>();
  const totals: Resources[] = [];
  for (const agent of state.agents.values()) {
    allocatedAgentInvariants(agent);
    if (freeOn(agent).length > 0 && !state.loose.has(agent.agentId))
      failed(`what is free on ${agent.agentId} can be handed out`);
    totals.push(agent.total);
    for (const [leaf, resources] of agent.allocated) {
      agentCounts.set(leaf, (agentCounts.get(leaf) ?? 0) + 1);
      allocated.set(leaf, [...(allocated.get(leaf) ?? []), resources]);
    }
  }
  for (const [frameworkId, framework] of state.frameworks) {
    if (!(framework.added || framework.memberships.size > 0))
      failed(`${frameworkId} is known because it was added or has something`);
    for (const [role, { leaf, subscribed, suppressed, agentCount }] of framework.memberships) {
      if (!(agentCount === (agentCounts.get(leaf) ?? 0)))
        failed(`${frameworkId} is counted in ${role} for each agent where it has something`);
      if (!(agentCount > 0 || (framework.added && subscribed)))
        failed(`${frameworkId} is in ${role} because it wants to or has something`);
      agentCounts.delete(leaf);
      const wants = framework.added && framework.active && subscribed && !suppressed;
      if (!(isActive(state.tree, leaf) === wants))
        failed(`${frameworkId} is active in ${role} exactly when it wants offers`);
    }
  }
  if (!(agentCounts.size === 0)) failed('what is allocated belongs to a framework that is known');
  for (const [leaf, agentIds] of state.filters.agentsOf) {
    for (const agentId of agentIds) {
      if (!state.agents.has(agentId))
        failed(`a refusal of ${leaf.frameworkId} is on a known agent`);
      if (!state.filters.byAgent.get(agentId)?.byLeaf.has(leaf))
        failed(`a refusal of ${leaf.frameworkId} is found from both sides`);
    }
  }
  for (const [name, kind] of state.tree.kinds) {
    if (!((state.tree.total[kind] ?? 0) === sumOf(totals, name)))
      failed(`the total of ${name} is that of all agents`);
    for (const child of state.tree.root.children.values()) {
      amountIn(state.tree, child, kind, (leaf) => sumOf(allocated.get(leaf) ?? [], name));
    }
  }
  assertOrder(state.tree, state.tree.root);
  asideInvariants(state, state.tree.root);
  quotaInvariants(state);
}

/**
 * What holds of one agent: for who knows that only this one has changed.
 * @throws AssertionError
 */
export function allocatedAgentInvariants(agent: AgentRecord): void {
  const { agentId } = agent;
  let sum: Resources = [];
  for (const allocated of agent.allocated.values()) {
    const resources = part(allocated, isExclusive);
    if (!(allocated.length > 0)) failed(`nothing is not an allocation on ${agentId}`);
    if (!(agent.overcommitted || !overlap(sum, resources)))
      failed(`nothing of ${agentId} is allocated twice`);
    sum = plus(sum, resources);
  }
  const whole = equalResources(
    plus(part(freeOn(agent), isExclusive), sum),
    part(agent.total, isExclusive),
  );
  if (!(agent.overcommitted || whole))
    failed(`what is free and what is allocated on ${agentId} is its total`);
  if (!(agent.overcommitted || equalResources(freeOn(agent), minus(agent.total, sum))))
    failed(`what is free on ${agentId} is what is not allocated`);
}

function sumOf(all: readonly Resources[], name: string): number {
  return all.reduce((sum, resources) => sum + scalarMilli(resources, name), 0);
}

/** What a node has of a kind: a leaf what is booked for it, a branch what is below it. */
function amountIn(
  tree: ShareTree,
  node: TreeNode,
  kind: number,
  booked: (leaf: Leaf) => number,
): number {
  let amount = 0;
  if (node.kind === 'leaf') amount = booked(node);
  else for (const child of node.children.values()) amount += amountIn(tree, child, kind, booked);
  if (!(amountOf(tree, node, kind) === amount)) failed(`${node.name} is charged for what it has`);
  return amount;
}

/** What is kept up to date is what comes out when all is counted anew. */
function quotaInvariants({ quota, agents }: AllocatorState): void {
  const anew = recounted(quota, agents.values());
  if (!isDeepStrictEqual([quota.free, quota.required], [anew.free, anew.required]))
    failed('what is free for quotas, and what they need, is counted');
  for (const [role, { consumed, need }] of quota.roles) {
    const other = anew.roles.get(role);
    if (!isDeepStrictEqual([consumed, need], [other?.consumed, other?.need]))
      failed(`what ${role} has consumed of its quota is counted`);
  }
  if (!isDeepStrictEqual([...quota.needy].sort(), [...anew.needy].sort()))
    failed('the roles that need something are known');
}

/** Who is passed over has a limit that is reached, or is looked at before the next round. */
function asideInvariants({ quota }: Pick<AllocatorState, 'quota'>, branch: Branch): void {
  const { role, isAside, children } = branch;
  const node = quota.roles.get(role);
  const isAtLimit = node?.limits.some((_, kind) => isReached(node, kind)) === true;
  if (!(!isAside || isAtLimit || quota.turned.has(role)))
    failed(`${role} is passed over only where a limit is reached`);
  for (const child of children.values())
    if (child.kind === 'branch') asideInvariants({ quota }, child);
}

function assertOrder(tree: ShareTree, branch: Branch): void {
  const { name, order, aside, children } = branch;
  const active = [...children.values()].filter((child) => isActive(tree, child));
  if (!(active.length === order.length + aside.length))
    failed(`${name} orders those below it that are active`);
  for (const child of active) {
    const isAside = child.kind === 'branch' && child.isAside;
    if (!(isAside ? aside : order).includes(child.at)) failed(`who is aside in ${name} is known`);
  }
  if (isFresh(tree, branch) && ![order, aside].every((list) => isSorted(tree.numbers, list)))
    failed(`those below ${name} are in order`);
  for (const child of children.values()) if (child.kind === 'branch') assertOrder(tree, child);
}

/** A function of its own, so that no sentence is put together for what holds. */
function failed(claim: string): never {
  throw new AssertionError(claim);
}
