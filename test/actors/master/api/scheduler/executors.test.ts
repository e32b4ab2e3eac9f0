/**
 * Executors that a scheduler brings: messages to them and from them, and their end.
 * Source: Mesos 1.11, docs/scheduler-http-api.md, MESSAGE, SHUTDOWN, FAILURE.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { defineExecutor } from '../../../../../actors/framework/index.ts';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { startHttpCluster } from '../../../../kit/http-cluster.ts';
import { parseExecutorEnvironment } from '../../../../kit/index.ts';
import { commandTask, subscribeClient } from '../../../../kit/scheduler-client.ts';

const echo = defineExecutor<object, object>({
  name: 'echo',
  initialState: () => ({}),
  on: {
    launch: (_state, { task }, driver) => driver.update(task.taskId, 'running'),
    kill: (_state, { taskId }, driver) => driver.update(taskId, 'killed'),
    message: (_state, { data }, driver) => driver.message(data),
    shutdown: (_state, _event, driver) => driver.stop(),
  },
});

test('what a scheduler says to an executor comes back as it was, bytes and all; SHUTDOWN ends it', async () => {
  const cluster = startHttpCluster({
    seed: 51,
    agentCount: 1,
    programs: {
      echo: ({ system, environment }) => system.spawn(echo, parseExecutorEnvironment(environment)),
    },
  });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster);
  const offer = await client.offer();
  const { agent_id } = offer;
  const executor_id = { value: 'echo' };
  const executor: V1<'ExecutorInfo'> = { executor_id, command: { value: 'program echo' } };
  const { command: _, ...task } = commandTask('one', offer, '');
  await client.launch(offer, [{ ...task, executor }]);
  const running = await client.untilState('TASK_RUNNING');
  deepEqual(running.executor_id, executor_id);
  await client.acknowledge(running);

  for (const data of [Uint8Array.of(0, 255, 10, 128), new TextEncoder().encode('grüß\n')]) {
    const seen = client.all('MESSAGE').length;
    await client.accepted({ type: 'MESSAGE', message: { agent_id, executor_id, data } });
    const { message } = await client.until('MESSAGE', seen);
    deepEqual([...(message?.data ?? [])], [...data]);
    deepEqual([message?.agent_id, message?.executor_id], [agent_id, executor_id]);
  }

  await client.accepted({ type: 'SHUTDOWN', shutdown: { agent_id, executor_id } });
  const { failure } = await client.until('FAILURE');
  deepEqual(failure, { agent_id, executor_id, status: 0 });
  equal(cluster.agents[0]?.machine.running.size, 0);
  await cluster.close();
});

test('when an agent is lost all schedulers hear FAILURE with its id alone', async () => {
  const cluster = startHttpCluster({ seed: 52, agentCount: 1 });
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster);
  const { agent_id } = await client.offer();
  cluster.agents[0]?.node.crash();
  const { rescind } = await client.until('RESCIND');
  equal(typeof rescind?.offer_id.value, 'string');
  await cluster.world.runUntil(() => client.all('FAILURE').length > 0, 120_000);
  deepEqual(client.all('FAILURE')[0]?.failure, { agent_id });
  await cluster.close();
});
