/** The storage of logs as its owner sees it: what is acknowledged is there again. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  GROUP,
  hardState,
  mark,
  operations,
  scene,
  stateOf,
  takeSnapshot,
} from './log-storage-scene.ts';

test('a new log is empty', () => {
  const at = scene();
  deepEqual(at.storage.groups(), []);
  deepEqual(stateOf(at).entries, []);
  equal(at.storage.reader(GROUP).lastIndex(), 0);
});

test('what was acknowledged is there after power failed', () => {
  const at = scene();
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.append({ entries: operations(4, 2), hardState: hardState(1, 3) });
  const before = stateOf(at);
  equal(before.entries.length, 5);
  at.disk.losePower();
  at.reopen();
  deepEqual(stateOf(at), before);
});

test('entries with the same indexes take the place of those and of all behind them', () => {
  const at = scene();
  at.append({ entries: operations(1, 10), hardState: hardState(1) });
  at.append({ entries: operations(7, 2, 2), hardState: hardState(2) });
  const log = at.storage.reader(GROUP);
  equal(log.lastIndex(), 8);
  deepEqual([log.term(6), log.term(7), log.term(8), log.term(9)], [1, 2, 2, undefined]);
  const before = stateOf(at);
  at.disk.losePower();
  at.reopen();
  deepEqual(stateOf(at), before);
});

test('the log goes on over the ends of segments', () => {
  const at = scene({ cacheBytesMax: 1000 });
  at.append({ hardState: hardState(1) });
  for (let index = 1; index <= 200; index++) at.append({ entries: operations(index, 1, 1, 300) });
  equal(at.disk.listNow().filter((name) => name.startsWith('wal-')).length > 5, true);
  const before = stateOf(at);
  equal(before.entries.length, 200);
  at.disk.losePower();
  at.reopen();
  deepEqual(stateOf(at), before);
});

test('segments that a snapshot covers are removed', () => {
  const at = scene();
  at.append({ hardState: hardState(1) });
  for (let index = 1; index <= 200; index++) at.append({ entries: operations(index, 1, 1, 300) });
  takeSnapshot(at, 190);
  at.settle();
  equal(at.disk.listNow().filter((name) => name.startsWith('wal-')).length <= 3, true);
  const log = at.storage.reader(GROUP);
  equal(log.firstIndex() <= 191, true);
  equal(log.lastIndex(), 200);
  const before = stateOf(at);
  at.disk.losePower();
  at.reopen();
  deepEqual(stateOf(at), before);
  deepEqual(before.mark, mark(190));
});

test('a commit index may wait although the vote of its term is still on its way', () => {
  const at = scene();
  at.append({ hardState: hardState(2, 0, 0) });
  const done: string[] = [];
  const append = (committedIndex: number, mustSync: boolean) =>
    at.storage.append({
      ...{ group: GROUP, entries: [], mustSync, hardState: hardState(2, committedIndex, 3) },
      done: (error) => done.push(error?.code ?? `committed ${committedIndex}`),
    });
  append(0, true);
  append(1, false);
  at.settle();
  deepEqual(done, ['committed 0', 'committed 1']);
  deepEqual(at.storage.reader(GROUP).hardState(), hardState(2, 1, 3));
});
