/**
 * Volumes that schedulers make, by the names that Mesos' own tests have. What is only about who may
 * (authentication, authorization) is not here.
 * Mesos: "Operations", CREATE, DESTROY, GROW_VOLUME, SHRINK_VOLUME (src/master/validation.cpp;
 * src/master/master.cpp, _accept; src/tests/persistent_volume_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Resource, Resources } from '../../actors/protocol/resources.ts';
import { parseResources, plus } from '../../actors/protocol/resources.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { fromResources } from '../../actors/protocol/v1/from-nouns/resources.ts';
import { commandTask, type SchedulerClient } from '../kit/scheduler-client.ts';
import {
  accept,
  agentShown,
  answer,
  heardOf,
  operation,
  ROLE,
  reserved,
  reservedIn,
  subscribeFor,
  text,
  untilOperation,
  volume,
} from './resources.ts';
import { follow, mesosCluster, replaceMaster, SLEEP } from './stage.ts';

const disk = (mb: number) => reserved(`disk:${mb}`);
/** What a task has beside its volume. */
const USED = parseResources('cpus:1;mem:32');

/** An agent whose disk is of the work directory, of a path, or a disk of its own. */
const DISKS = {
  NONE: {},
  PATH: { source: { type: 'path', root: 'disk1' } },
  MOUNT: { source: { type: 'mount', root: 'disk1' } },
} as const;

function agentOf(kind: keyof typeof DISKS) {
  const cpus = parseResources('cpus:4;mem:2048');
  const one: Resource = { name: 'disk', type: 'scalar', milli: 2_048_000, disk: DISKS[kind] };
  const { disk: _, ...plain } = one;
  return { agentResources: () => plus(cpus, [kind === 'NONE' ? plain : one]) };
}

/** The whole disk, reserved for the role. */
function spaceOf(kind: keyof typeof DISKS, mb = 2048): Resources {
  const [space] = disk(mb);
  if (space?.type !== 'scalar') throw new Error('a disk is a scalar');
  return [kind === 'NONE' ? space : { ...space, disk: DISKS[kind] }];
}

function task(id: string, offer: V1<'Offer'>, resources: Resources, script = SLEEP) {
  return commandTask(id, offer, script, { resources: fromResources(plus(USED, resources)) });
}

const launch = (...task_infos: V1<'TaskInfo'>[]): V1<'Offer.Operation'> => ({
  ...{ type: 'LAUNCH', launch: { task_infos } },
});

const reserve = (resources: Resources) => operation({ type: 'reserve', resources });
const create = (...volumes: Resource[]) => operation({ type: 'createVolumes', volumes });
const destroy = (volumes: Resources, id?: string) =>
  operation({ type: 'destroyVolumes', volumes }, id);

const errors = (client: SchedulerClient) =>
  client.statuses.map(({ task_id, state }) => [task_id.value, state]);

