/**
 * How fast silent agents are given up, by the names that Mesos' own tests have.
 * Mesos: "Agent lifecycle in master", timers (src/master/master.cpp, SlaveObserver::markUnreachable,
 * agentReregisterTimeout; src/tests/slave_tests.cpp, master_tests.cpp).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { cutOff, mesosCluster } from './stage.ts';

const ALL = ['agent-1:5051', 'agent-2:5051', 'agent-3:5051'];

function lost(cluster: HttpCluster): number {
  return cluster.insideMaster()?.state.agents.unreachable.size ?? 0;
}

async function counted(cluster: HttpCluster): Promise<readonly (number | undefined)[]> {
  await cluster.world.runFor(600);
  const metrics = await cluster.get<Readonly<Record<string, number>>>('/metrics/snapshot');
  return ['scheduled', 'completed', 'canceled'].map(
    (what) => metrics[`master/slave_unreachable_${what}`],
  );
}

describe('SlaveTest', () => {
  test('RateLimitUnreachable: one after the other, at the rate', async (t) => {
    const masterSettings = { agentRemovalIntervalMs: 20_000 };
    const cluster = await mesosCluster(t, { agentCount: 3, masterSettings });
    cutOff(cluster, ALL);
    const atMs: number[] = [];
    for (const count of [1, 2, 3]) {
      await cluster.world.runUntil(() => lost(cluster) === count, 60_000);
      atMs.push(cluster.world.nowMs());
    }
    const [first = 0, second = 0, third = 0] = atMs;
    deepEqual(
      [second - first, third - second].map((ms) => Math.round(ms / 1000)),
      [20, 20],
    );
    deepEqual(await counted(cluster), [3, 3, 0]);
  });

  test('CancelUnreachable: who answers in time is kept, with its id', async (t) => {
    const masterSettings = { agentRemovalIntervalMs: 20_000 };
    const cluster = await mesosCluster(t, { agentCount: 3, masterSettings });
    const partition = cutOff(cluster, ALL);
    await cluster.world.runUntil(() => lost(cluster) === 1, 60_000);
    await cluster.world.runFor(4000);
    partition.heal();
    await cluster.world.runFor(40_000);
    equal(lost(cluster), 0);
    equal(cluster.insideMaster()?.state.agents.registered.size, 3);
    deepEqual(await counted(cluster), [3, 1, 2]);
  });
});

describe('MasterTest', () => {
  test('RateLimitRecoveredSlaveRemoval: also those that do not register in time', async (t) => {
    const masterSettings = { agentRemovalIntervalMs: 10_000, agentReregisterTimeoutMs: 5000 };
    const cluster = await mesosCluster(t, { agentCount: 3, masterSettings });
    for (const { node } of cluster.agents) node.crash();
    await cluster.world.runUntil(() => lost(cluster) === 1, 30_000);
    await cluster.world.runFor(5000);
    equal(lost(cluster), 1);
    cluster.agents[2]?.node.restart();
    await cluster.world.runFor(30_000);
    equal(lost(cluster), 2);
    deepEqual(await counted(cluster), [3, 2, 1]);
  });
});
