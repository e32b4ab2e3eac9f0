/**
 * Executors in a whole cluster: what their schedulers hear of them. Their calls one by one are in
 * `test/actors/agent/api`.
 * Mesos: "Executor API", "Status-update (ack) streams at the agent", "Launch & validation" (src/slave/http.cpp,
 * Http::executor; src/slave/slave.cpp, statusUpdate; src/tests/executor_http_api_tests.cpp, slave_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ExecutorClient, subscribeExecutor } from '../kit/executor-client.ts';
import { subscribeClient } from '../kit/scheduler-client.ts';
import { AWARE, customTask, mesosCluster, runInExecutor, tasksShown, UNAWARE } from './stage.ts';

describe('ExecutorHttpApi', () => {
  test('TaskStatusContainerStatus, TaskStatusLabels: what an executor says is passed on, with what the agent knows', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id } = await client.offer();
    const executor = await runInExecutor(cluster, client, 'one');
    const labels = { labels: [{ key: 'foo', value: 'bar' }, { key: 'bar' }] };
    const network_infos = [
      { ip_addresses: [{ protocol: 'IPv4', ip_address: '10.1.2.3' }] },
    ] as const;
    const data = new TextEncoder().encode('data');
    await executor.update('one', 'TASK_RUNNING', {
      ...{ labels, data, healthy: true, message: 'said', timestamp: 17 },
      container_status: { network_infos },
    });
    await cluster.world.runUntil(() => client.statuses.length === 2, 10_000);
    const status = client.statuses.at(-1);
    deepEqual(
      [status?.agent_id, status?.executor_id?.value, status?.source, status?.timestamp],
      [agent_id, 'executor', 'SOURCE_EXECUTOR', 17],
    );
    deepEqual([status?.labels, status?.healthy, status?.message], [labels, true, 'said']);
    deepEqual([...(status?.data ?? [])], [...data]);
    ok((status?.container_status?.container_id?.value ?? '') !== '');
    deepEqual(status?.container_status?.network_infos, network_infos);
  });

  for (const [name, asked] of [
    ['KillTaskUnregisteredHTTPExecutor', 'KILL'],
    ['ShutdownUnregisteredExecutor', 'SHUTDOWN'],
  ] as const) {
    test(`${name}: ${asked} before the executor has subscribed ends task and program`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info: AWARE });
      const offer = await client.offer();
      await client.launch(offer, [customTask('one', offer)]);
      const { machine } = cluster.agents[0] ?? {};
      await cluster.world.runUntil(() => machine?.running.size === 1, 10_000);
      const { agent_id } = offer;
      const executor_id = { value: 'executor' };
      await client.accepted(
        asked === 'KILL'
          ? { type: 'KILL', kill: { task_id: { value: 'one' } } }
          : { type: 'SHUTDOWN', shutdown: { agent_id, executor_id } },
      );
      const status = await client.untilTask(
        'one',
        asked === 'KILL' ? 'TASK_KILLED' : 'TASK_FAILED',
      );
      deepEqual(
        [status.source, status.reason],
        [
          'SOURCE_AGENT',
          asked === 'KILL' ? 'REASON_TASK_KILLED_DURING_LAUNCH' : 'REASON_EXECUTOR_TERMINATED',
        ],
      );
      await cluster.world.runUntil(() => machine?.running.size === 0, 60_000);
    });
  }

  test('KillMultiplePendingTasks, KillAllInitialTasksTerminatesHTTPExecutor: an executor whose tasks were all killed before it came is ended', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [customTask('one', offer), customTask('two', offer)]);
    const { machine } = cluster.agents[0] ?? {};
    await cluster.world.runUntil(() => machine?.running.size === 1, 10_000);
    for (const id of ['one', 'two']) {
      await client.accepted({ type: 'KILL', kill: { task_id: { value: id } } });
      await client.untilTask(id, 'TASK_KILLED');
    }
    await cluster.world.runUntil(() => machine?.running.size === 0, 60_000);
    deepEqual((await client.until('FAILURE')).failure?.executor_id, { value: 'executor' });
  });

  test('ExecutorTimeout: one that never subscribes is killed, and its tasks have failed', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [customTask('one', offer)]);
    const { source, reason } = await client.untilTask('one', 'TASK_FAILED');
    deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_EXECUTOR_REGISTRATION_TIMEOUT']);
    await client.until('FAILURE');
  });

  for (const info of [AWARE, UNAWARE]) {
    test(`an executor that ends leaves its tasks failed, and FAILURE says how (${info === AWARE ? 'aware' : 'unaware'})`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      const offer = await client.offer();
      const executor = {
        executor_id: { value: 'executor' },
        command: { value: 'sleep 2; exit 9' },
      };
      await client.launch(offer, [customTask('one', offer, 'executor', { executor })]);
      const { frameworkId } = client;
      const speaking = await subscribeExecutor(cluster, { frameworkId, executorId: 'executor' });
      await speaking.update('one', 'TASK_RUNNING');
      await client.acknowledge(await client.untilTask('one', 'TASK_RUNNING'));
      const { source, reason } = await client.untilTask('one', 'TASK_FAILED');
      deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_EXECUTOR_TERMINATED']);
      const { failure } = await client.until('FAILURE');
      // As wait(2) has it.
      equal(failure?.status, 9 << 8);
    });
  }

  test('DuplicateTerminalUpdateBeforeAck: a second end of a task is acknowledged, and not told', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    await executor.update('one', 'TASK_FINISHED');
    await executor.update('one', 'TASK_FAILED');
    await cluster.world.runFor(100);
    equal(executor.types.filter((type) => type === 'ACKNOWLEDGED').length, 3);
    await client.acknowledge(await client.untilTask('one', 'TASK_FINISHED'));
    await cluster.world.runFor(5000);
    equal(client.statusOf('TASK_FAILED'), undefined);
    deepEqual((await tasksShown(cluster)).completed, ['one TASK_FINISHED']);
  });

  test('DisconnectedExecutorDropsMessages: what comes while an executor has no stream waits for the next one', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const { agent_id } = await client.offer();
    const executor = await runInExecutor(cluster, client, 'one');
    executor.leave();
    await cluster.world.runFor(100);
    const executor_id = { value: 'executor' };
    const message = { agent_id, executor_id, data: Uint8Array.of(1) };
    await client.accepted({ type: 'MESSAGE', message });
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await cluster.world.runFor(100);
    await executor.subscribe();
    await executor.until('KILL');
    // A message may get lost; here it need not.
    deepEqual(executor.types.slice(-2), ['MESSAGE', 'KILL']);
  });

  test('a task of an executor that is there already is launched in it, and shares its container', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    const next = await client.offer(client.all('OFFERS').length);
    await client.launch(next, [customTask('two', next)]);
    await cluster.world.runUntil(
      () => executor.types.filter((type) => type === 'LAUNCH').length === 2,
      10_000,
    );
    await executor.update('two', 'TASK_RUNNING');
    const two = await client.untilTask('two', 'TASK_RUNNING');
    const [one] = client.statuses;
    deepEqual(two.container_status?.container_id, one?.container_status?.container_id);
    equal(cluster.agents[0]?.machine.running.size, 1);
  });

  test('MessageFromUnknownFramework: who nobody knows is 400', async (t) => {
    const cluster = await mesosCluster(t);
    const ids = { frameworkId: 'nobody', executorId: 'executor' };
    const { status, text } = await new ExecutorClient(cluster, ids).call({
      type: 'MESSAGE',
      message: { data: Uint8Array.of(1) },
    });
    deepEqual([status, text], [400, 'Framework cannot be found']);
  });
});
