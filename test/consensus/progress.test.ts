/** What a leader knows of one member, and how much it may send to it. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Progress } from '../../consensus/progress.ts';

const LIMITS = { inflightCountMax: 2, inflightBytesMax: 1000 };

test('while probing, one message with entries is sent, then an answer is awaited', () => {
  const progress = probing(5);
  progress.sentEntries(0, 0);
  equal(progress.isBlocked, false);
  progress.sentEntries(3, 30);
  equal(progress.isBlocked, true);
  equal(progress.nextIndex, 6);
  equal(progress.confirm(8), true);
  deepEqual([progress.matchIndex, progress.nextIndex, progress.isBlocked], [8, 9, false]);
});

test('while replicating, messages follow each other until the window is full', () => {
  const progress = probing(5);
  progress.becomeReplicate();
  progress.sentEntries(2, 10);
  deepEqual([progress.nextIndex, progress.isBlocked], [8, false]);
  progress.sentEntries(1, 10);
  deepEqual([progress.nextIndex, progress.isBlocked], [9, true]);
  progress.confirm(7);
  progress.inflights.freeThrough(7);
  deepEqual([progress.inflights.count, progress.isBlocked], [1, false]);
});

test('an old confirmation is no news', () => {
  const progress = probing(5);
  equal(progress.confirm(5), false);
  equal(progress.confirm(4), false);
  equal(progress.matchIndex, 5);
});

test('a rejected probe goes back to where the logs may be the same, and not behind what is confirmed', () => {
  const progress = probing(0);
  progress.nextIndex = 20;
  equal(progress.reject(10, 3), false, 'it is about another probe');
  equal(progress.reject(19, 7), true);
  equal(progress.nextIndex, 8);
  progress.confirm(5);
  progress.nextIndex = 9;
  equal(progress.reject(8, 1), true);
  equal(progress.nextIndex, 6);
});

test('a rejection while replicating goes back to what is confirmed, if it is not older than that', () => {
  const progress = probing(5);
  progress.becomeReplicate();
  progress.sentEntries(4, 10);
  equal(progress.reject(4, 1), false);
  equal(progress.reject(9, 1), true);
  equal(progress.nextIndex, 6);
});

test('a snapshot that was sent is believed to have arrived; one that failed is not', () => {
  const sent = probing(5);
  sent.becomeSnapshot(50);
  deepEqual([sent.isBlocked, sent.nextIndex], [true, 51]);
  sent.becomeProbe();
  deepEqual([sent.mode, sent.nextIndex, sent.snapshotIndex], ['probe', 51, 0]);
  const failed = probing(5);
  failed.becomeSnapshot(50);
  failed.snapshotIndex = 0;
  failed.becomeProbe();
  equal(failed.nextIndex, 6);
});

test('what is committed is told only if it tells more', () => {
  const progress = probing(5);
  equal(progress.wantsCommitted(4), true);
  progress.sentCommitted(4);
  equal(progress.wantsCommitted(4), false);
  equal(progress.wantsCommitted(9), true);
  progress.sentCommitted(5);
  equal(progress.wantsCommitted(9), false, 'it has nothing beyond 5');
});

function probing(matchIndex: number): Progress {
  const progress = new Progress(LIMITS, 1, false, true);
  progress.confirm(matchIndex);
  return progress;
}
