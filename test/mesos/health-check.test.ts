/**
 * What watches over a task, by the names that Mesos' own tests have for it.
 * Mesos: "Tasks & executors: health checks, checks" (src/checks/health_checker.cpp, checker.cpp;
 * src/tests/health_check_tests.cpp, check_tests.cpp).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, subscribeClient } from '../kit/scheduler-client.ts';
import { follow, mesosCluster, reconcile, run, SLEEP } from './stage.ts';

const PORT_CHECK = {
  type: 'TCP',
  tcp: { port: 7 },
  delay_seconds: 0,
  interval_seconds: 1,
} as const;

describe('HealthCheck', () => {
  test('HealthyTaskViaTCP, HealthyTaskViaHTTP, HealthyTask: the first success is told, with its reason', async (t) => {
    const checks: readonly V1<'HealthCheck'>[] = [
      { ...PORT_CHECK },
      { type: 'HTTP', http: { port: 80, path: '/help' }, delay_seconds: 0 },
      { http: { port: 80 }, type: 'HTTP', delay_seconds: 0 },
      { type: 'COMMAND', command: { value: 'exit 0' }, delay_seconds: 0 },
    ];
    for (const health_check of checks) {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const running = await run(cluster, client, 'one', { more: { health_check } });
      equal(running.healthy, undefined);
      await cluster.world.runUntil(() => client.statuses.at(-1)?.healthy !== undefined, 30_000);
      const { state, healthy, reason, source } = client.statuses.at(-1) ?? {};
      deepEqual(
        [state, healthy, reason, source],
        ['TASK_RUNNING', true, 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED', 'SOURCE_EXECUTOR'],
      );
      const [asked] = await reconcile(cluster, client);
      deepEqual([asked?.state, asked?.healthy], ['TASK_RUNNING', true]);
    }
  });

  test('HealthStatusChange, HealthyToUnhealthyTransitionWithinGracePeriod: each change is told', async (t) => {
    let open = true;
    const cluster = await mesosCluster(t, { ports: { tcp: () => open } });
    const client = await subscribeClient(cluster);
    const health_check = { ...PORT_CHECK, consecutive_failures: 1000 };
    await run(cluster, client, 'one', { more: { health_check } });
    const healths = () => client.statuses.flatMap(({ healthy }) => healthy ?? []);
    await follow(cluster, client, () => healths().length === 1);
    open = false;
    await follow(cluster, client, () => healths().length === 3);
    open = true;
    await follow(cluster, client, () => healths().at(-1) === true && healths().length > 3);
    deepEqual([...new Set(healths().slice(1, -1))], [false]);
  });

  test('ConsecutiveFailures: after so many failures the task is killed, unhealthy to the last', async (t) => {
    const cluster = await mesosCluster(t, { ports: { tcp: () => false } });
    const client = await subscribeClient(cluster);
    const health_check = { ...PORT_CHECK, grace_period_seconds: 0, consecutive_failures: 4 };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, { health_check })]);
    await follow(cluster, client, () => client.statusOf('TASK_KILLED') !== undefined);
    const sick = client.statuses.filter(({ healthy }) => healthy === false);
    deepEqual(
      sick.map(({ state }) => state),
      [...Array.from({ length: 4 }, () => 'TASK_RUNNING'), 'TASK_KILLED'],
    );
  });

  test("GracePeriod: failures before the first success don't count in it", async (t) => {
    let looks = 0;
    const cluster = await mesosCluster(t, { ports: { tcp: () => ++looks > 4 } });
    const client = await subscribeClient(cluster);
    const health_check = { ...PORT_CHECK, grace_period_seconds: 9999, consecutive_failures: 1 };
    await run(cluster, client, 'one', { more: { health_check } });
    const healths = () => client.statuses.flatMap(({ healthy }) => healthy ?? []);
    await follow(cluster, client, () => healths().includes(true));
    deepEqual(healths(), [true]);
  });

  test('CheckCommandTimeout: a command that takes too long has failed, and is tried again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const health_check: V1<'HealthCheck'> = {
      type: 'COMMAND',
      command: { value: 'sleep 1000; exit 0' },
      ...{ delay_seconds: 0, interval_seconds: 0, timeout_seconds: 1 },
      ...{ grace_period_seconds: 0, consecutive_failures: 2 },
    };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, { health_check })]);
    await follow(cluster, client, () => client.statusOf('TASK_KILLED') !== undefined);
    equal(client.statuses.filter(({ healthy }) => healthy === false).length, 3);
  });
});

describe('CommandExecutorCheck', () => {
  test('CommandCheckDeliveredAndReconciled: what a check found is told, also to who asks', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const check: V1<'CheckInfo'> = {
      ...{ type: 'COMMAND', delay_seconds: 0, interval_seconds: 10 },
      command: { command: { value: 'exit 1' } },
    };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, { check })]);
    const codes = () =>
      client.statuses.map(({ check_status }) => check_status?.command?.exit_code ?? 'none');
    await follow(cluster, client, () => codes().includes(1));
    // There from the first, and empty until something is found.
    deepEqual(codes(), ['none', 'none', 1]);
    deepEqual(
      client.statuses.map(({ check_status }) => check_status?.type),
      ['COMMAND', 'COMMAND', 'COMMAND'],
    );
    equal(client.statuses.at(-1)?.reason, 'REASON_TASK_CHECK_STATUS_UPDATED');
    const [asked] = await reconcile(cluster, client);
    deepEqual(
      [asked?.reason, asked?.check_status?.command?.exit_code],
      ['REASON_RECONCILIATION', 1],
    );
  });

  test('HTTPCheckDelivered, CommandCheckStatusChange: only what has changed is told', async (t) => {
    let status = 200;
    const cluster = await mesosCluster(t, { ports: { http: () => status } });
    const client = await subscribeClient(cluster);
    const check: V1<'CheckInfo'> = {
      type: 'HTTP',
      ...{ delay_seconds: 0, interval_seconds: 1 },
      http: { port: 80, path: '/help' },
    };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, { check })]);
    const found = () =>
      client.statuses.flatMap(({ check_status }) => check_status?.http?.status_code ?? []);
    await follow(cluster, client, () => found().length === 1);
    await cluster.world.runFor(5000);
    deepEqual(found(), [200]);
    status = 500;
    await follow(cluster, client, () => found().length === 2);
    deepEqual(found(), [200, 500]);
    equal(client.statusOf('TASK_KILLED'), undefined, 'a check kills nothing');
  });

  test('TCPCheckDelivered, CommandCheckTimeout: a connection, none, and nothing found at all', async (t) => {
    let open: boolean | 'late' = true;
    const cluster = await mesosCluster(t, { ports: { tcp: () => open } });
    const client = await subscribeClient(cluster);
    const check: V1<'CheckInfo'> = {
      type: 'TCP',
      ...{ delay_seconds: 0, interval_seconds: 1, timeout_seconds: 1 },
      tcp: { port: 7 },
    };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, { check })]);
    const last = () => client.statuses.at(-1)?.check_status;
    await follow(cluster, client, () => last()?.tcp?.succeeded === true);
    open = false;
    await follow(cluster, client, () => last()?.tcp?.succeeded === false);
    open = 'late';
    await follow(cluster, client, () => last()?.tcp?.succeeded === undefined);
    deepEqual([last()?.type, client.statuses.at(-1)?.state], ['TCP', 'TASK_RUNNING']);
  });

  test('CommandCheckAndHealthCheckNoShadowing: updates of the one carry what the other found; the last begins anew', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const more: Partial<V1<'TaskInfo'>> = {
      check: {
        ...{ type: 'COMMAND', delay_seconds: 0, interval_seconds: 10 },
        command: { command: { value: 'exit 1' } },
      },
      health_check: PORT_CHECK,
    };
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP, more)]);
    const both = () => {
      const { healthy, check_status } = client.statuses.at(-1) ?? {};
      return healthy === true && check_status?.command?.exit_code === 1;
    };
    await follow(cluster, client, both);
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await follow(cluster, client, () => client.statusOf('TASK_KILLED') !== undefined);
    const { healthy, check_status } = client.statusOf('TASK_KILLED') ?? {};
    deepEqual([healthy, check_status], [undefined, { type: 'COMMAND', command: {} }]);
  });
});
