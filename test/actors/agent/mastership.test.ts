/** The agent and its master. Source: Mesos 1.11, src/slave/slave.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId, TaskId } from '../../../actors/protocol/ids.ts';
import { agentId, customTask, framework, frameworkId, task } from './nouns.ts';
import { firstWords, master, playedAgent } from './played-agent.ts';

test('an agent registers when its launcher is ready, and asks until it is answered', () => {
  const { receive, begin, advance, told } = playedAgent();
  deepEqual(told(), []);
  begin();
  advance(10_500);
  deepEqual(
    told().map(({ type }) => type),
    ['registerAgent', 'registerAgent', 'registerAgent', 'registerAgent'],
  );
  receive({ type: 'agentRegistered', agentId, ...firstWords });
  advance(60_000);
  equal(told().length, 4);
});

test('when no master answers it says so after a while, then seldom, and not when one has', () => {
  const { receive, begin, register, advance, logged } = playedAgent();
  const said = () => logged.filter(({ level }) => level === 'warn').map(({ text }) => text);
  begin();
  advance(9999);
  deepEqual(said(), []);
  advance(1);
  deepEqual(said(), [
    'No master has answered at master:5050 for 10 s; check that a master runs there, is reached from here under this name, and belongs to the same cluster',
  ]);
  advance(600_000);
  match(said()[1] ?? '', /^No master has answered at master:5050 for 610 s;/);
  register();
  advance(74_000);
  equal(said().length, 2);
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(10_000);
  deepEqual(said().length, 4);
  match(said()[3] ?? '', /^No master has answered at master:5050 for 10 s;/);
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(1_200_000);
  equal(said().length, 4);
});

test('a ping is answered, unless it is for an earlier agent at this address', () => {
  const { receive, register, told } = playedAgent();
  register();
  receive({ type: 'ping', master, agentId, connected: true });
  receive({ type: 'ping', master, agentId: 'earlier' as AgentId, connected: true });
  deepEqual(told().slice(1), [{ type: 'pong', agentId }]);
});

test('without a ping for the time that the master gave, it registers again under its id', () => {
  const { receive, register, advance, told, state } = playedAgent();
  register();
  advance(74_000);
  receive({ type: 'ping', master, agentId, connected: true });
  advance(74_000);
  equal(state.registration.phase, 'registered');
  advance(1500);
  equal(state.registration.phase, 'reregistering');
  equal(told().at(-1)?.type, 'reregisterAgent');
});

test('a ping that says "disconnected" and a broken link make it register again', () => {
  const one = playedAgent();
  one.register();
  one.receive({ type: 'ping', master, agentId, connected: false });
  one.advance(500);
  equal(one.told().at(-1)?.type, 'reregisterAgent');
  const other = playedAgent();
  other.register();
  deepEqual(other.links, [master]);
  other.receive({ type: 'exited', address: master, reason: 'noConnection' });
  other.advance(500);
  equal(other.told().at(-1)?.type, 'reregisterAgent');
});

test('the time for coming back is the one that it was told last', () => {
  const { receive, register, advance, told } = playedAgent();
  register();
  receive({ type: 'ping', master, agentId, connected: true, returnSpreadMs: 20_000 });
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(9999);
  equal(told().at(-1)?.type, 'pong');
  advance(1);
  equal(told().at(-1)?.type, 'reregisterAgent');
});

test('registering again it reports its frameworks, custom executors and tasks', () => {
  const { receive, register, run, advance, told } = playedAgent();
  register();
  run(task);
  run(customTask('task-2'));
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(700);
  const report = told().at(-1);
  if (report?.type !== 'reregisterAgent') throw new Error('It did not register again');
  deepEqual(report.frameworks, [{ frameworkId, info: framework }]);
  deepEqual(
    report.executors.map(({ info }) => info.executorId),
    ['executor-1'],
  );
  deepEqual(
    report.tasks.map(({ taskId, state }) => `${taskId} ${state}`),
    ['task-1 staging', 'task-2 staging'],
  );
});

test('updates pause without a master and go on with one', () => {
  const { receive, register, advance, statusUpdatesHeard } = playedAgent();
  register();
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(500);
  receive({
    type: 'agentReregistered',
    agentId,
    ...firstWords,
    pingTimeoutMs: 1,
    unknownTasks: [],
  });
  deepEqual(
    statusUpdatesHeard().map(({ type }) => type),
    ['resume', 'pause', 'resume'],
  );
});

test('tasks that only the master knows are reported as dropped, or lost', () => {
  const { receive, register, run, states } = playedAgent();
  register();
  run(task);
  const unknown = (taskId: string, partitionAware: boolean) => ({
    frameworkId,
    taskId: taskId as TaskId,
    partitionAware,
  });
  const unknownTasks = [unknown('task-1', true), unknown('a', true), unknown('b', false)];
  receive({ type: 'agentReregistered', agentId, ...firstWords, unknownTasks });
  deepEqual(states(), ['a dropped', 'b lost']);
});

test('a second answer to a registration, under another id, changes nothing', () => {
  const { receive, register, state } = playedAgent();
  register();
  const other = 'agent-2' as AgentId;
  receive({ type: 'agentRegistered', agentId: other, ...firstWords });
  equal(state.agentId, agentId);
});
