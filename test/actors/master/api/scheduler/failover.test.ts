/**
 * Schedulers and masters are lost and come back.
 * Source: Mesos 1.11, docs/scheduler-http-api.md, "Disconnections"; master.cpp, failoverFramework.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { startHttpCluster } from '../../../../kit/http-cluster.ts';
import { commandTask, openClient, subscribeClient } from '../../../../kit/scheduler-client.ts';
import type { VirtualNode } from '../../../../kit/virtual-world.ts';

const SLEEP = 'sleep 600; exit 0';

test('who subscribes as a framework takes it over: the stream before it is told so, and ends', async () => {
  const cluster = startHttpCluster({ seed: 21, agentCount: 1 });
  await cluster.world.runFor(2000);
  const first = await subscribeClient(cluster, { info: { failover_timeout: 60 } });
  const offer = await first.offer();
  const id = { value: first.frameworkId };
  const second = await subscribeClient(cluster, { info: { id, failover_timeout: 60 } });
  await cluster.world.runFor(10);
  const last = first.events.at(-1);
  deepEqual([last?.type, last?.error?.message], ['ERROR', 'Framework failed over']);
  equal(first.ended, 'ended');
  // What was on offer is discarded without a word, and offered to the new one.
  equal(first.all('RESCIND').length, 0);
  const again = await second.offer();
  equal(again.agent_id.value, offer.agent_id.value);
  const late = await first.post(
    { type: 'REVIVE', framework_id: id },
    { 'mesos-stream-id': first.streamId },
  );
  equal(late.status, 400);
  await second.accepted({ type: 'REVIVE' });
  await cluster.close();
});

test('a client that goes leaves its tasks for the failover timeout, and then is no framework any more', async () => {
  const cluster = startHttpCluster({ seed: 22, agentCount: 1 });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster, { info: { failover_timeout: 20 } });
  const offer = await client.offer();
  await client.launch(offer, [commandTask('one', offer, SLEEP)]);
  await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
  client.leave();
  await cluster.world.runFor(15_000);
  equal(cluster.agents[0]?.machine.running.size, 1);
  const id = { value: client.frameworkId };
  const back = await subscribeClient(cluster, { info: { id, failover_timeout: 20 } });
  // The update that nobody has acknowledged comes to who is there now.
  const running = await back.untilState('TASK_RUNNING');
  await back.acknowledge(running);
  back.leave();
  await cluster.world.runFor(25_000);
  equal(cluster.agents[0]?.machine.running.size, 0);
  const tooLate = await openClient(cluster, { info: { id } });
  equal((await tooLate.until('ERROR')).error?.message, 'Framework has been removed');
  await cluster.close();
});

test('without a failover timeout a client that goes ends its framework', async () => {
  const cluster = startHttpCluster({ seed: 23, agentCount: 0 });
  await cluster.world.runFor(1000);
  const client = await subscribeClient(cluster);
  client.leave();
  await cluster.world.runFor(100);
  equal(cluster.insideMaster()?.state.frameworks.size, 0);
  await cluster.close();
});

test('an operator who tears a framework down ends its stream with a reason', async () => {
  const cluster = startHttpCluster({ seed: 24, agentCount: 0 });
  await cluster.world.runFor(1000);
  const client = await subscribeClient(cluster);
  const frameworkId = client.frameworkId as never;
  const { system } = cluster.master;
  const answer = system.ask<never, { readonly type: string }>(
    { name: 'master', node: system.node },
    (replyTo) => ({ type: 'teardownFramework', frameworkId, replyTo }) as never,
    1000,
  );
  await cluster.world.settle(answer);
  await cluster.world.runFor(10);
  const last = client.events.at(-1);
  deepEqual([last?.error?.message, client.ended], ['An operator ended the framework', 'ended']);
  await cluster.close();
});

test('when the leader is lost its streams end, and the framework goes on with the next', async () => {
  const cluster = startHttpCluster({ seed: 25, agentCount: 1, masterCount: 3 });
  const { world, masters } = cluster;
  await world.runFor(8000);
  const leaderBy = async (asked: VirtualNode | undefined) => {
    const { headers } = await world.settle(cluster.ask(asked)('GET', '/redirect'));
    return masters.find(({ name }) => headers['location'] === `//${name}`);
  };
  const first = await leaderBy(masters[0]);
  const others = masters.filter((master) => master !== first);
  const info = { failover_timeout: 60 };
  const client = await subscribeClient(cluster, { ...(first && { master: first }), info });
  const offer = await client.offer();
  await client.launch(offer, [commandTask('one', offer, SLEEP)]);
  await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
  await client.untilState('TASK_RUNNING').then((status) => client.acknowledge(status));

  // It is cut off from the others, and learns that it leads no longer.
  const names = others.map(({ name }) => name);
  world.network.partition([first?.name ?? ''], [...names, 'agent-1:5051']);
  await world.runUntil(() => client.ended !== undefined, 60_000);
  deepEqual([client.ended, client.types.includes('ERROR')], ['ended', false]);

  await world.runFor(10_000);
  const next = await leaderBy(others[0]);
  const id = { value: client.frameworkId };
  const back = await subscribeClient(cluster, {
    ...(next && { master: next }),
    info: { ...info, id },
  });
  equal(back.frameworkId, client.frameworkId);
  await world.runFor(10_000);
  await back.accepted({ type: 'RECONCILE', reconcile: {} });
  await back.untilState('TASK_RUNNING');
  await cluster.close();
});
