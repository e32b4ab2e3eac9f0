/**
 * What is wrong with a framework is an ERROR on its stream, and the end of it: SUBSCRIBE itself is
 * answered by 200 before anybody looks. Source: Mesos 1.11, src/master/master.cpp, subscribe.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import { openClient, subscribeClient } from '../../../../kit/scheduler-client.ts';

type Info = Partial<V1<'FrameworkInfo'>>;
type Subscribe = Partial<V1<'scheduler.Call.Subscribe'>>;

const MULTI_ROLE = { capabilities: [{ type: 'MULTI_ROLE' as const }] };

const REFUSED: readonly (readonly [what: string, info: Info, sentence: string, Subscribe?])[] = [
  [
    'a suppressed role that is none of its own',
    { ...MULTI_ROLE, roles: ['dev'] },
    'Suppressed role "ops" is not one of the framework\'s roles',
    { suppressed_roles: ['ops'] },
  ],
  [
    'several roles without the capability',
    { roles: ['dev'] },
    "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable",
  ],
  [
    'one role with it',
    { ...MULTI_ROLE, role: 'dev' },
    "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable",
  ],
  [
    'a role twice',
    { ...MULTI_ROLE, roles: ['dev', 'dev'] },
    "'FrameworkInfo.roles' contains duplicate items: { dev }",
  ],
  [
    'a negative failover timeout',
    { failover_timeout: -1 },
    'The framework failover_timeout (-1) is invalid',
  ],
  [
    'one that no clock can hold',
    { failover_timeout: 1e30 },
    'The framework failover_timeout (1e+30) is invalid',
  ],
  [
    'an id that can be no name',
    { id: { value: 'a/b' } },
    'Framework id "a/b" is invalid: an id must not contain control characters, "/" or "\\"',
  ],
  [
    'offer constraints that say nothing',
    { ...MULTI_ROLE, roles: ['dev'] },
    "Offer constraints are not valid: 'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role dev",
    { offer_constraints: { role_constraints: new Map([['dev', {}]]) } },
  ],
  [
    'offer constraints of a role that it has not',
    { ...MULTI_ROLE, roles: ['dev'] },
    "Offer constraints specify `role_constraints` for a role 'ops' not contained in the set of roles",
    { offer_constraints: { role_constraints: new Map([['ops', {}]]) } },
  ],
];

describe('a framework is refused on its stream', () => {
  let cluster: HttpCluster;
  before(async () => {
    cluster = startHttpCluster({ seed: 61, agentCount: 0 });
    await cluster.world.runFor(1000);
  });
  after(() => cluster.close());

  for (const [what, info, sentence, subscribe = {}] of REFUSED) {
    test(`for ${what}`, async () => {
      const client = await openClient(cluster, { info, subscribe });
      equal(client.answer.status, 200);
      const { error } = await client.until('ERROR');
      equal(error?.message, sentence);
      await cluster.world.runFor(10);
      deepEqual([client.types, client.ended], [['ERROR'], 'ended']);
      equal(cluster.insideMaster()?.state.frameworks.size, 0);
    });
  }

  test('capabilities that count for nothing here are no reason to refuse it', async () => {
    const capabilities = (['GPU_RESOURCES', 'REGION_AWARE', 'UNKNOWN'] as const).map((type) => ({
      type,
    }));
    const client = await subscribeClient(cluster, { info: { capabilities } });
    await client.accepted({ type: 'TEARDOWN' });
  });
});

test('a call right behind the SUBSCRIBE of a framework that is known finds it', async () => {
  const cluster = startHttpCluster({ seed: 62, agentCount: 0 });
  await cluster.world.runFor(1000);
  const first = await subscribeClient(cluster, { info: { failover_timeout: 60 } });
  const id = { value: first.frameworkId };
  const second = await openClient(cluster, { info: { id, failover_timeout: 60 } });
  deepEqual(second.events, []);
  const { status } = await second.post(
    { type: 'REVIVE', framework_id: id },
    { 'mesos-stream-id': second.streamId },
  );
  equal(status, 202);
  await cluster.close();
});
