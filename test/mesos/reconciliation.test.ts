/**
 * What schedulers are told that ask for their tasks, by the names that Mesos' own tests have for it.
 * Mesos: "Reconciliation table" (src/master/master.cpp, reconcileTasks; src/tests/reconciliation_tests.cpp).
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, subscribeClient } from '../kit/scheduler-client.ts';
import {
  AGENT,
  AWARE,
  cutOff,
  failOver,
  leaderOf,
  mesosCluster,
  reconcile,
  run,
  UNAWARE,
} from './stage.ts';

/** With several masters, that have their registry in a log. */
const MASTERS = { masterCount: 3 };

function told(answers: readonly V1<'TaskStatus'>[]): readonly string[] {
  return answers.map(({ task_id, state }) => `${task_id.value} ${state}`);
}

describe('Reconciliation', () => {
  test('TaskStateMatch, TaskStateMismatch: a known task is answered by its state, whatever the scheduler believes', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id } = await run(cluster, client, 'one');
    const [status, ...more] = await reconcile(cluster, client, [['one', agent_id?.value ?? '']]);
    deepEqual(more, []);
    deepEqual(
      [status?.state, status?.message, status?.agent_id],
      ['TASK_RUNNING', 'Reconciliation: Latest task state', agent_id],
    );
    // Its agent need not be named.
    deepEqual(told(await reconcile(cluster, client, [['one']])), ['one TASK_RUNNING']);
  });

  test('what a task last said of its health and of its container is said again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const health_check = { type: 'TCP', tcp: { port: 7 }, delay_seconds: 0 } as const;
    const running = await run(cluster, client, 'one', { more: { health_check } });
    await cluster.world.runUntil(() => client.statuses.some(({ healthy }) => healthy === true));
    const [status] = await reconcile(cluster, client, [['one']]);
    deepEqual(
      [status?.state, status?.healthy, status?.container_status?.container_id],
      ['TASK_RUNNING', true, running.container_status?.container_id],
    );
  });

  for (const [info, unknown, gone] of [
    [AWARE, 'TASK_UNKNOWN', 'TASK_GONE'],
    [UNAWARE, 'TASK_LOST', 'TASK_LOST'],
  ] as const) {
    test(`UnknownSlave: a task of an agent that nobody knows is ${unknown}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      const id = (await client.offer()).agent_id.value.replace(/-S.*/, '-S99');
      const [status] = await reconcile(cluster, client, [['never', id]]);
      deepEqual([status?.state, status?.unreachable_time], [unknown, undefined]);
    });

    test(`UnknownTask, UnknownTaskPartitionAware: a task that its agent does not have is ${gone}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      const { agent_id } = await client.offer();
      const [status] = await reconcile(cluster, client, [['never', agent_id.value]]);
      deepEqual(
        [status?.state, status?.unreachable_time, status?.agent_id],
        [gone, undefined, agent_id],
      );
    });

    test(`UnknownKillTask: KILL of a task that nobody knows is answered ${unknown}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      await client.accepted({ type: 'KILL', kill: { task_id: { value: 'never' } } });
      const { reason, unreachable_time } = await client.untilTask('never', unknown);
      deepEqual([reason, unreachable_time], ['REASON_RECONCILIATION', undefined]);
    });
  }

  test('RecoveredAgent: of tasks on an agent that has yet to come back nothing is said', async (t) => {
    const cluster = await mesosCluster(t, MASTERS);
    const { world } = cluster;
    const info = AWARE;
    const first = await subscribeClient(cluster, { info, master: await leaderOf(cluster) });
    const { agent_id } = await run(cluster, first, 'one');
    cluster.agents[0]?.node.crash();
    const master = await failOver(cluster);
    const id = { value: first.frameworkId };
    const client = await subscribeClient(cluster, { info: { ...info, id }, master });
    const asked = [['one', agent_id?.value ?? ''], ['never']] as const;
    deepEqual(await reconcile(cluster, client, asked), []);
    deepEqual(await reconcile(cluster, client), []);
    // Nor is there an answer to a kill.
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await world.runFor(100);
    deepEqual(client.statuses, []);
    // Until it has had its time.
    await world.runFor(61_000);
    deepEqual(told(await reconcile(cluster, client, asked)), [
      'one TASK_UNREACHABLE',
      'never TASK_UNKNOWN',
    ]);
  });

  test('RecoveredAgentReregistrationInProgress: nor while it is about to come back', async (t) => {
    const cluster = await mesosCluster(t, MASTERS);
    const { world, masters } = cluster;
    const info = AWARE;
    const first = await subscribeClient(cluster, { info, master: await leaderOf(cluster) });
    const { agent_id } = await run(cluster, first, 'one');
    const names = masters.map(({ name }) => name);
    // It asks to be taken in again, and no answer arrives.
    const unheard = world.network.partitionOneWay(names, [AGENT]);
    const master = await failOver(cluster);
    const id = { value: first.frameworkId };
    const client = await subscribeClient(cluster, { info: { ...info, id }, master });
    const asked = [['one', agent_id?.value ?? '']] as const;
    deepEqual(await reconcile(cluster, client, asked), []);
    unheard.heal();
    await world.runFor(30_000);
    deepEqual(told(await reconcile(cluster, client, asked)), ['one TASK_RUNNING']);
  });

  test('ImplicitNonTerminalTask: without naming any a scheduler is told of all that go on', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await run(cluster, client, 'one');
    deepEqual(told(await reconcile(cluster, client)), ['one TASK_RUNNING']);
  });

  test('ImplicitTerminalTask: but of none whose end it has acknowledged', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await run(cluster, client, 'one', { script: 'sleep 1; exit 0' });
    await client.acknowledge(await client.untilTask('one', 'TASK_FINISHED'));
    await cluster.world.runFor(100);
    deepEqual(await reconcile(cluster, client), []);
  });

  test('UnacknowledgedTerminalTask: and of those whose end it has not', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id } = await run(cluster, client, 'one', { script: 'sleep 1; exit 0' });
    await client.untilTask('one', 'TASK_FINISHED');
    const answers = await reconcile(cluster, client);
    deepEqual(told(answers), ['one TASK_FINISHED']);
    deepEqual(answers[0]?.agent_id, agent_id);
  });

  test('ReconcileStatusUpdateTaskState: what was last told counts, not what the agent knows since', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, 'sleep 1; exit 0')]);
    await client.untilTask('one', 'TASK_STARTING');
    // It has ended long since: but that is told when STARTING and RUNNING have been acknowledged.
    await cluster.world.runFor(5000);
    deepEqual(told(await reconcile(cluster, client)), ['one TASK_STARTING']);
  });

  test('PartitionedAgentThenMasterFailover: since when a task is lost the next master knows, too', async (t) => {
    const cluster = await mesosCluster(t, MASTERS);
    const info = UNAWARE;
    const first = await subscribeClient(cluster, { info, master: await leaderOf(cluster) });
    const { agent_id } = await run(cluster, first, 'one');
    const asked = [['one', agent_id?.value ?? '']] as const;
    cutOff(cluster, [AGENT]);
    const { unreachable_time } = await first.untilTask('one', 'TASK_LOST');
    const [before] = await reconcile(cluster, first, asked);
    const master = await failOver(cluster);
    const id = { value: first.frameworkId };
    const client = await subscribeClient(cluster, { info: { ...info, id }, master });
    const [after] = await reconcile(cluster, client, asked);
    for (const status of [before, after]) {
      deepEqual([status?.state, status?.unreachable_time], ['TASK_LOST', unreachable_time]);
    }
  });

  test('of an agent that an operator gave up its tasks are gone by operator', async (t) => {
    const cluster = await mesosCluster(t);
    const { world } = cluster;
    const aware = await subscribeClient(cluster, { info: AWARE });
    const unaware = await subscribeClient(cluster, { info: UNAWARE });
    const { agent_id } = await run(cluster, aware, 'one');
    const call = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(call);
    const answer = await world.settle(cluster.ask()('POST', '/api/v1', { headers, body }));
    equal(answer.status, 200, answer.text);
    const { reason, uuid } = await aware.untilTask('one', 'TASK_GONE_BY_OPERATOR');
    deepEqual([reason, uuid], ['REASON_AGENT_REMOVED_BY_OPERATOR', undefined]);
    const asked = [['one', agent_id?.value ?? '']] as const;
    deepEqual(told(await reconcile(cluster, aware, asked)), ['one TASK_GONE_BY_OPERATOR']);
    deepEqual(told(await reconcile(cluster, unaware, asked)), ['one TASK_LOST']);
  });
});
