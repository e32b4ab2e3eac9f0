/** A scheduler's whole way by the v1 API, in both encodings. Source: Mesos, docs/scheduler-http-api.md. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { startHttpCluster } from '../../../../kit/http-cluster.ts';
import { commandTask, subscribeClient } from '../../../../kit/scheduler-client.ts';

for (const encoding of ['json', 'protobuf'] as const) {
  test(`in ${encoding} a scheduler subscribes, launches, acknowledges, kills and tears down`, async () => {
    const cluster = startHttpCluster({ seed: 11, agentCount: 1 });
    await cluster.world.runFor(2000);
    const client = await subscribeClient(cluster, { encoding });
    const [subscribed, heartbeat] = client.events;
    match(subscribed?.subscribed?.framework_id.value ?? '', /^[0-9a-f-]{36}-0000$/);
    equal(subscribed?.subscribed?.heartbeat_interval_seconds, 1.5);
    equal(subscribed?.subscribed?.master_info?.pid, 'master@master:5050');
    equal(heartbeat?.type, 'HEARTBEAT');

    const offer = await client.offer();
    const [cpus] = offer.resources ?? [];
    deepEqual([cpus?.name, cpus?.scalar?.value, cpus?.role], ['cpus', 4, '*']);
    const task = commandTask('one', offer, 'sleep 600; exit 0');
    await client.launch(offer, [task]);
    await client.acknowledge(await client.untilState('TASK_STARTING'));
    const running = await client.untilState('TASK_RUNNING');
    equal(running.uuid?.length, 16);
    equal(running.source, 'SOURCE_EXECUTOR');
    await client.acknowledge(running);

    await client.accepted({ type: 'KILL', kill: { task_id: task.task_id } });
    await client.acknowledge(await client.untilState('TASK_KILLED'));
    await cluster.world.runFor(1000);
    equal(cluster.insideMaster()?.state.frameworks.size, 1);
    await client.accepted({ type: 'TEARDOWN' });
    await cluster.world.runFor(1000);
    equal(client.ended, 'ended');
    equal(cluster.insideMaster()?.state.frameworks.size, 0);
    await cluster.close();
  });
}
