/**
 * What operators reserve, by the names that Mesos' own tests have: by the calls of v1 and by the
 * endpoints before it. What is only about who may (authentication, authorization) is not here.
 * Mesos: "Operations", "Offers" (src/master/http.cpp, _reserve, _unreserve, _operation;
 * src/tests/reservation_endpoints_tests.cpp, api_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResourceOperation } from '../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../actors/protocol/resource-selection.ts';
import { parseResources } from '../../actors/protocol/resources.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, type SchedulerClient } from '../kit/scheduler-client.ts';
import {
  accept,
  agentShown,
  operation,
  order,
  ordered,
  post,
  reserved,
  reservedIn,
  shown,
  subscribeFor,
  text,
} from './resources.ts';
import { follow, mesosCluster, SLEEP, told } from './stage.ts';

const SMALL = { agentResources: () => parseResources('cpus:1;mem:512') };
const WANTED = reserved('cpus:1;mem:512');

async function launch(client: SchedulerClient, offer: V1<'Offer'>) {
  const task_infos = [commandTask('task', offer, SLEEP)];
  await accept(client, offer, [{ type: 'LAUNCH', launch: { task_infos } }]);
}

describe('ReservationEndpointsTest, MasterAPITest', () => {
  for (const encoding of [undefined, 'json', 'protobuf'] as const) {
    const way = encoding === undefined ? '/reserve' : `RESERVE_RESOURCES in ${encoding}`;
    test(`AvailableResources, ReserveResources, UnreserveResources, ReserveOfferedResources, UnreserveOfferedResources: what is offered is rescinded (${way})`, async (t) => {
      const ordering = encoding === undefined ? {} : { encoding };
      const cluster = await mesosCluster(t, SMALL);
      const { id } = await agentShown(cluster);
      await ordered(cluster, id, { type: 'reserve', resources: WANTED }, ordering);
      equal((await agentShown(cluster)).reserved, text(...WANTED));
      const client = await subscribeFor(cluster);
      const offer = await client.offer();
      equal(reservedIn(offer), text(...WANTED));
      await ordered(cluster, id, { type: 'unreserve', resources: WANTED }, ordering);
      const [event] = client.all('RESCIND');
      deepEqual(event?.rescind?.offer_id, offer.id);
      const again = await client.offer(1);
      equal(shown(again.resources), 'cpus:1;mem:512');
      await ordered(cluster, id, { type: 'reserve', resources: WANTED }, ordering);
      equal(client.all('RESCIND').length, 2);
      equal((await agentShown(cluster)).reserved, text(...WANTED));
      const { get_operations } = await told(cluster, 'GET_OPERATIONS');
      equal(get_operations?.operations, undefined, 'the master acknowledges what operators asked');
    });
  }

  test('what was rescinded does not come back at once: the framework is filtered for five seconds', async (t) => {
    const cluster = await mesosCluster(t, {
      agentResources: () => parseResources('cpus:2;mem:512'),
    });
    const { id } = await agentShown(cluster);
    const client = await subscribeFor(cluster, ['other']);
    await client.offer();
    const before = cluster.world.nowMs();
    await ordered(cluster, id, { type: 'reserve', resources: reserved('mem:256') });
    const again = await client.offer(1);
    equal(shown(again.resources), 'cpus:2;mem:256');
    ok(cluster.world.nowMs() - before >= 5000);
  });

  test('ReserveAvailableAndOfferedResources, UnreserveAvailableAndOfferedResources: a part that nobody has, and another that is on offer', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const client = await subscribeFor(cluster);
    const offer = await client.offer();
    await launch(client, offer);
    await follow(cluster, client, () => client.statusOf('TASK_RUNNING') !== undefined);
    const held = await client.offer(1);
    equal(shown(held.resources), 'mem:480');
    await client.accepted({ type: 'SUPPRESS', suppress: {} });
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'task' } } });
    await follow(cluster, client, () => client.statusOf('TASK_KILLED') !== undefined);
    await ordered(cluster, id, { type: 'reserve', resources: WANTED });
    deepEqual(client.all('RESCIND')[0]?.rescind?.offer_id, held.id);
    await client.accepted({ type: 'REVIVE' });
    equal(reservedIn(await client.offer(2)), text(...WANTED));
    await ordered(cluster, id, { type: 'unreserve', resources: WANTED });
    equal((await agentShown(cluster)).reserved, '');
  });

  test('InsufficientResources: what a task uses is a conflict, 409', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const client = await subscribeFor(cluster);
    const offer = await client.offer();
    await launch(client, offer);
    await follow(cluster, client, () => client.statusOf('TASK_RUNNING') !== undefined);
    for (const ordering of [{}, { encoding: 'json' }] as const) {
      const { status, text: said } = await order(
        cluster,
        id,
        { type: 'reserve', resources: WANTED },
        ordering,
      );
      equal(status, 409);
      match(said, /does not contain/);
    }
    const huge = { type: 'unreserve', resources: reserved('cpus:9') } as const;
    equal((await order(cluster, id, huge)).status, 409);
    equal((await agentShown(cluster)).reserved, '');
  });

  test('LabeledResources, DifferentPrincipalsSameRole: they do not add up with others', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const labels = [{ key: 'foo', value: 'bar' }];
    const labelled = reserved('cpus:0.5', { labels });
    const ann = reserved('cpus:0.1', { principal: 'ann' });
    const bob = reserved('cpus:0.1', { principal: 'bob' });
    await ordered(cluster, id, { type: 'reserve', resources: labelled });
    await ordered(cluster, id, { type: 'reserve', resources: ann }, { principal: 'ann' });
    await ordered(cluster, id, { type: 'reserve', resources: bob }, { principal: 'bob' });
    equal((await agentShown(cluster)).reserved.split(';').length, 3);
    const other = reserved('cpus:0.5', { labels: [{ key: 'foo', value: 'baz' }] });
    for (const resources of [other, reserved('cpus:0.5')]) {
      equal((await order(cluster, id, { type: 'unreserve', resources })).status, 409);
    }
    await ordered(cluster, id, { type: 'unreserve', resources: labelled });
    await ordered(cluster, id, { type: 'unreserve', resources: ann });
    equal((await agentShown(cluster)).reserved, text(...bob));
  });

  test('a source: what is of one role becomes that of another, as a whole and only for operators', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const source = reserved('cpus:1', 'one');
    const resources = reserved('cpus:1', 'two');
    await ordered(cluster, id, { type: 'reserve', resources: source });
    await ordered(cluster, id, { type: 'reserve', source, resources }, { encoding: 'protobuf' });
    equal((await agentShown(cluster)).reserved, text(...resources));
    const less = { type: 'reserve', source: resources, resources: reserved('cpus:0.5') } as const;
    const { status, text: said } = await order(cluster, id, less);
    equal(status, 400);
    match(said, /Source and target resources should refer to identical resource quantities/);
    const client = await subscribeFor(cluster, ['two', 'three']);
    const offer = await client.offer();
    const call = operation({
      type: 'reserve',
      source: resources,
      resources: reserved('cpus:1', 'three'),
    });
    const { status: refused } = await client.call({
      type: 'ACCEPT',
      accept: { offer_ids: [offer.id], operations: [call] },
    });
    deepEqual([refused, (await agentShown(cluster)).reserved], [202, text(...resources)]);
  });

  test('InvalidResource, NonMatchingPrincipal, NoSlaveId, NoResources: 400, with what is wrong', async (t) => {
    const cluster = await mesosCluster(t, SMALL);
    const { id } = await agentShown(cluster);
    const plain = parseResources('cpus:1');
    const fixed = pushReservation(plain, { type: 'static', role: 'role' });
    const foreign = reserved('cpus:1', { principal: 'bob' });
    const refused: readonly (readonly [ResourceOperation, RegExp])[] = [
      [{ type: 'reserve', resources: plain }, /Resource cpus:1 is not dynamically reserved/],
      [{ type: 'reserve', resources: fixed }, /is not dynamically reserved/],
      [{ type: 'unreserve', resources: plain }, /is not dynamically reserved/],
      [
        { type: 'reserve', resources: foreign },
        /does not match a reserved resource in the request with principal 'bob'/,
      ],
      [
        { type: 'reserve', resources: reserved('cpus:1', { role: '/bad', principal: 'ann' }) },
        /Role '\/bad' cannot start with a slash$/,
      ],
    ];
    for (const [change, sentence] of refused) {
      for (const ordering of [{}, { encoding: 'json' }] as const) {
        const { status, text: said } = await order(cluster, id, change, {
          ...ordering,
          principal: 'ann',
        });
        match(said, sentence);
        equal(status, 400, said);
      }
    }
    const unknown = await order(cluster, 'nobody', { type: 'reserve', resources: WANTED });
    deepEqual([unknown.status, unknown.text], [400, 'No agent found with specified ID']);
    const forms = [
      ['resources=[]', "Missing 'slaveId' query parameter in the request body"],
      [`slaveId=${id}`, "Missing 'resources' query parameter in the request body"],
    ] as const;
    for (const path of ['/reserve', '/unreserve']) {
      for (const [form, sentence] of forms) {
        const answered = await post(cluster, path, form);
        deepEqual([answered.status, answered.text], [400, sentence]);
      }
      const { status, text: said } = await post(cluster, path, `slaveId=${id}&resources=[{]`);
      equal(status, 400);
      match(said, /^Error parsing 'resources' query parameter in the request body: /);
    }
  });

  test('AgentStateEndpointResources: the agent shows what is reserved of it, static and dynamic', async (t) => {
    const agentResources = () => parseResources('cpus:4;cpus(fixed):2;mem:512');
    const cluster = await mesosCluster(t, { agentResources });
    const { id } = await agentShown(cluster);
    await ordered(cluster, id, { type: 'reserve', resources: reserved('cpus:1') });
    const { text: said } = await cluster.world.settle(cluster.askAgent()('GET', '/state'));
    const { reserved_resources, unreserved_resources } = JSON.parse(said) as {
      reserved_resources: Record<string, { cpus: number }>;
      unreserved_resources: { cpus: number; mem: number };
    };
    deepEqual([reserved_resources['fixed']?.cpus, reserved_resources['role']?.cpus], [2, 1]);
    deepEqual([unreserved_resources.cpus, unreserved_resources.mem], [3, 512]);
  });
});
