/** Answers that are streams, on real sockets: what their handlers may do and are told. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { HttpRoute, HttpRoutes } from '../../../transport/http/message.ts';
import { encodeRecord, RecordDecoder } from '../../../transport/http/recordio.ts';
import type { HttpStream, HttpStreamEnd } from '../../../transport/http/stream-port.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import { type LiveNode, liveNode } from '../live.ts';
import { bareClient, get, post } from './client.ts';

/** A handler's side of one stream. */
interface Opened {
  readonly stream: HttpStream;
  readonly ends: HttpStreamEnd[];
  drainedCount: number;
}

class Stage {
  readonly opened: Opened[] = [];
  readonly #events = new EventEmitter();

  /** @param drains the handler wants to know when a client that was too slow has read */
  route(drains: boolean): HttpRoute {
    const answer = () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'mesos-stream-id': 'id' },
      stream: (stream: HttpStream) => {
        const one: Opened = { stream, ends: [], drainedCount: 0 };
        this.opened.push(one);
        this.#events.emit('changed');
        return {
          closed: (why: HttpStreamEnd) => {
            one.ends.push(why);
            this.#events.emit('changed');
          },
          ...(drains && {
            drained: () => {
              one.drainedCount++;
              this.#events.emit('changed');
            },
          }),
        };
      },
    });
    return { GET: answer, POST: answer };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#events, 'changed');
  }

  async first(): Promise<Opened> {
    await this.until(() => this.opened.length > 0);
    const [one] = this.opened;
    ok(one);
    return one;
  }
}

async function withStage(
  run: (node: LiveNode, stage: Stage) => Promise<void>,
  limits: Partial<HttpLimits> = {},
  more: HttpRoutes = {},
): Promise<void> {
  const stage = new Stage();
  const routes: HttpRoutes = {
    '/events': stage.route(false),
    '/drains': stage.route(true),
    '/state': { GET: () => ({ status: 200, body: 'fine' }) },
    ...more,
  };
  const node = await liveNode({ routes, limits: { http: limits } });
  try {
    await run(node, stage);
  } finally {
    await node.close();
  }
}

test('each record is one chunk, at once, without a length and never compressed', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write(post('/events', '{}', 'accept-encoding: gzip\r\n'));
    const { stream, ends } = await stage.first();
    const head = await client.until((text) => text.includes('\r\n\r\n'));
    match(head, /^HTTP\/1\.1 200 OK\r\n/);
    match(head, /transfer-encoding: chunked/i);
    match(head, /mesos-stream-id: id/i);
    ok(!/content-length|content-encoding/i.test(head));
    const record = encodeRecord('x'.repeat(5_000));
    equal(stream.write(record), true);
    equal(stream.write(encodeRecord('{"type":"HEARTBEAT"}')), true);
    equal(stream.write(''), true);
    const body = (await client.until((text) => text.endsWith('}\r\n'))).slice(head.length);
    equal(body, `138d\r\n5000\n${'x'.repeat(5_000)}\r\n17\r\n20\n{"type":"HEARTBEAT"}\r\n`);
    deepEqual(ends, []);
    stream.end();
    await client.until((text) => text.endsWith('\r\n0\r\n\r\n'));
    await stage.until(() => ends.length > 0);
    deepEqual(ends, ['ended']);
    equal(stream.write('more'), false);
    stream.end();
    // The connection can be asked again.
    client.write(get('/state'));
    await client.until((text) => text.endsWith('fine'));
    client.socket.destroy();
  }));

test('a client of the platform reads the records of a stream', () =>
  withStage(async ({ node }, stage) => {
    const response = await fetch(`http://${node}/events`, { method: 'POST', body: '{}' });
    const { stream } = await stage.first();
    for (const text of ['one', 'two', 'three']) stream.write(encodeRecord(text));
    stream.end();
    const decoder = new RecordDecoder();
    const read: string[] = [];
    for await (const chunk of response.body ?? []) {
      for (const record of decoder.push(chunk)) read.push(Buffer.from(record).toString());
    }
    decoder.end();
    deepEqual(read, ['one', 'two', 'three']);
  }));

