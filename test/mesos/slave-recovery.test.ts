/**
 * Agents that are started again, by the names that Mesos' own tests have for it.
 * Mesos: "Agent: recovery, checkpoint, config", "Agent lifecycle in master" (src/slave/slave.cpp, recover,
 * reregisterExecutorTimeout; src/tests/slave_recovery_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { commandTask, subscribeClient } from '../kit/scheduler-client.ts';
import { bootMachine } from '../kit/scripted-launcher.ts';
import {
  AGENT,
  AWARE,
  customTask,
  mesosCluster,
  reconcile,
  replaceMaster,
  run,
  runInExecutor,
  SLEEP,
  UNAWARE,
} from './stage.ts';

const NOT_KEPT = { failover_timeout: 60, checkpoint: false };

/** The agent's process ends, and begins again. */
async function restart({ world, agents }: HttpCluster, awayMs = 100): Promise<void> {
  agents[0]?.node.crash();
  await world.runFor(awayMs);
  agents[0]?.node.restart();
}

function agentIds({ insideMaster }: HttpCluster): readonly string[] {
  return [...(insideMaster()?.state.agents.registered.keys() ?? [])];
}

async function backAgain(cluster: HttpCluster): Promise<void> {
  const isBack = () =>
    [...(cluster.insideMaster()?.state.agents.registered.values() ?? [])].some(
      ({ connected }) => connected,
    );
  await cluster.world.runUntil(isBack, 60_000);
  await cluster.world.runFor(100);
}

