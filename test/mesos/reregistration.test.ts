/**
 * What agents bring when they register again, their streams of updates, and frameworks that are ended by
 * operators, by the names that Mesos' own tests have for it.
 * Mesos: "Agent lifecycle in master", "Status-update (ack) streams at the agent", "Framework failover/teardown"
 * (src/master/master.cpp, reconcileKnownSlave; src/slave/task_status_update_manager.cpp;
 * src/tests/master_slave_reconciliation_tests.cpp, task_status_update_manager_tests.cpp, teardown_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { subscribeExecutor } from '../kit/executor-client.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { commandTask, openClient, subscribeClient } from '../kit/scheduler-client.ts';
import {
  AGENT,
  AWARE,
  customTask,
  mesosCluster,
  replaceMaster,
  run,
  runInExecutor,
  SLEEP,
  type State,
  tasksShown,
} from './stage.ts';

async function agentBack({ world, insideMaster }: HttpCluster): Promise<void> {
  const agents = () => [...(insideMaster()?.state.agents.registered.values() ?? [])];
  await world.runUntil(() => agents().some(({ connected }) => connected), 60_000);
  await world.runFor(100);
}

describe('MasterSlaveReconciliation', () => {
  test('SlaveReregisterTerminatedExecutor: an executor that ended meanwhile is none any more, and its task has failed', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    const command = { value: 'sleep 2; exit 1' };
    const executor = { executor_id: { value: 'executor' }, command };
    await client.launch(offer, [customTask('one', offer, 'executor', { executor })]);
    const ids = { frameworkId: client.frameworkId, executorId: 'executor' };
    const speaking = await subscribeExecutor(cluster, ids);
    await speaking.update('one', 'TASK_RUNNING');
    await client.acknowledge(await client.untilTask('one', 'TASK_RUNNING'));
    const cut = cluster.world.network.partition(['master:5050'], [AGENT]);
    await cluster.world.runFor(3000);
    cut.heal();
    await agentBack(cluster);
    await client.untilTask('one', 'TASK_FAILED');
    const [agent] = cluster.insideMaster()?.state.agents.registered.values() ?? [];
    equal(agent?.executors.size, 0);
  });

  test('SlaveReregisterTerminalTask: a task that ended meanwhile is not told as running', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one', { script: 'sleep 2; exit 0' });
    const cut = cluster.world.network.partition(['master:5050'], [AGENT]);
    await cluster.world.runFor(3000);
    cut.heal();
    const end = await client.untilTask('one', 'TASK_FINISHED');
    equal(end.source, 'SOURCE_EXECUTOR');
    await client.acknowledge(end);
    deepEqual(await tasksShown(cluster), {
      running: [],
      unreachable: [],
      completed: ['one TASK_FINISHED'],
    });
  });

  test('SlaveReregisterTaskExecutorIds, SlaveReregisterFrameworks: a new master shows whose executor a task is in', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await runInExecutor(cluster, client, 'one');
    await replaceMaster(cluster);
    await agentBack(cluster);
    await cluster.world.runFor(600);
    const { frameworks } = await cluster.get<{
      readonly frameworks: readonly {
        readonly id: string;
        readonly tasks: readonly { readonly id: string; readonly executor_id: string }[];
        readonly executors: readonly { readonly executor_id: string }[];
      }[];
    }>('/state');
    deepEqual(
      frameworks.map(({ id, tasks, executors }) => [
        id,
        tasks.map((task) => [task.id, task.executor_id]),
        executors.map(({ executor_id }) => executor_id),
      ]),
      [[client.frameworkId, [['one', 'executor']], ['executor']]],
    );
  });

  test('ReconcileRace: a launch that is on its way when its agent registers again is not lost', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    cluster.world.network.breakConnection('master:5050', AGENT);
    const over = () => client.statuses.some(({ state }) => state !== 'TASK_STAGING');
    await cluster.world.runUntil(over, 60_000);
    const [first] = client.statuses;
    ok(first?.state === 'TASK_STARTING' || first?.state === 'TASK_DROPPED', first?.state);
    equal(cluster.agents[0]?.machine.containers.size, first?.state === 'TASK_STARTING' ? 1 : 0);
  });
});

describe('TaskStatusUpdateManager', () => {
  test('RetryStatusUpdate: what is not acknowledged comes again under its uuid, more and more seldom', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    const times: number[] = [];
    for (let count = 1; count <= 4; count++) {
      await cluster.world.runUntil(() => client.statuses.length === count, 60_000);
      times.push(cluster.world.nowMs());
    }
    equal(
      new Set(client.statuses.map(({ uuid }) => Buffer.from(uuid ?? []).toString('hex'))).size,
      1,
    );
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    deepEqual(
      waits.map((wait) => Math.round(wait / 1000)),
      [1, 2, 4],
    );
  });

  test('IgnoreDuplicateStatusUpdateAck, IgnoreUnexpectedStatusUpdateAck: only the acknowledgement that is waited for counts', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const executor = await runInExecutor(cluster, client, 'one');
    const [running] = client.statuses;
    ok(running !== undefined);
    await executor.update('one', 'TASK_RUNNING', { message: 'second' });
    await cluster.world.runUntil(() => client.statuses.length === 2, 10_000);
    await executor.update('one', 'TASK_FINISHED');
    await client.acknowledge(running);
    await cluster.world.runFor(200);
    equal(client.statusOf('TASK_FINISHED'), undefined);
    const second = client.statuses[1];
    ok(second !== undefined);
    await client.acknowledge(second);
    await client.untilTask('one', 'TASK_FINISHED');
  });

  test('DuplicateUpdateBeforeAck, DuplicateTerminalUpdateAfterAck: a repeated update is acknowledged to the executor, and told once', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const executor = await runInExecutor(cluster, client, 'one');
    const uuid = Buffer.from('0123456789404abc8def0123456789ab', 'hex');
    const acknowledged = () => executor.types.filter((type) => type === 'ACKNOWLEDGED').length;
    await executor.update('one', 'TASK_FINISHED', { uuid });
    await executor.update('one', 'TASK_FINISHED', { uuid });
    await cluster.world.runFor(100);
    equal(acknowledged(), 3);
    await client.acknowledge(await client.untilTask('one', 'TASK_FINISHED'));
    await cluster.world.runFor(500);
    await executor.update('one', 'TASK_FINISHED', { uuid });
    await cluster.world.runFor(5000);
    equal(acknowledged(), 4);
    equal(client.statuses.filter(({ state }) => state === 'TASK_FINISHED').length, 1);
  });

  test('LatestTaskState: the master knows how far a task is before its scheduler does', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, 'sleep 1; exit 0')]);
    await client.untilTask('one', 'TASK_STARTING');
    // With the next time that the first update is sent.
    await cluster.world.runFor(5000);
    equal(client.statusOf('TASK_FINISHED'), undefined);
    deepEqual((await tasksShown(cluster)).running, ['one TASK_FINISHED']);
  });
});

describe('Teardown', () => {
  const post = ({ world, ask }: HttpCluster, body: string) =>
    world.settle(ask()('POST', '/master/teardown', { body }));

  test('Success, NoFrameworkId: a framework that is named is ended, and its executors are', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    equal((await post(cluster, '')).status, 400);
    equal((await post(cluster, 'frameworkId=other')).status, 400);
    equal(client.ended, undefined);
    equal((await post(cluster, `frameworkId=${client.frameworkId}`)).status, 200);
    await executor.until('SHUTDOWN');
    await cluster.world.runUntil(() => client.ended !== undefined, 1000);
  });

  test('RecoveredFrameworkAfterMasterFailover: also one that only its agent knows', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one');
    await replaceMaster(cluster);
    await agentBack(cluster);
    equal((await post(cluster, `frameworkId=${client.frameworkId}`)).status, 200);
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 0, 60_000);
    await cluster.world.runFor(600);
    const { frameworks, completed_frameworks } = await cluster.get<State>('/state');
    deepEqual([frameworks, completed_frameworks.map(({ id }) => id)], [[], [client.frameworkId]]);
    const info = { id: { value: client.frameworkId } };
    const late = await openClient(cluster, { info });
    equal((await late.until('ERROR')).error?.message, 'Framework has been removed');
  });
});
