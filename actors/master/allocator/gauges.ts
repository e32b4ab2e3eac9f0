/**
 * What of the allocator can be read at any moment, under the names of Mesos: what the cluster has and
 * what of it is given away, the share of each role, and what is refused in it. Pure.
 * Source: Mesos 1.11, src/master/allocator/mesos/metrics.cpp; sorter/drf/metrics.cpp.
 */
import { scalarMilli } from '../../protocol/resources.ts';
import type { MasterMetrics } from '../metrics/master-metrics.ts';
import { type Branch, type Leaf, OWN, type ShareTree } from './share-tree.ts';
import { amountOf, shareOf } from './shares.ts';
import type { AllocatorState } from './state.ts';
import { longestWaitMs } from './waits.ts';

type Gauge = readonly [name: string, value: number];

const RESOURCES = ['cpus', 'mem', 'disk'] as const;

export function* allocatorGauges(
  state: AllocatorState,
  metrics: Pick<MasterMetrics, 'shownFrameworks'>,
  nowMs: number,
): Iterable<Gauge> {
  for (const name of RESOURCES) {
    const { totalMilli, givenMilli } = amountsOf(state, name);
    yield [`allocator/mesos/resources/${name}/total`, totalMilli / 1000];
    yield [`allocator/mesos/resources/${name}/offered_or_allocated`, givenMilli / 1000];
  }
  yield* sharesBelow(state.tree, state.tree.root, '');
  yield* refusals(state);
  // Who refuses something has a choice; who refuses nothing has only its turn to wait for.
  const refusesNothing = (leaf: Leaf) => !state.filters.agentsOf.has(leaf);
  yield ['allocator/longest_offer_wait_ms', longestWaitMs(state.waits, nowMs, refusesNothing)];
  for (const { frameworkId, prefix } of metrics.shownFrameworks()) {
    const { memberships = [] } = state.frameworks.get(frameworkId) ?? {};
    for (const [role, { subscribed, suppressed }] of memberships) {
      if (subscribed) yield [`${prefix}roles/${role}/suppressed`, suppressed ? 1 : 0];
    }
  }
}

function amountsOf({ tree, agents }: AllocatorState, name: string) {
  const kind = tree.kinds.get(name);
  if (kind !== undefined) {
    const { total, root } = tree;
    return { totalMilli: total[kind] ?? 0, givenMilli: amountOf(tree, root, kind) };
  }
  // One that does not count in shares is in no sum.
  let [totalMilli, givenMilli] = [0, 0];
  if (!tree.unshared.has(name)) return { totalMilli, givenMilli };
  for (const { total, allocated } of agents.values()) {
    totalMilli += scalarMilli(total, name);
    for (const resources of allocated.values()) givenMilli += scalarMilli(resources, name);
  }
  return { totalMilli, givenMilli };
}

/** Of roles; the leaves in them are frameworks. */
function* sharesBelow(tree: ShareTree, branch: Branch, path: string): Iterable<Gauge> {
  for (const [name, child] of branch.children) {
    if (child.kind === 'leaf' || name === OWN) continue;
    const role = path === '' ? name : `${path}/${name}`;
    yield [`allocator/mesos/roles/${role}/shares/dominant`, shareOf(tree, child)];
    yield* sharesBelow(tree, child, role);
  }
}

/** For each role that somebody is in: agents that its frameworks refuse. */
function* refusals({ frameworks, filters }: AllocatorState): Iterable<Gauge> {
  const active = new Map<string, number>();
  for (const { memberships } of frameworks.values()) {
    for (const [role, { leaf }] of memberships) {
      const count = filters.agentsOf.get(leaf)?.size ?? 0;
      active.set(role, (active.get(role) ?? 0) + count);
    }
  }
  for (const [role, count] of active) {
    yield [`allocator/mesos/offer_filters/roles/${role}/active`, count];
  }
}
