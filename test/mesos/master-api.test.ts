/**
 * What operators ask a master, and the events that they are told, by the names that Mesos' own tests have.
 * Mesos: "Operator API v1" (src/master/http.cpp; src/master/master.cpp, updateTask, sendFrameworkUpdates;
 * src/tests/api_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, openClient, subscribeClient } from '../kit/scheduler-client.ts';
import {
  AWARE,
  cutOff,
  failOver,
  leaderOf,
  mesosCluster,
  operate,
  reconcile,
  run,
  runInExecutor,
  SLEEP,
  told,
  UNAWARE,
  watch,
} from './stage.ts';

function listed(tasks: readonly V1<'Task'>[] = []): readonly string[] {
  return tasks.map(({ task_id, state }) => `${task_id.value} ${state}`);
}

describe('MasterAPI', () => {
  for (const encoding of ['json', 'protobuf'] as const) {
    test(`GetAgents: an agent with all that it said of itself (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const { get_agents } = await told(cluster, 'GET_AGENTS', encoding);
      const [agent, ...more] = get_agents?.agents ?? [];
      deepEqual(
        [more.length, agent?.active, agent?.deactivated, agent?.agent_info.hostname],
        [0, true, false, 'agent-1'],
      );
      ok((agent?.registered_time?.nanoseconds ?? 0n) > 0n);
      deepEqual([agent?.reregistered_time, get_agents?.recovered_agents ?? []], [undefined, []]);
      deepEqual(agent?.total_resources?.map(({ name }) => name).toSorted(), [
        'cpus',
        'disk',
        'mem',
      ]);
      deepEqual(agent?.offered_resources ?? [], []);
      match(agent?.pid ?? '', /^slave\(1\)@/);
    });

    test(`GetFrameworks: who is subscribed, and since when (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const { get_frameworks } = await told(cluster, 'GET_FRAMEWORKS', encoding);
      const [framework] = get_frameworks?.frameworks ?? [];
      deepEqual(
        [framework?.framework_info.id?.value, framework?.framework_info.name],
        [client.frameworkId, 'tests'],
      );
      deepEqual(
        [framework?.active, framework?.connected, framework?.recovered],
        [true, true, false],
      );
      // It was offered the whole agent.
      equal(framework?.offers?.length, 1);
    });

    test(`GetTasks, GetState, GetTasksNoRunningTask: a task in the list that it belongs to (${encoding})`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const lists = async () => {
        const { get_tasks } = await told(cluster, 'GET_TASKS', encoding);
        const { get_state } = await told(cluster, 'GET_STATE', encoding);
        const { tasks, completed_tasks } = get_tasks ?? {};
        const { tasks: same, completed_tasks: done } = get_state?.get_tasks ?? {};
        deepEqual([listed(same), listed(done)], [listed(tasks), listed(completed_tasks)]);
        return [listed(tasks), listed(completed_tasks)];
      };
      deepEqual(await lists(), [[], []]);
      const health_check = { type: 'COMMAND', command: { value: 'exit 0' } } as const;
      await run(cluster, client, 'one', { script: 'sleep 5; exit 0', more: { health_check } });
      deepEqual(await lists(), [['one TASK_RUNNING'], []]);
      const { get_tasks } = await told(cluster, 'GET_TASKS', encoding);
      const [task] = get_tasks?.tasks ?? [];
      deepEqual(
        [task?.health_check?.type, task?.health_check?.command?.value],
        ['COMMAND', 'exit 0'],
      );
      const end = await client.untilTask('one', 'TASK_FINISHED');
      deepEqual(await lists(), [['one TASK_FINISHED'], []], 'its end is not acknowledged');
      await client.acknowledge(end);
      deepEqual(await lists(), [[], ['one TASK_FINISHED']]);
    });
  }

  test('GetExecutors: an executor of a framework, and where it is', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await runInExecutor(cluster, client, 'one');
    const { get_executors } = await told(cluster, 'GET_EXECUTORS');
    const [executor] = get_executors?.executors ?? [];
    const { agent_id } = await client.offer();
    deepEqual(
      [
        executor?.executor_info.executor_id.value,
        executor?.executor_info.framework_id?.value,
        executor?.agent_id,
      ],
      ['executor', client.frameworkId, agent_id],
    );
  });

  test('GetRecoveredAgents: one that has yet to come back to the new master is told apart', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3 });
    const client = await subscribeClient(cluster, { master: await leaderOf(cluster) });
    const { agent_id } = await client.offer();
    cluster.agents[0]?.node.crash();
    const leader = await failOver(cluster);
    const { slaves, recovered_slaves } = await cluster.get<{
      readonly slaves: readonly object[];
      readonly recovered_slaves: readonly { readonly id: string }[];
    }>('/slaves', leader);
    deepEqual([slaves, recovered_slaves.map(({ id }) => id)], [[], [agent_id.value]]);
    cluster.agents[0]?.node.restart();
    await cluster.world.runFor(5000);
    const later = await cluster.get<{
      readonly slaves: readonly { readonly id: string }[];
      readonly recovered_slaves: readonly object[];
    }>('/slaves', leader);
    deepEqual([later.slaves.map(({ id }) => id), later.recovered_slaves], [[agent_id.value], []]);
  });

  test('SubscribeAgentEvents: AGENT_ADDED and AGENT_REMOVED', async (t) => {
    const cluster = await mesosCluster(t);
    cluster.agents[0]?.node.crash();
    cluster.master.crash();
    cluster.master.restart();
    await cluster.world.runFor(500);
    const events = await watch(cluster);
    const { get_state } = events()[0]?.subscribed ?? {};
    deepEqual(get_state?.get_agents?.agents ?? [], []);
    cluster.agents[0]?.node.restart();
    await cluster.world.runUntil(() => events().length > 1, 10_000);
    const { agent } = events()[1]?.agent_added ?? {};
    deepEqual([agent?.agent_info.hostname, agent?.active], ['agent-1', true]);
    const agent_id = agent?.agent_info.id;
    equal(
      (await operate(cluster, { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } })).status,
      200,
    );
    await cluster.world.runFor(600);
    deepEqual(events().at(-1)?.agent_removed, { agent_id });
  });

  test('Subscribe: a task is told once when it is there, and once for each state, however often that comes', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const events = await watch(cluster);
    const { get_state } = events()[0]?.subscribed ?? {};
    deepEqual(
      [get_state?.get_frameworks?.frameworks?.length, get_state?.get_agents?.agents?.length],
      [1, 1],
    );
    const offer = await client.offer();
    const health_check = { type: 'COMMAND', command: { value: 'exit 0' } } as const;
    await client.launch(offer, [commandTask('one', offer, SLEEP, { health_check })]);
    // Nobody acknowledges that it starts: it is told to the scheduler again and again.
    await cluster.world.runUntil(() => client.statuses.length > 2, 60_000);
    const [, added, updated, ...more] = events();
    deepEqual(more, []);
    deepEqual(
      [added?.task_added?.task.task_id.value, added?.task_added?.task.health_check?.type],
      ['one', 'COMMAND'],
    );
    deepEqual(
      [updated?.type, updated?.task_updated?.status.state],
      ['TASK_UPDATED', 'TASK_STARTING'],
    );
  });

  test('SubscribersReceiveHealthUpdates: what checks find is told, though the state is the same', async (t) => {
    const cluster = await mesosCluster(t, { ports: { http: () => 500 } });
    const client = await subscribeClient(cluster);
    const events = await watch(cluster);
    const health_check = {
      type: 'HTTP',
      http: { port: 80, path: '/help' },
      delay_seconds: 0,
      interval_seconds: 1000,
      grace_period_seconds: 0,
    } as const;
    await run(cluster, client, 'one', { more: { health_check } });
    await cluster.world.runFor(2000);
    const updates = events().flatMap(({ task_updated }) => task_updated ?? []);
    deepEqual(updates.map(({ state, status }) => [state, status.healthy, status.reason]).at(-1), [
      'TASK_RUNNING',
      false,
      'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
    ]);
  });

  test('MasterFailover: what comes back to a new master is told in order: agent, framework, task', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'one');
    const cut = cutOff(cluster);
    cluster.master.crash();
    cluster.master.restart();
    await cluster.world.runFor(500);
    const events = await watch(cluster);
    const state = events()[0]?.subscribed?.get_state;
    for (const list of [
      state?.get_agents?.agents,
      state?.get_frameworks?.frameworks,
      state?.get_tasks?.tasks,
    ]) {
      deepEqual(list ?? [], []);
    }
    cut.heal();
    await cluster.world.runUntil(() => events().length > 3, 60_000);
    const [, agent, framework, task] = events();
    deepEqual(
      [agent?.type, framework?.type, task?.type],
      ['AGENT_ADDED', 'FRAMEWORK_ADDED', 'TASK_ADDED'],
    );
    const shown = framework?.framework_added?.framework;
    deepEqual(
      [shown?.framework_info.id?.value, shown?.active, shown?.connected, shown?.recovered],
      [client.frameworkId, false, false, true],
    );
    equal(task?.task_added?.task.task_id.value, 'one');
  });

  test('FrameworksEvent: a framework is added, updated with its times when it is back, and removed', async (t) => {
    const cluster = await mesosCluster(t);
    const events = await watch(cluster);
    const client = await subscribeClient(cluster, { info: AWARE });
    await cluster.world.runFor(1000);
    const added = events().at(-1)?.framework_added?.framework;
    deepEqual(
      [added?.framework_info.id?.value, added?.active, added?.connected],
      [client.frameworkId, true, true],
    );
    client.leave();
    await cluster.world.runFor(100);
    const id = { value: client.frameworkId };
    const back = await openClient(cluster, { info: { ...AWARE, id } });
    await cluster.world.runFor(600);
    const updated = events().at(-1)?.framework_updated?.framework;
    deepEqual(
      [updated?.active, updated?.connected, updated?.registered_time],
      [true, true, added?.registered_time],
    );
    ok(
      (updated?.reregistered_time?.nanoseconds ?? 0n) > (added?.registered_time?.nanoseconds ?? 0n),
    );
    equal(
      (await operate(cluster, { type: 'TEARDOWN', teardown: { framework_id: id } })).status,
      200,
    );
    await cluster.world.runFor(600);
    equal(events().at(-1)?.framework_removed?.framework_info.id?.value, id.value);
    equal(back.ended, 'ended');
  });

  test('Teardown: a framework that an operator ends is among the completed ones, and so are its tasks', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    const executor = await runInExecutor(cluster, client, 'one');
    const framework_id = { value: client.frameworkId };
    const { status } = await operate(cluster, { type: 'TEARDOWN', teardown: { framework_id } });
    equal(status, 200);
    await executor.until('SHUTDOWN');
    const { get_frameworks } = await told(cluster, 'GET_FRAMEWORKS');
    deepEqual(
      [
        get_frameworks?.frameworks ?? [],
        get_frameworks?.completed_frameworks?.map(({ framework_info }) => framework_info.id),
      ],
      [[], [framework_id]],
    );
    const { get_tasks } = await told(cluster, 'GET_TASKS');
    deepEqual(listed(get_tasks?.completed_tasks), ['one TASK_KILLED']);
    equal(client.statusOf('TASK_KILLED'), undefined, 'the framework is not told');
  });

  test('MarkRegisteredAgentGone: it ends, and may not come back under its id', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id, id } = await client.offer();
    const mark = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } };
    equal((await operate(cluster, mark)).status, 200);
    deepEqual((await client.until('RESCIND')).rescind?.offer_id, id);
    deepEqual((await client.until('FAILURE')).failure, { agent_id });
    equal((await operate(cluster, mark)).status, 200, 'it is gone');
    const next = await client.offer(client.all('OFFERS').length).catch(() => undefined);
    equal(next, undefined, 'the agent has ended');
  });

  test('TaskUpdatesUponAgentGone, UnreachableAgentMarkedGone: its tasks are gone by operator, also lost ones', async (t) => {
    for (const unreachable of [false, true]) {
      const cluster = await mesosCluster(t);
      const aware = await subscribeClient(cluster, { info: AWARE });
      const unaware = await subscribeClient(cluster, { info: UNAWARE });
      const { agent_id } = await run(cluster, aware, 'one');
      await run(cluster, unaware, 'two');
      if (unreachable) {
        cutOff(cluster);
        await aware.untilTask('one', 'TASK_UNREACHABLE');
      }
      const mark = { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } };
      equal((await operate(cluster, mark)).status, 200);
      const { reason, source } = await aware.untilTask('one', 'TASK_GONE_BY_OPERATOR');
      deepEqual([reason, source], ['REASON_AGENT_REMOVED_BY_OPERATOR', 'SOURCE_MASTER']);
      await unaware.untilTask('two', 'TASK_LOST');
      const { get_tasks } = await told(cluster, 'GET_TASKS');
      deepEqual(get_tasks?.unreachable_tasks ?? [], []);
      deepEqual(listed(get_tasks?.completed_tasks).toSorted(), [
        'one TASK_GONE_BY_OPERATOR',
        'two TASK_LOST',
      ]);
      const [status] = await reconcile(cluster, aware, [['other', agent_id?.value ?? '']]);
      equal(status?.state, 'TASK_GONE_BY_OPERATOR');
    }
  });

  test('ListFilesInvalidPath, ReadFileInvalidPath: 404', async (t) => {
    const cluster = await mesosCluster(t);
    const list = { type: 'LIST_FILES', list_files: { path: 'five/' } };
    const read = { type: 'READ_FILE', read_file: { path: 'five', offset: 0 } };
    for (const call of [list, read]) equal((await operate(cluster, call)).status, 404);
  });
});
