/** Task groups, each task in a container. Source: Mesos 1.11, src/launcher/default_executor.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { SandboxName } from '../../../actors/agent/work-directory.ts';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import { played, podTask } from './nouns.ts';
import {
  beginExecutor as begin,
  failure,
  running,
  success,
  terminated,
} from './played-default-executor.ts';

test('nothing of a group starts before all have their sandboxes, then each is reported by itself', async () => {
  const made: string[] = [];
  const disk = played({
    makeSandbox: ({ containerId, taskId = 'executor' as TaskId }: SandboxName) => {
      made.push(`${taskId} in ${containerId}`);
      return Promise.resolve();
    },
  });
  const { launch, settle, reports, told, started, ends } = begin({ disk });
  launch('a', 'b');
  deepEqual(reports(), ['a starting', 'b starting']);
  deepEqual(told(), []);
  await settle();
  deepEqual(made, ['executor in container-1', 'a in container-1.a', 'b in container-1.b']);
  deepEqual(told(), ['launch a', 'launch b']);
  started('b');
  started('a');
  ends('a', success);
  ends('b', success);
  deepEqual(reports().slice(2), ['b running', 'a running', 'a finished', 'b finished']);
});

test('a task that finishes leaves the others of its group running', async () => {
  const { told, ends } = await running(['a', 'b']);
  ends('a', success);
  deepEqual(told().slice(2), []);
});

test('when a task fails the others of its group are killed, and no other group', async () => {
  const { launch, settle, told, ends, started, reports } = await running(['a', 'b']);
  launch('c');
  await settle();
  started('c');
  ends('a', failure);
  deepEqual(told().slice(3), ['kill b 3000']);
  ends('b', terminated);
  ends('c', success);
  deepEqual(reports().slice(-3), ['a failed', 'b killed', 'c finished']);
});

test('when a task is killed the others of its group are killed, each with its own patience', async () => {
  const { kill, told, ends, reports } = await running([
    'a',
    podTask('b'),
    { ...podTask('c'), killGracePeriodMs: 700 },
  ]);
  kill('a', 100);
  deepEqual(told().slice(3), ['kill a 100']);
  ends('a', terminated);
  deepEqual(told().slice(4), ['kill b 3000', 'kill c 700']);
  ends('b', success);
  ends('c', terminated);
  // What was killed counts as killed, also when it ended well.
  deepEqual(reports().slice(-3), ['a killed', 'b killed', 'c killed']);
});

test('killing is reported to those who understand it, once', async () => {
  const { kill, ends, reports } = await running(['a', 'b'], { reportsKilling: true });
  kill('a');
  kill('a', 0);
  kill('b');
  ends('a', terminated);
  ends('b', terminated);
  deepEqual(reports().slice(4), ['a killing', 'b killing', 'a killed', 'b killed']);
});

test('killed while sandboxes are made, the whole group never runs', async () => {
  const { launch, kill, settle, told, reports, statuses } = begin();
  launch('a', 'b');
  kill('b');
  await settle();
  deepEqual(told(), []);
  deepEqual(reports().slice(2), ['a killed', 'b killed']);
  equal(statuses().at(-1)?.reason, 'taskKilledDuringLaunch');
});

test('a sandbox that can not be made fails its task, and the others never run', async () => {
  const disk = played({
    makeSandbox: ({ taskId }) =>
      taskId === 'b' ? Promise.reject(new Error('No space is left')) : Promise.resolve(),
  });
  const { launch, settle, told, reports, statuses } = begin({ disk });
  launch('a', 'b', 'c');
  await settle();
  deepEqual(told(), []);
  deepEqual(reports().slice(3), ['a killed', 'b failed', 'c killed']);
  match(statuses().at(-2)?.message ?? '', /No space is left/);
  equal(statuses().at(-2)?.reason, 'containerLaunchFailed');
});

test('without a sandbox of its own the executor fails all tasks', async () => {
  const disk = played({ makeSandbox: () => Promise.reject(new Error('No space is left')) });
  const { launch, settle, reports } = begin({ disk });
  launch('a', 'b');
  await settle();
  deepEqual(reports().slice(2), ['a failed', 'b failed']);
});

test('a task without a command fails with a sentence, and the others never run', async () => {
  const { command: _, ...silent } = podTask('b');
  const { launch, settle, told, reports, statuses } = begin();
  launch('a', silent);
  await settle();
  deepEqual(told(), []);
  deepEqual(reports().slice(2), ['a killed', 'b failed']);
  match(statuses().at(-1)?.message ?? '', /it has no command/);
});

test('a program that can not be started fails its task, and the others are killed', async () => {
  const { launch, settle, started, ends, told, reports } = begin();
  launch('a', 'b');
  await settle();
  started('a');
  ends('b', { kind: 'notStarted', cause: 'no memory' });
  deepEqual(told().slice(2), ['kill a 3000']);
  ends('a', terminated);
  deepEqual(reports().slice(-2), ['b failed', 'a killed']);
});

test('what it has had comes to nothing when it comes again', async () => {
  const { launch, settle, told, kill, ends } = await running(['a']);
  launch('a', 'b');
  await settle();
  deepEqual(told(), ['launch a']);
  ends('a', success);
  kill('a');
  deepEqual(told(), ['launch a']);
});

test('a command learns where it is, for whom and with which address, and what it says itself', async () => {
  const { launched } = await running(['a']);
  const [first] = launched();
  const environment = new Map(
    first?.type === 'launch' ? first.environment.map(({ name, value }) => [name, value]) : [],
  );
  equal(environment.get('MESOS_SANDBOX'), '/sandboxes/container-1.a');
  equal(environment.get('MESSOR_CONTAINER_ID'), 'container-1.a');
  equal(environment.get('MESOS_ALLOCATION_ROLE'), 'ads');
  equal(environment.get('MESOS_CONTAINER_IP'), '10.0.0.7');
  equal(environment.get('LANG'), 'C');
  equal(environment.get('OWN'), 'variable');
});

test('on shutdown all are killed, and it ends when the agent has the last update', async () => {
  const { receive, told, ends, confirmAll, stopped } = await running([
    'a',
    { ...podTask('b'), killGracePeriodMs: 3_600_000 },
  ]);
  receive({ type: 'shutdown' });
  deepEqual(told().slice(2), ['kill a 3000', 'kill b 5000']);
  ends('a', terminated);
  ends('b', terminated);
  equal(stopped.length, 0);
  confirmAll();
  equal(stopped.length, 1);
});

test('updates that nobody confirms are waited for a minute', async () => {
  const { receive, ends, advance, stopped } = await running(['a']);
  ends('a', success);
  receive({ type: 'shutdown' });
  advance(59_999);
  equal(stopped.length, 0);
  advance(1);
  equal(stopped.length, 1);
});

test('without tasks it waits for the next group until it is told to end', async () => {
  const { ends, confirmAll, stopped, receive } = await running(['a']);
  ends('a', success);
  confirmAll();
  equal(stopped.length, 0);
  receive({ type: 'shutdown' });
  equal(stopped.length, 1);
});
