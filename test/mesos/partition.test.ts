/**
 * Agents that the master can't hear, by the names that Mesos' own tests have for it.
 * Mesos: "Agent lifecycle in master", "Reconciliation table" (src/master/master.cpp, markUnreachable,
 * reregisterSlave; src/tests/partition_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandTask, openClient, subscribeClient } from '../kit/scheduler-client.ts';
import {
  AGENT,
  AWARE,
  cutOff,
  mesosCluster,
  reconcile,
  run,
  runInExecutor,
  SLEEP,
  type State,
  statesOf,
  tasksShown,
  UNAWARE,
} from './stage.ts';

const { PARTITION_AWARE, NOT_AWARE } = {
  PARTITION_AWARE: { info: AWARE, lost: 'TASK_UNREACHABLE' },
  NOT_AWARE: { info: UNAWARE, lost: 'TASK_LOST' },
} as const;

describe('Partition', () => {
  test('PartitionedSlave: offers of an agent that is lost are rescinded, and FAILURE names it', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    cutOff(cluster);
    const { rescind } = await client.until('RESCIND');
    deepEqual(rescind?.offer_id, offer.id);
    const { failure } = await client.until('FAILURE');
    deepEqual(failure, { agent_id: offer.agent_id });
    const { unreachable_slaves, activated_slaves } = await cluster.get<State>('/state');
    deepEqual([unreachable_slaves, activated_slaves], [1, 0]);
  });

  test('ReregisterPartitionedAgentWithEnrouteTask: a task that never came to its agent is gone when that is back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    const { network } = cluster.world;
    network.partitionOneWay(['master:5050'], [AGENT]);
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    cutOff(cluster);
    const { state, reason, agent_id } = await client.untilTask('one', 'TASK_UNREACHABLE');
    deepEqual(
      [state, reason, agent_id],
      ['TASK_UNREACHABLE', 'REASON_AGENT_REMOVED', offer.agent_id],
    );
    deepEqual(await tasksShown(cluster), {
      running: [],
      unreachable: ['one TASK_UNREACHABLE'],
      completed: [],
    });
    network.heal();
    // Mesos only forgets it, and says TASK_GONE to who asks.
    const { reason: why } = await client.untilTask('one', 'TASK_GONE');
    equal(why, 'REASON_AGENT_REREGISTERED');
    deepEqual(await tasksShown(cluster), {
      running: [],
      unreachable: [],
      completed: ['one TASK_GONE'],
    });
  });

  for (const [name, { info, lost }] of [
    ['ReregisterSlavePartitionAware', PARTITION_AWARE],
    ['ReregisterSlaveNotPartitionAware', NOT_AWARE],
  ] as const) {
    test(`${name}: its tasks are ${lost}, go on, and are told again when it is back`, async (t) => {
      const cluster = await mesosCluster(t);
      const { world } = cluster;
      const client = await subscribeClient(cluster, { info });
      const { agent_id } = await run(cluster, client, 'one');
      const cut = cutOff(cluster);
      const status = await client.untilTask('one', lost);
      deepEqual(
        [status.reason, status.source, status.agent_id, status.uuid],
        ['REASON_AGENT_REMOVED', 'SOURCE_MASTER', agent_id, undefined],
      );
      const since = status.unreachable_time?.nanoseconds;
      ok(since !== undefined && Number(since) / 1e6 <= world.nowMs());
      await client.until('FAILURE');
      deepEqual(await tasksShown(cluster), {
        running: [],
        unreachable: [`one ${lost}`],
        completed: [],
      });
      deepEqual(statesOf((await cluster.get<{ tasks: [] }>('/tasks')).tasks), [`one ${lost}`]);
      cut.heal();
      const again = await client.untilTask('one', 'TASK_RUNNING', client.statuses.length);
      deepEqual(
        [again.reason, again.source, again.uuid, again.unreachable_time],
        ['REASON_AGENT_REREGISTERED', 'SOURCE_MASTER', undefined, undefined],
      );
      deepEqual(await tasksShown(cluster), {
        running: ['one TASK_RUNNING'],
        unreachable: [],
        completed: [],
      });
      equal(cluster.agents[0]?.machine.running.size, 1);
    });
  }

  test('PartitionedSlaveReregistrationMasterFailover: tasks come back to the next master, too', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const clients = [
      await subscribeClient(cluster, { info: UNAWARE }),
      await subscribeClient(cluster, { info: AWARE }),
    ] as const;
    await run(cluster, clients[0], 'one');
    await run(cluster, clients[1], 'two');
    const cut = cutOff(cluster);
    const lost = await clients[0].untilTask('one', 'TASK_LOST');
    const unreachable = await clients[1].untilTask('two', 'TASK_UNREACHABLE');
    deepEqual(lost.unreachable_time, unreachable.unreachable_time);
    cluster.master.crash();
    cluster.master.restart();
    await world.runFor(1000);
    const infos = [UNAWARE, AWARE] as const;
    const back = await Promise.all(
      clients.map(async ({ frameworkId }, index) => {
        const info = { ...infos[index], id: { value: frameworkId } };
        return openClient(cluster, { info });
      }),
    );
    cut.heal();
    await back[0]?.untilTask('one', 'TASK_RUNNING');
    await back[1]?.untilTask('two', 'TASK_RUNNING');
  });

  test('PartitionedSlaveOrphanedTask: when its framework ended meanwhile, the agent ends its tasks', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one');
    const cut = cutOff(cluster);
    await client.untilTask('one', 'TASK_UNREACHABLE');
    await client.accepted({ type: 'TEARDOWN' });
    await world.runFor(100);
    const shown = async () => {
      const { frameworks, completed_frameworks } = await cluster.get<State>('/state');
      deepEqual(frameworks, []);
      return completed_frameworks.map(({ id, tasks, unreachable_tasks, completed_tasks }) => [
        id,
        statesOf([...tasks, ...unreachable_tasks]),
        statesOf(completed_tasks),
      ]);
    };
    deepEqual(await shown(), [[client.frameworkId, [], ['one TASK_UNREACHABLE']]]);
    cut.heal();
    await world.runUntil(() => cluster.agents[0]?.machine.running.size === 0, 60_000);
    deepEqual(await shown(), [[client.frameworkId, [], ['one TASK_UNREACHABLE']]]);
  });

  test('DisconnectedFramework: who was away learns by asking that its task was lost, and since when', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: UNAWARE });
    const { agent_id } = await run(cluster, client, 'one');
    client.leave();
    cutOff(cluster);
    const { world } = cluster;
    await world.runUntil(() => cluster.insideMaster()?.state.agents.unreachable.size === 1, 60_000);
    const info = { ...UNAWARE, id: { value: client.frameworkId } };
    const back = await subscribeClient(cluster, { info });
    const [status] = await reconcile(cluster, back, [['one', agent_id?.value ?? '']]);
    deepEqual([status?.state, status?.unreachable_time === undefined], ['TASK_LOST', false]);
  });

  test('SpuriousSlaveReregistration: an agent that registers again while it is registered keeps its tasks', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: UNAWARE });
    const { agent_id } = await run(cluster, client, 'one');
    const seen = client.statuses.length;
    world.network.breakConnection('master:5050', AGENT);
    await world.runFor(5000);
    equal(client.statuses.length, seen);
    const [status] = await reconcile(cluster, client, [['one', agent_id?.value ?? '']]);
    equal(status?.state, 'TASK_RUNNING');
  });

  test('PartitionedSlaveExitedExecutor: an executor that ends while its agent is away does that no harm', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: UNAWARE });
    const executor = { executor_id: { value: 'executor' }, command: { value: 'sleep 15; exit 1' } };
    await runInExecutor(cluster, client, 'one', { more: { executor } });
    const cut = cutOff(cluster);
    await client.untilTask('one', 'TASK_LOST');
    const seen = client.statuses.length;
    await cluster.world.runFor(15_000);
    equal(client.statuses.length, seen);
    cut.heal();
    await client.untilTask('one', 'TASK_FAILED');
    equal((await tasksShown(cluster)).unreachable.length, 0);
    equal((await cluster.get<State>('/state')).activated_slaves, 1);
  });

  test('FailHealthChecksTwice: an agent that goes on being silent is unreachable once', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id } = await client.offer();
    cutOff(cluster);
    await client.until('FAILURE');
    await cluster.world.runFor(200_000);
    const metrics = await cluster.get<Record<string, number>>('/metrics/snapshot');
    for (const name of [
      'slave_unreachable_completed',
      'slave_removals',
      'slave_removals/reason_unhealthy',
    ]) {
      equal(metrics[`master/${name}`], 1, name);
    }
    const failures = client.events.filter(({ type }) => type === 'FAILURE');
    deepEqual(
      failures.map(({ failure }) => failure),
      [{ agent_id }],
    );
  });

  test('PartitionedSlaveStatusUpdates: what an agent says while it is unreachable comes when it is back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one', { script: 'sleep 15; exit 0' });
    const cut = cutOff(cluster);
    await client.untilTask('one', 'TASK_UNREACHABLE');
    const seen = client.statuses.length;
    await cluster.world.runFor(15_000);
    equal(client.statuses.length, seen);
    cut.heal();
    const end = await client.untilTask('one', 'TASK_FINISHED');
    equal(end.reason, 'REASON_AGENT_REREGISTERED');
  });

  for (const [name, { info, lost }, gone] of [
    ['TaskCompletedOnPartitionedAgent', NOT_AWARE, 'TASK_LOST'],
    ['PartitionAwareTaskCompletedOnPartitionedAgent', PARTITION_AWARE, 'TASK_GONE'],
  ] as const) {
    test(`${name}: its end is told by the master, then by the executor; then it is ${gone}`, async (t) => {
      const cluster = await mesosCluster(t);
      const { world } = cluster;
      const client = await subscribeClient(cluster, { info });
      const { agent_id } = await run(cluster, client, 'one', { script: 'sleep 15; exit 0' });
      const cut = cutOff(cluster);
      await client.untilTask('one', lost);
      await world.runFor(15_000);
      const seen = client.statuses.length;
      cut.heal();
      const ends = () => client.statuses.slice(seen);
      await world.runUntil(() => ends().some(({ uuid }) => uuid !== undefined), 60_000);
      const [first, second] = ends();
      deepEqual(
        [first?.state, first?.source, first?.reason],
        ['TASK_FINISHED', 'SOURCE_MASTER', 'REASON_AGENT_REREGISTERED'],
      );
      deepEqual(
        [second?.state, second?.source, second?.agent_id],
        ['TASK_FINISHED', 'SOURCE_EXECUTOR', agent_id],
      );
      if (second !== undefined) await client.acknowledge(second);
      await world.runFor(100);
      const [status] = await reconcile(cluster, client, [['one', agent_id?.value ?? '']]);
      deepEqual([status?.state, status?.unreachable_time], [gone, undefined]);
      deepEqual(await tasksShown(cluster), {
        running: [],
        unreachable: [],
        completed: ['one TASK_FINISHED'],
      });
    });
  }

  test('AgentWithTerminalTaskPartitioned: a task that had ended keeps its end, though nobody acknowledged it', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one', { script: 'sleep 2; exit 0' });
    await client.untilTask('one', 'TASK_FINISHED');
    cutOff(cluster);
    await client.until('FAILURE');
    const { running, unreachable, completed } = await tasksShown(cluster);
    deepEqual([running, [...unreachable, ...completed]], [[], ['one TASK_FINISHED']]);
    equal(client.statusOf('TASK_UNREACHABLE'), undefined);
  });

  test('RegistryGcByCount: of an agent that the registry forgot the task is unknown, and its id is free', async (t) => {
    const settings = { registryCountMax: 1, registryCollectIntervalMs: 120_000 };
    const cluster = await mesosCluster(t, { agentCount: 2, masterSettings: settings });
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: AWARE });
    const { agent_id } = await run(cluster, client, 'one');
    const id = agent_id?.value ?? '';
    const first = cluster.insideMaster()?.state.agents.registered.get(id as never);
    const lostNode = first?.address.node ?? '';
    const otherNode = cluster.agents.find(({ node }) => node.name !== lostNode)?.node.name ?? '';
    const other = [...(cluster.insideMaster()?.state.agents.idsByNode ?? [])].find(
      ([node]) => node === otherNode,
    )?.[1];
    cutOff(cluster, [lostNode]);
    const { unreachable_time } = await client.untilTask('one', 'TASK_UNREACHABLE');
    const [known] = await reconcile(cluster, client, [['one', id]]);
    deepEqual([known?.state, known?.unreachable_time], ['TASK_UNREACHABLE', unreachable_time]);
    const cut = cutOff(cluster, [otherNode]);
    await world.runUntil(() => cluster.insideMaster()?.state.agents.unreachable.size === 2, 60_000);
    await world.runUntil(
      () => cluster.insideMaster()?.state.agents.unreachable.size === 1,
      300_000,
    );
    const [gone, there] = await reconcile(cluster, client, [
      ['one', id],
      ['random', other ?? ''],
    ]);
    deepEqual([gone?.state, gone?.unreachable_time], ['TASK_UNKNOWN', undefined]);
    deepEqual([there?.state, there?.unreachable_time === undefined], ['TASK_UNREACHABLE', false]);
    deepEqual((await tasksShown(cluster)).unreachable, []);
    cut.heal();
    await run(cluster, client, 'one', { from: client.all('OFFERS').length });
  });

  test('RegistryGcByAge: agents are forgotten when they have been unreachable for so long', async (t) => {
    const settings = { registryAgeMsMax: 60_000, registryCollectIntervalMs: 30_000 };
    const cluster = await mesosCluster(t, { masterSettings: settings });
    const client = await subscribeClient(cluster, { info: AWARE });
    const id = (await client.offer()).agent_id.value;
    cutOff(cluster);
    await client.until('FAILURE');
    await cluster.world.runFor(40_000);
    const [known] = await reconcile(cluster, client, [['random', id]]);
    equal(known?.state, 'TASK_UNREACHABLE');
    await cluster.world.runFor(60_000);
    const [forgotten] = await reconcile(cluster, client, [['random', id]]);
    deepEqual([forgotten?.state, forgotten?.unreachable_time], ['TASK_UNKNOWN', undefined]);
  });

  test('OneWayPartition, MasterToSlave: an agent that is pinged as disconnected registers again', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: AWARE });
    const { agent_id } = await run(cluster, client, 'one');
    const cut = world.network.partitionOneWay(['master:5050'], [AGENT]);
    await world.runUntil(
      () =>
        [...(cluster.insideMaster()?.state.agents.registered.values() ?? [])].some(
          ({ connected }) => !connected,
        ),
      60_000,
    );
    cut.heal();
    const offered = client.all('OFFERS').length;
    deepEqual((await client.offer(offered)).agent_id, agent_id);
    deepEqual((await tasksShown(cluster)).running, ['one TASK_RUNNING']);
  });

  test('OneWayPartition, MasterToScheduler: calls of a framework whose stream is closed are 403', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    client.leave();
    await cluster.world.runFor(100);
    const { status, text } = await client.call({ type: 'REVIVE' });
    deepEqual([status, text], [403, 'Framework is not subscribed']);
  });
});
