/** The agent's own life: its launcher, its end, and those who look in. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskId } from '../../../actors/protocol/ids.ts';
import type { AgentStateView, SandboxChunk } from '../../../actors/protocol/views.ts';
import { address } from '../../kit/probe.ts';
import { agentId, customTask, frameworkId, played, task } from './nouns.ts';
import { master, playedAgent } from './played-agent.ts';

const { taskId } = task;
const asker = address<SandboxChunk>('asker');

test('an agent whose launcher can start nothing ends', () => {
  const { receive, stopped, self } = playedAgent();
  receive({ type: 'launcherFailed', cause: 'there is no shell' });
  deepEqual(stopped, [self]);
});

test('told to shut down without tasks, it says goodbye and stops', () => {
  const { register, receive, advance, told, stopped, self } = playedAgent();
  register();
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(0);
  deepEqual(told().at(-1), { type: 'unregisterAgent', agentId });
  deepEqual(stopped, [self]);
});

test('told to shut down with tasks, it ends them first and waits for the last acknowledgement', () => {
  const { register, run, receive, update, commandExecutor, sentTo, advance, stopped, self } =
    playedAgent();
  register();
  run(task);
  const own = commandExecutor();
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  equal(sentTo(own).at(-1)?.message.type, 'shutdown');
  update(own, taskId, 'task-1', 'killed');
  advance(1000);
  equal(stopped.length, 0);
  receive({ type: 'taskSettled', frameworkId, taskId });
  advance(0);
  deepEqual(stopped, [self]);
});

test('without a master it waits for its tasks to end, and for no acknowledgement', () => {
  const { register, run, receive, update, commandExecutor, advance, stopped, self } = playedAgent();
  register();
  run(task);
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(1000);
  deepEqual(stopped, []);
  update(commandExecutor(), taskId, 'task-1', 'killed');
  advance(0);
  deepEqual(stopped, [self]);
});

test('a master that is lost while the agent shuts down is not waited for either', () => {
  const { register, run, receive, update, commandExecutor, advance, stopped, self } = playedAgent();
  register();
  run(task);
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  update(commandExecutor(), taskId, 'task-1', 'killed');
  receive({ type: 'exited', address: master, reason: 'noConnection' });
  advance(0);
  deepEqual(stopped, [self]);
});

test('acknowledgements that do not come are waited for from the end of the last executor on', () => {
  const { register, run, receive, update, commandExecutor, advance, stopped, self } = playedAgent();
  register();
  run(task);
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(1000);
  update(commandExecutor(), taskId, 'task-1', 'killed');
  advance(1999);
  deepEqual(stopped, []);
  advance(1);
  deepEqual(stopped, [self]);
});

test('told to shut down while it recovers, it stops when it knows what there is to end', () => {
  const { receive, begin, advance, told, stopped, self } = playedAgent();
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(0);
  deepEqual(stopped, []);
  begin();
  advance(0);
  deepEqual(stopped, [self]);
  deepEqual(told(), []);
});

test('what does not end in time is not waited for', () => {
  const { register, run, receive, advance, stopped, self } = playedAgent();
  register();
  run(task);
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  advance(7000);
  deepEqual(stopped, [self]);
});

test('an agent that shuts down takes no tasks and registers nowhere', () => {
  const { register, run, receive, advance, spawned, told } = playedAgent();
  receive({ type: 'shutdownAgent', reason: 'maintenance' });
  register();
  run(task);
  advance(60_000);
  equal(spawned.filter(({ definition }) => definition === 'command-executor').length, 0);
  equal(told().filter(({ type }) => type === 'registerAgent').length, 0);
});

test('it shows its tasks, executors and what is over', () => {
  const { register, run, update, receive, commandExecutor, sentTo } = playedAgent();
  const viewer = address<AgentStateView>('viewer');
  receive({ type: 'describeAgent', replyTo: viewer });
  register();
  run(task);
  update(commandExecutor(), taskId, 'task-1', 'finished');
  receive({ type: 'taskSettled', frameworkId, taskId });
  run(customTask('task-2'));
  receive({ type: 'describeAgent', replyTo: viewer });
  const [before, after] = sentTo(viewer).map(({ message }) => message);
  deepEqual([before?.agentId, before?.tasks], [undefined, []]);
  deepEqual(
    after?.tasks.map((one) => one.taskId),
    ['task-2'],
  );
  deepEqual(
    after?.completedTasks.map((one) => one.state),
    ['finished'],
  );
  deepEqual(
    after?.executors.map(({ info }) => info.executorId),
    ['executor-1'],
  );
});

test('the output of a task is read while it runs and after it is over', async () => {
  const { register, run, update, receive, commandExecutor, settle, chunks } = reading();
  register();
  run(task);
  receive(question(taskId));
  await settle();
  update(commandExecutor(), taskId, 'task-1', 'finished');
  receive({ type: 'taskSettled', frameworkId, taskId });
  receive(question(taskId));
  await settle();
  deepEqual(
    chunks().map(({ ended, bytes, refused }) => [ended, bytes.length, refused]),
    [
      [false, 1, undefined],
      [true, 1, undefined],
    ],
  );
});

test('output of an unknown task, and what can not be read, is refused with a sentence', async () => {
  const readSandbox = () => Promise.reject(new Error('Cannot read "x": there is no such file'));
  const { register, run, receive, settle, chunks } = reading(played({ readSandbox }));
  register();
  receive(question('task-9' as TaskId));
  run(task);
  receive(question(taskId));
  await settle();
  match(chunks()[0]?.refused ?? '', /this agent does not know the task/);
  match(chunks()[1]?.refused ?? '', /there is no such file/);
});

test('of very many questions for output at once the last are refused', () => {
  const { register, run, receive, chunks } = reading(
    played({ readSandbox: () => new Promise(() => {}) }),
  );
  register();
  run(task);
  for (let count = 0; count < 65; count++) receive(question(taskId));
  equal(chunks().length, 1);
  match(chunks()[0]?.refused ?? '', /64 reads are under way; ask again/);
});

function question(id: TaskId) {
  return {
    type: 'readSandbox',
    frameworkId,
    taskId: id,
    path: 'stdout',
    offsetBytes: 0,
    lengthBytes: 10,
    replyTo: asker,
  } as const;
}

function reading(workDirectory = played()) {
  const actor = playedAgent({ workDirectory });
  return { ...actor, chunks: () => actor.sentTo(asker).map(({ message }) => message) };
}
