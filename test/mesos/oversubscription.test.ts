/**
 * What is offered a second time, by the names that Mesos' own tests have.
 * Mesos: docs/oversubscription.md; src/tests/oversubscription_tests.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AgentUse,
  fixedEstimator,
  loadController,
  loadEstimator,
} from '../../actors/agent/oversubscription/policies.ts';
import type { ExecutorId, FrameworkId } from '../../actors/protocol/ids.ts';
import { parseResources, type Resources } from '../../actors/protocol/resources.ts';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { commandTask, type SchedulerClient, subscribeClient } from '../kit/scheduler-client.ts';
import { failOver, leaderOf, mesosCluster, SLEEP, told } from './stage.ts';

const REVOCABLE = { capabilities: [{ type: 'REVOCABLE_RESOURCES' as const }] };
const AWARE = { capabilities: [...REVOCABLE.capabilities, { type: 'PARTITION_AWARE' as const }] };
const CPU: V1<'Resource'> = {
  ...{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
  revocable: {},
};
const MEM: V1<'Resource'> = { name: 'mem', type: 'SCALAR', scalar: { value: 32 } };

/** An agent of which a test says what it offers a second time, and how busy it is. */
function machine(first: string) {
  const now = { estimate: first, five: 0 };
  const oversubscription = {
    estimator: (use: AgentUse) => fixedEstimator(parseResources(now.estimate))(use),
    controller: loadController({ fiveMinutes: 10 }),
    intervalMs: 1000,
    measure: () => Promise.resolve({ loads: [0, now.five, 0] as const, cpuCount: 4 }),
  };
  return { now, oversubscription };
}

function revocableCpus(offer: V1<'Offer'> | undefined): number {
  return (offer?.resources ?? [])
    .filter(({ name, revocable }) => name === 'cpus' && revocable !== undefined)
    .reduce((sum, { scalar }) => sum + (scalar?.value ?? 0), 0);
}

const offered = (client: SchedulerClient) =>
  client.all('OFFERS').flatMap(({ offers }) => offers?.offers ?? []);

async function launchRevocable(client: SchedulerClient, id: string) {
  const offer = offered(client).findLast((one) => revocableCpus(one) > 0);
  if (offer === undefined) throw new Error('nothing revocable was offered');
  await client.launch(offer, [commandTask(id, offer, SLEEP, { resources: [CPU, MEM] })]);
  await runs(client, id);
}

async function runs(client: SchedulerClient, id: string) {
  for (const state of ['TASK_STARTING', 'TASK_RUNNING'] as const) {
    await client.acknowledge(await client.untilTask(id, state));
  }
}

