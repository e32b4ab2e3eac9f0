/** What must hold in the allocator between any two messages; for tests and simulations. */
import { assert } from '../../../runtime/assert.ts';
import {
  equalResources,
  minus,
  overlap,
  plus,
  type Resources,
  scalarMilli,
} from '../../protocol/resources.ts';
import { freeOn } from './agents.ts';
import { type Branch, type Leaf, precedes } from './shares.ts';
import type { AllocatorState } from './state.ts';

/** @throws AssertionError that names the agent, framework or role where it doesn't hold */
export function allocatorInvariants(state: AllocatorState): void {
  const agentCounts = new Map<Leaf, number>();
  const allocated = new Map<Leaf, Resources>();
  let total: Resources = [];
  for (const [agentId, agent] of state.agents) {
    total = plus(total, agent.total);
    let sum: Resources = [];
    for (const [leaf, resources] of agent.allocated) {
      assert(resources.length > 0, `nothing is not an allocation on ${agentId}`);
      assert(
        agent.overcommitted || !overlap(sum, resources),
        `nothing of ${agentId} is allocated twice`,
      );
      sum = plus(sum, resources);
      agentCounts.set(leaf, (agentCounts.get(leaf) ?? 0) + 1);
      allocated.set(leaf, plus(allocated.get(leaf) ?? [], resources));
    }
    assert(
      agent.overcommitted || equalResources(plus(freeOn(agent), sum), agent.total),
      `what is free and what is allocated on ${agentId} is its total`,
    );
    assert(
      equalResources(freeOn(agent), minus(agent.total, sum)),
      `what is free on ${agentId} is what is not allocated`,
    );
  }
  for (const [frameworkId, framework] of state.frameworks) {
    assert(
      framework.added || framework.memberships.size > 0,
      `${frameworkId} is known because it was added or has something`,
    );
    for (const [role, { leaf, subscribed, suppressed, agentCount }] of framework.memberships) {
      assert(
        agentCount === (agentCounts.get(leaf) ?? 0),
        `${frameworkId} is counted in ${role} for each agent where it has something`,
      );
      assert(
        agentCount > 0 || (framework.added && subscribed),
        `${frameworkId} is in ${role} because it wants to or has something`,
      );
      agentCounts.delete(leaf);
      const wants = framework.added && framework.active && subscribed && !suppressed;
      assert(
        leaf.activeLeafCount === (wants ? 1 : 0),
        `${frameworkId} is active in ${role} exactly when it wants offers`,
      );
    }
  }
  assert(agentCounts.size === 0, 'what is allocated belongs to a framework that is known');
  for (const [leaf, agentIds] of state.filters.agentsOf) {
    for (const agentId of agentIds) {
      assert(state.agents.has(agentId), `a refusal of ${leaf.frameworkId} is on a known agent`);
      assert(
        state.filters.byAgent.get(agentId)?.byLeaf.has(leaf),
        `a refusal of ${leaf.frameworkId} is found from both sides`,
      );
    }
  }
  for (const [name, kind] of state.tree.kinds) {
    assert(
      (state.tree.total[kind] ?? 0) === scalarMilli(total, name),
      `the total of ${name} is that of all agents`,
    );
    for (const child of state.tree.root.children.values()) {
      amountIn(child, kind, (leaf) => scalarMilli(allocated.get(leaf) ?? [], name));
    }
  }
  if (!state.tree.stale) assertOrder(state.tree.root);
}

/** What a node has of a kind: a leaf what is booked for it, a branch what is below it. */
function amountIn(node: Branch | Leaf, kind: number, booked: (leaf: Leaf) => number): number {
  let amount = 0;
  if (node.kind === 'leaf') amount = booked(node);
  else for (const child of node.children.values()) amount += amountIn(child, kind, booked);
  assert((node.allocated[kind] ?? 0) === amount, `${node.name} is charged for what it has`);
  return amount;
}

function assertOrder({ name, order, children }: Branch): void {
  const active = [...children.values()].filter(({ activeLeafCount }) => activeLeafCount > 0);
  assert(active.length === order.length, `${name} orders those below it that are active`);
  for (let place = 1; place < order.length; place++) {
    const [one, other] = [order[place - 1], order[place]];
    assert(
      one !== undefined && other !== undefined && precedes(one, other),
      `those below ${name} are in order`,
    );
  }
  for (const child of children.values()) if (child.kind === 'branch') assertOrder(child);
}
