/** The checkpoint on a real disk. */
import { equal, rejects } from 'node:assert/strict';
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
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

async function started(context: TestContext) {
  const meta = await mkdtemp(join(tmpdir(), 'messor-test-'));
  context.after(() => rm(meta, { recursive: true }));
  await mkdir(join(meta, 'slaves'));
  return { meta, store: diskCheckpointStore(meta) };
}
