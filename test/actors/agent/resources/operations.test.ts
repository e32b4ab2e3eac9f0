/** What the agent and its master say to each other of operations, and what tasks have to wait for. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationCarrierMessage } from '../../../../actors/agent/resources/carrier-state.ts';
import { outcomeOf } from '../../../../actors/agent/resources/operation-outcome.ts';
import type { OperationUuid, TaskId, UpdateId } from '../../../../actors/protocol/ids.ts';
import type { OperationState } from '../../../../actors/protocol/operation.ts';
import type { ResourceOperation } from '../../../../actors/protocol/resource-operations.ts';
import { plus, type Resources } from '../../../../actors/protocol/resources.ts';
import type { Address } from '../../../../runtime/actor.ts';
import { agentId, info, task } from '../nouns.ts';
import { firstWords, master, playedAgent } from '../played-agent.ts';
import { create, destroy, operationRecord, reserve, reservedDisk, volume } from './nouns.ts';

test('an operation is handed on once, and told as its carrier says until that is acknowledged', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('1', reserve);
  deepEqual(agent.carried(), ['forgetSettled', 'resume', 'apply 1']);
  const operation = agent.settle('1');
  agent.receive({ type: 'forwardOperation', operation });
  const [update] = agent.toldOf('operationUpdated');
  deepEqual(update?.type === 'operationUpdated' && update.update, {
    operationUuid: '1',
    agentId,
    status: { state: 'finished', updateId: 'u1', converted: [reservedDisk(64)] },
  });
  agent.acknowledge('1', 'another');
  agent.acknowledge('1');
  agent.acknowledge('1');
  agent.apply('1', reserve);
  deepEqual(agent.carried().slice(2), ['apply 1', 'acknowledge 1'], 'it is remembered for a while');
});

test('what came to nothing is told with what the agent has, under another version', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('2', create(volume('v')));
  const version = agent.state.resourceVersion;
  agent.settle('1');
  deepEqual(agent.toldOf('agentUpdated'), []);
  agent.settle('2', 'failed');
  const [update] = agent.toldOf('agentUpdated');
  const now = update?.type === 'agentUpdated' ? update.resourceVersion : undefined;
  deepEqual(update?.type === 'agentUpdated' && update.resources, agent.state.total);
  equal(now === version, false);
  agent.apply('3', reserve, version);
  agent.apply('4', reserve, now);
  deepEqual(agent.carried().slice(4), ['refuse 3', 'apply 4']);
  agent.settle('3', 'dropped');
  equal(agent.toldOf('agentUpdated').length, 1, 'nothing else is so than was said');
  agent.run(task, { resourceVersion: version ?? '' });
  const [report] = agent.reports();
  equal(report?.status.state, 'dropped');
  equal(report?.status.reason, 'invalidOffers');
});

test('what is under way counts as done when the agent says what it has', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('2', create(volume('v')));
  agent.receive({ type: 'exited', address: master, reason: 'noConnection' });
  agent.advance(60_000);
  const last = agent.told().findLast(({ type }) => type === 'reregisterAgent');
  deepEqual(
    last?.type === 'reregisterAgent' && last.operations?.map(({ status }) => status.state),
    ['pending', 'pending'],
  );
  deepEqual(
    last?.type === 'reregisterAgent' && last.resources?.filter(({ disk }) => disk !== undefined),
    [volume('v')],
  );
});

test('a task waits for the volume that is being made for it', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('2', create(volume('v')));
  agent.run({ ...task, resources: plus(task.resources, [volume('v')]) });
  const executor = agent.commandExecutor();
  agent.settle('1');
  deepEqual(agent.sentTo(executor), []);
  agent.settle('2');
  equal(agent.sentTo(executor)[0]?.message.type, 'launch');
});

test('a task whose volume does not come to be is dropped, with its executor', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('2', create(volume('v')));
  agent.run({ ...task, resources: plus(task.resources, [volume('v')]) });
  agent.settle('1');
  agent.settle('2', 'failed');
  deepEqual(agent.states(), ['task-1 dropped']);
  match(
    agent.reports()[0]?.status.message ?? '',
    /an operation that it depends on came to nothing$/,
  );
  equal(agent.sentTo(agent.commandExecutor()).at(-1)?.message.type, 'shutdown');
});

test('a volume is used by one task at a time, unless it is shared', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.apply('2', create(volume('v'), volume('s', 10, { shared: true })));
  agent.settle('1');
  agent.settle('2');
  const run = (taskId: string, resources: Resources) =>
    agent.run({ ...task, taskId: taskId as TaskId, resources });
  run('1', [volume('s', 10, { shared: true })]);
  run('2', [volume('s', 10, { shared: true })]);
  run('3', [volume('v')]);
  run('4', [volume('v')]);
  deepEqual(
    [...agent.state.waiting.keys()].map(({ info: { taskId } }) => taskId),
    ['4'],
  );
  agent.apply('3', destroy(volume('v')));
  const last = agent.carrierHeard().at(-1);
  const inUse = last?.type === 'apply' ? last.inUse : [];
  match(JSON.stringify(outcomeOf(agent.state.total, destroy(volume('v')), inUse)), /is in use/);
});

test('the master hears of operations that the agent does not know that they are dropped', () => {
  const agent = registered();
  agent.apply('1', reserve);
  agent.settle('1');
  agent.acknowledge('1');
  const version = agent.state.resourceVersion;
  agent.run({ ...task, resources: [volume('lost')] });
  deepEqual(agent.states(), [], 'the task waits for what it was launched on');
  const unknownOperations = ['1', '2'] as OperationUuid[];
  agent.receive({
    ...{ type: 'agentReregistered', agentId, ...firstWords },
    ...{ unknownTasks: [], unknownOperations },
  });
  equal(agent.toldOf('agentUpdated').length, 1);
  equal(agent.state.resourceVersion === version, false);
  match(agent.states().join(), /dropped$/);
  const told = agent
    .toldOf('operationUpdated')
    .flatMap((one) => (one.type === 'operationUpdated' ? [one.update] : []));
  deepEqual(
    told.map(({ operationUuid, status }) => `${operationUuid} ${status.state} ${status.updateId}`),
    ['1 finished undefined', '2 dropped undefined'],
  );
});

test('a new agent begins with the resources of the old one, and without its operations', () => {
  const agent = playedAgent();
  agent.receive({ type: 'checkpointRead', kept: undefined });
  agent.receive({ type: 'launcherReady', leftoverCount: 0 });
  const total = plus(info.resources, [reservedDisk(1)]);
  const status = { state: 'finished', updateId: 'u' as UpdateId } as const;
  const operations = [{ ...operationRecord('1', reserve), status }];
  deepEqual(agent.told(), [], 'it does not know yet what it has');
  agent.receive({ type: 'resourcesRead', total, operations });
  agent.advance(60_000);
  const [first] = agent.told();
  deepEqual(first?.type === 'registerAgent' && first.resources, total);
  equal(first?.type === 'registerAgent' && first.operations, undefined, 'it will not repeat it');
  agent.receive({ type: 'agentRegistered', agentId, ...firstWords });
  equal(agent.state.operations.size, 0);
});

test('an agent that cannot read what it has ends', () => {
  const agent = playedAgent();
  agent.receive({ type: 'resourcesFailed', cause: 'Checkpointed resources are incompatible' });
  deepEqual(agent.stopped, [agent.self]);
  equal(agent.logged.at(-1)?.text, 'Checkpointed resources are incompatible');
});

function registered() {
  const agent = playedAgent();
  agent.register();
  const found = agent.spawned.find(({ definition }) => definition === 'operations');
  const carrier = found?.address as unknown as typeof carrierAddress;
  const heard = () => agent.sentTo(carrier).map(({ message }) => message);
  return {
    ...agent,
    carrierHeard: heard,
    carried: () =>
      heard().map((message) => {
        if ('record' in message) return `${message.type} ${message.record.operationUuid}`;
        return 'operationUuid' in message
          ? `${message.type} ${message.operationUuid}`
          : message.type;
      }),
    apply(uuid: string, operation: ResourceOperation, resourceVersion?: string) {
      agent.receive({
        type: 'applyOperation',
        ...operationRecord(uuid, operation),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      });
    },
    /** As its carrier does. */
    settle(uuid: string, state: OperationState = 'finished') {
      const asked = heard().find(
        (message) => 'record' in message && message.record.operationUuid === uuid,
      );
      if (asked === undefined || !('record' in asked)) throw new Error(`Nobody asked for ${uuid}`);
      const outcome = outcomeOf(agent.state.total, asked.record.operation, []);
      const isDone = state === 'finished' && 'total' in outcome;
      const total = isDone ? outcome.total : agent.state.total;
      const updateId = `u${uuid}` as UpdateId;
      const operation = { ...asked.record, status: { state, updateId } };
      agent.receive({ type: 'operationSettled', operation, total });
      return operation;
    },
    acknowledge(uuid: string, updateId = `u${uuid}`) {
      agent.receive({
        type: 'acknowledgeOperation',
        operationUuid: uuid as OperationUuid,
        updateId: updateId as UpdateId,
      });
    },
    toldOf: (type: string) => agent.told().filter((message) => message.type === type),
  };
}

declare const carrierAddress: Address<OperationCarrierMessage>;
