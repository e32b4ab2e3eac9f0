/** Operations are carried out one by one, written down before they are done, and told until acknowledged. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationCarrierNews } from '../../../../actors/agent/resources/carrier-state.ts';
import { readKept } from '../../../../actors/agent/resources/kept-resources.ts';
import { operationCarrier } from '../../../../actors/agent/resources/operation-carrier.ts';
import type { OperationUuid, UpdateId } from '../../../../actors/protocol/ids.ts';
import type { ResourceOperation } from '../../../../actors/protocol/resource-operations.ts';
import {
  contains,
  equalResources,
  parseResources,
  type Resources,
} from '../../../../actors/protocol/resources.ts';
import { address, probe } from '../../../kit/probe.ts';
import { create, destroy, flags, operationRecord, reserve, reservedDisk, volume } from './nouns.ts';

const agent = address<OperationCarrierNews>('agent');

test('it begins with what the flags say, and the agent hears so', async () => {
  const { news } = await begun();
  deepEqual(news(), [{ type: 'resourcesRead', total: flags, operations: [] }]);
});

test('a reservation is written down once, and told then', async () => {
  const carrier = await begun();
  carrier.apply('1', reserve);
  deepEqual(carrier.settled(), [], 'nothing is told before it is safe');
  await carrier.settle();
  deepEqual(carrier.settled(), ['1 finished']);
  equal(carrier.writes.length, 1);
  ok(contains(carrier.total(), [reservedDisk(64)]));
  deepEqual(carrier.kept().resources, [reservedDisk(64)], 'only what no flag says is kept');
});

test('a volume is written down before it is made, and once more before it is told', async () => {
  const carrier = await begun();
  carrier.apply('1', reserve);
  carrier.apply('2', create(volume('v')));
  await carrier.settle();
  deepEqual(carrier.settled(), ['1 finished', '2 finished']);
  deepEqual(carrier.deeds, [
    'write 1 finished',
    'write 1 finished 2 pending',
    'create v',
    'write 1 finished 2 finished',
  ]);
  ok(contains(carrier.total(), [volume('v')]));
});

test('what is not there, or cannot be a volume, is dropped, and nothing changes', async () => {
  const carrier = await begun();
  carrier.apply('1', create(volume('v')));
  carrier.apply('2', { type: 'unreserve', resources: [reservedDisk(1)] });
  carrier.apply('3', create(volume('..')));
  carrier.apply('4', { type: 'growVolume', volume: volume('v'), addition: reservedDisk(1) });
  await carrier.settle();
  deepEqual(carrier.settled(), ['1 dropped', '2 dropped', '3 dropped', '4 dropped']);
  ok(equalResources(carrier.total(), flags));
  deepEqual(
    carrier.messages()[0],
    'The agent does not have disk(reservations: [(DYNAMIC,ads,p)]):10',
  );
  match(carrier.messages()[2] ?? '', /".." is not allowed as an id/);
});

test('a volume is not destroyed under who uses it', async () => {
  const carrier = await withVolume();
  carrier.apply('3', destroy(volume('v')), [volume('v')]);
  await carrier.settle();
  equal(carrier.settled().at(-1), '3 dropped');
  match(carrier.messages().at(-1) ?? '', /is in use$/);
});

test('when the file system refuses the deed, all is as it was, and told', async () => {
  const carrier = await begun({ fault: 'no such device' });
  carrier.apply('1', reserve);
  carrier.apply('2', create(volume('v')));
  await carrier.settle();
  deepEqual(carrier.settled(), ['1 finished', '2 failed']);
  equal(carrier.messages().at(-1), 'no such device');
  ok(contains(carrier.total(), [reservedDisk(64)]));
  deepEqual(carrier.kept().resources, [reservedDisk(64)]);
});

test('volumes grow and shrink in the books', async () => {
  const carrier = await withVolume();
  carrier.apply('3', { type: 'growVolume', volume: volume('v'), addition: reservedDisk(20) });
  carrier.apply('4', { type: 'shrinkVolume', volume: volume('v', 30), subtractMilli: 5000 });
  carrier.apply('5', { type: 'shrinkVolume', volume: volume('v', 25), subtractMilli: 25_000 });
  await carrier.settle();
  deepEqual(carrier.settled().slice(2), ['3 finished', '4 finished', '5 dropped']);
  ok(contains(carrier.total(), [volume('v', 25)]));
});

test('what came of an operation is told ever more slowly until it is acknowledged', async () => {
  const carrier = await begun();
  carrier.apply('1', reserve);
  await carrier.settle();
  deepEqual(carrier.forwards(), [], 'there is no master');
  carrier.receive({ type: 'resume' });
  carrier.advance(70_000);
  deepEqual(carrier.forwards(), [0, 10_000, 30_000, 70_000]);
  carrier.receive({ type: 'pause' });
  carrier.advance(200_000);
  carrier.receive({ type: 'resume' });
  carrier.acknowledge('1', 'another');
  equal(carrier.forwards().length, 5);
  carrier.acknowledge('1');
  carrier.advance(600_000);
  await carrier.settle();
  equal(carrier.forwards().length, 5);
  deepEqual(carrier.kept().operations, []);
});

test('another life goes on with what was written down', async () => {
  const before = await withVolume();
  const after = await begun({ text: before.text() });
  const [read] = after.news();
  deepEqual(
    read?.type === 'resourcesRead' && read.operations.map(({ operationUuid }) => operationUuid),
    ['1', '2'],
  );
  ok(contains(after.total(), [volume('v')]));
  after.receive({ type: 'resume' });
  equal(after.forwards().length, 2);
  after.receive({ type: 'forgetSettled' });
  await after.settle();
  deepEqual(after.kept().operations, []);
  deepEqual(after.kept().resources.length, 2, 'the resources stay');
});

for (const [name, operation] of [
  ['made', create(volume('w'))],
  ['destroyed', destroy(volume('v'))],
] as const) {
  test(`a volume that was being ${name} is so before the agent goes on`, async () => {
    const before = await withVolume();
    before.apply('3', operation);
    const crashed = await begun({ text: before.firstText(), more: operation });
    deepEqual(
      crashed.deeds.filter((deed) => !deed.startsWith('write')),
      [name === 'made' ? 'create w' : 'destroy v'],
    );
    const [read] = crashed.news();
    deepEqual(read?.type === 'resourcesRead' && read.operations.map(({ status }) => status.state), [
      'finished',
      'finished',
      'finished',
    ]);
  });
}

test('a full disk: what needs a deed fails, what needs none waits for space', async () => {
  const carrier = await withVolume();
  carrier.setFull(true);
  carrier.apply('3', destroy(volume('v')));
  await carrier.settle();
  equal(carrier.settled().at(-1), '3 failed');
  ok(contains(carrier.total(), [volume('v')]));
  carrier.apply('4', { type: 'unreserve', resources: [reservedDisk(1)] });
  await carrier.settle();
  equal(carrier.settled().at(-1), '3 failed');
  carrier.setFull(false);
  carrier.advance(1000);
  await carrier.settle();
  equal(carrier.settled().at(-1), '4 finished');
});

test('flags that no longer have what was made of them are refused, with what to do', async () => {
  const before = await withVolume();
  const after = await begun({ text: before.text(), resources: parseResources('cpus:4;disk:50') });
  const [news] = after.news();
  match(
    news?.type === 'resourcesFailed' ? news.cause : '',
    /^Checkpointed resources disk\(.* are incompatible with agent resources cpus:4;disk:50: Incompatible agent resources: .* does not contain disk:\d+; Start it/,
  );
});

test('a damaged record is refused', async () => {
  const before = await withVolume();
  const after = await begun({ text: before.text()?.replace('ads', 'adz') });
  const [news] = after.news();
  match(news?.type === 'resourcesFailed' ? news.cause : '', /it is not what was written; Look/i);
});

interface Setting {
  readonly text?: string | undefined;
  readonly resources?: Resources;
  /** Of each deed. */
  readonly fault?: string;
  readonly more?: ResourceOperation;
}

