/**
 * The old endpoints: which keys they have, and that they say what is. Source of the keys: Mesos 1.11,
 * src/master/readonly_handler.cpp, src/common/http.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { readingCluster } from '../reading-cluster.ts';

const SCRIPTS = ['sleep 3600; exit 0', 'sleep 3600; exit 0', 'exit 1'];

async function running() {
  const reading = readingCluster(SCRIPTS, { agentCount: 3 });
  const { world, told } = reading;
  await world.runUntil(
    () =>
      told.includes('task-1 running') &&
      told.includes('task-2 running') &&
      told.includes('task-3 failed'),
  );
  await world.runFor(2000);
  return reading;
}

const keys = (object: object) => Object.keys(object).join(' ');

const AGENT =
  'id hostname port attributes pid registered_time resources used_resources offered_resources ' +
  'reserved_resources unreserved_resources active deactivated version capabilities';
const FRAMEWORK =
  'id name pid used_resources offered_resources capabilities hostname webui_url active connected recovered';
const COUNTS =
  'TASK_STAGING TASK_STARTING TASK_RUNNING TASK_KILLING TASK_FINISHED TASK_KILLED TASK_FAILED ' +
  'TASK_LOST TASK_ERROR TASK_UNREACHABLE';

test('/state has the keys of Mesos, and tasks in three lists', async () => {
  const { get, cluster } = await running();
  const state = await get('/state');
  equal(
    keys(state),
    'version build_date build_time build_user git_tag start_time elected_time id pid hostname capabilities ' +
      'activated_slaves deactivated_slaves unreachable_slaves leader leader_info cluster flags slaves ' +
      'recovered_slaves frameworks completed_frameworks orphan_tasks unregistered_frameworks',
  );
  equal(keys(state.leader_info), 'id pid port hostname');
  equal(keys(state.slaves[0]), AGENT);
  const [framework] = state.frameworks;
  equal(
    keys(framework),
    `${FRAMEWORK} user failover_timeout checkpoint registered_time unregistered_time resources ` +
      'roles tasks unreachable_tasks completed_tasks offers executors offer_constraints',
  );
  const [task] = framework.tasks;
  equal(
    keys(task),
    'id name framework_id executor_id slave_id state resources role statuses labels',
  );
  equal(keys(task.resources), 'cpus gpus mem disk ports');
  equal(task.resources.ports, '[31000-31001]');
  deepEqual(task.labels, [{ key: 'tier', value: 'front' }]);
  deepEqual(
    task.statuses.map((status: object) => keys(status)),
    ['state timestamp container_status', 'state timestamp container_status'],
  );
  equal(framework.tasks.length, 2);
  deepEqual(
    framework.completed_tasks.map(({ id, state: of }: { id: string; state: string }) => [id, of]),
    [['task-3', 'TASK_FAILED']],
  );
  await cluster.close();
});

test('/state-summary counts tasks for agents and frameworks', async () => {
  const { get, cluster } = await running();
  const summary = await get('/state-summary');
  equal(keys(summary), 'hostname cluster slaves frameworks');
  equal(keys(summary.slaves[0]), `${AGENT} ${COUNTS} framework_ids`);
  const [framework] = summary.frameworks;
  equal(keys(framework), `${FRAMEWORK} ${COUNTS} slave_ids`);
  deepEqual([framework.TASK_RUNNING, framework.TASK_FAILED], [2, 1]);
  const sum = (key: string) =>
    summary.slaves.reduce(
      (count: number, agent: Record<string, number>) => count + (agent[key] ?? 0),
      0,
    );
  deepEqual([sum('TASK_RUNNING'), sum('TASK_FAILED')], [2, 1]);
  await cluster.close();
});

test('/slaves shows all of the resources, and one agent when it is asked for', async () => {
  const { get, cluster } = await running();
  const { slaves, recovered_slaves: recovered } = await get('/slaves');
  deepEqual([slaves.length, recovered], [3, []]);
  equal(
    keys(slaves[0]),
    `${AGENT} reserved_resources_full unreserved_resources_full used_resources_full offered_resources_full`,
  );
  equal(keys(slaves[0].unreserved_resources_full[0]), 'name type scalar role');
  const only = await get(`/slaves?slave_id=${slaves[1].id}`);
  deepEqual(only.slaves, [slaves[1]]);
  deepEqual((await get('/slaves?slave_id=none')).slaves, []);
  await cluster.close();
});

test('/frameworks and /roles', async () => {
  const { get, cluster } = await running();
  const all = await get('/frameworks');
  equal(keys(all), 'frameworks completed_frameworks unregistered_frameworks');
  const { id } = all.frameworks[0];
  equal((await get(`/frameworks?framework_id=${id}`)).frameworks.length, 1);
  equal((await get('/frameworks?framework_id=other')).frameworks.length, 0);
  const { roles } = await get('/roles');
  equal(keys(roles[0]), 'name weight quota resources allocated offered reserved frameworks');
  equal(keys(roles[0].quota), 'role guarantee limit consumed');
  deepEqual(roles[0].allocated, { cpus: 2, mem: 256 });
  equal(keys(roles[0].resources), 'cpus disk gpus mem', 'whatever there is of them');
  deepEqual(roles[0].frameworks, [id]);
  await cluster.close();
});

test('/tasks pages, orders and selects', async () => {
  const { get, cluster } = await running();
  const ids = async (query: string) =>
    (await get(`/tasks${query}`)).tasks.map(({ id }: { id: string }) => id);
  const newest = await ids('');
  equal(newest.length, 3);
  deepEqual(await ids('?order=asc'), newest.toReversed());
  deepEqual(await ids('?limit=1&offset=1'), newest.slice(1, 2));
  deepEqual(await ids('?limit=none'), newest, 'what is no count is left out');
  deepEqual(await ids('?limit=-1'), newest, 'which has no end');
  deepEqual(await ids('?offset=-1'), []);
  deepEqual(await ids('?task_id=task-2'), ['task-2']);
  deepEqual(await ids('?framework_id=other'), []);
  await cluster.close();
});

test('what has not changed is not sent again, and ?jsonp= wraps what is', async () => {
  const { ask, world, cluster } = await running();
  const { headers } = await ask('GET', '/state');
  const etag = headers['etag'] ?? '';
  equal(headers['messor-age-ms'], '0');
  await world.runFor(300);
  const again = await ask('GET', '/state', { headers: { 'if-none-match': etag } });
  deepEqual([again.status, again.text], [304, '']);
  equal(again.headers['messor-age-ms'], '300');
  await world.runFor(60_000);
  const later = await ask('GET', '/master/state.json', { headers: { 'if-none-match': etag } });
  equal(later.status, 200, 'offers came and went');
  const wrapped = await ask('GET', '/roles?jsonp=angular.callbacks._0');
  equal(wrapped.headers['content-type'], 'text/javascript');
  match(wrapped.text, /^angular\.callbacks\._0\(\{.*\}\);$/s);
  equal((await ask('GET', '/roles?jsonp=1%2B1')).status, 400);
  equal((await ask('GET', '/tasks?task_id=%zz')).status, 400);
  await cluster.close();
});

test('an agent that is lost is counted, and its tasks are among the unreachable', async () => {
  const reading = readingCluster(['sleep 3600; exit 0'], {
    agentCount: 1,
    masterSettings: { agentReregisterTimeoutMs: 1000 },
  });
  const { world, told, get, cluster } = reading;
  await world.runUntil(() => told.includes('task-1 running'));
  cluster.agents[0]?.node.crash();
  await world.runUntil(() => told.includes('task-1 unreachable'));
  const state = await get('/state');
  deepEqual([state.slaves, state.unreachable_slaves], [[], 1]);
  equal(state.frameworks[0].unreachable_tasks[0].state, 'TASK_UNREACHABLE');
  const metrics = await get('/metrics/snapshot');
  deepEqual(
    [
      metrics['master/slaves_unreachable'],
      metrics['master/tasks_unreachable'],
      metrics['master/slave_removals'],
    ],
    [1, 1, 1],
  );
  await cluster.close();
});

test('each master says of itself how it is', async () => {
  const { get, ask, cluster } = await running();
  equal((await ask('GET', '/health')).status, 200);
  deepEqual(await get('/version'), {
    ...{ version: '1.11.0', build_date: '', build_time: 0, build_user: '' },
    git_tag: 'messor-0.0.0',
  });
  deepEqual(await get('/flags'), { flags: {} });
  deepEqual(await get('/weights'), []);
  for (const path of ['/quota', '/maintenance/schedule', '/maintenance/status']) {
    deepEqual(await get(path), {});
  }
  equal(
    keys(await get('/system/stats.json')),
    'avg_load_1min avg_load_5min avg_load_15min cpus_total mem_total_bytes mem_free_bytes',
  );
  const processes = await get('/__processes__');
  equal(keys(processes[0]), 'id events');
  equal(keys((await get('/help')).processes[0]), 'id endpoints');
  equal(keys(await get('/registrar(1)/registry')), 'master slaves unreachable');
  equal((await ask('GET', '/logging/toggle')).text, '0\n');
  equal(
    (await ask('GET', '/logging/toggle?level=1')).text,
    "Expecting 'duration=value' in query.\n",
  );
  equal((await ask('GET', '/logging/toggle?level=1&duration=soon')).status, 400);
  equal((await ask('POST', '/logging/toggle?level=1&duration=10secs')).status, 200);
  await cluster.close();
});

test('metrics count what was said and what became of tasks, also for Prometheus', async () => {
  const { get, ask, cluster } = await running();
  const metrics = await get('/metrics/snapshot');
  const shown = (name: string) => metrics[`master/${name}`];
  deepEqual(
    [
      'elected',
      'slaves_active',
      'frameworks_active',
      'tasks_running',
      'tasks_failed',
      'cpus_used',
    ].map(shown),
    [1, 3, 1, 2, 1, 2],
  );
  deepEqual(
    ['messages_register_framework', 'messages_register_slave', 'slave_registrations'].map(shown),
    [1, 3, 3],
  );
  const { text, headers } = await ask('GET', '/metrics');
  equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  match(
    text,
    /^# TYPE mesos_master_tasks_failed_total counter\nmesos_master_tasks_failed_total 1$/m,
  );
  match(text, /^mesos_master_framework_subscribed\{framework="runner",framework_id="[^"]+"\} 1$/m);
  for (const line of text.trimEnd().split('\n')) {
    match(
      line,
      /^(# HELP [\w:]+ .+|# TYPE [a-zA-Z_:][\w:]* (counter|gauge|summary)|[a-zA-Z_:][\w:]*(\{[^}]*\})? [\d.e+-]+)$/,
    );
  }
  await cluster.close();
});

test('/teardown ends a framework that there is', async () => {
  const { get, ask, world, cluster } = await running();
  const { frameworks } = await get('/frameworks');
  const post = (body: string) => ask('POST', '/teardown', { body });
  equal((await post('')).text, "Missing 'frameworkId' query parameter in the request body");
  equal((await post('frameworkId=other')).text, 'No framework found with specified ID');
  equal((await post(`frameworkId=${frameworks[0].id}`)).status, 200);
  await world.runFor(1000);
  const after = await get('/frameworks');
  deepEqual([after.frameworks.length, after.completed_frameworks.length], [0, 1]);
  deepEqual(
    after.completed_frameworks[0].completed_tasks
      .map(({ state }: { state: string }) => state)
      .sort(),
    ['TASK_FAILED', 'TASK_KILLED', 'TASK_KILLED'],
  );
  await cluster.close();
});
