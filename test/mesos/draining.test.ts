/**
 * Agents that are drained, by the names that Mesos' own tests have for it.
 * Mesos: "Agent lifecycle in master", "Draining" (src/master/http.cpp, _drainAgent; src/slave/slave.cpp,
 * drain; src/tests/master_draining_tests.cpp). Cancelling is Messor's.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { type SchedulerClient, subscribeClient } from '../kit/scheduler-client.ts';
import {
  AWARE,
  cutOff,
  type Encoding,
  failOver,
  leaderOf,
  mesosCluster,
  operate,
  run,
  runInExecutor,
  told,
  UNAWARE,
} from './stage.ts';

const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];

async function agentOf(cluster: HttpCluster, encoding: Encoding = 'json') {
  const { get_agents } = await told(cluster, 'GET_AGENTS', encoding);
  const [agent] = get_agents?.agents ?? [];
  ok(agent !== undefined, 'the agent is registered');
  return agent;
}

async function idOf(cluster: HttpCluster): Promise<string> {
  return (await agentOf(cluster)).agent_info.id?.value ?? '';
}

/** @returns status and text of the answer */
async function ordered(
  cluster: HttpCluster,
  type: 'DRAIN_AGENT' | 'DEACTIVATE_AGENT' | 'REACTIVATE_AGENT' | 'MARK_AGENT_GONE',
  agentId: string,
  { encoding = 'json', ...more }: { encoding?: Encoding; [field: string]: unknown } = {},
): Promise<readonly [number, string]> {
  const asked = { agent_id: { value: agentId }, ...more };
  const call = { type, [type.toLowerCase()]: asked };
  const { status, text } = await operate(cluster, call, { encoding });
  return [status, text];
}

/** The task's end is acknowledged as soon as it is told. */
async function ended(
  client: SchedulerClient,
  id: string,
  state: 'TASK_KILLED' | 'TASK_GONE_BY_OPERATOR',
) {
  const status = await client.untilTask(id, state);
  await client.acknowledge(status);
  return status;
}

