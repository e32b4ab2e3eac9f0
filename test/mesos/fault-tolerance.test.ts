/**
 * Masters, agents and schedulers that are lost and come back, by the names that Mesos' own tests have for it.
 * Mesos: "Framework failover/teardown", "SUBSCRIBE", "Disconnect handling" (src/master/master.cpp, subscribe,
 * failoverFramework, removeFramework; src/tests/fault_tolerance_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import {
  commandTask,
  openClient,
  type SchedulerClient,
  subscribeClient,
} from '../kit/scheduler-client.ts';
import {
  AGENT,
  AWARE,
  type FrameworkState,
  leaderOf,
  mesosCluster,
  reconcile,
  replaceMaster,
  run,
  runInExecutor,
  SLEEP,
  type State,
  statesOf,
  UNAWARE,
} from './stage.ts';

/** A scheduler that speaks for the same framework from now on. */
function again(
  cluster: HttpCluster,
  { frameworkId }: SchedulerClient,
  options: Parameters<typeof subscribeClient>[1] = {},
): Promise<SchedulerClient> {
  const info = { ...AWARE, ...options.info, id: { value: frameworkId } };
  return subscribeClient(cluster, { ...options, info });
}

async function frameworkShown(cluster: HttpCluster): Promise<FrameworkState> {
  await cluster.world.runFor(600);
  const [framework] = (await cluster.get<State>('/state')).frameworks;
  ok(framework !== undefined);
  return framework;
}

