/** Chance with a seed. */
import { deepEqual, equal, notDeepEqual, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  deepEqual(draw(seededRandom(7)), draw(seededRandom(7)));
  notDeepEqual(draw(seededRandom(7)), draw(seededRandom(8)));
});

test('what a stream yields does not depend on what was drawn before it was split off', () => {
  const untouched = seededRandom(7);
  const used = seededRandom(7);
  draw(used);
  deepEqual(draw(untouched.split('network')), draw(used.split('network')));
  notDeepEqual(draw(untouched.split('network')), draw(untouched.split('schedule')));
});

test('numbers are spread evenly over their range', () => {
  const random = seededRandom('spread');
  const counts = Array.from({ length: 10 }, () => 0);
  let sum = 0;
  for (let count = 0; count < 10_000; count++) {
    const index = random.integer(10);
    counts[index] = (counts[index] ?? 0) + 1;
    sum += random.exponential(5);
  }
  ok(
    counts.every((count) => count > 850 && count < 1150),
    `ten boxes: ${counts.join(' ')}`,
  );
  ok(Math.abs(sum / 10_000 - 5) < 0.25, `mean of an exponential: ${sum / 10_000}`);
});

test('shuffling keeps every item, and nothing can be picked from nothing', () => {
  const random = seededRandom(1);
  deepEqual(
    random.shuffled([1, 2, 3, 4, 5]).sort((one, other) => one - other),
    [1, 2, 3, 4, 5],
  );
  equal(random.pick(['only']), 'only');
  throws(() => random.pick([]), RangeError);
});

test('a probability of 0 never happens, of 1 always, and both draw', () => {
  const random = seededRandom(3);
  equal(random.chance(0), false);
  equal(random.chance(1), true);
  const other = seededRandom(3);
  other.next();
  other.next();
  equal(random.next(), other.next());
});

function draw(random: Random): number[] {
  return Array.from({ length: 5 }, () => random.next());
}