describe('MasterAlreadyDrained', () => {
  for (const encoding of ENCODINGS) {
    test(`DrainAgent: without tasks it is drained at once (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const agentId = await idOf(cluster);
      const asked = { encoding, max_grace_period: { seconds: 10 } };
      deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId, asked), [200, '']);
      const agent = await agentOf(cluster, encoding);
      deepEqual([agent.active, agent.deactivated], [false, true]);
      equal(agent.drain_info?.state, 'DRAINED');
      equal(agent.drain_info?.config.mark_gone, false);
      equal(agent.drain_info?.config.max_grace_period?.nanoseconds, 10_000_000_000n);
      ok((agent.estimated_drain_start_time?.nanoseconds ?? 0n) > 0n);
    });
  }

  test('ReactivateDisconnectedAgent: it is offered when it is back, and not before', async (t) => {
    const cluster = await mesosCluster(t);
    const agentId = await idOf(cluster);
    await ordered(cluster, 'DRAIN_AGENT', agentId);
    await cluster.world.runFor(100);
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [200, '']);
    const client = await subscribeClient(cluster, { info: AWARE });
    await cluster.world.runFor(2000);
    deepEqual(client.all('OFFERS'), []);
    cluster.agents[0]?.node.restart();
    const { state } = await run(cluster, client, 'task');
    equal(state, 'TASK_RUNNING');
  });

  test('DrainAgentMarkGone: it is told to end, and is gone', async (t) => {
    const cluster = await mesosCluster(t);
    const agentId = await idOf(cluster);
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId, { mark_gone: true }), [200, '']);
    await cluster.world.runFor(1000);
    const { get_agents } = await told(cluster, 'GET_AGENTS');
    deepEqual(
      get_agents?.agents?.map(({ agent_info }) => agent_info.id?.value),
      undefined,
    );
    ok(cluster.insideMaster()?.state.agents.gone.has(agentId as never));
  });

  test('DrainAgentDisconnected, DrainAgentUnreachable: it is told when it is back', async (t) => {
    const cluster = await mesosCluster(t);
    const agentId = await idOf(cluster);
    const partition = cutOff(cluster);
    await cluster.world.runFor(60_000);
    const { get_agents } = await told(cluster, 'GET_AGENTS');
    equal(get_agents?.agents, undefined, 'it is unreachable');
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId), [200, '']);
    partition.heal();
    await cluster.world.runUntil(
      () => (cluster.insideMaster()?.state.agents.registered.size ?? 0) > 0,
      60_000,
    );
    const { deactivated, drain_info } = await agentOf(cluster);
    deepEqual([deactivated, drain_info?.state], [true, 'DRAINED']);
  });
});

describe('MasterDraining', () => {
  for (const encoding of ENCODINGS) {
    test(`DrainAgent: its task is killed, and it is offered again when it is reactivated (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { encoding, info: AWARE });
      await run(cluster, client, 'task');
      const agentId = await idOf(cluster);
      const asked = { encoding, max_grace_period: { seconds: 0 } };
      deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId, asked), [200, '']);
      const { reason } = await client.untilTask('task', 'TASK_KILLED');
      equal(reason, 'REASON_AGENT_DRAINING');
      const draining = await agentOf(cluster, encoding);
      equal(draining.drain_info?.state, 'DRAINING', 'the end is not acknowledged');
      deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [
        400,
        'Agent is still in the DRAINING state',
      ]);
      await ended(client, 'task', 'TASK_KILLED');
      const { drain_info } = await agentOf(cluster, encoding);
      equal(drain_info?.state, 'DRAINED');
      const shown = await cluster.get<{ slaves: Record<string, unknown>[] }>('/state');
      const { slaves } = await cluster.get<{ slaves: Record<string, unknown>[] }>('/slaves');
      for (const [slave] of [shown.slaves, slaves]) {
        deepEqual(slave?.['drain_info'], {
          state: 'DRAINED',
          config: { max_grace_period: { nanoseconds: 0 }, mark_gone: false },
        });
        ok(Number(slave?.['estimated_drain_start_time_seconds']) > 0);
        deepEqual([slave?.['active'], slave?.['deactivated']], [false, true]);
      }
      const offersBefore = client.all('OFFERS').length;
      await cluster.world.runFor(2000);
      equal(client.all('OFFERS').length, offersBefore, 'nothing of it is offered');
      deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [200, '']);
      const offer = await client.offer(offersBefore);
      equal(offer.agent_id.value, agentId);
      const { deactivated, drain_info: after } = await agentOf(cluster, encoding);
      deepEqual([deactivated, after], [false, undefined]);
      equal((await run(cluster, client, 'next', { from: offersBefore })).state, 'TASK_RUNNING');
    });
  }

  test("DrainAgentMarkGone: the end of its tasks is the operator's, for who knows the word", async (t) => {
    const cluster = await mesosCluster(t);
    const aware = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, aware, 'aware');
    await aware.accepted({ type: 'SUPPRESS', suppress: {} });
    const unaware = await subscribeClient(cluster, { info: UNAWARE });
    await run(cluster, unaware, 'unaware');
    const agentId = await idOf(cluster);
    await ordered(cluster, 'DRAIN_AGENT', agentId, { mark_gone: true });
    const { reason } = await ended(aware, 'aware', 'TASK_GONE_BY_OPERATOR');
    equal(reason, 'REASON_AGENT_DRAINING');
    deepEqual(
      await ordered(cluster, 'REACTIVATE_AGENT', agentId),
      [400, 'Agent is still in the DRAINING state'],
      'the other task is left',
    );
    await ended(unaware, 'unaware', 'TASK_KILLED');
    await cluster.world.runFor(500);
    ok(cluster.insideMaster()?.state.agents.gone.has(agentId as never));
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId), [400, 'Unknown agent']);
  });

  test('DrainAgentDisconnected: its task is killed when it is back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    const agentId = await idOf(cluster);
    cluster.agents[0]?.node.crash();
    await cluster.world.runFor(100);
    const { active, deactivated } = await agentOf(cluster);
    deepEqual([active, deactivated], [false, false]);
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId), [200, '']);
    equal((await agentOf(cluster)).drain_info?.state, 'DRAINING');
    cluster.agents[0]?.node.restart();
    equal((await ended(client, 'task', 'TASK_KILLED')).reason, 'REASON_AGENT_DRAINING');
    equal((await agentOf(cluster)).drain_info?.state, 'DRAINED');
  });

  test('DrainAgentUnreachable: its task is back with it, and is killed', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    const agentId = await idOf(cluster);
    const partition = cutOff(cluster);
    await client.untilTask('task', 'TASK_UNREACHABLE');
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', agentId), [200, '']);
    partition.heal();
    equal((await ended(client, 'task', 'TASK_KILLED')).reason, 'REASON_AGENT_DRAINING');
    equal((await agentOf(cluster)).drain_info?.state, 'DRAINED');
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [200, '']);
    await client.until('OFFERS', client.all('OFFERS').length);
  });

  test('DisallowReactivationWhileDraining: an executor that does not end its task keeps it draining', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'task');
    const agentId = await idOf(cluster);
    await ordered(cluster, 'DRAIN_AGENT', agentId, { max_grace_period: { seconds: 7 } });
    const { kill } = await executor.until('KILL');
    equal(kill?.kill_policy?.grace_period?.nanoseconds, 7_000_000_000n);
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [
      400,
      'Agent is still in the DRAINING state',
    ]);
    await executor.update('task', 'TASK_FINISHED');
    const finished = await client.untilTask('task', 'TASK_FINISHED');
    equal(finished.reason, undefined, 'what ended by itself is told as it is');
    await client.acknowledge(finished);
    await cluster.world.runFor(100);
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [200, '']);
  });

  test('what is asked for in vain: agents that nobody knows, and those that are not deactivated', async (t) => {
    const cluster = await mesosCluster(t);
    const agentId = await idOf(cluster);
    deepEqual(await ordered(cluster, 'DRAIN_AGENT', 'x'), [400, 'Unknown agent']);
    deepEqual(await ordered(cluster, 'DEACTIVATE_AGENT', 'x'), [400, 'Unknown agent']);
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [
      400,
      'Agent is not deactivated',
    ]);
    deepEqual(await ordered(cluster, 'MARK_AGENT_GONE', 'x'), [404, "Agent 'x' not found"]);
  });
});