describe('FaultTolerance', () => {
  test('MasterFailover: a framework subscribes to the next master under its id', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const master = await replaceMaster(cluster);
    const second = await again(cluster, first, { master });
    deepEqual(second.types.slice(0, 2), ['SUBSCRIBED', 'HEARTBEAT']);
    equal(second.frameworkId, first.frameworkId);
  });

  test('ReregisterCompletedFrameworks: what an agent is done with is not over for the next master', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, first, 'one');
    await first.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await first.acknowledge(await first.untilTask('one', 'TASK_KILLED'));
    await cluster.world.runFor(1000);
    const agentState = await cluster.world.settle(cluster.askAgent()('GET', '/state'));
    const { completed_frameworks, frameworks } = JSON.parse(agentState.text);
    deepEqual([frameworks.length, completed_frameworks.length], [0, 1]);
    const master = await replaceMaster(cluster);
    await again(cluster, first, { master });
    await cluster.world.runFor(5000);
    const state = await cluster.get<State>('/state', master);
    deepEqual([state.frameworks.length, state.completed_frameworks.length], [1, 0]);
  });

  test('SchedulerFailover: the newest scheduler wins, and the one before is told so', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const second = await again(cluster, first);
    await cluster.world.runFor(10);
    equal(first.events.at(-1)?.error?.message, 'Framework failed over');
    deepEqual([first.ended, second.ended], ['ended', undefined]);
  });

  for (const [name, end] of [
    ['SchedulerReregisterAfterFailoverTimeout', (client: SchedulerClient) => client.leave()],
    [
      'SchedulerReregisterAfterUnregistration',
      (client: SchedulerClient) => client.accepted({ type: 'TEARDOWN' }),
    ],
  ] as const) {
    test(`${name}: who comes back then reads that its framework has been removed`, async (t) => {
      const cluster = await mesosCluster(t);
      const first = await subscribeClient(cluster, { info: { failover_timeout: 1 } });
      await end(first);
      await cluster.world.runFor(1500);
      const info = { id: { value: first.frameworkId } };
      const late = await openClient(cluster, { info });
      equal((await late.until('ERROR')).error?.message, 'Framework has been removed');
      await cluster.world.runFor(10);
      deepEqual([late.types, late.ended], [['ERROR'], 'ended']);
    });
  }

  test('SchedulerFailoverRetriedReregistration: several schedulers in a row keep the id and the last stream', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const second = await again(cluster, first);
    const third = await again(cluster, first);
    await cluster.world.runFor(2000);
    deepEqual([first.ended, second.ended, third.ended], ['ended', 'ended', undefined]);
    equal(third.frameworkId, first.frameworkId);
    await third.accepted({ type: 'REVIVE' });
  });

  test('FrameworkReregister: what was on offer is offered again, and since when it is here is shown', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const { agent_id } = await first.offer();
    await cluster.world.runFor(3000);
    first.leave();
    await cluster.world.runFor(100);
    const gone = await frameworkShown(cluster);
    deepEqual([gone.active, gone.connected, gone.recovered], [false, false, false]);
    const second = await again(cluster, first);
    deepEqual((await second.offer()).agent_id, agent_id);
    const shown = await frameworkShown(cluster);
    deepEqual([shown.active, shown.connected, shown.recovered], [true, true, false]);
    ok((shown.reregistered_time ?? 0) > shown.registered_time + 3);
  });

  test('DisconnectedSchedulerLaunchLost, DisconnectedSchedulerLaunchDropped: who is disconnected launches nothing: 403', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    client.leave();
    await cluster.world.runFor(100);
    const launch = { task_infos: [commandTask('one', offer, SLEEP)] };
    const { status } = await client.call({
      type: 'ACCEPT',
      accept: { offer_ids: [offer.id], operations: [{ type: 'LAUNCH', launch }] },
    });
    equal(status, 403);
    await cluster.world.runFor(1000);
    equal(cluster.agents[0]?.machine.running.size, 0);
  });

  test('SchedulerFailoverStatusUpdate: an update that the former scheduler did not acknowledge comes to the next', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const offer = await first.offer();
    await first.launch(offer, [commandTask('one', offer, SLEEP)]);
    const starting = await first.untilTask('one', 'TASK_STARTING');
    const second = await again(cluster, first);
    const repeated = await second.untilTask('one', 'TASK_STARTING');
    deepEqual(repeated.uuid, starting.uuid);
    equal(first.events.at(-1)?.type, 'ERROR');
  });

  for (const taskEnded of [false, true]) {
    const name = taskEnded
      ? 'FrameworkReregisterEmptyExecutor'
      : 'ReregisterFrameworkExitedExecutor';
    test(`${name}: an executor ${taskEnded ? 'without tasks' : 'with a task'} may end after a failover of the master`, async (t) => {
      const cluster = await mesosCluster(t);
      const first = await subscribeClient(cluster, {
        info: AWARE,
      });
      const executor = await runInExecutor(cluster, first, 'one');
      if (taskEnded) {
        await executor.update('one', 'TASK_FINISHED');
        await first.acknowledge(await first.untilTask('one', 'TASK_FINISHED'));
      }
      await cluster.world.runFor(100);
      const master = await replaceMaster(cluster);
      const second = await again(cluster, first, { master });
      await cluster.world.runFor(3000);
      const [containerId] = cluster.agents[0]?.machine.running.keys() ?? [];
      ok(containerId !== undefined);
      await second.accepted({
        type: 'SHUTDOWN',
        shutdown: {
          executor_id: { value: 'executor' },
          agent_id: (await first.offer()).agent_id,
        },
      });
      const { failure } = await second.until('FAILURE');
      deepEqual(failure?.executor_id, { value: 'executor' });
      if (taskEnded) deepEqual(second.statuses, []);
      else await second.untilTask('one', 'TASK_FAILED');
    });
  }

  test('ForwardStatusUpdateUnknownExecutor: what an executor says of a task that nobody launched is passed on', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    await executor.update('two', 'TASK_RUNNING');
    const status = await client.untilTask('two', 'TASK_RUNNING');
    equal(status.source, 'SOURCE_EXECUTOR');
    await client.acknowledge(status);
    await cluster.world.runFor(5000);
    equal(client.statuses.filter(({ task_id }) => task_id.value === 'two').length, 1);
  });

  test('SchedulerFailoverExecutorToFrameworkMessage: what an executor says comes to the scheduler that is there', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, first, 'one');
    const second = await again(cluster, first);
    const data = new TextEncoder().encode('Executor to Framework message');
    equal((await executor.call({ type: 'MESSAGE', message: { data } })).status, 202);
    const { message } = await second.until('MESSAGE');
    deepEqual([...(message?.data ?? [])], [...data]);
    equal(first.all('MESSAGE').length, 0);
  });

  test('SchedulerFailoverFrameworkToExecutorMessage: and what that one says comes to the executor', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    const { agent_id } = await first.offer();
    const executor = await runInExecutor(cluster, first, 'one');
    const second = await again(cluster, first);
    const data = new TextEncoder().encode('hello');
    const executor_id = { value: 'executor' };
    await second.accepted({ type: 'MESSAGE', message: { agent_id, executor_id, data } });
    deepEqual([...((await executor.until('MESSAGE')).message?.data ?? [])], [...data]);
  });

  test('IgnoreKillTaskFromUnregisteredFramework: a former scheduler kills nothing', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, first, 'one', { script: 'sleep 10; exit 0' });
    const second = await again(cluster, first);
    const { status } = await first.call({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    equal(status, 400);
    await second.untilTask('one', 'TASK_FINISHED');
    equal(second.statusOf('TASK_KILLED'), undefined);
  });

  test('SchedulerExit: the executors of a framework that ends are shut down', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const executor = await runInExecutor(cluster, client, 'one');
    client.leave();
    await executor.until('SHUTDOWN');
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 0, 30_000);
  });

  test('SlaveReregisterOnZKExpiration, SlaveReliableRegistration: an agent keeps its id whatever is lost on the way', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const idOf = () => [...(cluster.insideMaster()?.state.agents.registered.keys() ?? [])];
    const before = idOf();
    for (let time = 0; time < 3; time++) {
      world.network.breakConnection('master:5050', AGENT);
      await world.runFor(700);
    }
    await world.runFor(3000);
    deepEqual([before.length, idOf()], [1, before]);
  });

  test('ChangePrincipalOnReRegistrationFails: the stream says so, and the framework stays as it was', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: { ...AWARE, principal: 'one' } });
    const info = { ...AWARE, id: { value: first.frameworkId }, principal: 'other' };
    const second = await openClient(cluster, { info });
    equal(
      (await second.until('ERROR')).error?.message,
      "Changing framework's principal is not allowed.",
    );
    await cluster.world.runFor(100);
    deepEqual([second.types, first.ended], [['ERROR'], undefined]);
  });

  test('UpdateFrameworkInfoOnSchedulerFailover: what the next scheduler says of the framework counts', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: UNAWARE });
    const info: Partial<V1<'FrameworkInfo'>> = {
      name: 'Framework 2',
      user: 'other',
      webui_url: 'http://localhost:8080/',
      failover_timeout: 100,
      hostname: 'myHostname',
      labels: { labels: [{ key: 'baz', value: 'qux' }] },
    };
    await again(cluster, first, { info });
    const shown = await frameworkShown(cluster);
    deepEqual(
      [shown.name, shown.webui_url, shown.failover_timeout, shown.hostname],
      ['Framework 2', 'http://localhost:8080/', 100, 'myHostname'],
    );
    deepEqual(shown.capabilities, ['PARTITION_AWARE']);
    deepEqual(shown.labels, [{ key: 'baz', value: 'qux' }]);
    equal(shown.user, 'somebody', 'the user stays');
  });

  test('UpdateFrameworkInfoOnMasterFailover: also when the next master knew it from its agent only', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, first, 'one');
    cluster.master.crash();
    cluster.master.restart();
    const { world } = cluster;
    await world.runUntil(() => cluster.insideMaster()?.state.agents.registered.size === 1, 60_000);
    const before = await frameworkShown(cluster);
    deepEqual([before.recovered, before.active, before.connected], [true, false, false]);
    const info = { name: 'Framework 2', failover_timeout: 2000, checkpoint: false };
    const second = await again(cluster, first, { info });
    const shown = await frameworkShown(cluster);
    deepEqual(
      [shown.id, shown.name, shown.failover_timeout, shown.recovered],
      [first.frameworkId, 'Framework 2', 2000, false],
    );
    equal(shown.checkpoint, true, 'whether it checkpoints stays');
    const [status] = await reconcile(cluster, second);
    deepEqual([status?.state, statesOf(shown.tasks)], ['TASK_RUNNING', ['one TASK_RUNNING']]);
  });

  test('SplitBrainMasters: what a master says that wrongly thinks it leads reaches nobody', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3 });
    const { world, masters } = cluster;
    const old = await leaderOf(cluster);
    const first = await subscribeClient(cluster, { info: AWARE, master: old });
    await run(cluster, first, 'one');
    const others = masters.map(({ name }) => name).filter((name) => name !== old.name);
    world.network.partition([old.name], [...others, AGENT]);
    await world.runFor(30_000);
    const id = { value: first.frameworkId };
    const master = await leaderOf(cluster);
    equal(master === old, false);
    const second = await subscribeClient(cluster, { info: { ...AWARE, id }, master });
    await second.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await second.untilTask('one', 'TASK_KILLED');
    // The old one had a minute and more to miss the agent, and gave up leading before.
    await world.runFor(90_000);
    deepEqual(
      first.statuses.filter(({ state }) => state !== 'TASK_STARTING' && state !== 'TASK_RUNNING'),
      [],
    );
  });
});
