/** The store in an etcd does what every store must do, on a real one, with faults on the way to it. */
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { EtcdClient } from '../../../../actors/master/registry/etcd-client.ts';
import { startEtcdStore } from '../../../../actors/master/registry/etcd-store.ts';
import type { Candidate } from '../../../../actors/master/registry/leader.ts';
import { etcdClient } from '../../../../bin/etcd-client.ts';
import type { Host } from '../../../../runtime/host.ts';
import { nodeHost } from '../../../../runtime/node-host.ts';
import { createSystem, type System } from '../../../../runtime/system.ts';
import { etcdMissing, type RealEtcd, startRealEtcd } from '../../../kit/real-etcd.ts';
import type { StoreCluster } from '../../../kit/registry-store-cluster.ts';
import { registryStoreSuite } from '../../../kit/registry-store-suite.ts';

/** Short, because leaders are killed; not so short that a busy machine deposes them. */
const TTL_S = 2;
/** Of one that has nobody to wait for it. */
const LONE_TTL_S = 10;
/** A store that does something does it far sooner. */
const SETTLE_MS = 300;
const LOOK_INTERVAL_MS = 20;
/** Far more than an election needs. */
const PATIENCE_MS = 20_000;

const missing = etcdMissing();
let etcd: RealEtcd | undefined;
let clusterCount = 0;

if (missing === undefined) {
  before(async () => {
    etcd = await startRealEtcd();
  });
  after(() => etcd?.close());
  registryStoreSuite('etcd', async ({ length }) => openCluster(length === 1 ? LONE_TTL_S : TTL_S), [
    'pause',
    'isolate',
    'dropReplies',
    'killAll',
  ]);
} else {
  test('etcd store', { skip: missing }, () => {});
}

/** One candidate's way to etcd, and its time. */
interface Life {
  readonly system: System;
  readonly world: PausableHost;
  readonly way: FaultyWay;
}

/** All in one process: a system with a host and a way to etcd for each candidate. */
function openCluster(sessionTtlS: number): StoreCluster {
  const cluster = `suite ${clusterCount++}`;
  const lives = new Map<string, Life>();
  const all: Life[] = [];
  const life = (node: string) => {
    const found = lives.get(node);
    if (found === undefined) throw new Error(`There is no node ${node}`);
    return found;
  };
  const kill = async (node: string) => {
    const { way, system } = life(node);
    lives.delete(node);
    way.mode = 'cut';
    await system.shutdown();
  };
  return {
    async start({ node }: Candidate) {
      const world = pausableHost();
      const system = createSystem({ node, incarnation: 1, host: world.host });
      const way = faultyWay(etcdClient([etcd?.endpoint ?? '']));
      const started = { system, world, way };
      lives.set(node, started);
      all.push(started);
      const startStore = startEtcdStore({
        ...{ client: way.client, cluster, sessionTtlS, lookIntervalMs: LOOK_INTERVAL_MS },
        snapshotBytesMin: 1_000_000,
      });
      return {
        system,
        startStore: (options) =>
          startStore(options, system, { name: 'registry-store', onCrash: 'stop' }),
      };
    },
    async until(what, isSo) {
      const deadlineMs = performance.now() + PATIENCE_MS;
      while (!isSo()) {
        if (performance.now() > deadlineMs) throw new Error(`It is not so that ${what}`);
        await pause(1);
      }
    },
    settle: () => pause(SETTLE_MS),
    chaos: {
      kill,
      pause: async (node) => life(node).world.pause(),
      resume: async (node) => life(node).world.resume(),
      isolate: async (node) => {
        life(node).way.mode = 'cut';
      },
      dropReplies: async (node) => {
        life(node).way.mode = 'deaf';
      },
      heal: async () => {
        for (const { way } of lives.values()) way.mode = 'open';
      },
      killAll: async () => {
        await Promise.all([...lives.keys()].map(kill));
        await etcd?.kill();
        await etcd?.restart();
      },
    },
    async close() {
      for (const { world } of all) world.resume();
      await Promise.all(all.map(({ system }) => system.shutdown()));
      await Promise.all(all.map(({ way }) => way.close()));
    },
  };
}

interface FaultyWay {
  mode: 'open' | 'cut' | 'deaf';
  readonly client: EtcdClient;
  close(): Promise<void>;
}

function faultyWay(inner: ReturnType<typeof etcdClient>): FaultyWay {
  const way: FaultyWay = {
    mode: 'open',
    close: () => inner.close(),
    client: {
      place: inner.place,
      async ask(path, body, timeoutMs) {
        if (way.mode === 'cut') throw new Error('the way to etcd is cut');
        const answer = await inner.ask(path, body, timeoutMs);
        if (way.mode !== 'open') throw new Error('the answer of etcd is lost');
        return answer;
      },
      tell(path, body) {
        if (way.mode !== 'cut') inner.tell(path, body);
      },
    },
  };
  return way;
}

interface PausableHost {
  readonly host: Host;
  pause(): void;
  resume(): void;
}

/** The real outside, in which a process can be made to stand still while time goes on. */
function pausableHost(): PausableHost {
  const real = nodeHost({
    logSink: () => {},
  });
  let held: (() => void)[] | undefined;
  const unlessHeld = (turn: () => void) => () => {
    if (held === undefined) turn();
    else held.push(turn);
  };
  return {
    host: {
      ...real,
      setTimer: (delayMs, callback) => {
        let isCancelled = false;
        const cancel = real.setTimer(
          delayMs,
          unlessHeld(() => {
            if (!isCancelled) callback();
          }),
        );
        return () => {
          isCancelled = true;
          cancel();
        };
      },
      schedule: (turn, fair) => real.schedule(unlessHeld(turn), fair),
    },
    pause() {
      held ??= [];
    },
    resume() {
      const turns = held ?? [];
      held = undefined;
      for (const turn of turns) turn();
    },
  };
}
