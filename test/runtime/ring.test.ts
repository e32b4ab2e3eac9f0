/** The queue of those who wait for their turn. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Ring } from '../../runtime/ring.ts';

test('a ring gives back what was put in, in order, across growth', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (pushes) => {
      const ring = new Ring<number>();
      const list: number[] = [];
      pushes.forEach((push, index) => {
        if (push) {
          ring.push(index);
          list.push(index);
        } else {
          equal(ring.shift(), list.shift());
        }
        equal(ring.length, list.length);
      });
    }),
  );
});

test('any item can be taken; the oldest moves into its place', () => {
  const ring = new Ring<string>();
  for (const item of ['a', 'b', 'c', 'd']) ring.push(item);
  equal(ring.take(2), 'c');
  const rest = [ring.shift(), ring.shift(), ring.shift(), ring.shift()];
  deepEqual(rest, ['b', 'a', 'd', undefined]);
});