describe('SlaveRecovery', () => {
  test('ReconnectHTTPExecutor: an executor that subscribes again in time keeps its task, and its update arrives once', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    await restart(cluster);
    await cluster.world.runFor(100);
    const uuid = Buffer.from('0123456789404abc8def0123456789ab', 'hex');
    const status = { task_id: { value: 'one' }, state: 'TASK_FINISHED', uuid } as const;
    await executor.subscribe({
      unacknowledged_updates: [{ status: { ...status, source: 'SOURCE_EXECUTOR' } }],
    });
    const finished = await client.untilTask('one', 'TASK_FINISHED');
    deepEqual([finished.source, [...(finished.uuid ?? [])]], ['SOURCE_EXECUTOR', [...uuid]]);
    ok(executor.types.includes('ACKNOWLEDGED'));
    await client.acknowledge(finished);
    await cluster.world.runFor(10_000);
    equal(client.statuses.filter(({ state }) => state === 'TASK_FINISHED').length, 1);
  });

  test('RecoverSlaveState, MultipleFrameworks: tasks of several frameworks go on, and can be killed', async (t) => {
    const cluster = await mesosCluster(t);
    const clients = [
      await subscribeClient(cluster, { info: AWARE }),
      await subscribeClient(cluster, { info: UNAWARE }),
    ];
    for (const client of clients) await run(cluster, client, 'one');
    const before = agentIds(cluster);
    await restart(cluster);
    await backAgain(cluster);
    deepEqual(agentIds(cluster), before);
    for (const client of clients) {
      await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
      const { source } = await client.untilTask('one', 'TASK_KILLED');
      equal(source, 'SOURCE_EXECUTOR');
    }
  });

  test('RecoverTaskStatusUpdateManager: an update that was not acknowledged comes again under its uuid', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    const { uuid } = await client.untilTask('one', 'TASK_STARTING');
    await cluster.world.runFor(500);
    await restart(cluster);
    const again = await client.untilTask('one', 'TASK_STARTING', client.statuses.length);
    deepEqual(again.uuid, uuid);
  });

  for (const [info, lost] of [
    [AWARE, 'TASK_GONE'],
    [UNAWARE, 'TASK_LOST'],
  ] as const) {
    test(`RecoverUnregisteredHTTPExecutor: of one that does not come back in time the tasks are ${lost}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      await runInExecutor(cluster, client, 'one');
      await restart(cluster);
      const { source, reason } = await client.untilTask('one', lost);
      deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT']);
      equal(cluster.agents[0]?.machine.running.size, 0);
      // And what it had is offered again.
      await client.offer(client.all('OFFERS').length);
    });
  }

  test('RecoverTerminatedHTTPExecutor: of one that ended while the agent was away the tasks have failed', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    const executor = { executor_id: { value: 'executor' }, command: { value: 'sleep 2; exit 1' } };
    await client.launch(offer, [customTask('one', offer, 'executor', { executor })]);
    await cluster.world.runFor(500);
    await restart(cluster, 5000);
    const { source, reason } = await client.untilTask('one', 'TASK_FAILED');
    deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_EXECUTOR_TERMINATED']);
  });

  test('KillQueuedTaskDuringExecutorRegistration: a kill is told at once, also through a restart', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [customTask('one', offer)]);
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 1, 10_000);
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    const killed = await client.untilTask('one', 'TASK_KILLED');
    deepEqual([killed.source, killed.reason], ['SOURCE_AGENT', 'REASON_TASK_KILLED_DURING_LAUNCH']);
    await restart(cluster);
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 0, 60_000);
    const again = await client.untilTask('one', 'TASK_KILLED', client.statuses.length);
    deepEqual(again.uuid, killed.uuid);
  });

  test('RecoverCompletedExecutor: of what was over nothing comes again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one', { script: 'sleep 1; exit 0' });
    await client.acknowledge(await client.untilTask('one', 'TASK_FINISHED'));
    await cluster.world.runFor(1000);
    const seen = client.statuses.length;
    await restart(cluster);
    await backAgain(cluster);
    await cluster.world.runFor(5000);
    equal(client.statuses.length, seen);
  });

  for (const info of [{ ...AWARE, ...NOT_KEPT }, NOT_KEPT]) {
    const which = 'capabilities' in info ? 'partition aware' : 'not partition aware';
    test(`RemoveNonCheckpointingFramework: without a checkpoint its tasks are lost with the agent's process (${which})`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      const { agent_id } = await run(cluster, client, 'one');
      cluster.agents[0]?.node.crash();
      await cluster.world.runFor(100);
      const { source, reason, uuid, message } = await client.untilTask('one', 'TASK_LOST');
      deepEqual(
        [source, reason, uuid, message],
        ['SOURCE_MASTER', 'REASON_AGENT_DISCONNECTED', undefined, 'Agent agent-1 disconnected'],
      );
      equal(client.all('FAILURE').length, 0, 'the agent may come back');
      cluster.agents[0]?.node.restart();
      const seen = client.statuses.length;
      await backAgain(cluster);
      await cluster.world.runFor(5000);
      equal(client.statuses.length, seen);
      equal(cluster.agents[0]?.machine.running.size, 0);
      const [status] = await reconcile(cluster, client, [['one', agent_id?.value ?? '']]);
      equal(status?.state, 'capabilities' in info ? 'TASK_GONE' : 'TASK_LOST');
      await run(cluster, client, 'one', { from: client.all('OFFERS').length - 1 });
    });
  }

  test('NonCheckpointingFramework: when only the network was gone its tasks are told again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: NOT_KEPT });
    await run(cluster, client, 'one');
    const seen = client.statuses.length;
    cluster.world.network.breakConnection('master:5050', AGENT);
    await client.untilTask('one', 'TASK_LOST', seen);
    const { reason } = await client.untilTask('one', 'TASK_RUNNING', seen);
    equal(reason, 'REASON_AGENT_REREGISTERED');
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await client.acknowledge(await client.untilTask('one', 'TASK_KILLED'));
  });

  test('NonCheckpointingFrameworkAgentDisconnectionExecutorOnly: an executor without tasks goes as well', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: NOT_KEPT });
    const executor = await runInExecutor(cluster, client, 'one');
    await executor.update('one', 'TASK_FINISHED');
    await client.acknowledge(await client.untilTask('one', 'TASK_FINISHED'));
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(500);
    const executors = () =>
      [...(cluster.insideMaster()?.state.agents.registered.values() ?? [])].map(
        (agent) => agent.executors.size,
      );
    deepEqual(executors(), [0]);
    cluster.agents[0]?.node.restart();
    await backAgain(cluster);
    deepEqual(executors(), [0]);
  });

  for (const [info, lost] of [
    [AWARE, 'TASK_GONE'],
    [UNAWARE, 'TASK_LOST'],
  ] as const) {
    test(`Reboot: after a boot of the machine the agent keeps its id, and its tasks are ${lost}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      await run(cluster, client, 'one');
      const before = agentIds(cluster);
      const [agent] = cluster.agents;
      agent?.node.crash();
      if (agent !== undefined) bootMachine(agent.machine);
      await cluster.world.runFor(100);
      agent?.node.restart();
      const { source, reason } = await client.untilTask('one', lost);
      deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_AGENT_RESTARTED']);
      deepEqual(agentIds(cluster), before);
    });
  }

  test('ReconcileKillTask: a kill that comes while the agent is away is done when it is back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one');
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await cluster.world.runFor(1000);
    equal(client.statusOf('TASK_KILLED'), undefined);
    cluster.agents[0]?.node.restart();
    await client.acknowledge(await client.untilTask('one', 'TASK_KILLED'));
  });

  test('ReconcileShutdownFramework: what ended while the agent was away ends there when it is back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one');
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    await client.accepted({ type: 'TEARDOWN' });
    await cluster.world.runFor(500);
    equal(cluster.agents[0]?.machine.running.size, 1);
    cluster.agents[0]?.node.restart();
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 0, 60_000);
  });

  test('ReconcileTasksMissingFromSlave: a task that the agent lost is dropped, and its resources are offered', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    // It never comes there, and the agent asks again before it is taken for unreachable.
    const cut = world.network.partitionOneWay(['master:5050'], [AGENT]);
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    world.network.breakConnection('master:5050', AGENT);
    await world.runFor(500);
    cut.heal();
    const { source, reason } = await client.untilTask('one', 'TASK_DROPPED');
    deepEqual([source, reason], ['SOURCE_AGENT', 'REASON_RECONCILIATION']);
    await client.offer(client.all('OFFERS').length);
  });

  test('SchedulerFailover: another scheduler may have come meanwhile, and kills the task', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, first, 'one');
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    const info = { ...AWARE, id: { value: first.frameworkId } };
    const second = await subscribeClient(cluster, { info });
    cluster.agents[0]?.node.restart();
    await backAgain(cluster);
    await second.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await second.untilTask('one', 'TASK_KILLED');
  });

  test('MasterFailover: so may another master', async (t) => {
    const cluster = await mesosCluster(t);
    const first = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, first, 'one');
    cluster.agents[0]?.node.crash();
    const master = await replaceMaster(cluster);
    const info = { ...AWARE, id: { value: first.frameworkId } };
    const second = await subscribeClient(cluster, { info, master });
    cluster.agents[0]?.node.restart();
    await backAgain(cluster);
    await second.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await second.untilTask('one', 'TASK_KILLED');
  });
});
