/** Answers that are streams, on real sockets: what their handlers may do and are told. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { HttpRoute } from '../../../transport/http/message.ts';
import { encodeRecord, RecordDecoder } from '../../../transport/http/recordio.ts';
import type { HttpStreamEnd } from '../../../transport/http/stream-port.ts';
import { liveNode } from '../live.ts';
import { bareClient, get, post } from './client.ts';
import { Stage, withStage } from './stream-stage.ts';

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

test('behind an answer that closes the connection nothing is opened that nobody could close', () =>
  withStage(async ({ node }, stage) => {
    const client = bareClient(node);
    client.write(get('/state', 'connection: close\r\n') + get('/events').repeat(3));
    match(await client.closed(), /fine$/);
    deepEqual(stage.opened, []);
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
