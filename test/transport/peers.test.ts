/** The carrier under a virtual clock: who dials whom, which connection stays, what is told when. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualWires } from './virtual-wires.ts';

test('a node is dialled when something is sent to it, and not before', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1');
  await wires.run(60_000);
  deepEqual(wires.dials, []);
  a.tell('b:1', 'first');
  a.tell('b:1', 'second');
  await wires.run(10);
  b.tell('a:1', 'answer');
  await wires.run(10);
  deepEqual([b.heard, a.heard], [['first', 'second'], ['answer']]);
  deepEqual(wires.dials, ['a:1>b:1']);
});

test('both dial at once: one connection stays, and nothing is lost or told lost', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1');
  a.tell('b:1', 'from a');
  b.tell('a:1', 'from b');
  await wires.run(1_000);
  deepEqual([a.heard, b.heard], [['from b'], ['from a']]);
  deepEqual([...a.lost, ...b.lost, ...a.undeliverable, ...b.undeliverable], []);
  deepEqual(wires.dials, ['a:1>b:1', 'b:1>a:1']);
  equal(wires.openCount('a:1', 'b:1'), 1);
  equal(a.peers.views()[0]?.dialledByUs, true, 'the one of the node whose name sorts first');
  equal(b.peers.views()[0]?.dialledByUs, false);
});

for (let offset = -6; offset <= 6; offset++) {
  test(`dials ${offset} ms apart end in one connection`, async () => {
    const wires = new VirtualWires();
    const a = wires.start('a:1');
    const b = wires.start('b:1');
    wires.clock.after(10, a, () => a.tell('b:1', 'from a'));
    wires.clock.after(10 + offset / 2, b, () => b.tell('a:1', 'from b'));
    await wires.run(1_000);
    deepEqual([a.heard, b.heard], [['from b'], ['from a']]);
    deepEqual([...a.lost, ...b.lost], []);
    equal(wires.openCount('a:1', 'b:1'), 1);
    const warnings = [...a.logged, ...b.logged].filter(({ level }) => level === 'warn');
    deepEqual(warnings, [], 'it is nothing that anybody has to look after');
  });
}

test('a node that only dials is reached by its own connection, and never dialled', async () => {
  const wires = new VirtualWires();
  const master = wires.start('m:1');
  const scheduler = wires.start('scheduler-1:0');
  scheduler.tell('m:1', 'hello');
  await wires.run(10);
  master.tell('scheduler-1:0', 'offer');
  await wires.run(10);
  deepEqual(scheduler.heard, ['offer']);

  wires.cut('m:1', 'scheduler-1:0');
  await wires.run(60_000);
  equal(master.lost.length, 1);
  master.tell('scheduler-1:0', 'offer');
  master.link('scheduler-1:0');
  await wires.run(60_000);
  deepEqual(master.undeliverable, ['offer noConnection']);
  equal(master.lost.length, 2, 'once for both');
  match(master.lost[1] ?? '', /it can't be dialled/);
  deepEqual(wires.dials, ['scheduler-1:0>m:1']);
});

test('a lost connection is told once to each side, after everything that came before', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1');
  a.tell('b:1', 'one');
  await wires.run(10);
  a.tell('b:1', 'two');
  await wires.run(1);
  wires.cut('a:1', 'b:1');
  await wires.run(60_000);
  deepEqual(b.told, ['one from a:1', 'two from a:1', 'lost a:1']);
  deepEqual(a.told, ['lost b:1']);
  deepEqual(wires.dials, ['a:1>b:1'], 'nobody had anything to send');
});

test('what is sent after a loss waits for the next dial, and arrives', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1');
  a.tell('b:1', 'one');
  await wires.run(10_000);
  wires.cut('a:1', 'b:1');
  await wires.run(2);
  a.tell('b:1', 'two');
  await wires.run(100);
  deepEqual(b.told, ['one from a:1', 'lost a:1', 'two from a:1']);
  equal(wires.dials.length, 2);
});

test('dials in vain come ever less often, up to the longest wait, and each is told once', async () => {
  const wires = new VirtualWires();
  const limits = { reconnectDelayMsMin: 100, reconnectDelayMsMax: 1_600 };
  const a = wires.start('a:1', { limits });
  const atMs: number[] = [];
  let seen = 0;
  for (let elapsedMs = 0; elapsedMs < 20_000; elapsedMs += 10) {
    a.tell('gone:1', 'anybody');
    await wires.run(10);
    if (wires.dials.length > seen) atMs.push(elapsedMs);
    seen = wires.dials.length;
  }
  equal(a.lost.length, wires.dials.length);
  const waits = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
  ok((waits[0] ?? 0) <= 220, `the first waits: ${waits}`);
  ok(
    waits.slice(5).every((wait) => wait >= 800 && wait <= 1_650),
    `the later waits: ${waits}`,
  );
  equal(a.undeliverable.length, 2_000 - waitingOf(a.told, 2_000));
});

/** Messages sent of which nothing was told yet. */
function waitingOf(told: readonly string[], sentCount: number): number {
  return sentCount - told.filter((line) => line.startsWith('undeliverable')).length;
}

