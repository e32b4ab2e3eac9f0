/** A virtual world with small actors: real systems, virtual outside. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor, type Exited } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { VirtualWorld, type VirtualWorldOptions, WorldFault } from './virtual-world.ts';

type CounterMessage =
  | { readonly type: 'add'; readonly number: number }
  | { readonly type: 'read'; readonly replyTo: Address<Total> }
  | { readonly type: 'fail' };

interface Total {
  readonly type: 'total';
  readonly total: number;
}

/** Adds up; loses its sum when it crashes. */
const counter = defineActor<object, { total: number }, CounterMessage>({
  name: 'counter',
  initialState: () => ({ total: 0 }),
  accepts: () => undefined,
  handlers: {
    add(state, { number }) {
      state.total += number;
    },
    read({ total }, { replyTo }, context) {
      context.send(replyTo, { type: 'total', total });
    },
    fail() {
      throw new Error('on purpose');
    },
  },
});

interface ClientOptions {
  readonly counter: Address<CounterMessage>;
  readonly intervalMs: number;
}
interface ClientState {
  totals: number[];
  timeouts: number;
  exits: string[];
}
type ClientMessage =
  | { readonly type: 'due' }
  | { readonly type: 'waited' }
  | Total
  | { readonly type: 'timedOut' }
  | Exited;

/** Every interval adds 1 and asks for the sum; links the counter. */
const client = defineActor<ClientOptions, ClientState, ClientMessage>({
  name: 'client',
  initialState: () => ({ totals: [], timeouts: 0, exits: [] }),
  accepts: () => undefined,
  started(_state, context) {
    context.link(context.options.counter);
    context.sendSelfAfter(context.options.intervalMs * context.random(), { type: 'due' });
  },
  handlers: {
    due(_state, _message, context) {
      const { counter: to, intervalMs } = context.options;
      context.send(to, { type: 'add', number: 1 });
      context.defer(slowly(), {
        onValue: () => ({ type: 'waited' }),
        onError: () => ({ type: 'waited' }),
      });
      context.sendSelfAfter(intervalMs, { type: 'due' });
    },
    waited(_state, _message, context) {
      context.ask<CounterMessage, Total>(
        context.options.counter,
        (replyTo) => ({ type: 'read', replyTo }),
        { timeoutMs: 500, onReply: (reply) => reply, onTimeout: () => ({ type: 'timedOut' }) },
      );
    },
    total(state, { total }) {
      state.totals.push(total);
    },
    timedOut(state) {
      state.timeouts++;
    },
    exited(state, { reason }, context) {
      state.exits.push(reason);
      context.link(context.options.counter);
    },
  },
});

async function slowly(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

test('two runs of a seed tell the same story byte for byte, another seed another story', async () => {
  const [one, same, other] = [await story(7), await story(7), await story(8)];
  equal(one.text, same.text);
  equal(one.fingerprint, same.fingerprint);
  equal(one.stepCount, same.stepCount);
  ok(one.stepCount > 1000, `${one.stepCount} steps`);
  notEqual(one.fingerprint, other.fingerprint);
});

test('actors on different nodes talk, and time passes only in the world', async () => {
  const { world, clients } = start({ seed: 1 });
  const startedMs = performance.now();
  await world.runFor(60_000);
  equal(world.elapsedMs(), 60_000);
  ok(performance.now() - startedMs < 10_000);
  for (const { totals, timeouts } of clients()) {
    ok(totals.length > 50, `${totals.length} answers`);
    equal(timeouts, 0);
  }
});

test('a crashed node is missed by who linked its actors, and its next life begins anew', async () => {
  const { world, server, clients } = start({ seed: 1 });
  await world.runFor(10_000);
  server.crash();
  await world.runFor(5000);
  ok(clients().every(({ exits }) => exits.includes('noConnection')));
  server.restart();
  await world.runFor(10_000);
  for (const { totals } of clients()) {
    const fall = totals.findIndex((total, index) => total < (totals[index - 1] ?? 0));
    ok(fall > 0, `the sum begins anew: ${totals.join(' ')}`);
  }
});

test('a node that stands still is lost to its peers after a while, and comes back', async () => {
  const { world, server, clients } = start({ seed: 1, network: { silenceMsMax: 3000 } });
  await world.runFor(10_000);
  server.freeze(1000);
  await world.runFor(5000);
  ok(clients().every(({ exits }) => exits.length === 0));
  server.freeze(10_000);
  await world.runFor(9000);
  ok(clients().every(({ exits }) => exits.includes('noConnection')));
  await world.runFor(10_000);
  for (const { totals } of clients())
    ok((totals.at(-1) ?? 0) > (totals[0] ?? 0), 'it kept its sum');
});

test('a node that stops in good order tells its peers at once', async () => {
  const { world, server, clients } = start({ seed: 1 });
  await world.runFor(10_000);
  await world.settle(server.stop());
  await world.runFor(10);
  ok(clients().every(({ exits }) => exits.length > 0));
  server.restart();
  await world.runFor(5000);
  equal(server.life, 2);
});

test('a supervised actor that crashes is started again by nact inside the world', async () => {
  const { world, server } = start({ seed: 2 });
  const counterAddress = address<CounterMessage>('counter', 'server:1');
  await world.runFor(5000);
  server.system.send(counterAddress, { type: 'fail' });
  await world.runFor(100);
  const reply = await world.settle(
    server.system.ask<CounterMessage, Total>(
      counterAddress,
      (replyTo) => ({ type: 'read', replyTo }),
      1000,
    ),
  );
  ok(reply.total < 3, `it began anew: ${reply.total}`);
});

test('a check that fails ends the run and names the seed and the step', async () => {
  const { world } = start({ seed: 3 });
  world.afterEachStep(() => {
    if (world.elapsedMs() > 2000) throw new Error('the sum is wrong');
  });
  await rejects(world.runFor(10_000), (error) => {
    ok(error instanceof WorldFault);
    match(error.message, /^the sum is wrong \(seed 3, step \d+, 2\.\d+ s\)$/);
    return true;
  });
});

test('what no wire could carry is a fault of the test, not a dead letter', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const node = world.start('a:1', () => {});
  world.start('b:1', ({ system }) => void system.spawn(counter, {}));
  const add = { type: 'add', number: 1, callback: () => {} } as const;
  node.system.send(address<CounterMessage>('counter', 'b:1'), add);
  await rejects(world.runFor(100), /Cannot carry "callback"/);
});

