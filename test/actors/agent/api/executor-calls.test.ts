/**
 * Calls of executors that are refused, and who may speak for an executor. Names of Mesos' own cases stand
 * before the sentences.
 * Source: Mesos 1.11, src/tests/executor_http_api_tests.cpp; src/slave/http.cpp, `Http::executor`.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { executorToken } from '../../../../actors/agent/executor-tokens.ts';
import { customTask, executor, frameworkId, task } from '../nouns.ts';
import { TYPES } from './api-stage.ts';
import { callOf, EXECUTOR_PATH, linesOf, UUID, update } from './executor-events.ts';
import { SUBSCRIBE, stage, subscribed, updatesOf, variableOf } from './executor-stage.ts';

const JSON_TYPE = { 'content-type': TYPES.json };

test('NoContentType: a call without a content type is answered by 400', async (t) => {
  const { ask } = stage(t);
  const answer = await ask('POST', EXECUTOR_PATH, { body: JSON.stringify(SUBSCRIBE) });
  deepEqual([answer.status, answer.text], [400, "Expecting 'Content-Type' to be present"]);
});

test('ValidJsonButInvalidProtobuf: JSON that is no call is answered by 400', async (t) => {
  const { ask } = stage(t);
  const body = JSON.stringify({ string: 'valid_json' });
  const answer = await ask('POST', EXECUTOR_PATH, { headers: JSON_TYPE, body });
  equal(answer.status, 400);
  match(
    answer.text,
    /^Failed to convert JSON into Call protobuf: Missing required fields: executor_id/,
  );
});

test('MalformedContent: what can not be read is answered by 400', async (t) => {
  const { ask } = stage(t);
  const asJson = await ask('POST', EXECUTOR_PATH, {
    headers: JSON_TYPE,
    body: 'MALFORMED_CONTENT',
  });
  equal(asJson.status, 400);
  match(asJson.text, /^Failed to parse body into JSON: /);
  const headers = { 'content-type': TYPES.protobuf };
  const asProtobuf = await ask('POST', EXECUTOR_PATH, { headers, body: 'MALFORMED_CONTENT' });
  equal(asProtobuf.status, 400);
  match(asProtobuf.text, /^Failed to parse body into Call protobuf/);
});

test('UnsupportedContentMediaType: another content type is answered by 415', async (t) => {
  const { ask } = stage(t);
  const headers = { 'content-type': 'application/unknown-media-type' };
  const answer = await ask('POST', EXECUTOR_PATH, { headers, body: JSON.stringify(SUBSCRIBE) });
  equal(answer.status, 415);
  match(answer.text, /^Expecting 'Content-Type' of application\/json or application\/x-protobuf/);
});

test('GetRequest: only POST is answered', async (t) => {
  const { ask } = stage(t);
  const answer = await ask('GET', EXECUTOR_PATH);
  deepEqual([answer.status, answer.headers['allow']], [405, 'POST']);
});

test('NotAcceptable: SUBSCRIBE must admit an answer that there is, other calls need not', async (t) => {
  const { call, run } = stage(t);
  await run(customTask('task-1'));
  const headers = { accept: 'application/unknown-media-type' };
  const answer = await call(EXECUTOR_PATH, 'executor.Call', SUBSCRIBE, { headers });
  equal(answer.status, 406);
  const message = callOf('MESSAGE', { message: { data: 'aGVsbG8=' } });
  const other = await call(EXECUTOR_PATH, 'executor.Call', message, { headers });
  equal(other.status, 403);
});

test('ValidProtobufInvalidCall: a call without the part of its type is answered by 400', async (t) => {
  const { call } = stage(t);
  for (const type of ['SUBSCRIBE', 'UPDATE', 'MESSAGE']) {
    const answer = await call(EXECUTOR_PATH, 'executor.Call', callOf(type));
    const sentence = `Expecting '${type.toLowerCase()}' to be present`;
    deepEqual(
      [answer.status, answer.text],
      [400, `Failed to validate Executor::Call: ${sentence}`],
    );
  }
});

test('StatusUpdateCallFailedValidation: a status that is not the executor to give is refused', async (t) => {
  const { call, run } = stage(t);
  await run(customTask('task-1'));
  const faults: [string, object][] = [
    ["Expecting 'uuid' to be present", update('task-1', 'TASK_RUNNING', null as never)],
    ['Not a valid UUID', update('task-1', 'TASK_RUNNING', 'dGVzdA==')],
    [
      'ExecutorID in Call: executor-1 does not match ExecutorID in TaskStatus: other',
      update('task-1', 'TASK_RUNNING', UUID, { executor_id: { value: 'other' } }),
    ],
    [
      "Received Call from executor executor-1 of framework framework-1 with invalid source, expecting 'SOURCE_EXECUTOR'",
      update('task-1', 'TASK_RUNNING', UUID, { source: 'SOURCE_MASTER' }),
    ],
    [
      'Received TASK_STAGING from executor executor-1 of framework framework-1 which is not allowed',
      update('task-1', 'TASK_STAGING'),
    ],
  ];
  for (const [sentence, body] of faults) {
    const answer = await call(EXECUTOR_PATH, 'executor.Call', body);
    deepEqual(
      [answer.status, answer.text],
      [400, `Failed to validate Executor::Call: ${sentence}`],
    );
  }
});

test('a status that no message between nodes can carry is refused instead of getting stuck', async (t) => {
  const { call, run, stream } = await subscribed(t);
  await run(customTask('task-2'));
  const long = update('task-2', 'TASK_RUNNING', UUID, { message: 'x'.repeat(100_000) });
  const answer = await call(EXECUTOR_PATH, 'executor.Call', long);
  equal(answer.status, 400);
  match(answer.text, /^Failed to validate Executor::Call: update\.status\.message/);
  deepEqual(linesOf(stream), ['SUBSCRIBED', 'LAUNCH task-1', 'LAUNCH task-2']);
});

test('a time that is no time is refused', async (t) => {
  const { say, told } = await subscribed(t);
  for (const timestamp of ['Infinity', '-Infinity', 1e300]) {
    const answer = await say(update('task-1', 'TASK_RUNNING', UUID, { timestamp }));
    equal(answer.status, 400, `${timestamp}`);
  }
  equal((await say(update('task-1', 'TASK_RUNNING', UUID, { timestamp: 1.5 }))).status, 202);
  const [sent] = updatesOf(told);
  equal(sent?.status.timestampMs, 1500);
});

test('SubscribeBeforeContainerizerRecovery: before there is an agent every call is answered by 503', async (t) => {
  const { ask, call } = stage(t, { until: 'routes' });
  const answer = await call(EXECUTOR_PATH, 'executor.Call', SUBSCRIBE);
  deepEqual([answer.status, answer.text], [503, 'Agent has not finished recovery']);
  equal((await ask('GET', EXECUTOR_PATH)).status, 503);
});

test('while the agent recovers it answers by 503, except for heartbeats', async (t) => {
  const { call } = stage(t, { until: 'recovering' });
  const answers = [
    await call(EXECUTOR_PATH, 'executor.Call', SUBSCRIBE),
    await call(EXECUTOR_PATH, 'executor.Call', update('task-1', 'TASK_RUNNING')),
    await call(EXECUTOR_PATH, 'executor.Call', callOf('HEARTBEAT')),
  ];
  deepEqual(
    answers.map(({ status }) => status),
    [503, 503, 202],
  );
});

test('MessageFromUnknownFramework: a call of a framework or executor that is not there is answered by 400', async (t) => {
  const { call, run } = stage(t);
  const data = { message: { data: 'aGVsbG8=' } };
  const unknown = await call(EXECUTOR_PATH, 'executor.Call', callOf('MESSAGE', data));
  deepEqual([unknown.status, unknown.text], [400, 'Framework cannot be found']);
  await run(customTask('task-1'));
  const other = callOf('MESSAGE', { ...data, executor_id: { value: 'other' } });
  const answer = await call(EXECUTOR_PATH, 'executor.Call', other);
  deepEqual([answer.status, answer.text], [400, 'Executor cannot be found']);
});

test('nobody takes the place of an executor that lives in the agent', async (t) => {
  const { call, receive } = stage(t);
  const { command, ...rest } = task;
  receive(runTaskOf({ ...rest, ...(command && { command }) }));
  const as = callOf('SUBSCRIBE', { subscribe: {}, executor_id: { value: 'task-1' } });
  const answer = await call(EXECUTOR_PATH, 'executor.Call', as);
  deepEqual([answer.status, answer.text], [400, 'Executor cannot be found']);
});

test('an executor that has not subscribed is answered by 403', async (t) => {
  const { call, run } = stage(t);
  await run(customTask('task-1'));
  const answer = await call(EXECUTOR_PATH, 'executor.Call', update('task-1', 'TASK_RUNNING'));
  deepEqual([answer.status, answer.text], [403, 'Executor is not subscribed']);
});

test('an executor that joined as a node of the cluster does not speak HTTP besides', async (t) => {
  const { call, run, receive, launches } = stage(t);
  await run(customTask('task-1'));
  const secret = variableOf(launches, 'MESSOR_EXECUTOR_SECRET');
  const node = { node: 'executor:1', name: 'executor' };
  const { executorId } = executor;
  receive({ type: 'registerExecutor', executor: node, frameworkId, executorId, secret }, node);
  for (const body of [SUBSCRIBE, update('task-1', 'TASK_RUNNING')]) {
    const answer = await call(EXECUTOR_PATH, 'executor.Call', body);
    deepEqual([answer.status, answer.text], [403, 'Executor is not connected via HTTP']);
  }
});

test('UNKNOWN is answered by 501 and a sentence', async (t) => {
  const { call } = await subscribed(t);
  const answer = await call(EXECUTOR_PATH, 'executor.Call', callOf('UNKNOWN'));
  equal(answer.status, 501);
  match(answer.text, /^The type of the call is not known here; /);
});

// ------------------------------------------------------------------------------- who may speak

test('its program learns where to subscribe, as whom, and where it is', async (t) => {
  const { launches, containerId } = await subscribed(t);
  const of = (name: string) => variableOf(launches, name);
  equal(of('MESOS_FRAMEWORK_ID'), frameworkId);
  equal(of('MESOS_EXECUTOR_ID'), 'executor-1');
  equal(of('MESOS_SLAVE_ID'), 'agent-1');
  equal(of('MESOS_AGENT_ENDPOINT'), 'here:1');
  equal(of('MESOS_SLAVE_PID'), 'slave(1)@here:1');
  equal(of('MESOS_DIRECTORY'), `/sandboxes/${containerId}`);
  equal(of('MESOS_SANDBOX'), `/sandboxes/${containerId}`);
  equal(of('MESOS_CHECKPOINT'), '0');
  equal(of('MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD'), '5secs');
  equal(of('LIBPROCESS_PORT'), '0');
  equal(of('MESOS_EXECUTOR_AUTHENTICATION_TOKEN'), '');
  ok(of('MESSOR_EXECUTOR_SECRET'));
});

test('where tokens are asked for its program is given one, that names what it may speak for', async (t) => {
  const key = new TextEncoder().encode('secret');
  const { launches, containerId } = await subscribed(t, { agent: { executorTokenKey: key } });
  const token = variableOf(launches, 'MESOS_EXECUTOR_AUTHENTICATION_TOKEN');
  equal(token, executorToken({ frameworkId, executorId: executor.executorId, containerId }, key));
  const [, claims = ''] = token.split('.');
  deepEqual(JSON.parse(Buffer.from(claims, 'base64url').toString()), {
    fid: frameworkId,
    eid: 'executor-1',
    cid: containerId,
  });
});

test('who proves to be another executor is answered by 403', async (t) => {
  const { call, run, launches } = stage(t);
  await run(customTask('task-1'));
  const cid = launches()[0]?.containerId ?? '';
  const right = { fid: frameworkId, eid: 'executor-1', cid };
  for (const [claim, pattern] of [
    ['fid', /does not contain an 'fid' claim with the framework ID framework-1/],
    ['eid', /does not contain an 'eid' claim with the executor ID executor-1/],
    ['cid', /does not contain a 'cid' claim with the correct active ContainerID/],
  ] as const) {
    const principal = { claims: { ...right, [claim]: 'other' } };
    const answer = await call(EXECUTOR_PATH, 'executor.Call', SUBSCRIBE, { principal });
    equal(answer.status, 403);
    match(answer.text, pattern);
  }
  const principal = { claims: right };
  equal((await call(EXECUTOR_PATH, 'executor.Call', SUBSCRIBE, { principal })).status, 200);
});

function runTaskOf(one: typeof task) {
  const framework = { name: 'f', user: 'u', roles: ['*'], failoverTimeoutMs: 0, capabilities: [] };
  return { type: 'runTask', frameworkId, framework, task: one } as const;
}
