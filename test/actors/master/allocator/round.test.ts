/** A round decides as a short and slow rendering of the rules does, whatever happened before. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALLOCATOR_DEFAULTS, allocator } from '../../../../actors/master/allocator/allocator.ts';
import { allocatorInvariants } from '../../../../actors/master/allocator/invariants.ts';
import type {
  Allocation,
  FromAllocatorToMaster,
  FromMasterToAllocator,
} from '../../../../actors/master/allocator/messages.ts';
import type { FrameworkCapability, RoleMinima } from '../../../../actors/protocol/framework.ts';
import type { AgentId, FrameworkId } from '../../../../actors/protocol/ids.ts';
import type { OfferConstraints } from '../../../../actors/protocol/offer-constraints.ts';
import type { QuotaConfig } from '../../../../actors/protocol/quota.ts';
import { pushReservation } from '../../../../actors/protocol/resource-selection.ts';
import {
  parseAttributes,
  parseResources,
  plus,
  type Resource,
} from '../../../../actors/protocol/resources.ts';
import { address, probe } from '../../../kit/probe.ts';
import { oracle } from './oracle.ts';

const FRAMEWORKS = ['F1', 'F2', 'F3', 'F4'] as FrameworkId[];
const AGENTS = ['S1', 'S2', 'S3', 'S4', 'S5'] as AgentId[];
const ROLES = ['a', 'a/x', 'a/y', 'b'];
const MOUNT: Resource = {
  ...{ name: 'disk', type: 'scalar', milli: 2000 },
  disk: { source: { type: 'mount', root: '/mnt' } },
};
const AMOUNTS = [
  ...[
    ...['cpus:4;mem:64', 'cpus:1;mem:512;ports:[1-9]', 'mem:31;disk:9', 'cpus:0.5;gpus:1'],
    ...['cpus(a):2;mem(a/x):64;cpus:1', 'cpus(b):1;mem(b):16', 'mem(a):40;mem:31'],
  ].map(parseResources),
  plus(parseResources('cpus:2;disk:1'), [MOUNT]),
];
/** One part of it was reserved for `a`, and then for `a/x`. */
const REFINED = pushReservation(parseResources('cpus(a):2'), { type: 'dynamic', role: 'a/x' });

test('property: the same is allocated as by the naive rules, and nothing is missed', () => {
  fc.assert(
    fc.property(fc.array(event(), { minLength: 5, maxLength: 80, size: 'max' }), (events) => {
      const master = address<FromAllocatorToMaster>('master');
      const own = { roundGapMs: 0, region: 'near', offerWaitMsMax: 4000 };
      const options = { ...ALLOCATOR_DEFAULTS, master, ...own };
      const actor = probe(allocator, options);
      const naive = oracle(options);
      const history: Allocation[] = [];
      let roundCount = 0;
      const compare = () => {
        const rounds = actor.sentTo(master).slice(roundCount);
        roundCount += rounds.length;
        for (const { message, atMs } of rounds) {
          // The order of the agents is chance; who gets them in this order is not.
          let pass = 0;
          for (const allocation of message.type === 'allocated' ? message.allocations : []) {
            const due = naive.allocate(allocation.agentId, atMs, allocation);
            deepEqual(due?.allocation, allocation);
            // Who is overdue chooses first, then who lacks what it is guaranteed, then all.
            ok(due !== undefined && due.pass >= pass);
            pass = due.pass;
            history.push(allocation);
          }
        }
        allocatorInvariants(actor.state);
      };
      for (const [index, make] of events.entries()) {
        const next = make(history.at(-1 - (index % 5)));
        if (typeof next === 'number') {
          actor.advance(next);
        } else {
          naive.tell(next, actor.nowMs());
          actor.receive(next);
          actor.advance(0);
        }
        compare();
      }
      // At the end of an interval all refusals that have ended are seen to have.
      actor.advance(2000 - (actor.nowMs() % 1000));
      compare();
      for (const agentId of AGENTS) equal(naive.allocate(agentId, actor.nowMs()), undefined);
    }),
    { numRuns: 300 },
  );
});

type Event = (allocation: Allocation | undefined) => FromMasterToAllocator | number;