test('a client that vanishes is told of once, whether it closes or breaks off', () =>
  withStage(async ({ node }, stage) => {
    const closes = bareClient(node);
    const breaks = bareClient(node);
    closes.write(get('/events'));
    breaks.write(get('/events'));
    await stage.until(() => stage.opened.length === 2);
    closes.socket.end();
    breaks.socket.resetAndDestroy();
    await stage.until(() => stage.opened.every(({ ends }) => ends.length === 1));
    for (const { stream, ends } of stage.opened) {
      deepEqual(ends, ['clientGone']);
      equal(stream.write('x'), false);
      equal(stream.waitingBytes(), 0);
      stream.end();
    }
    deepEqual(
      stage.opened.map(({ ends }) => ends.length),
      [1, 1],
    );
  }));

test('a client that was gone before the answer came is told of all the same', () => {
  let answer: (() => void) | undefined;
  const events = new EventEmitter();
  const ends: HttpStreamEnd[] = [];
  const late: HttpRoute = {
    GET: async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
        events.emit('asked');
      });
      return {
        status: 200,
        stream: (stream) => {
          equal(stream.write('x'), false);
          return {
            closed: (why) => {
              ends.push(why);
              events.emit('closed');
            },
          };
        },
      };
    },
  };
  return withStage(
    async ({ node }) => {
      const client = bareClient(node);
      const asked = once(events, 'asked');
      client.write(get('/late'));
      await asked;
      // The handler is late, and the client has an answer already.
      match(await client.until((text) => text.includes('noAnswer')), /^HTTP\/1\.1 503 /);
      const closed = once(events, 'closed');
      answer?.();
      await closed;
      deepEqual(ends, ['clientGone']);
      client.socket.destroy();
    },
    { handlerTimeoutMs: 50 },
    { '/late': late },
  );
});

test('HEAD on a stream is answered by its headers alone', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write('HEAD /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const text = await client.closed();
    match(text, /^HTTP\/1\.1 200 OK\r\n/);
    ok(text.endsWith('\r\n\r\n'));
    const { ends } = await stage.first();
    await stage.until(() => ends.length > 0);
    deepEqual(ends, ['headOnly']);
  }));

