/** Tasks on the agent. Source: Mesos 1.11, src/slave/slave.cpp, runTask, killTask. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  TaskId,
  UpdateId,
} from '../../../actors/protocol/ids.ts';
import { parseResources } from '../../../actors/protocol/resources.ts';
import { agentId, customTask, framework, frameworkId, task } from './nouns.ts';
import { executorAddress, master, playedAgent } from './played-agent.ts';

const { taskId } = task;

test('a command task gets an executor of its own, with its id', () => {
  const { register, run, commandExecutor, sentTo, spawned } = playedAgent();
  register();
  run(task);
  deepEqual(
    sentTo(commandExecutor()).map(({ message }) => message.type),
    ['launch'],
  );
  equal(spawned.at(-1)?.settings.light, true);
});

test('updates of a task travel with what the agent knows: who, where, and the newest state', () => {
  const { register, run, update, receive, commandExecutor, reports, told } = playedAgent();
  register();
  run(task);
  update(commandExecutor(), taskId, 'task-1', 'starting');
  update(commandExecutor(), taskId, 'task-1', 'running');
  const [starting] = reports();
  if (starting === undefined) throw new Error('Nothing was reported');
  equal(starting.status.agentId, agentId);
  equal(starting.status.executorId, 'task-1');
  receive({ type: 'forwardUpdate', update: starting, latestState: 'running' });
  const sent = told().at(-1);
  deepEqual(sent?.type === 'statusUpdate' && [sent.update.status.state, sent.latestState], [
    'starting',
    'running',
  ]);
});

test('a second copy of a launch is ignored, while the task runs and after it is over', () => {
  const { register, run, update, receive, commandExecutor, spawned, state } = playedAgent();
  register();
  run(task);
  run(task);
  update(commandExecutor(), taskId, 'task-1', 'finished');
  receive({ type: 'taskSettled', frameworkId, taskId });
  run(task);
  equal(spawned.filter(({ definition }) => definition === 'command-executor').length, 1);
  equal(state.frameworks.size, 0);
  equal(state.activeTaskCount, 0);
});

test('the id of a task that is over may be given to another one, which is not taken for the first', () => {
  const { register, run, update, receive, commandExecutor, states, state } = playedAgent();
  const [first, second, third] = ['o1', 'o2', 'o3'].map((id) => id as OfferId);
  register();
  run(task, { ...(first && { launchId: first }) });
  update(commandExecutor(), taskId, 'task-1', 'finished');
  // Its end is acknowledged, and the agent has not heard so.
  run(task, { ...(second && { launchId: second }) });
  deepEqual(states(), ['task-1 finished', 'task-1 dropped']);
  receive({ type: 'taskSettled', frameworkId, taskId });
  run(task, { ...(first && { launchId: first }) });
  equal(state.activeTaskCount, 0, 'a second copy');
  // One that never came is not told to have finished.
  const asked = { frameworkId, taskId, partitionAware: true, ...(third && { launchId: third }) };
  receive({ type: 'confirmTasks', tasks: [asked] });
  equal(states().at(-1), 'task-1 dropped');
  run(task, { ...(third && { launchId: third }) });
  equal(state.activeTaskCount, 1);
});

test('of tasks that are over only the youngest are remembered', () => {
  const { register, run, update, receive, commandExecutor, state } = playedAgent({
    completedTaskCountMax: 2,
  });
  register();
  for (const id of ['a', 'b', 'c'] as TaskId[]) {
    run({ ...task, taskId: id });
    update(commandExecutor(), id, id, 'finished');
    receive({ type: 'taskSettled', frameworkId, taskId: id });
  }
  deepEqual([...state.completed.keys()], ['framework-1/b', 'framework-1/c']);
});

test('a task for an earlier agent at this address is not run', () => {
  const { register, run, spawned } = playedAgent();
  register();
  run({ ...task, agentId: 'earlier' as AgentId });
  equal(spawned.filter(({ definition }) => definition === 'command-executor').length, 0);
});

test('a repeated update of an executor is confirmed again and not reported again', () => {
  const { register, run, update, commandExecutor, sentTo, states } = playedAgent();
  register();
  run(task);
  update(commandExecutor(), taskId, 'task-1', 'running');
  update(commandExecutor(), taskId, 'task-1', 'running');
  deepEqual(states(), ['task-1 running']);
  deepEqual(
    sentTo(commandExecutor()).map(({ message }) => message.type),
    ['launch', 'updateReceived', 'updateReceived'],
  );
});

test('nobody speaks for an executor but itself, and no executor for the task of another', () => {
  const { register, run, update, commandExecutor, states } = playedAgent();
  register();
  run(task);
  const own = commandExecutor();
  run({ ...task, taskId: 'task-2' as TaskId });
  update(executorAddress, taskId, 'task-1', 'failed');
  update(own, 'task-2' as TaskId, 'task-1', 'failed');
  deepEqual(states(), []);
});

test('consecutive statuses of one state are collapsed into the last', () => {
  const { register, run, update, commandExecutor, state } = playedAgent();
  register();
  run(task);
  for (const id of ['1', '2', '3']) update(commandExecutor(), taskId, 'task-1', 'running', id);
  equal(state.frameworks.get(frameworkId)?.tasks.get(taskId)?.statuses.length, 1);
});

test('a kill is for the executor to obey', () => {
  const { register, run, receive, commandExecutor, sentTo } = playedAgent();
  register();
  run(task);
  receive({ type: 'killTask', frameworkId, taskId, killGracePeriodMs: 5 });
  deepEqual(sentTo(commandExecutor()).at(-1)?.message, {
    type: 'kill',
    taskId,
    killGracePeriodMs: 5,
  });
});

test('a task killed before its executor has registered is killed at once, and the executor ends', async () => {
  const { register, run, receive, settle, states, reports, launched } = playedAgent();
  register();
  run(customTask('task-1'));
  await settle();
  receive({ type: 'killTask', frameworkId, taskId });
  deepEqual(states(), ['task-1 killed']);
  equal(reports()[0]?.status.reason, 'taskKilledDuringLaunch');
  deepEqual(
    launched().map(({ type }) => type),
    ['launch', 'kill'],
  );
});

test('a task killed before it came is reported as dropped, and not run when it comes', () => {
  const { register, run, receive, states } = playedAgent();
  register();
  run(task);
  receive({ type: 'killTask', frameworkId, taskId: 'task-2' as TaskId });
  deepEqual(states(), ['task-2 dropped']);
  run({ ...task, taskId: 'task-2' as TaskId });
  deepEqual(states(), ['task-2 dropped']);
});

test('launches that never came are reported when the master asks', () => {
  const { register, run, receive, states, told } = playedAgent();
  register();
  run(task);
  const ask = (id: string, partitionAware: boolean) => ({
    frameworkId,
    taskId: id as TaskId,
    partitionAware,
  });
  receive({
    type: 'confirmTasks',
    tasks: [ask('task-1', true), ask('a', true), ask('b', false)],
    executors: [{ frameworkId, executorId: 'gone' as ExecutorId }],
  });
  deepEqual(states(), ['a dropped', 'b lost']);
  const last = told().at(-1);
  equal(last?.type === 'executorExited' && last.executorId, 'gone');
});

test('asked about a task that is over, the agent tells again how it ended', () => {
  const { register, run, update, receive, commandExecutor, states } = playedAgent();
  register();
  run(task);
  update(commandExecutor(), taskId, 'task-1', 'failed');
  receive({ type: 'taskSettled', frameworkId, taskId });
  receive({ type: 'confirmTasks', tasks: [{ frameworkId, taskId, partitionAware: true }] });
  deepEqual(states(), ['task-1 failed', 'task-1 failed']);
});

test('a task that counts on an executor which has ended is dropped', () => {
  const { register, run, reports } = playedAgent();
  register();
  run(customTask('task-1'), { launchExecutor: false });
  const [report] = reports();
  equal(report?.status.state, 'dropped');
  equal(report?.status.reason, 'executorTerminated');
  match(report?.status.message ?? '', /its executor "executor-1" has ended/);
});

test('no task is taken while its launch could not be written down', () => {
  const { register, run, receive, reports, states } = playedAgent();
  register();
  receive({ type: 'checkpointSpace', isFull: true });
  const kept = { ...framework, checkpoint: true };
  receive({ type: 'runTask', frameworkId, framework: kept, task });
  const [report] = reports();
  deepEqual([report?.status.state, report?.status.reason], ['dropped', 'containerLaunchFailed']);
  match(report?.status.message ?? '', /^Cannot take the task: the disk .* is full$/);
  run(task);
  equal(states().length, 1, 'what is not written down needs no space');
});

test('when a framework is shut down its executors end and nothing is reported any more', () => {
  const { register, run, receive, update, commandExecutor, sentTo, states, state } = playedAgent();
  register();
  run(task);
  const own = commandExecutor();
  receive({ type: 'shutdownFramework', frameworkId });
  deepEqual(sentTo(own).at(-1)?.message, { type: 'shutdown' });
  update(own, taskId, 'task-1', 'killed');
  deepEqual(states(), []);
  equal(state.frameworks.size, 0);
});

test('a built-in executor that crashes fails its task and takes the command with it', () => {
  const { register, run, receive, commandExecutor, reports, launched, state } = playedAgent();
  register();
  run(task);
  receive({ type: 'exited', address: commandExecutor(), reason: 'crashed' });
  deepEqual(
    [reports()[0]?.status.state, reports()[0]?.status.reason],
    ['failed', 'commandExecutorFailed'],
  );
  equal(launched().at(-1)?.type, 'kill');
  equal(state.frameworks.get(frameworkId)?.executors.size, 0);
});

test('an acknowledgement goes to the stream of its task', () => {
  const { register, receive, statusUpdatesHeard } = playedAgent();
  register();
  const updateId = 'update-1' as UpdateId;
  receive({ type: 'acknowledgeUpdate', frameworkId, taskId, updateId });
  deepEqual(statusUpdatesHeard().at(-1), { type: 'acknowledge', frameworkId, taskId, updateId });
});

test('a second framework may have a task of the same id', () => {
  const { register, run, receive, spawned } = playedAgent();
  register();
  run(task);
  const other = 'framework-2' as FrameworkId;
  receive({ type: 'runTask', frameworkId: other, framework, task });
  equal(spawned.filter(({ definition }) => definition === 'command-executor').length, 2);
});

test('a task for which there is no room waits, and master and agent compare what they have', () => {
  const { register, run, receive, update, commandExecutor, sentTo, told } = playedAgent();
  register();
  const all = { ...task, resources: parseResources('cpus:4') };
  run(all);
  const first = commandExecutor();
  run({ ...all, taskId: 'task-2' as TaskId });
  const second = commandExecutor();
  const ping = { type: 'ping', master, agentId, connected: true } as const;
  receive(ping);
  deepEqual(
    told()
      .slice(1)
      .map(({ type }) => type),
    ['pong', 'reregisterAgent'],
  );
  deepEqual(sentTo(second), []);
  update(first, taskId, 'task-1', 'finished');
  deepEqual(
    sentTo(second).map(({ message }) => message.type),
    ['launch'],
  );
  receive(ping);
  equal(told().at(-1)?.type, 'pong');
});

test('of a framework that ended nothing is reported, also of tasks that never came', () => {
  const { register, receive, states, statusUpdatesHeard } = playedAgent();
  register();
  const asked = { frameworkId, taskId, partitionAware: true };
  receive({ type: 'confirmTasks', tasks: [asked] });
  deepEqual(states(), ['task-1 dropped']);
  receive({ type: 'shutdownFramework', frameworkId });
  deepEqual(statusUpdatesHeard().at(-1), { type: 'forgetFramework', frameworkId });
});