/** A message, or a number of milliseconds that pass; some speak of an allocation made before. */
function event(): fc.Arbitrary<Event> {
  const frameworkId = fc.constantFrom(...FRAMEWORKS);
  const agentId = fc.constantFrom(...AGENTS);
  const roles = fc.subarray(ROLES);
  const resources = fc.constantFrom(...AMOUNTS, plus(REFINED, parseResources('mem:64')));
  const attributes = fc.constantFrom('rack:r1', 'rack:r2').map(parseAttributes);
  const active = fc.boolean();
  const capabilities = fc.subarray<FrameworkCapability>([
    ...(['reservationRefinement', 'regionAware', 'gpuResources'] as const),
  ]);
  const request = fc.record(
    { resources: fc.constantFrom(...['cpus:2', 'cpus:1;mem:64'].map(parseResources)), agentId },
    { requiredKeys: ['resources'] },
  );
  const demand = { capabilities, offerConstraints: constraints(), minAllocatable: minima() };
  const message = fc.oneof(
    {
      weight: 3,
      arbitrary: tagged('addFramework', {
        ...{ frameworkId, roles, suppressedRoles: roles, ...demand, active },
      }),
    },
    {
      weight: 3,
      arbitrary: tagged('addFramework', {
        frameworkId,
        roles,
        suppressedRoles: fc.constant([]),
        ...demand,
        active: fc.constant(true),
      }),
    },
    {
      weight: 1,
      arbitrary: tagged('updateFramework', {
        ...{ frameworkId, roles, suppressedRoles: roles, ...demand },
      }),
    },
    { weight: 1, arbitrary: tagged('activateFramework', { frameworkId }) },
    { weight: 1, arbitrary: tagged('deactivateFramework', { frameworkId }) },
    { weight: 1, arbitrary: tagged('removeFramework', { frameworkId }) },
    {
      weight: 4,
      arbitrary: tagged('addAgent', {
        agentId,
        epoch: fc.nat(9),
        total: resources,
        attributes,
        hostname: fc.constant('h'),
        domain: fc.constantFrom(NEAR, NEAR, FAR),
        used: fc.array(fc.record({ frameworkId, role: fc.constantFrom(...ROLES), resources }), {
          maxLength: 2,
        }),
        active,
      }),
    },
    { weight: 1, arbitrary: tagged('updateAgent', { agentId, total: resources, attributes }) },
    { weight: 2, arbitrary: tagged('activateAgent', { agentId }) },
    { weight: 1, arbitrary: tagged('deactivateAgent', { agentId }) },
    { weight: 1, arbitrary: tagged('removeAgent', { agentId }) },
    { weight: 2, arbitrary: tagged('suppress', { frameworkId, roles }) },
    { weight: 2, arbitrary: tagged('revive', { frameworkId, roles }) },
    {
      weight: 1,
      arbitrary: tagged('request', { frameworkId, requests: fc.array(request, { maxLength: 2 }) }),
    },
    { weight: 2, arbitrary: tagged('updateQuota', { configs: quotas() }) },
    {
      weight: 1,
      arbitrary: tagged('updateWeights', {
        weights: fc.array(
          fc.record({ role: fc.constantFrom(...ROLES), weight: fc.constantFrom(0.5, 1, 2, 3) }),
        ),
      }),
    },
  );
  const refuseMs = fc.constantFrom(undefined, 0, 500, 1500, 5000, 1e9);
  const part = fc.constantFrom('cpus:0.5', 'mem:32', 'cpus:1;mem:1').map(parseResources);
  const recovery = fc.record({ resources: part, refuseMs, whole: active }).map(
    ({ resources, refuseMs, whole }): Event =>
      (allocation) => {
        if (allocation === undefined) return 100;
        const { frameworkId, role, agentId, resources: all } = allocation;
        return {
          type: 'recoverResources',
          frameworkId,
          role,
          agentId,
          resources: whole ? all : resources,
          ...(refuseMs === undefined ? {} : { filters: { refuseMs } }),
        };
      },
  );
  return fc.oneof(
    {
      weight: 3,
      arbitrary: message.map(
        (made): Event =>
          () =>
            made,
      ),
    },
    { weight: 3, arbitrary: recovery },
    {
      weight: 1,
      arbitrary: fc.nat(3000).map(
        (durationMs): Event =>
          () =>
            durationMs,
      ),
    },
  );
}

const NEAR = { region: 'near', zone: 'z' };
const FAR = { region: 'far', zone: 'z' };

/** Of some roles: only agents in a rack. */
function constraints(): fc.Arbitrary<OfferConstraints> {
  const [role, value] = [fc.constantFrom('a', 'b'), fc.constantFrom('r1', 'r2')];
  const one = fc.record({ role, value }).map((made) => ({
    role: made.role,
    groups: [
      [
        {
          selector: { type: 'attribute', name: 'rack' },
          predicate: { type: 'textEquals', value: made.value },
        } as const,
      ],
    ],
  }));
  return fc.oneof(fc.constant([]), fc.array(one, { maxLength: 1 }));
}

/** Of some roles: that less, or more, is enough for an offer. */
function minima(): fc.Arbitrary<readonly RoleMinima[]> {
  const one = fc.record({
    role: fc.constantFrom('a', 'a/x', 'b'),
    minAllocatable: fc.subarray([parseResources('cpus:2'), parseResources('mem:1')]),
  });
  return fc.oneof(fc.constant([]), fc.array(one, { maxLength: 1 }));
}

/** Of some roles, also those below one another, of resources with and without. */
function quotas(): fc.Arbitrary<readonly QuotaConfig[]> {
  const amounts = (milli: readonly number[]) =>
    fc
      .dictionary(fc.constantFrom('cpus', 'mem', 'disk'), fc.constantFrom(...milli))
      .map((made) => ({ ...made }));
  const config = fc.record({
    role: fc.constantFrom(...ROLES),
    guaranteesMilli: amounts([500, 3000, 70_000]),
    limitsMilli: amounts([0, 1000, 4500, 500_000]),
  });
  return fc.uniqueArray(config, { selector: ({ role }) => role, maxLength: 4 });
}

type Told<Type> = Extract<FromMasterToAllocator, { readonly type: Type }>;

function tagged<Type extends FromMasterToAllocator['type']>(
  type: Type,
  fields: { [Key in keyof Omit<Told<Type>, 'type'>]: fc.Arbitrary<Told<Type>[Key]> },
): fc.Arbitrary<FromMasterToAllocator> {
  return fc.record<object>(fields).map((made) => ({ ...made, type }) as FromMasterToAllocator);
}
