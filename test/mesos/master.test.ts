/**
 * Offers, launches, kills and what the master shows of them, by the names that Mesos' own tests have for it.
 * Mesos: "Offers", "Launch & validation", "Scheduler API: ACCEPT, KILL", "Agent lifecycle in master"
 * (src/master/master.cpp, src/master/validation.cpp; src/tests/master_tests.cpp).
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import {
  commandTask,
  openClient,
  type SchedulerClient,
  subscribeClient,
} from '../kit/scheduler-client.ts';
import { accept, amount, offers } from './offers.ts';
import {
  AGENT,
  AWARE,
  customTask,
  cutOff,
  failOver,
  leaderOf,
  mesosCluster,
  reconcile,
  run,
  SLEEP,
  type State,
  statesOf,
  tasksShown,
  UNAWARE,
} from './stage.ts';

describe('Master', () => {
  test('LaunchCombinedOfferTest: several offers of one agent make one task', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const [whole] = await offers(client, 1);
    ok(whole !== undefined);
    const half = { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 2 } }] } as const;
    await accept(client, [whole], [commandTask('one', whole, SLEEP, half)]);
    await client.acknowledge(await client.untilTask('one', 'TASK_STARTING'));
    await client.acknowledge(await client.untilTask('one', 'TASK_RUNNING'));
    const [, second] = await offers(client, 2);
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'one' } } });
    await client.acknowledge(await client.untilTask('one', 'TASK_KILLED'));
    const [, , third] = await offers(client, 3);
    ok(second !== undefined && third !== undefined);
    equal(amount([second, third], 'cpus'), 4);
    const all = { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 4 } }] } as const;
    await accept(client, [second, third], [commandTask('two', second, SLEEP, all)]);
    await client.untilTask('two', 'TASK_STARTING');
  });

  for (const [info, dropped] of [
    [AWARE, 'TASK_DROPPED'],
    [UNAWARE, 'TASK_LOST'],
  ] as const) {
    test(`LaunchAcrossSlaves: offers of two agents are none: ${dropped}, and what they hold is offered again`, async (t) => {
      const cluster = await mesosCluster(t, { agentCount: 2 });
      const client = await subscribeClient(cluster, { info });
      const [one, two] = await offers(client, 2);
      ok(one !== undefined && two !== undefined);
      await accept(client, [one, two], [commandTask('one', one, SLEEP)]);
      const { reason, message, source, uuid } = await client.untilTask('one', dropped);
      deepEqual([reason, source, uuid], ['REASON_INVALID_OFFERS', 'SOURCE_MASTER', undefined]);
      match(
        message ?? '',
        /^Task launched with invalid offers: Aggregated offers must belong to one single agent/,
      );
      const again = (await offers(client, 4)).slice(2);
      equal(amount(again, 'cpus'), 8);
      equal(client.all('RESCIND').length, 0);
    });

    test(`LaunchDuplicateOffer: an offer that is named twice is none: ${dropped}`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster, { info });
      const offer = await client.offer();
      await accept(client, [offer, offer], [commandTask('one', offer, SLEEP)]);
      const { reason, message } = await client.untilTask('one', dropped);
      equal(reason, 'REASON_INVALID_OFFERS');
      match(message ?? '', /Duplicate offer .* in offer list$/);
      await client.offer(1);
    });
  }

  test('an offer of another framework is none, and that one keeps it', async (t) => {
    const cluster = await mesosCluster(t);
    const owner = await subscribeClient(cluster, { info: AWARE });
    const offer = await owner.offer();
    const thief = await subscribeClient(cluster, { info: AWARE });
    await accept(thief, [offer], [commandTask('one', offer, SLEEP)]);
    equal((await thief.untilTask('one', 'TASK_DROPPED')).reason, 'REASON_INVALID_OFFERS');
    await accept(owner, [offer], [commandTask('one', offer, SLEEP)]);
    await owner.untilTask('one', 'TASK_STARTING');
  });

  test('LaunchDifferentRole: offers for two roles are none', async (t) => {
    const cluster = await mesosCluster(t, { agentCount: 2 });
    const info: Partial<V1<'FrameworkInfo'>> = {
      roles: ['role1', 'role2'],
      capabilities: [{ type: 'MULTI_ROLE' }],
    };
    const client = await subscribeClient(cluster, { info });
    const found = await offers(client, 2);
    deepEqual(found.map(({ allocation_info }) => allocation_info?.role).toSorted(), [
      'role1',
      'role2',
    ]);
  });

  test('OfferTimeout: an offer that nobody answers is rescinded, and made again', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    deepEqual((await client.until('RESCIND')).rescind?.offer_id, offer.id);
    const again = await client.offer(1);
    deepEqual(again.agent_id, offer.agent_id);
    equal(again.id.value === offer.id.value, false);
  });

  for (const [name, answer] of [
    [
      'OfferNotRescindedOnceUsed',
      (client: SchedulerClient, offer: V1<'Offer'>) =>
        accept(client, [offer], [commandTask('one', offer, SLEEP)]),
    ],
    [
      'OfferNotRescindedOnceDeclined',
      (client: SchedulerClient, { id }: V1<'Offer'>) =>
        client.accepted({
          type: 'DECLINE',
          decline: { offer_ids: [id], filters: { refuse_seconds: 1000 } },
        }),
    ],
  ] as const) {
    test(`${name}: one that is answered is not rescinded`, async (t) => {
      const cluster = await mesosCluster(t);
      const client = await subscribeClient(cluster);
      const offer = await client.offer();
      await answer(client, offer);
      await client.accepted({ type: 'SUPPRESS' });
      await cluster.world.runFor(20_000);
      const rescinded = client.all('RESCIND').map(({ rescind }) => rescind?.offer_id.value);
      equal(rescinded.includes(offer.id.value), false);
    });
  }

  test('UnacknowledgedTerminalTask, RecoverResources: what a task held is offered when it has ended, acknowledged or not', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const whole = await client.offer();
    const all = { resources: whole.resources ?? [] };
    await accept(client, [whole], [commandTask('one', whole, 'sleep 1; exit 0', all)]);
    await client.acknowledge(await client.untilTask('one', 'TASK_STARTING'));
    await client.acknowledge(await client.untilTask('one', 'TASK_RUNNING'));
    await client.untilTask('one', 'TASK_FINISHED');
    equal(amount([await client.offer(1)], 'cpus'), 4);
    deepEqual((await tasksShown(cluster)).running, ['one TASK_FINISHED']);
  });

  test('ReleaseResourcesForTerminalTaskWithPendingUpdates: also when the scheduler has not heard of its end yet', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const whole = await client.offer();
    const all = { resources: whole.resources ?? [] };
    await accept(client, [whole], [commandTask('one', whole, 'sleep 1; exit 0', all)]);
    await client.untilTask('one', 'TASK_STARTING');
    equal(amount([await client.offer(1)], 'cpus'), 4);
    deepEqual(
      [...new Set(client.statuses.map(({ state }) => state))],
      ['TASK_STARTING'],
      'what is not acknowledged holds the next update up',
    );
    deepEqual((await tasksShown(cluster)).running, ['one TASK_FINISHED']);
  });

  test('MultipleExecutors: two executors of one framework on one agent', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const tasks = [customTask('one', offer, 'first'), customTask('two', offer, 'second')];
    await accept(client, [offer], tasks);
    await cluster.world.runUntil(() => cluster.agents[0]?.machine.running.size === 2, 10_000);
    const master = cluster.insideMaster()?.state.agents.registered.values().next().value;
    deepEqual(
      [...(master?.executors.get(client.frameworkId as never)?.keys() ?? [])],
      ['first', 'second'],
    );
  });

  test('MaxExecutorsPerSlave is no option here: executors are counted by what they hold', async (t) => {
    const cluster = await mesosCluster(t, {
      agentResources: () => parseResources('cpus:1;mem:1024'),
    });
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    const executor = {
      executor_id: { value: 'greedy' },
      command: { value: SLEEP },
      resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }],
    } as const;
    await accept(client, [offer], [customTask('one', offer, 'greedy', { executor })]);
    const { reason, message } = await client.untilTask('one', 'TASK_ERROR');
    equal(reason, 'REASON_TASK_INVALID');
    match(
      message ?? '',
      /^Total resources .* required by task and its executor is more than available/,
    );
  });

  test('KillTask, StatusUpdateAck: a kill is answered by an update, and its acknowledgement ends it', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const { agent_id } = await run(cluster, client, 'one');
    const other = { task_id: { value: 'one' }, agent_id: { value: 'elsewhere' } };
    await client.accepted({ type: 'KILL', kill: other });
    await cluster.world.runFor(1000);
    equal(client.statusOf('TASK_KILLED'), undefined, 'it is not on that agent');
    const kill = { task_id: { value: 'one' }, ...(agent_id && { agent_id }) };
    await client.accepted({ type: 'KILL', kill });
    await client.acknowledge(await client.untilTask('one', 'TASK_KILLED'));
    await cluster.world.runFor(10_000);
    equal(client.statuses.filter(({ state }) => state === 'TASK_KILLED').length, 1);
    deepEqual(await tasksShown(cluster), {
      running: [],
      unreachable: [],
      completed: ['one TASK_KILLED'],
    });
  });

  test('an acknowledgement by a wrong uuid, or of another framework, acknowledges nothing', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await accept(client, [offer], [commandTask('one', offer, SLEEP)]);
    const starting = await client.untilTask('one', 'TASK_STARTING');
    const uuid = Buffer.from('0123456789404abc8def0123456789ab', 'hex');
    await client.acknowledge({ ...starting, uuid });
    const other = await subscribeClient(cluster);
    await other.acknowledge(starting);
    await cluster.world.runFor(500);
    equal(client.statusOf('TASK_RUNNING'), undefined);
    await client.acknowledge(starting);
    await client.untilTask('one', 'TASK_RUNNING');
    // A second one of the same is old news.
    await client.acknowledge(starting);
  });

  test('RecoveredFramework, ExecutorMessageToRecoveredHttpFramework, OrphanTasksMultipleAgents: a framework that agents bring along is one, and nobody hears its messages yet', async (t) => {
    const cluster = await mesosCluster(t, { agentCount: 2 });
    const { world } = cluster;
    const client = await subscribeClient(cluster, { info: AWARE });
    const [one, two] = await offers(client, 2);
    ok(one !== undefined && two !== undefined);
    await accept(client, [one], [commandTask('one', one, SLEEP)]);
    await accept(client, [two], [commandTask('two', two, SLEEP)]);
    for (const id of ['one', 'two']) await client.untilTask(id, 'TASK_STARTING');
    cluster.master.crash();
    cluster.master.restart();
    await world.runUntil(() => cluster.insideMaster()?.state.agents.registered.size === 2, 60_000);
    await world.runFor(600);
    const { frameworks } = await cluster.get<State>('/state');
    deepEqual(
      frameworks.map(({ id, recovered, active, tasks }) => [id, recovered, active, tasks.length]),
      [[client.frameworkId, true, false, 2]],
    );
    const id = { value: client.frameworkId };
    const back = await subscribeClient(cluster, { info: { ...AWARE, id } });
    await world.runFor(600);
    const [shown] = (await cluster.get<State>('/state')).frameworks;
    deepEqual([shown?.recovered, shown?.active], [false, true]);
    equal(back.frameworkId, client.frameworkId);
  });

  test('UnreachableTaskAfterFailover, RecoveredSlaveCanReregister: of an agent that never came back to the new leader nothing is told but to who asks; it may come yet', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3 });
    const info = UNAWARE;
    const first = await subscribeClient(cluster, { info, master: await leaderOf(cluster) });
    const { agent_id } = await run(cluster, first, 'one');
    const cut = cutOff(cluster, [AGENT]);
    const master = await failOver(cluster);
    const id = { value: first.frameworkId };
    const client = await subscribeClient(cluster, { info: { ...info, id }, master });
    await cluster.world.runFor(62_000);
    deepEqual(client.statuses, []);
    const [asked] = await reconcile(cluster, client, [['one', agent_id?.value ?? '']]);
    deepEqual([asked?.state, asked?.unreachable_time === undefined], ['TASK_LOST', false]);
    cut.heal();
    const back = await client.untilTask('one', 'TASK_RUNNING');
    equal(back.reason, 'REASON_AGENT_REREGISTERED');
  });

  test('TasksEndpoint: all tasks, or those of a framework, or one', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    await accept(
      client,
      [offer],
      [commandTask('one', offer, SLEEP), commandTask('two', offer, SLEEP)],
    );
    await client.untilTask('two', 'TASK_STARTING');
    await cluster.world.runFor(600);
    const ask = async (query: string) =>
      (await cluster.get<{ tasks: readonly { id: string }[] }>(`/tasks${query}`)).tasks
        .map(({ id }) => id)
        .toSorted();
    deepEqual(await ask(''), ['one', 'two']);
    deepEqual(await ask(`?framework_id=${client.frameworkId}`), ['one', 'two']);
    deepEqual(await ask(`?framework_id=${client.frameworkId}&task_id=two`), ['two']);
    deepEqual(await ask('?framework_id=other'), []);
  });

  test('TaskLabels, TaskDiscoveryInfo, ExecutorLabels, FrameworkInfoLabels: what a framework says is shown as it said it', async (t) => {
    const cluster = await mesosCluster(t);
    const labels = {
      labels: [
        { key: 'foo', value: 'bar' },
        { key: 'bar', value: 'baz' },
      ],
    };
    const client = await subscribeClient(cluster, { info: { labels } });
    const offer = await client.offer();
    const discovery: V1<'DiscoveryInfo'> = {
      visibility: 'CLUSTER',
      name: 'mytask',
      ...{ environment: 'mytest', location: 'mylocation', version: 'v0.1.1' },
      ports: { ports: [{ number: 8888, name: 'myport1', protocol: 'tcp' }] },
      labels,
    };
    const executor = { executor_id: { value: 'e' }, command: { value: SLEEP }, labels } as const;
    await accept(client, [offer], [customTask('one', offer, 'e', { labels, discovery, executor })]);
    await cluster.world.runFor(1000);
    const [framework] = (
      await cluster.get<{
        readonly frameworks: readonly {
          readonly labels: object;
          readonly tasks: readonly { readonly labels: object; readonly discovery: object }[];
          readonly executors: readonly { readonly labels: object }[];
        }[];
      }>('/state')
    ).frameworks;
    deepEqual(framework?.labels, labels.labels);
    deepEqual(framework?.tasks[0]?.labels, labels.labels);
    deepEqual(framework?.tasks[0]?.discovery, discovery);
    deepEqual(framework?.executors[0]?.labels, labels.labels);
  });

  test('MaxCompletedFrameworksFlag, MaxCompletedTasksPerFrameworkFlag: only the last are shown', async (t) => {
    const masterSettings = { completedFrameworkCountMax: 1, completedTaskCountMax: 1 };
    const cluster = await mesosCluster(t, { masterSettings });
    for (const name of ['first', 'second']) {
      const client = await subscribeClient(cluster, { info: { name } });
      for (const id of ['one', 'two']) {
        await run(cluster, client, id, {
          script: 'sleep 1; exit 0',
          from: Math.max(0, client.all('OFFERS').length - (id === 'one' ? 1 : 0)),
        });
        await client.acknowledge(await client.untilTask(id, 'TASK_FINISHED'));
      }
      await client.accepted({ type: 'TEARDOWN' });
    }
    await cluster.world.runFor(600);
    const { completed_frameworks } = await cluster.get<State>('/state');
    deepEqual(
      completed_frameworks.map(({ name, completed_tasks }) => [name, statesOf(completed_tasks)]),
      [['second', ['two TASK_FINISHED']]],
    );
  });

  test('FrameworkSubscribeEmptyId, RejectFrameworkWithInvalidFailoverTimeout', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: { id: { value: '' } } });
    match(client.frameworkId, /-0000$/);
    const refused = await openClient(cluster, { info: { failover_timeout: -1 } });
    match((await refused.until('ERROR')).error?.message ?? '', /failover_timeout.*is invalid/);
  });

  test('MultiRoleSchedulerUnsubscribeFromRole: offers for a role that a framework leaves are rescinded', async (t) => {
    const cluster = await mesosCluster(t);
    const info: Partial<V1<'FrameworkInfo'>> = {
      roles: ['foo'],
      capabilities: [{ type: 'MULTI_ROLE' }],
    };
    const client = await subscribeClient(cluster, { info });
    const offer = await client.offer();
    const framework_info = {
      ...{ user: 'somebody', name: 'tests', id: { value: client.frameworkId } },
      ...info,
      roles: ['bar'],
    };
    const call = { type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } } as const;
    equal((await client.call(call)).status, 200);
    deepEqual((await client.until('RESCIND')).rescind?.offer_id, offer.id);
    equal((await client.offer(1)).allocation_info?.role, 'bar');
  });
});
