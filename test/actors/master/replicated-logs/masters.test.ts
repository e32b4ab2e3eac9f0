/** Replicated logs while masters come, go, stand still and lose power. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '../../../../actors/framework/index.ts';
import {
  HOST_NAME,
  type HostMessage,
  type MembersAnswer,
  type MembersDescription,
} from '../../../../consensus/host-messages.ts';
import { address } from '../../../../runtime/address.ts';
import type { System } from '../../../../runtime/system.ts';
import { startCluster } from '../../../kit/cluster.ts';
import { startMasterOf } from '../../../kit/lone-master.ts';
import { all, bytesOf, logStage, refused, textOf } from '../../../kit/replicated-log-suite.ts';
import type { VirtualDisk } from '../../../kit/virtual-disk.ts';
import { virtualLogDirectories } from '../../../kit/virtual-log-directories.ts';
import { type VirtualNode, VirtualWorld } from '../../../kit/virtual-world.ts';

interface Master {
  readonly node: VirtualNode;
  readonly disk: VirtualDisk;
  readonly logs: ReturnType<typeof virtualLogDirectories>;
}

function startMaster(world: VirtualWorld, name: string, masters: readonly string[]): Master {
  const logs = virtualLogDirectories((logId) => world.disk(`${name}/${logId}`));
  const disk = world.disk(name);
  const node = world.start(name, ({ system }) => {
    startMasterOf(system, masters, disk, {}, logs);
  });
  return { node, disk, logs };
}

/** All vote. */
async function threeMasters(world: VirtualWorld) {
  const names = ['a:1', 'b:1', 'c:1'];
  const masters = names.map((name) => startMaster(world, name, names));
  const { system } = world.start('user:0', () => {});
  await world.runFor(1000);
  for (let turn = 0; (await votersOf(world, masters[0] as Master)).length < 3; turn++) {
    ok(turn < 100);
    await world.runFor(300);
  }
  return { masters, user: { system, masters: names.map((node) => ({ node })) } };
}

/** Asks one after the other until the leader has done it. */
async function change(
  world: VirtualWorld,
  system: System,
  masters: readonly Master[],
  type: 'addMember' | 'removeMember',
  node: string,
): Promise<void> {
  for (let turn = 0, leader: string | undefined; turn < 100; turn++) {
    const asked = leader ?? masters[turn % masters.length]?.node.name ?? '';
    const { askLeader, refused: why } = await world.settle(
      system.ask<HostMessage, MembersAnswer>(
        address(HOST_NAME, asked),
        (replyTo) => ({ type, node, replyTo }),
        5000,
      ),
    );
    equal(why, undefined);
    if (askLeader === undefined) return;
    leader = askLeader.node;
    await world.runFor(200);
  }
}

async function votersOf(world: VirtualWorld, { node }: Master): Promise<readonly string[]> {
  const { members } = await world.settle(
    node.system.ask<HostMessage, MembersDescription>(
      address(HOST_NAME, node.name),
      (replyTo) => ({ type: 'describeMembers', replyTo }),
      5000,
    ),
  );
  return members.filter(({ votes }) => votes).map((member) => member.node);
}

test('masters that come keep the log, and those that go keep it no longer', async () => {
  const world = new VirtualWorld({ seed: 5 });
  const three = await threeMasters(world);
  const { system } = three.user;
  let masters: readonly Master[] = three.masters;
  const names = masters.map(({ node }) => node.name);
  const some = { system, masters: [{ node: 'a:1' }, { node: 'c:1' }] };
  const log = await world.settle(openLog(some, 'ops/ledger', { create: true }));
  const writer = await world.settle(log.becomeWriter());
  const texts: string[] = [];
  const appendSome = async () => {
    const next = Array.from({ length: 100 }, (_, index) => `entry ${texts.length + index}`);
    texts.push(...next);
    await world.settle(Promise.all(next.map((text) => writer.append(bytesOf(text)))));
  };
  await appendSome();
  for (const name of ['d:1', 'e:1']) {
    const added = startMaster(world, name, [...names, name]);
    await change(world, system, masters, 'addMember', name);
    masters = [...masters, added];
    await appendSome();
  }
  const members = async () => {
    const { members: them } = await world.settle(log.describe());
    return them.flatMap(({ node, votes }) => (votes ? [node] : [])).sort();
  };
  const untilKeptBy = async (wanted: readonly string[]) => {
    for (let turn = 0; (await members()).join() !== wanted.join(); turn++) {
      ok(turn < 100, `${await members()} keep it`);
      await world.runFor(300);
    }
  };
  await untilKeptBy(['a:1', 'b:1', 'c:1', 'd:1', 'e:1']);
  for (const name of ['a:1', 'b:1']) {
    const last = masters.at(-1) as Master;
    for (let turn = 0; (await votersOf(world, last)).length < 3 && turn < 50; turn++) {
      await world.runFor(300);
    }
    const rest = masters.filter(({ node }) => node.name !== name);
    await change(world, system, masters, 'removeMember', name);
    masters = rest;
    await appendSome();
  }
  await untilKeptBy(['c:1', 'd:1', 'e:1']);
  const entries: string[] = [];
  for (let from = 0; ; ) {
    const page = await world.settle(log.read(from));
    entries.push(...page.entries.map(textOf));
    if (page.next > page.ending) break;
    from = page.next;
  }
  deepEqual(entries, texts);
  await world.close();
});

