/** The window of messages that are on their way. */
import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Inflights } from '../../consensus/inflights.ts';

test('a window is full by count, or by bytes with the message that reaches them', () => {
  const byCount = new Inflights(2, Number.POSITIVE_INFINITY);
  byCount.add(1, 10);
  equal(byCount.isFull, false);
  byCount.add(2, 10);
  equal(byCount.isFull, true);
  throws(() => byCount.add(3, 10), /full window/);
  const byBytes = new Inflights(100, 15);
  byBytes.add(1, 10);
  byBytes.add(2, 1000);
  equal(byBytes.isFull, true);
  byBytes.freeThrough(2);
  equal(byBytes.isFull, false);
});

test('what has arrived leaves the window, and all before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 })), { maxLength: 300 }),
      (actions) => {
        const window = new Inflights(1000, Number.POSITIVE_INFINITY);
        let list: number[] = [];
        let next = 1;
        let freed = 0;
        for (const [isAdded, step] of actions) {
          if (isAdded) {
            next += step + 1;
            window.add(next, 1);
            list.push(next);
          } else {
            freed += step * 2;
            window.freeThrough(freed);
            list = list.filter((index) => index > freed);
          }
          equal(window.count, list.length);
        }
      },
    ),
  );
});
