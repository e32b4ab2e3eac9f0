/**
 * Recovery under thousands of disasters: nothing that was acknowledged is lost silently, and nothing
 * is believed that was never written. A failure names its seed.
 */
import { deepEqual, equal, fail, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { SECTOR_BYTES } from '../../consensus/disk.ts';
import { CodedError } from '../../runtime/errors.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import { differenceOf, type Model, modelAfter, nextAppend } from './log-model.ts';
import { mark, type Scene, scene } from './log-storage-scene.ts';

const CRASHES = 1800;
const DAMAGES = 1800;

/** A storage at work, and what it should hold after each append, from the last start on. */
interface Work {
  readonly at: Scene;
  readonly random: Random;
  models: Model[];
  ackedCount: number;
}

test(`after a crash everything acknowledged is there, and nothing in part (${CRASHES} crashes)`, () => {
  let torn = 0;
  for (let seed = 1; seed <= CRASHES / 3; seed++) {
    const work = begin(seed);
    for (let round = 0; round < 3; round++) {
      run(work);
      const before = work.at.disk.contents();
      if (work.random.chance(0.8)) work.at.disk.losePower(work.random.next());
      else work.at.disk.killProcess();
      restart(work, `seed ${seed}, round ${round}`);
      if (isTorn(before, work.at.disk.contents())) torn++;
    }
  }
  ok(torn > CRASHES / 50, `only ${torn} writes were torn`);
});

test(`damage is noticed or does no harm, in the last frame too (${DAMAGES} damages)`, () => {
  const noticed = new Map<string, number>();
  for (let seed = 1; seed <= DAMAGES; seed++) {
    const work = begin(`damage ${seed}`);
    const { at, random } = work;
    const isLie = random.chance(0.3);
    if (isLie) run(work, 5);
    const kind = isLie ? lie(at, random) : 'none';
    run(work, isLie ? 5 : 10);
    at.settle();
    at.disk.killProcess();
    const what = isLie ? kind : damage(at, random);
    const files = at.disk.contents();
    let error: unknown;
    try {
      at.reopen();
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined) {
      ok(foundIn(work) !== -1, `seed ${seed}: ${what} was not noticed`);
      continue;
    }
    ok(error instanceof CodedError && error.code === 'logCorrupt', `seed ${seed}: ${error}`);
    noticed.set(what, (noticed.get(what) ?? 0) + 1);
    const after = new Map(at.disk.contents());
    ok(after.delete('quarantine.json'), `seed ${seed}: no quarantine`);
    // What was not finished is removed first.
    for (const each of [...files.keys()].filter(
      (name) => name === 'lock' || name.endsWith('.tmp'),
    )) {
      after.delete(each);
      (files as Map<string, Uint8Array>).delete(each);
    }
    deepEqual(after, files, `seed ${seed}: what is damaged is left as it is`);
  }
  deepEqual([...noticed.keys()].sort(), [
    'bit',
    'lost write',
    'misdirected write',
    'sector',
    'truncation',
  ]);
});

test('a sync that failed and whose frame reads well is written again before it is believed', () => {
  let failureCount = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const work = begin(`sync ${seed}`);
    run(work);
    work.at.settle();
    work.at.disk.failNext('sync', 'EIO');
    run(work);
    work.at.settle();
    if (work.at.failures.length === 0) continue;
    failureCount++;
    equal(work.at.failures[0]?.code, 'logWriteFailed');
    work.at.disk.killProcess();
    work.at.reopen();
    const believed = foundIn(work);
    ok(believed >= 0, `seed ${seed}`);
    // Now it may be relied upon: power that fails takes nothing of it.
    work.at.disk.losePower(0);
    work.at.reopen();
    equal(differenceOf(work.at.storage, work.models[believed] ?? new Map()), undefined);
  }
  ok(failureCount > 150, `only ${failureCount} syncs failed`);
});

