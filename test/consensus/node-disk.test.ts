/** The storage of logs on a real disk, below the system's directory for temporary files. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LogStorage, openLogStorage } from '../../consensus/log-storage.ts';
import { nodeDisk } from '../../consensus/node-disk.ts';
import type { CodedError } from '../../runtime/errors.ts';
import { GROUP, hardState, mark, operations } from './log-storage-scene.ts';

test('what was acknowledged on a real disk is there again', async (context) => {
  const path = temporaryDirectory(context);
  const first = open(path);
  await append(first, 1, 50);
  await append(first, 51, 50);
  await closed(first);
  const second = open(path);
  const log = second.reader(GROUP);
  equal(log.lastIndex(), 100);
  deepEqual(log.entries(1, 101, Number.POSITIVE_INFINITY), operations(1, 100));
  await closed(second);
});

test('entries older than the cache are read from real segments', async (context) => {
  const storage = open(temporaryDirectory(context), { cacheBytesMax: 1000 });
  for (let first = 1; first < 1000; first += 100) await append(storage, first, 100);
  const entries = storage.reader(GROUP).entries(1, 1001, Number.POSITIVE_INFINITY);
  deepEqual(entries, operations(1, 1000));
  await closed(storage);
});

test('snapshots on a real disk are received in pieces, read in pieces, and make room', async (context) => {
  const path = temporaryDirectory(context);
  const storage = open(path);
  for (let first = 1; first < 1000; first += 100) await append(storage, first, 100);
  const data = new Uint8Array(150_000).map((_, index) => index);
  const writer = storage.snapshots.begin({ group: GROUP, mark: mark(1000) }, true);
  await answered((done) => writer.write(data.subarray(0, 70_000), done));
  await answered((done) => writer.write(data.subarray(70_000), done));
  await answered((done) => writer.finish(undefined, done));
  await answered((done) =>
    storage.append({
      ...{ group: GROUP, entries: [], snapshotMark: mark(1000) },
      ...{ hardState: hardState(1, 1000), mustSync: true, done },
    }),
  );
  await closed(storage);
  equal(
    nodeDisk(path)
      .listNow()
      .filter((name) => name.startsWith('wal-')).length <= 2,
    true,
  );

  const again = open(path);
  const read: number[] = [];
  for (let offset = 0; offset < data.length; ) {
    const piece = await new Promise<Uint8Array>((resolve, reject) => {
      again.snapshots.read(
        { group: GROUP, index: 1000, term: 1 },
        offset,
        (
          error,
          { data = new Uint8Array() } = { data: new Uint8Array(), offset: 0, totalBytes: 0 },
        ) => (error === undefined ? resolve(data) : reject(error)),
      );
    });
    read.push(...piece);
    offset += piece.length;
  }
  deepEqual(Uint8Array.from(read), data);
  await closed(again);
});

test('a directory in use is refused, also within one process', async (context) => {
  const path = temporaryDirectory(context);
  const first = open(path);
  throws(() => open(path), { code: 'logInUse' });
  await closed(first);
  await closed(open(path));
});

test('the lock of a process that is over is taken away', async (context) => {
  const path = temporaryDirectory(context);
  await closed(open(path));
  const { bootId } = nodeDisk(path).process;
  writeFileSync(join(path, 'lock'), JSON.stringify([2 ** 22 + 1, bootId, '1']));
  await closed(open(path));
  writeFileSync(join(path, 'lock'), JSON.stringify([process.pid, 'an earlier start', '1']));
  await closed(open(path));
});

test('a directory that cannot be made is told of', () => {
  throws(() => nodeDisk('/proc/no/such/place'), /ENOENT|EACCES|EPERM/);
});

test('a full disk stops the log cleanly, and nothing acknowledged is lost', async (context) => {
  const path = mkdtempSync(join(tmpdir(), 'messor-log-'));
  context.after(() => {
    spawnSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true, force: true });
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path]);
  if (mounted.status !== 0) {
    context.skip('only who may mount a file system has a small disk');
    return;
  }
  let isNearlyFull = false;
  const failures: CodedError[] = [];
  const storage = open(path, {
    onNearlyFull: (isFull) => {
      isNearlyFull = isFull;
    },
    onFailed: (error) => failures.push(error),
  });
  let count = 0;
  let warnedAt: number | undefined;
  while (failures.length === 0) {
    const error = await append(storage, count + 1, 1, 1000).then(
      () => undefined,
      (reason: CodedError) => reason,
    );
    if (error === undefined) count++;
    else equal(error.code, 'logDiskFull');
    if (isNearlyFull) warnedAt ??= count;
  }
  ok(warnedAt !== undefined && warnedAt < count, `warned at ${warnedAt} of ${count}`);
  match(failures[0]?.message ?? '', /Cannot write the log in ".*": ENOSPC/);
  await closed(storage).catch(() => {});
  const again = open(path);
  equal(again.reader(GROUP).lastIndex(), count);
  await closed(again);
});

function open(path: string, options: Partial<Parameters<typeof openLogStorage>[0]> = {}) {
  return openLogStorage({
    ...{ disk: nodeDisk(path), clusterId: 'cluster-1', memberId: 1, makes: true },
    ...{ segmentBytes: 32 * 1024, keptEntryCount: 0, onFailed: () => {}, onNearlyFull: () => {} },
    ...options,
  });
}

function append(storage: LogStorage, first: number, count: number, dataBytes = 20): Promise<void> {
  const entries = operations(first, count, 1, dataBytes);
  const state = hardState(1);
  return answered((done) =>
    storage.append({ group: GROUP, entries, hardState: state, mustSync: true, done }),
  );
}

function closed(storage: LogStorage): Promise<void> {
  return answered((done) => storage.close(done));
}

function answered(ask: (done: (error: CodedError | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => (error === undefined ? resolve() : reject(error)));
  });
}

function temporaryDirectory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'messor-log-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