test('who has just begun to lead a log names all the masters that keep it', async () => {
  const world = new VirtualWorld({ seed: 12 });
  const { user } = await threeMasters(world);
  for (const name of ['ops/a', 'ops/b', 'ops/c', 'ops/d']) {
    const log = await world.settle(openLog(user, name, { create: true }));
    const { members } = await world.settle(log.describe());
    deepEqual(members.map(({ node }) => node).sort(), ['a:1', 'b:1', 'c:1']);
  }
  await world.close();
});

test('all masters lose their power at once: what was acknowledged is there', async () => {
  const cluster = startCluster({ seed: 6, agentCount: 0, masterCount: 3 });
  const stage = logStage(cluster);
  const log = await stage.open();
  const writer = await stage.settle(log.becomeWriter());
  const texts = Array.from({ length: 300 }, (_, index) => `entry ${index}`);
  await stage.settle(Promise.all(texts.map((text) => writer.append(bytesOf(text)))));
  for (const master of cluster.masters) master.crash();
  for (const master of cluster.masters) master.restart();
  deepEqual((await all(stage, log)).map(textOf), texts);
  await stage.settle(writer.append(bytesOf('more')));
  await cluster.close();
});

test('a leader that stood still answers no reader with what was before', async () => {
  const cluster = startCluster({ seed: 7, agentCount: 0, masterCount: 3 });
  const stage = logStage(cluster);
  const { world } = cluster;
  const log = await stage.open();
  const writer = await stage.settle(log.becomeWriter());
  await stage.settle(writer.append(bytesOf('before')));
  const { leader } = await stage.settle(log.describe());
  const reading = stage.user('reader');
  const reader = await stage.settle(
    openLog({ ...reading, masters: [{ node: leader }] }, 'ops/ledger'),
  );
  cluster.masters.find(({ name }) => name === leader)?.freeze(5000);
  let position = 0;
  void writer.append(bytesOf('after')).then((at) => {
    position = at;
  });
  await world.runUntil(() => position > 0);
  const page = await stage.settle(reader.read());
  deepEqual(page.entries.map(textOf), ['before', 'after']);
  await cluster.close();
});

test('what is truncated frees the disks, and who was away meanwhile is brought along', async () => {
  const world = new VirtualWorld({ seed: 8 });
  const { masters, user } = await threeMasters(world);
  const log = await world.settle(openLog(user, 'ops/ledger', { create: true }));
  const writer = await world.settle(log.becomeWriter());
  const { leader } = await world.settle(log.describe());
  const away = masters.find(({ node }) => node.name !== leader) as Master;
  away.node.crash();
  for (const disk of [away.disk, ...away.logs.disks()]) disk.killProcess();
  const large = new Uint8Array(100_000);
  const roundCount = 40;
  for (let round = 0; round < roundCount; round++) {
    const some = Array.from({ length: 16 }, () => writer.append(large));
    const positions = await world.settle(Promise.all(some));
    await world.settle(writer.truncate(positions.at(-1) ?? 0));
  }
  const lead = masters.find(({ node }) => node.name === leader);
  const sizes = lead?.logs.disks().flatMap((disk) => [...disk.contents().values()]) ?? [];
  const usedBytes = sizes.reduce((sum, bytes) => sum + bytes.length, 0);
  ok(usedBytes > 0 && usedBytes < (roundCount * 16 * large.length) / 2, `${usedBytes} bytes`);

  away.node.restart();
  await world.settle(writer.append(bytesOf('end')));
  const members = async () => (await world.settle(log.describe())).members;
  for (let turn = 0; !(await members()).every(({ isActive }) => isActive); turn++) {
    ok(turn < 100);
    await world.runFor(300);
  }
  const other = masters.find(({ node }) => node !== away.node && node.name !== leader) as Master;
  other.node.crash();
  await world.settle(writer.append(bytesOf('by the one that was away')));
  equal((await world.settle(log.read())).entries.length, 3);
  await world.close();
});

