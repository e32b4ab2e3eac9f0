/** Bodies of requests and of answers: compressed, too large, and awaited. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GatheredBytes } from '../../../transport/http/gathered-bytes.ts';
import {
  type HttpHandler,
  type HttpRoutes,
  jsonResponse,
} from '../../../transport/http/message.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import { type LiveNode, liveNode } from '../live.ts';
import { bareClient, get } from './client.ts';

const snapshot = Buffer.from(JSON.stringify({ tasks: Array(500).fill('task') }));

const routes: HttpRoutes = {
  '/length': { POST: ({ body }) => jsonResponse(200, body.length) },
  '/echo': { POST: ({ body }) => ({ status: 200, body }) },
  '/state': { GET: () => ({ status: 200, headers: { etag: '"7"' }, body: snapshot }) },
  '/exactly': { GET: () => ({ status: 200, body: 'x'.repeat(1024) }) },
  '/encoded': {
    GET: () => ({
      status: 200,
      headers: { 'Content-Encoding': 'br' },
      body: 'x'.repeat(5_000),
    }),
  },
  '/nothing': { GET: () => ({ status: 204 }) },
  '/same': { GET: () => ({ status: 304, headers: { etag: '"7"' } }) },
};

async function withServer(
  run: (node: LiveNode) => Promise<void>,
  limits: Partial<HttpLimits> = {},
  more: HttpRoutes = {},
): Promise<void> {
  const node = await liveNode({ routes: { ...routes, ...more }, limits: { http: limits } });
  try {
    await run(node);
  } finally {
    await node.close();
  }
}

test('an answer of more than 1024 bytes is compressed for who asks for gzip, and says so', () =>
  withServer(async ({ node }) => {
    const client = bareClient(node);
    client.write(get('/state', 'accept-encoding: gzip\r\nconnection: close\r\n'));
    const text = await client.closed();
    match(text, /content-encoding: gzip/i);
    match(text, /vary: accept-encoding/i);
    // Other bytes: a strong tag would say that they are the same.
    match(text, /etag: W\/"7"/i);
    const body = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1');
    match(text, new RegExp(`content-length: ${body.length}`, 'i'));
    deepEqual(gunzipSync(body), snapshot);
  }));

test('an answer goes out as it is for who does not ask, when it is short, or encoded already', () =>
  withServer(async ({ node }) => {
    const asked: readonly (readonly [string, string])[] = [
      ['/state', 'identity'],
      ['/state', 'gzip;q=0'],
      ['/exactly', 'gzip'],
      ['/encoded', 'gzip'],
    ];
    for (const [path, accepted] of asked) {
      const client = bareClient(node);
      client.write(get(path, `accept-encoding: ${accepted}\r\nconnection: close\r\n`));
      ok(!/content-encoding: gzip/i.test(await client.closed()), path);
    }
  }));

test('HEAD tells the length that GET would have, compressed or not', () =>
  withServer(async ({ node }) => {
    for (const accepted of ['gzip', 'identity']) {
      const lengths: (string | null)[] = [];
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(`http://${node}/state`, {
          method,
          headers: { 'accept-encoding': accepted },
        });
        await response.arrayBuffer();
        lengths.push(response.headers.get('content-length'));
      }
      equal(lengths[0], lengths[1]);
    }
  }));

test('204 and 304 have neither a body nor a length', () =>
  withServer(async ({ node }) => {
    for (const [path, status] of [
      ['/nothing', 204],
      ['/same', 304],
    ] as const) {
      const client = bareClient(node);
      client.write(get(path, 'connection: close\r\n'));
      const text = await client.closed();
      match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
      ok(!/content-length|transfer-encoding/i.test(text));
      ok(text.endsWith('\r\n\r\n'));
    }
  }));

test('a body that came compressed is given to the handler as it was', () =>
  withServer(async ({ node }) => {
    for (const encoding of ['gzip', 'GZIP', 'x-gzip', 'identity']) {
      const body = encoding === 'identity' ? snapshot : gzipSync(snapshot);
      const response = await fetch(`http://${node}/echo`, {
        method: 'POST',
        body,
        headers: { 'content-encoding': encoding },
      });
      deepEqual(Buffer.from(await response.arrayBuffer()), snapshot);
    }
  }));

test('a gzip bomb is answered with 413, and never comes out', () =>
  withServer(async ({ node }) => {
    const bomb = gzipSync(Buffer.alloc(128 * 1024 * 1024));
    ok(bomb.length < 1_000_000);
    const before = process.memoryUsage().arrayBuffers;
    const responses = await Promise.all(
      Array.from({ length: 8 }, () =>
        fetch(`http://${node}/length`, {
          method: 'POST',
          body: bomb,
          headers: { 'content-encoding': 'gzip' },
        }),
      ),
    );
    for (const response of responses) {
      equal(response.status, 413);
      equal(await codeOf(response), 'bodyTooLarge');
    }
    ok(process.memoryUsage().arrayBuffers - before < 200 * 1024 * 1024);
  }));

test('what is no gzip, and encodings that we do not know, are refused', () =>
  withServer(async ({ node }) => {
    const cases: readonly (readonly [string, Uint8Array, number, string])[] = [
      ['gzip', Buffer.from('plain'), 400, 'bodyNotGzip'],
      ['gzip', gzipSync('x'.repeat(100)).subarray(0, 15), 400, 'bodyNotGzip'],
      ['gzip', Buffer.alloc(0), 400, 'bodyNotGzip'],
      ['br', Buffer.from('x'), 415, 'encodingUnknown'],
      ['gzip, gzip', Buffer.from('x'), 415, 'encodingUnknown'],
      ['deflate', Buffer.from('x'), 415, 'encodingUnknown'],
    ];
    for (const [encoding, body, status, code] of cases) {
      const response = await fetch(`http://${node}/length`, {
        method: 'POST',
        body,
        headers: { 'content-encoding': encoding },
      });
      equal(response.status, status, encoding);
      equal(await codeOf(response), code);
      if (status === 415) equal(response.headers.get('accept-encoding'), 'gzip');
    }
  }));

test('a body in a hundred thousand chunks of one byte is read, and costs little more', () =>
  withServer(async ({ node }) => {
    const client = bareClient(node);
    client.write('POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n');
    client.write('connection: close\r\n\r\n');
    client.write('1\r\nx\r\n'.repeat(100_000));
    client.write('0\r\n\r\n');
    match(await client.closed(), /\r\n\r\n100000\n$/);
  }));

test('chunks that are none are answered with 400, and the connection is closed', () =>
  withServer(async ({ node }) => {
    for (const garbage of ['zz\r\nx\r\n', '-1\r\nx\r\n', '1\r\nxyz\r\n', `${'f'.repeat(40)}\r\n`]) {
      const client = bareClient(node);
      client.write('POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
      client.write(garbage);
      match(await client.closed(), /^HTTP\/1\.1 400 [\s\S]*malformedRequest/);
    }
    equal((await fetch(`http://${node}/exactly`)).status, 200);
  }));

test('a request that has two lengths, or a length and chunks, is refused', () =>
  withServer(async ({ node }) => {
    for (const headers of [
      'content-length: 1\r\ncontent-length: 2\r\n',
      'content-length: 5\r\ntransfer-encoding: chunked\r\n',
      'transfer-encoding: chunked, identity\r\n',
    ]) {
      const client = bareClient(node);
      client.write(`POST /length HTTP/1.1\r\nhost: x\r\n${headers}\r\n0\r\n\r\nGET /state`);
      match(await client.closed(), /^HTTP\/1\.1 400 /);
    }
  }));

test('a client that sends far too much still gets to read why it is refused', () =>
  withServer(async ({ node }) => {
    for (const length of ['content-length: 50000000\r\n', 'transfer-encoding: chunked\r\n']) {
      const client = bareClient(node);
      client.write(`POST /length HTTP/1.1\r\nhost: x\r\n${length}\r\n`);
      const isChunked = length.startsWith('transfer');
      for (let sent = 0; sent < 50; sent++) {
        client.write(isChunked ? `f4240\r\n${'x'.repeat(1_000_000)}\r\n` : 'x'.repeat(1_000_000));
      }
      if (isChunked) client.write('0\r\n\r\n');
      match(await client.closed(), /^HTTP\/1\.1 413 [\s\S]*bodyTooLarge/);
    }
  }));

test('a client that goes on sending after it was refused is cut off', () =>
  withServer(
    async ({ node }) => {
      const client = bareClient(node);
      client.write('POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n');
      const dribble = setInterval(() => client.write('x'.repeat(1_000)), 5);
      await client.closed().finally(() => clearInterval(dribble));
      match(client.text(), /^HTTP\/1\.1 404 /);
    },
    { lingerMs: 100 },
  ));

test('a body that was sent in more than chunks is refused: nobody would know what it is', () =>
  withServer(
    async ({ node }) => {
      const client = bareClient(node);
      client.write(
        'POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
      );
      match(await client.until((text) => text.includes('transferCoding')), /^HTTP\/1\.1 501 /);
      client.socket.destroy();
    },
    { lingerMs: 50 },
  ));

test('over the maximum of all bodies together a client is told to come back', () => {
  const events = new EventEmitter();
  let answer: (() => void) | undefined;
  const slow: HttpHandler = async () => {
    await new Promise<void>((resolve) => {
      answer = resolve;
      events.emit('asked');
    });
    return { status: 200 };
  };
  return withServer(
    async ({ node }) => {
      const send = (path: string) =>
        fetch(`http://${node}${path}`, { method: 'POST', body: 'x'.repeat(600) });
      const asked = once(events, 'asked');
      const held = send('/slow');
      await asked;
      const refused = await send('/length');
      equal(refused.status, 503);
      equal(await codeOf(refused), 'bodiesTooMany');
      answer?.();
      equal((await held).status, 200);
      equal((await send('/length')).status, 200);
    },
    { bodiesBytesMax: 1_000 },
    { '/slow': { POST: slow } },
  );
});

test('who awaits 100 Continue gets it when the body is wanted, and else never sends it', () =>
  withServer(
    async ({ node }) => {
      const wanted = bareClient(node);
      wanted.write(
        'POST /length HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n',
      );
      match(await wanted.until((text) => text.endsWith('\r\n\r\n')), /^HTTP\/1\.1 100 Continue/);
      wanted.write('hello');
      match(await wanted.closed(), /HTTP\/1\.1 200 OK[\s\S]*\r\n\r\n5\n$/);
      const refusals: readonly (readonly [string, RegExp])[] = [
        ['POST /length HTTP/1.1\r\ncontent-length: 5000\r\n', /^HTTP\/1\.1 413 /],
        ['POST /nowhere HTTP/1.1\r\ncontent-length: 5\r\n', /^HTTP\/1\.1 404 /],
        ['PUT /length HTTP/1.1\r\ncontent-length: 5\r\n', /^HTTP\/1\.1 405 /],
      ];
      for (const [request, expected] of refusals) {
        const client = bareClient(node);
        client.write(`${request}host: x\r\nexpect: 100-continue\r\n\r\n`);
        match(await client.closed(), expected);
      }
      const odd = bareClient(node);
      odd.write(get('/state', 'expect: miracles\r\nconnection: close\r\n'));
      match(await odd.closed(), /^HTTP\/1\.1 417 [\s\S]*expectationUnknown/);
    },
    { bodyBytesMax: 1_000 },
  ));

test('gathered bytes take what comes up to their maximum, and nothing of what is over it', () => {
  const bytes = new GatheredBytes(10);
  equal(bytes.add(Buffer.from('hello')), true);
  equal(bytes.add(Buffer.from('world!')), false);
  equal(bytes.add(Buffer.from('world')), true);
  equal(bytes.add(Buffer.from('!')), false);
  equal(bytes.whole().toString(), 'helloworld');
  equal(new GatheredBytes(0).whole().length, 0);
});

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}
