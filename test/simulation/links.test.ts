/**
 * Links under fire: actors link and unlink each other at random while they crash, restart and end,
 * nodes die and come back, and the network breaks in every way it knows. Whatever happens, a link
 * that was not taken back is told its end exactly once.
 */
import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor, type Exited } from '../../runtime/actor.ts';
import { address, formatAddress } from '../../runtime/address.ts';
import { VirtualWorld } from '../kit/virtual-world.ts';

const NODES = ['a:1', 'b:1', 'c:1', 'd:0'];
const TARGETS = ['t1', 't2', 't3'];
const CHAOS_MS = 60_000;

interface Report {
  heardCount: number;
  readonly wrong: string[];
}

interface WatcherState {
  readonly linked: Set<string>;
  acting: boolean;
}

type WatcherMessage = { readonly type: 'act' } | { readonly type: 'rest' } | Exited;

const watcher = defineActor<{ readonly report: Report }, WatcherState, WatcherMessage>({
  name: 'watcher',
  initialState: () => ({ linked: new Set(), acting: true }),
  started: (_state, context) => void context.sendSelfAfter(50, { type: 'act' }),
  handlers: {
    act({ linked, acting }, message, context) {
      if (!acting) return;
      const node = NODES[Math.floor(context.random() * NODES.length)] ?? '';
      const target = address<never>(
        TARGETS[Math.floor(context.random() * TARGETS.length)] ?? '',
        node,
      );
      const key = formatAddress(target);
      if (!linked.has(key) || context.random() < 0.5) {
        context.link(target);
        linked.add(key);
      } else {
        context.unlink(target);
        linked.delete(key);
      }
      context.sendSelfAfter(50 + 100 * context.random(), message);
    },
    rest(state) {
      state.acting = false;
    },
    exited({ linked }, { address: gone }, context) {
      const { report } = context.options;
      report.heardCount++;
      const key = formatAddress(gone);
      if (linked.delete(key)) return;
      report.wrong.push(`${formatAddress(context.self)} heard of ${key} without a link`);
    },
  },
});

type TargetMessage = { readonly type: 'end' } | { readonly type: 'fail' };

const target = defineActor<object, null, TargetMessage>({
  name: 'target',
  initialState: () => null,
  handlers: {
    end: (_state, _message, context) => context.stop(),
    fail() {
      throw new Error('on purpose');
    },
  },
});

for (const mode of ['connection', 'datagram'] as const) {
  test(`every link is told its end exactly once, whatever happens (${mode})`, async () => {
    let heardCount = 0;
    for (let seed = 1; seed <= 10; seed++) heardCount += await run(`links/${mode}/${seed}`, mode);
    ok(heardCount > 1000, `${heardCount} ends were heard of`);
  });
}

/** @returns how many ends were heard of */
async function run(seed: string, mode: 'connection' | 'datagram'): Promise<number> {
  const world = new VirtualWorld({
    seed,
    network: { mode, lossProbability: 0.02, delayMsMean: 20, silenceMsMax: 3000 },
  });
  const report: Report = { heardCount: 0, wrong: [] };
  const watchers = new Map<string, { self: Address<WatcherMessage>; state: WatcherState }>();
  const watched: typeof watcher = {
    ...watcher,
    started(state, context) {
      watchers.set(context.self.node, { self: context.self, state });
      watcher.started?.(state, context);
    },
  };
  const nodes = NODES.map((name) =>
    world.start(name, ({ system }) => {
      for (const each of TARGETS) system.spawn(target, {}, { name: each, restartCountMax: 1e6 });
      system.spawn(watched, { report });
    }),
  );
  const chance = world.random('faults');
  const again = (meanMs: number, deed: () => void) => {
    const next = () =>
      world.after(chance.exponential(meanMs), () => {
        if (world.elapsedMs() > CHAOS_MS) return;
        deed();
        next();
      });
    next();
  };
  const anyTarget = () => address<TargetMessage>(chance.pick(TARGETS), chance.pick(NODES));
  const anyRunning = () => chance.pick(nodes.filter(({ running }) => running));
  again(200, () => {
    const to = anyTarget();
    const node = world.nodes.get(to.node);
    if (node?.running === true) node.system.send(to, { type: chance.chance(0.5) ? 'end' : 'fail' });
  });
  again(1000, () => respawnTargets());
  again(2000, () => world.network.breakConnection(chance.pick(NODES), chance.pick(NODES)));
  again(8000, () => {
    const node = anyRunning();
    node.crash({ dark: chance.chance(0.5) });
    world.after(chance.between(10, 6000), () => node.restart());
  });
  again(8000, () => {
    const [one = '', ...others] = chance.shuffled(NODES);
    const partition = chance.chance(0.5)
      ? world.network.partition([one], others)
      : world.network.partitionOneWay([one], others);
    world.after(chance.between(100, 6000), () => partition.heal());
  });

  await world.runFor(CHAOS_MS + 6000);
  world.network.heal();
  world.network.setFaults({ lossProbability: 0 });
  respawnTargets();
  for (const { self } of watchers.values()) {
    world.nodes.get(self.node)?.system.send(self, { type: 'rest' });
  }
  await world.runUntilIdle();
  for (const node of nodes) {
    for (const name of TARGETS) node.system.stop(address(name, node.name));
  }
  await world.runUntilIdle();
  const unheard = [...watchers.values()].flatMap(({ self, state }) =>
    [...state.linked].map((key) => `${formatAddress(self)} never heard of ${key}`),
  );
  deepEqual([...report.wrong, ...unheard], [], `seed ${seed}`);
  await world.close();
  return report.heardCount;

  function respawnTargets(): void {
    for (const { system, running } of nodes) {
      if (!running) continue;
      for (const name of TARGETS) {
        try {
          system.spawn(target, {}, { name, restartCountMax: 1e6 });
        } catch {
          // It still lives.
        }
      }
    }
  }
}
