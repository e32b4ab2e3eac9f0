/** One command for one task. Source: Mesos 1.11, src/launcher/executor.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { commandExecutor } from '../../../actors/agent/command-executor.ts';
import type { ContainerEnd, LauncherMessage } from '../../../actors/agent/launcher/launcher.ts';
import type { WorkDirectory } from '../../../actors/agent/work-directory.ts';
import type { FromExecutorToAgent } from '../../../actors/protocol/messages.ts';
import { address, probe } from '../../kit/probe.ts';
import { command, played, sandbox, task } from './nouns.ts';

const agent = address<FromExecutorToAgent>('agent');
const launcher = address<LauncherMessage>('launcher');
const { containerId } = sandbox;
const started = { type: 'containerStarted', containerId, processId: 7 } as const;
const ended = (end: ContainerEnd) => ({ type: 'containerEnded', containerId, end }) as const;
const success = ended({ kind: 'exited', exitCode: 0 });

test('a command is prepared, launched, and reported as starting, running, finished', async () => {
  const { receive, states, launched } = await running();
  receive(success);
  deepEqual(states(), ['starting', 'running', 'finished']);
  deepEqual(
    launched().map(({ type }) => type),
    ['launch'],
  );
});

test('its environment tells the sandbox, and has the mark that its processes are found by', async () => {
  const { launched } = await running();
  const [launch] = launched();
  const environment = new Map(
    launch?.type === 'launch' ? launch.environment.map(({ name, value }) => [name, value]) : [],
  );
  equal(environment.get('MESSOR_CONTAINER_ID'), containerId);
  equal(environment.get('MESOS_SANDBOX'), '/sandboxes/container-1');
  equal(environment.get('OWN'), 'variable');
  equal(environment.get('LANG'), 'C');
});

test('a kill asks for the grace period of the kill, else of the task, else of the agent', async () => {
  const own = await running({ ...task, killGracePeriodMs: 700 });
  own.receive({ type: 'kill', taskId: task.taskId, killGracePeriodMs: 100 });
  own.receive({ type: 'kill', taskId: task.taskId });
  const plain = await running();
  plain.receive({ type: 'kill', taskId: task.taskId });
  const graces = [...own.launched(), ...plain.launched()].flatMap((message) =>
    message.type === 'kill' ? [message.gracePeriodMs] : [],
  );
  deepEqual(graces, [100, 700, 3000]);
});

test('a killed command is reported as killed, and as killing to those who understand it', async () => {
  const plain = await running();
  plain.receive({ type: 'kill', taskId: task.taskId });
  plain.receive(ended({ kind: 'signalled', signal: 'SIGTERM' }));
  deepEqual(plain.states(), ['starting', 'running', 'killed']);
  const telling = await running(task, true);
  telling.receive({ type: 'kill', taskId: task.taskId }, { type: 'kill', taskId: task.taskId });
  telling.receive(ended({ kind: 'signalled', signal: 'SIGTERM' }));
  deepEqual(telling.states(), ['starting', 'running', 'killing', 'killed']);
});

test('killed while its sandbox is made, a command never runs', async () => {
  const { receive, settle, states, launched } = start();
  receive({ type: 'launch', task }, { type: 'kill', taskId: task.taskId });
  await settle();
  deepEqual(states(), ['starting', 'killed']);
  deepEqual(launched(), []);
});

test('a sandbox that can not be made fails the task with a sentence that says so', async () => {
  const broken = played({ makeSandbox: () => Promise.reject(new Error('No space is left')) });
  const { receive, settle, states, statuses } = start(task, false, broken);
  receive({ type: 'launch', task });
  await settle();
  deepEqual(states(), ['starting', 'failed']);
  const last = statuses().at(-1);
  equal(last?.reason, 'containerLaunchFailed');
  match(last?.message ?? '', /No space is left/);
});

test('a second launch and what comes after the end change nothing', async () => {
  const { receive, states } = await running();
  receive({ type: 'launch', task }, success, success, started);
  receive({ type: 'kill', taskId: task.taskId });
  deepEqual(states(), ['starting', 'running', 'finished']);
});

test('a shutdown kills within what the agent allows', async () => {
  const { receive, launched } = await running({ ...task, killGracePeriodMs: 3_600_000 });
  receive({ type: 'shutdown' });
  const kill = launched().at(-1);
  equal(kill?.type === 'kill' && kill.gracePeriodMs, 5000);
});

test('it ends when the agent has its last word', async () => {
  const { receive, updates, stopped, self } = await running();
  receive(success);
  const ids = updates().map(({ id }) => id);
  for (const updateId of ids.slice(0, 2)) {
    receive({ type: 'updateReceived', taskId: task.taskId, updateId });
  }
  deepEqual(stopped, []);
  for (const updateId of ids.slice(2)) {
    receive({ type: 'updateReceived', taskId: task.taskId, updateId });
  }
  deepEqual(stopped, [self]);
});

function start(one = task, reportsKilling = false, workDirectory: WorkDirectory = played()) {
  const actor = probe(commandExecutor, {
    agent,
    launcher,
    workDirectory,
    sandbox,
    killGracePeriodMs: 3000,
    shutdownGracePeriodMs: 5000,
    reportsKilling,
    common: [
      { name: 'LANG', value: 'C' },
      { name: 'OWN', value: 'of all' },
    ],
  });
  const updates = () =>
    actor
      .sentTo(agent)
      .flatMap(({ message }) => (message.type === 'executorUpdate' ? [message.update] : []));
  const statuses = () => updates().map(({ status }) => status);
  return {
    ...actor,
    one,
    updates,
    statuses,
    states: () => statuses().map(({ state }) => state),
    launched: () => actor.sentTo(launcher).map(({ message }) => message),
  };
}

async function running(one = task, reportsKilling = false) {
  const actor = start(one, reportsKilling);
  actor.receive({ type: 'launch', task: one });
  await actor.settle();
  actor.receive(started);
  return actor;
}

test('the command it is told is the command that is launched', async () => {
  const { launched } = await running();
  const [launch] = launched();
  deepEqual(launch?.type === 'launch' && launch.command, command);
});