test('who asks the machine instead of the host is caught, even if a supervisor would forgive it', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const cheat = defineActor<object, null, { readonly type: 'cheat' }>({
    name: 'cheat',
    initialState: () => null,
    handlers: { cheat: () => void Math.random() },
  });
  const node = world.start('a:1', () => {});
  node.system.send(node.system.spawn(cheat, {}), { type: 'cheat' });
  await rejects(world.runFor(100), /Cannot use random while a virtual world runs/);
});

test('waiting in vain says so, with the seed', async () => {
  const { world } = start({ seed: 9 });
  await rejects(
    world.runUntil(() => false, 1000),
    /did not happen within 1000 ms \(seed 9, /,
  );
});

test('a world in which nothing is planned comes to rest', async () => {
  const world = new VirtualWorld({ seed: 1 });
  const node = world.start('a:1', ({ system }) => void system.spawn(counter, {}));
  node.system.send(address<CounterMessage>('counter', 'a:1'), { type: 'add', number: 2 });
  await world.runUntilIdle();
  deepEqual([...world.nodes.keys()], ['a:1']);
  equal(world.elapsedMs(), 0);
});

test('a world that ended leaves nothing behind that could still happen', async () => {
  const { world, server } = start({ seed: 1 });
  await world.runFor(5000);
  server.crash();
  await world.close();
  const before = world.trace.count();
  await world.runFor(60_000);
  equal(world.trace.count(), before);
});

/** A server and three clients in a bad network, with crashes and a partition. */
async function story(seed: number) {
  const { world, server, crowd } = start({
    seed,
    trace: { lineCountMax: Number.POSITIVE_INFINITY },
    network: {
      mode: 'datagram',
      delayMsMean: 20,
      lossProbability: 0.05,
      duplicateProbability: 0.05,
      silenceMsMax: 3000,
    },
  });
  const counterAddress = address<CounterMessage>('counter', 'server:1');
  world.at(4000, () => server.system.send(counterAddress, { type: 'fail' }));
  world.at(8000, () => void world.network.partition(['server:1'], ['client-1:1', 'client-2:1']));
  world.at(12_000, () => server.crash({ dark: true }));
  world.at(14_000, () => crowd[0]?.crash());
  world.at(15_000, () => server.restart());
  world.at(16_000, () => world.network.heal());
  world.at(17_000, () => crowd[0]?.restart());
  await world.runFor(40_000);
  const told = {
    text: world.trace.text(),
    fingerprint: world.trace.fingerprint(),
    stepCount: world.stepCount(),
  };
  await world.close();
  return told;
}

function start(options: VirtualWorldOptions) {
  const world = new VirtualWorld(options);
  const states = new Map<string, ClientState>();
  const server = world.start('server:1', ({ system }) => {
    system.spawn(counter, {}, { name: 'counter' });
  });
  const crowd = [1, 2, 3].map((number) =>
    world.start(`client-${number}:1`, ({ system }) => {
      const watched: typeof client = {
        ...client,
        initialState(own) {
          const state = client.initialState(own);
          states.set(system.node, state);
          return state;
        },
      };
      const to = address<CounterMessage>('counter', 'server:1');
      system.spawn(watched, { counter: to, intervalMs: 1000 });
    }),
  );
  return { world, server, crowd, clients: () => [...states.values()] };
}
