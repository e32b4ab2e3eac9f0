/** The store in a replicated log does what every store must do, in a virtual world with its faults. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../../../../actors/master/registry/leader.ts';
import { REGISTRY_GROUP, startRaftStore } from '../../../../actors/master/registry/raft-store.ts';
import { readIdentity } from '../../../../consensus/directory-identity.ts';
import { HOST_NAME } from '../../../../consensus/host-messages.ts';
import type { HostState } from '../../../../consensus/host-state.ts';
import type { Proposed, ReplicaMessage } from '../../../../consensus/replica-messages.ts';
import { replicaName } from '../../../../consensus/replica-state.ts';
import { address } from '../../../../runtime/address.ts';
import { lookInside } from '../../../kit/look-inside.ts';
import { admit } from '../../../kit/registry-operations.ts';
import type { StoreCluster, StoreNode } from '../../../kit/registry-store-cluster.ts';
import { type PlayedMaster, playMaster } from '../../../kit/registry-store-master.ts';
import { Stage } from '../../../kit/registry-store-stage.ts';
import { candidatesOf, registryStoreSuite } from '../../../kit/registry-store-suite.ts';
import type { VirtualDisk } from '../../../kit/virtual-disk.ts';
import { type VirtualNode, VirtualWorld } from '../../../kit/virtual-world.ts';

/** Far more than an election needs. */
const PATIENCE_MS = 60_000;
const SETTLE_MS = 5000;
/** A node stands still for a time that is known when it begins. */
const PAUSE_MS = 30_000;

let seed = 0;

registryStoreSuite('raft', async (candidates) => openCluster(candidates), [
  'pause',
  'isolate',
  'dropReplies',
  'killAll',
]);

test('raft store: who has no room to write lets another one lead', async () => {
  const candidates = candidatesOf(3);
  const cluster = openCluster(candidates);
  const stage = new Stage(cluster, candidates);
  try {
    await stage.startAll();
    const { leader } = await stage.elected();
    await stage.keep([admit('a1')]);
    await stage.untilAllFollow(leader);
    const full = stage.masters.find(({ candidate }) => candidate.node !== leader.candidate.node);
    ok(full !== undefined);
    await stage.kill(full);
    cluster.fill(full.candidate.node);
    await stage.start(full.candidate);
    await cluster.settle();
    const { leader: next } = await stage.checkSuccessor(full.candidate.node);
    notEqual(next.candidate.node, full.candidate.node);
    await stage.keep([admit('a2')]);
    stage.checkNews();
  } finally {
    await cluster.close();
  }
});

test('raft store: what only a newer master understands ends it in order, and its log stays', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const [candidate] = candidatesOf(1);
  ok(candidate !== undefined);
  const disk = world.disk(candidate.node);
  const codes: string[] = [];
  const start = startRaftStore({
    nodes: [candidate.node],
    disk,
    onUnusable: (code) => void codes.push(code),
  });
  let master: PlayedMaster | undefined;
  const node = world.start(candidate.node, ({ system }) => {
    const startStore: StoreNode['startStore'] = (options) => start(options, system);
    master = playMaster({ system, startStore }, candidate);
  });
  await world.runUntil(() => master?.leading !== undefined);
  const data = Buffer.from(
    `{"epoch":${master?.leading?.epoch}}\n{"type":"operations","format":2}\n`,
  );
  const replica = address<ReplicaMessage>(replicaName(REGISTRY_GROUP), candidate.node);
  const replyTo = address<Proposed>('nobody', candidate.node);
  node.system.send(replica, { type: 'propose', data, number: 1, replyTo });
  await world.runUntil(() => codes.length > 0);
  deepEqual(codes, ['registryNewer']);
  ok(world.logged.some(({ text }) => /This replica ends: .*; upgrade this master/.test(text)));
  await world.runFor(1000);
  equal(readIdentity(disk)?.memberId, 1);
  await world.close();
});

interface FillableCluster extends StoreCluster {
  /** The segment that a node's log goes on in is its last: there is room for nothing more. */
  fill(node: string): void;
}

/** A node with a disk for each candidate; the disk outlives the node's processes. */
function openCluster(candidates: readonly Candidate[]): FillableCluster {
  const world = new VirtualWorld({ seed: seed++, trace: { lineCountMax: 1000 } });
  const names = candidates.map(({ node }) => node);
  const nodes = new Map<string, VirtualNode>();
  const disks = new Map<string, VirtualDisk>();
  let pausedUntilMs = 0;
  let isFormed = false;

  const others = (name: string) => names.filter((other) => other !== name);

  function running(name: string): VirtualNode {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`There is no node ${name}`);
    return node;
  }

  /** The first to be there leads before the others have joined, and can't be spared until then. */
  function votesOfAll(name: string): boolean {
    const { system } = running(name);
    const status = lookInside<HostState>(system, { name: HOST_NAME })?.state.status;
    return status?.membership.voters.length === names.length;
  }

  return {
    async start({ node: name }) {
      const known = nodes.get(name);
      const disk = disks.get(name) ?? world.disk(name);
      const node = known ?? world.start(name, () => {});
      known?.restart();
      nodes.set(name, node);
      disks.set(name, disk);
      const startStore = startRaftStore({ nodes: names, disk });
      return {
        system: node.system,
        startStore: (options) =>
          startStore(options, node.system, { name: 'registry-store', onCrash: 'stop' }),
      };
    },
    async until(what, isSo) {
      try {
        if (!isFormed) await world.runUntil(() => names.every(votesOfAll), PATIENCE_MS);
        isFormed = true;
        await world.runUntil(isSo, PATIENCE_MS);
      } catch (cause) {
        throw new Error(`It is not so that ${what}`, { cause });
      }
    },
    settle: () => world.runFor(SETTLE_MS),
    fill(name) {
      const disk = disks.get(name);
      if (disk === undefined) throw new Error(`There is no disk of ${name}`);
      disk.removeNow('wal-0000000002');
      const used = disk.listNow().reduce((sum, file) => sum + disk.sizeNow(file), 0);
      disk.setCapacity(used + 65_536);
    },
    chaos: {
      async kill(name) {
        running(name).crash();
        disks.get(name)?.killProcess();
      },
      async pause(name) {
        pausedUntilMs = world.nowMs() + PAUSE_MS;
        running(name).freeze(PAUSE_MS);
      },
      resume: () => world.runFor(Math.max(0, pausedUntilMs - world.nowMs())),
      async isolate(name) {
        world.network.partition([name], others(name));
      },
      async dropReplies(name) {
        world.network.partitionOneWay(others(name), [name]);
      },
      async heal() {
        world.network.heal();
      },
      async killAll() {
        for (const [name, node] of nodes) {
          node.crash();
          disks.get(name)?.losePower();
        }
      },
    },
    close: () => world.close(),
  };
}
