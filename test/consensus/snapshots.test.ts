/** Snapshots are written in pieces, gone on with after a restart, and proved when they are read. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotPiece } from '../../consensus/snapshots.ts';
import type { CodedError } from '../../runtime/errors.ts';
import {
  GROUP,
  hardState,
  mark,
  operations,
  type Scene,
  scene,
  takeSnapshot,
} from './log-storage-scene.ts';

const CHUNK = 64 * 1024;
const DATA = new Uint8Array(3 * CHUNK + 1000).map((_, index) => index % 251);
const NAME = { group: GROUP, index: 7, term: 1 };

test('a snapshot is read from any offset, up to the end of a chunk', () => {
  const at = received(scene());
  const { totalBytes = 0 } = at.storage.snapshots.proof(NAME) ?? {};
  equal(totalBytes, DATA.length);
  for (const offset of [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK, DATA.length - 1]) {
    const { piece } = read(at, offset);
    ok(piece !== undefined && piece.data.length > 0);
    deepEqual(piece.data, DATA.subarray(offset, offset + piece.data.length));
    equal(
      (offset + piece.data.length) % CHUNK === 0 || offset + piece.data.length === totalBytes,
      true,
    );
  }
  equal(read(at, DATA.length).piece?.data.length, 0);
});

test('what was received before a restart need not be sent again, but for less than a chunk', () => {
  const at = scene();
  const first = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
  first.write(DATA.subarray(0, 2 * CHUNK + 500), () => {});
  at.settle();
  at.disk.killProcess();
  at.reopen();
  const second = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
  equal(second.offset, 2 * CHUNK);
  second.write(DATA.subarray(second.offset), () => {});
  at.settle();
  let outcome: unknown = 'nothing';
  second.finish(proofOfData(), (error) => {
    outcome = error;
  });
  at.settle();
  equal(outcome, undefined);
  deepEqual(whole(at), DATA);
});

test('power that fails while a snapshot is received leaves only what is sound', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const at = scene({ seed });
    const first = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
    first.write(DATA.subarray(0, 2 * CHUNK + 500), () => {});
    at.clock.step();
    at.disk.losePower();
    at.reopen();
    const second = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
    second.write(DATA.subarray(second.offset), () => second.finish(proofOfData(), () => {}));
    at.settle();
    deepEqual(whole(at), DATA, `seed ${seed}`);
  }
});

test('a part of another snapshot is not gone on with', () => {
  const at = scene();
  const first = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
  first.write(DATA, () => {});
  at.settle();
  const other = { ...mark(7), membership: { ...mark(7).membership, voters: [1] } };
  equal(at.storage.snapshots.begin({ group: GROUP, mark: other }, true).offset, 0);
});

test('a snapshot that is not what was sent is thrown away', () => {
  const at = scene();
  const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, true);
  writer.write(
    DATA.map((byte) => byte ^ 1),
    () => {},
  );
  at.settle();
  let code: string | undefined;
  writer.finish(proofOfData(), (error) => {
    code = error?.code;
  });
  at.settle();
  equal(code, 'snapshotMismatch');
  equal(at.storage.snapshots.has(GROUP, mark(7)), false);
  deepEqual(
    at.disk.listNow().filter((name) => name.startsWith('snap-')),
    [],
  );
});

test('a disk without room refuses a snapshot, and the log goes on', () => {
  const at = scene();
  at.settle();
  at.disk.setCapacity(100_000);
  const codes: (string | undefined)[] = [];
  const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, false);
  writer.write(DATA, (error) => codes.push(error?.code));
  at.settle();
  deepEqual(codes, ['snapshotDiskFull']);
  writer.abandon(() => {});
  at.settle();
  equal(at.append({ entries: operations(1, 1), hardState: hardState(1) }), undefined);
});

test('a damaged chunk is not sent', () => {
  const at = received(scene());
  at.disk.flipBit(`snap-${GROUP}-7-1`, 4096 + CHUNK + 8 + 100, 2);
  equal(read(at, 0).error, undefined);
  equal(read(at, CHUNK).error?.code, 'logCorrupt');
});

test('the newest two snapshots stay, and one that is gone is told of', () => {
  const at = scene();
  at.append({ entries: operations(1, 30), hardState: hardState(1) });
  for (const index of [7, 14, 21]) takeSnapshot(at, index);
  deepEqual(
    at.storage.snapshots.list(GROUP).map(({ index }) => index),
    [14, 21],
  );
  equal(read(at, 0).error?.code, 'snapshotGone');
  at.disk.losePower();
  at.reopen();
  deepEqual(at.storage.reader(GROUP).snapshotMark(), mark(21));
});

test('a snapshot from elsewhere begins the log anew', () => {
  const at = scene();
  at.append({ entries: operations(1, 5), hardState: hardState(1) });
  takeSnapshot(at, 100, 3, true);
  const log = () => at.storage.reader(GROUP);
  deepEqual([log().firstIndex(), log().lastIndex(), log().term(100)], [101, 100, 3]);
  at.append({ entries: operations(101, 2, 3) });
  at.disk.losePower();
  at.reopen();
  deepEqual([log().firstIndex(), log().lastIndex(), log().term(100)], [101, 102, 3]);
});

function received(at: Scene): Scene {
  const writer = at.storage.snapshots.begin({ group: GROUP, mark: mark(7) }, false);
  writer.write(DATA.subarray(0, 100), () =>
    writer.write(DATA.subarray(100), () => writer.finish(undefined, () => {})),
  );
  at.settle();
  return at;
}

function proofOfData() {
  return received(scene()).storage.snapshots.proof(NAME);
}

function read(at: Scene, offset: number) {
  let outcome: { error?: CodedError | undefined; piece?: SnapshotPiece | undefined } = {};
  at.storage.snapshots.read(NAME, offset, (error, piece) => {
    outcome = { error, piece };
  });
  at.settle();
  return outcome;
}

function whole(at: Scene): Uint8Array {
  const bytes: number[] = [];
  while (bytes.length < DATA.length) bytes.push(...(read(at, bytes.length).piece?.data ?? [0]));
  return Uint8Array.from(bytes);
}
