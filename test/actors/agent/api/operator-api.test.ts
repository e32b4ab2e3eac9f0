/** What operators ask an agent by the v1 API. Source: Mesos 1.11, src/tests/api_tests.cpp, AgentAPITest. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskId, UpdateId } from '../../../../actors/protocol/ids.ts';
import { decodeV1, type Encoding } from '../../../../actors/protocol/v1/codec.ts';
import type { V1 } from '../../../../actors/protocol/v1/dictionary.ts';
import { customTask, frameworkId } from '../nouns.ts';
import { type ApiStage, TYPES } from './api-stage.ts';
import { callOf, EXECUTOR_PATH, update } from './executor-events.ts';
import { stage, subscribed } from './executor-stage.ts';

const API = '/api/v1';

for (const encoding of ['json', 'protobuf'] as const) {
  test(`GetHealth, GetVersion, GetFlags, GetMetrics, GetAgent, GetOperations, GetResourceProviders: what a node knows of itself (${encoding})`, async (t) => {
    const facts = { flags: { work_dir: '/work', port: '5051' } };
    const made = stage(t, { api: { ...facts, verbosity: verbosity() } });
    const ask = asking(made, encoding);
    equal((await ask({ type: 'GET_HEALTH' })).get_health?.healthy, true);
    equal((await ask({ type: 'GET_VERSION' })).get_version?.version_info.version, '1.11.0');
    deepEqual((await ask({ type: 'GET_FLAGS' })).get_flags?.flags, [
      { name: 'work_dir', value: '/work' },
      { name: 'port', value: '5051' },
    ]);
    const { get_metrics } = await ask({ type: 'GET_METRICS', get_metrics: {} });
    const metrics = new Map(get_metrics?.metrics?.map(({ name, value }) => [name, value]));
    equal(metrics.get('slave/registered'), 1);
    equal(metrics.get('slave/cpus_total'), 4);
    const { get_agent } = await ask({ type: 'GET_AGENT' });
    equal(get_agent?.agent_info?.id?.value, 'agent-1');
    equal(get_agent?.agent_info?.hostname, 'host-1');
    deepEqual((await ask({ type: 'GET_OPERATIONS' })).get_operations, {});
    const none = await ask({ type: 'GET_RESOURCE_PROVIDERS' });
    deepEqual(none.get_resource_providers, {});
  });

  test(`GetTasks, GetExecutors, GetFrameworks, GetState, GetContainers: tasks are shown by how far they are (${encoding})`, async (t) => {
    const made = await subscribed(t);
    const { run, say, lone, receive, containerId } = made;
    const ask = asking(made, encoding);
    await run(customTask('task-2'));
    await run(customTask('task-3'));
    await say(update('task-1', 'TASK_RUNNING'));
    await say(update('task-2', 'TASK_FINISHED', '5YkuQ2f4TEySrjmEBeUUFg=='));
    await say(update('task-3', 'TASK_FINISHED', 'ZYkuQ2f4TEySrjmEBeUUFg=='));
    lone.advance(10);
    const updateId = '65892e43-67f8-4c4c-92ae-398405e51416' as UpdateId;
    receive({ type: 'acknowledgeUpdate', frameworkId, taskId: 'task-3' as TaskId, updateId });
    const { get_tasks } = await ask({ type: 'GET_TASKS' });
    deepEqual(idsOf(get_tasks), {
      queued_tasks: [],
      launched_tasks: ['task-1'],
      terminated_tasks: ['task-2'],
      completed_tasks: ['task-3'],
    });
    equal(get_tasks?.launched_tasks?.[0]?.state, 'TASK_RUNNING');
    const { get_executors } = await ask({ type: 'GET_EXECUTORS' });
    equal(get_executors?.executors?.[0]?.executor_info.executor_id.value, 'executor-1');
    const { get_frameworks } = await ask({ type: 'GET_FRAMEWORKS' });
    equal(get_frameworks?.frameworks?.[0]?.framework_info.id?.value, frameworkId);
    const { get_state } = await ask({ type: 'GET_STATE' });
    deepEqual(get_state, { get_tasks, get_executors, get_frameworks });
    const { get_containers } = await ask({ type: 'GET_CONTAINERS' });
    const [container] = get_containers?.containers ?? [];
    equal(container?.container_id.value, containerId);
    // The executor itself has nothing, its task one cpu and 32 MiB.
    equal(container?.resource_statistics?.cpus_limit, 1);
    equal(container?.resource_statistics?.mem_limit_bytes, 33_554_432n);
  });
}

test('a task of an executor that has not subscribed is queued', async (t) => {
  const made = stage(t);
  await made.run(customTask('task-1'));
  const { get_tasks } = await asking(made)({ type: 'GET_TASKS' });
  deepEqual(idsOf(get_tasks).queued_tasks, ['task-1']);
});

test('executors and frameworks that are over are remembered', async (t) => {
  const made = await subscribed(t);
  const { ends, containerId, lone, told, receive } = made;
  const ask = asking(made);
  ends(containerId, { kind: 'exited', exitCode: 0 });
  lone.advance(10);
  const executors = await ask({ type: 'GET_EXECUTORS' });
  deepEqual(executors.get_executors?.executors ?? [], []);
  equal(executors.get_executors?.completed_executors?.length, 1);
  const [sent] = told().filter((message) => message.type === 'statusUpdate');
  const updateId = (sent?.type === 'statusUpdate' && sent.update.id) as UpdateId;
  receive({ type: 'acknowledgeUpdate', frameworkId, taskId: 'task-1' as TaskId, updateId });
  lone.advance(10);
  const { get_frameworks } = await ask({ type: 'GET_FRAMEWORKS' });
  deepEqual(get_frameworks?.frameworks ?? [], []);
  equal(get_frameworks?.completed_frameworks?.[0]?.framework_info.name, 'framework');
  const { get_tasks } = await ask({ type: 'GET_TASKS' });
  deepEqual(idsOf(get_tasks).completed_tasks, ['task-1']);
  equal(get_tasks?.completed_tasks?.[0]?.state, 'TASK_FAILED');
});

test('GetLoggingLevel, SetLoggingLevel: the log says more for a while, and then what it said before', async (t) => {
  const made = stage(t, { api: { verbosity: verbosity() } });
  const ask = asking(made);
  const set = (level: number, nanoseconds: number) =>
    made.call(API, 'agent.Call', {
      type: 'SET_LOGGING_LEVEL',
      set_logging_level: { level, duration: { nanoseconds } },
    });
  const level = async () => (await ask({ type: 'GET_LOGGING_LEVEL' })).get_logging_level?.level;
  equal((await set(1, 5_000_000_000)).status, 200);
  equal(await level(), 1);
  made.lone.advance(5000);
  equal(await level(), 0);
  equal((await set(1, 1e18)).status, 400);
});

test('calls for containers, providers and images are answered by 501 and what there is instead', async (t) => {
  const { call } = stage(t);
  const container_id = { value: 'container' };
  const calls = [
    {
      type: 'LAUNCH_NESTED_CONTAINER',
      launch_nested_container: { container_id: { value: 'nested', parent: container_id } },
    },
    { type: 'WAIT_CONTAINER', wait_container: { container_id } },
    { type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: { container_id } },
    { type: 'PRUNE_IMAGES' },
    { type: 'UNKNOWN' },
  ];
  for (const value of calls) {
    const answer = await call(API, 'agent.Call', value);
    equal(answer.status, 501, answer.text);
    match(answer.text, new RegExp(`^Cannot answer the call ${value.type}: .*; `));
  }
});

test('HeaderValidation: what is not a call is refused in the order of Mesos', async (t) => {
  const { ask, call } = stage(t);
  const body = '{"type":"GET_HEALTH"}';
  const json = { 'content-type': TYPES.json };
  const refusals = [
    [await ask('GET', API), 405, /^$/],
    [await ask('POST', API, { body }), 400, /^Expecting 'Content-Type' to be present/],
    [
      await ask('POST', API, { headers: { 'content-type': 'text/plain' }, body }),
      415,
      /^Expecting/,
    ],
    [
      await ask('POST', API, { headers: { ...json, accept: 'text/plain' }, body }),
      406,
      /^Expecting/,
    ],
    [await ask('POST', API, { headers: json, body: '{' }), 400, /^Failed to parse body into JSON/],
    [await call(API, 'agent.Call', {}), 400, /^Failed to validate agent::Call: Expecting 'type'/],
    [
      await call(API, 'agent.Call', { type: 'READ_FILE' }),
      400,
      /^Failed to validate agent::Call: Expecting 'read_file' to be present/,
    ],
    [
      await ask('POST', API, { headers: { ...json, accept: 'application/recordio' }, body }),
      406,
      /^Streaming response is not supported for GET_HEALTH call/,
    ],
    [
      await call(API, 'agent.Call', {
        type: 'ATTACH_CONTAINER_INPUT',
        attach_container_input: { type: 'CONTAINER_ID', container_id: { value: 'a' } },
      }),
      415,
      /^Expecting 'Content-Type' to be application\/recordio for ATTACH_CONTAINER_INPUT call/,
    ],
  ] as const;
  for (const [answer, status, pattern] of refusals) {
    equal(answer.status, status, answer.text);
    match(answer.text, pattern);
  }
  equal((await ask('POST', `/slave(1)${API}/operator`, { headers: json, body })).status, 200);
});

test('before the agent knows what runs it is asked in vain', async (t) => {
  for (const until of ['routes', 'recovering'] as const) {
    const { ask } = stage(t, { until });
    for (const answer of [
      await ask('POST', API, { headers: { 'content-type': TYPES.json }, body: '{}' }),
      await ask('GET', API),
      await ask('GET', '/state'),
    ]) {
      deepEqual([answer.status, answer.text], [503, 'Agent has not finished recovery']);
    }
    equal((await ask('GET', '/health')).status, 200);
  }
});

test('an executor that calls the operators finds no secret of its own there', async (t) => {
  const made = await subscribed(t, { agent: { executorTokenKey: new Uint8Array([1]) } });
  const secret = made.launches()[0]?.environment.find(({ name }) => /SECRET$/.test(name))?.value;
  for (const answer of [
    await made.call(API, 'agent.Call', { type: 'GET_STATE' }),
    await made.ask('GET', '/state'),
  ]) {
    equal(answer.status, 200);
    equal(answer.text.includes(secret ?? 'none'), false);
  }
  equal((await made.call(EXECUTOR_PATH, 'executor.Call', callOf('HEARTBEAT'))).status, 202);
});

function asking({ call }: ApiStage, encoding: Encoding = 'json') {
  return async (value: object): Promise<V1<'agent.Response'>> => {
    const { status, headers, bytes, text } = await call(API, 'agent.Call', value, { encoding });
    equal(status, 200, text);
    equal(headers['content-type'], TYPES[encoding]);
    return decodeV1('agent.Response', encoding, bytes);
  };
}

function idsOf(tasks: V1<'agent.Response.GetTasks'> | undefined) {
  const ids = (list: readonly V1<'Task'>[] | undefined) =>
    (list ?? []).map(({ task_id }) => task_id.value);
  return {
    queued_tasks: ids(tasks?.queued_tasks),
    launched_tasks: ids(tasks?.launched_tasks),
    terminated_tasks: ids(tasks?.terminated_tasks),
    completed_tasks: ids(tasks?.completed_tasks),
  };
}

function verbosity() {
  let level = 0;
  return {
    level: () => level,
    set: (wanted: number) => {
      level = wanted;
    },
  };
}