describe('Deactivation and cancelled drains', () => {
  test('an agent that is deactivated keeps its tasks, and is not offered until it is reactivated', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    const offer = await client.offer(1);
    const agentId = await idOf(cluster);
    deepEqual(await ordered(cluster, 'DEACTIVATE_AGENT', agentId), [200, '']);
    const { rescind } = await client.until('RESCIND');
    deepEqual(rescind?.offer_id, offer.id);
    const { active, deactivated, drain_info } = await agentOf(cluster);
    deepEqual([active, deactivated, drain_info], [false, true, undefined]);
    await cluster.world.runFor(5000);
    equal(client.all('OFFERS').length, 2);
    equal(client.statusOf('TASK_KILLED'), undefined);
    deepEqual(await ordered(cluster, 'REACTIVATE_AGENT', agentId), [200, '']);
    await client.until('OFFERS', 2);
  });

  test('a drain that is cancelled: what ends ends, the agent takes tasks again, and can be drained again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'task');
    const agentId = await idOf(cluster);
    const cancel = async () => {
      const body = Buffer.from(`agentId=${agentId}`);
      const { status, text } = await cluster.world.settle(
        cluster.ask()('POST', '/drain/cancel', { body }),
      );
      return [status, text];
    };
    deepEqual(await cancel(), [400, 'Agent is not in the DRAINING state']);
    await ordered(cluster, 'DRAIN_AGENT', agentId);
    await executor.until('KILL');
    const offersBefore = client.all('OFFERS').length;
    deepEqual(await cancel(), [200, '']);
    const { active, deactivated, drain_info } = await agentOf(cluster);
    deepEqual([active, deactivated, drain_info], [true, false, undefined]);
    await run(cluster, client, 'next', { from: offersBefore });
    await executor.update('task', 'TASK_KILLED');
    equal((await ended(client, 'task', 'TASK_KILLED')).reason, 'REASON_AGENT_DRAINING');
    await ordered(cluster, 'DRAIN_AGENT', agentId);
    await ended(client, 'next', 'TASK_KILLED');
    await cluster.world.runFor(100);
    deepEqual(await cancel(), [400, 'Agent is in the DRAINED state; reactivate it']);
  });

  test('a drain goes on when the master fails over, and when the agent is restarted', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3 });
    const master = await leaderOf(cluster);
    const client = await subscribeClient(cluster, { info: AWARE, master });
    const executor = await runInExecutor(cluster, client, 'task');
    const on = (leader: typeof master) => ({ ...cluster, ask: () => cluster.ask(leader) });
    const agentId = await idOf(on(master));
    const call = { type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: agentId } } };
    equal((await operate(on(master), call)).status, 200);
    await executor.until('KILL');
    const next = await failOver(cluster);
    await cluster.world.runFor(5000);
    const { get_agents } = await told(on(next), 'GET_AGENTS');
    equal(get_agents?.agents?.[0]?.drain_info?.state, 'DRAINING');
    const again = await subscribeClient(cluster, {
      info: { ...AWARE, id: { value: client.frameworkId } },
      master: next,
    });
    cluster.agents[0]?.node.crash();
    cluster.agents[0]?.node.restart();
    await cluster.world.runUntil(() => again.all('UPDATE').length > 0, 60_000);
    const [status] = again.statuses;
    ok(status !== undefined);
    if (status.uuid !== undefined) await again.acknowledge(status);
    await cluster.world.runFor(3000);
    const { get_agents: after } = await told(on(next), 'GET_AGENTS');
    equal(after?.agents?.[0]?.drain_info?.state, 'DRAINED');
  });
});
