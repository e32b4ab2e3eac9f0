/** HTTP on the port of the nodes: routes, limits, and what clients do wrong. */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import { redirectTo } from '../../../transport/http/redirect.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import type { TransportOptions } from '../../../transport/transport.ts';
import { type LiveNode, liveNode } from '../live.ts';
import { bareClient } from './client.ts';

const routes: HttpRoutes = {
  '/echo': {
    POST: ({ method, path, subpath, query, headers, body }) =>
      jsonResponse(200, {
        method,
        path,
        subpath,
        query,
        kind: headers['x-kind'],
        body: Buffer.from(body).toString(),
      }),
  },
  '/state': { GET: () => ({ status: 200, body: 'fine' }) },
  '/fails': {
    GET: () => {
      throw new Error('a fault of ours');
    },
  },
  '/garbled': { GET: () => ({ status: 200, headers: { 'bad name': 'x' } }) },
  '/never': { GET: () => new Promise(() => {}) },
};

async function withServer(
  run: (node: LiveNode) => Promise<void>,
  limits: Partial<HttpLimits> = {},
  more: Partial<TransportOptions> = {},
): Promise<void> {
  const node = await liveNode({ routes, ...more, limits: { http: { lingerMs: 50, ...limits } } });
  try {
    await run(node);
  } finally {
    await node.close();
  }
}

test('a route gets the request as plain data, and its answer goes out', () =>
  withServer(async ({ node }) => {
    const response = await fetch(`http://${node}/echo/a/b?x=1&y=2`, {
      method: 'POST',
      body: 'körper',
      headers: { 'X-Kind': 'test' },
    });
    equal(response.status, 200);
    equal(response.headers.get('content-type'), 'application/json');
    deepEqual(await response.json(), {
      method: 'POST',
      path: '/echo/a/b',
      subpath: '/a/b',
      query: 'x=1&y=2',
      kind: 'test',
      body: 'körper',
    });
  }));

test('HEAD is answered like GET, without the body', () =>
  withServer(async ({ node }) => {
    const response = await fetch(`http://${node}/state`, { method: 'HEAD' });
    equal(response.status, 200);
    equal(response.headers.get('content-length'), '4');
    equal(await response.text(), '');
  }));

test('each fault of a client is answered with its status, a code and a sentence', () =>
  withServer(
    async ({ node }) => {
      const faults: readonly (readonly [string, RequestInit, number, string, RegExp])[] = [
        ['/nowhere', {}, 404, 'noSuchPath', /^Cannot find "\/nowhere": no route/],
        ['/constructor', {}, 404, 'noSuchPath', /^Cannot find/],
        ['/state', { method: 'DELETE' }, 405, 'methodNotAllowed', /it answers GET$/],
        ['/echo', { method: 'PROPFIND' }, 405, 'methodNotAllowed', /it answers POST$/],
        [
          '/echo',
          { method: 'POST', body: 'x'.repeat(2_000) },
          413,
          'bodyTooLarge',
          /larger than 1000 bytes/,
        ],
        [
          '/state',
          { headers: { long: 'x'.repeat(9_000) } },
          431,
          'headersTooLarge',
          /larger than 8192 bytes/,
        ],
        ['/fails', {}, 500, 'handlerFailed', /a fault of ours$/],
        ['/never', {}, 503, 'noAnswer', /nothing came within 50 ms/],
      ];
      for (const [path, init, status, code, sentence] of faults) {
        const response = await fetch(`http://${node}${path}`, init);
        equal(response.status, status, path);
        const { error } = (await response.json()) as { error: { code: string; message: string } };
        equal(error.code, code);
        match(error.message, sentence);
        ok(!error.message.endsWith('.'));
      }
      const refused = await fetch(`http://${node}/state`, { method: 'PUT' });
      equal(refused.headers.get('allow'), 'GET');
    },
    { bodyBytesMax: 1_000, headerBytesMax: 8_192, handlerTimeoutMs: 50 },
  ));

