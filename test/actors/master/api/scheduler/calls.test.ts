/**
 * What each call does, and what of it a scheduler is told.
 * Source: Mesos 1.11, src/master/master.cpp, accept, decline, kill, reconcile; validation.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { V1 } from '../../../../../actors/protocol/v1/dictionary.ts';
import { type HttpCluster, startHttpCluster } from '../../../../kit/http-cluster.ts';
import {
  commandTask,
  type SchedulerClient,
  subscribeClient,
} from '../../../../kit/scheduler-client.ts';

const SLEEP = 'sleep 600; exit 0';
/** Partition awareness makes dropped of lost. */
const AWARE: Partial<V1<'FrameworkInfo'>> = { capabilities: [{ type: 'PARTITION_AWARE' }] };

describe('calls', () => {
  let cluster: HttpCluster;
  let client: SchedulerClient;
  before(async () => {
    cluster = startHttpCluster({ seed: 15, agentCount: 1 });
    await cluster.world.runFor(2000);
  });
  after(() => cluster.close());
  beforeEach(async (context) => {
    client = await subscribeClient(cluster, { info: AWARE });
    if (!('after' in context)) return;
    context.after(async () => {
      if (client.ended === undefined) await client.accepted({ type: 'TEARDOWN' });
      await cluster.world.runFor(1000);
    });
  });

  function statuses(): readonly (readonly (string | undefined)[])[] {
    return client.all('UPDATE').flatMap(({ update }) => {
      if (update === undefined) return [];
      const { task_id, state, message } = update.status;
      return [[task_id.value, state, message]];
    });
  }

  test('ACCEPT of an offer that is not there drops its tasks, and discards the other offers', async () => {
    const offer = await client.offer();
    const { world } = cluster;
    await client.accepted({
      type: 'ACCEPT',
      accept: {
        offer_ids: [offer.id, { value: 'none' }],
        operations: [
          { type: 'LAUNCH', launch: { task_infos: [commandTask('one', offer, SLEEP)] } },
        ],
      },
    });
    const { message, reason, source, uuid } = await client.untilState('TASK_DROPPED');
    equal(message, 'Task launched with invalid offers: Offer none is no longer valid');
    deepEqual([reason, source, uuid], ['REASON_INVALID_OFFERS', 'SOURCE_MASTER', undefined]);
    await world.runUntil(() => client.all('OFFERS').length > 1, 10_000);
    equal(client.all('RESCIND').length, 0);
  });

  test('ACCEPT without offers drops its tasks', async () => {
    const offer = await client.offer();
    const operations: readonly V1<'Offer.Operation'>[] = [
      { type: 'LAUNCH', launch: { task_infos: [commandTask('one', offer, SLEEP)] } },
    ];
    await client.accepted({ type: 'ACCEPT', accept: { operations } });
    const { message } = await client.untilState('TASK_DROPPED');
    equal(message, 'Task launched with invalid offers: No offers specified');
  });

  test('DECLINE ignores offers that it does not know, and what is declined comes again later', async () => {
    const offer = await client.offer();
    const offer_ids = [offer.id, { value: 'none' }];
    await client.accepted({
      type: 'DECLINE',
      decline: { offer_ids, filters: { refuse_seconds: 0 } },
    });
    equal((await client.offer(1)).agent_id.value, offer.agent_id.value);
  });

  test('a task with a field that is not supported is TASK_ERROR by its name, others are launched', async () => {
    const offer = await client.offer();
    const { agent_id } = offer;
    const empty: V1<'Resource'>[] = [{ name: 'cpus', type: 'SCALAR', scalar: { value: -1 } }];
    await client.launch(offer, [
      commandTask('limited', offer, SLEEP, { limits: new Map([['cpus', { value: 2 }]]) }),
      commandTask('negative', offer, SLEEP, { resources: empty }),
      commandTask('good', offer, SLEEP, { agent_id }),
    ]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    await client.untilState('TASK_RUNNING');
    deepEqual(
      statuses().filter(([, state]) => state === 'TASK_ERROR'),
      [
        ['limited', 'TASK_ERROR', "'limits' is not supported: leave it out"],
        [
          'negative',
          'TASK_ERROR',
          'Task uses invalid resources: Invalid scalar resource: value <= 0',
        ],
      ],
    );
    const { reason, agent_id: told } = client.statusOf('TASK_ERROR') ?? {};
    deepEqual([reason, told], ['REASON_TASK_INVALID', agent_id]);
    equal(client.statusOf('TASK_RUNNING')?.task_id.value, 'good');
  });

  test('a task is checked as it asks, and what is invalid in that is said in the words of Mesos', async () => {
    const offer = await client.offer();
    const tcp = { type: 'TCP', tcp: { port: 7 }, delay_seconds: 0 } as const;
    await client.launch(offer, [
      commandTask('typeless', offer, SLEEP, { check: {} }),
      commandTask('early', offer, SLEEP, { health_check: { ...tcp, delay_seconds: -1 } }),
      commandTask('good', offer, SLEEP, { health_check: tcp }),
    ]);
    deepEqual(statuses(), [
      ['typeless', 'TASK_ERROR', "Task uses invalid check: CheckInfo must specify 'type'"],
      [
        'early',
        'TASK_ERROR',
        "Task uses invalid health check: Expecting 'delay_seconds' to be non-negative",
      ],
    ]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    await client.untilState('TASK_RUNNING').then((status) => client.acknowledge(status));
    const told = () => client.all('UPDATE').map(({ update }) => update?.status);
    await cluster.world.runUntil(() => told().at(-1)?.healthy !== undefined, 10_000);
    const { state, reason, healthy } = told().at(-1) ?? {};
    deepEqual(
      [state, reason, healthy],
      ['TASK_RUNNING', 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED', true],
    );
  });

  test('LAUNCH with an id is TASK_ERROR; an operation that is not valid OPERATION_ERROR if it has one', async () => {
    const offer = await client.offer();
    const volume: V1<'Resource'> = { name: 'disk', type: 'SCALAR', scalar: { value: 1 } };
    const reserve = { resources: [volume] };
    await client.accepted({
      type: 'ACCEPT',
      accept: {
        offer_ids: [offer.id],
        operations: [
          { type: 'RESERVE', id: { value: 'first' }, reserve },
          { type: 'RESERVE', reserve },
          {
            type: 'LAUNCH',
            id: { value: 'second' },
            launch: { task_infos: [commandTask('one', offer, SLEEP)] },
          },
        ],
      },
    });
    await cluster.world.runFor(1);
    const operations = client.all('UPDATE_OPERATION_STATUS');
    deepEqual(
      operations.map(({ update_operation_status }) => update_operation_status?.status),
      [
        {
          operation_id: { value: 'first' },
          state: 'OPERATION_ERROR',
          message: `Resource disk:1 is not dynamically reserved; on agent ${offer.agent_id.value} at slave(1)@${offer.hostname}:5051 (${offer.hostname})`,
        },
      ],
    );
    deepEqual(statuses(), [
      ['one', 'TASK_ERROR', 'The `id` field cannot be set on LAUNCH operations'],
    ]);
  });

  test('KILL of an unknown task is answered as a question about it; its policy shortens the grace', async () => {
    const kill = { task_id: { value: 'never' } };
    await client.accepted({ type: 'KILL', kill });
    equal((await client.untilState('TASK_UNKNOWN')).task_id.value, 'never');
    const offer = await client.offer();
    await client.launch(offer, [commandTask('deaf', offer, `trap '' TERM; ${SLEEP}`)]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    await client.untilState('TASK_RUNNING').then((status) => client.acknowledge(status));
    const beforeMs = cluster.world.elapsedMs();
    const kill_policy = { grace_period: { nanoseconds: 100_000_000n } };
    await client.accepted({ type: 'KILL', kill: { task_id: { value: 'deaf' }, kill_policy } });
    await client.untilState('TASK_KILLED');
    equal(cluster.world.elapsedMs() - beforeMs < 1000, true);
  });

  test('RECONCILE answers for the tasks it names, or for all, without a uuid', async () => {
    const offer = await client.offer();
    await client.launch(offer, [commandTask('one', offer, SLEEP)]);
    await client.untilState('TASK_STARTING').then((status) => client.acknowledge(status));
    await client.untilState('TASK_RUNNING').then((status) => client.acknowledge(status));
    const seen = client.all('UPDATE').length;
    await client.accepted({ type: 'RECONCILE', reconcile: {} });
    const { agent_id } = offer;
    const tasks = [{ task_id: { value: 'other' }, agent_id }, { task_id: { value: 'another' } }];
    await client.accepted({ type: 'RECONCILE', reconcile: { tasks } });
    await cluster.world.runFor(10);
    const answers = client.all('UPDATE').slice(seen);
    deepEqual(
      answers.map(({ update }) => [
        update?.status.task_id.value,
        update?.status.state,
        update?.status.reason,
        update?.status.uuid,
      ]),
      [
        ['one', 'TASK_RUNNING', 'REASON_RECONCILIATION', undefined],
        ['other', 'TASK_GONE', 'REASON_RECONCILIATION', undefined],
        ['another', 'TASK_UNKNOWN', 'REASON_RECONCILIATION', undefined],
      ],
    );
  });

  test('SUPPRESS keeps offers away until REVIVE, which also ends what was refused', async () => {
    const offer = await client.offer();
    await client.accepted({ type: 'SUPPRESS', suppress: {} });
    equal(client.all('RESCIND').length, 0);
    const filters = { refuse_seconds: 3600 };
    await client.accepted({ type: 'DECLINE', decline: { offer_ids: [offer.id], filters } });
    await cluster.world.runFor(5000);
    equal(client.all('OFFERS').length, 1);
    await client.accepted({ type: 'REVIVE', revive: { roles: ['none of its'] } });
    await cluster.world.runFor(2000);
    equal(client.all('OFFERS').length, 1);
    await client.accepted({ type: 'REVIVE' });
    await client.offer(1);
  });

  test('REQUEST is taken, and ACKNOWLEDGE_OPERATION_STATUS of what nobody knows', async () => {
    const requests = [{ resources: [] }];
    await client.accepted({ type: 'REQUEST', request: { requests } });
    await client.accepted({
      type: 'ACKNOWLEDGE_OPERATION_STATUS',
      acknowledge_operation_status: {
        agent_id: { value: 'a' },
        uuid: Buffer.from('00000000000040008000000000000000', 'hex'),
        operation_id: { value: 'o' },
      },
    });
  });

  test('RECONCILE_OPERATIONS: of what is not known it is told what is known of the agent', async () => {
    const operations = [{ operation_id: { value: 'o' }, agent_id: { value: 'a' } }];
    const call = { type: 'RECONCILE_OPERATIONS', reconcile_operations: { operations } } as const;
    await client.accepted(call);
    await cluster.world.runFor(1);
    const [event] = client.all('UPDATE_OPERATION_STATUS');
    deepEqual(event?.update_operation_status?.status, {
      operation_id: { value: 'o' },
      state: 'OPERATION_RECOVERING',
      message: 'Reconciliation: Agent is recovered but has not re-registered',
      agent_id: { value: 'a' },
    });
  });

  test('answers to inverse offers that there are not count for nothing', async () => {
    const decline_inverse_offers = { inverse_offer_ids: [{ value: 'o' }] };
    await client.accepted({ type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers });
  });

  test('SHUTDOWN, MESSAGE and KILL for what is not there are taken all the same', async () => {
    const agent_id = { value: 'nowhere' };
    const executor_id = { value: 'nobody' };
    await client.accepted({ type: 'SHUTDOWN', shutdown: { agent_id, executor_id } });
    const data = Uint8Array.of(0, 255, 254);
    await client.accepted({ type: 'MESSAGE', message: { agent_id, executor_id, data } });
    const task_id = { value: 'one' };
    await client.accepted({ type: 'KILL', kill: { task_id, agent_id } });
  });

  test('what no agent would take is 400: a message of more than a mebibyte', async () => {
    const data = new Uint8Array(2 * 1024 * 1024).fill(120);
    const message = { agent_id: { value: 'a' }, executor_id: { value: 'e' }, data };
    const { status, text } = await client.call({ type: 'MESSAGE', message });
    equal(status, 400);
    match(text, /^MESSAGE can't be read: data: expected at most 1048576 characters/);
  });

  test('a launch whose group is not supported errs for each task of it', async () => {
    const offer = await client.offer();
    const tasks = [commandTask('one', offer, SLEEP), commandTask('two', offer, SLEEP)].map(
      ({ command: _, ...task }) => ({ ...task, check: {} }),
    );
    const executor = { executor_id: { value: 'group' }, type: 'DEFAULT' } as const;
    const launch_group = { executor, task_group: { tasks } };
    await client.accepted({
      type: 'ACCEPT',
      accept: { offer_ids: [offer.id], operations: [{ type: 'LAUNCH_GROUP', launch_group }] },
    });
    deepEqual(
      client
        .all('UPDATE')
        .map(({ update }) => [
          update?.status.task_id.value,
          update?.status.state,
          update?.status.reason,
        ]),
      [
        ['one', 'TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
        ['two', 'TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
      ],
    );
  });
});
