/** The batch framework in a whole cluster: whatever gets lost on the way, the verdict is right. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchEvent, batch } from '../../../../actors/framework/batch/batch.ts';
import type { BatchJob } from '../../../../actors/framework/batch/job.ts';
import { shellCommand } from '../../../../actors/framework/describe.ts';
import { parseResources } from '../../../../actors/protocol/resource-text.ts';
import { defineActor } from '../../../../runtime/actor.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../../../kit/cluster.ts';

type Ended = Extract<BatchEvent, { readonly type: 'batchEnded' }>;

test('a job in a healthy cluster runs each copy once, and leaves nothing behind', async () => {
  const { cluster, events, ended } = start({ seed: 1, agentCount: 3 }, { count: 20 });
  await cluster.world.runUntil(() => ended() !== undefined);
  equal(ended()?.verdict, 'finished');
  equal(events.filter(({ type }) => type === 'batchUpdated').length, 40);
  await cluster.world.runFor(5000);
  deepEqual(cluster.insideMaster()?.state.frameworks, new Map());
  equal(runningCount(cluster), 0);
  await cluster.close();
});

test('a job whose commands fail has failed', async () => {
  const command = shellCommand('sleep 1; exit 3');
  const { cluster, events, ended } = start({ seed: 2, agentCount: 1 }, { count: 3, command });
  await cluster.world.runUntil(() => ended() !== undefined);
  equal(ended()?.verdict, 'failed');
  const failed = events.find((event) => event.type === 'batchUpdated' && event.counts.failed > 0);
  equal(failed?.type === 'batchUpdated' && failed.status.exitCode, 3);
  await cluster.close();
});

test('what an agent takes along when it is lost is run again on another', async () => {
  const command = shellCommand('sleep 20; exit 0');
  const options = { seed: 3, agentCount: 2, masterSettings: { agentReregisterTimeoutMs: 5000 } };
  const { cluster, events, ended } = start(options, { count: 4, command });
  await cluster.world.runFor(5000);
  cluster.agents[0]?.node.crash();
  await cluster.world.runUntil(() => ended() !== undefined);
  equal(ended()?.verdict, 'finished');
  ok(events.some((event) => event.type === 'batchUpdated' && event.again));
  await cluster.close();
});

test('a job survives the death of the master', async () => {
  const command = shellCommand('sleep 8; exit 0');
  const { cluster, ended } = start({ seed: 4, agentCount: 2 }, { count: 12, command });
  await cluster.world.runFor(6000);
  cluster.master.crash();
  await cluster.world.runFor(3000);
  cluster.master.restart();
  await cluster.world.runUntil(() => ended() !== undefined);
  equal(ended()?.verdict, 'finished');
  await cluster.close();
});

for (let seed = 100; seed < 120; seed++) {
  test(`a job ends right although one message in twenty is lost or doubled (seed ${seed})`, async () => {
    const network = {
      mode: 'datagram',
      lossProbability: 0.05,
      duplicateProbability: 0.05,
    } as const;
    const { cluster, ended } = start({ seed, agentCount: 3, network }, { count: 12 });
    await cluster.world.runUntil(() => ended() !== undefined);
    equal(ended()?.verdict, 'finished');
    deepEqual(ended()?.counts.finished, 12);
    await cluster.close();
  });
}

for (let seed = 200; seed < 210; seed++) {
  test(`a job that is killed amid losses ends, and nothing of it runs on (seed ${seed})`, async () => {
    const network = { mode: 'datagram', lossProbability: 0.05 } as const;
    const command = shellCommand('sleep 500; exit 0');
    const { cluster, ended, kill } = start(
      { seed, agentCount: 3, network },
      { count: 15, command },
    );
    await cluster.world.runFor(2000 + (seed % 10) * 500);
    kill();
    await cluster.world.runUntil(() => ended() !== undefined);
    equal(ended()?.verdict, 'killed');
    await cluster.world.runUntil(() => runningCount(cluster) === 0);
    await cluster.close();
  });
}

test('when whoever runs it dies, its copies end after the failover timeout', async () => {
  const command = shellCommand('sleep 500; exit 0');
  const job = { count: 6, command, failoverTimeoutMs: 3000 };
  const { cluster, node } = start({ seed: 5, agentCount: 2 }, job);
  await cluster.world.runUntil(() => runningCount(cluster) === 6);
  node.crash();
  await cluster.world.runFor(2000);
  equal(runningCount(cluster), 6);
  await cluster.world.runFor(5000);
  equal(runningCount(cluster), 0);
  await cluster.close();
});

function runningCount({ agents }: Cluster): number {
  return agents.reduce((sum, { machine }) => sum + machine.running.size, 0);
}

function start(options: ClusterOptions, parts: Partial<BatchJob>) {
  const cluster = startCluster(options);
  const events: BatchEvent[] = [];
  const job: BatchJob = {
    name: 'job',
    command: shellCommand('sleep 2; exit 0'),
    count: 1,
    resources: parseResources('cpus:1;mem:64'),
    failoverTimeoutMs: 60_000,
    ...parts,
  };
  let kill = (): void => {};
  const node = cluster.startScheduler('batch:0', ({ system, masters, timings }) => {
    const reportTo = system.spawn(listener, { hear: (event) => void events.push(event) });
    const framework = system.spawn(batch, { masters, timings, job, reportTo });
    kill = () => system.send(framework, { type: 'killBatch' });
  });
  const isEnd = (event: BatchEvent): event is Ended => event.type === 'batchEnded';
  return {
    cluster,
    node,
    events,
    kill: () => kill(),
    ended: (): Ended | undefined => events.find(isEnd),
  };
}

interface ListenerOptions {
  readonly hear: (event: BatchEvent) => void;
}

const hear = (
  _state: undefined,
  event: BatchEvent,
  context: { readonly options: ListenerOptions },
): void => context.options.hear(event);

const listener = defineActor<ListenerOptions, undefined, BatchEvent>({
  name: 'listener',
  initialState: () => undefined,
  handlers: {
    batchSubscribed: hear,
    batchDisconnected: hear,
    batchLaunched: hear,
    batchUpdated: hear,
    batchStarved: hear,
    batchEnded: hear,
  },
});