describe('PersistentVolumeTest', () => {
  for (const kind of ['NONE', 'PATH', 'MOUNT'] as const) {
    test(`CreateAndDestroyPersistentVolumes: it is offered, and as space again (${kind})`, async (t) => {
      const cluster = await mesosCluster(t, agentOf(kind));
      const client = await subscribeFor(cluster);
      const space = spaceOf(kind);
      const one = volume(space);
      const offer = await answer(client, await client.offer(), [reserve(space), create(one)]);
      equal(reservedIn(offer), text(one));
      await cluster.world.runFor(100);
      const [agent] = cluster.agents;
      equal(agent?.volumes.data.size, 1, 'it is on the disk');
      const again = await answer(client, offer, [destroy([one])]);
      equal(reservedIn(again), text(...space));
      await cluster.world.runFor(100);
      deepEqual([...(agent?.volumes.data.values() ?? [])].flat(), []);
    });
  }

  test('GrowVolume, ShrinkVolume: what is in it stays; a MOUNT disk does neither', async (t) => {
    const cluster = await mesosCluster(t, agentOf('PATH'));
    const client = await subscribeFor(cluster);
    const [all, part] = [spaceOf('PATH'), spaceOf('PATH', 1536)];
    const [small, large] = [volume(part), volume(all)];
    const [addition] = spaceOf('PATH', 512);
    ok(addition?.type === 'scalar');
    const made = await answer(client, await client.offer(), [reserve(all), create(small)]);
    equal(reservedIn(made), text(...plus([addition], [small])));
    await cluster.world.runFor(100);
    cluster.agents[0]?.volumes.write(small, 'abc');
    const grow = operation({ type: 'growVolume', volume: small, addition }, 'grow');
    const grown = await answer(client, made, [grow]);
    equal(reservedIn(grown), text(large));
    const shrink = operation({ type: 'shrinkVolume', volume: large, subtractMilli: 512_000 });
    const shrunk = await answer(client, grown, [shrink]);
    equal(reservedIn(shrunk), text(...plus([addition], [small])));
    deepEqual([...(cluster.agents[0]?.volumes.data.values() ?? [])], [['abc']]);
    equal((await untilOperation(cluster, client, 'grow')).state, 'OPERATION_FINISHED');
    const whole = volume(spaceOf('MOUNT'));
    const refused = operation({ type: 'shrinkVolume', volume: whole, subtractMilli: 1000 }, 'no');
    await answer(client, shrunk, [refused]);
    const { state, message } = await untilOperation(cluster, client, 'no');
    equal(state, 'OPERATION_ERROR');
    match(message ?? '', /^Shrinking a volume on a MOUNT disk is not supported/);
  });

  test('NonSpeculativeGrowAndLaunch, NonSpeculativeShrinkAndLaunch: the result is not used in the same ACCEPT', async (t) => {
    const cluster = await mesosCluster(t, agentOf('NONE'));
    const client = await subscribeFor(cluster);
    const [small, large] = [volume(disk(1536)), volume(disk(2048))];
    const [addition] = disk(512);
    ok(addition?.type === 'scalar');
    const offer = await client.offer();
    const grown = await answer(client, offer, [
      reserve(disk(2048)),
      create(small),
      operation({ type: 'growVolume', volume: small, addition }),
      launch(task('grown', offer, [large]), task('before', offer, [small])),
    ]);
    deepEqual(errors(client), [
      ['grown', 'TASK_ERROR'],
      ['before', 'TASK_ERROR'],
    ]);
    equal(reservedIn(grown), text(large));
    const shrunk = await answer(client, grown, [
      operation({ type: 'shrinkVolume', volume: large, subtractMilli: 512_000 }),
      launch(task('shrunk', grown, [small])),
    ]);
    deepEqual(errors(client).at(-1), ['shrunk', 'TASK_ERROR']);
    equal(reservedIn(shrunk), text(...plus([addition], [small])));
  });

  test('ResourcesCheckpointing, MasterFailover, SlaveRecovery, AccessPersistentVolume: a volume and what is in it outlive task, agent and master', async (t) => {
    const cluster = await mesosCluster(t, agentOf('NONE'));
    const client = await subscribeFor(cluster);
    const one = volume(disk(64));
    const offer = await client.offer();
    const [agent] = cluster.agents;
    await accept(client, offer, [
      reserve(disk(64)),
      create(one),
      launch(task('writes', offer, [one])),
    ]);
    await follow(cluster, client, () => client.statusOf('TASK_RUNNING') !== undefined);
    agent?.volumes.write(one, 'abc');
    agent?.node.crash();
    await cluster.world.runFor(200);
    agent?.node.restart();
    await cluster.world.runFor(3000);
    await replaceMaster(cluster);
    const id = { value: client.frameworkId };
    const back = await subscribeFor(cluster, [ROLE], { info: { id } });
    await cluster.world.runFor(2000);
    await back.accepted({ type: 'KILL', kill: { task_id: { value: 'writes' } } });
    await follow(cluster, back, () => back.statusOf('TASK_KILLED') !== undefined);
    const offers = () => back.all('OFFERS').flatMap(({ offers: all }) => all?.offers ?? []);
    await cluster.world.runUntil(
      () => offers().some((each) => reservedIn(each) === text(one)),
      60_000,
    );
    deepEqual([...(agent?.volumes.data.values() ?? [])], [['abc']]);
  });

  test('SharedPersistentVolumeMultipleTasks, DestroyPersistentVolumeMultipleTasks: tasks share one, and it is not destroyed under them; another one is', async (t) => {
    const cluster = await mesosCluster(t, agentOf('NONE'));
    const client = await subscribeFor(cluster);
    const [shared, own] = [
      volume(disk(64), { id: 'one', shared: true }),
      volume(disk(32), { id: 'two' }),
    ];
    const offer = await client.offer();
    await accept(client, offer, [
      reserve(disk(96)),
      create(shared, own),
      launch(task('first', offer, [shared]), task('second', offer, [shared])),
    ]);
    const running = () => client.statuses.filter(({ state }) => state === 'TASK_RUNNING').length;
    await follow(cluster, client, () => running() >= 2);
    const again = await client.offer(1);
    match(reservedIn(again), /<SHARED>/, 'it is offered although it is used');
    const left = await answer(client, again, [destroy([shared], 'used'), destroy([own], 'free')]);
    const { state, message } = await untilOperation(cluster, client, 'used');
    equal(state, 'OPERATION_ERROR');
    match(message ?? '', /^Persistent volumes in use/);
    equal((await untilOperation(cluster, client, 'free')).state, 'OPERATION_FINISHED');
    equal(reservedIn(left), text(...plus(disk(32), [shared])));
  });

  test('SharedPersistentVolumeRescindOnDestroy, SharedPersistentVolumeMultipleFrameworks: who has it on offer loses that', async (t) => {
    const cluster = await mesosCluster(t, agentOf('NONE'));
    const first = await subscribeFor(cluster);
    const shared = volume(disk(2048), { shared: true });
    const offer = await first.offer();
    const operations = [reserve(disk(2048)), create(shared), launch(task('task', offer, [shared]))];
    await accept(first, offer, operations);
    await follow(cluster, first, () => first.statusOf('TASK_RUNNING') !== undefined);
    const rest = await first.offer(1);
    const decline = { offer_ids: [rest.id], filters: { refuse_seconds: 1000 } };
    await first.accepted({ type: 'DECLINE', decline });
    const second = await subscribeFor(cluster);
    const held = await second.offer();
    equal(reservedIn(held), text(shared), 'it is offered although a task has it');
    const info = { capabilities: [{ type: 'MULTI_ROLE' }] } as const;
    const plain = await subscribeFor(cluster, [ROLE], { info });
    await first.accepted({ type: 'KILL', kill: { task_id: { value: 'task' } } });
    await follow(cluster, first, () => first.statusOf('TASK_KILLED') !== undefined);
    equal(reservedIn(await plain.offer()), '', 'who does not know of shared volumes gets none');
    await plain.accepted({ type: 'TEARDOWN' });
    await first.accepted({ type: 'REVIVE' });
    const last = await first.offer(2);
    equal(reservedIn(last), text(shared));
    await accept(first, last, [destroy([shared], 'destroy')]);
    equal((await untilOperation(cluster, first, 'destroy')).state, 'OPERATION_FINISHED');
    deepEqual(second.all('RESCIND')[0]?.rescind?.offer_id, held.id);
    equal((await agentShown(cluster)).reserved, text(...disk(2048)));
  });

  test('a volume is made of what is reserved, once, by who says its name, and to be written to', async (t) => {
    const cluster = await mesosCluster(t, agentOf('NONE'));
    const client = await subscribeFor(cluster, [ROLE], { info: { principal: 'ann' } });
    const space = reserved('disk:64', { principal: 'ann' });
    const own = volume(space, { principal: 'ann' });
    const [plain] = parseResources('disk:64');
    ok(plain !== undefined);
    const refused: Readonly<Record<string, readonly [Resource, RegExp]>> = {
      unreserved: [volume([plain], { id: 'a', principal: 'ann' }), /is not reserved/],
      anonymous: [
        volume(space, { id: 'b' }),
        /attempted by principal 'ann', but there is a volume in the operation with no principal/,
      ],
      foreign: [
        volume(space, { id: 'c', principal: 'bob' }),
        /does not match a volume in the operation with principal 'bob'/,
      ],
      twice: [own, /Persistence ID 'id' is not unique/],
      'read only': [
        { ...own, disk: { ...own.disk, volume: { containerPath: 'data', mode: 'ro' } } },
        /Read-only persistent volume not supported/,
      ],
    };
    const offer = await client.offer();
    await answer(client, offer, [
      operation({ type: 'reserve', resources: space }),
      create(own),
      ...Object.entries(refused).map(([id, [one]]) =>
        operation({ type: 'createVolumes', volumes: [one] }, id),
      ),
    ]);
    deepEqual(
      heardOf(client).map(({ operation_id, state }) => [operation_id?.value, state]),
      Object.keys(refused).map((id) => [id, 'OPERATION_ERROR']),
    );
    for (const { operation_id, message = '' } of heardOf(client)) {
      match(message, refused[operation_id?.value ?? '']?.[1] ?? /^$/);
    }
    equal((await agentShown(cluster)).reserved, text(own));
  });
});
