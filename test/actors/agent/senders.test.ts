/** Whom the agent listens to. Source: Mesos 1.11, src/slave/slave.cpp, `if (from != master)`. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentActorMessage } from '../../../actors/agent/state.ts';
import type { ExecutorMessage, MasterMessage } from '../../../actors/protocol/messages.ts';
import { address } from '../../kit/probe.ts';
import { agentId, customTask, executor, framework, frameworkId, played, task } from './nouns.ts';
import { executorAddress, firstWords, master, playedAgent } from './played-agent.ts';

const { executorId } = executor;
const stranger = address<ExecutorMessage>('stranger', 'stranger:1');
const otherMaster = address<MasterMessage>('master', 'stranger:1');

test('what only the master says is heard from the master alone', () => {
  const { begin, receiveFrom, register, told, stopped, spawned } = playedAgent();
  const orders: readonly AgentActorMessage[] = [
    { type: 'agentRegistered', agentId, ...firstWords, master: otherMaster },
    { type: 'runTask', frameworkId, framework, task },
    { type: 'shutdownFramework', frameworkId },
    { type: 'shutdownAgent', reason: 'a stranger wishes it' },
  ];
  begin();
  for (const order of orders) receiveFrom(otherMaster, order);
  equal(told().at(-1)?.type, 'registerAgent');

  register();
  const count = spawned.length;
  for (const order of orders) receiveFrom(stranger, order);
  equal(spawned.length, count);
  deepEqual(stopped, []);
  receiveFrom(master, { type: 'runTask', frameworkId, framework, task });
  equal(spawned.length, count + 1);
});

test('nobody takes the place of an executor that has registered, or speaks for it', async () => {
  const { register, run, settle, receive, receiveFrom, update, sentTo, told, secret } = playedAgent(
    {
      workDirectory: played(),
    },
  );
  register();
  run(customTask('task-1'));
  await settle();
  const registration = {
    type: 'registerExecutor',
    frameworkId,
    executorId,
    secret: secret(),
  } as const;
  receiveFrom(stranger, { ...registration, executor: executorAddress });
  deepEqual(sentTo(executorAddress), []);
  receive({ ...registration, executor: executorAddress });
  receiveFrom(stranger, { ...registration, executor: stranger });
  update(stranger, task.taskId, executorId, 'finished');
  receiveFrom(stranger, { type: 'executorMessage', frameworkId, executorId, data: 'forged' });
  deepEqual(sentTo(stranger), []);
  receiveFrom(executorAddress, { type: 'executorMessage', frameworkId, executorId, data: 'true' });
  deepEqual(
    told().flatMap((message) => (message.type === 'executorMessage' ? [message.data] : [])),
    ['true'],
  );
});
