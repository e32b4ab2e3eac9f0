/**
 * What holds of one round of any small cluster: it is as the naive rules say, and it has the properties
 * of dominant resource fairness (Ghodsi et al., NSDI 2011, section 3) within the grain of whole agents.
 */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addAgent } from '../../../../actors/master/allocator/agents.ts';
import { ALLOCATOR_DEFAULTS } from '../../../../actors/master/allocator/allocator.ts';
import { addFramework } from '../../../../actors/master/allocator/frameworks.ts';
import { allocatorInvariants } from '../../../../actors/master/allocator/invariants.ts';
import { updateQuota } from '../../../../actors/master/allocator/quota.ts';
import { allocateRound } from '../../../../actors/master/allocator/round.ts';
import { emptyAllocatorState } from '../../../../actors/master/allocator/state.ts';
import { isWithin } from '../../../../actors/protocol/roles.ts';
import { oracle } from './oracle.ts';
import { agent, framework } from './stage.ts';

interface Cluster {
  readonly agents: readonly string[];
  readonly roles: readonly string[];
  /** Guarantee and limit are of cpus. */
  readonly quotas: readonly {
    role: string;
    guarantee: number;
    limit: number;
    memLimit: number | undefined;
  }[];
  readonly seed: number;
}

const CLUSTERS: fc.Arbitrary<Cluster> = fc.record({
  agents: fc.array(fc.constantFrom('cpus:2;mem:64', 'cpus:4', 'cpus:1;cpus(a):2', 'mem:99'), {
    ...{ minLength: 1, maxLength: 4 },
  }),
  roles: fc.array(fc.constantFrom('a', 'a/x', 'b', 'c'), { minLength: 1, maxLength: 4 }),
  quotas: fc.uniqueArray(
    fc.record({
      role: fc.constantFrom('a', 'a/x', 'b'),
      guarantee: fc.constantFrom(0, 0, 1, 3),
      limit: fc.constantFrom(3, 5, 100),
      memLimit: fc.constantFrom(undefined, 0, 64, 99),
    }),
    { maxLength: 2, selector: ({ role }) => role },
  ),
  seed: fc.nat(1_000_000),
});

test('property: 9700 small clusters are handed out as by the naive rules, and within all limits', () => {
  fc.assert(
    fc.property(CLUSTERS, (cluster) => {
      const { naive, state, allocations, configs } = played(cluster);
      for (const allocation of allocations) {
        deepEqual(naive.allocate(allocation.agentId, 0, allocation)?.allocation, allocation);
      }
      const had = (role: string) => {
        const within = allocations.filter((each) => isWithin(each.role, role));
        return cpusOf(within.flatMap(({ resources }) => resources));
      };
      for (const { role, limitsMilli } of configs) ok(had(role) <= (limitsMilli['cpus'] ?? 0));
      // Guarantees of roles that are there are met, or nothing is left that could meet them.
      const { quota } = state;
      for (const { role, guaranteesMilli, limitsMilli } of configs) {
        const missing = (guaranteesMilli['cpus'] ?? 0) - (quota.roles.get(role)?.consumed[0] ?? 0);
        const isFeasible = (limitsMilli['cpus'] ?? 0) >= (guaranteesMilli['cpus'] ?? 0);
        const isPromised = role === 'a' && configs.some((each) => each.role === 'a/x');
        if (!cluster.roles.includes(role) || !isFeasible || isPromised || role === 'a/x') continue;
        const free = quota.free[0] ?? 0;
        ok(missing <= 0 || free === 0, `${role} lacks ${missing} and ${free} is free`);
      }
    }),
    { numRuns: 9700 },
  );
});

const EQUALS = fc.record({
  agentCount: fc.integer({ min: 1, max: 24 }),
  count: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(1_000_000),
});

test('property: sharing incentive and envy-freeness: nobody has more than one agent less than another', () => {
  fc.assert(
    fc.property(EQUALS, ({ agentCount, count, seed }) => {
      const roles = Array.from({ length: count }, (_, index) => `r${index}`);
      const agents = Array.from({ length: agentCount }, () => 'cpus:2;mem:64');
      const { allocations } = played({ agents, roles, quotas: [], seed });
      const shares = roles.map((role) => allocations.filter((each) => each.role === role).length);
      ok(Math.min(...shares) >= Math.floor(agentCount / count), 'as much as by splitting evenly');
      ok(
        Math.max(...shares) - Math.min(...shares) <= 1,
        'nobody would rather have what another has',
      );
      deepEqual(
        shares.reduce((sum, share) => sum + share, 0),
        agentCount,
      );
    }),
    { numRuns: 200 },
  );
});

test('strategy-proofness: who subscribes in its role under a second name below it gets no more', () => {
  const agents = Array.from({ length: 12 }, () => 'cpus:2;mem:64');
  const honest = played({ agents, roles: ['a', 'b'], quotas: [], seed: 1 }).allocations;
  const split = played({ agents, roles: ['a', 'a/x', 'b'], quotas: [], seed: 1 }).allocations;
  const ofA = (all: typeof honest) => all.filter(({ role }) => isWithin(role, 'a')).length;
  deepEqual([ofA(honest), ofA(split)], [6, 6]);
});

/** All told, and one round. */
function played({ agents, roles, quotas, seed }: Cluster) {
  const state = emptyAllocatorState();
  const naive = oracle({ ...ALLOCATOR_DEFAULTS, region: 'near' });
  const configs = quotas.map(({ role, guarantee, limit, memLimit }) => ({
    role,
    guaranteesMilli: { cpus: guarantee * 1000 },
    limitsMilli: {
      cpus: limit * 1000,
      ...(memLimit !== undefined && { mem: memLimit * 1000 }),
    },
  }));
  const quota = { type: 'updateQuota', configs } as const;
  updateQuota(state, quota);
  naive.tell(quota, 0);
  for (const [index, role] of roles.entries()) {
    const told = framework(`F${index}`, role);
    addFramework(state, told);
    naive.tell(told, 0);
  }
  for (const [index, total] of agents.entries()) {
    const told = agent(`S${index}`, total);
    addAgent(state, told);
    naive.tell(told, 0);
  }
  const allocations = allocateRound(state, ALLOCATOR_DEFAULTS, 0, chance(seed));
  if (seed % 16 === 0) allocatorInvariants(state);
  return { naive, state, allocations, configs };
}

function cpusOf(resources: readonly { name: string; milli?: number; reservations?: unknown }[]) {
  const counted = resources.filter(({ name, reservations }) => name === 'cpus' && !reservations);
  return counted.reduce((sum, { milli = 0 }) => sum + milli, 0);
}

/** Lehmer's generator: fast, and good enough to shuffle. */
function chance(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
