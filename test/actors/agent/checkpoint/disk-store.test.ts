/** The checkpoint on a real disk. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { diskCheckpointStore } from '../../../../actors/agent/checkpoint/disk-store.ts';
import type { AgentId } from '../../../../actors/protocol/ids.ts';
import { agentId } from '../nouns.ts';

test('what is written is there, for the newest agent, until it is discarded', async (context) => {
  const { meta, store } = await started(context);
  equal(await store.read(), undefined);
  await store.replace(agentId, 'one\n');
  await store.append('two\n');
  equal(await store.read(), 'one\ntwo\n');
  await store.replace('agent-2' as AgentId, 'other\n');
  equal(await readlink(join(meta, 'slaves', 'latest')), 'agent-2');
  await store.append('more\n');
  equal(await diskCheckpointStore(meta).read(), 'other\nmore\n');
  await store.discard();
  equal(await store.read(), undefined);
  await rejects(store.append('too late\n'));
});

test('a checkpoint of Mesos is not taken for none', async (context) => {
  const { meta, store } = await started(context);
  await mkdir(join(meta, 'slaves', 'latest'));
  await writeFile(join(meta, 'slaves', 'latest', 'slave.info'), '');
  await rejects(store.read(), { code: 'checkpointForeign', message: /is one of Apache Mesos/ });
});

test('space is held back behind what is written, and what was cut off in it is not read', async (context) => {
  const { meta, store } = await started(context);
  deepEqual(await store.replace(agentId, 'one\n'), { isFull: false });
  const path = join(meta, 'slaves', agentId, 'checkpoint');
  const { size } = await stat(path);
  ok(size >= 2 ** 20);
  const line = `${'x'.repeat(999)}\n`;
  for (let count = 0; count < 1200; count++) await store.append(line);
  ok((await stat(path)).size >= 1200 * 1000 + 2 ** 20, 'as much again');
  equal(await store.read(), `one\n${line.repeat(1200)}`);
});

test('on a full disk what is held back is written to, and then nothing', async (context) => {
  const disk = await mkdtemp(join(tmpdir(), 'messor-test-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  context.after(async () => {
    if (mounted.status === 0) spawnSync('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  if (mounted.status !== 0) {
    context.skip('only who may mount a file system has a small disk');
    return;
  }
  await mkdir(join(disk, 'slaves'));
  const store = diskCheckpointStore(disk);
  await store.replace(agentId, 'one\n');
  const filling = join(disk, 'filling');
  await writeFile(filling, Buffer.alloc(2 ** 22)).catch(() => {});
  const line = `${'x'.repeat(99_999)}\n`;
  let written = 0;
  const spaces: boolean[] = [];
  await rejects(
    async () => {
      for (; ; written++) spaces.push((await store.append(line)).isFull);
    },
    { code: 'ENOSPC' },
  );
  ok(written >= 10, `${written} lines`);
  deepEqual([spaces[0], spaces.at(-1)], [false, true]);
  await rejects(store.replace(agentId, 'x'.repeat(2 ** 21)), { code: 'ENOSPC' });
  deepEqual(await readdir(join(disk, 'slaves', agentId)), ['checkpoint']);
  equal(await diskCheckpointStore(disk).read(), `one\n${line.repeat(written)}`);
  await rm(filling);
  deepEqual(await store.append(''), { isFull: false });
});

async function started(context: TestContext) {
  const meta = await mkdtemp(join(tmpdir(), 'messor-test-'));
  context.after(() => rm(meta, { recursive: true }));
  await mkdir(join(meta, 'slaves'));
  return { meta, store: diskCheckpointStore(meta) };
}
