/**
 * What tasks of groups may ask for beside their commands: files, checks, a time limit, a user.
 * Source: Mesos 1.11, src/launcher/default_executor.cpp; mesos.proto, TaskInfo.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { orderLost } from '../../../actors/agent/verdicts.ts';
import type { ContainerId, TaskId } from '../../../actors/protocol/ids.ts';
import type { TaskInfo } from '../../../actors/protocol/task.ts';
import { command, framework, podTask } from './nouns.ts';
import {
  beginExecutor,
  containerOf,
  failure,
  running,
  success,
  terminated,
} from './played-default-executor.ts';

const withFiles = (id: string): TaskInfo => ({
  ...podTask(id),
  command: { ...command, uris: [{ value: `/opt/${id}` }] },
});
const checked = (id: string): TaskInfo => ({
  ...podTask(id),
  check: { type: 'tcp', port: 7 },
  healthCheck: { type: 'http', port: 8 },
});
const timed = (id: string): TaskInfo => ({ ...podTask(id), maxCompletionTimeMs: 5000 });
const ill = (id: string, hopeless: boolean) =>
  ({
    type: 'healthFound',
    containerId: containerOf(id),
    healthy: false,
    hopeless,
    message: 'It is ill',
  }) as const;

test('nothing of a group starts before the files of all have been fetched', async () => {
  const { launch, settle, asked, fetched, told, reports } = beginExecutor();
  launch(withFiles('a'), 'b', withFiles('c'));
  await settle();
  deepEqual(asked(), ['fetch a', 'fetch c']);
  fetched('c');
  deepEqual(told(), []);
  fetched('a');
  deepEqual(told(), ['launch a', 'launch b', 'launch c']);
  deepEqual(reports(), ['a starting', 'b starting', 'c starting']);
});

test('what can not be fetched fails its task, the others never run, and nothing more is fetched', async () => {
  const { launch, settle, asked, notFetched, fetched, told, reports, statuses } = beginExecutor();
  launch(withFiles('a'), 'b', withFiles('c'), withFiles('d'));
  await settle();
  fetched('d');
  notFetched('a', 'Cannot fetch "/opt/a": no such file');
  deepEqual(asked().slice(3), ['cancelFetch c']);
  notFetched('c', 'it was cancelled');
  deepEqual(told(), []);
  deepEqual(reports().slice(4), ['a failed', 'b killed', 'c killed', 'd killed']);
  const { reason, message } = statuses()[4] ?? {};
  deepEqual([reason, message], ['containerLaunchFailed', 'Cannot fetch "/opt/a": no such file']);
});

test('killed while its files are fetched, the whole group never runs', async () => {
  const { launch, settle, kill, asked, notFetched, told, reports, statuses } = beginExecutor();
  launch(withFiles('a'), 'b');
  await settle();
  kill('b');
  deepEqual(asked(), ['fetch a', 'cancelFetch a']);
  notFetched('a', 'it was cancelled');
  deepEqual([told(), reports().slice(2)], [[], ['a killed', 'b killed']]);
  equal(statuses().at(-1)?.reason, 'taskKilledDuringLaunch');
});

test('a task that is to run as somebody else than the agent fails, and its group with it', async () => {
  const stranger = { ...podTask('b'), command: { ...command, user: 'nobody' } };
  const { launch, settle, receive, sentTo, self, reports, statuses } = beginExecutor();
  launch('a', stranger);
  await settle();
  receive(...sentTo(self).map(({ message }) => message));
  deepEqual(reports().slice(2), ['a killed', 'b failed']);
  equal(
    statuses().at(-1)?.message,
    'Cannot run as user "nobody": this agent runs everything as "me"',
  );
});

test('what the checks of a task find is told in updates of that task', async () => {
  const { receive, spawned, statuses, launched } = await running([checked('a'), 'b']);
  deepEqual(
    spawned.map(({ definition }) => definition),
    ['checker', 'checker'],
  );
  const checkStatus = { type: 'tcp', succeeded: true } as const;
  receive({ type: 'checkFound', containerId: containerOf('a'), checkStatus }, ill('a', false));
  deepEqual(
    statuses().map(({ taskId, state, reason, healthy, checkStatus: found }) =>
      [taskId, state, reason, healthy, found].filter((value) => value !== undefined),
    ),
    [
      ['a', 'starting', { type: 'tcp' }],
      ['b', 'starting'],
      ['a', 'running', { type: 'tcp' }],
      ['b', 'running'],
      ['a', 'running', 'taskCheckStatusUpdated', checkStatus],
      ['a', 'running', 'taskHealthCheckStatusUpdated', false, checkStatus],
    ],
  );
  equal(launched().length, 2);
});

test('a hopelessly unhealthy task is killed, and the others of its group with it', async () => {
  const { receive, told, ends, statuses, reports, sentTo, spawned, stopped } = await running([
    checked('a'),
    'b',
  ]);
  receive(ill('a', true));
  deepEqual(told().slice(2), ['kill a 3000']);
  // Its checks are paused from then on; what crossed that on its way is not told.
  receive(ill('a', true));
  const [first] = spawned;
  deepEqual(first === undefined ? [] : sentTo(first.address).map(({ message }) => message), [
    { type: 'pauseChecks' },
  ]);
  ends('a', success);
  equal(stopped.length, 2);
  deepEqual(told().slice(3), ['kill b 3000']);
  ends('b', terminated);
  deepEqual(reports().slice(4), ['a running', 'a killed', 'b killed']);
  deepEqual(
    statuses()
      .slice(5)
      .map(({ healthy }) => healthy),
    [false, undefined],
  );
});

test('a task that takes longer than it may is killed without grace, has failed, and ends its group', async () => {
  const one = await running([timed('a'), 'b'], { reportsKilling: true });
  one.advance(4999);
  deepEqual(one.told().slice(2), []);
  one.advance(1);
  deepEqual(one.told().slice(2), ['kill a 0']);
  one.ends('a', { kind: 'signalled', signal: 'SIGKILL' });
  deepEqual(one.told().slice(3), ['kill b 3000']);
  deepEqual(one.reports().slice(4), ['a failed', 'b killing']);
  equal(one.statuses()[4]?.reason, 'maxCompletionTimeReached');
});

test('one that is killed or ends before has no time limit any more', async () => {
  const killed = await running([timed('a')]);
  killed.kill('a', 60_000);
  killed.advance(10_000);
  deepEqual(killed.told().slice(1), ['kill a 60000']);
  const over = await running([timed('a'), 'b']);
  over.ends('a', success);
  over.advance(10_000);
  deepEqual(over.told().slice(2), []);
});

test('the time limit counts from the start of the command, not from when its files are asked for', async () => {
  const slow = { ...withFiles('a'), maxCompletionTimeMs: 5000 };
  const { launch, settle, advance, fetched, told } = beginExecutor();
  launch(slow);
  await settle();
  advance(6000);
  fetched('a');
  advance(4999);
  deepEqual(told(), ['launch a']);
  advance(1);
  deepEqual(told(), ['launch a', 'kill a 0']);
});

test('a group of an earlier life goes on with its checks and with the time it has left', () => {
  const found = { checkStatus: { type: 'tcp', succeeded: true }, healthy: true } as const;
  const one = again({ ...checked('a'), maxCompletionTimeMs: 10_000 }, { beganMs: -4000, found });
  equal(one.spawned.length, 0);
  one.started('a');
  one.started('a');
  equal(one.spawned.length, 2);
  deepEqual(one.reports(), []);
  one.receive(ill('a', false));
  deepEqual(one.statuses().at(-1)?.checkStatus, found.checkStatus);
  one.advance(5999);
  deepEqual(one.told(), []);
  one.advance(1);
  deepEqual(one.told(), ['kill a 0']);
  one.ends('a', failure);
  equal(one.statuses().at(-1)?.reason, 'maxCompletionTimeReached');
});

function again(task: TaskInfo, known: { beganMs: number; found: object }) {
  const member = {
    ...{ task, containerId: containerOf(task.taskId) as ContainerId, role: 'ads' },
    ...{ group: [task.taskId as TaskId], running: true, killed: false },
    ...known,
  };
  return beginExecutor({
    recovered: {
      members: [member],
      shuttingDown: false,
      neverStarted: orderLost(framework, 'command'),
    },
  });
}
