/** Old sandboxes go: by age, sooner on a full disk, and never one that is in use. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ageMsAt, garbageCollector } from '../../../actors/agent/garbage-collector.ts';
import { sandboxDisk } from '../../../actors/agent/sandbox-disk.ts';
import { probe } from '../../kit/probe.ts';

const DAY_MS = 86_400_000;

test('the fuller the disk, the younger they go', () => {
  const limits = { gcDelayMs: 100_000, gcDiskHeadroom: 0.1 };
  deepEqual(
    [0, 0.4, 0.9, 1].map((usage) => Math.round(ageMsAt(usage, limits))),
    [90_000, 50_000, 0, 0],
  );
});

test('Schedule, Prune: a sandbox goes when it is as old as it may become, the oldest first', async () => {
  const { begin, over, advance, settle, removed } = start();
  await begin();
  over('a');
  advance(DAY_MS);
  over('b');
  await settle();
  for (let day = 1; day < 6; day++) {
    advance(DAY_MS);
    await settle();
  }
  deepEqual(removed, []);
  advance(0.4 * DAY_MS);
  await settle();
  deepEqual(removed, ['a']);
  advance(DAY_MS);
  await settle();
  deepEqual(removed, ['a', 'b']);
});

test('DiskUsage: on a full disk what has ended goes at the next look, what is in use stays', async () => {
  const { begin, use, over, fill, advance, settle, removed, state } = start();
  await begin();
  use('c');
  over('a');
  fill(0.95);
  advance(60_000);
  await settle();
  deepEqual(removed, ['a']);
  over('b');
  await settle();
  deepEqual([removed, [...state.inUse]], [['a', 'b'], ['c']]);
});

test('Restart: what earlier lives left is found, but not what is in use again', async () => {
  const found = ['old', 'kept', 'ended'].map((path, index) => ({ path, endedMs: -index }));
  const { begin, use, over, fill, advance, settle, removed } = start(found);
  use('kept');
  over('ended');
  fill(1);
  await begin();
  advance(60_000);
  await settle();
  deepEqual(removed, ['old', 'ended']);
});

test('one that can not be removed is told of, and the next one goes', async () => {
  const { begin, over, fill, settle, removed, logged, state } = start([], 'bad');
  fill(1);
  await begin();
  over('bad');
  over('good');
  await settle();
  deepEqual([removed, state.failedCount, state.removedCount], [['good'], 1, 1]);
  match(logged.at(-1)?.text ?? '', /^Cannot remove the sandbox "bad": it is busy/);
});

test('on a real disk a sandbox goes with parents that are empty then, and links are not followed', async (context) => {
  const { root, executors, run } = await realSandboxes(context);
  await mkdir(join(root, 'elsewhere'));
  await writeFile(join(root, 'elsewhere', 'file'), '');
  await symlink(join(root, 'elsewhere'), join(run('task-1', 'run-1'), 'link'));
  const disk = sandboxDisk(root);
  const found = await disk.listSandboxes(10);
  deepEqual(
    found.map(({ path }) => path).sort(),
    [run('task-1', 'run-1'), run('task-1', 'run-2'), run('task-2', 'run-3')].sort(),
  );
  equal(found.find(({ path }) => path.endsWith('run-3'))?.endedMs, 5000);
  equal((await disk.listSandboxes(2)).length, 2);
  await disk.removeSandbox(run('task-1', 'run-1'));
  deepEqual((await readdir(join(executors, 'task-1', 'runs'))).sort(), ['latest', 'run-2']);
  await disk.removeSandbox(run('task-1', 'run-2'));
  deepEqual(await readdir(executors), ['task-2']);
  await disk.removeSandbox(run('task-2', 'run-3'));
  deepEqual(await readdir(join(root, 'slaves')), []);
  deepEqual(await readdir(join(root, 'elsewhere')), ['file']);
  const usage = await disk.diskUsage();
  equal(usage > 0 && usage <= 1, true);
});

test('what agents before left in meta/slaves goes as well, the one that goes on keeps its own', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'messor-test-'));
  context.after(() => rm(root, { recursive: true }));
  const checkpoints = join(root, 'meta', 'slaves');
  for (const agentId of ['before', 'now']) {
    await mkdir(join(checkpoints, agentId), { recursive: true });
    await writeFile(join(checkpoints, agentId, 'checkpoint'), '');
  }
  await symlink('now', join(checkpoints, 'latest'));
  const disk = sandboxDisk(root);
  deepEqual(
    (await disk.listSandboxes(10)).map(({ path }) => path),
    [join(checkpoints, 'before')],
  );
  await disk.removeSandbox(join(checkpoints, 'before'));
  // It was found before it was the latest.
  await disk.removeSandbox(join(checkpoints, 'now'));
  deepEqual((await readdir(checkpoints)).sort(), ['latest', 'now']);
  deepEqual(await readdir(join(checkpoints, 'now')), ['checkpoint']);
});

async function realSandboxes(context: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'messor-test-'));
  context.after(() => rm(root, { recursive: true }));
  const executors = join(root, 'slaves', 'agent-1', 'frameworks', 'framework-1', 'executors');
  const run = (task: string, name: string) => join(executors, task, 'runs', name);
  for (const [task, name] of [
    ['task-1', 'run-1'],
    ['task-1', 'run-2'],
    ['task-2', 'run-3'],
  ] as const) {
    await mkdir(run(task, name), { recursive: true });
    await writeFile(join(run(task, name), 'stdout'), 'said');
    await rm(run(task, 'latest'), { force: true });
    await symlink(name, run(task, 'latest'));
  }
  await utimes(run('task-2', 'run-3'), 5, 5);
  return { root, executors, run };
}

function start(found: readonly { path: string; endedMs: number }[] = [], bad?: string) {
  let usage = 0;
  const removed: string[] = [];
  const actor = probe(garbageCollector, {
    disk: {
      listSandboxes: () => Promise.resolve(found),
      removeSandbox: (path) => {
        if (path === bad) return Promise.reject(new Error('it is busy'));
        removed.push(path);
        return Promise.resolve();
      },
      diskUsage: () => Promise.resolve(usage),
    },
    gcDelayMs: 7 * DAY_MS,
    gcDiskHeadroom: 0.1,
    diskWatchIntervalMs: 60_000,
  });
  const settle = async () => {
    for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve));
  };
  const use = (path: string) => actor.receive({ type: 'sandboxInUse', path });
  return {
    ...actor,
    removed,
    settle,
    use,
    over(path: string) {
      use(path);
      actor.receive({ type: 'sandboxOver', path });
    },
    fill(part: number) {
      usage = part;
    },
    async begin() {
      actor.receive({ type: 'beginCollecting' });
      await settle();
    },
  };
}
