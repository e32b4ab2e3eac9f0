/** The executor driver alone, with a logic that writes down what it hears. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { defineExecutor } from '../../../actors/framework/executor.ts';
import { LIVE_TASK_COUNT_MAX } from '../../../actors/framework/executor-calls.ts';
import type { ExecutorCalls, ExecutorEvent } from '../../../actors/framework/executor-logic.ts';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../../actors/protocol/ids.ts';
import type { AgentMessage, ExecutorMessage } from '../../../actors/protocol/messages.ts';
import { address, probe } from '../../kit/probe.ts';

const frameworkId = 'framework-1' as FrameworkId;
const executorId = 'executor-1' as ExecutorId;
const agent = address<AgentMessage>('agent', 'a:1');
const command = { shell: true, value: 'true', arguments: [], environment: [] };
const registered: ExecutorMessage = {
  type: 'executorRegistered',
  frameworkId,
  framework: { name: 'f', user: 'u', roles: ['*'], failoverTimeoutMs: 0, capabilities: [] },
  executor: { executorId, name: 'e', command, resources: [], shutdownGracePeriodMs: 3000 },
  agent: {
    agentId: 'agent-1' as AgentId,
    node: 'h:1',
    hostname: 'h',
    port: 1,
    resources: [],
    attributes: [],
    version: '0.1.0',
  },
};
/** Chance always falls on the far end, so that waits are their whole length. */
const ALMOST_ONE = 1 - 2 ** -53;

test('it registers until the agent answers', () => {
  const { advance, receive, registrations, heard } = start();
  advance(5000);
  deepEqual(registrations(), [0, 500, 1500, 3500]);
  receive(registered, registered);
  advance(60_000);
  equal(registrations().length, 4);
  deepEqual(heard(), ['registered']);
});

test('each task of a group is launched once, and with the whole group beside it', () => {
  const { receive, events, calls } = start();
  const group = ['t1', 't2'].map((id) => {
    const agentId = 'agent-1' as AgentId;
    return { taskId: id as TaskId, name: id, agentId, resources: [] };
  });
  const launch = { type: 'launchGroup', tasks: group } as const;
  receive(registered, launch, launch);
  deepEqual(
    events.filter(({ type }) => type === 'launch'),
    group.map((task) => ({ type: 'launch', task, group })),
  );
  calls().update('t1' as TaskId, 'finished');
  receive(launch);
  equal(events.filter(({ type }) => type === 'launch').length, 2);
});

test('it proves who it is by the secret of its environment', () => {
  const { sentTo } = start();
  const [{ message } = { message: undefined }] = sentTo(agent);
  equal(message?.type === 'registerExecutor' && message.secret, 'secret-1');
});

test('refused by its agent it says why, asks no more, and ends', () => {
  const { receiveFrom, advance, registrations, heard, logged, stopped } = start();
  const refusal = {
    type: 'registrationRefused',
    code: 'executorSecretWrong',
    message: 'Cannot register',
  } as const;
  receiveFrom(address('agent', 'b:1'), refusal);
  deepEqual(heard(), []);
  receiveFrom(agent, refusal);
  deepEqual(heard(), ['shutdown refused']);
  deepEqual(
    logged.map(({ level, text, fields }) => [level, text, fields]),
    [['error', 'Cannot register', { code: 'executorSecretWrong' }]],
  );
  advance(60_000);
  equal(registrations().length, 1);
  equal(stopped.length, 1);
});

test('a task is launched once, however often the agent says so', () => {
  const { receive, heard, calls } = start();
  receive(registered, launch('t'), launch('t'));
  calls().update('t' as TaskId, 'finished');
  receive(launch('t'));
  deepEqual(heard(), ['registered', 'launch t']);
  deepEqual([...calls().liveTaskIds], []);
});

test('updates are repeated in order until the agent has them', () => {
  const { receive, advance, calls, updates, confirm } = start();
  receive(registered, launch('t'));
  calls().update('t' as TaskId, 'running');
  calls().update('t' as TaskId, 'finished', { exitCode: 0 });
  deepEqual(updates(), ['0s running', '0s finished']);
  advance(2000);
  deepEqual(updates().slice(2), ['2s running', '2s finished']);
  confirm(0);
  advance(4000);
  deepEqual(updates().slice(4), ['6s finished']);
  confirm(1);
  advance(60_000);
  equal(updates().length, 5);
});

test('what happens while the agent is away is told when it is back', () => {
  const { receive, advance, calls, updates, heard } = start();
  receive(registered, launch('t'), { type: 'exited', address: agent, reason: 'noConnection' });
  calls().update('t' as TaskId, 'finished');
  advance(10_000);
  deepEqual(updates(), []);
  receive(registered);
  deepEqual(updates(), ['10s finished']);
  deepEqual(heard(), ['registered', 'launch t', 'disconnected', 'registered again']);
});

test('an agent that stays away for too long ends it', () => {
  const { receive, advance, heard, stopped } = start();
  receive(registered, { type: 'exited', address: agent, reason: 'noConnection' });
  advance(900_000);
  deepEqual(heard(), ['registered', 'disconnected', 'shutdown agentLost']);
  advance(3000);
  equal(stopped.length, 1);
});

test('an agent that comes back in time does not', () => {
  const { receive, advance, heard } = start();
  receive(registered, { type: 'exited', address: agent, reason: 'noConnection' });
  advance(899_000);
  receive(registered);
  advance(900_000);
  deepEqual(heard(), ['registered', 'disconnected', 'registered again']);
});

