/** Transports on real sockets of the loopback: what tests under a virtual clock can't show. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { Encoder } from 'cbor-x';
import { WebSocket } from 'ws';
import { address } from '../../runtime/address.ts';
import { CodedError } from '../../runtime/errors.ts';
import { CLOSE } from '../../transport/close-codes.ts';
import { encodeHello } from '../../transport/envelope.ts';
import { dialOnlyNode, type LiveNode, liveNode, numbersOf } from './live.ts';

const codec = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

test('two nodes exchange signals of every kind, and one connection serves both directions', async () => {
  const [one, other] = await Promise.all([liveNode(), liveNode()]);
  const here = address('a', one.node, 7);
  const there = address('b', other.node);
  const message = { type: 'hi', list: [1, -2.5, null, true, 'é'], bytes: Buffer.from([1, 2]) };
  one.transport.send({
    kind: 'message',
    to: there,
    from: here,
    id: 3,
    causeId: 2 ** 40,
    causeNode: 'far:1',
    message,
  });
  one.transport.send({ kind: 'link', to: there, from: here });
  one.transport.send({ kind: 'unlink', to: there, from: here });
  await other.until(() => other.received.length === 3);
  deepEqual(other.received, [
    {
      fromNode: one.node,
      signal: {
        kind: 'message',
        to: there,
        from: here,
        id: 3,
        causeId: 2 ** 40,
        causeNode: 'far:1',
        message,
      },
    },
    { fromNode: one.node, signal: { kind: 'link', to: there, from: here } },
    { fromNode: one.node, signal: { kind: 'unlink', to: there, from: here } },
  ]);
  other.transport.send({ kind: 'exited', to: here, from: there, reason: 'crashed' });
  await one.until(() => one.received.length === 1);
  deepEqual(one.received[0]?.signal, { kind: 'exited', to: here, from: there, reason: 'crashed' });
  equal(one.transport.connections().length, 1);
  equal(other.transport.connections().length, 1);
  await Promise.all([one.close(), other.close()]);
});

test('messages arrive in the order they were sent, also those sent while it still dials', async () => {
  const [one, other] = await Promise.all([liveNode(), liveNode()]);
  for (let n = 0; n < 1_000; n++) one.tell(other.node, { type: 'count', n });
  await other.until(() => other.received.length >= 500);
  for (let n = 1_000; n < 5_000; n++) one.tell(other.node, { type: 'count', n });
  await other.until(() => other.received.length === 5_000);
  deepEqual(numbersOf(other), upTo(5_000));
  await Promise.all([one.close(), other.close()]);
});

test('what one turn sends leaves in few frames', async () => {
  const [one, other] = await Promise.all([liveNode(), liveNode()]);
  one.tell(other.node, { type: 'count', n: 0 });
  await other.until(() => other.received.length === 1);
  for (let n = 1; n <= 1_000; n++) one.tell(other.node, { type: 'count', n });
  await other.until(() => other.received.length === 1_001);
  const [view] = one.transport.connections();
  equal(view?.sentMessages, 1_001);
  ok((view?.sentFrames ?? 0) <= 4, `${view?.sentFrames} frames`);
  await Promise.all([one.close(), other.close()]);
});

test('large messages cross whole; one larger than a frame is refused, and the next crosses', async () => {
  const limits = { frameBytesMax: 1 << 20 };
  const [one, other] = await Promise.all([liveNode({ limits }), liveNode({ limits })]);
  one.tell(other.node, { type: 'large', text: 'x'.repeat(1_000_000) });
  one.tell(other.node, { type: 'too-large', text: 'x'.repeat(2_000_000) });
  one.tell(other.node, { type: 'small' });
  await other.until(() => other.received.length === 2);
  deepEqual(
    one.undeliverable.map(({ signal, reason }) => `${signal.message.type} ${reason}`),
    ['too-large refused'],
  );
  ok(
    one.logged.some(({ text }) =>
      /"too-large".*2000\d+ bytes, and a frame may have 1048576/.test(text),
    ),
  );
  await Promise.all([one.close(), other.close()]);
});

test('a node that only dials has a name of its own, and is reached by its connection', async () => {
  const [scheduler, master] = await Promise.all([dialOnlyNode({ name: 'scheduler' }), liveNode()]);
  match(scheduler.node, /^scheduler-[0-9a-f]{12}:0$/);
  equal(scheduler.transport.port, undefined);
  scheduler.tell(master.node, { type: 'subscribe' });
  await master.until(() => master.received.length === 1);
  master.tell(scheduler.node, { type: 'subscribed' });
  await scheduler.until(() => scheduler.received.length === 1);
  await scheduler.close();
  await master.until(() => master.lost.length === 1);
  match(master.lost[0]?.reason ?? '', /ended: The node shuts down/);
  await master.close();
});

test('many nodes that dial each other at once are connected once per pair', async () => {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => liveNode()));
  for (const one of nodes) {
    for (const other of nodes) if (one !== other) one.tell(other.node, { type: 'count', n: 1 });
  }
  await Promise.all(nodes.map((each) => each.until(() => each.received.length === 5)));
  for (const { transport, lost } of nodes) {
    equal(transport.connections().length, 5);
    deepEqual(lost, []);
  }
  await Promise.all(nodes.map((each) => each.close()));
});

test('a node that can not be reached is told lost once, and what waited is undeliverable', async () => {
  const [one, gone] = await Promise.all([liveNode(), liveNode()]);
  await gone.close();
  one.tell(gone.node, { type: 'a' });
  one.tell(gone.node, { type: 'b' });
  await one.until(() => one.lost.length === 1);
  deepEqual(
    one.undeliverable.map(({ signal, reason }) => `${signal.message.type} ${reason}`),
    ['a noConnection', 'b noConnection'],
  );
  match(one.lost[0]?.reason ?? '', /^Cannot connect with "127.0.0.1:\d+": nothing listens there/);
  await one.close();
});

test('a dial that ends at something else is told in a sentence', async () => {
  const http = createServer((_, response) => response.writeHead(418).end());
  const mute = createTcpServer((socket) => socket.on('error', () => {}));
  const rude = createTcpServer((socket) => socket.end('no\r\n\r\n'));
  const node = await liveNode({ limits: { handshakeTimeoutMs: 200 } });
  const faults: [string, RegExp][] = [
    [await listening(http), /no node of a cluster: it answered with HTTP status 418/],
    [await listening(mute), /no greeting came within 200 ms/],
    [
      await listening(rude),
      /: what listens there is no node of a cluster: it does not speak HTTP$/,
    ],
    ['no-such-host.invalid:5050', /the host name/],
    ['127.0.0.1:99999', /./],
  ];
  for (const [other, sentence] of faults) {
    const before = node.lost.length;
    node.tell(other, { type: 'hello' });
    await node.until(() => node.lost.length > before);
    equal(node.lost.at(-1)?.node, other);
    match(node.lost.at(-1)?.reason ?? '', sentence);
  }
  await node.close();
  for (const server of [http, mute, rude]) server.close();
});

test('a restarted node is connected again, and what is sent to it then arrives', async () => {
  const limits = { reconnectDelayMsMin: 10, reconnectDelayMsMax: 50 };
  const one = await liveNode({ limits });
  const first = await liveNode();
  const { port = 0 } = first.transport;
  one.tell(first.node, { type: 'count', n: 1 });
  await first.until(() => first.received.length === 1);
  await first.close();
  await one.until(() => one.lost.length === 1);
  const second = await liveNode({ listen: { address: '127.0.0.1', port } });
  equal(second.node, first.node);
  one.tell(second.node, { type: 'count', n: 2 });
  await second.until(() => second.received.length === 1);
  deepEqual(numbersOf(second), [2]);
  equal(one.lost.length, 1);
  await Promise.all([one.close(), second.close()]);
});

test('a peer that stops reading costs bounded memory, and what it can not take is refused', async () => {
  const limits = { congestedBytes: 1 << 20, bufferedBytesMax: 4 << 20 };
  const [one, stalled] = await Promise.all([liveNode({ limits }), liveNode()]);
  one.tell(stalled.node, { type: 'count', n: 0 });
  await stalled.until(() => stalled.received.length === 1);
  stalled.transport.pause(one.node);
  const filler = 'x'.repeat(10_000);
  let n = 0;
  while (one.undeliverable.length === 0) {
    for (let index = 0; index < 50; index++)
      one.tell(stalled.node, { type: 'count', n: ++n, filler });
    await new Promise(setImmediate);
    ok(n < 5_000, 'the kernel and the limits are smaller than this');
  }
  equal(one.undeliverable[0]?.reason, 'congested');
  const [view] = one.transport.connections();
  ok((view?.bufferedBytes ?? 0) < 5 << 20, `${view?.bufferedBytes} bytes wait`);
  stalled.transport.resume(one.node);
  await stalled.until(() => stalled.received.length === n + 1 - one.undeliverable.length);
  const refused = new Set(one.undeliverable.map(({ signal }) => signal.id - 1));
  deepEqual(
    numbersOf(stalled),
    upTo(n + 1).filter((each) => !refused.has(each)),
  );
  await Promise.all([one.close(), stalled.close()]);
});

test('what can not be understood closes that connection with a code and a sentence, and no other', async () => {
  const limits = { frameBytesMax: 1 << 20 };
  const [node, friend] = await Promise.all([liveNode({ limits }), liveNode()]);
  friend.tell(node.node, { type: 'count', n: 1 });
  const attacks: readonly (readonly [string, (socket: WebSocket) => void, number])[] = [
    ['bytes that are no CBOR', (socket) => socket.send(Buffer.from([0xff, 0xff])), CLOSE.malformed],
    ['text', (socket) => socket.send('hello'), CLOSE.malformed],
    ['a bignum of 300 KB', (socket) => socket.send(bignum()), CLOSE.malformed],
    ['an unknown kind', (socket) => socket.send(codec.encode([77])), CLOSE.malformed],
    ['a second greeting', (socket) => socket.send(greeting()), CLOSE.malformed],
    ['a frame that is too large', (socket) => socket.send(Buffer.alloc(2 << 20)), 1009],
  ];
  for (const [what, attack, code] of attacks) {
    const socket = await greeted(node, `evil-${what.length}:0`);
    attack(socket);
    const [closeCode, reason] = (await once(socket, 'close')) as [number, Buffer];
    equal(closeCode, code, what);
    if (code === CLOSE.malformed) ok(reason.toString() !== '', what);
  }
  deepEqual(node.received.length, 1);
  friend.tell(node.node, { type: 'count', n: 2 });
  await node.until(() => node.received.length === 2);
  deepEqual(friend.lost, []);
  await Promise.all([node.close(), friend.close()]);
});

test('a first frame that is no greeting, or too long a one, is refused', async () => {
  const node = await liveNode();
  const firsts = [
    Buffer.from([0xff]),
    codec.encode([0, 'a', null, 1, 0, null, { type: 'x' }]),
    codec.encode([8, { protocol: 1 }]),
    encodeHello({ ...helloFields('evil:0'), padding: 'x'.repeat(5_000) }),
    Buffer.concat([greeting(), codec.encode([4, 1])]),
  ];
  for (const first of firsts) {
    const socket = await opened(node);
    socket.send(first);
    const [code] = (await once(socket, 'close')) as [number];
    equal(code, CLOSE.malformed);
  }
  ok(
    node.logged.some(({ text }) =>
      /ended before its greeting: What came can't be understood/.test(text),
    ),
  );
  await node.close();
});

test('who connects and says nothing, or dribbles its upgrade, is closed', async () => {
  const node = await liveNode({
    limits: {
      handshakeTimeoutMs: 150,
      http: { headersTimeoutMs: 150, requestTimeoutMs: 150, checkIntervalMs: 50 },
    },
  });
  const mute = await opened(node);
  const [code] = (await once(mute, 'close')) as [number];
  equal(code, 1006, 'nothing is said to who says nothing');
  const slow = connect(node.transport.port ?? 0, '127.0.0.1');
  slow.on('error', () => {});
  slow.resume();
  const dribble = setInterval(() => slow.write('G'), 20);
  await once(slow, 'close');
  clearInterval(dribble);
  await node.close();
});

test('a receiver that throws is logged, and the connection goes on', async () => {
  const [one, other] = await Promise.all([liveNode(), liveNode()]);
  other.transport.attach({
    deliver() {
      throw new Error('a fault of ours');
    },
    nodeLost() {
      throw new Error('another');
    },
    undeliverable: () => {},
  });
  one.tell(other.node, { type: 'a' });
  one.tell(other.node, { type: 'b' });
  await other.until(() => other.logged.filter(({ level }) => level === 'error').length === 2);
  deepEqual(one.lost, []);
  await one.close();
  await other.until(() => other.logged.filter(({ level }) => level === 'error').length === 3);
  match(other.logged.at(-1)?.text ?? '', /^Cannot tell that ".*" is lost: another$/);
  await other.close();
});

test('a flood of pings is not answered, and one of frames does not starve others', async () => {
  const [node, friend] = await Promise.all([liveNode(), liveNode()]);
  const flooder = await greeted(node, 'flooder:0');
  let pongs = 0;
  flooder.on('pong', () => pongs++);
  const message = codec.encode([0, 'actor', null, 1, 0, null, { type: 'flood' }]);
  const frame = Buffer.concat(Array.from({ length: 10_000 }, () => message));
  for (let index = 0; index < 100; index++) flooder.ping('x'.repeat(100));
  for (let index = 0; index < 10; index++) flooder.send(frame);
  friend.tell(node.node, { type: 'count', n: 1 });
  await node.until(() => node.received.some(({ fromNode }) => fromNode === friend.node));
  ok(node.received.length < 50_000, `the friend waited for ${node.received.length} messages`);
  await node.until(() => node.received.length === 100_001);
  equal(pongs, 0);
  flooder.terminate();
  await Promise.all([node.close(), friend.close()]);
});

test('where it can not listen, it says why and what to do', async () => {
  const taken = await liveNode();
  const { port = 0 } = taken.transport;
  const cases: readonly (readonly [string, number, string, RegExp])[] = [
    [
      '127.0.0.1',
      port,
      'addressInUse',
      new RegExp(`^Cannot listen on 127.0.0.1:${port}: the port is in use$`),
    ],
    ['203.0.113.7', 0, 'addressUnavailable', /this machine has no such address/],
    ['no-such-host.invalid', 0, 'addressUnknown', /the host name/],
  ];
  for (const [listenAddress, listenPort, code, sentence] of cases) {
    await rejects(
      liveNode({ listen: { address: listenAddress, port: listenPort } }),
      (error) =>
        error instanceof CodedError &&
        error.code === code &&
        sentence.test(error.message) &&
        error.remedy.startsWith('Choose '),
    );
  }
  await taken.close();
});

test('the name of a node is what it advertises, with the port that it got', async () => {
  const names: readonly (readonly [Parameters<typeof liveNode>[0], RegExp])[] = [
    [{}, /^127\.0\.0\.1:\d+$/],
    [{ advertise: { hostname: 'agent-7.example' } }, /^agent-7\.example:\d+$/],
    [{ advertise: { hostname: 'agent-7.example', port: 99 } }, /^agent-7\.example:99$/],
    [{ listen: { address: '::1', port: 0 } }, /^\[::1\]:\d+$/],
    [{ listen: { address: '0.0.0.0', port: 0 } }, /^[^:]+:\d+$/],
  ];
  for (const [options, name] of names) {
    const node = await liveNode(options);
    match(node.node, name);
    ok(!node.node.startsWith('0.0.0.0'));
    await node.close();
  }
  await rejects(
    liveNode({ advertise: { hostname: 'not a host' } }),
    (error) => error instanceof CodedError && error.code === 'nodeNameInvalid',
  );
  await rejects(
    liveNode({ cluster: 'two\nlines' }),
    (error) => error instanceof CodedError && error.code === 'clusterNameInvalid',
  );
});

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function bignum(): Buffer {
  return Buffer.concat([Buffer.from('c25a000493e0', 'hex'), Buffer.alloc(300_000, 0xff)]);
}

function helloFields(node: string) {
  return {
    protocol: 1,
    cluster: 'test',
    node,
    incarnation: 1,
    dial: 1,
    acceptedDial: 0,
    acceptedIncarnation: 0,
  };
}

function greeting(node = 'evil:0'): Uint8Array {
  return encodeHello(helloFields(node));
}

async function opened({ transport }: LiveNode): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${transport.port}/actor`);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

/** A socket that has said hello as `name`, and was welcomed. */
async function greeted(node: LiveNode, name: string): Promise<WebSocket> {
  const socket = await opened(node);
  socket.send(greeting(name));
  await once(socket, 'message');
  return socket;
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