test('a node that answers nothing is given up after the handshake timeout', async () => {
  const wires = new VirtualWires();
  wires.start('b:1');
  wires.silent.add('b:1');
  const a = wires.start('a:1', { limits: { handshakeTimeoutMs: 2_000 } });
  a.tell('b:1', 'anybody');
  await wires.run(1_900);
  deepEqual(a.told, []);
  await wires.run(200);
  deepEqual(a.told, ['undeliverable anybody', 'lost b:1']);
  match(a.lost[0] ?? '', /no greeting came within 2000 ms/);
});

test('each dial that is answered by nothing is followed by one with more patience', async () => {
  const wires = new VirtualWires();
  wires.start('b:1');
  wires.silent.add('b:1');
  const a = wires.start('a:1', { limits: { handshakeTimeoutMs: 1_000, reconnectDelayMsMax: 100 } });
  const sayAndWait = async () => {
    a.tell('b:1', 'anybody');
    while (a.lost.length === 0) await wires.run(100);
    return a.lost.splice(0)[0]?.match(/within (\d+) ms/)?.[1];
  };
  const patience: unknown[] = [];
  for (let count = 0; count < 6; count++) patience.push(await sayAndWait());
  deepEqual(patience, ['1000', '2000', '4000', '8000', '16000', '16000']);
});

test('a node restarted under its name takes the place of its former process', async () => {
  const wires = new VirtualWires();
  const master = wires.start('m:1');
  const old = wires.start('agent:1', { incarnation: 5 });
  old.tell('m:1', 'old');
  await wires.run(10);
  const young = wires.start('agent:1', { incarnation: 6 });
  young.tell('m:1', 'young');
  await wires.run(10);
  deepEqual(master.told, ['old from agent:1', 'lost agent:1', 'young from agent:1']);
  match(master.lost[0] ?? '', /"agent:1" was started anew/);
  equal(master.peers.views()[0]?.incarnation, 6);
  master.tell('agent:1', 'welcome');
  await wires.run(10);
  deepEqual(young.heard, ['welcome']);
});

test('an older process of a connected node is refused, and told why', async () => {
  const wires = new VirtualWires();
  const master = wires.start('m:1');
  const young = wires.start('agent:1', { incarnation: 6 });
  young.tell('m:1', 'young');
  await wires.run(10);
  const old = wires.start('agent:1', { incarnation: 5 });
  old.tell('m:1', 'old');
  await wires.run(10);
  deepEqual(master.told, ['young from agent:1']);
  deepEqual(old.undeliverable, ['old noConnection']);
  match(old.lost[0] ?? '', /A newer process of "agent:1" is connected.*stop the older one/);
});

test('nodes of another cluster are refused, both are told, and they are left alone for a while', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1', { cluster: 'prod' });
  const b = wires.start('b:1', { cluster: 'test' });
  for (let index = 0; index < 10; index++) {
    a.tell('b:1', 'hello');
    await wires.run(100);
  }
  deepEqual(b.heard, []);
  match(a.lost[0] ?? '', /"b:1" belongs to cluster "test", "a:1" to cluster "prod"; give both/);
  ok(b.logged.some(({ text }) => /^Refused a:1: "b:1" belongs to cluster "test"/.test(text)));
  equal(wires.dials.length, 1);
});