function begin(seed: number | string): Work {
  const random = seededRandom(seed).split('work');
  const segmentBytes = random.pick([2048, 4096, 16_384]);
  const keptEntryCount = random.pick([0, 5]);
  const cacheBytesMax = random.pick([0, 500, 100_000]);
  const at = scene({ seed, segmentBytes, keptEntryCount, cacheBytesMax });
  at.settle();
  return { at, random, models: [new Map()], ackedCount: 0 };
}

/** Appends several things at once, and lets some time pass between. */
function run(work: Work, countMax = 12): void {
  const { at, random, models } = work;
  const canMark: Parameters<typeof nextAppend>[2] = (group, { index, term }) => {
    if (!random.chance(0.2)) return false;
    const writer = at.storage.snapshots.begin({ group, mark: mark(index, term) }, false);
    writer.write(new Uint8Array(random.integer(200)), () => writer.finish(undefined, () => {}));
    at.settle();
    return at.failures.length === 0 && at.storage.snapshots.has(group, mark(index, term));
  };
  for (let count = random.integer(countMax) + 1; count > 0; count--) {
    const what = nextAppend(models.at(-1) ?? new Map(), random, canMark);
    models.push(modelAfter(models.at(-1) ?? new Map(), what));
    const position = models.length - 1;
    at.storage.append({
      ...what,
      done(error) {
        if (error !== undefined) return;
        // What need not be durable may be lost, and what comes before it may not.
        if (what.mustSync) work.ackedCount = position;
      },
    });
    for (let steps = random.integer(6); steps > 0; steps--) at.clock.step();
    if (random.chance(0.2)) at.storage.maintain();
  }
}

/** The log must be what it was after one of the appends since the last that was acknowledged. */
function restart(work: Work, name: string): void {
  try {
    work.at.reopen();
  } catch (error) {
    fail(`${name}: ${error}`);
  }
  const found = foundIn(work);
  const acked = work.models[work.ackedCount] ?? new Map();
  ok(found !== -1, `${name}: ${differenceOf(work.at.storage, acked)}`);
  work.models = [work.models[found] ?? new Map()];
  work.ackedCount = 0;
}

/** After which append, not before the last that was acknowledged, the log was as it is now; or -1. */
function foundIn({ at, models, ackedCount }: Work): number {
  return models.findIndex(
    (model, index) => index >= ackedCount && differenceOf(at.storage, model) === undefined,
  );
}

/** The next write goes astray. */
function lie({ disk }: Scene, random: Random): string {
  if (random.chance(0.5)) {
    disk.misdirectNext(undefined);
    return 'lost write';
  }
  const name = random.pick(disk.listNow().filter((each) => each.startsWith('wal-')));
  const sector = random.integer(Math.ceil(disk.sizeNow(name) / SECTOR_BYTES));
  disk.misdirectNext({ name, position: sector * SECTOR_BYTES });
  return 'misdirected write';
}

/** Something happens to a segment, where something was written. */
function damage({ disk }: Scene, random: Random): string {
  const name = random.pick(
    disk.listNow().filter((each) => each.startsWith('wal-') && used(disk, each) > 0),
  );
  const end = used(disk, name);
  const what = random.pick(['bit', 'sector', 'truncation']);
  if (what === 'bit') disk.flipBit(name, random.integer(end), random.integer(8));
  else if (what === 'sector') disk.zeroSector(name, random.integer(Math.ceil(end / SECTOR_BYTES)));
  else disk.truncate(name, random.integer(end));
  return what;
}

function used(disk: Scene['disk'], name: string): number {
  return disk.readNow(name, 0, disk.sizeNow(name)).findLastIndex((byte) => byte !== 0) + 1;
}

function isTorn(
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
): boolean {
  return [...before].some(([name, bytes]) => {
    const left = after.get(name);
    return name.startsWith('wal-') && left !== undefined && Buffer.compare(bytes, left) !== 0;
  });
}
