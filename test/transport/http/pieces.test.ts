/** Bodies of requests that a route reads piece by piece, while they come. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { HttpBody, HttpPiece } from '../../../transport/http/body-port.ts';
import { type HttpAnswer, type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import type { HttpLimits } from '../../../transport/limits.ts';
import { type LiveNode, liveNode } from '../live.ts';
import { bareClient } from './client.ts';

/** A route that reads piece by piece, as its test wishes. */
class PieceStage {
  readonly events = new EventEmitter();
  readonly pieces: HttpPiece[] = [];
  body: HttpBody | undefined;
  #answer: ((answer: HttpAnswer) => void) | undefined;

  readonly routes: HttpRoutes = {
    '/input': {
      POST: ({ body }) => jsonResponse(200, { whole: body.length }),
      pieces: ({ headers }) =>
        headers['content-type'] === 'application/recordio'
          ? (_head, body) => {
              this.body = body;
              this.events.emit('changed');
              return new Promise((resolve) => {
                this.#answer = resolve;
              });
            }
          : undefined,
    },
  };

  answer(answer: HttpAnswer): void {
    this.#answer?.(answer);
  }

  async asked(): Promise<HttpBody> {
    while (this.body === undefined) await once(this.events, 'changed');
    return this.body;
  }

  async next(): Promise<HttpPiece> {
    const body = await this.asked();
    return new Promise((resolve) => body.next(resolve));
  }

  async text(length: number): Promise<string> {
    let text = '';
    while (text.length < length) {
      const piece = await this.next();
      if (piece.kind !== 'bytes') break;
      text += Buffer.from(piece.bytes).toString();
    }
    return text;
  }
}

const INPUT =
  'POST /input HTTP/1.1\r\nhost: x\r\ncontent-type: application/recordio\r\ntransfer-encoding: chunked\r\n';

test('a route may read a body piece by piece, while it comes, and answer at its end', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const client = bareClient(node);
      client.write(`${INPUT}expect: 100-continue\r\nconnection: close\r\n\r\n`);
      await client.until((text) => text.startsWith('HTTP/1.1 100 Continue'));
      client.write('5\r\nfirst\r\n');
      equal(await stage.text(5), 'first');
      // Longer than a whole body may take.
      await new Promise((resolve) => setTimeout(resolve, 150));
      client.write('6\r\nsecond\r\n0\r\n\r\n');
      equal(await stage.text(6), 'second');
      deepEqual(await stage.next(), { kind: 'end' });
      stage.answer({ status: 200, body: 'done' });
      match(await client.closed(), /200 OK[\s\S]*done$/);
    },
    { requestTimeoutMs: 100, handlerTimeoutMs: 100, checkIntervalMs: 20 },
    stage.routes,
  );
});

test('other requests of the same route get their whole body', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const response = await fetch(`http://${node}/input`, { method: 'POST', body: 'hello' });
      deepEqual(await response.json(), { whole: 5 });
    },
    {},
    stage.routes,
  );
});

test('a client that sends faster than the pieces are read has to wait', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const client = bareClient(node);
      client.write(`${INPUT}\r\n`);
      await stage.asked();
      const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
      let sent = 0;
      // The system's own buffers take some MB first; without an end, they are full some time.
      while (client.socket.writableLength === 0 && sent < 1_000) {
        client.write(chunk);
        sent++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const before = process.memoryUsage().arrayBuffers;
      for (; sent < 1_000; sent++) client.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, 50));
      ok(client.socket.writableLength > 0);
      // Of what was sent meanwhile, our side took no more than its one piece.
      ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024);
      equal((await stage.text(64 * 1024 * 1_000)).length, 64 * 1024 * 1_000);
      client.socket.destroy();
    },
    {},
    stage.routes,
  );
});

test('a client that vanishes in the middle, or sends what is no chunk, is a broken body', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      for (const end of ['vanish', 'garbage']) {
        stage.body = undefined;
        const client = bareClient(node);
        client.write(`${INPUT}\r\n5\r\nfirst\r\n`);
        equal(await stage.text(5), 'first');
        const next = stage.next();
        if (end === 'vanish') client.socket.resetAndDestroy();
        else client.write('zz\r\n');
        deepEqual(await next, { kind: 'broken' });
        client.socket.destroy();
      }
    },
    {},
    stage.routes,
  );
});

test('who fails at a piece answers 500, and the server goes on', () =>
  withPieces(
    async ({ node, logged }) => {
      const client = bareClient(node);
      client.write(`${INPUT.replace('/input', '/fails')}\r\n5\r\nfirst\r\n`);
      match(await client.closed(), /^HTTP\/1\.1 500 [\s\S]*handlerFailed/);
      ok(logged.some(({ text }) => /handler of POST "\/fails" failed/.test(text)));
    },
    {},
    {
      '/fails': {
        pieces: () => (_head, body) => {
          body.next(() => {
            throw new Error('a fault of ours');
          });
          return new Promise(() => {});
        },
      },
    },
  ));

test('an answer before the end of the pieces closes the connection', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const client = bareClient(node);
      client.write(`${INPUT}\r\n5\r\nfirst\r\n`);
      await stage.text(5);
      stage.answer({ status: 404 });
      match(await client.closed(), /^HTTP\/1\.1 404 [\s\S]*connection: close/i);
      deepEqual(await stage.next(), { kind: 'broken' });
    },
    {},
    stage.routes,
  );
});

test('after the end of the pieces the handler has as long as any other', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const client = bareClient(node);
      client.write(`${INPUT}connection: close\r\n\r\n0\r\n\r\n`);
      deepEqual(await stage.next(), { kind: 'end' });
      match(await client.closed(), /^HTTP\/1\.1 503 [\s\S]*noAnswer/);
    },
    { handlerTimeoutMs: 50 },
    stage.routes,
  );
});

test('pieces are never compressed, and count as streams', () => {
  const stage = new PieceStage();
  return withPieces(
    async ({ node }) => {
      const compressed = bareClient(node);
      compressed.write(`${INPUT}content-encoding: gzip\r\n\r\n`);
      match(await compressed.closed(), /^HTTP\/1\.1 415 [\s\S]*piecesCompressed/);
      const first = bareClient(node);
      first.write(`${INPUT}\r\n`);
      await stage.asked();
      const second = bareClient(node);
      second.write(`${INPUT}\r\n`);
      match(await second.closed(), /^HTTP\/1\.1 503 [\s\S]*streamsTooMany/);
      first.socket.destroy();
    },
    { streamCountMax: 1 },
    stage.routes,
  );
});

async function withPieces(
  run: (node: LiveNode) => Promise<void>,
  limits: Partial<HttpLimits>,
  routes: HttpRoutes,
): Promise<void> {
  const node = await liveNode({ routes, limits: { http: { lingerMs: 50, ...limits } } });
  try {
    await run(node);
  } finally {
    await node.close();
  }
}
