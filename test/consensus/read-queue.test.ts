/** Reads that wait until a leader knows that it still leads. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ReadQueue } from '../../consensus/read-queue.ts';

const TRIO = { voters: [1, 2, 3], votersOutgoing: [] };

test('one answer confirms a read and all before it', () => {
  const queue = queueOf('a', 'b', 'c');
  queue.answered(1, 3);
  deepEqual(queue.takeConfirmed(TRIO), []);
  queue.answered(2, 2);
  deepEqual(idsOf(queue.takeConfirmed(TRIO)), ['a', 'b']);
  equal(queue.lastPosition, 3);
  queue.answered(3, 3);
  deepEqual(idsOf(queue.takeConfirmed(TRIO)), ['c']);
  equal(queue.lastPosition, 0);
});

test('in a joint membership both halves must answer', () => {
  const joint = { voters: [1, 2, 3], votersOutgoing: [1, 4, 5] };
  const queue = queueOf('a');
  queue.answered(1, 1);
  queue.answered(2, 1);
  deepEqual(queue.takeConfirmed(joint), []);
  queue.answered(4, 1);
  deepEqual(idsOf(queue.takeConfirmed(joint)), ['a']);
});

test('an answer to what was never asked confirms nothing that comes later', () => {
  const queue = queueOf('a');
  queue.answered(2, 9);
  queue.answered(3, 9);
  queue.add({ from: 1, readId: 'b', index: 1 });
  deepEqual(queue.takeConfirmed(TRIO), []);
});

test('places go on where others have left, and begin anew for a new leader', () => {
  const queue = queueOf('a');
  queue.answered(1, 1);
  queue.answered(2, 1);
  queue.takeConfirmed(TRIO);
  queue.add({ from: 1, readId: 'b', index: 1 });
  equal(queue.lastPosition, 2);
  queue.clear();
  equal(queue.lastPosition, 0);
});

function queueOf(...readIds: readonly string[]): ReadQueue {
  const queue = new ReadQueue();
  for (const readId of readIds) queue.add({ from: 1, readId, index: 1 });
  return queue;
}

function idsOf(reads: readonly { readonly readId: string }[]): readonly string[] {
  return reads.map(({ readId }) => readId);
}
