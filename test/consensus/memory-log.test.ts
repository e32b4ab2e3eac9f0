/** The stored log of one member in memory. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../consensus/entry.ts';
import { EMPTY_MEMBERSHIP } from '../../consensus/membership.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';

test('entries take the place of those with the same indexes and of all behind them', () => {
  const log = new MemoryLog();
  log.append(entriesOf(1, [1, 1, 1]));
  log.append(entriesOf(2, [2]));
  deepEqual([log.firstIndex(), log.lastIndex(), log.term(2), log.term(3)], [1, 2, 2, undefined]);
  throws(() => log.append(entriesOf(4, [2])), /leaves no gap/);
});

test('entries before a snapshot may stay; only what is in one can be forgotten', () => {
  const log = new MemoryLog();
  log.append(entriesOf(1, [1, 1, 2, 2]));
  throws(() => log.compactThrough(1), /is in a snapshot/);
  log.setSnapshotMark(markAt(3, 2));
  log.compactThrough(1);
  deepEqual([log.firstIndex(), log.term(0), log.term(1), log.term(2)], [2, undefined, 1, 1]);
  equal(log.entries(1, 3, 100), undefined);
  log.compactThrough(0);
  equal(log.firstIndex(), 2);
});

test('a snapshot from elsewhere begins the log anew', () => {
  const log = new MemoryLog();
  log.append(entriesOf(1, [1, 1]));
  log.restore(markAt(7, 3));
  deepEqual([log.firstIndex(), log.lastIndex(), log.term(7), log.term(2)], [8, 7, 3, undefined]);
  log.append(entriesOf(8, [3]));
  equal(log.lastIndex(), 8);
});

test('at least one entry is read, however large', () => {
  const log = new MemoryLog();
  log.append(entriesOf(1, [1, 1]));
  equal(log.entries(1, 3, 1)?.length, 1);
  equal(log.entries(1, 3, 1000)?.length, 2);
});

function entriesOf(firstIndex: number, terms: readonly number[]): Entry[] {
  return terms.map((term, place) => ({ kind: 'empty', index: firstIndex + place, term }));
}

function markAt(index: number, term: number) {
  return { index, term, membership: EMPTY_MEMBERSHIP };
}