test('a client that stops reading is dropped at the bound, with a line in the log', () =>
  withStage(
    async ({ node, logged }, stage) => {
      const client = bareClient(node);
      client.write(get('/events'));
      client.socket.pause();
      const { stream, ends } = await stage.first();
      const record = Buffer.alloc(64 * 1024);
      let taken = 0;
      // The system's own buffers take some MB first.
      while (taken < 10_000 && ends.length === 0 && stream.write(record)) {
        taken++;
        if (taken % 8 === 0) await turn();
        ok(stream.waitingBytes() <= 1_000_000 + 66_000);
      }
      await stage.until(() => ends.length > 0);
      deepEqual(ends, ['tooSlow']);
      ok(
        logged.some(
          ({ level, text }) => level === 'warn' && /Dropped a client of "\/events"/.test(text),
        ),
      );
      equal(stream.waitingBytes(), 0);
      client.socket.destroy();
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    { streamBufferedBytesMax: 1_000_000 },
  ));

test('a handler that wants to is told when such a client has read, once, and goes on', () =>
  withStage(
    async ({ node }, stage) => {
      const client = bareClient(node);
      client.write(get('/drains'));
      client.socket.pause();
      const opened = await stage.first();
      const { stream, ends } = opened;
      const record = Buffer.alloc(64 * 1024, 'x');
      while (stream.write(record)) await turn();
      // None is taken until it has read all: the handler begins afresh then.
      equal(stream.write('x'), false);
      equal(opened.drainedCount, 0);
      client.socket.resume();
      await stage.until(() => opened.drainedCount > 0);
      equal(stream.waitingBytes(), 0);
      equal(stream.write(encodeRecord('afresh')), true);
      await client.until((text) => text.endsWith('6\nafresh\r\n'));
      equal(opened.drainedCount, 1);
      deepEqual(ends, []);
      client.socket.destroy();
    },
    { streamBufferedBytesMax: 1_000_000 },
  ));

test('one record may be larger than the bound: who reads gets it', () =>
  withStage(
    async ({ node }, stage) => {
      const client = bareClient(node);
      client.write(get('/events'));
      const { stream } = await stage.first();
      equal(stream.write('x'.repeat(300_000)), true);
      equal(stream.write(`${'y'.repeat(3)}z`), false);
      client.socket.destroy();
    },
    { streamBufferedBytesMax: 100_000 },
  ));

test('a client that reads nothing for too long is dropped, though little waits for it', () =>
  withStage(
    async ({ node }, stage) => {
      const quiet = bareClient(node);
      quiet.write(get('/drains'));
      await stage.until(() => stage.opened.length === 1);
      const client = bareClient(node);
      client.write(get('/drains'));
      client.socket.pause();
      await stage.until(() => stage.opened.length === 2);
      const [first, second] = stage.opened;
      ok(first && second);
      const record = Buffer.alloc(64 * 1024);
      while (second.stream.write(record)) await turn();
      await stage.until(() => second.ends.length > 0);
      deepEqual(second.ends, ['stalled']);
      // One that is quiet because nothing happens is not.
      deepEqual(first.ends, []);
      equal(first.stream.write('x'), true);
      await quiet.until((text) => text.endsWith('1\r\nx\r\n'));
      quiet.socket.destroy();
      client.socket.destroy();
    },
    { streamBufferedBytesMax: 1_000_000, stallTimeoutMs: 200 },
  ));

test('a whole answer that is not read is given up as well', () => {
  const body = Buffer.alloc(64 * 1024 * 1024);
  return withStage(
    async ({ node, logged, until }) => {
      const client = bareClient(node);
      client.socket.pause();
      client.write(get('/large'));
      await until(() => logged.some(({ text }) => /does not read its answer/.test(text)));
      client.socket.resume();
      ok((await client.closed()).length < body.length);
    },
    { stallTimeoutMs: 200 },
    { '/large': { GET: () => ({ status: 200, body }) } },
  );
});

test('requests behind a stream are refused, and end it: nobody would ever answer them', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write(get('/events'));
    const { stream, ends } = await stage.first();
    stream.write('first');
    client.write(get('/state').repeat(3));
    const text = await client.closed();
    match(text, /5\r\nfirst\r\n0\r\n\r\nHTTP\/1\.1 409 Conflict\r\n/);
    equal(text.match(/HTTP\/1\.1/g)?.length, 2);
    ok(!text.includes('fine'));
    deepEqual(ends, ['requestBehind']);
  }));

test('requests that came together with that of a stream are refused behind it', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write(get('/state') + get('/events') + get('/state'));
    const text = await client.closed();
    match(text, /fine[\s\S]*200 OK[\s\S]*0\r\n\r\nHTTP\/1\.1 409 /);
    deepEqual((await stage.first()).ends, ['requestBehind']);
  }));

test('what is no HTTP behind a stream ends the connection, and nothing is written into the stream', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write(get('/events'));
    const { stream, ends } = await stage.first();
    stream.write('first');
    await client.until((text) => text.endsWith('first\r\n'));
    client.write('\x00garbage\r\n\r\n');
    ok((await client.closed()).endsWith('5\r\nfirst\r\n'));
    await stage.until(() => ends.length > 0);
    deepEqual(ends, ['clientGone']);
  }));

test('a request that dribbles in behind a stream does not keep its connection', () =>
  withStage(
    async ({ node }, stage) => {
      const client = bareClient(node);
      client.write(get('/events'));
      const { ends } = await stage.first();
      client.write('GET /state HTTP/1.1\r\nslow: ');
      const dribble = setInterval(() => client.write('x'), 20);
      await client.closed().finally(() => clearInterval(dribble));
      await stage.until(() => ends.length > 0);
      deepEqual(ends, ['clientGone']);
    },
    { headersTimeoutMs: 200, checkIntervalMs: 50 },
  ));

