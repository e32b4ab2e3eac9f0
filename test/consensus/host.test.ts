/** Nodes form a cluster, lose and replace members, and refuse what would do harm. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { host } from '../../consensus/host.ts';
import {
  HOST_NAME,
  type HostMessage,
  type HostNews,
  type MembersAnswer,
  type MembersDescription,
} from '../../consensus/host-messages.ts';
import type { Proposed, ReplicaMessage } from '../../consensus/replica-messages.ts';
import { type ReplicaState, replicaName } from '../../consensus/replica-state.ts';
import { defineActor } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { lookInside } from '../kit/look-inside.ts';
import type { VirtualDisk } from '../kit/virtual-disk.ts';
import { ListMachine } from '../kit/virtual-replicas.ts';
import { type VirtualNode, VirtualWorld } from '../kit/virtual-world.ts';

interface Host {
  readonly name: string;
  readonly node: VirtualNode;
  disk: VirtualDisk;
  machine: ListMachine;
  readonly news: HostNews[];
  describe(): Promise<MembersDescription>;
  wish(type: 'addMember' | 'removeMember' | 'transferTo', node: string): Promise<MembersAnswer>;
  propose(text: string): void;
}

function startHost(world: VirtualWorld, name: string, nodes: readonly string[]): Host {
  const news: HostNews[] = [];
  const started: { disk: VirtualDisk; machine: ListMachine } = {
    disk: world.disk(name),
    machine: new ListMachine(),
  };
  const node = world.start(name, ({ system }) => {
    started.machine = new ListMachine();
    const owner = system.spawn(
      defineActor<undefined, undefined, HostNews>({
        name: 'owner',
        initialState: () => undefined,
        handlers: {
          roleChanged: (_, message) => void news.push(message),
          membershipChanged: (_, message) => void news.push(message),
          applied: () => {},
          replicaReady: () => {},
          hostSentAway: (_, message) => void news.push(message),
        },
      }),
      undefined,
    );
    const { disk, machine } = started;
    system.spawn(
      host,
      { node: name, nodes, disk, group: 'test', machine, owner },
      { name: HOST_NAME, onCrash: 'stop' },
    );
  });
  const at = address<HostMessage>(HOST_NAME, name);
  return {
    name,
    node,
    news,
    get disk() {
      return started.disk;
    },
    set disk(disk) {
      started.disk = disk;
    },
    get machine() {
      return started.machine;
    },
    set machine(_) {},
    describe: () =>
      world.settle(
        node.system.ask<HostMessage, MembersDescription>(
          at,
          (replyTo) => ({ type: 'describeMembers', replyTo }),
          5000,
        ),
      ),
    wish: (type, wished) =>
      world.settle(
        node.system.ask<HostMessage, MembersAnswer>(
          at,
          (replyTo) => ({ type, node: wished, replyTo }),
          5000,
        ),
      ),
    propose(text) {
      const replica = address<ReplicaMessage>(replicaName('test'), name);
      const nobody = address<Proposed>('nobody', name);
      const data = new TextEncoder().encode(text);
      node.system.send(replica, { type: 'propose', data, number: 1, replyTo: nobody });
    },
  };
}

const NAMES = ['a:1', 'b:1', 'c:1'];

async function formed(world: VirtualWorld, hosts: readonly Host[]): Promise<Host> {
  for (;;) {
    await world.runFor(500);
    for (const one of hosts) {
      if (!one.node.running) continue;
      const { leader, members } = await one.describe();
      if (leader !== one.name) continue;
      const settled = members.every(({ votes, isActive }) => votes && isActive);
      if (settled && members.length === hosts.length) return one;
    }
  }
}

const logged = (world: VirtualWorld, text: RegExp) =>
  world.logged.some((record) => text.test(record.text));

test('three nodes that were told of each other form one cluster', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  const leader = await formed(world, hosts);
  equal(leader.name, 'a:1');
  leader.propose('x');
  await world.runUntil(() => hosts.every(({ machine }) => machine.applied.length === 1));
  const ids = await Promise.all(hosts.map(async (one) => (await one.describe()).clusterId));
  equal(new Set(ids).size, 1);
  await world.close();
});

test('a cluster does not begin before all of its masters are there', async () => {
  const world = new VirtualWorld({ seed: 2 });
  const two = ['a:1', 'b:1'].map((name) => startHost(world, name, NAMES));
  await world.runFor(20_000);
  const { waitsFor, clusterId } = await (two[0] as Host).describe();
  match(waitsFor ?? '', /waiting for c:1/);
  equal(clusterId, undefined);
  await formed(world, [...two, startHost(world, 'c:1', NAMES)]);
  await world.close();
});

test('masters that were told of different masters form nothing', async () => {
  const world = new VirtualWorld({ seed: 3 });
  const hosts = NAMES.map((name) =>
    startHost(world, name, name === 'c:1' ? ['a:1', 'c:1'] : NAMES),
  );
  await world.runFor(10_000);
  for (const one of hosts) equal((await one.describe()).clusterId, undefined);
  ok(logged(world, /disagree on who they are/));
  await world.close();
});

test('all of them can be started again, and it is the same cluster', async () => {
  const world = new VirtualWorld({ seed: 4 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  await formed(world, hosts);
  const { clusterId } = await (hosts[0] as Host).describe();
  for (const { node, disk } of hosts) {
    node.crash();
    disk.losePower();
  }
  for (const { node } of hosts) node.restart();
  const leader = await formed(world, hosts);
  equal((await leader.describe()).clusterId, clusterId);
  await world.close();
});

test('a founding that a full disk or a crash prevented is begun anew', async () => {
  const world = new VirtualWorld({ seed: 8 });
  const [name] = NAMES as [string];
  const one = startHost(world, name, [name]);
  const segmentBytes = 16 * 2 ** 20;
  one.disk.setCapacity(segmentBytes + 2048);
  await world.runFor(2000);
  ok(logged(world, /Cannot found the cluster: .*ENOSPC.*; make space/));
  ok(one.disk.listNow().includes('cluster.json'));
  one.node.crash();
  one.disk.killProcess();
  one.disk.setCapacity(Number.POSITIVE_INFINITY);
  one.node.restart();
  await formed(world, [one]);
  one.propose('x');
  await world.runUntil(() => one.machine.applied.length === 1);
  const { clusterId } = await one.describe();
  one.node.crash();
  one.disk.losePower();
  one.node.restart();
  await formed(world, [one]);
  equal((await one.describe()).clusterId, clusterId);
  await world.close();
});

test('one that lost its disk is not let in as who it was, but as another', async () => {
  const world = new VirtualWorld({ seed: 5 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  let leader = await formed(world, hosts);
  leader.propose('x');
  const wiped = hosts.find((one) => one !== leader) as Host;
  wiped.node.crash();
  wiped.disk = world.disk('another');
  wiped.node.restart();
  await world.runFor(5000);
  match((await wiped.describe()).waitsFor ?? '', /has lost its log.*messor masters add/);
  deepEqual(await leader.wish('addMember', wiped.name), { type: 'membersAnswer' });
  leader = await formed(world, hosts);
  await world.runUntil(() => hosts.every(({ machine }) => machine.applied.length === 1));
  await world.close();
});

test('a learner that had some of the log and lost it comes back as another member', async () => {
  const world = new VirtualWorld({ seed: 9 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  const [founder, , learner] = hosts as [Host, Host, Host];
  const known = () => {
    const { system } = founder.node;
    const inside = lookInside<ReplicaState>(system, address(replicaName('test'), founder.name));
    return inside?.state.member?.status().progress.find(({ memberId }) => memberId === 3);
  };
  await world.runUntil(() => (known()?.matchIndex ?? 0) > 0);
  equal(known()?.isLearner, true);
  learner.node.crash();
  learner.disk = world.disk('another');
  learner.node.restart();
  await formed(world, hosts);
  ok(((await learner.describe()).memberId ?? 0) > 3);
  await world.close();
});

test('members are added and removed, and the leader hands over before it goes', async () => {
  const world = new VirtualWorld({ seed: 6 });
  let hosts = NAMES.map((name) => startHost(world, name, NAMES));
  let leader = await formed(world, hosts);
  for (const name of ['d:1', 'e:1']) {
    hosts.push(startHost(world, name, [name, 'a:1', 'b:1']));
    equal((await leader.wish('addMember', name)).refused, undefined);
    leader = await formed(world, hosts);
  }
  for (const name of ['a:1', 'b:1']) {
    let asked = leader;
    for (;;) {
      const answer = await asked.wish('removeMember', name);
      if (answer.askLeader === undefined) {
        equal(answer.refused, undefined);
        break;
      }
      await world.runFor(1000);
      asked = hosts.find((one) => one.name === answer.askLeader?.node) ?? asked;
    }
    const removed = hosts.find((one) => one.name === name) as Host;
    await world.runUntil(() => removed.news.some(({ type }) => type === 'hostSentAway'));
    removed.node.crash();
    hosts = hosts.filter((one) => one !== removed);
    leader = await formed(world, hosts);
  }
  deepEqual(
    hosts.map(({ name }) => name),
    ['c:1', 'd:1', 'e:1'],
  );
  await world.close();
});

test('one that was removed while nobody reached it hears of it when it is reached', async () => {
  const world = new VirtualWorld({ seed: 10 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  const leader = await formed(world, hosts);
  const removed = hosts.find((one) => one !== leader) as Host;
  const others = hosts.filter((one) => one !== removed).map(({ name }) => name);
  const partition = world.network.partition([removed.name], others);
  // Long enough for all connections to be given up, and what waits in them.
  await world.runFor(60_000);
  equal((await leader.wish('removeMember', removed.name)).refused, undefined);
  await world.runFor(60_000);
  partition.heal();
  await world.runUntil(() => removed.news.some(({ type }) => type === 'hostSentAway'), 60_000);
  await world.close();
});

for (const [howLongAgo, ms] of [
  ['a while ago', 3000],
  ['right now', 2],
] as const) {
  test(`nobody is removed whom the others need to decide, since one was lost ${howLongAgo}`, async () => {
    const world = new VirtualWorld({ seed: 7 });
    const hosts = NAMES.map((name) => startHost(world, name, NAMES));
    const leader = await formed(world, hosts);
    const [one, other] = hosts.filter((candidate) => candidate !== leader) as [Host, Host];
    await world.runFor(3000);
    one.node.crash();
    await world.runFor(ms);
    match((await leader.wish('removeMember', other.name)).refused ?? '', /only 1 can be reached/);
    equal((await leader.wish('removeMember', one.name)).refused, undefined);
    await world.close();
  });
}

test('the directory of a master at another address is refused', async () => {
  const world = new VirtualWorld({ seed: 8 });
  const alone = startHost(world, 'x:1', ['x:1']);
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  await formed(world, hosts);
  const [moved] = hosts as [Host];
  moved.node.crash();
  alone.node.crash();
  moved.disk = alone.disk;
  alone.disk.killProcess();
  moved.node.restart();
  await world.runUntil(() => sentAway(moved) !== undefined);
  equal(sentAway(moved)?.code, 'logOfOtherMember');
  match(sentAway(moved)?.reason ?? '', /is that of the master at x:1, and this one is at a:1/);
  await world.close();
});

test('who has the directory of another cluster ends, also when it was there first', async () => {
  const world = new VirtualWorld({ seed: 9 });
  const hosts = NAMES.map((name) => startHost(world, name, NAMES));
  const [one, two] = hosts as [Host, Host];
  await formed(world, hosts);
  const old = one.disk;
  for (const each of hosts) each.node.crash();
  for (const each of hosts) each.disk = world.disk(each.name);
  for (const each of hosts) each.node.restart();
  await formed(world, hosts);

  for (const each of hosts) each.node.crash();
  for (const each of hosts) each.disk.killProcess();
  old.killProcess();
  one.disk = old;
  one.node.restart();
  await world.runFor(5000);
  for (const each of hosts.slice(1)) each.node.restart();
  await world.runUntil(() => sentAway(one) !== undefined);
  equal(sentAway(one)?.code, 'logOfOtherCluster');
  match(sentAway(one)?.reason ?? '', /belongs to another cluster.*; give the directory that/);
  await world.runFor(5000);
  for (const each of hosts.slice(1)) equal(sentAway(each), undefined);
  ok((await two.describe()).leader !== undefined);
  await world.close();
});

function sentAway({ news }: Host) {
  return news.find((one) => one.type === 'hostSentAway');
}
