/**
 * UPDATE_FRAMEWORK, which is answered when it is done.
 * Source: Mesos 1.11, src/tests/master/update_framework_tests.cpp; master.cpp, updateFramework.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AgentState } from '../../../../../actors/agent/state.ts';
import { AGENT_NAME } from '../../../../../actors/protocol/messages.ts';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import { lookInside } from '../../../../kit/look-inside.ts';
import {
  commandTask,
  FRAMEWORK_INFO,
  openClient,
  type SchedulerClient,
  type SchedulerEvent,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';
import type { VirtualNode } from '../../../../kit/virtual-world.ts';

const MULTI_ROLE: V1<'FrameworkInfo'> = {
  ...FRAMEWORK_INFO,
  roles: ['dev', 'ops'],
  capabilities: [{ type: 'MULTI_ROLE' }],
  failover_timeout: 60,
};

const offersIn = ({ offers }: SchedulerEvent) => offers?.offers ?? [];

/** What the agent of a node knows of a framework. */
function infoOn({ system }: VirtualNode, client: SchedulerClient) {
  const inside = lookInside<AgentState>(system, { name: AGENT_NAME });
  return inside?.state.frameworks.get(client.frameworkId as never)?.info;
}

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

  test('agents that have something of it hear at once, and still know it in their next life', async () => {
    const client = await subscribeClient(cluster, { info: { ...MULTI_ROLE, checkpoint: true } });
    const offer = await client.offer();
    await client.launch(offer, [commandTask('t', offer, 'sleep 600; exit 0')]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    await client.untilState('TASK_RUNNING');
    const home = cluster.agents.find(({ node }) => infoOn(node, client) !== undefined);
    ok(home !== undefined);
    deepEqual(
      await update(client, { checkpoint: true, name: 'renamed', webui_url: 'http://here' }),
      [200, ''],
    );
    await cluster.world.runFor(10);
    const told = () => [infoOn(home.node, client)?.name, infoOn(home.node, client)?.webuiUrl];
    deepEqual(told(), ['renamed', 'http://here']);
    home.node.crash();
    home.node.restart();
    await cluster.world.runUntil(() => told()[0] === 'renamed', 10_000);
    // What it says while its agent is away the agent hears when it is back.
    home.node.crash();
    await cluster.world.runFor(100);
    deepEqual(await update(client, { checkpoint: true, name: 'again' }), [200, '']);
    home.node.restart();
    await cluster.world.runUntil(() => told()[0] === 'again', 60_000);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('without roles it subscribes and is offered nothing, until it names some', async () => {
    const client = await subscribeClient(cluster, { info: { ...MULTI_ROLE, roles: [] } });
    await cluster.world.runFor(5000);
    deepEqual([client.all('OFFERS').length, client.all('ERROR').length], [0, 0]);
    deepEqual(await update(client, { roles: ['ops'] }), [200, '']);
    deepEqual((await client.offer()).allocation_info, { role: 'ops' });
    deepEqual(await update(client, { roles: [] }), [200, '']);
    await cluster.world.runFor(5000);
    equal(client.all('RESCIND').length, client.all('OFFERS').flatMap(offersIn).length);
    await client.accepted({ type: 'TEARDOWN' });
  });

  test('constraints of offers that say nothing are refused, here by 400, in SUBSCRIBE by an ERROR', async () => {
    const offer_constraints: V1<'scheduler.OfferConstraints'> = {
      role_constraints: new Map([['dev', {}]]),
    };
    const client = await subscribeClient(cluster, { info: MULTI_ROLE });
    const { status, text } = await client.call({
      type: 'UPDATE_FRAMEWORK',
      update_framework: {
        framework_info: { ...MULTI_ROLE, id: { value: client.frameworkId }, name: 'other' },
        offer_constraints,
      },
    });
    equal(status, 400);
    match(text, /^'UpdateFramework' call is not valid: Offer constraints are not valid: 'OfferC/);
    equal(known(client)?.name, 'tests');
    await client.accepted({ type: 'TEARDOWN' });
    const other = await openClient(cluster, { info: MULTI_ROLE, subscribe: { offer_constraints } });
    const { error } = await other.until('ERROR');
    match(error?.message ?? '', /^Offer constraints are not valid: 'OfferC/);
  });

  test('a scheduler that is back changes neither user nor checkpoint, and is told as it is', async () => {
    const client = await subscribeClient(cluster, { info: MULTI_ROLE });
    const id = { value: client.frameworkId };
    const info = { ...MULTI_ROLE, id, checkpoint: true, user: 'other', name: 'back' };
    const back = await subscribeClient(cluster, { info });
    deepEqual(
      [known(client)?.checkpoint, known(client)?.user, known(client)?.name],
      [false, 'somebody', 'back'],
    );
    const { text } = await cluster.world.settle(cluster.ask()('GET', '/frameworks'));
    const [shown] = JSON.parse(text).frameworks;
    deepEqual([shown.checkpoint, shown.user, shown.name], [false, 'somebody', 'back']);
    await back.accepted({ type: 'TEARDOWN' });
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