test('over the maximum of streams the client is told to come back, and so is the handler', () =>
  withStage(
    async ({ node }, stage) => {
      const clients = [bareClient(node), bareClient(node), bareClient(node)];
      for (const client of clients) {
        client.write(get('/events'));
        await client.until((text) => text.includes('\r\n\r\n'));
      }
      const [one, , three] = clients;
      match(three?.text() ?? '', /^HTTP\/1\.1 503 /);
      await stage.until(() => stage.opened[2]?.ends.length === 1);
      deepEqual(
        stage.opened.map(({ ends }) => ends),
        [[], [], ['tooMany']],
      );
      one?.socket.destroy();
      await stage.until(() => stage.opened[0]?.ends.length === 1);
      three?.write(get('/events'));
      await stage.until(() => stage.opened.length === 4);
      deepEqual(stage.opened[3]?.ends, []);
      for (const { socket } of clients) socket.destroy();
    },
    { streamCountMax: 2 },
  ));

test('a shutdown ends streams cleanly: what waits goes out, then the last chunk', async () => {
  const stage = new Stage();
  const node = await liveNode({ routes: { '/events': stage.route(false) } });
  const client = bareClient(node.node);
  client.write(get('/events'));
  const { stream, ends } = await stage.first();
  stream.write('x'.repeat(5_000_000));
  await node.close();
  const text = await client.closed();
  ok(text.endsWith(`${'x'.repeat(100)}\r\n0\r\n\r\n`));
  deepEqual(ends, ['shutdown']);
});

test('a shutdown does not wait for clients that do not read', async () => {
  const stage = new Stage();
  const node = await liveNode({ routes: { '/drains': stage.route(true) } });
  const client = bareClient(node.node);
  client.socket.pause();
  client.write(get('/drains'));
  const { stream, ends } = await stage.first();
  while (stream.write(Buffer.alloc(1_000_000))) await turn();
  await node.transport.close(100);
  await stage.until(() => ends.length > 0);
  deepEqual(ends, ['clientGone']);
  client.socket.destroy();
});

test('openers and listeners that fail end nothing but their own stream', () =>
  withStage(
    async ({ node, logged, until }) => {
      const listener = bareClient(node);
      listener.write(get('/listener'));
      await listener.until((text) => text.includes('\r\n\r\n'));
      listener.socket.destroy();
      await until(() => logged.some(({ text }) => /listener of the stream/.test(text)));
      const client = bareClient(node);
      client.write(get('/fails'));
      await client.closed();
      ok(logged.some(({ text }) => /opener of the stream "\/fails" failed/.test(text)));
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    {},
    {
      '/listener': {
        GET: () => ({
          status: 200,
          stream: () => ({
            closed: () => {
              throw new Error('a fault of ours');
            },
          }),
        }),
      },
      '/fails': {
        GET: () => ({
          status: 200,
          stream: () => {
            throw new Error('a fault of ours');
          },
        }),
      },
    },
  ));

test('2000 streams at once are served, and clients that do not read cost no more than the node allows', () => {
  const bytesMax = 8 * 1024 * 1024;
  return withStage(
    async ({ node }, stage) => {
      const clients = Array.from({ length: 2_000 }, () => bareClient(node));
      for (const client of clients) client.write(get('/drains'));
      await stage.until(() => stage.opened.length === clients.length);
      for (const { stream } of stage.opened) stream.write('hello');
      await Promise.all(clients.map((client) => client.until((text) => text.includes('hello'))));
      // Some of them stop reading, and are written to without end.
      for (const { socket } of clients.slice(0, 20)) socket.pause();
      const deaf = stage.opened.slice(0, 20).map(({ stream }) => stream);
      const record = Buffer.alloc(64 * 1024);
      const waiting = () =>
        stage.opened.reduce((sum, { stream }) => sum + stream.waitingBytes(), 0);
      let most = 0;
      let takers = deaf;
      while (takers.length > 0) {
        takers = takers.filter((stream) => stream.write(record));
        most = Math.max(most, waiting());
        await turn();
      }
      ok(most >= bytesMax, `only ${most} bytes were waiting`);
      ok(most <= bytesMax + 20 * 66_000, `${most} bytes were waiting`);
      // The others don't notice.
      const heard = clients.slice(20).map((client) => client.until((text) => text.includes('on')));
      for (const { stream } of stage.opened.slice(20)) equal(stream.write('on'), true);
      await Promise.all(heard);
      for (const { socket } of clients) socket.destroy();
      await stage.until(() => stage.opened.every(({ ends }) => ends.length === 1));
      equal(waiting(), 0);
    },
    { streamsBufferedBytesMax: bytesMax },
  );
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
