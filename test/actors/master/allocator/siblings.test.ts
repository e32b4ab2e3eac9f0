/** Siblings are kept sorted while their numbers change, and their numbers while nodes come and go. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  emptyNumbers,
  leavePlace,
  NOWHERE,
  roomForKinds,
  takePlace,
} from '../../../../actors/master/allocator/node-numbers.ts';
import {
  indexOf,
  insert,
  isSorted,
  move,
  precedes,
} from '../../../../actors/master/allocator/siblings.ts';

const UNDER_ROOT = { parent: 0, rank: 0, weight: 1 };

test('property: who is moved after a change of its numbers is where sorting anew puts it', () => {
  const change = fc.record({ who: fc.nat(), share: fc.nat(9), chosen: fc.nat(2) });
  const history = fc.record({
    count: fc.integer({ min: 1, max: 100 }),
    changes: fc.array(change, { maxLength: 150 }),
  });
  fc.assert(
    fc.property(history, ({ count, changes }) => {
      const numbers = emptyNumbers();
      const order: number[] = [];
      for (let number = 0; number < count; number++) {
        insert(numbers, order, takePlace(numbers, `f${(number * 101) % count}`, UNDER_ROOT));
      }
      for (const { who, share, chosen } of changes) {
        const at = who % count;
        const from = indexOf(numbers, order, at);
        equal(order[from], at);
        numbers.share[at] = share / 10;
        numbers.chosenCount[at] = (numbers.chosenCount[at] ?? 0) + chosen;
        move(numbers, order, from, at);
        const anew = [...order].sort((one, other) => (precedes(numbers, one, other) ? -1 : 1));
        deepEqual(order, anew);
      }
      ok(isSorted(numbers, order));
    }),
    { numRuns: 100 },
  );
});

test('a place that was left is taken by the next node, which has nothing yet', () => {
  const numbers = emptyNumbers();
  const [, left] = [takePlace(numbers, 'a', UNDER_ROOT), takePlace(numbers, 'b', UNDER_ROOT)];
  numbers.share[left] = 0.5;
  numbers.chosenCount[left] = 3;
  numbers.amounts[left * numbers.kindRoom] = 7;
  leavePlace(numbers, left);
  equal(takePlace(numbers, 'c', { parent: NOWHERE, rank: 2, weight: 4 }), left);
  const { share, chosenCount, amounts, rank, weight, kindRoom, names } = numbers;
  deepEqual([share[left], chosenCount[left], rank[left], weight[left]], [0, 0, 2, 4]);
  deepEqual([amounts[left * kindRoom], names[left]], [0, 'c']);
});

test('amounts stay where they are when there are more nodes, and more kinds of resources', () => {
  const numbers = emptyNumbers();
  for (let number = 0; number < 100; number++) {
    const at = takePlace(numbers, `${number}`, UNDER_ROOT);
    numbers.amounts[at * numbers.kindRoom + 1] = number;
    numbers.share[at] = number;
  }
  roomForKinds(numbers, 9);
  const { amounts, kindRoom, share } = numbers;
  ok(kindRoom >= 9);
  for (let at = 0; at < 100; at++) {
    deepEqual([amounts[at * kindRoom + 1], amounts[at * kindRoom + 8], share[at]], [at, 0, at]);
  }
});
