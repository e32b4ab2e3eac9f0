/**
 * Mutated requests by the thousand, at a live node: what comes is answered or closed, every stream that
 * was opened is told its end once, and nothing is left behind. The seed decides every byte.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { HttpBody } from '../../../transport/http/body-port.ts';
import { type HttpRoutes, jsonResponse } from '../../../transport/http/message.ts';
import { negotiateAnswer, negotiateContent } from '../../../transport/http/negotiation.ts';
import { encodeRecord, RecordDecoder } from '../../../transport/http/recordio.ts';
import { type Random, seededRandom } from '../../kit/random.ts';
import { liveNode } from '../live.ts';
import { mutated } from '../mutations.ts';
import { bareClient } from './client.ts';

const CONNECTION_COUNT = 1_500;

test(`${CONNECTION_COUNT} connections of mutated requests leave a node as it was`, async () => {
  const random = seededRandom('http');
  const events = new EventEmitter();
  let openedCount = 0;
  let endedCount = 0;
  const routes: HttpRoutes = {
    '/state': { jsonAlias: true, GET: ({ query }) => jsonResponse(200, { query }) },
    '/large': { GET: () => ({ status: 200, body: 'x'.repeat(5_000) }) },
    '/api/v1': {
      realm: 'mesos-agent-readwrite',
      POST: ({ headers, body }) => {
        const content = negotiateContent(headers, { recordio: true });
        if ('status' in content) return content;
        const answer = negotiateAnswer(headers, { recordio: true });
        if ('status' in answer) return answer;
        return {
          status: 200,
          stream: (stream) => {
            openedCount++;
            stream.write(encodeRecord(`${body.length} bytes`));
            if (body.length % 2 === 0) stream.end();
            return {
              closed: () => {
                endedCount++;
                events.emit('ended');
              },
            };
          },
        };
      },
      pieces: ({ headers }) =>
        headers['content-type'] === 'application/recordio'
          ? (_head, body) => counted(body)
          : undefined,
    },
  };
  const node = await liveNode({
    routes,
    processes: ['slave(1)'],
    authenticate: (_realm, { headers }) =>
      headers['authorization'] === undefined
        ? { kind: 'anonymous' }
        : { kind: 'unauthorized', challenges: ['Basic realm="r"'] },
    limits: { http: { lingerMs: 20, streamCountMax: 60, bodiesBytesMax: 1_000_000 } },
  });
  const attack = async () => {
    const client = bareClient(node.node);
    const count = 1 + random.integer(3);
    const requests = Array.from({ length: count }, () => request(random));
    const bytes = Buffer.concat(requests);
    client.write(random.chance(0.7) ? mutated(bytes, random) : bytes);
    client.socket.end();
    await client.closed();
  };
  try {
    for (let done = 0; done < CONNECTION_COUNT; done += 50) {
      await Promise.all(Array.from({ length: 50 }, attack));
    }
    deepEqual(
      node.logged.filter(({ level }) => level === 'error'),
      [],
    );
    ok(openedCount > 100, `only ${openedCount} streams were opened`);
    while (endedCount < openedCount) await once(events, 'ended');
    // All places for streams are free again.
    const clients = Array.from({ length: 60 }, () => bareClient(node.node));
    for (const client of clients) client.write(call('{}', 'accept: */*\r\n'));
    for (const client of clients) await client.until((text) => text.includes('200 OK'));
    for (const { socket } of clients) socket.destroy();
    equal((await fetch(`http://${node.node}/state`)).status, 200);
  } finally {
    await node.close();
  }
});

function request(random: Random): Buffer {
  switch (random.integer(6)) {
    case 0:
      return Buffer.from(
        'GET /slave(1)/state.json?x=%20 HTTP/1.1\r\nhost: x\r\nif-none-match: "1"\r\n\r\n',
      );
    case 1:
      return Buffer.from('HEAD /large HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip;q=0.5\r\n\r\n');
    case 2:
      return Buffer.from(call('{"type":"SUBSCRIBE"}', 'accept: application/json\r\n'));
    case 3: {
      const body = gzipSync('{}'.repeat(random.integer(2_000)));
      return Buffer.concat([
        Buffer.from(
          `POST /api/v1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
        ),
        body,
      ]);
    }
    case 4:
      return Buffer.from(
        'POST /api/v1 HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/recordio\r\nmessage-content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n4\r\n2\n{}\r\n3\r\n1\n[\r\n0\r\n\r\n',
      );
    default:
      return Buffer.from(
        'GET /large HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n',
      );
  }
}

function call(body: string, headers: string): string {
  return `POST /api/v1/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

/** Reads records to the end, or to the first fault. */
function counted(body: HttpBody): Promise<ReturnType<typeof jsonResponse>> {
  const decoder = new RecordDecoder();
  let count = 0;
  return new Promise((resolve) => {
    const ask = () => {
      body.next((piece) => {
        try {
          if (piece.kind === 'bytes') {
            count += decoder.push(piece.bytes).length;
            ask();
            return;
          }
          decoder.end();
          resolve(jsonResponse(200, count));
        } catch {
          resolve(jsonResponse(400, count));
        }
      });
    };
    ask();
  });
}
