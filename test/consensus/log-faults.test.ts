/** What goes wrong with a log's storage is told with a code and a sentence, once, and nothing lies. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { openLogStorage } from '../../consensus/log-storage.ts';
import type { CodedError } from '../../runtime/errors.ts';
import { GROUP, hardState, mark, operations, scene, stateOf } from './log-storage-scene.ts';

test('a failed sync ends the storage, and is told to its owner once', () => {
  const at = scene();
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.disk.failNext('sync', 'EIO');
  equal(at.append({ entries: operations(4, 1) })?.code, 'logWriteFailed');
  equal(at.append({ entries: operations(5, 1) })?.code, 'logWriteFailed');
  equal(at.failures.length, 1);
  match(at.failures[0]?.message ?? '', /Cannot write the log in "virtual-disk": EIO/);
  equal(at.storage.reader(GROUP).lastIndex(), 3);
});

test('all that waited behind a failed write are told, in order, and nothing is acknowledged', () => {
  const at = scene();
  at.append({ hardState: hardState(1) });
  at.disk.failNext('write', 'EIO');
  const told: string[] = [];
  for (let index = 1; index <= 3; index++) {
    const done = (error?: CodedError) => told.push(`${index} ${error?.code}`);
    at.storage.append({ group: GROUP, entries: operations(index, 1), mustSync: true, done });
  }
  at.settle();
  deepEqual(told, ['1 logWriteFailed', '2 logWriteFailed', '3 logWriteFailed']);
});

test('a disk without room for the next segment is nearly full, until there is room', () => {
  const at = scene({ diskOptions: { capacityBytes: 21 * 1024 } });
  at.settle();
  at.append({ entries: operations(1, 1), hardState: hardState(1) });
  deepEqual(at.nearlyFull, []);
  for (let index = 2; index <= 20; index++) at.append({ entries: operations(index, 1, 1, 500) });
  deepEqual(at.nearlyFull, [true]);
  deepEqual(at.failures, []);
  at.disk.setCapacity(2 ** 20);
  at.storage.maintain();
  at.settle();
  deepEqual(at.nearlyFull, [true, false]);
});

test('a full disk stops the log cleanly, and everything acknowledged is there again', () => {
  const at = scene({ diskOptions: { capacityBytes: 21 * 1024 } });
  at.append({ hardState: hardState(1) });
  let index = 0;
  let error: CodedError | undefined;
  while (error === undefined) error = at.append({ entries: operations(++index, 1, 1, 500) });
  equal(error.code, 'logDiskFull');
  ok(at.nearlyFull.at(-1));
  at.disk.losePower();
  at.disk.setCapacity(2 ** 20);
  at.reopen();
  equal(at.storage.reader(GROUP).lastIndex(), index - 1);
});

test('a slow sync only makes others wait, and they share the next one', () => {
  const at = scene({ diskOptions: { stallProbability: 1, stallMs: 3000 } });
  at.settle();
  const from = at.clock.nowMs();
  let doneCount = 0;
  const state = hardState(1);
  for (let index = 1; index <= 100; index++) {
    const done = () => doneCount++;
    const entries = operations(index, 1);
    at.storage.append({ group: GROUP, entries, hardState: state, mustSync: true, done });
  }
  while (doneCount < 100) at.clock.step();
  ok(at.clock.nowMs() - from < 7000);
});

test('the commit index rides along with the next write, and is written by a clean stop', () => {
  const at = scene();
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  equal(at.append({ hardState: hardState(1, 2), mustSync: false }), undefined);
  equal(at.storage.reader(GROUP).hardState().committedIndex, 2);
  const crashed = scene({ seed: 3 });
  crashed.append({ entries: operations(1, 3), hardState: hardState(1) });
  crashed.append({ hardState: hardState(1, 2), mustSync: false });
  crashed.disk.killProcess();
  crashed.reopen();
  equal(crashed.storage.reader(GROUP).hardState().committedIndex, 0);

  at.storage.close(() => {});
  at.settle();
  at.reopen();
  equal(at.storage.reader(GROUP).hardState().committedIndex, 2);
});

test('who appends after the end is told so', () => {
  const at = scene();
  at.storage.close(() => {});
  at.settle();
  equal(at.append({ hardState: hardState(1) })?.code, 'logClosed');
});

test('a directory is used by one process at a time', () => {
  const at = scene();
  const open = () =>
    openLogStorage({
      ...{ disk: at.disk.asAnother(), clusterId: 'cluster-1', memberId: 1, makes: false },
      ...{ onFailed: () => {}, onNearlyFull: () => {} },
    });
  throws(open, { code: 'logInUse', message: /the process 1 uses it/ });
  at.disk.killProcess();
  open();
});

test('a directory of another cluster or member is refused, and not touched', () => {
  const at = scene();
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.storage.close(() => {});
  at.settle();
  const before = at.disk.contents();
  const open = (clusterId: string, memberId: number) => () =>
    openLogStorage({
      ...{ disk: at.disk, clusterId, memberId, makes: true },
      ...{ onFailed: () => {}, onNearlyFull: () => {} },
    });
  throws(open('cluster-2', 1), {
    code: 'logOfOtherCluster',
    message: /it belongs to the cluster "cluster-1", not to "cluster-2"/,
  });
  throws(open('cluster-1', 2), { code: 'logOfOtherMember' });
  deepEqual(at.disk.contents(), before);
});

test('a directory of a newer format is refused', () => {
  const at = scene();
  at.storage.close(() => {});
  at.settle();
  const newer = { clusterId: 'cluster-1', memberId: 1, formatVersion: 2, more: 'unknown' };
  at.disk.writeNow('cluster.json', 0, new TextEncoder().encode(JSON.stringify(newer)));
  throws(() => at.reopen(), { code: 'logTooNew', message: /of format 2.* reads formats up to 1/ });
});

test('an empty directory is no log, unless one is to be made', () => {
  throws(() => scene({ makes: false }), { code: 'logMissing' });
});

test('a log that lost its identity, its watermark, a segment or its snapshot is refused', () => {
  for (const lost of ['cluster.json', 'wal.mark', 'wal-0000000002', `snap-${GROUP}-5-1`]) {
    const at = scene();
    at.append({ entries: operations(1, 20, 1, 1000), hardState: hardState(1, 5) });
    at.append({ entries: operations(21, 1, 1, 1000) });
    const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(5) }, false);
    writer.finish(undefined, () => {});
    at.settle();
    at.append({ snapshotMark: mark(5), entries: operations(22, 20, 1, 1000) });
    at.storage.close(() => {});
    at.settle();
    at.disk.removeNow(lost);
    throws(() => at.reopen(), { code: 'logCorrupt' }, lost);
    throws(() => at.reopen(), { code: 'logCorrupt' }, `${lost}, once more`);
  }
});

test('quarantine holds, also when the damage does not show again', () => {
  const at = scene();
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.append({ entries: operations(4, 3) });
  at.disk.killProcess();
  at.disk.flipBit('wal-0000000001', 100, 0);
  throws(() => at.reopen(), { code: 'logCorrupt', message: /\(wal-0000000001, offset 0\)$/ });
  at.disk.flipBit('wal-0000000001', 100, 0);
  throws(() => at.reopen(), { code: 'logCorrupt', message: /\(wal-0000000001, offset 0\)$/ });
});

test('what went bad since it was written is not read back', () => {
  const at = scene({ cacheBytesMax: 0 });
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.append({ entries: operations(4, 1) });
  at.disk.flipBit('wal-0000000001', 100, 0);
  throws(() => stateOf(at), { code: 'logCorrupt' });
});

test('a group that is forgotten is gone, and others stay', () => {
  const at = scene();
  at.append({ group: 'other', entries: operations(1, 2), hardState: hardState(1) });
  at.append({ entries: operations(1, 3), hardState: hardState(1) });
  at.storage.forget('other', () => {});
  at.settle();
  deepEqual(at.storage.groups(), [GROUP]);
  at.disk.losePower();
  at.reopen();
  deepEqual(at.storage.groups(), [GROUP]);
  equal(at.storage.reader('other').lastIndex(), 0);
});

test('names that a killed process left are made durable before they are relied upon', () => {
  const at = scene();
  // Killed when the next segment has its name, and the directory is not synced yet.
  while (!at.disk.listNow().includes('wal-0000000002')) at.clock.step();
  at.disk.killProcess();
  at.reopen();
  // So that making a third segment does not sync them by the way.
  at.disk.setCapacity(0);
  at.append({ entries: operations(1, 1, 1, 6000), hardState: hardState(1) });
  at.append({ entries: operations(2, 1, 1, 6000) });
  at.disk.losePower(0);
  throws(() => at.reopen(), { code: 'logDiskFull' });
  at.disk.setCapacity(2 ** 20);
  at.reopen();
  equal(at.storage.reader(GROUP).lastIndex(), 2);
});

test('a segment whose first frame was torn tells all that came before it, all the same', () => {
  const at = scene({ seed: 5 });
  at.append({ group: 'other', hardState: hardState(4) });
  at.append({ entries: operations(1, 1, 1, 6000), hardState: hardState(1) });
  const entries = operations(2, 1, 1, 6000);
  at.storage.append({ group: GROUP, entries, mustSync: true, done: () => {} });
  at.disk.losePower(0.5);
  at.reopen();
  equal(at.storage.reader(GROUP).lastIndex(), 1);
  at.append({ entries });
  const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(2) }, false);
  writer.finish(undefined, () => {});
  at.settle();
  at.append({ snapshotMark: mark(2), hardState: hardState(1, 2) });
  ok(!at.disk.listNow().includes('wal-0000000001'));
  at.disk.losePower();
  at.reopen();
  deepEqual(at.storage.reader('other').hardState(), hardState(4));
});