describe('OversubscriptionTest', () => {
  test('RevocableOffer: only who can deal with it is offered what may be taken back', async (t) => {
    const { oversubscription } = machine('cpus:2');
    const cluster = await mesosCluster(t, { oversubscription });
    const plain = await subscribeClient(cluster);
    await cluster.world.runFor(3000);
    equal(Math.max(...offered(plain).map(revocableCpus)), 0);
    await plain.accepted({ type: 'TEARDOWN' });
    const client = await subscribeClient(cluster, { info: REVOCABLE });
    await cluster.world.runFor(3000);
    equal(revocableCpus(offered(client).at(-1)), 2);
  });

  for (const [name, next] of [
    ['RescindRevocableOfferWithIncreasedRevocable', 'cpus:3'],
    ['RescindRevocableOfferWithDecreasedRevocable', 'cpus:1'],
  ] as const) {
    test(`${name}: offers are taken back, and made anew`, async (t) => {
      const { now, oversubscription } = machine('cpus:2');
      const cluster = await mesosCluster(t, { oversubscription });
      const client = await subscribeClient(cluster, { info: REVOCABLE });
      await cluster.world.runFor(2000);
      now.estimate = next;
      const before = client.all('RESCIND').length;
      await client.until('RESCIND', before);
      await cluster.world.runFor(2000);
      equal(`cpus:${revocableCpus(offered(client).at(-1))}`, next);
    });
  }

  test('FixedResourceEstimator: what tasks have of it is not offered again', async (t) => {
    const { oversubscription } = machine('cpus:2');
    const cluster = await mesosCluster(t, { oversubscription });
    const client = await subscribeClient(cluster, { info: REVOCABLE });
    await cluster.world.runFor(3000);
    await launchRevocable(client, 'one');
    await cluster.world.runFor(8000);
    equal(revocableCpus(offered(client).at(-1)), 1);
    const { get_agents } = await told(cluster, 'GET_AGENTS', 'json');
    const [agent] = get_agents?.agents ?? [];
    const sum = (list: readonly V1<'Resource'>[] = []) =>
      list
        .filter(({ name }) => name === 'cpus')
        .reduce((all, { scalar }) => all + (scalar?.value ?? 0), 0);
    deepEqual([sum(agent?.total_resources), sum(agent?.allocated_resources)], [6, 1]);
  });

  test('Reregistration: another master is told, and the tasks keep what they have', async (t) => {
    const { oversubscription } = machine('cpus:2');
    const cluster = await mesosCluster(t, { oversubscription, masterCount: 3 });
    const info = { ...REVOCABLE, failover_timeout: 60, checkpoint: true };
    const first = await subscribeClient(cluster, { info, master: await leaderOf(cluster) });
    await cluster.world.runFor(3000);
    await launchRevocable(first, 'one');
    const master = await failOver(cluster);
    await cluster.world.runFor(20_000);
    const id = { value: first.frameworkId };
    const client = await subscribeClient(cluster, { info: { ...info, id }, master });
    await cluster.world.runFor(5000);
    equal(Math.max(...offered(client).map(revocableCpus)), 1);
  });

  for (const [name, info, state] of [
    ['QoSCorrectionKill', REVOCABLE, 'TASK_LOST'],
    ['QoSCorrectionKillPartitionAware', AWARE, 'TASK_GONE'],
  ] as const) {
    test(`${name}: when the machine is too busy, revocable tasks are killed, and no others`, async (t) => {
      const { now, oversubscription } = machine('cpus:2');
      const cluster = await mesosCluster(t, { oversubscription });
      const client = await subscribeClient(cluster, { info });
      await cluster.world.runFor(3000);
      await launchRevocable(client, 'one');
      await cluster.world.runFor(8000);
      const offer = offered(client).at(-1);
      if (offer === undefined) throw new Error('nothing was offered');
      await client.launch(offer, [commandTask('two', offer, SLEEP)]);
      await runs(client, 'two');
      now.five = 11;
      const { reason, source, message } = await client.untilTask('one', state);
      deepEqual(
        [reason, source, message],
        [
          ...['REASON_CONTAINER_PREEMPTED', 'SOURCE_AGENT'],
          'Container preempted by QoS correction',
        ],
      );
      await cluster.world.runFor(5000);
      equal(
        client.statuses.filter(({ task_id }) => task_id.value === 'two').at(-1)?.state,
        'TASK_RUNNING',
      );
    });
  }

  test('LoadQoSController: executors with revocable tasks, while a threshold is passed', () => {
    const revocable = parseResources('cpus:1').map((one) => ({ ...one, revocable: true as const }));
    const executor = (id: string, taken: Resources) => ({
      frameworkId: 'f' as FrameworkId,
      executorId: id as ExecutorId,
      revocable: taken,
    });
    const executors = [executor('kept', []), executor('taken', revocable)];
    const ends = (five: number, fifteen: number) =>
      loadController({ fiveMinutes: 5, fifteenMinutes: 3 })({
        ...{ total: [], allocated: [], revocable, executors, cpuCount: 4 },
        loads: [99, five, fifteen],
      }).map(({ executorId }) => executorId);
    deepEqual([ends(5, 3), ends(6, 0), ends(0, 4)], [[], ['taken'], ['taken']]);
  });
});

test('by the load, cpus are offered again that tasks have and do not use, and never more', () => {
  const estimate = (allocated: string, load: number) => {
    const use = { total: parseResources('cpus:8'), allocated: parseResources(allocated) };
    const rest = { revocable: [], executors: [], cpuCount: 8 };
    const [found] = loadEstimator()({ ...use, ...rest, loads: [load, 0, 0] });
    return found?.type === 'scalar' && found.revocable === true ? found.milli : 0;
  };
  deepEqual(
    [
      ...[estimate('cpus:8', 2), estimate('cpus:8', 7.9), estimate('cpus:4', 2)],
      ...[estimate('cpus:4', 4), estimate('cpus:0.5', 0), estimate('', 0)],
    ],
    [5200, 0, 1200, 0, 0, 0],
  );
});

test('QoSCorrectionInterval: the controller is not asked sooner, however often the machine is measured', async (t) => {
  const measured = { count: 0 };
  const askedAt: number[] = [];
  const { oversubscription } = machine('cpus:2');
  const cluster = await mesosCluster(t, {
    oversubscription: {
      ...oversubscription,
      correctionIntervalMsMin: 20_000,
      measure: () => {
        measured.count++;
        return oversubscription.measure();
      },
      controller: () => {
        askedAt.push(measured.count);
        return [];
      },
    },
  });
  await cluster.world.runFor(50_000);
  deepEqual(
    askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0)),
    [20, 20],
  );
});

test('a task has of a resource either what may be taken back, or what may not', async (t) => {
  const { oversubscription } = machine('cpus:2');
  const cluster = await mesosCluster(t, { oversubscription });
  const client = await subscribeClient(cluster, { info: REVOCABLE });
  await cluster.world.runFor(3000);
  const offer = offered(client).at(-1);
  if (offer === undefined) throw new Error('nothing was offered');
  const { revocable: _, ...plain } = CPU;
  await client.launch(offer, [commandTask('one', offer, SLEEP, { resources: [CPU, plain, MEM] })]);
  const { message } = await client.untilTask('one', 'TASK_ERROR');
  match(
    message ?? '',
    /^Task mixes revocable and non-revocable resources: Cannot use both revocable and non-revocable 'cpus' at the same time/,
  );
});
