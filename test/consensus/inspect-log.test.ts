/** Logs are looked into without being changed, written out, and made anew from what was written. */
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk } from '../../consensus/disk.ts';
import { type DumpLine, dumpLog, type LeftOut } from '../../consensus/dump-log.ts';
import type { Entry } from '../../consensus/entry.ts';
import { inspectLog } from '../../consensus/inspect-log.ts';
import { openLogStorage } from '../../consensus/log-storage.ts';
import { restoreLog } from '../../consensus/restore-log.ts';
import { seededRandom } from '../kit/random.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import { virtualDisk } from '../kit/virtual-disk.ts';
import {
  GROUP,
  hardState,
  mark,
  operations,
  type Scene,
  scene,
  takeSnapshot,
} from './log-storage-scene.ts';

const OTHER = { clusterId: 'other', memberId: 9, address: 'x:1', segmentBytes: 8192 };

test('an inspection tells whose log it is, what is in it, and that nothing is wrong', () => {
  const at = written();
  const before = at.disk.contents();
  const seen = inspectLog(at.disk);
  deepEqual(at.disk.contents(), before);
  deepEqual(seen.problems, []);
  deepEqual(seen.identity, { clusterId: 'cluster-1', memberId: 1 });
  equal(seen.usedBy, at.disk.process.processId);
  equal(seen.verdict, 'clean');
  deepEqual(
    seen.groups.map(({ group, lastIndex, mark: { index } }) => [group, index, lastIndex]),
    [[GROUP, 8, 12]],
  );
  deepEqual(
    seen.snapshots.map(({ index, state }) => [index, state]),
    [[8, 'whole']],
  );
  equal(seen.segments[0]?.firstSequence, 1);
});

test('a verification names the file and the offset of every fault', () => {
  const at = written();
  at.disk.flipBit('wal-0000000001', 60, 3);
  at.disk.flipBit(`snap-${GROUP}-8-1`, 4110, 0);
  deepEqual(
    inspectLog(at.disk).problems.map(({ file, offset, kind }) => [file, offset, kind]),
    [
      ['wal-0000000001', 0, 'corrupt'],
      [`snap-${GROUP}-8-1`, 4096, 'spare'],
    ],
  );
  at.disk.flipBit('wal-0000000001', 60, 3);
  deepEqual(
    inspectLog(at.disk).problems.map(({ file, offset, reason }) => [file, offset, reason]),
    [
      [
        ...[`snap-${GROUP}-8-1`, 4096],
        `a chunk there is damaged or missing, and "${GROUP}" goes on from it`,
      ],
    ],
  );
});

test('a dump restored is the log of one member in another cluster', async () => {
  const at = written();
  const change = { transition: 'auto', steps: [{ type: 'removeMember', memberId: 3 }] } as const;
  at.append({ entries: [{ kind: 'membership', index: 13, term: 1, change }] });
  const lines = JSON.parse(JSON.stringify([...dumpLog(at.disk)])) as DumpLine[];
  const { disk, clock } = emptyDisk();
  await running(clock, restoreLog(lines, { disk, ...OTHER }));

  const nothing = () => {};
  const options = { makes: false, onFailed: nothing, onNearlyFull: nothing };
  throws(() => openLogStorage({ disk, clusterId: 'cluster-1', memberId: 1, ...options }), {
    code: 'logOfOtherCluster',
  });
  const storage = openLogStorage({ disk, clusterId: 'other', memberId: 9, ...options });
  const log = storage.reader(GROUP);
  deepEqual(log.snapshotMark().membership.voters, [9]);
  deepEqual(log.hardState(), { term: 1, vote: 0, committedIndex: 8 });
  deepEqual(log.entries(9, 14, Number.POSITIVE_INFINITY)?.map(plain), [
    ...operations(9, 4).map(plain),
    { kind: 'empty', index: 13, term: 1 },
  ]);
  const name = { group: GROUP, index: 8, term: 1 };
  deepEqual(storage.snapshots.proof(name), at.storage.snapshots.proof(name));
});

test('only a whole dump is restored, and only where there is nothing', async () => {
  const lines = [...dumpLog(written().disk)];
  const attempt = (some: readonly unknown[]) => {
    const { disk, clock } = emptyDisk();
    return running(clock, restoreLog(some, { disk, ...OTHER }));
  };
  await rejects(attempt(lines.slice(0, -1)), { code: 'dumpMalformed', message: /ends too early/ });
  await rejects(attempt([...lines.slice(0, 3), ...lines.slice(4)]), { code: 'dumpMalformed' });
  await rejects(attempt([{ line: 'log' }]), /line 1 of the dump: format: is missing/);
  const { disk } = written();
  await rejects(restoreLog(lines, { disk, ...OTHER }), { code: 'logNotEmpty' });
});

test("a directory that is not wholly restored is nobody's, and no member starts on it", async () => {
  const lines = [...dumpLog(written().disk)];
  const { disk, clock } = emptyDisk();
  await rejects(running(clock, restoreLog(lines.slice(0, -2), { disk, ...OTHER })), {
    code: 'dumpMalformed',
  });
  const options = { makes: true, onFailed: () => {}, onNearlyFull: () => {} };
  throws(() => openLogStorage({ disk, clusterId: 'other', memberId: 9, ...options }), {
    code: 'logCorrupt',
    message: /there is a log, and cluster.json is missing/,
  });
});

