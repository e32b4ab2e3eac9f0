/** The event loop of a virtual world. */
import { deepEqual, equal, notDeepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { type SchedulePolicy, VirtualClock } from './virtual-clock.ts';

const node = {};

test('the clock jumps from timer to timer, and equal times keep their order', () => {
  const { clock, story, say } = start('fifo');
  clock.after(20, node, say('c'));
  clock.after(10, node, say('a'));
  clock.after(20, node, say('d'));
  clock.after(10, node, say('b'));
  runAll(clock);
  deepEqual(story, ['10 a', '10 b', '20 c', '20 d']);
});

test('turns that are ready come before time passes', () => {
  const { clock, story, say } = start('fifo');
  clock.after(0, node, say('timer'));
  clock.soon(node, say('one'));
  clock.soon(node, say('two'));
  runAll(clock);
  deepEqual(story, ['0 one', '0 two', '0 timer']);
});

test('a cancelled timer never fires, however many there are', () => {
  const { clock, story, say } = start('fifo');
  const cancels = Array.from({ length: 5000 }, (_, index) =>
    clock.after(5000 - index, node, say('cancelled')),
  );
  clock.after(6000, node, say('kept'));
  for (const cancel of cancels) {
    cancel();
    cancel();
  }
  runAll(clock);
  deepEqual(story, ['6000 kept']);
});

test('what an owner planned is forgotten with it, and nothing else', () => {
  const { clock, story, say } = start('fifo');
  const other = {};
  clock.after(1, node, say('gone'));
  clock.soon(node, say('gone'));
  clock.after(2, other, say('stays'));
  clock.soon(other, say('stays'));
  clock.forget(node);
  runAll(clock);
  deepEqual(story, ['0 stays', '2 stays']);
});

test('who stands still is late, in order, and what is cancelled meanwhile never happens', () => {
  const { clock, story, say } = start('fifo');
  clock.freeze(node);
  clock.after(10, node, say('a'));
  const cancel = clock.after(20, node, say('b'));
  clock.after(30, node, () => {
    story.push(`${clock.nowMs()} c`);
    cancelLate();
  });
  const cancelLate = clock.after(40, node, say('d'));
  clock.after(50, {}, () => {
    cancel();
    clock.thaw(node);
  });
  clock.after(60, node, say('e'));
  runAll(clock);
  deepEqual(story, ['50 a', '50 c', '60 e']);
});

test('the order of ready turns is drawn from the seed', () => {
  const orders = [1, 1, 2].map((seed) => {
    const { clock, story, say } = start('random', seed);
    for (let index = 0; index < 20; index++) clock.soon(node, say(String(index)));
    runAll(clock);
    equal(new Set(story).size, 20);
    return story;
  });
  deepEqual(orders[0], orders[1]);
  notDeepEqual(orders[0], orders[2]);
});

test('timers come out in order of time, whatever the order they were set in', () => {
  const { clock, story, say } = start('fifo');
  const random = seededRandom('heap');
  const times = Array.from({ length: 500 }, () => random.integer(100_000));
  for (const time of times) clock.after(time, node, say('x'));
  runAll(clock);
  deepEqual(
    story,
    times.sort((one, other) => one - other).map((time) => `${time} x`),
  );
});

test('time cannot be moved past something that is planned', () => {
  const { clock } = start('fifo');
  clock.after(5, node, () => {});
  clock.advanceTo(5);
  throws(() => clock.advanceTo(6), RangeError);
});

function start(policy: SchedulePolicy, seed = 1) {
  const clock = new VirtualClock(0, policy, seededRandom(seed));
  const story: string[] = [];
  const say = (text: string) => () => void story.push(`${clock.nowMs()} ${text}`);
  return { clock, story, say };
}

function runAll(clock: VirtualClock): void {
  while (clock.step()) {
    // Each step tells its part of the story.
  }
}
