/** How an etcd is asked over HTTP when some of its endpoints don't answer. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { etcdClient } from '../../bin/etcd-client.ts';
import { freePorts } from '../../bin/free-ports.ts';
import type { CodedError } from '../../runtime/errors.ts';
import { type Afterwards, lastFirst } from '../kit/programs.ts';

test('an answer comes back as it was given, whatever it says', async (context) => {
  const server = await serve(context, (asked, answer) => {
    let body = '';
    asked.on('data', (part) => {
      body += part;
    });
    asked.on('end', () => answer.writeHead(404).end(`${asked.method} ${asked.url} ${body}`));
  });
  const client = open(context, [server]);
  deepEqual(await client.ask('/v3/kv/txn', '{"é":1}', 1000), {
    status: 404,
    text: 'POST /v3/kv/txn {"é":1}',
  });
  equal(client.place, `etcd://${server}`);
});

test('endpoints are tried in turn, and who answered is asked first from then on', async (context) => {
  const [port] = await freePorts(1);
  let count = 0;
  const second = await serve(context, (_, answer) => {
    count++;
    answer.end('second');
  });
  let thirdCount = 0;
  const third = await serve(context, (_, answer) => {
    thirdCount++;
    answer.end('third');
  });
  const client = open(context, [`127.0.0.1:${port}`, second, third]);
  for (let round = 0; round < 3; round++) {
    equal((await client.ask('/v3/kv/txn', '{}', 1000)).text, 'second');
  }
  deepEqual([count, thirdCount], [3, 0]);
});

test('one that is silent, or has lost the others, is passed over', async (context) => {
  const silent = await serve(context, () => {});
  const lonely = await serve(context, (_, answer) => answer.writeHead(503).end('{"code":14}'));
  const healthy = await serve(context, (_, answer) => answer.end('healthy'));
  const client = open(context, [silent, lonely, healthy]);
  equal((await client.ask('/v3/kv/txn', '{}', 100)).text, 'healthy');
});

test('when none answers, the sentence says of each why', async (context) => {
  const [port] = await freePorts(1);
  const silent = await serve(context, () => {});
  const client = open(context, [`127.0.0.1:${port}`, silent]);
  await rejects(client.ask('/v3/kv/txn', '{}', 33.3), (error: CodedError) => {
    equal(error.code, 'etcdUnreachable');
    match(error.message, /Cannot reach etcd:\/\/.* \(.*ECONNREFUSED.*; .*: no answer in 34 ms\)/);
    match(error.remedy, /--registry etcd:\/\/HOST:PORT/);
    return true;
  });
});

test('an answer that has no end is refused', async (context) => {
  const endless = await serve(context, (asked, answer) => {
    const part = Buffer.alloc(1_000_000);
    const more = () => {
      while (!asked.destroyed && answer.write(part));
    };
    answer.on('drain', more);
    answer.on('error', () => {});
    more();
  });
  const client = open(context, [endless]);
  await rejects(client.ask('/v3/kv/txn', '{}', 20_000), /its answer has more than 67108864 bytes/);
});

test('what was told is on its way before the client is closed', async (context) => {
  const told: string[] = [];
  const server = await serve(context, (asked, answer) => {
    told.push(asked.url ?? '');
    setTimeout(() => answer.end(), 50);
  });
  const client = etcdClient([server]);
  client.tell('/v3/lease/revoke', '{}');
  const beganMs = performance.now();
  await client.close();
  deepEqual(told, ['/v3/lease/revoke']);
  ok(performance.now() - beganMs >= 45);
});

function open(afterwards: Afterwards, endpoints: readonly string[]) {
  const client = etcdClient(endpoints);
  lastFirst(afterwards, () => client.close());
  return client;
}

async function serve(afterwards: Afterwards, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lastFirst(afterwards, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
