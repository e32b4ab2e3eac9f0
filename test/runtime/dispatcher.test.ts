/** Turns: who is next, for how long, and how slow handlers are found. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, defineActor } from '../../runtime/actor.ts';
import { BATCH_COUNT_MAX, SLICE_COUNT_MAX } from '../../runtime/dispatcher.ts';
import { loneSystem } from '../kit/lone-system.ts';

type WorkMessage =
  | { readonly type: 'work'; readonly tookMs: number }
  | { readonly type: 'quick' }
  | { readonly type: 'spread'; readonly to: Address<WorkMessage>; readonly count: number };

interface WorkOptions {
  readonly story: string[];
  readonly pass: (durationMs: number) => void;
}

/** Takes the time it is told to take, by the host's clock. */
const worker = defineActor<WorkOptions, null, WorkMessage>({
  name: 'worker',
  initialState: () => null,
  handlers: {
    work(_, { tookMs }, context) {
      context.options.pass(tookMs);
      context.options.story.push(context.self.name);
    },
    quick: (_, __, context) => void context.options.story.push(context.self.name),
    spread(_, { to, count }, context) {
      for (let index = 0; index < count; index++) context.send(to, { type: 'quick' });
      context.options.story.push(context.self.name);
    },
  },
});

test('actors have their turns in the order in which they got mail', () => {
  const { system, spawn, run, story } = start();
  const [one, two] = [spawn('one'), spawn('two')];
  run();
  system.send(two, { type: 'quick' });
  system.send(one, { type: 'quick' });
  system.send(two, { type: 'quick' });
  run();
  deepEqual(story, ['two', 'two', 'one']);
});

test('an actor that sends much ends its turn, so that its receivers keep up', () => {
  const { system, spawn, run, story } = start();
  const [sender, receiver] = [spawn('sender'), spawn('receiver')];
  run();
  for (let count = 0; count < 4; count++) {
    system.send(sender, { type: 'spread', to: receiver, count: BATCH_COUNT_MAX });
  }
  run();
  const turns = story.filter((name, index) => name !== story[index - 1]);
  deepEqual(turns.slice(0, 6), ['sender', 'receiver', 'sender', 'receiver', 'sender', 'receiver']);
});

test('an actor may go on with what waited when its turn began, as long as it is quick', () => {
  const { system, spawn, run, story } = start();
  const [one, two] = [spawn('one'), spawn('two')];
  run();
  for (let count = 0; count < 1000; count++) system.send(one, { type: 'quick' });
  system.send(two, { type: 'quick' });
  run();
  equal(story.indexOf('two'), 1000);
});

test('a slow actor with much mail lets the others have their turns', () => {
  const { system, spawn, run, story } = start();
  const [one, two] = [spawn('one'), spawn('two')];
  run();
  for (let count = 0; count < 1000; count++) system.send(one, { type: 'work', tookMs: 0.05 });
  system.send(two, { type: 'quick' });
  run();
  ok(story.indexOf('two') <= BATCH_COUNT_MAX, `its turn came after ${story.indexOf('two')}`);
});

test('a slice ends after a millisecond, and the next lets I/O go first', () => {
  const { system, spawn, run, scheduled } = start();
  const one = spawn('one');
  run();
  scheduled.length = 0;
  for (let count = 0; count < 96; count++) system.send(one, { type: 'work', tookMs: 0.05 });
  run();
  deepEqual(scheduled, [false, true, true, true, true]);
});

test('where I/O takes long between two slices, actors get as long, up to a maximum', () => {
  const { system, spawn, run, story, handledCounts, delayTurns } = start();
  const one = spawn('one');
  run();
  const handledAfter = (ioMs: number) => {
    delayTurns(ioMs);
    for (let count = 0; count < 400; count++) system.send(one, { type: 'work', tookMs: 0.5 });
    story.length = 0;
    handledCounts.length = 0;
    run();
    const [first = 0, second = 0] = handledCounts;
    return second - first;
  };
  equal(handledAfter(0), 2);
  equal(handledAfter(8), 16);
  equal(handledAfter(1000), 32);
});

test('where the clock stands still, a slice ends after so many messages', () => {
  const { system, spawn, run, scheduled } = start();
  const one = spawn('one');
  run();
  scheduled.length = 0;
  for (let count = 0; count <= SLICE_COUNT_MAX; count++) system.send(one, { type: 'quick' });
  run();
  deepEqual(scheduled, [false, true]);
});

test('for a simulation, one message a slice, and chance picks who is next', () => {
  const picks: number[] = [];
  const { system, spawn, run, story } = start({
    batchCountMax: 1,
    sliceCountMax: 1,
    pick: (count) => {
      picks.push(count);
      return count - 1;
    },
  });
  const [one, two, three] = [spawn('one'), spawn('two'), spawn('three')];
  run();
  for (const actor of [one, one, two, three]) system.send(actor, { type: 'quick' });
  picks.length = 0;
  run();
  deepEqual(story, ['three', 'one', 'one', 'two']);
  deepEqual(picks, [3, 2, 2]);
});

test('a slow handler is logged with actor and message, and counted', () => {
  const { system, spawn, run, takeLogged } = start();
  const one = spawn('one');
  run();
  system.send(one, { type: 'work', tookMs: 150 });
  system.send(one, { type: 'work', tookMs: 50 });
  run();
  deepEqual(takeLogged(), ['warn Slow: "one" took 150.0 ms for "work"']);
  equal(system.metrics().slowCount, 1);
});

test('a handler that was always quick is not timed any more, until something took too long', () => {
  const { system, spawn, run, takeLogged } = start();
  const one = spawn('one');
  run();
  for (let count = 0; count < 100; count++) system.send(one, { type: 'work', tookMs: 0 });
  run();
  system.send(one, { type: 'work', tookMs: 150 });
  run();
  deepEqual(takeLogged(), [], 'the first slow turn among quick ones passes unnamed');
  system.send(one, { type: 'work', tookMs: 150 });
  run();
  deepEqual(takeLogged(), ['warn Slow: "one" took 150.0 ms for "work"']);
});

function start(limits: Parameters<typeof loneSystem>[0] = {}) {
  const lone = loneSystem(limits);
  const story: string[] = [];
  const scheduled: boolean[] = [];
  const { host } = lone.system;
  const { schedule } = host;
  let ioMs = 0;
  /** At the end of each slice that left something to do. */
  const handledCounts: number[] = [];
  host.schedule = (turn, fair) => {
    scheduled.push(fair);
    if (fair) handledCounts.push(story.length);
    schedule(() => {
      if (fair) lone.pass(ioMs);
      turn();
    }, fair);
  };
  const spawn = (name: string) => lone.system.spawn(worker, { story, pass: lone.pass }, { name });
  const delayTurns = (durationMs: number) => {
    ioMs = durationMs;
  };
  return { ...lone, story, scheduled, handledCounts, spawn, delayTurns };
}