test('a directory that a newer messor has written is told as such', () => {
  const at = written();
  const newer = { clusterId: 'cluster-1', memberId: 1, formatVersion: 99 };
  at.disk.removeNow('cluster.json');
  at.disk.writeNow('cluster.json', 0, new TextEncoder().encode(JSON.stringify(newer)));
  deepEqual(
    inspectLog(at.disk).problems.map(({ file, kind }) => [file, kind]),
    [['cluster.json', 'tooNew']],
  );
  throws(() => [...dumpLog(at.disk, () => {})], { code: 'logTooNew' });
});

test('what can not be trusted is not dumped', () => {
  const at = written();
  at.disk.flipBit('wal-0000000001', 60, 3);
  throws(
    () => [...dumpLog(at.disk)],
    (error: Error) => {
      match(error.message, /wal-0000000001, offset 0/);
      return true;
    },
  );
});

test('of a damaged log what is sound is dumped: up to the fault', async () => {
  const at = written();
  const { usedBytes } = inspectLog(at.disk).segments[0] ?? { usedBytes: 0 };
  at.disk.flipBit('wal-0000000001', usedBytes - 20, 3);
  const { lines, leftOut } = soundDump(at.disk);
  deepEqual(
    leftOut.map(({ file }) => file),
    ['wal-0000000001'],
  );
  deepEqual(placesOf(lines), ['mark 8', 'entry 9', 'entry 10']);
  const { disk, clock } = emptyDisk();
  await running(clock, restoreLog(lines, { disk, ...OTHER }));
  deepEqual(inspectLog(disk).problems, []);
});

test('of a log that is damaged before its newest snapshot that snapshot is dumped', () => {
  const at = written();
  at.disk.flipBit('wal-0000000001', 60, 3);
  deepEqual(placesOf(soundDump(at.disk).lines), ['mark 8']);
});

test('where the newest snapshot is damaged the one before it is dumped, and what follows it', () => {
  const at = scene({ keptEntryCount: 10 });
  at.append({ entries: operations(1, 10), hardState: hardState(1) });
  takeSnapshot(at, 4);
  takeSnapshot(at, 8);
  at.disk.flipBit(`snap-${GROUP}-8-1`, 4110, 0);
  const { lines, leftOut } = soundDump(at.disk);
  deepEqual(leftOut, [
    {
      ...{ file: `snap-${GROUP}-8-1`, offset: 4096 },
      reason: 'a chunk there is damaged or missing',
    },
  ]);
  deepEqual(placesOf(lines), ['mark 4', ...[5, 6, 7, 8, 9, 10].map((index) => `entry ${index}`)]);
});

test('a log of which nothing is sound is dumped as none, and that is not restored', async () => {
  const at = written();
  at.disk.flipBit('wal-0000000001', 60, 3);
  at.disk.flipBit(`snap-${GROUP}-8-1`, 4110, 0);
  at.disk.removeNow('cluster.json');
  const { lines, leftOut } = soundDump(at.disk);
  equal(leftOut.length, 2);
  deepEqual(
    lines.map(({ line }) => line),
    ['log', 'end'],
  );
  const { disk, clock } = emptyDisk();
  await rejects(
    running(clock, restoreLog(lines, { disk, ...OTHER })),
    /line 2 of the dump: there is no log in it/,
  );
});

function soundDump(disk: Disk) {
  const leftOut: LeftOut[] = [];
  const lines = [...dumpLog(disk, (fault) => leftOut.push(fault))];
  equal(lines.at(-1)?.line, 'end');
  return { lines: JSON.parse(JSON.stringify(lines)) as DumpLine[], leftOut };
}

function placesOf(lines: readonly DumpLine[]): readonly string[] {
  return lines.flatMap((line) => {
    if (line.line === 'group') return [`mark ${line.mark.index}`];
    return line.line === 'entry' ? [`entry ${line.entry.index}`] : [];
  });
}

function written(): Scene {
  const at = scene();
  at.append({ entries: operations(1, 10), hardState: hardState(1) });
  takeSnapshot(at, 8);
  at.append({ entries: operations(11, 2) });
  equal(at.storage.reader(GROUP).snapshotMark().index, mark(8).index);
  return at;
}

function emptyDisk(): { readonly disk: Disk; readonly clock: VirtualClock } {
  const random = seededRandom(2);
  const clock = new VirtualClock(0, 'fifo', random);
  return { disk: virtualDisk({ clock, random }), clock };
}

/** Lets the clock run until the promise is settled. */
async function running(clock: VirtualClock, promise: Promise<void>): Promise<void> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  promise.then(over, over);
  while (!isOver) {
    clock.step();
    await Promise.resolve();
  }
  return promise;
}

function plain(entry: Entry): unknown {
  return entry.kind === 'operation' ? { ...entry, data: [...entry.data] } : entry;
}
