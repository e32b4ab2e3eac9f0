import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../runtime/address.ts';
import { liveNode, numbersOf } from './live.ts';

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
  for (let n = 0; n < 1_000; n++) one.tell(other.node, { type: 'count', n } as never);
  await other.until(() => other.received.length >= 500);
  for (let n = 1_000; n < 5_000; n++) one.tell(other.node, { type: 'count', n } as never);
  await other.until(() => other.received.length === 5_000);
  deepEqual(
    numbersOf(other),
    Array.from({ length: 5_000 }, (_, n) => n),
  );
  await Promise.all([one.close(), other.close()]);
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
