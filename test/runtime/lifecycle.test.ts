/** Names, incarnations, starting and stopping. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, AnyAddress, SpawnSettings } from '../../runtime/actor.ts';
import { address, formatAddress } from '../../runtime/address.ts';
import { FakeCarrier } from '../kit/fake-carrier.ts';
import { LONE_NODE, loneSystem } from '../kit/lone-system.ts';
import { type PuppetContext, type PuppetMessage, puppet } from './actors.ts';

test('an actor without a name gets its definition’s, and a number if that was ever used', () => {
  const { system } = loneSystem();
  const spawn = () => system.spawn(puppet, { story: [] });
  const first = spawn();
  deepEqual([first.name, spawn().name], ['puppet', 'puppet(2)']);
  system.stop(first);
  equal(spawn().name, 'puppet(3)');
});

test('an exact name can be used again when its actor is gone', () => {
  const { system, run } = loneSystem();
  const spawn = () => system.spawn(puppet, { story: [] }, { name: 'unique' });
  const first = spawn();
  throws(spawn, { code: 'nameTaken' });
  system.stop(first);
  equal(spawn().name, 'unique');
  run();
});

test('names have letters, digits and a few signs, and some are reserved', () => {
  const { system } = loneSystem();
  for (const name of ['', 'a b', 'a@b', 'a/b', 'é', 'x'.repeat(256)]) {
    throws(() => system.spawn(puppet, { story: [] }, { name }), { code: 'nameIllegal' });
  }
  for (const name of ['ask', 'inspector']) {
    throws(() => system.spawn(puppet, { story: [] }, { name }), { code: 'nameTaken' });
  }
  equal(system.spawn(puppet, { story: [] }, { name: "aZ09-_.$+!*'()," }).name, "aZ09-_.$+!*'(),");
});

test('the address that `spawn` gives is by name: it outlives restarts', () => {
  const { actor, system, run, story } = start();
  equal(formatAddress(actor), 'puppet@here:1');
  system.send(actor, { type: 'crash', text: 'boom' });
  system.send(actor, { type: 'note', text: 'hello' });
  run();
  deepEqual(story, ['puppet stopped', 'puppet started', 'puppet: hello']);
});

test('every spawn and every restart gives a new incarnation, larger than all before', () => {
  const { actor, system, run, tell } = start();
  const seen: (number | undefined)[] = [];
  const look = () => tell((context) => void seen.push(context.self.incarnation));
  look();
  system.send(actor, { type: 'crash', text: 'boom' });
  look();
  system.stop(actor);
  system.spawn(puppet, { story: [] }, { name: 'puppet' });
  run();
  look();
  const [first = 0, second = 0, third = 0] = seen;
  equal(first < second && second < third, true);
});

test('a node that comes back gives other incarnations than before, also after very many spawns', () => {
  const startMs = Date.UTC(2026, 0, 1);
  const before = incarnationsIn(startMs, 5000);
  const after = incarnationsIn(startMs + 10, 1);
  equal(before.size, 5000);
  deepEqual(
    [...after].filter((incarnation) => before.has(incarnation)),
    [],
  );
  ok([...before, ...after].every((incarnation) => Number.isSafeInteger(incarnation)));

  function incarnationsIn(nodeIncarnation: number, spawnCount: number): Set<number | undefined> {
    const lone = loneSystem({ incarnation: nodeIncarnation });
    const incarnations = new Set<number | undefined>();
    const onStart = (context: PuppetContext) => void incarnations.add(context.self.incarnation);
    for (let count = 0; count < spawnCount; count++) {
      lone.system.spawn(puppet, { story: [], onStart });
    }
    lone.run();
    return incarnations;
  }
});

test('a node has an incarnation that can be counted on from', () => {
  for (const incarnation of [-1, 0.5, Number.MAX_SAFE_INTEGER]) {
    throws(() => loneSystem({ incarnation }), /a node's incarnation is a whole number below/);
  }
  loneSystem({ incarnation: Date.UTC(2255, 0, 1) });
});

test('an actor starts in its own first turn, before any message and outside its parent’s', () => {
  const { tell, story } = start();
  tell((context) => {
    const child = context.spawn(puppet, { story }, { name: 'child' });
    context.send(child, { type: 'note', text: 'hello' });
    story.push('parent goes on');
  });
  deepEqual(story, ['parent goes on', 'child started', 'child: hello']);
});

test('a stop takes the children first, the last started first, and what they say is heard', () => {
  const { actor, system, run, story } = family();
  system.stop(actor);
  run();
  deepEqual(story, ['b2 stopped', 'b1 stopped', 'b stopped', 'a stopped', 'puppet stopped']);
});

test('who stops itself finishes its turn; its mail is a dead letter', () => {
  const { actor, tell, system, run, story, takeDead } = start();
  tell((context) => {
    context.stop();
    story.push('still here');
    system.send(actor, { type: 'note', text: 'too late' });
  });
  run();
  deepEqual(story, ['still here', 'puppet stopped']);
  deepEqual(takeDead(), ['stopped note']);
});

test('an actor can stop its children, and nobody else’s', () => {
  const { tell, story, system, takeLogged, run } = start();
  system.spawn(puppet, { story }, { name: 'stranger' });
  run();
  story.length = 0;
  tell((context) => {
    const child = context.spawn(puppet, { story }, { name: 'child' });
    context.stop(child);
    context.stop(child);
    context.spawn(puppet, { story }, { name: 'child' });
  });
  deepEqual(story, ['child started']);
  tell((context) => context.stop(address('stranger', LONE_NODE)));
  deepEqual(
    takeLogged().filter((line) => line.startsWith('error')),
    [
      'error "puppet" crashed while handling "do": Cannot stop "stranger": it is not a child of "puppet"',
    ],
  );
});

test('a parent that is stopped from within its child’s turn ends after that turn', () => {
  const { tell, story, system, actor, run } = start();
  tell((context) => void context.spawn(puppet, { story }, { name: 'child' }));
  system.send(address<PuppetMessage>('child', LONE_NODE), {
    type: 'do',
    deed: () => {
      system.stop(actor);
      story.push('turn goes on');
    },
  });
  run();
  deepEqual(story, ['child started', 'turn goes on', 'child stopped', 'puppet stopped']);
});

test('in its last turn an actor may send, and neither spawn nor ask', () => {
  const story: string[] = [];
  const lone = loneSystem();
  const listener = lone.system.spawn(puppet, { story }, { name: 'listener' });
  const tries = (deed: () => unknown) => {
    try {
      deed();
    } catch (error) {
      story.push((error as { code: string }).code);
    }
  };
  const onStop = (context: PuppetContext) => {
    context.send(listener, { type: 'note', text: 'goodbye' });
    tries(() => context.spawn(puppet, { story }));
    tries(() =>
      context.ask(listener, (replyTo: Address<never>) => ({ type: 'ask', replyTo }) as never, {
        timeoutMs: 1,
        onReply: () => ({ type: 'note', text: '' }),
        onTimeout: () => ({ type: 'note', text: '' }),
      }),
    );
  };
  const actor = lone.system.spawn(puppet, { story, onStop });
  lone.run();
  story.length = 0;
  lone.system.stop(actor);
  lone.run();
  deepEqual(story, ['puppet stopped', 'notNow', 'notNow', 'listener: goodbye']);
});

test('a failing last turn is logged and stops nothing', async () => {
  const { system, run, takeLogged } = loneSystem();
  const onStop = () => {
    throw new Error('stuck');
  };
  const actor = system.spawn(puppet, { story: [], onStop });
  const exited = system.exited(actor);
  run();
  system.stop(actor);
  run();
  equal(await exited, 'stopped');
  deepEqual(takeLogged(), ['error "puppet" failed in its last turn: stuck']);
});

test('a restart stops the children; the next life starts its own', () => {
  const { actor, system, run, story } = family();
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  deepEqual(story, [
    ...['b2 stopped', 'b1 stopped', 'b stopped', 'a stopped', 'puppet stopped'],
    ...['puppet started', 'a started', 'b started', 'b1 started', 'b2 started'],
  ]);
});

test('a promise comes back as a message, or not at all to a later incarnation', async () => {
  const { actor, tell, system, run, story, takeDead } = start();
  const outcome = {
    onValue: (text: string): PuppetMessage => ({ type: 'note', text }),
    onError: (error: unknown): PuppetMessage => ({ type: 'note', text: `no: ${error}` }),
  };
  tell((context) => {
    context.defer(Promise.resolve('yes'), outcome);
    context.defer(Promise.reject('broken'), outcome);
  });
  await Promise.resolve();
  await Promise.resolve();
  run();
  deepEqual(story, ['puppet: yes', 'puppet: no: broken']);
  tell((context) => context.defer(Promise.resolve('late'), outcome));
  system.send(actor, { type: 'crash', text: 'boom' });
  run();
  await Promise.resolve();
  run();
  deepEqual(story.slice(2), ['puppet stopped', 'puppet started']);
  deepEqual(takeDead(), ['crashed crash', 'staleIncarnation deferred']);
});

test('a handler that returns a promise is told so once, and a rejection is a crash', async () => {
  const { system, run, takeLogged, story } = start();
  const definition = {
    ...puppet,
    handlers: {
      ...puppet.handlers,
      note: async (_: unknown, { text }: { readonly text: string }) => {
        if (text === 'bad') throw new Error('rejected');
      },
    },
  };
  const actor = system.spawn(definition, { story }, { name: 'async', onCrash: 'stop' });
  run();
  for (const text of ['good', 'good', 'bad']) system.send(actor, { type: 'note', text });
  run();
  await Promise.resolve();
  await Promise.resolve();
  run();
  deepEqual(takeLogged(), [
    'error "async" returned a promise for "note": Return nothing; hand promises to `context.defer`',
    'error "async" crashed: rejected',
  ]);
  deepEqual(story, ['async started', 'async stopped']);
});

test('a shutdown stops everything, the last started first, then closes the carrier', async () => {
  const carrier = new FakeCarrier();
  const lone = loneSystem({ carrier });
  const story: string[] = [];
  const names = ['one', 'two', 'three'];
  for (const name of names) lone.system.spawn(puppet, { story }, { name });
  lone.run();
  story.length = 0;
  const ended = lone.system.shutdown();
  equal(lone.system.shutdown(), ended);
  throws(() => lone.system.spawn(puppet, { story }), { code: 'systemStopped' });
  lone.run();
  await ended;
  deepEqual(story, ['three stopped', 'two stopped', 'one stopped']);
  equal(carrier.closed, true);
  lone.system.send(address<PuppetMessage>('one', LONE_NODE), { type: 'note', text: 'x' });
  lone.run();
  deepEqual(lone.takeDead(), ['noProcess note']);
});

test('an actor may ask for the shutdown of its own system', async () => {
  const { tell, system, run, story } = start();
  let ended: Promise<void> | undefined;
  tell(() => {
    ended = system.shutdown();
    story.push('turn goes on');
  });
  run();
  await ended;
  deepEqual(story, ['turn goes on', 'puppet stopped']);
});

test('a uuid is of version 4 and comes from the host’s chance', () => {
  const uuids = [1, 2].map(() => {
    const { tell } = start();
    let uuid = '';
    tell((context) => {
      uuid = context.uuid();
    });
    return uuid;
  });
  equal(uuids[0], uuids[1]);
  equal(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuids[0] ?? ''),
    true,
  );
});

/** A parent with the children `a` and `b`, and `b` with `b1` and `b2`. */
function family() {
  const story: string[] = [];
  const lone = loneSystem();
  const grandchildren = (context: PuppetContext) => {
    for (const name of ['b1', 'b2']) context.spawn(puppet, { story }, { name, light: true });
  };
  const onStart = (context: PuppetContext) => {
    context.spawn(puppet, { story }, { name: 'a' });
    context.spawn(puppet, { story, onStart: grandchildren }, { name: 'b' });
  };
  const actor = lone.system.spawn(puppet, { story, onStart });
  lone.run();
  story.length = 0;
  return { ...lone, story, actor };
}

function start(settings: SpawnSettings = {}) {
  const story: string[] = [];
  const lone = loneSystem();
  const actor = lone.system.spawn(puppet, { story }, settings);
  lone.run();
  story.length = 0;
  const tell = (deed: (context: PuppetContext) => unknown) => {
    const to: AnyAddress = { node: LONE_NODE, name: 'puppet' };
    lone.system.send<PuppetMessage>(to as Address<PuppetMessage>, {
      type: 'do',
      deed: (context) => void deed(context),
    });
    lone.run();
  };
  return { ...lone, story, actor, tell };
}