test('it is back within a second when its agent is, however long that was away', () => {
  const { receive, advance, registrations } = start();
  receive(registered, { type: 'exited', address: agent, reason: 'noConnection' });
  const before = registrations().length;
  advance(100_000);
  equal(registrations().length - before, 100);
});

test('asked to shut down, it ends when the agent has the last update', () => {
  const { receive, calls, confirm, stopped, on, timers } = start();
  on.shutdown = (driver) => {
    driver.update('t' as TaskId, 'killed');
    driver.stop();
  };
  receive(registered, launch('t'), { type: 'shutdown' });
  equal(stopped.length, 0);
  confirm(0);
  equal(stopped.length, 1);
  deepEqual(timers(), []);
  equal(calls().liveTaskIds.size, 0);
});

test('asked to shut down, it ends after the grace period, whatever is missing', () => {
  const { receive, advance, stopped } = start();
  receive(registered, launch('t'), { type: 'shutdown' }, { type: 'shutdown' });
  advance(2999);
  equal(stopped.length, 0);
  advance(1);
  equal(stopped.length, 1);
});

test('only the agent that started it gives it orders', () => {
  const { receive, receiveFrom, heard } = start();
  receive(registered);
  receiveFrom(address('agent', 'b:1'), launch('t1'), { type: 'shutdown' });
  receiveFrom(agent, launch('t2'));
  deepEqual(heard(), ['registered', 'launch t2']);
});

test('messages go both ways, kills come with their grace period', () => {
  const { receive, calls, events, sentTo } = start();
  receive(
    registered,
    { type: 'schedulerMessage', data: 'louder' },
    { type: 'kill', taskId: 't' as TaskId, killGracePeriodMs: 7 },
  );
  calls().message('done');
  deepEqual(events.slice(1), [
    { type: 'message', data: 'louder' },
    { type: 'kill', taskId: 't', killGracePeriodMs: 7 },
  ]);
  deepEqual(sentTo(agent).at(-1)?.message, {
    type: 'executorMessage',
    frameworkId,
    executorId,
    data: 'done',
  });
});

test('a task over the maximum is answered as failed', () => {
  const { receive, heard, lastStatus } = start();
  receive(registered);
  for (let index = 0; index <= LIVE_TASK_COUNT_MAX; index++) receive(launch(`t${index}`));
  equal(heard().length, 1 + LIVE_TASK_COUNT_MAX);
  equal(lastStatus()?.taskId, `t${LIVE_TASK_COUNT_MAX}`);
  match(lastStatus()?.message ?? '', /runs 10000 tasks already/);
});

test('from other nodes come only messages of the protocol', () => {
  const { definition } = start();
  equal(definition.accepts?.({ type: 'shutdown' }), undefined);
  match(definition.accepts?.({ type: 'graceOver' }) ?? '', /graceOver/);
});

function start() {
  const events: ExecutorEvent[] = [];
  const on: { shutdown?: (driver: ExecutorCalls) => void } = {};
  let calls: ExecutorCalls | undefined;
  const note = (_state: object, event: ExecutorEvent, driver: ExecutorCalls) => {
    events.push(event);
    if (event.type === 'shutdown') on.shutdown?.(driver);
  };
  const definition = defineExecutor<object, object, { readonly type: 'poke' }>({
    name: 'logic',
    initialState: () => ({}),
    on: {
      registered: note,
      disconnected: note,
      launch: note,
      kill: note,
      message: note,
      shutdown: note,
    },
    handlers: {
      poke(_state, _message, driver) {
        calls = driver;
      },
    },
  });
  const options = { agent, frameworkId, executorId, secret: 'secret-1' };
  const actor = probe(definition, options, { random: () => ALMOST_ONE });
  const sentUpdates = () =>
    actor
      .sentTo(agent)
      .flatMap(({ atMs, message }) =>
        message.type === 'executorUpdate' ? [{ atMs, update: message.update }] : [],
      );
  return {
    ...actor,
    definition,
    events,
    on,
    calls(): ExecutorCalls {
      actor.receive({ type: 'poke' });
      if (calls === undefined) throw new Error('The logic has not been called');
      return calls;
    },
    heard: () => events.map(line),
    registrations: () =>
      actor
        .sentTo(agent)
        .filter(({ message }) => message.type === 'registerExecutor')
        .map(({ atMs }) => Math.round(atMs)),
    updates: () =>
      sentUpdates().map(({ atMs, update }) => `${Math.round(atMs / 1000)}s ${update.status.state}`),
    /** The agent has the update of this number, counted as sent. */
    confirm(index: number) {
      const update = sentUpdates()[index]?.update;
      if (update === undefined) throw new Error(`No update ${index} was sent`);
      const { taskId } = update.status;
      actor.receive({ type: 'updateReceived', taskId, updateId: update.id });
    },
    lastStatus: () => sentUpdates().at(-1)?.update.status,
  };
}

function line(event: ExecutorEvent): string {
  switch (event.type) {
    case 'registered':
      return event.again ? 'registered again' : 'registered';
    case 'launch':
      return `launch ${event.task.taskId}`;
    case 'shutdown':
      return `shutdown ${event.reason}`;
    default:
      return event.type;
  }
}

function launch(id: string): ExecutorMessage {
  const taskId = id as TaskId;
  return {
    type: 'launch',
    task: { taskId, name: id, agentId: 'agent-1' as AgentId, resources: [] },
  };
}
