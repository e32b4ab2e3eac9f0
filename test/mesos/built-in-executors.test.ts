/**
 * Commands and task groups, and how they are killed, by the names that Mesos' own tests have for it.
 * Mesos: "Tasks & executors" (src/launcher/executor.cpp, default_executor.cpp;
 * src/tests/command_executor_tests.cpp, default_executor_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, subscribeClient } from '../kit/scheduler-client.ts';
import { AWARE, follow, launchGroup, mesosCluster, run, SLEEP } from './stage.ts';

const seconds = (count: number) => ({ nanoseconds: BigInt(count) * 1_000_000_000n });
const KILLING: Partial<V1<'FrameworkInfo'>> = { capabilities: [{ type: 'TASK_KILLING_STATE' }] };
const PORT_CHECK = {
  type: 'TCP',
  tcp: { port: 7 },
  delay_seconds: 0,
  interval_seconds: 1,
} as const;

describe('CommandExecutor', () => {
  for (const [name, info, states] of [
    ['NoTaskKillingCapability', {}, ['TASK_KILLED']],
    ['TaskKillingCapability', KILLING, ['TASK_KILLING', 'TASK_KILLED']],
  ] as const) {
    test(`${name}: a kill is told as ${states.join(', ')}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      await run(cluster, client, 'one');
      const seen = client.statuses.length;
      await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
      await follow(cluster, client, () => client.statusOf('TASK_KILLED') !== undefined);
      deepEqual(
        client.statuses.slice(seen).map(({ state, source }) => [state, source]),
        states.map((state) => [state, 'SOURCE_EXECUTOR']),
      );
    });
  }

  test('MaxCompletionTime: a command that takes longer has failed for that reason, at once', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: KILLING });
    const offer = await client.offer();
    const deaf = `trap '' TERM; ${SLEEP}`;
    const more = { max_completion_time: seconds(2) };
    await client.launch(offer, [commandTask('one', offer, deaf, more)]);
    const states = await follow(
      cluster,
      client,
      () => client.statusOf('TASK_FAILED') !== undefined,
    );
    deepEqual(states.get('one'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']);
    equal(client.statusOf('TASK_FAILED')?.reason, 'REASON_MAX_COMPLETION_TIME_REACHED');
  });

  test('NoTransitionFromKillingToRunning: what checks find of a task that is being killed is not told', async (t) => {
    let open = true;
    const cluster = await mesosCluster(t, { ports: { tcp: () => open } });
    const client = await subscribeClient(cluster, { info: KILLING });
    const more = { health_check: PORT_CHECK, kill_policy: { grace_period: seconds(60) } };
    await run(cluster, client, 'one', { script: `trap '' TERM; ${SLEEP}`, more });
    await cluster.world.runUntil(() => client.statuses.at(-1)?.healthy === true, 10_000);
    open = false;
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    const states = await follow(
      cluster,
      client,
      () => client.statusOf('TASK_KILLED') !== undefined,
    );
    deepEqual(states.get('one')?.slice(-2), ['TASK_KILLING', 'TASK_KILLED']);
  });

  test('TerminateWithACK: what a command left is offered again when its end has been acknowledged', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, 'exit 0')]);
    const states = await follow(cluster, client, () => client.statuses.length === 3);
    deepEqual(states.get('one'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    await cluster.world.runFor(1000);
    equal(cluster.agents[0]?.machine.containers.size, 0);
  });

  test('CommandTaskWithKillPolicy: its grace period ends what is deaf, and a kill may shorten it', async (t) => {
    for (const [policy, ofKill, leastMs, mostMs] of [
      [seconds(2), undefined, 1900, 3000],
      [seconds(60), seconds(1), 900, 2000],
    ] as const) {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const more = { kill_policy: { grace_period: policy } };
      await run(cluster, client, 'one', { script: `trap '' TERM; ${SLEEP}`, more });
      const beganMs = cluster.world.nowMs();
      const kill = {
        task_id: { value: 'one' },
        ...(ofKill && { kill_policy: { grace_period: ofKill } }),
      };
      await client.accepted({ type: 'KILL', kill });
      await client.untilTask('one', 'TASK_KILLED');
      const tookMs = cluster.world.nowMs() - beganMs;
      ok(tookMs >= leastMs && tookMs < mostMs, `${tookMs} ms`);
    }
  });

  test('DuplicateTaskIdCommandExecutor: an id is free again when the end of its task is acknowledged', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await run(cluster, client, 'one', { script: 'sleep 1; exit 0' });
    const end = await client.untilTask('one', 'TASK_FINISHED');
    const next = await client.offer(1);
    await client.launch(next, [commandTask('one', next, SLEEP)], { refuse_seconds: 0 });
    const { reason, message } = await client.untilTask('one', 'TASK_ERROR');
    deepEqual([reason, message], ['REASON_TASK_INVALID', 'Task has duplicate ID: one']);
    await client.acknowledge(end);
    const last = await client.offer(2);
    const seen = client.statuses.length;
    await client.launch(last, [commandTask('one', last, SLEEP)]);
    await client.acknowledge(await client.untilTask('one', 'TASK_STARTING', seen));
    await client.untilTask('one', 'TASK_RUNNING', seen);
    equal(cluster.agents[0]?.machine.running.size, 1);
  });
});

describe('DefaultExecutor', () => {
  test("TaskRunning, ContainerStatusForTask: each task of a group has a container inside its executor's", async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const tasks = ['one', 'two'].map((id) => commandTask(id, offer, SLEEP));
    await launchGroup(client, offer, tasks);
    const running = () => client.statuses.filter(({ state }) => state === 'TASK_RUNNING');
    const states = await follow(cluster, client, () => running().length === 2);
    for (const id of ['one', 'two']) deepEqual(states.get(id), ['TASK_STARTING', 'TASK_RUNNING']);
    const [one, two] = running().map(({ container_status }) => container_status?.container_id);
    deepEqual(
      [one?.parent?.value === two?.parent?.value, one?.value === two?.value],
      [true, false],
    );
    deepEqual(
      running().map(({ executor_id }) => executor_id?.value),
      ['pod', 'pod'],
    );
  });

  for (const [name, killed] of [
    ['KillTask, CommitSuicideOnKillTask', ['one']],
    ['KillMultipleTasks', ['one', 'two']],
  ] as const) {
    test(`${name}: with a task that is killed its group ends, others go on, and the executor ends with the last`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info: AWARE });
      const offer = await client.offer();
      await launchGroup(
        client,
        offer,
        ['one', 'two'].map((id) => commandTask(id, offer, SLEEP)),
      );
      const next = await client.offer(1);
      await launchGroup(client, next, [commandTask('three', next, SLEEP)]);
      const of = (state: string) => client.statuses.filter((status) => status.state === state);
      await follow(cluster, client, () => of('TASK_RUNNING').length === 3);
      for (const id of killed) {
        await client.accepted({ type: 'KILL', kill: { task_id: { value: id } } });
      }
      await follow(cluster, client, () => of('TASK_KILLED').length === 2);
      await cluster.world.runFor(5000);
      equal(client.all('FAILURE').length, 0);
      await client.accepted({ type: 'KILL', kill: { task_id: { value: 'three' } } });
      await follow(cluster, client, () => client.all('FAILURE').length === 1);
      deepEqual(client.all('FAILURE')[0]?.failure?.executor_id, { value: 'pod' });
      equal(client.all('FAILURE')[0]?.failure?.status, 0);
    });
  }

  test('KillTaskGroupOnTaskFailure, CommitSuicideOnTaskFailure: with one that fails the others are killed, and the executor ends', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const tasks = [commandTask('one', offer, 'sleep 1; exit 1'), commandTask('two', offer, SLEEP)];
    await launchGroup(client, offer, tasks);
    const states = await follow(cluster, client, () => client.all('FAILURE').length === 1);
    deepEqual(states.get('one')?.at(-1), 'TASK_FAILED');
    deepEqual(states.get('two')?.at(-1), 'TASK_KILLED');
  });

  test('a task that finishes leaves the others of its group alone', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const tasks = [
      commandTask('one', offer, 'sleep 1; exit 0'),
      commandTask('two', offer, 'sleep 9; exit 0'),
    ];
    await launchGroup(client, offer, tasks);
    const states = await follow(cluster, client, () => client.all('FAILURE').length === 1);
    for (const id of ['one', 'two']) equal(states.get(id)?.at(-1), 'TASK_FINISHED');
  });

  test('SlaveRecoveryWithMetadataCheckpointed: a group goes on when its agent is started again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await launchGroup(
      client,
      offer,
      ['one', 'two'].map((id) => commandTask(id, offer, SLEEP)),
    );
    const running = () => client.statuses.filter(({ state }) => state === 'TASK_RUNNING').length;
    await follow(cluster, client, () => running() === 2);
    await cluster.world.runFor(500);
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    cluster.agents[0]?.node.restart();
    await cluster.world.runFor(3000);
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    const killed = () => client.statuses.filter(({ state }) => state === 'TASK_KILLED').length;
    await follow(cluster, client, () => killed() === 2);
  });

  test('SigkillExecutor, RemoveExecutorUponFailedTaskGroupLaunch: a group whose program can not be started has failed, and its executor ends', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const tasks = [commandTask('one', offer, 'no such'), commandTask('two', offer, SLEEP)];
    await launchGroup(client, offer, tasks);
    const states = await follow(cluster, client, () => client.all('FAILURE').length === 1);
    deepEqual(
      [states.get('one')?.at(-1), states.get('two')?.at(-1)],
      ['TASK_FAILED', 'TASK_KILLED'],
    );
  });

  test('KillQueuedTaskGroup, KillTaskGroupBetweenRunTaskParts: a kill of one before the group runs ends all of it', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await launchGroup(
      client,
      offer,
      ['one', 'two'].map((id) => commandTask(id, offer, SLEEP)),
    );
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    const states = await follow(cluster, client, () => client.all('FAILURE').length === 1);
    for (const id of ['one', 'two']) equal(states.get(id)?.at(-1), 'TASK_KILLED');
    equal(cluster.agents[0]?.machine.running.size, 0);
  });
});
