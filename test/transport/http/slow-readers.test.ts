/** Clients that read slowly or not at all cost a bounded amount, and nobody else notices. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecord } from '../../../transport/http/recordio.ts';
import { liveNode } from '../live.ts';
import { bareClient, get } from './client.ts';
import { Stage, withStage } from './stream-stage.ts';

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
      const record = Buffer.alloc(512 * 1024);
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
      ok(most <= bytesMax + 20 * 525_000, `${most} bytes were waiting`);
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