async function begun({ text: found, resources = flags, fault }: Setting = {}) {
  let text = found;
  let isFull = false;
  const writes: string[] = [];
  const deeds: string[] = [];
  const deed = (kind: string, volumes: Resources) => {
    if (fault !== undefined) return Promise.reject(new Error(fault));
    deeds.push(`${kind} ${volumes.map(({ disk }) => disk?.persistence?.id).join()}`);
    return Promise.resolve(undefined);
  };
  const actor = probe(operationCarrier, {
    agent,
    store: {
      path: '/w/meta/resources/checkpoint',
      read: () => Promise.resolve(text),
      replace(whole) {
        if (isFull) return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        text = whole;
        writes.push(whole);
        const { operations } = readKept(whole, '');
        const what = operations.map((one) => `${one.operationUuid} ${one.status.state}`);
        deeds.push(['write', ...what].join(' '));
        return Promise.resolve();
      },
    },
    disk: {
      createVolumes: async (volumes) => {
        await deed('create', volumes);
      },
      destroyVolumes: (volumes) => deed('destroy', volumes),
      sweepVolumes: () => Promise.resolve(),
    },
    resources,
    retryDelayMsMin: 10_000,
    retryDelayMsMax: 40_000,
  });
  await actor.settle();
  const news = () => actor.sentTo(agent).map(({ message }) => message);
  const settled = () =>
    news().flatMap((one) => (one.type === 'operationSettled' ? [one.operation] : []));
  return {
    ...actor,
    writes,
    deeds,
    news,
    text: () => text,
    /** What was written first since the start. */
    firstText: () => writes.at(-1),
    setFull(full: boolean) {
      isFull = full;
    },
    kept: () => readKept(text, ''),
    total(): Resources {
      const last = news().findLast(({ type }) => type !== 'forwardOperation');
      return last !== undefined && 'total' in last ? last.total : [];
    },
    apply(uuid: string, operation: ResourceOperation, inUse: Resources = []) {
      actor.receive({ type: 'apply', record: operationRecord(uuid, operation), inUse });
    },
    settled: () => settled().map((one) => `${one.operationUuid} ${one.status.state}`),
    messages: () => settled().flatMap(({ status }) => status.message ?? []),
    /** When something was told, in milliseconds. */
    forwards: () =>
      actor
        .sentTo(agent)
        .flatMap(({ message, atMs }) => (message.type === 'forwardOperation' ? [atMs] : [])),
    acknowledge(uuid: string, updateId?: string) {
      const operation = settled().find(({ operationUuid }) => operationUuid === uuid);
      actor.receive({
        type: 'acknowledge',
        operationUuid: uuid as OperationUuid,
        updateId: (updateId ?? operation?.status.updateId ?? '') as UpdateId,
      });
    },
  };
}

async function withVolume() {
  const carrier = await begun();
  carrier.apply('1', reserve);
  carrier.apply('2', create(volume('v')));
  await carrier.settle();
  return carrier;
}
