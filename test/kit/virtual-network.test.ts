/** The network of a virtual world, without actors: signals in, signals out. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Carrier, Signal } from '../../runtime/host.ts';
import type { NetworkOptions } from './network-options.ts';
import { seededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { virtualHost } from './virtual-host.ts';
import { VirtualNetwork } from './virtual-network.ts';

test('messages arrive in the order they were sent, later than they were sent', () => {
  const { a, b, run } = start({ delayMsMin: 5, delayMsMean: 50 });
  for (let number = 1; number <= 20; number++) a.send(number);
  run();
  deepEqual(b.numbers(), sequence(1, 20));
  ok((b.heard[0]?.atMs ?? 0) >= 15, 'a handshake there and back, and one way');
});

test('pairs overtake each other', () => {
  const { network, clock, node, run } = build({ delayMsMin: 0, delayMsMean: 50 });
  void network;
  void clock;
  const c = node('c:1');
  const senders = Array.from({ length: 8 }, (_, index) => node(`s${index}:1`));
  for (const [index, sender] of senders.entries()) sender.sendTo('c:1', index);
  run();
  equal(c.numbers().length, 8);
  ok(c.numbers().join() !== sequence(0, 7).join(), 'somebody came in another order');
});

test('both may dial at once, and still nothing is lost', () => {
  const { a, b, run } = start();
  a.send(1);
  b.send(2);
  a.send(3);
  run();
  deepEqual(b.numbers(), [1, 3]);
  deepEqual(a.numbers(), [2]);
  deepEqual([...a.lost, ...b.lost], []);
});

test('on a connection, what is lost takes all that follows with it, and both ends hear of it', () => {
  const { a, b, run, network } = start({ delayMsMin: 10 });
  a.send(1);
  run();
  a.send(2);
  network.breakConnection('a:1', 'b:1');
  a.send(3);
  run();
  deepEqual(b.numbers(), [1, 2]);
  equal(a.lost.length, 1);
  equal(b.lost.length, 1);
  a.send(4);
  run();
  deepEqual(b.numbers(), [1, 2, 4]);
});

test('on a connection, loss never leaves a hole: what arrives between two breaks has no gaps', () => {
  const { a, b, run } = start({ lossProbability: 0.02, delayMsMean: 2 }, 5);
  for (let number = 1; number <= 2000; number++) {
    a.send(number);
    if (number % 5 === 0) run();
  }
  run();
  ok(b.lost.length > 5, `${b.lost.length} breaks`);
  let before = 0;
  for (const { number, afterBreak } of b.heard) {
    ok(number > before, 'never twice, never back');
    if (!afterBreak) equal(number, before + 1);
    before = number;
  }
});

test('datagrams are lost and doubled one by one while the connection lives, in order all the same', () => {
  const { a, b, run } = start({
    mode: 'datagram',
    lossProbability: 0.1,
    duplicateProbability: 0.1,
  });
  for (let number = 1; number <= 1000; number++) a.send(number);
  run();
  const numbers = b.numbers();
  const distinct = new Set(numbers);
  ok(distinct.size > 850 && distinct.size < 950, `${distinct.size} of 1000 arrived`);
  ok(numbers.length - distinct.size > 50, `${numbers.length - distinct.size} came twice`);
  deepEqual(
    numbers,
    [...numbers].sort((one, other) => one - other),
  );
  deepEqual([...a.lost, ...b.lost], []);
});

test('signals of links are never lost as datagrams', () => {
  const { a, b, run } = start({ mode: 'datagram', lossProbability: 0.9 });
  for (let count = 0; count < 50; count++) a.link();
  run();
  equal(b.links(), 50);
});

test('who is not there refuses: the sender hears it and gets its messages back', () => {
  const { a, run } = start();
  a.sendTo('nobody:1', 1);
  run();
  match(a.lost.join(), /nobody:1 refuses connections/);
  deepEqual(a.returned, [1]);
});

test('a short partition only delays what is sent on a connection', () => {
  const { a, b, run, runFor, network } = start();
  a.send(1);
  run();
  const partition = network.partition(['a:1'], ['b:1']);
  a.send(2);
  runFor(3000);
  deepEqual(b.numbers(), [1]);
  partition.heal();
  run();
  deepEqual(b.numbers(), [1, 2]);
  deepEqual([...a.lost, ...b.lost], []);
});

test('in a long partition both ends give up, and find each other again when it heals', () => {
  const { a, b, run, network } = start({ silenceMsMax: 1000 });
  a.send(1);
  run();
  network.partition(['a:1'], ['b:1']);
  a.send(2);
  run();
  deepEqual([a.lost, b.lost], [['b:1 has gone silent'], ['a:1 has gone silent']]);
  network.heal();
  a.send(3);
  b.send(4);
  run();
  deepEqual([b.numbers(), a.numbers()], [[1, 3], [4]]);
});

test('a one-way partition lets one side speak until both notice', () => {
  const { a, b, run, runFor, network } = start({ silenceMsMax: 1000 });
  a.send(1);
  run();
  network.partitionOneWay(['a:1'], ['b:1']);
  a.send(2);
  b.send(3);
  runFor(100);
  deepEqual([b.numbers(), a.numbers()], [[1], [3]]);
  run();
  deepEqual([a.lost.length, b.lost.length], [1, 1]);
});

test('while a partition lasts, dialling gives up in the end and returns what waited', () => {
  const { a, run, network } = start({ dialTimeoutMs: 3000 });
  network.partition(['a:1'], ['b:1']);
  a.send(1);
  run();
  deepEqual(a.returned, [1]);
  match(a.lost.join(), /b:1 does not answer/);
});

test('a crash is heard by peers at once, a dark one after a silence, and nothing arrives twice', () => {
  for (const dark of [false, true]) {
    const { a, b, run, clock, network } = start({ silenceMsMax: 1000 });
    a.send(1);
    run();
    const crashedMs = clock.nowMs();
    network.crash('b:1', { dark });
    b.host.halt();
    run();
    equal(a.lost.length, 1);
    equal(clock.nowMs() - crashedMs > 400, dark);
  }
});

test('what waits for a connection is bounded', () => {
  const { a, run, network } = start({ waitingCountMax: 3, dialTimeoutMs: 2000 });
  network.partition(['a:1'], ['b:1']);
  for (let number = 1; number <= 5; number++) a.send(number);
  deepEqual(a.returned, [4, 5]);
  run();
  deepEqual(a.returned, [4, 5, 1, 2, 3]);
});

test('nobody can dial a node that only dials, but it is answered on its own connection', () => {
  const { node, run } = build();
  const tool = node('tool:0');
  const server = node('server:1');
  server.sendTo('tool:0', 1);
  run();
  deepEqual(server.returned, [1]);
  tool.sendTo('server:1', 2);
  run();
  server.sendTo('tool:0', 3);
  run();
  deepEqual([server.numbers(), tool.numbers()], [[2], [3]]);
});

test('removing one kind of fault leaves the dice of the others where they were', () => {
  const arrivals = [0, 0.3].map((duplicateProbability) => {
    const { a, b, run } = start({ mode: 'datagram', lossProbability: 0.2, duplicateProbability });
    for (let number = 1; number <= 200; number++) a.send(number);
    run();
    return [...new Set(b.numbers())];
  });
  deepEqual(arrivals[0], arrivals[1]);
});

function build(options: Partial<NetworkOptions> = {}, seed = 1) {
  const random = seededRandom(seed);
  const clock = new VirtualClock(0, 'random', random.split('schedule'));
  const network = new VirtualNetwork(
    clock,
    random.split('network'),
    { onSignal: () => {}, onEvent: () => {}, onUnfit: () => {} },
    options,
  );
  const run = () => {
    while (clock.step()) {
      // Until nothing is planned.
    }
  };
  const runFor = (durationMs: number) => {
    const endMs = clock.nowMs() + durationMs;
    while ((clock.nextAtMs() ?? Number.POSITIVE_INFINITY) <= endMs) clock.step();
    clock.advanceTo(endMs);
  };
  const node = (name: string) => endpoint(name, clock, network);
  return { network, clock, run, runFor, node };
}

function start(options: Partial<NetworkOptions> = {}, seed = 1) {
  const world = build(options, seed);
  const a = world.node('a:1');
  const b = world.node('b:1');
  return {
    ...world,
    a: { ...a, send: (number: number) => a.sendTo('b:1', number), link: () => a.linkTo('b:1') },
    b: { ...b, send: (number: number) => b.sendTo('a:1', number) },
  };
}

function endpoint(name: string, clock: VirtualClock, network: VirtualNetwork) {
  const random = seededRandom(name);
  const host = virtualHost({ clock, random, onLog: () => {} });
  const carrier: Carrier = network.connect(name, host);
  const heard: { number: number; atMs: number; afterBreak: boolean }[] = [];
  const lost: string[] = [];
  const returned: number[] = [];
  let linkCount = 0;
  let broken = false;
  const numberOf = (signal: Signal) =>
    signal.kind === 'message' ? (signal.message as unknown as { number: number }).number : -1;
  carrier.attach({
    deliver(_from, signal) {
      if (signal.kind === 'message') {
        heard.push({ number: numberOf(signal), atMs: clock.nowMs(), afterBreak: broken });
        broken = false;
      } else linkCount++;
    },
    nodeLost(_node, reason) {
      lost.push(reason);
      broken = true;
    },
    undeliverable: (signal) => void returned.push(numberOf(signal)),
  });
  const self = { node: name, name: 'x' };
  return {
    host,
    heard,
    lost,
    returned,
    links: () => linkCount,
    numbers: () => heard.map(({ number }) => number),
    sendTo(peer: string, number: number) {
      const message = { type: 'number', number };
      const to = { node: peer, name: 'x' };
      carrier.send({ kind: 'message', to, from: self, id: 1, causeId: 0, causeNode: '', message });
    },
    linkTo(peer: string) {
      carrier.send({ kind: 'link', to: { node: peer, name: 'x' }, from: self });
    },
  };
}

function sequence(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