test('a node that dials itself under another name learns what it is called', async () => {
  const wires = new VirtualWires();
  const a = wires.start('127.0.0.1:1');
  wires.listenAlso('localhost:1', a);
  a.tell('localhost:1', 'hello');
  await wires.run(10);
  match(a.lost[0] ?? '', /"127.0.0.1:1" has dialled itself/);
  const b = wires.start('b:1');
  b.tell('localhost:1', 'hello');
  await wires.run(10);
  match(b.lost[0] ?? '', /"localhost:1" is called "127.0.0.1:1"; use that name/);
});

test('a half-open link is noticed: three beats without a byte, and it is given up', async () => {
  const wires = new VirtualWires();
  const limits = { heartbeatIntervalMs: 1_000, heartbeatMissedMax: 3 };
  const a = wires.start('a:1', { limits });
  const b = wires.start('b:1', { limits });
  a.tell('b:1', 'hello');
  await wires.run(10_000);
  deepEqual([a.lost, b.lost], [[], []]);
  equal(a.peers.views()[0]?.roundTripMs, 2);
  wires.stall('b:1', 'a:1');
  await wires.run(2_500);
  deepEqual(a.lost, []);
  await wires.run(2_000);
  match(a.lost[0] ?? '', /nothing was heard from it for 3000 ms/);
});

test('while a node is heard it is not asked whether it lives', async () => {
  const wires = new VirtualWires();
  const limits = { heartbeatIntervalMs: 1_000, heartbeatMissedMax: 3 };
  const a = wires.start('a:1', { limits });
  const b = wires.start('b:1', { limits });
  const framesOf = () => [a, b].map(({ peers }) => peers.views()[0]?.sentFrames ?? 0);
  a.tell('b:1', 'hello');
  await wires.run(5_000);
  const before = framesOf();
  for (let count = 0; count < 40; count++) {
    a.tell('b:1', 'hello');
    b.tell('a:1', 'hello');
    await wires.run(500);
  }
  const talking = framesOf().map((count, index) => count - (before[index] ?? 0));
  deepEqual(talking, [40, 40]);
  await wires.run(20_000);
  const [fromA = 0, fromB = 0] = framesOf().map(
    (count, index) => count - (before[index] ?? 0) - 40,
  );
  equal(fromA, fromB, 'each ping has its pong');
  ok(fromA >= 6 && fromA <= 14, `${fromA} pings and pongs in twenty beats of silence`);
  deepEqual([a.lost, b.lost], [[], []]);
});

test('a node that lost the connection alone is believed, whoever dialled it first', async () => {
  for (const [first, second] of [
    ['a:1', 'b:1'],
    ['b:1', 'a:1'],
  ] as const) {
    const wires = new VirtualWires();
    const one = wires.start(first);
    const other = wires.start(second);
    one.tell(second, 'one');
    await wires.run(10_000);
    // Only `other` hears of the end; `one` believes in the connection as before.
    wires.breakFor(second, first);
    await wires.run(10);
    other.tell(first, 'two');
    await wires.run(1_000);
    deepEqual(one.told, [`lost ${second}`, `two from ${second}`]);
    one.tell(second, 'three');
    await wires.run(1_000);
    deepEqual(other.heard, ['one', 'three']);
    equal(one.peers.views().length, 1);
  }
});

test('a slow peer costs a stated amount of memory; then messages are refused, links are not', async () => {
  const wires = new VirtualWires();
  const limits = { congestedBytes: 50_000, bufferedBytesMax: 200_000, controlBytesMax: 100_000 };
  const a = wires.start('a:1', { limits });
  const b = wires.start('b:1');
  a.tell('b:1', 'x'.repeat(1_000));
  await wires.run(10);
  wires.stall('a:1', 'b:1');
  for (let index = 0; index < 3_000; index++) a.tell('b:1', 'x'.repeat(1_000));
  await wires.run(5);
  const view = a.peers.views()[0];
  ok(view?.congested);
  ok(
    (view?.bufferedBytes ?? 0) < 200_000 + 512 * 1_024 + 70_000,
    `buffered ${view?.bufferedBytes}`,
  );
  ok(a.undeliverable.length > 2_000 && a.undeliverable.every((line) => line.endsWith('congested')));
  a.link('b:1');
  wires.stall('a:1', 'b:1', false);
  await wires.run(100);
  equal(b.heard.length + a.undeliverable.length, 3_002);
  equal(b.heard.at(-1), 'link');
  ok(a.logged.some(({ text }) => /"b:1" takes less than we send/.test(text)));
  a.tell('b:1', 'again');
  ok(a.logged.some(({ text }) => /"b:1" keeps up again/.test(text)));
});

