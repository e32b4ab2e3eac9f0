/**
 * The same host and the same seed give the same order, supervision by nact included, whatever the
 * real event loop does meanwhile.
 */
import { equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor, type Exited } from '../../runtime/actor.ts';
import { formatAddress } from '../../runtime/address.ts';
import { loneSystem } from '../kit/lone-system.ts';
import { seededRandom } from '../kit/random.ts';

type WalkerMessage =
  | { readonly type: 'walk'; readonly left: number }
  | { readonly type: 'rest' }
  | Exited;

interface WalkerOptions {
  readonly peers: readonly Address<WalkerMessage>[];
}

/** Wanders about, rests, has children, watches them, and crashes every now and then. */
const walker = defineActor<WalkerOptions, null, WalkerMessage>({
  name: 'walker',
  initialState: () => null,
  started: (_, context) => void context.sendSelfAfter(context.random() * 10, { type: 'rest' }),
  handlers: {
    walk(_, { left }, context) {
      const { peers } = context.options;
      const peer = peers[Math.floor(context.random() * peers.length)];
      if (left === 0 || peer === undefined) return;
      context.send(peer, { type: 'walk', left: left - 1 });
      if (context.random() < 0.05) throw new Error('stumbled');
    },
    rest(_, __, context) {
      if (context.random() < 0.5) context.link(context.spawn(walker, { peers: [] }));
      context.sendSelfAfter(context.random() * 10, { type: 'rest' });
      if (context.random() < 0.2) throw new Error('overslept');
    },
    exited: () => {},
  },
});

test('one seed tells one story, with the real event loop in between or not', async () => {
  const first = await story(1, async () => {});
  const second = await story(1, () => new Promise((resolve) => void setImmediate(resolve)));
  equal(first, second);
  notEqual(first, await story(2, async () => {}));
});

async function story(seed: number, between: () => Promise<void>): Promise<string> {
  const random = seededRandom(seed);
  const lines: string[] = [];
  const lone = loneSystem({
    batchCountMax: 1,
    sliceCountMax: 1,
    pick: (count) => random.integer(count),
    onFatal: (_, actor) => lines.push(`fatal ${formatAddress(actor)}`),
  });
  lone.system.intercept(({ id, causeId, to, message }) => {
    lines.push(`${lone.nowMs()} ${causeId}>${id} ${message.type} ${formatAddress(to)}`);
    return 'deliver';
  });
  const peers: Address<WalkerMessage>[] = [];
  for (let count = 0; count < 5; count++) {
    peers.push(lone.system.spawn(walker, { peers }, { restartDelayMsMin: count }));
  }
  for (const peer of peers) lone.system.send(peer, { type: 'walk', left: 200 });
  for (let count = 0; count < 20; count++) {
    lone.advance(1);
    await between();
  }
  lines.push(...lone.logged.map(({ level, text }) => `${level} ${text}`));
  const ended = lone.system.shutdown();
  lone.run();
  await ended;
  return lines.join('\n');
}
