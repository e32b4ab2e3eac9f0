/** The operator API: order of validation, statuses, texts, and both encodings. Source: Mesos, src/master/http.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeV1, encodeV1, jsonTextOf } from '../../../../../actors/protocol/v1/codec.ts';
import { linkedMessage } from '../../../../../actors/protocol/v1/dictionary.ts';
import { JSON_TYPE, PROTOBUF_TYPE, readingCluster } from '../reading-cluster.ts';

async function running() {
  const reading = readingCluster(['sleep 3600; exit 0', 'exit 1']);
  const { world, told } = reading;
  await world.runUntil(() => told.includes('task-1 running') && told.includes('task-2 failed'));
  await world.runFor(2000);
  return reading;
}

test('a call is looked at in the order of Mesos', async () => {
  const { ask, post, cluster } = await running();
  const status = async (headers: Record<string, string>, body: string) => {
    const answer = await ask('POST', '/api/v1', { headers, body });
    return [answer.status, answer.text];
  };
  const get = await ask('GET', '/api/v1');
  deepEqual([get.status, get.headers['allow']], [405, 'POST']);
  deepEqual(await status({}, 'x'), [400, "Expecting 'Content-Type' to be present"]);
  deepEqual(await status({ 'content-type': 'text/plain' }, 'x'), [
    415,
    "Expecting 'Content-Type' of application/json or application/x-protobuf",
  ]);
  const json = { 'content-type': JSON_TYPE, accept: 'text/html' };
  match(String((await status(json, 'x'))[1]), /^Failed to parse body into JSON: /);
  match(String((await status(json, '[]'))[1]), /^Failed to convert JSON into Call protobuf: /);
  const protobuf = { ...json, 'content-type': PROTOBUF_TYPE };
  match(String((await status(protobuf, 'x'))[1]), /^Failed to parse body into Call protobuf/);
  deepEqual(await status(json, '{}'), [
    400,
    "Failed to validate master::Call: Expecting 'type' to be present",
  ]);
  deepEqual(await status(json, '{"type":"TEARDOWN"}'), [
    400,
    "Failed to validate master::Call: Expecting 'teardown' to be present",
  ]);
  deepEqual(await status(json, '{"type":"GET_HEALTH"}'), [
    406,
    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
  ]);
  const unknown = await post({ type: 'UNKNOWN' });
  equal(unknown.status, 501);
  match(unknown.text, /^The type of the call is not known here; /);
  await cluster.close();
});

test('who has claims but no name is not heard', async () => {
  const { ask, cluster } = await running();
  const { status } = await ask('POST', '/api/v1', { principal: { claims: { foo: 'bar' } } });
  equal(status, 403);
  await cluster.close();
});

const READS = [
  ...['GET_HEALTH', 'GET_FLAGS', 'GET_VERSION', 'GET_METRICS', 'GET_LOGGING_LEVEL', 'GET_STATE'],
  ...['GET_AGENTS', 'GET_FRAMEWORKS', 'GET_EXECUTORS', 'GET_OPERATIONS', 'GET_TASKS', 'GET_ROLES'],
  ...[
    'GET_WEIGHTS',
    'GET_MASTER',
    'GET_MAINTENANCE_STATUS',
    'GET_MAINTENANCE_SCHEDULE',
    'GET_QUOTA',
  ],
];

test('GetFlags, GetHealth, GetVersion, GetMetrics, GetRoles, GetMaster, GetOperations, GetWeights: each GET call is answered by its own part, in JSON and in protobuf alike', async () => {
  const { ask, post, cluster } = await running();
  for (const type of READS) {
    const call = { type, get_metrics: {} };
    const json = await post(call);
    equal(json.status, 200, type);
    equal(json.headers['content-type'], JSON_TYPE);
    deepEqual(Object.keys(JSON.parse(json.text)), ['type', type.toLowerCase()]);
    const asking = {
      headers: { 'content-type': PROTOBUF_TYPE, accept: PROTOBUF_TYPE },
      body: encodeV1('master.Call', 'protobuf', call as never),
    };
    const protobuf = await ask('POST', '/master/api/v1', asking);
    equal(protobuf.headers['content-type'], PROTOBUF_TYPE);
    // JSON shows the defaults of what is not set.
    const text = (encoding: 'json' | 'protobuf', bytes: Uint8Array) =>
      jsonTextOf('master.Response', decodeV1('master.Response', encoding, bytes));
    equal(text('protobuf', protobuf.bytes), text('json', json.bytes), type);
  }
  await cluster.close();
});

test('GET_STATE shows tasks, executors, frameworks and agents', async () => {
  const { post, cluster } = await running();
  const { get_state: state } = JSON.parse((await post({ type: 'GET_STATE' })).text);
  deepEqual(Object.keys(state), ['get_tasks', 'get_executors', 'get_frameworks', 'get_agents']);
  deepEqual(
    state.get_tasks.tasks.map(({ task_id: { value }, state: of }: never) => [value, of]),
    [['task-1', 'TASK_RUNNING']],
  );
  equal(state.get_tasks.completed_tasks.length, 1);
  equal(state.get_agents.agents.length, 2);
  equal(state.get_frameworks.frameworks[0].framework_info.name, 'runner');
  await cluster.close();
});

test('a framework is torn down, once', async () => {
  const { post, get, cluster } = await running();
  const { frameworks } = await get('/frameworks');
  const call = { type: 'TEARDOWN', teardown: { framework_id: { value: frameworks[0].id } } };
  deepEqual([(await post(call)).status, (await post(call)).status], [200, 400]);
  await cluster.close();
});

test('an agent that an operator gives up is shut down, and its tasks are gone', async () => {
  const { post, get, world, told, cluster } = await running();
  const { frameworks } = await get('/frameworks');
  const agentId = frameworks[0].tasks[0].slave_id;
  const gone = (value: string) => {
    return post({ type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value } } });
  };
  const unknown = await gone('other');
  deepEqual([unknown.status, unknown.text], [404, "Agent 'other' not found"]);
  equal((await gone(agentId)).status, 200);
  equal((await gone(agentId)).status, 200, 'it is gone already');
  await world.runUntil(() => told.includes('task-1 goneByOperator'));
  await world.runFor(2000);
  const { slaves } = await get('/slaves');
  equal(
    slaves.some(({ id }: { id: string }) => id === agentId),
    false,
  );
  const metrics = await get('/metrics/snapshot');
  equal(metrics['master/tasks_gone_by_operator'], 1);
  equal(metrics['master/task_gone_by_operator/source_master/reason_slave_removed_by_operator'], 1);
  await cluster.close();
});

test('GetLoggingLevel, SetLoggingLevel: the level of the log is set for a while, and not below what it was', async () => {
  const { post, cluster } = await running();
  const set = (level: number) =>
    post({
      type: 'SET_LOGGING_LEVEL',
      set_logging_level: { level, duration: { nanoseconds: 1e9 } },
    });
  equal((await set(1)).status, 200);
  const level = JSON.parse((await post({ type: 'GET_LOGGING_LEVEL' })).text);
  equal(level.get_logging_level.level, 0, 'this one has a log that says what it says');
  await cluster.close();
});

test('every call of Mesos is answered', async () => {
  const { post, cluster } = await running();
  const types = linkedMessage('master.Call').byName.get('type')?.type;
  const names = types?.kind === 'enum' ? [...types.numbers.keys()] : [];
  for (const type of names) {
    if (['UNKNOWN', 'SUBSCRIBE', 'MARK_AGENT_GONE', 'TEARDOWN'].includes(type)) continue;
    if (/^(DRAIN|DEACTIVATE|REACTIVATE)_AGENT$/.test(type)) continue;
    const { status } = await post({ type, ...PARTS });
    equal([200, 400, 404].includes(status), true, `${type}: ${status}`);
  }
  await cluster.close();
});

const agent = { agent_id: { value: 'a' } };
const disk = { name: 'disk', type: 'SCALAR', scalar: { value: 1 } };
const PARTS = {
  get_metrics: {},
  set_logging_level: { level: 0, duration: { nanoseconds: 0 } },
  list_files: { path: '/master/log' },
  read_file: { path: '/master/log', offset: 0 },
  update_weights: {},
  reserve_resources: agent,
  unreserve_resources: agent,
  create_volumes: agent,
  destroy_volumes: agent,
  grow_volume: { ...agent, volume: disk, addition: disk },
  shrink_volume: { ...agent, volume: disk, subtract: { value: 1 } },
  update_maintenance_schedule: { schedule: {} },
  start_maintenance: {},
  stop_maintenance: {},
  drain_agent: agent,
  deactivate_agent: agent,
  reactivate_agent: agent,
  update_quota: {},
  set_quota: { quota_request: {} },
  remove_quota: { role: 'r' },
};
