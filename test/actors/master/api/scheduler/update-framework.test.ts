/**
 * UPDATE_FRAMEWORK, which is answered when it is done.
 * Source: Mesos 1.11, src/tests/master/update_framework_tests.cpp; master.cpp, updateFramework.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import {
  FRAMEWORK_INFO,
  type SchedulerClient,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';

const MULTI_ROLE: V1<'FrameworkInfo'> = {
  ...FRAMEWORK_INFO,
  roles: ['dev', 'ops'],
  capabilities: [{ type: 'MULTI_ROLE' }],
  failover_timeout: 60,
};

describe('UPDATE_FRAMEWORK', () => {
  let cluster: HttpCluster;
  before(async () => {
    cluster = startHttpCluster({ seed: 31, agentCount: 2 });
    await cluster.world.runFor(2000);
  });
  after(() => cluster.close());

  async function update(
    client: SchedulerClient,
    info: Partial<V1<'FrameworkInfo'>>,
    suppressed_roles: readonly string[] = [],
  ): Promise<readonly [number, string]> {
    const framework_info = { ...MULTI_ROLE, id: { value: client.frameworkId }, ...info };
    const { status, text } = await client.call({
      type: 'UPDATE_FRAMEWORK',
      update_framework: { framework_info, suppressed_roles },
    });
    return [status, text];
  }

  const known = (client: SchedulerClient) =>
    cluster.insideMaster()?.state.frameworks.get(client.frameworkId as never)?.info;

  test('what may change changes, and the offers of a role that is given up are rescinded', async () => {
    const client = await subscribeClient(cluster, { info: MULTI_ROLE });
    await cluster.world.runUntil(() => cluster.insideMaster()?.state.offers.size === 2, 10_000);
    await cluster.world.runFor(10);
    const roles = new Map(
      client
        .all('OFFERS')
        .flatMap(({ offers }) => offers?.offers ?? [])
        .map(({ id, allocation_info }) => [id.value, allocation_info?.role]),
    );
    const changed = { roles: ['ops'], name: 'renamed', webui_url: 'http://here' };
    deepEqual(await update(client, changed), [200, '']);
    equal(known(client)?.name, 'renamed');
    equal(known(client)?.webuiUrl, 'http://here');
    await cluster.world.runFor(10);
    const given = [...roles].filter(([, role]) => role === 'dev').map(([id]) => id);
    deepEqual(
      client.all('RESCIND').map(({ rescind }) => rescind?.offer_id.value),
      given,
    );
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('offers of roles that are suppressed stay; what was refused comes again when they are not', async () => {
    const client = await subscribeClient(cluster, { info: { ...MULTI_ROLE, roles: ['dev'] } });
    const offer = await client.offer();
    deepEqual(await update(client, { roles: ['dev'] }, ['dev']), [200, '']);
    equal(client.all('RESCIND').length, 0);
    const filters = { refuse_seconds: 3600 };
    const offer_ids = client.all('OFFERS').flatMap(({ offers }) => offers?.offers ?? []);
    await client.accepted({
      type: 'DECLINE',
      decline: { offer_ids: offer_ids.map(({ id }) => id), filters },
    });
    const before = client.all('OFFERS').length;
    await cluster.world.runFor(3000);
    equal(client.all('OFFERS').length, before);
    deepEqual(await update(client, { roles: ['dev'] }), [200, '']);
    equal((await client.offer(before)).allocation_info?.role, offer.allocation_info?.role);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('what may not change is 400: user, checkpoint, principal, an id of another', async () => {
    const client = await subscribeClient(cluster, { info: MULTI_ROLE });
    deepEqual(await update(client, { user: 'other' }), [
      400,
      "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'somebody' to 'other'",
    ]);
    deepEqual(await update(client, { checkpoint: true }), [
      400,
      "FrameworkInfo update is not valid: Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from 'false' to 'true'",
    ]);
    deepEqual(await update(client, { principal: 'other' }), [
      400,
      "FrameworkInfo update is not valid: Changing framework's principal is not allowed.",
    ]);
    deepEqual(await update(client, { id: { value: 'other' } }), [
      400,
      "Failed to validate scheduler::Call: 'framework_id' differs from 'update_framework.framework_info.id'",
    ]);
    const [status, text] = await update(client, { roles: ['no good'] });
    equal(status, 400);
    match(text, /^Supplied FrameworkInfo is not valid: /);
    const invalid = 'Supplied FrameworkInfo is not valid: ';
    deepEqual(await update(client, {}, ['stranger']), [
      400,
      `${invalid}Suppressed role "stranger" is not one of the framework's roles`,
    ]);
    deepEqual(await update(client, { failover_timeout: -1 }), [
      400,
      `${invalid}The framework failover_timeout (-1) is invalid`,
    ]);
    deepEqual(known(client)?.roles, ['dev', 'ops']);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('who is not subscribed any more is 403', async () => {
    const client = await subscribeClient(cluster, { info: MULTI_ROLE });
    client.leave();
    await cluster.world.runFor(10);
    deepEqual(await update(client, {}), [403, 'Framework is not subscribed']);
  });

  test('its form follows its capabilities: offers say for which role they are as soon as it knows roles', async () => {
    const client = await subscribeClient(cluster, { info: { failover_timeout: 60 } });
    const [offer] = (await client.until('OFFERS')).offers?.offers ?? [];
    equal(offer?.allocation_info, undefined);
    equal(offer?.resources?.[0]?.allocation_info, undefined);
    equal(offer?.resources?.[0]?.role, '*');
    const before = client.all('OFFERS').length;
    const capabilities = [
      { type: 'MULTI_ROLE' as const },
      { type: 'RESERVATION_REFINEMENT' as const },
    ];
    deepEqual(await update(client, { roles: ['dev'], capabilities }), [200, '']);
    const newer = await client.offer(before);
    deepEqual(newer.allocation_info, { role: 'dev' });
    deepEqual(newer.resources?.[0]?.allocation_info, { role: 'dev' });
    equal(newer.resources?.[0]?.role, undefined);
    await client.accepted({ type: 'TEARDOWN' });
  });
});