test('a body that says no length is cut off at the limit too', () =>
  withServer(
    async ({ node }) => {
      const client = connectTo(node);
      client.write('POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let index = 0; index < 20; index++) client.write(`64\r\n${'x'.repeat(100)}\r\n`);
      match(await textOf(client), /^HTTP\/1\.1 413 /);
    },
    { bodyBytesMax: 1_000 },
  ));

test('an answer that can not be written ends its connection, and the server goes on', () =>
  withServer(async ({ node, logged }) => {
    await fetch(`http://${node}/garbled`).then(
      () => ok(false, 'it should not be answered'),
      () => {},
    );
    ok(logged.some(({ text }) => /answer of GET "\/garbled" can't be written/.test(text)));
    equal((await fetch(`http://${node}/state`)).status, 200);
  }));

test('what is not HTTP is answered with 400, and closed', () =>
  withServer(async ({ node }) => {
    const client = connectTo(node);
    client.write('\x16\x03\x01 this is TLS\r\n\r\n');
    match(await textOf(client), /^HTTP\/1\.1 400 [\s\S]*malformedRequest/);
  }));

test('slow requests (slowloris) are cut off with 408, headers and bodies alike', () =>
  withServer(
    async ({ node }) => {
      const slow = [
        'GET /state HTTP/1.1\r\nhost: x\r\nslow: ',
        'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx',
      ].map((head) => {
        const client = connectTo(node);
        client.write(head);
        const dribble = setInterval(() => client.write('x'), 20);
        return textOf(client).finally(() => clearInterval(dribble));
      });
      for (const text of await Promise.all(slow)) match(text, /^HTTP\/1\.1 408 /);
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    { headersTimeoutMs: 200, requestTimeoutMs: 300, checkIntervalMs: 50 },
  ));

test('a connection on which nothing is asked is kept, before its first request and after', () =>
  withServer(
    async ({ node }) => {
      const fresh = bareClient(node);
      const used = bareClient(node);
      used.write('GET /state HTTP/1.1\r\nhost: x\r\n\r\n');
      const answer = await used.until((text) => text.includes('200 OK'));
      doesNotMatch(answer, /keep-alive:/i, 'no end is announced');
      // Slow headers, on a third one, are looked for meanwhile.
      const slow = connectTo(node);
      slow.write('GET /state HT');
      match(await textOf(slow), /^HTTP\/1\.1 408 /);
      for (const kept of [fresh, used]) {
        kept.write('GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
        match(await kept.closed(), /200 OK/);
      }
    },
    { headersTimeoutMs: 100, checkIntervalMs: 50 },
  ));

test('a connection over the maximum takes the place of the one that is quiet for longest', () =>
  withServer(
    async ({ node }) => {
      const first = connectTo(node);
      await once(first, 'connect');
      const second = bareClient(node);
      second.write('GET /state HTTP/1.1\r\nhost: x\r\n\r\n');
      await second.until((text) => text.includes('200 OK'));
      const third = bareClient(node);
      equal(await textOf(first), '');
      for (const kept of [second, third]) {
        kept.write('GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
        match(await kept.closed(), /200 OK/);
      }
    },
    { connectionCountMax: 2 },
  ));

test('where all are busy a connection over the maximum is closed, and those before it go on', () =>
  withServer(
    async ({ node }) => {
      const busy = [bareClient(node), bareClient(node)];
      for (const client of busy) {
        client.write('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n');
        client.write('expect: 100-continue\r\nconnection: close\r\n\r\n');
        await client.until((text) => text.includes('100 Continue'));
      }
      equal(await textOf(connectTo(node)), '');
      for (const client of busy) {
        client.write('ok');
        match(await client.closed(), /200 OK/);
      }
    },
    { connectionCountMax: 2 },
  ));

test('how many requests a connection has had does not matter', () =>
  withServer(
    async ({ node }) => {
      const client = bareClient(node);
      for (let count = 1; count <= 8; count++) {
        client.write('GET /state HTTP/1.1\r\nhost: x\r\n\r\n');
        await client.until((text) => text.split('200 OK').length > count);
      }
      client.socket.destroy();
    },
    { requestsWaitingMax: 5 },
  ));

test('of requests that come all at once on one connection only so many are taken', () =>
  withServer(
    async ({ node }) => {
      const client = connectTo(node);
      client.write('GET /state HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(50));
      const answers = (await textOf(client)).split(/(?=HTTP\/1\.1 )/);
      const taken = answers.filter((answer) => answer.startsWith('HTTP/1.1 200 '));
      equal(taken.length, 5);
      match(taken.at(-1) ?? '', /\r\nconnection: close\r\n/i);
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    { requestsWaitingMax: 5 },
  ));

test('an upgrade elsewhere than at /actor is refused, and one from a browser page', () =>
  withServer(async ({ node }) => {
    const upgrade = (path: string, more = '') =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;
    const answers: readonly (readonly [string, RegExp])[] = [
      [upgrade('/elsewhere'), /^HTTP\/1\.1 404 [\s\S]*Cannot upgrade at .*elsewhere/],
      [
        upgrade('/actor', 'origin: https://evil.example\r\n'),
        /^HTTP\/1\.1 403 [\s\S]*Cannot connect a browser as a node/,
      ],
      [upgrade('/actor').replace('version: 13', 'version: 9'), /^HTTP\/1\.1 400 /],
      [upgrade('/actor').replace(/sec-websocket-key.*\r\n/, ''), /^HTTP\/1\.1 400 /],
    ];
    for (const [request, answer] of answers) {
      const client = connectTo(node);
      client.write(request);
      match(await textOf(client), answer);
    }
    // A plain request at the nodes' path is a path like others.
    equal((await fetch(`http://${node}/actor`)).status, 404);
  }));

test('an offer of another protocol is declined by answering as if it was not made', () =>
  withServer(async ({ node }) => {
    const client = connectTo(node);
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    client.write(`POST /echo HTTP/1.1\r\nhost: x\r\n${offer}content-length: 5\r\n\r\nhello`);
    client.write('GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    match(await textOf(client), /^HTTP\/1\.1 200 OK[\s\S]*"body":"hello"[\s\S]*200 OK[\s\S]*fine$/);
  }));

test('the path is decoded once, and refused where it could mean two things', () =>
  withServer(async ({ node }) => {
    const answers: readonly (readonly [string, RegExp])[] = [
      ['/echo/slave%281%29/', /"path":"\/echo\/slave\(1\)","subpath":"\/slave\(1\)"/],
      ['//echo', /"path":"\/echo"/],
      ['http://elsewhere/echo?a', /"query":"a"/],
      ['/echo/../state', /^HTTP\/1\.1 400 [\s\S]*pathInvalid/],
      ['/echo/%2e%2e/state', /^HTTP\/1\.1 400 /],
      ['/echo/a%2fb', /^HTTP\/1\.1 400 /],
      ['/echo/%00', /^HTTP\/1\.1 400 /],
      ['/echo/%ff', /^HTTP\/1\.1 400 /],
      [`/echo${'/a'.repeat(4_000)}`, /^HTTP\/1\.1 200 /],
    ];
    for (const [target, answer] of answers) {
      const client = connectTo(node);
      client.write(
        `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
      match(await textOf(client), answer);
    }
  }));

test('a flood of headers is refused, by their number and by their bytes', () =>
  withServer(
    async ({ node }) => {
      const flood = (count: number, size: number) =>
        Array.from({ length: count }, (_, index) => `h${index}: ${'x'.repeat(size)}\r\n`).join('');
      const answers: readonly (readonly [string, RegExp])[] = [
        [flood(18, 1), /^HTTP\/1\.1 200 /],
        [flood(19, 1), /^HTTP\/1\.1 431 [\s\S]*more than 20 headers/],
        [flood(500, 1), /^HTTP\/1\.1 431 [\s\S]*headersTooMany/],
        [flood(10, 2_000), /^HTTP\/1\.1 431 [\s\S]*headersTooLarge/],
        [`h: 1\r\n`.repeat(5_000), /^HTTP\/1\.1 431 /],
      ];
      for (const [headers, answer] of answers) {
        const client = connectTo(node);
        client.write(`GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`);
        match(await textOf(client), answer);
      }
      equal((await fetch(`http://${node}/state`)).status, 200);
    },
    { headerCountMax: 20, headerBytesMax: 16_384 },
  ));

test('each abuse of HTTP is refused with a sentence, or means what it means', () =>
  withServer(async ({ node }) => {
    const state = 'GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n';
    const chunked =
      'POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    const answers: readonly (readonly [string, RegExp])[] = [
      ['GET /state HTTP/1.1\r\nconnection: close\r\n\r\n', / 400 [\s\S]*hostMissing/],
      ['GET /state HTTP/1.0\r\n\r\n', / 200 [\s\S]*\r\nconnection: close\r\n[\s\S]*fine$/i],
      [`${state}expect: miracles\r\n\r\n`, / 417 [\s\S]*expectationUnknown/],
      ['CONNECT far:1 HTTP/1.1\r\nhost: x\r\n\r\n', / 405 [\s\S]*Cannot CONNECT .*far:1/],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', / 400 [\s\S]*malformedRequest/],
      ['OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', / 400 [\s\S]*pathInvalid/],
      ['GET http://x/../state HTTP/1.1\r\nhost: x\r\n\r\n', / 400 [\s\S]*pathInvalid/],
      [`${state}x : y\r\n\r\n`, / 400 [\s\S]*malformedRequest/],
      [`${state}x: y\r\n z\r\n\r\n`, / 400 [\s\S]*malformedRequest/],
      [`${state}content-length: -5\r\n\r\n`, / 400 [\s\S]*malformedRequest/],
      [`${state}content-length: ${'9'.repeat(25)}\r\n\r\n`, / 400 [\s\S]*malformedRequest/],
      // What comes behind a body is passed over, as long as it is little.
      [
        `${chunked}2\r\nhi\r\n0\r\nx-kind: trailer\r\n\r\n`,
        / 200 (?![\s\S]*trailer)[\s\S]*"body":"hi"/,
      ],
      [`${chunked}2\r\nhi\r\n0\r\n${'x: y\r\n'.repeat(20_000)}\r\n`, / 431 [\s\S]*headersTooLarge/],
      [`${chunked}2;${'x'.repeat(50_000)}\r\nhi\r\n0\r\n\r\n`, / 4\d\d /],
    ];
    for (const [request, answer] of answers) {
      const client = connectTo(node);
      client.write(request);
      match(await textOf(client), answer, request.slice(0, 100));
    }
    equal((await fetch(`http://${node}/state`)).status, 200);
  }));

test('requests of one connection act one after another, in their order', () => {
  const acts: string[] = [];
  const slow: HttpRoutes = {
    '/act': {
      POST: async ({ query }) => {
        acts.push(`begin ${query}`);
        await new Promise((resolve) => setImmediate(resolve));
        acts.push(`end ${query}`);
        return { status: 202 };
      },
    },
  };
  return withServer(
    async ({ node }) => {
      const client = connectTo(node);
      for (const name of ['a', 'b', 'c']) {
        const close = name === 'c' ? 'connection: close\r\n' : '';
        client.write(`POST /act?${name} HTTP/1.1\r\nhost: x\r\n${close}content-length: 1\r\n\r\nx`);
      }
      equal((await textOf(client)).match(/202 Accepted/g)?.length, 3);
      deepEqual(acts, ['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
    },
    {},
    { routes: slow },
  );
});

test('what is no HTTP behind a request is not answered in place of it', () =>
  withServer(async ({ node }) => {
    const client = connectTo(node);
    client.write('GET /state HTTP/1.1\r\nhost: x\r\n\r\n\x00garbage\r\n\r\n');
    const text = await textOf(client);
    match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close[\s\S]*fine$/i);
  }));

test('who vanishes while their requests wait sets nothing more going', () => {
  const acts: string[] = [];
  let vanish = () => {};
  const slow: HttpRoutes = {
    '/act': {
      GET: async ({ query }) => {
        acts.push(query);
        vanish();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { status: 200 };
      },
    },
    ...routes,
  };
  return withServer(
    async ({ node }) => {
      const client = connectTo(node);
      vanish = () => client.resetAndDestroy();
      client.write(
        ['a', 'b', 'c'].map((name) => `GET /act?${name} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''),
      );
      await textOf(client);
      equal((await fetch(`http://${node}/act?d`)).status, 200);
      deepEqual(acts, ['a', 'd']);
    },
    {},
    { routes: slow },
  );
});

test('Mesos names of processes and old suffixes lead to the same routes', () =>
  withServer(
    async ({ node }) => {
      for (const path of ['/state', '/state.json', '/slave(1)/state', '/slave%281%29/state.json']) {
        equal(await (await fetch(`http://${node}${path}`)).text(), 'fine', path);
      }
      equal((await fetch(`http://${node}/slave(2)/state`)).status, 404);
      equal((await fetch(`http://${node}/echo.json`, { method: 'POST' })).status, 404);
    },
    {},
    {
      routes: { ...routes, '/state': { ...routes['/state'], jsonAlias: true } },
      processes: ['slave(1)'],
    },
  ));

test('a redirect to the leader is followed with the same method and body', () =>
  withServer(async ({ node: leader }) => {
    await withServer(
      async ({ node }) => {
        const response = await fetch(`http://${node}/echo/x?y=1`, {
          method: 'POST',
          body: 'hello',
        });
        equal(response.status, 200);
        const { path, query, body } = (await response.json()) as Record<string, string>;
        deepEqual([path, query, body], ['/echo/x', 'y=1', 'hello']);
      },
      {},
      { routes: { '/echo': { first: (head) => redirectTo(leader, head) } } },
    );
  }));

function connectTo(node: string): Socket {
  const [host, port] = node.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  return socket;
}

/** All that comes until the other side closes. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text;
}
