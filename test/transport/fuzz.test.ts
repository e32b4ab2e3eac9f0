/**
 * Hostile bytes by the hundred thousand, at a live node whose actor goes on answering.
 *
 * The seed decides every byte. A fault ends one connection, so most frames of a connection are only
 * odd inside, and the last ones are broken; greetings and the WebSocket layer get their share.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { type Address, defineActor, type Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { LogRecord } from '../../runtime/log.ts';
import { nodeHost } from '../../runtime/node-host.ts';
import { createSystem } from '../../runtime/system.ts';
import { decodeItems, WireFault } from '../../transport/codec.ts';
import { EnvelopeReader, encodeHello } from '../../transport/envelope.ts';
import { startTransport } from '../../transport/transport.ts';
import { seededRandom } from '../kit/random.ts';
import { goodItem, mutated, oddFrame } from './mutations.ts';

interface Question extends Tagged {
  readonly type: 'question';
  readonly n: number;
  readonly replyTo: Address<Answer>;
}

interface Answer extends Tagged {
  readonly type: 'answer';
  readonly n: number;
}

const echo = defineActor<Record<never, never>, null, Question>({
  name: 'echo',
  initialState: () => null,
  accepts({ type, n, replyTo }: Tagged & Partial<Omit<Question, 'type'>>) {
    if (type !== 'question' || typeof n !== 'number') return 'type: expected a question';
    return typeof replyTo?.name === 'string' ? undefined : 'replyTo: expected an address';
  },
  handlers: {
    question: (_state, { n, replyTo }, context) => context.send(replyTo, { type: 'answer', n }),
  },
});

test('30 000 mutated frames are read or refused, and nothing else happens in the decoder', () => {
  const random = seededRandom('decoder');
  let readCount = 0;
  let refusedCount = 0;
  let reader = new EnvelopeReader('here:1', 'there:1');
  for (let count = 0; count < 30_000; count++) {
    try {
      const values: unknown[] = [];
      decodeItems(oddFrame(random), 0, 1_000, values);
      for (const value of values) reader.read(value);
      readCount++;
    } catch (error) {
      // Anything else is a fault of ours.
      if (!(error instanceof WireFault)) throw error;
      refusedCount++;
      if (refusedCount % 100 === 0) reader = new EnvelopeReader('here:1', 'there:1');
    }
  }
  ok(readCount > 1_000 && refusedCount > 15_000, `${readCount} read, ${refusedCount} refused`);
  equal(({} as { polluted?: unknown }).polluted, undefined);
});

const CONNECTION_COUNT = 2_500;
const ODD_INSIDE_COUNT = 40;
const BROKEN_COUNT = 5;
const AT_ONCE_COUNT = 16;

test('100 000 mutated frames at a live node: its actor goes on answering, and no other connection is disturbed', async () => {
  const logged: LogRecord[] = [];
  const node = await liveSystem('node', logged, { listen: { address: '127.0.0.1', port: 0 } });
  const friend = await liveSystem('friend', []);
  node.system.spawn(echo, {}, { name: 'echo' });
  const target = address<Question>('echo', node.system.node);
  const random = seededRandom('live');

  let frameCount = 0;
  let connectionCount = 0;
  let attacking = true;
  const attack = async () => {
    while (connectionCount < CONNECTION_COUNT) {
      const number = ++connectionCount;
      const thrownCount = await attackOnce(node.port, number, random.split(String(number)));
      frameCount += thrownCount;
    }
  };
  const attacks = Promise.all(Array.from({ length: AT_ONCE_COUNT }, attack)).then(() => {
    attacking = false;
  });
  const answers: number[] = [];
  while (attacking) {
    const n = answers.length;
    const answer = await friend.system.ask<Question, Answer>(
      target,
      (replyTo) => ({ type: 'question', n, replyTo }),
      5_000,
    );
    answers.push(answer.n);
    await new Promise(setImmediate);
  }
  await attacks;

  ok(frameCount >= 100_000, `${frameCount} frames`);
  ok(answers.length > 50, `${answers.length} answers`);
  deepEqual(answers, Array.from(answers.keys()));
  equal(friend.transport.connections().length, 1);
  const wrong = logged.filter(({ level }) => level === 'error' || level === 'fatal');
  deepEqual(wrong, []);
  ok(node.system.deadLetters().length > 0, 'what was only odd inside came as far as the actors');
  await friend.system.shutdown();
  await node.system.shutdown();
});

async function liveSystem(
  name: string,
  logged: LogRecord[],
  options: { readonly listen?: { readonly address: string; readonly port: number } } = {},
) {
  const host = nodeHost({
    logSink: (record) => {
      if (record.level !== 'debug' && record.level !== 'trace') logged.push(record);
    },
  });
  const transport = await startTransport({
    host,
    cluster: 'test',
    incarnation: 1,
    name,
    ...options,
  });
  const { node, port = 0 } = transport;
  const system = createSystem({ node, incarnation: 1, host, carrier: transport });
  return { system, transport, port };
}

/** @returns how many frames were thrown */
async function attackOnce(
  port: number,
  number: number,
  random: ReturnType<typeof seededRandom>,
): Promise<number> {
  if (number % 10 === 0) return attackBelow(port, random);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/actor`, { perMessageDeflate: false });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await Promise.race([once(socket, 'open'), closed]);
  const hello = Buffer.from(
    encodeHello({
      protocol: 1,
      cluster: 'test',
      node: `evil-${number}:0`,
      incarnation: 1,
      dial: 1,
      acceptedDial: 0,
      acceptedIncarnation: 0,
    }),
  );
  socket.send(number % 10 === 1 ? mutated(hello, random) : hello);
  for (let count = 0; count < ODD_INSIDE_COUNT; count++) socket.send(goodItem(random));
  for (let count = 0; count < BROKEN_COUNT; count++) socket.send(oddFrame(random));
  // Should all of it have been understood by chance, this is not.
  socket.send(Buffer.from([0xff]));
  await closed;
  return ODD_INSIDE_COUNT + BROKEN_COUNT + 2;
}

/** Bytes that are no WebSocket frames, after a good upgrade or instead of one. */
async function attackBelow(port: number, random: ReturnType<typeof seededRandom>): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  const upgrade = Buffer.from(
    'GET /actor HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  socket.write(random.chance(0.5) ? mutated(upgrade, random) : upgrade);
  for (let count = 0; count < ODD_INSIDE_COUNT; count++) socket.write(oddFrame(random));
  socket.end();
  await once(socket, 'close');
  return ODD_INSIDE_COUNT;
}