test('links that pile up without end reset the connection', async () => {
  const wires = new VirtualWires();
  const limits = { controlBytesMax: 100_000 };
  const a = wires.start('a:1', { limits });
  const b = wires.start('b:1');
  a.tell('b:1', 'hello');
  await wires.run(10);
  wires.stall('a:1', 'b:1');
  for (let index = 0; index < 100_000 && a.lost.length === 0; index++) a.link('b:1');
  match(a.lost[0] ?? '', /links and exits that wait for it pile up/);
  await wires.run(10);
  equal(b.lost.length, 1);
});

test('closing sends what was sent, also what still waits for a dial, and says goodbye', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1');
  const c = wires.start('c:1');
  a.tell('b:1', 'hello');
  await wires.run(10);
  a.tell('b:1', 'last');
  a.tell('c:1', 'first and last');
  let closed = false;
  void a.peers.close(1_000).then(() => {
    closed = true;
  });
  await wires.run(100);
  await Promise.resolve();
  ok(closed);
  deepEqual(b.told, ['hello from a:1', 'last from a:1', 'lost a:1']);
  match(b.lost[0] ?? '', /The connection with "a:1" ended: The node shuts down/);
  deepEqual(c.told, ['first and last from a:1', 'lost a:1']);
});

test('closing waits for a node that does not answer no longer than it was told', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  wires.start('b:1');
  wires.silent.add('b:1');
  a.tell('b:1', 'hello');
  let closed = false;
  void a.peers.close(1_000).then(() => {
    closed = true;
  });
  await wires.run(990);
  equal(closed, false);
  await wires.run(20);
  equal(closed, true);
  deepEqual(a.undeliverable, ['hello noConnection']);
});

test('a receiver without room stops the reading, and goes on where it stopped', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1', { limits: { heartbeatIntervalMs: 1_000 } });
  a.tell('b:1', 'one');
  await wires.run(10);
  b.peers.pause('a:1');
  a.tell('b:1', 'two');
  await wires.run(12_000);
  deepEqual(b.told, ['one from a:1']);
  b.peers.resume('a:1');
  await wires.run(10);
  deepEqual(b.told, ['one from a:1', 'two from a:1']);
});

test('a frame with more messages than a turn may hand over takes several turns', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  const b = wires.start('b:1', { limits: { messagesPerTurnMax: 10 } });
  for (let index = 0; index < 95; index++) a.tell('b:1', `m${index}`);
  const counts: number[] = [];
  let before = 0;
  while (b.heard.length < 95 && wires.clock.step()) {
    if (b.heard.length > before) counts.push(b.heard.length - before);
    before = b.heard.length;
  }
  ok(counts.length >= 10 && counts.every((count) => count <= 10), `${counts}`);
  deepEqual(
    b.heard,
    Array.from({ length: 95 }, (_, index) => `m${index}`),
  );
});

test('names that are no nodes, and too many nodes, are refused without a dial', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1', { limits: { peerCountMax: 2 } });
  for (const node of ['no-port', 'a/b:1', 'x y:1', 'a:1', 'user@b:1', 'b:123456'])
    a.tell(node, 'x');
  await wires.run(10);
  equal(a.undeliverable.length, 6);
  ok(a.undeliverable.every((line) => line === 'x refused'));
  equal(a.lost.length, 5, 'all but our own, which is not lost');
  deepEqual(wires.dials, []);
  for (const node of ['b:1', 'c:1', 'd:1']) a.tell(node, 'y');
  deepEqual(wires.dials, ['a:1>b:1', 'a:1>c:1']);
  deepEqual(a.undeliverable.slice(6), ['y refused']);
});

test('nobody speaks in the name of another node', async () => {
  const wires = new VirtualWires();
  const a = wires.start('a:1');
  wires.start('b:1');
  a.peers.send({
    kind: 'message',
    to: { node: 'b:1', name: 'actor' },
    from: { node: 'c:1', name: 'actor' },
    id: 1,
    causeId: 0,
    causeNode: '',
    message: { type: 'forged' },
  });
  deepEqual(a.undeliverable, ['forged refused']);
});
