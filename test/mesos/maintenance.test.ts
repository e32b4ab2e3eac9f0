/**
 * Maintenance of machines, by the names that Mesos' own tests have for it.
 * Mesos: "Maintenance", "Inverse offers", "Offers" (src/master/maintenance.cpp; http.cpp, machineDown;
 * hierarchical.cpp, generateInverseOffers; src/tests/master_maintenance_tests.cpp).
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import type { HttpCluster } from '../kit/http-cluster.ts';
import { type SchedulerClient, subscribeClient } from '../kit/scheduler-client.ts';
import { AWARE, failOver, leaderOf, mesosCluster, operate, run, told } from './stage.ts';

const HOST = { hostname: 'agent-1' };
const OTHER = { hostname: 'Machine2', ip: '0.0.0.2' };
const START_NS = 5_000_000_000;

interface Schedule {
  readonly windows?: readonly {
    readonly machine_ids: readonly object[];
    readonly unavailability: object;
  }[];
}

function schedule(...machines: readonly (readonly object[])[]): Schedule {
  const unavailability = { start: { nanoseconds: START_NS }, duration: { nanoseconds: 60e9 } };
  return { windows: machines.map((machine_ids) => ({ machine_ids, unavailability })) };
}

async function post(
  { world, ask }: HttpCluster,
  path: '/maintenance/schedule' | '/machine/down' | '/machine/up',
  content: unknown,
): Promise<readonly [number, string]> {
  const body = Buffer.from(JSON.stringify(content));
  const { status, text } = await world.settle(ask()('POST', path, { body }));
  return [status, text];
}

function statuses(cluster: HttpCluster) {
  return cluster.get<V1<'maintenance.ClusterStatus'>>('/maintenance/status');
}

async function answerInverse(
  client: SchedulerClient,
  event: V1<'scheduler.Event'>,
  type: 'ACCEPT_INVERSE_OFFERS' | 'DECLINE_INVERSE_OFFERS',
  refuse_seconds: number,
): Promise<void> {
  const offers = event.inverse_offers?.inverse_offers ?? [];
  const part = { inverse_offer_ids: offers.map(({ id }) => id), filters: { refuse_seconds } };
  await client.accepted(
    type === 'ACCEPT_INVERSE_OFFERS'
      ? { type, accept_inverse_offers: part }
      : { type, decline_inverse_offers: part },
  );
}

describe('MasterMaintenance', () => {
  test('UpdateSchedule: a schedule is taken as a whole, or refused with what is wrong', async (t) => {
    const cluster = await mesosCluster(t);
    const set = (content: unknown) => post(cluster, '/maintenance/schedule', content);
    const machine = { hostname: 'machine1', ip: '0.0.0.1' };
    deepEqual(await set(schedule([machine])), [200, '']);
    deepEqual(await cluster.get('/maintenance/schedule'), {
      windows: [
        {
          machine_ids: [machine],
          unavailability: { start: { nanoseconds: START_NS }, duration: { nanoseconds: 60e9 } },
        },
      ],
    });
    const { get_maintenance_schedule: v1 } = await told(
      cluster,
      'GET_MAINTENANCE_SCHEDULE',
      'protobuf',
    );
    deepEqual(v1?.schedule.windows?.[0]?.machine_ids, [machine]);
    deepEqual(await set(schedule([])), [
      400,
      'List of machines in the maintenance window is empty',
    ]);
    const early = { start: { nanoseconds: -10e9 } };
    deepEqual(await set({ windows: [{ machine_ids: [machine], unavailability: early }] }), [
      200,
      '',
    ]);
    const short = { ...early, duration: { nanoseconds: -10e9 } };
    deepEqual(await set({ windows: [{ machine_ids: [machine], unavailability: short }] }), [
      400,
      "Unavailability 'duration' is negative",
    ]);
    deepEqual(await set(schedule([machine], [{ ...machine, hostname: 'MACHINE1' }])), [
      400,
      'Machine \'{"hostname":"machine1","ip":"0.0.0.1"}\' appears more than once in the schedule',
    ]);
    deepEqual(await set(schedule([{}])), [400, "Both 'hostname' and 'ip' for a machine are empty"]);
    deepEqual(await set(schedule([{ ip: 'x' }])), [400, 'Failed to parse IPv4: x']);
    deepEqual(await set(schedule([machine, OTHER])), [200, '']);
    deepEqual(await set({}), [200, '']);
    deepEqual(await cluster.get('/maintenance/schedule'), {});
    equal((await set('x'))[0], 400);
  });

  test('FailToUnscheduleDeactivatedMachines: one that is down stays in the schedule', async (t) => {
    const cluster = await mesosCluster(t);
    await post(cluster, '/maintenance/schedule', schedule([{ hostname: 'm1' }, OTHER]));
    deepEqual(await post(cluster, '/machine/down', [{ hostname: 'm1' }]), [200, '']);
    const without = 'is deactivated and cannot be removed from the schedule';
    deepEqual(await post(cluster, '/maintenance/schedule', schedule([OTHER])), [
      400,
      `Machine '{"hostname":"m1"}' ${without}`,
    ]);
    deepEqual(await post(cluster, '/maintenance/schedule', schedule([OTHER, { hostname: 'm1' }])), [
      200,
      '',
    ]);
    deepEqual(await post(cluster, '/machine/up', [{ hostname: 'm1' }]), [200, '']);
    deepEqual(await post(cluster, '/maintenance/schedule', schedule([OTHER])), [200, '']);
  });

  test('PendingUnavailabilityTest: offers are rescinded, and made anew with the unavailability', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    const offer = await client.offer();
    equal(offer.unavailability, undefined);
    await post(cluster, '/maintenance/schedule', schedule([{ hostname: 'AGENT-1' }]));
    const { rescind } = await client.until('RESCIND');
    deepEqual(rescind?.offer_id, offer.id);
    const { unavailability } = await client.offer(1);
    equal(unavailability?.start.nanoseconds, BigInt(START_NS));
    equal(unavailability?.duration?.nanoseconds, 60_000_000_000n);
    const { inverse_offers } = await client.until('INVERSE_OFFERS');
    deepEqual(inverse_offers?.inverse_offers?.[0]?.agent_id, offer.agent_id);
    deepEqual(inverse_offers?.inverse_offers?.[0]?.unavailability, unavailability);
    await post(cluster, '/maintenance/schedule', {});
    const rescinded = await client.until('RESCIND_INVERSE_OFFER');
    deepEqual(
      rescinded.rescind_inverse_offer?.inverse_offer_id,
      inverse_offers?.inverse_offers?.[0]?.id,
    );
    equal((await client.offer(2)).unavailability, undefined);
  });

  test('EnterMaintenanceMode, BringDownMachines: its agent is shut down with its tasks, and may not come back', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    deepEqual(await post(cluster, '/machine/down', [HOST]), [
      400,
      'Machine \'{"hostname":"agent-1"}\' is not part of a maintenance schedule',
    ]);
    deepEqual(await post(cluster, '/machine/down', []), [400, 'List of machines is empty']);
    await post(cluster, '/maintenance/schedule', schedule([HOST, OTHER]));
    deepEqual(await post(cluster, '/machine/down', [HOST]), [200, '']);
    const { reason } = await client.untilTask('task', 'TASK_GONE');
    equal(reason, 'REASON_AGENT_REMOVED');
    await client.until('FAILURE');
    deepEqual(await post(cluster, '/machine/down', [HOST]), [
      400,
      'Machine \'{"hostname":"agent-1"}\' is not in DRAINING mode and cannot be brought down',
    ]);
    cluster.agents[0]?.node.crash();
    cluster.agents[0]?.node.restart();
    await cluster.world.runFor(10_000);
    equal(cluster.insideMaster()?.state.agents.registered.size, 0, 'it may not register');
    const status = await statuses(cluster);
    deepEqual(status.down_machines, [HOST]);
    deepEqual(
      status.draining_machines?.map(({ id }) => id),
      [{ ...OTHER, hostname: 'machine2' }],
    );
    // It is up again: what was there registers as another agent.
    deepEqual(await post(cluster, '/machine/up', [HOST]), [200, '']);
    cluster.agents[0]?.node.crash();
    cluster.agents[0]?.node.restart();
    await cluster.world.runUntil(() => cluster.insideMaster()?.state.agents.registered.size === 1);
    equal((await client.offer(client.all('OFFERS').length)).unavailability, undefined);
  });

  test('BringUpMachines, MachineStatus: those that are up again leave the schedule', async (t) => {
    const cluster = await mesosCluster(t);
    const [one, other] = [{ hostname: 'one' }, { hostname: 'other' }];
    deepEqual(await statuses(cluster), {});
    deepEqual(await post(cluster, '/machine/up', [one]), [
      400,
      'Machine \'{"hostname":"one"}\' is not part of a maintenance schedule',
    ]);
    await post(cluster, '/maintenance/schedule', schedule([one, other]));
    deepEqual(await post(cluster, '/machine/up', [one]), [
      400,
      'Machine \'{"hostname":"one"}\' is not in DOWN mode and cannot be brought up',
    ]);
    const draining = await statuses(cluster);
    deepEqual(
      draining.draining_machines?.map(({ id }) => id),
      [one, other],
    );
    const machines = { machines: [one] };
    equal(
      (await operate(cluster, { type: 'START_MAINTENANCE', start_maintenance: machines })).status,
      200,
    );
    deepEqual((await statuses(cluster)).down_machines, [one]);
    equal(
      (await operate(cluster, { type: 'STOP_MAINTENANCE', stop_maintenance: machines })).status,
      200,
    );
    const { get_maintenance_status: after } = await told(cluster, 'GET_MAINTENANCE_STATUS');
    deepEqual(
      after?.status.draining_machines?.map(({ id }) => id),
      [other],
    );
    equal(after?.status.down_machines, undefined);
  });

  test('InverseOffers: answers are shown to operators, and asked for again', async (t) => {
    const cluster = await mesosCluster(t);
    await post(cluster, '/maintenance/schedule', schedule([HOST]));
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    const first = await client.until('INVERSE_OFFERS');
    equal(first.inverse_offers?.inverse_offers?.length, 1);
    const { get_frameworks } = await told(cluster, 'GET_FRAMEWORKS');
    const [framework] = get_frameworks?.frameworks ?? [];
    deepEqual(framework?.inverse_offers, first.inverse_offers?.inverse_offers);
    deepEqual((await statuses(cluster)).draining_machines, [{ id: HOST }]);
    await answerInverse(client, first, 'DECLINE_INVERSE_OFFERS', 0);
    const second = await client.until('INVERSE_OFFERS', 1);
    const [declined] = (await statuses(cluster)).draining_machines?.[0]?.statuses ?? [];
    deepEqual([declined?.status, declined?.framework_id.value], ['DECLINE', client.frameworkId]);
    await answerInverse(client, second, 'ACCEPT_INVERSE_OFFERS', 0);
    await client.until('INVERSE_OFFERS', 2);
    const { get_maintenance_status: shown } = await told(
      cluster,
      'GET_MAINTENANCE_STATUS',
      'protobuf',
    );
    deepEqual(
      shown?.status.draining_machines?.[0]?.statuses?.map(({ status }) => status),
      ['ACCEPT'],
    );
    equal(client.statusOf('TASK_KILLED'), undefined, 'what was accepted is no order');
  });

  test('InverseOffersFilters: who answers is not asked again for as long as it says', async (t) => {
    const cluster = await mesosCluster(t);
    await post(cluster, '/maintenance/schedule', schedule([HOST]));
    const client = await subscribeClient(cluster, { info: AWARE });
    await run(cluster, client, 'task');
    await answerInverse(client, await client.until('INVERSE_OFFERS'), 'ACCEPT_INVERSE_OFFERS', 30);
    await cluster.world.runFor(25_000);
    equal(client.all('INVERSE_OFFERS').length, 1);
    await client.until('INVERSE_OFFERS', 1);
    const again = await client.until('INVERSE_OFFERS', 1);
    await answerInverse(client, again, 'DECLINE_INVERSE_OFFERS', 3600);
    await cluster.world.runFor(5000);
    equal(client.all('INVERSE_OFFERS').length, 2);
    await client.accepted({ type: 'REVIVE', revive: {} });
    await client.until('INVERSE_OFFERS', 2);
  });

  test('AcceptInvalidInverseOffer: one that there is not counts for nothing', async (t) => {
    const cluster = await mesosCluster(t);
    const client = await subscribeClient(cluster);
    await client.accepted({
      type: 'ACCEPT_INVERSE_OFFERS',
      accept_inverse_offers: { inverse_offer_ids: [{ value: 'x' }] },
    });
    await cluster.world.runFor(100);
    deepEqual(await statuses(cluster), {});
  });

  test('a drain of an agent whose machine is in the schedule is refused', async (t) => {
    const cluster = await mesosCluster(t);
    await post(cluster, '/maintenance/schedule', schedule([HOST]));
    const { get_agents } = await told(cluster, 'GET_AGENTS');
    const id = get_agents?.agents?.[0]?.agent_info.id?.value ?? '';
    const call = { type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: id } } };
    const { status, text } = await operate(cluster, call);
    deepEqual(
      [status, text],
      [400, `Agent ${id} is part of a maintenance schedule under Machine agent-1`],
    );
  });

  test('schedule and machines that are down outlive the leader; its agents are not let in by the next', async (t) => {
    const cluster = await mesosCluster(t, { masterCount: 3, agentCount: 2 });
    const on = (leader: Awaited<ReturnType<typeof leaderOf>>) => ({
      ...cluster,
      ask: () => cluster.ask(leader),
    });
    const before = on(await leaderOf(cluster));
    deepEqual(
      await post(before, '/maintenance/schedule', schedule([HOST], [{ hostname: 'agent-2' }])),
      [200, ''],
    );
    deepEqual(await post(before, '/machine/down', [HOST]), [200, '']);
    const next = on(await failOver(cluster));
    await cluster.world.runFor(10_000);
    const { get_maintenance_status } = await told(next, 'GET_MAINTENANCE_STATUS');
    deepEqual(get_maintenance_status?.status.down_machines, [HOST]);
    deepEqual(get_maintenance_status?.status.draining_machines, [{ id: { hostname: 'agent-2' } }]);
    const { get_agents } = await told(next, 'GET_AGENTS');
    deepEqual(
      get_agents?.agents?.map(({ agent_info }) => agent_info.hostname),
      ['agent-2'],
    );
    ok((get_agents?.recovered_agents ?? []).length === 0);
  });
});
