/** Calls and events of schedulers and executors, as messages between our actors. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
  UpdateId,
} from '../../../../actors/protocol/ids.ts';
import type { V1, V1Enum } from '../../../../actors/protocol/v1/dictionary.ts';
import { fromExecutorMessage } from '../../../../actors/protocol/v1/from-nouns/executor-events.ts';
import { fromSchedulerMessage } from '../../../../actors/protocol/v1/from-nouns/scheduler-events.ts';
import { uuidOfUpdateId } from '../../../../actors/protocol/v1/opaque-data.ts';
import { readWith } from '../../../../actors/protocol/v1/reading.ts';
import { toAgentMessage } from '../../../../actors/protocol/v1/to-nouns/executor-calls.ts';
import { toMasterMessage } from '../../../../actors/protocol/v1/to-nouns/scheduler-calls.ts';

const frameworkId = 'f' as FrameworkId;
const agentId = 'a' as AgentId;
const executorId = 'e' as ExecutorId;
const taskId = 't' as TaskId;
const updateId = '62538519-0a0b-4c0d-8e0f-101112131415' as UpdateId;
const uuid = uuidOfUpdateId(updateId);
const task_id = { value: 't' };
const agent_id = { value: 'a' };
const executor_id = { value: 'e' };

// ------------------------------------------------------------------------------------- schedulers

function called(call: V1<'scheduler.Call'>) {
  return readWith((report) => toMasterMessage(call, frameworkId, report));
}

test('each call of a scheduler is a message to the master', () => {
  const cases: readonly (readonly [V1<'scheduler.Call'>, unknown])[] = [
    [{ type: 'TEARDOWN' }, { type: 'teardown' }],
    [
      {
        type: 'ACCEPT',
        accept: {
          offer_ids: [{ value: 'o' }],
          operations: [
            {
              type: 'LAUNCH',
              launch: { task_infos: [{ name: 'n', task_id, agent_id, command: { value: 'ls' } }] },
            },
          ],
          filters: { refuse_seconds: 1.5 },
        },
      },
      {
        type: 'accept',
        offerIds: ['o'],
        operations: [
          {
            type: 'launch',
            tasks: [
              {
                taskId,
                name: 'n',
                agentId,
                resources: [],
                command: { shell: true, value: 'ls', arguments: [], environment: [] },
              },
            ],
          },
        ],
        filters: { refuseMs: 1500 },
      },
    ],
    [
      { type: 'DECLINE', decline: { offer_ids: [{ value: 'o' }] } },
      { type: 'decline', offerIds: ['o'], filters: { refuseMs: 5000 } },
    ],
    [{ type: 'REVIVE' }, { type: 'revive', roles: [] }],
    [
      { type: 'SUPPRESS', suppress: { roles: ['r'] } },
      { type: 'suppress', roles: ['r'] },
    ],
    [
      { type: 'KILL', kill: { task_id } },
      { type: 'kill', taskId },
    ],
    [
      {
        type: 'KILL',
        kill: { task_id, agent_id, kill_policy: { grace_period: { nanoseconds: 5_000_000n } } },
      },
      { type: 'kill', taskId, agentId, killGracePeriodMs: 5 },
    ],
    [
      { type: 'SHUTDOWN', shutdown: { agent_id, executor_id } },
      { type: 'shutdownExecutor', agentId, executorId },
    ],
    [
      { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } },
      { type: 'acknowledge', agentId, taskId, updateId },
    ],
    [
      { type: 'RECONCILE', reconcile: { tasks: [{ task_id }, { task_id, agent_id }] } },
      { type: 'reconcile', tasks: [{ taskId }, { taskId, agentId }] },
    ],
    [
      {
        type: 'ACKNOWLEDGE_OPERATION_STATUS',
        acknowledge_operation_status: { agent_id, operation_id: { value: 'o' }, uuid },
      },
      { type: 'acknowledgeOperation', agentId, operationId: 'o', updateId },
    ],
    [
      {
        type: 'RECONCILE_OPERATIONS',
        reconcile_operations: { operations: [{ operation_id: { value: 'o' }, agent_id }] },
      },
      { type: 'reconcileOperations', operations: [{ operationId: 'o', agentId }] },
    ],
    [
      { type: 'MESSAGE', message: { agent_id, executor_id, data: Uint8Array.of(104, 105) } },
      { type: 'schedulerMessage', agentId, executorId, data: 'hi' },
    ],
  ];
  for (const [call, message] of cases) {
    const { noun, notSupported, invalid } = called(call);
    deepEqual(noun, { frameworkId, ...(message as object) });
    deepEqual([...notSupported, ...invalid], []);
  }
});

test('a call that we have no message for is reported', () => {
  const types: readonly V1Enum<'scheduler.Call.Type'>[] = ['UNKNOWN'];
  for (const type of types) {
    const { noun, notSupported } = called({ type });
    equal(noun, undefined);
    deepEqual(notSupported, [{ field: 'scheduler.Call.type', path: 'type', value: type }]);
  }
});

test('an operation that we have not is reported, and the others stay', () => {
  const { noun, notSupported } = called({
    type: 'ACCEPT',
    accept: {
      operations: [{ type: 'DESTROY_DISK' }, { type: 'LAUNCH', launch: {} }],
    },
  });
  deepEqual(noun?.type === 'accept' && noun.operations, [{ type: 'launch', tasks: [] }]);
  deepEqual(notSupported, [
    { field: 'Offer.Operation.type', path: 'accept.operations[0].type', value: 'DESTROY_DISK' },
  ]);
});

test('an acknowledgement needs a uuid', () => {
  const { noun, invalid } = called({
    type: 'ACKNOWLEDGE',
    acknowledge: { agent_id, task_id, uuid: Uint8Array.of(1) },
  });
  equal(noun, undefined);
  deepEqual(invalid, [{ path: 'acknowledge.uuid', sentence: 'Not a valid UUID' }]);
});

test('how long an offer is refused is what Mesos makes of it', () => {
  const refused = (refuse_seconds: number): unknown => {
    const { noun } = called({ type: 'DECLINE', decline: { filters: { refuse_seconds } } });
    return noun?.type === 'decline' && noun.filters.refuseMs;
  };
  deepEqual([0, 0.1, -1, Number.NaN, Number.POSITIVE_INFINITY].map(refused), [
    0,
    100,
    5000,
    5000,
    365 * 86_400_000,
  ]);
});

test('each message of the master is an event for the scheduler', () => {
  const form = { multiRole: true, reservationRefinement: true };
  const masterInfo = { id: 'm', ip: 1, port: 5050 };
  const event = (message: Parameters<typeof fromSchedulerMessage>[0]) =>
    fromSchedulerMessage(message, masterInfo, form);
  const leader = { epoch: 1, masters: [], master: { name: 'master', node: 'h:1' } };
  deepEqual(event({ type: 'subscribed', frameworkId, heartbeatIntervalMs: 15_000, ...leader }), {
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: 'f' },
      heartbeat_interval_seconds: 15,
      master_info: masterInfo,
    },
  });
  deepEqual(event({ type: 'heartbeat' }), { type: 'HEARTBEAT' });
  deepEqual(event({ type: 'subscriptionEnded', message: 'Framework failed over' }), {
    type: 'ERROR',
    error: { message: 'Framework failed over' },
  });
  deepEqual(event({ type: 'offersMade', offers: [] }), { type: 'OFFERS', offers: { offers: [] } });
  deepEqual(event({ type: 'offerRescinded', offerId: 'o' as OfferId }), {
    type: 'RESCIND',
    rescind: { offer_id: { value: 'o' } },
  });
  const status = { taskId, state: 'lost', source: 'master', timestampMs: 1000 } as const;
  deepEqual(event({ type: 'taskUpdated', update: { frameworkId, status } }), {
    type: 'UPDATE',
    update: { status: { task_id, state: 'TASK_LOST', source: 'SOURCE_MASTER', timestamp: 1 } },
  });
  deepEqual(event({ type: 'executorMessage', agentId, executorId, data: 'hi' }), {
    type: 'MESSAGE',
    message: { agent_id, executor_id, data: Uint8Array.of(104, 105) },
  });
  deepEqual(event({ type: 'failed', agentId }), { type: 'FAILURE', failure: { agent_id } });
  const failure = (status: number) =>
    event({ type: 'failed', agentId, executorId, status })?.failure;
  equal(failure(3)?.status, 3 << 8, 'exit code 3, as wait(2) says it');
  equal(failure(128 + 9)?.status, 9, 'signal 9');
  equal(event({ type: 'notLeader', epoch: 1, masters: [] }), undefined);
});

// -------------------------------------------------------------------------------------- executors

test('each call of an executor is a message to the agent', () => {
  const call = (rest: Partial<V1<'executor.Call'>>) =>
    readWith((report) =>
      toAgentMessage({ framework_id: { value: 'f' }, executor_id, ...rest }, 7, report),
    );
  const status = { task_id, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', uuid } as const;
  deepEqual(call({ type: 'UPDATE', update: { status } }).noun, {
    type: 'executorUpdate',
    frameworkId,
    executorId,
    update: {
      id: updateId,
      frameworkId,
      status: { taskId, state: 'running', source: 'executor', timestampMs: 7 },
    },
  });
  const { uuid: _, ...without } = status;
  deepEqual(call({ type: 'UPDATE', update: { status: without } }).invalid, [
    { path: 'update.status.uuid', sentence: 'Not a valid UUID' },
  ]);
  deepEqual(call({ type: 'MESSAGE', message: { data: Uint8Array.of(104) } }).noun, {
    type: 'executorMessage',
    frameworkId,
    executorId,
    data: 'h',
  });
  deepEqual(call({ type: 'SUBSCRIBE', subscribe: {} }).notSupported, [
    { field: 'executor.Call.type', path: 'type', value: 'SUBSCRIBE' },
  ]);
});

test('each message of the agent is an event for the executor', () => {
  const command = { shell: true, value: './e', arguments: [], environment: [] };
  const registered = fromExecutorMessage({
    type: 'executorRegistered',
    frameworkId,
    framework: { name: 'n', user: 'u', roles: ['r'], failoverTimeoutMs: 0, capabilities: [] },
    executor: { executorId, name: '', command, resources: [] },
    agent: {
      agentId,
      hostname: 'h',
      port: 1,
      resources: [],
      attributes: [],
      version: '1',
      node: 'h:1',
    },
  })?.subscribed;
  deepEqual(registered?.executor_info, {
    type: 'CUSTOM',
    executor_id,
    framework_id: { value: 'f' },
    command: { shell: true, value: './e' },
    resources: [],
  });
  deepEqual(registered?.framework_info.id, { value: 'f' });
  deepEqual(registered?.agent_info.id, agent_id);
  const task = { taskId, name: 'n', agentId, resources: [] };
  deepEqual(fromExecutorMessage({ type: 'launch', task }), {
    type: 'LAUNCH',
    launch: { task: { name: 'n', task_id, agent_id, resources: [] } },
  });
  deepEqual(fromExecutorMessage({ type: 'kill', taskId, killGracePeriodMs: 1 }), {
    type: 'KILL',
    kill: { task_id, kill_policy: { grace_period: { nanoseconds: 1_000_000n } } },
  });
  deepEqual(fromExecutorMessage({ type: 'updateReceived', taskId, updateId }), {
    type: 'ACKNOWLEDGED',
    acknowledged: { task_id, uuid },
  });
  deepEqual(fromExecutorMessage({ type: 'schedulerMessage', data: 'h' }), {
    type: 'MESSAGE',
    message: { data: Uint8Array.of(104) },
  });
  deepEqual(fromExecutorMessage({ type: 'shutdown' }), { type: 'SHUTDOWN' });
  deepEqual(
    fromExecutorMessage({
      type: 'registrationRefused',
      code: 'executorSecretWrong',
      message: 'no',
    }),
    { type: 'ERROR', error: { message: 'no' } },
  );
});
