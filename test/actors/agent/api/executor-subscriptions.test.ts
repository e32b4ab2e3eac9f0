/**
 * An executor's stream: what it carries, and how streams come and go. Names of Mesos' own cases stand
 * before the sentences.
 * Source: Mesos 1.11, src/tests/executor_http_api_tests.cpp; src/slave/slave.cpp, `Slave::subscribe`.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskId } from '../../../../actors/protocol/ids.ts';
import type { Encoding } from '../../../../actors/protocol/v1/codec.ts';
import { customTask, executor, framework, frameworkId } from '../nouns.ts';
import { TYPES } from './api-stage.ts';
import { callOf, EXECUTOR_PATH, eventsOf, linesOf, UUID, update } from './executor-events.ts';
import { SUBSCRIBE, stage, subscribed, updatesOf } from './executor-stage.ts';

const JSON_TYPE = { 'content-type': TYPES.json };
const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];

for (const encoding of ENCODINGS) {
  test(`DefaultAccept, Subscribe: an executor subscribes and gets its tasks (${encoding})`, async (t) => {
    const { stream, containerId } = await subscribed(t, { encoding });
    deepEqual(stream.headers, { 'content-type': TYPES[encoding] });
    deepEqual(linesOf(stream, encoding), ['SUBSCRIBED', 'LAUNCH task-1']);
    const [first, second] = eventsOf(stream, encoding);
    equal(first?.subscribed?.executor_info.executor_id.value, 'executor-1');
    equal(first?.subscribed?.executor_info.framework_id?.value, frameworkId);
    equal(first?.subscribed?.framework_info.id?.value, frameworkId);
    equal(first?.subscribed?.agent_info.id?.value, 'agent-1');
    equal(first?.subscribed?.container_id?.value, containerId);
    equal(second?.launch?.task.agent_id.value, 'agent-1');
  });

  test(`an update is taken by 202, reaches the master and is acknowledged (${encoding})`, async (t) => {
    const { say, stream, told } = await subscribed(t, { encoding });
    const answer = await say(
      update('task-1', 'TASK_RUNNING', UUID, { message: 'here', data: 'AP8=' }),
    );
    deepEqual([answer.status, answer.text], [202, '']);
    deepEqual(linesOf(stream, encoding).slice(2), ['ACKNOWLEDGED task-1']);
    const [acknowledged] = eventsOf(stream, encoding).slice(2);
    equal(Buffer.from(acknowledged?.acknowledged?.uuid ?? []).toString('base64'), UUID);
    const [sent] = updatesOf(told);
    deepEqual(
      [sent?.status.state, sent?.status.source, sent?.status.message, sent?.status.data],
      ['running', 'executor', 'here', 'data:;base64,AP8='],
    );
  });
}

test('NoAcceptHeader: without one the answer is JSON', async (t) => {
  const { ask, run } = stage(t);
  await run(customTask('task-1'));
  const answer = await ask('POST', EXECUTOR_PATH, {
    headers: JSON_TYPE,
    body: JSON.stringify(SUBSCRIBE),
  });
  deepEqual([answer.status, answer.headers], [200, { 'content-type': TYPES.json }]);
  deepEqual(linesOf(answer), ['SUBSCRIBED', 'LAUNCH task-1']);
});

test('SUBSCRIBE without its part is taken from an executor that is there, as some clients send it', async (t) => {
  const { call, run } = stage(t);
  await run(customTask('task-1'));
  const answer = await call(EXECUTOR_PATH, 'executor.Call', callOf('SUBSCRIBE'));
  deepEqual(linesOf(answer), ['SUBSCRIBED', 'LAUNCH task-1']);
});

test('a process id before the path changes nothing', async (t) => {
  const { call, run } = stage(t);
  await run(customTask('task-1'));
  const answer = await call(`/slave(1)${EXECUTOR_PATH}`, 'executor.Call', SUBSCRIBE);
  equal(answer.status, 200);
});

test('a task that comes later is launched at once, and never twice', async (t) => {
  const { run, stream, lone } = await subscribed(t);
  await run(customTask('task-2'));
  // The agent repeats what an executor says nothing of; Mesos' executors don't expect that.
  lone.advance(60_000);
  deepEqual(linesOf(stream), ['SUBSCRIBED', 'LAUNCH task-1', 'LAUNCH task-2']);
});

test('a group is launched once, though the agent has heard of one of its tasks and not of another', async (t) => {
  const { receive, say, stream, lone, settle } = await subscribed(t);
  const tasks = ['task-2', 'task-3'].map(customTask);
  const launch = { frameworkId, framework, executor, tasks, launchExecutor: false };
  receive({ type: 'runTaskGroup', ...launch });
  await settle(Promise.resolve());
  await say(update('task-2', 'TASK_RUNNING'));
  lone.advance(60_000);
  deepEqual(linesOf(stream), [
    ...['SUBSCRIBED', 'LAUNCH task-1', 'LAUNCH_GROUP', 'ACKNOWLEDGED task-2'],
  ]);
});

test('kills, messages and the request to shut down are events', async (t) => {
  const { receive, stream } = await subscribed(t);
  const { executorId } = executor;
  const taskId = 'task-1' as TaskId;
  receive({ type: 'killTask', frameworkId, taskId, killGracePeriodMs: 1500 });
  receive({ type: 'schedulerMessage', frameworkId, executorId, data: 'hello' });
  receive({ type: 'shutdownExecutor', frameworkId, executorId });
  deepEqual(linesOf(stream).slice(2), ['KILL task-1', 'MESSAGE', 'SHUTDOWN']);
  const [kill, message] = eventsOf(stream).slice(2);
  equal(kill?.kill?.kill_policy?.grace_period?.nanoseconds, 1_500_000_000n);
  equal(Buffer.from(message?.message?.data ?? []).toString(), 'hello');
});

test('what an executor says to its scheduler goes to the master', async (t) => {
  const { say, told } = await subscribed(t);
  equal((await say(callOf('MESSAGE', { message: { data: 'aGVsbG8=' } }))).status, 202);
  const last = told().at(-1);
  deepEqual(
    [last?.type, last?.type === 'executorMessage' && last.data],
    ['executorMessage', 'hello'],
  );
});

test('HeartbeatEvents: a heartbeat comes every half hour', async (t) => {
  const { stream, lone } = await subscribed(t);
  lone.advance(30 * 60_000);
  lone.advance(30 * 60_000);
  const beats = linesOf(stream).filter((line) => line === 'HEARTBEAT');
  equal(beats.length, 2);
});

test('HeartbeatCalls: a heartbeat is taken whoever it says it is of', async (t) => {
  const { call } = stage(t);
  equal((await call(EXECUTOR_PATH, 'executor.Call', callOf('HEARTBEAT'))).status, 202);
});

test('an executor in its registration time is not killed once it has subscribed', async (t) => {
  const { lone, kills } = await subscribed(t);
  lone.advance(120_000);
  deepEqual(kills(), []);
});

// --------------------------------------------------------------------------- streams come and go

test('subscribing again ends the stream before, and tasks that it has are not launched again', async (t) => {
  const { say, stream, lone } = await subscribed(t);
  const again = await say(
    callOf('SUBSCRIBE', { subscribe: { unacknowledged_tasks: [taskInfo('task-1')] } }),
  );
  deepEqual(linesOf(again), ['SUBSCRIBED']);
  equal(stream.stream?.ended, 'ended');
  lone.advance(60_000);
  deepEqual(linesOf(again), ['SUBSCRIBED']);
});

test('a task that got lost with the stream is launched on the next one', async (t) => {
  const { say, stream } = await subscribed(t);
  stream.stream?.leave();
  const again = await say(SUBSCRIBE);
  deepEqual(linesOf(again), ['SUBSCRIBED', 'LAUNCH task-1']);
});

test('updates that an executor brings along are handed on once and acknowledged', async (t) => {
  const { say, told } = await subscribed(t);
  await say(update('task-1', 'TASK_RUNNING'));
  const brought = (state: string, uuid: string) => {
    const status = { task_id: { value: 'task-1' }, state, source: 'SOURCE_EXECUTOR', uuid };
    return { status };
  };
  const second = '5YkuQ2f4TEySrjmEBeUUFg==';
  const again = await say(
    callOf('SUBSCRIBE', {
      subscribe: {
        unacknowledged_updates: [brought('TASK_RUNNING', UUID), brought('TASK_FINISHED', second)],
      },
    }),
  );
  deepEqual(linesOf(again), ['SUBSCRIBED', 'ACKNOWLEDGED task-1', 'ACKNOWLEDGED task-1']);
  deepEqual(
    updatesOf(told).map(({ status }) => status.state),
    ['running'],
  );
});

test('an update that it brings along must be valid', async (t) => {
  const { say } = await subscribed(t);
  const status = { task_id: { value: 'task-1' }, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' };
  const answer = await say(
    callOf('SUBSCRIBE', { subscribe: { unacknowledged_updates: [{ status }] } }),
  );
  equal(answer.status, 400);
});

test('while it has no stream it can still call, and what it must know waits for the next one', async (t) => {
  const { say, stream, receive, told, lone } = await subscribed(t);
  stream.stream?.leave();
  await Promise.resolve();
  lone.run();
  equal((await say(update('task-1', 'TASK_RUNNING'))).status, 202);
  equal(updatesOf(told).length, 1);
  receive({ type: 'killTask', frameworkId, taskId: 'task-1' as TaskId });
  deepEqual(linesOf(stream), ['SUBSCRIBED', 'LAUNCH task-1']);
  const again = await say(SUBSCRIBE);
  deepEqual(linesOf(again), ['SUBSCRIBED', 'KILL task-1']);
});

test('an executor that is to end is told so when it subscribes', async (t) => {
  const { say, receive, stream } = await subscribed(t);
  receive({ type: 'shutdownExecutor', frameworkId, executorId: executor.executorId });
  stream.stream?.leave();
  const again = await say(SUBSCRIBE);
  deepEqual(linesOf(again), ['SHUTDOWN']);
  equal(again.stream?.ended, 'ended');
});

test('its stream ends with its program, and so does what stands for it', async (t) => {
  const { ends, containerId, stream, system, say } = await subscribed(t);
  const actorCount = system.metrics().actorCount;
  ends(containerId, { kind: 'exited', exitCode: 0 });
  equal(stream.stream?.ended, 'ended');
  equal(system.metrics().actorCount, actorCount - 1);
  equal((await say(update('task-1', 'TASK_RUNNING'))).text, 'Executor cannot be found');
});

test('when what stands for an executor is gone, it subscribes again', async (t) => {
  const { say, stream, system, lone } = await subscribed(t);
  await say(update('task-1', 'TASK_RUNNING'));
  system.stop({ node: system.node, name: 'http-executor' });
  lone.run();
  equal(stream.stream?.ended, 'ended');
  equal((await say(update('task-1', 'TASK_FINISHED'))).text, 'Executor is not subscribed');
  const again = await say(SUBSCRIBE);
  deepEqual(linesOf(again), ['SUBSCRIBED']);
  const second = '5YkuQ2f4TEySrjmEBeUUFg==';
  equal((await say(update('task-1', 'TASK_FINISHED', second))).status, 202);
  deepEqual(linesOf(again).slice(1), ['ACKNOWLEDGED task-1']);
});

test('a stream does not outlive the agent', async (t) => {
  const { receive, stream, ends, containerId, lone } = await subscribed(t);
  receive({ type: 'shutdownAgent', reason: 'of the test' });
  ends(containerId, { kind: 'exited', exitCode: 0 });
  lone.advance(60_000);
  equal(stream.stream?.ended, 'ended');
});

function taskInfo(taskId: string): object {
  return { name: 'task', task_id: { value: taskId }, agent_id: { value: 'agent-1' } };
}
