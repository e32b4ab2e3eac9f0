/**
 * Volumes that operators make, by the names that Mesos' own tests have: by the calls of v1 and by the
 * endpoints before it. What is only about who may (authentication, authorization) is not here.
 * Mesos: "Operations" (src/master/http.cpp, createVolumes, destroyVolumes, growVolume, shrinkVolume;
 * src/tests/persistent_volume_endpoints_tests.cpp, api_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResourceOperation } from '../../actors/protocol/resource-operations.ts';
import { parseResources, plus } from '../../actors/protocol/resources.ts';
import {
  agentShown,
  answer,
  operation,
  order,
  ordered,
  post,
  reserved,
  reservedIn,
  subscribeFor,
  text,
  volume,
} from './resources.ts';
import { mesosCluster } from './stage.ts';

const SMALL = { agentResources: () => parseResources('cpus:1;mem:512;disk:1024') };
const STATIC = { agentResources: () => parseResources('cpus:1;mem:512;disk(role):1024') };
const space = (mb: number) => reserved(`disk:${mb}`);

describe('PersistentVolumeEndpointsTest, MasterAPITest', () => {
  for (const encoding of [undefined, 'json', 'protobuf'] as const) {
    const way = encoding === undefined ? 'by endpoints' : `by calls in ${encoding}`;
    const ordering = encoding === undefined ? {} : { encoding };
    test(`StaticReservation, DynamicReservation, CreateAndDestroyVolumes: it is made of what is reserved either way, and rescinded when it is on offer (${way})`, async (t) => {
      for (const [options, of] of [
        [STATIC, parseResources('disk(role):1024')],
        [SMALL, space(1024)],
      ] as const) {
        const cluster = await mesosCluster(t, options);
        const { id } = await agentShown(cluster);
        if (options === SMALL)
          await ordered(cluster, id, { type: 'reserve', resources: of }, ordering);
        const one = volume(of);
        await ordered(cluster, id, { type: 'createVolumes', volumes: [one] }, ordering);
        const client = await subscribeFor(cluster);
        const offer = await client.offer();
        equal(reservedIn(offer), text(one));
        equal(cluster.agents[0]?.volumes.data.size, 1);
        await ordered(cluster, id, { type: 'destroyVolumes', volumes: [one] }, ordering);
        deepEqual(client.all('RESCIND')[0]?.rescind?.offer_id, offer.id);
        equal(reservedIn(await client.offer(1)), text(...of));
        equal(cluster.agents[0]?.volumes.data.size, 0);
      }
    });
  }

  for (const encoding of ['json', 'protobuf'] as const) {
    test(`GrowAndShrinkVolume: only by calls, and what is in it stays (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t, SMALL);
      const { id } = await agentShown(cluster);
      const [small, large] = [volume(space(512)), volume(space(1024))];
      const [addition] = space(512);
      ok(addition?.type === 'scalar');
      await ordered(cluster, id, { type: 'reserve', resources: space(1024) });
      await ordered(cluster, id, { type: 'createVolumes', volumes: [small] });
      cluster.agents[0]?.volumes.write(small, 'abc');
      const grow = { type: 'growVolume', volume: small, addition } as const;
      await ordered(cluster, id, grow, { encoding });
      equal((await agentShown(cluster)).reserved, text(large));
      const shrink = { type: 'shrinkVolume', volume: large, subtractMilli: 512_000 } as const;
      await ordered(cluster, id, shrink, { encoding });
      equal((await agentShown(cluster)).reserved, text(...plus([addition], [small])));
      deepEqual([...(cluster.agents[0]?.volumes.data.values() ?? [])], [['abc']]);
      const conflict = await order(cluster, id, { ...grow, volume: large }, { encoding });
      deepEqual([conflict.status, /does not contain/.test(conflict.text)], [409, true]);
    });
  }

  test('UnreserveVolumeResources, VolumeExceedsReservedSize, DynamicReservationRoleMismatch: 409 or 400, and nothing changes', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    await ordered(cluster, id, { type: 'reserve', resources: space(512) });
    await ordered(cluster, id, { type: 'createVolumes', volumes: [volume(space(512))] });
    const before = (await agentShown(cluster)).reserved;
    const other = reserved('disk:1', 'other');
    const refused: readonly (readonly [ResourceOperation, number])[] = [
      [{ type: 'unreserve', resources: space(512) }, 409],
      [{ type: 'createVolumes', volumes: [volume(space(1024), { id: 'two' })] }, 409],
      [{ type: 'createVolumes', volumes: [volume(other, { id: 'two' })] }, 409],
      [{ type: 'unreserve', resources: [volume(space(512))] }, 400],
      [{ type: 'createVolumes', volumes: [volume(space(512))] }, 400],
    ];
    for (const [change, expected] of refused) {
      for (const ordering of [{}, { encoding: 'json' }] as const) {
        const { status, text: said } = await order(cluster, id, change, ordering);
        equal(status, expected, said);
      }
    }
    equal((await agentShown(cluster)).reserved, before);
  });

  test('InvalidVolume, DeleteNonExistentVolume, NoSlaveId, NoVolumes: 400, with what is wrong', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    await ordered(cluster, id, { type: 'reserve', resources: space(64) });
    const [plain] = parseResources('disk:64');
    ok(plain !== undefined);
    const refused: readonly (readonly [ResourceOperation, RegExp])[] = [
      [{ type: 'createVolumes', volumes: [volume([plain])] }, /is not reserved/],
      [{ type: 'createVolumes', volumes: space(64) }, /does not have DiskInfo/],
      [{ type: 'destroyVolumes', volumes: space(64) }, /does not have DiskInfo/],
      [{ type: 'destroyVolumes', volumes: [volume(space(64))] }, /Persistent volumes not found/],
    ];
    for (const [change, sentence] of refused) {
      const { status, text: said } = await order(cluster, id, change);
      equal(status, 400, said);
      match(said, sentence);
    }
    for (const path of ['/create-volumes', '/destroy-volumes']) {
      for (const [form, missing] of [
        ['volumes=[]', 'slaveId'],
        [`slaveId=${id}`, 'volumes'],
      ] as const) {
        const { status, text: said } = await post(cluster, path, form);
        const sentence = `Missing '${missing}' query parameter in the request body`;
        deepEqual([status, said], [400, sentence]);
      }
    }
  });

  test('OfferCreateThenEndpointRemove, EndpointCreateThenOfferRemove: who made it does not matter', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const client = await subscribeFor(cluster);
    const one = volume(space(1024));
    const offer = await answer(client, await client.offer(), [
      operation({ type: 'reserve', resources: space(1024) }),
      operation({ type: 'createVolumes', volumes: [one] }),
    ]);
    equal(reservedIn(offer), text(one));
    await ordered(cluster, id, { type: 'destroyVolumes', volumes: [one] });
    await ordered(cluster, id, { type: 'unreserve', resources: space(1024) });
    equal((await agentShown(cluster)).reserved, '');
    await ordered(cluster, id, { type: 'reserve', resources: space(1024) });
    await ordered(cluster, id, { type: 'createVolumes', volumes: [one] });
    await client.accepted({ type: 'REVIVE' });
    const again = await client.offer(client.all('OFFERS').length - 1);
    equal(reservedIn(again), text(one));
    const left = await answer(client, again, [
      operation({ type: 'destroyVolumes', volumes: [one] }),
      operation({ type: 'unreserve', resources: space(1024) }),
    ]);
    equal(reservedIn(left), '');
  });

  test('ReserveAndSlaveRemoval, SlavesEndpointFullResources: of each agent its own is shown, also when another has left', async (t) => {
    const cluster = await mesosCluster(t, { ...SMALL, agentCount: 2 });
    const { slaves } = await shownAgents();
    const ids = slaves.map(({ id }) => id);
    for (const id of ids) await ordered(cluster, id, { type: 'reserve', resources: space(64) });
    cluster.agents[1]?.node.crash();
    await cluster.world.runFor(100);
    const connected = await shownAgents();
    equal(connected.slaves.filter(({ active }) => active).length, 1);
    const [left] = connected.slaves.filter(({ active }) => active);
    await ordered(cluster, left?.id ?? '', { type: 'unreserve', resources: space(64) });
    const away = ids.find((id) => id !== left?.id) ?? '';
    const { status, text: said } = await order(cluster, away, {
      ...{ type: 'unreserve', resources: space(64) },
    });
    equal(status, 409);
    match(said, /is disconnected: ask again when it is back/);

    async function shownAgents() {
      await cluster.world.runFor(600);
      return cluster.get<{ slaves: readonly { id: string; active: boolean }[] }>('/slaves');
    }
  });
});