test('a log that was removed while a master was away is removed there, too', async () => {
  const world = new VirtualWorld({ seed: 9 });
  const { masters, user } = await threeMasters(world);
  const log = await world.settle(openLog(user, 'ops/ledger', { create: true }));
  await world.runUntil(() => masters.every(({ logs }) => logs.list().length === 1));
  const [away] = masters as [Master, Master, Master];
  away.node.crash();
  for (const disk of [away.disk, ...away.logs.disks()]) disk.killProcess();
  await world.settle(log.remove());
  await world.runUntil(() => masters.filter(({ logs }) => logs.list().length === 0).length === 2);
  away.node.restart();
  await world.runUntil(() => away.logs.list().length === 0);
  await world.close();
});

test('a master that lost the directory of a log does not begin it again', async () => {
  const world = new VirtualWorld({ seed: 11 });
  const { masters, user } = await threeMasters(world);
  const log = await world.settle(openLog(user, 'ops/ledger', { create: true }));
  const writer = await world.settle(log.becomeWriter());
  await world.settle(writer.append(bytesOf('x')));
  await world.runUntil(() => masters.every(({ logs }) => logs.list().length === 1));
  const { leader } = await world.settle(log.describe());
  const robbed = masters.find(({ node }) => node.name !== leader) as Master;
  robbed.node.crash();
  robbed.disk.killProcess();
  for (const logId of robbed.logs.list()) robbed.logs.remove(logId);
  robbed.node.restart();
  await world.runUntil(() => world.logged.some(({ text }) => /there is gone/.test(text)));
  await world.settle(writer.append(bytesOf('y')));
  const other = masters.find(({ node }) => node !== robbed.node && node.name !== leader) as Master;
  other.node.crash();
  let isAppended = false;
  const appending = writer.append(bytesOf('z')).then(() => {
    isAppended = true;
  });
  const given = rejects(appending, { code: 'systemStopped' });
  await world.runFor(10_000);
  equal(isAppended, false, 'one of three is not most of them');
  await world.close();
  await given;
});

test('a master that lost its whole disk and was added again keeps the log again', async () => {
  const world = new VirtualWorld({ seed: 13 });
  const { masters, user } = await threeMasters(world);
  const log = await world.settle(openLog(user, 'ops/ledger', { create: true }));
  const writer = await world.settle(log.becomeWriter());
  for (let round = 0; round < 30; round++) await world.settle(writer.append(bytesOf(`${round}`)));
  const { leader } = await world.settle(log.describe());
  const wiped = masters.find(({ node }) => node.name !== leader) as Master;
  wiped.node.crash();
  wiped.disk.killProcess();
  for (const name of wiped.disk.listNow()) wiped.disk.removeNow(name);
  for (const logId of wiped.logs.list()) wiped.logs.remove(logId);
  wiped.node.restart();
  await world.runFor(2000);
  const rest = masters.filter((one) => one !== wiped);
  await change(world, user.system, rest, 'addMember', wiped.node.name);
  const members = async () => (await world.settle(log.describe())).members;
  for (let turn = 0; ; turn++) {
    const them = await members();
    if (them.length === 3 && them.every(({ votes, isActive }) => votes && isActive)) break;
    ok(turn < 200, JSON.stringify(them));
    await world.runFor(300);
  }
  rest.find(({ node }) => node.name !== leader)?.node.crash();
  await world.settle(writer.append(bytesOf('30')));
  equal((await world.settle(log.read())).entries.length, 31);
  await world.close();
});

test('a leader whose disk is full hands over, and appends go on', async () => {
  const world = new VirtualWorld({ seed: 12 });
  const { masters, user } = await threeMasters(world);
  const log = await world.settle(openLog(user, 'ops/ledger', { create: true, timeoutMs: 60_000 }));
  const writer = await world.settle(log.becomeWriter());
  await world.settle(writer.append(bytesOf('x')));
  await world.runFor(3000);
  const { leader } = await world.settle(log.describe());
  const full = masters.find(({ node }) => node.name === leader) as Master;
  for (const disk of full.logs.disks()) disk.setCapacity(10 * 2 ** 20);
  const large = new Uint8Array(500_000);
  for (let round = 0; round < 20; round++) await world.settle(writer.append(large));
  ok((await world.settle(log.describe())).leader !== leader);
  ok(world.logged.some(({ text }) => /The disk is nearly full/.test(text)));
  await world.close();
});

test('masters with their registry in an etcd refuse logs, and say why', async () => {
  const { replicatedLogs } = await import(
    '../../../../actors/master/replicated-logs/replicated-logs.ts'
  );
  const cluster = startCluster({ seed: 10, agentCount: 0 });
  const stage = logStage(cluster);
  const { system } = cluster.world.start('etcd:1', (life) => {
    const keeper = {
      kind: 'nobody',
      sentence: 'Cannot keep replicated logs: for a reason',
    } as const;
    life.system.spawn(replicatedLogs, { keeper }, { name: 'replicated-logs' });
  });
  const who = { ...stage.user('user'), masters: [{ node: system.node }] };
  await refused(stage, openLog(who, 'ops/ledger', { create: true }), 'logsNotKept');
  await cluster.close();
});
