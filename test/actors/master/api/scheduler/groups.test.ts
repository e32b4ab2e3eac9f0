/** A task group by the v1 API, in both encodings. Source: Mesos, docs/default-executor, DefaultExecutorTest. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { startHttpCluster } from '../../../../kit/http-cluster.ts';
import {
  commandTask,
  type SchedulerClient,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';

const scalar = (name: string, value: number) =>
  ({ name, type: 'SCALAR', scalar: { value } }) as const;

for (const encoding of ['json', 'protobuf'] as const) {
  test(`in ${encoding} a group is launched, and when one task fails the other is killed`, async () => {
    const cluster = startHttpCluster({ seed: 12, agentCount: 1 });
    await cluster.world.runFor(2000);
    const client = await subscribeClient(cluster, { encoding });
    const offer = await client.offer();
    await launchGroup(client, offer, [
      commandTask('one', offer, 'sleep 2; exit 3'),
      commandTask('two', offer, 'sleep 600; exit 0', { container: { type: 'MESOS' } }),
    ]);
    const states = await acknowledgeAll(client, cluster, 6);
    deepEqual(states.get('one'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']);
    deepEqual(states.get('two'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLED']);
    const { container_status, executor_id, agent_id } = await client.untilState('TASK_KILLED');
    equal(executor_id?.value, 'pod');
    match(container_status?.container_id?.parent?.value ?? '', /^[0-9a-f-]{36}$/);
    const { failure } = await client.until('FAILURE');
    deepEqual(failure, { agent_id, executor_id, status: 0 });
    await cluster.close();
  });
}

test('an unhealthy task of a group is killed, and the others of its group with it', async () => {
  const cluster = startHttpCluster({ seed: 14, agentCount: 1 });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster);
  const offer = await client.offer();
  const health_check: V1<'HealthCheck'> = {
    type: 'COMMAND',
    command: { shell: true, value: 'exit 1' },
    delay_seconds: 0,
    grace_period_seconds: 0,
    interval_seconds: 1,
    consecutive_failures: 2,
  };
  await launchGroup(client, offer, [
    commandTask('ill', offer, 'sleep 600; exit 0', { health_check }),
    commandTask('well', offer, 'sleep 600; exit 0'),
  ]);
  const states = await acknowledgeAll(client, cluster, 8);
  const running = ['TASK_STARTING', 'TASK_RUNNING'];
  deepEqual(states.get('ill'), [...running, 'TASK_RUNNING', 'TASK_RUNNING', 'TASK_KILLED']);
  deepEqual(states.get('well'), [...running, 'TASK_KILLED']);
  const told = client
    .all('UPDATE')
    .flatMap(({ update }) => (update?.status.task_id.value === 'ill' ? [update.status] : []));
  deepEqual(
    told.slice(2).map(({ healthy, reason }) => [healthy, reason]),
    [
      [false, 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED'],
      [false, 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED'],
      [false, undefined],
    ],
  );
  await cluster.close();
});

test('a group that the master refuses errs for each of its tasks, in the words of Mesos', async () => {
  const cluster = startHttpCluster({ seed: 13, agentCount: 1 });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster);
  const offer = await client.offer();
  const tasks = ['one', 'two'].map((id) => commandTask(id, offer, 'exit 0'));
  await launchGroup(client, offer, tasks, [scalar('cpus', 1), scalar('mem', 32)]);
  await cluster.world.runUntil(() => client.all('UPDATE').length === 2);
  for (const { update } of client.all('UPDATE')) {
    equal(update?.status.state, 'TASK_ERROR');
    equal(update?.status.reason, 'REASON_TASK_GROUP_INVALID');
    equal(update?.status.message, "Executor 'pod' uses no disk");
  }
  await cluster.close();
});

test('an executor that names another framework errs for each of its tasks', async () => {
  const cluster = startHttpCluster({ seed: 16, agentCount: 1 });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster);
  const offer = await client.offer();
  const other = { framework_id: { value: 'other' } };
  await launchGroup(client, offer, [commandTask('one', offer, 'exit 0')], undefined, other);
  const { message, reason } = await client.untilState('TASK_ERROR');
  equal(reason, 'REASON_TASK_GROUP_INVALID');
  equal(
    message,
    `ExecutorInfo has an invalid FrameworkID (Actual: other vs Expected: ${client.frameworkId})`,
  );
  await cluster.close();
});

function launchGroup(
  client: SchedulerClient,
  offer: V1<'Offer'>,
  tasks: readonly V1<'TaskInfo'>[],
  resources = [scalar('cpus', 0.1), scalar('mem', 32), scalar('disk', 32)],
  more: Partial<V1<'ExecutorInfo'>> = {},
): Promise<void> {
  const executor: V1<'ExecutorInfo'> = {
    type: 'DEFAULT',
    executor_id: { value: 'pod' },
    framework_id: { value: client.frameworkId },
    resources,
    ...more,
  };
  const launch_group = { executor, task_group: { tasks } };
  return client.accepted({
    type: 'ACCEPT',
    accept: { offer_ids: [offer.id], operations: [{ type: 'LAUNCH_GROUP', launch_group }] },
  });
}

/** Until there were so many updates. @returns the states of each task */
async function acknowledgeAll(
  client: SchedulerClient,
  { world }: ReturnType<typeof startHttpCluster>,
  count: number,
): Promise<Map<string, string[]>> {
  const states = new Map<string, string[]>();
  for (let index = 0; index < count; index++) {
    await world.runUntil(() => client.all('UPDATE').length > index, 60_000);
    const status = client.all('UPDATE')[index]?.update?.status;
    if (status === undefined) break;
    const id = status.task_id.value;
    states.set(id, [...(states.get(id) ?? []), status.state]);
    await client.acknowledge(status);
  }
  return states;
}
