/** Rules: Mesos 1.11, docs/monitoring.md; src/master/metrics.cpp; libprocess, metrics/metrics.cpp. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { masterApi } from '../../../../actors/master/api/master-api.ts';
import {
  FRAMEWORKS_SHOWN_MAX,
  MasterMetrics,
} from '../../../../actors/master/metrics/master-metrics.ts';
import type { FrameworkId } from '../../../../actors/protocol/ids.ts';
import { askingRoutes } from '../../../kit/http-routes.ts';
import { readingCluster } from './reading-cluster.ts';

async function running() {
  const reading = readingCluster(['sleep 3600; exit 0', 'exit 1'], { agentCount: 2 });
  const { world, told } = reading;
  await world.runUntil(() => told.includes('task-1 running') && told.includes('task-2 failed'));
  await world.runFor(2000);
  return reading;
}

type Numbers = Readonly<Record<string, number>>;

test('each framework has metrics of its own: calls, events, offers, operations, tasks', async () => {
  const { get, cluster } = await running();
  const { frameworks } = await get('/frameworks');
  const metrics: Numbers = await get('/metrics/snapshot');
  const prefix = `master/frameworks/runner/${frameworks[0].id}/`;
  const of = (name: string) => metrics[prefix + name];
  deepEqual(
    ['subscribed', 'calls/subscribe', 'calls/accept', 'events/subscribed'].map(of),
    [1, 1, 2, 1],
  );
  deepEqual(
    ['tasks/active/task_running', 'tasks/active/task_staging', 'tasks/terminal/task_failed'].map(
      of,
    ),
    [1, 0, 1],
  );
  deepEqual(['operations/launch', 'operations/reserve', 'operations'].map(of), [2, 0, 2]);
  deepEqual(['roles/*/suppressed', 'offers/rescinded'].map(of), [0, 0]);
  equal(of('offers/accepted'), 2);
  ok((of('offers/sent') ?? 0) >= 2);
  const sum = Object.entries(metrics)
    .filter(([name]) => name.startsWith(`${prefix}calls/`))
    .reduce((total, [, count]) => total + count, 0);
  equal(of('calls'), sum);
  await cluster.close();
});

test('the master counts what could be acted upon, and the allocator and the registrar how long they took', async () => {
  const { get, cluster } = await running();
  const metrics: Numbers = await get('/metrics/snapshot');
  const shown = (...names: string[]) => names.map((name) => metrics[name]);
  deepEqual(shown('master/valid_status_updates', 'master/invalid_status_updates'), [5, 0]);
  deepEqual(shown('master/valid_status_update_acknowledgements'), [5]);
  deepEqual(shown('master/messages_launch_tasks', 'master/dropped_messages'), [2, 0]);
  deepEqual(
    shown(
      'allocator/mesos/resources/cpus/total',
      'allocator/mesos/resources/cpus/offered_or_allocated',
    ),
    [8, 1],
  );
  equal(metrics['allocator/mesos/roles/*/shares/dominant'], 0.125);
  ok((metrics['allocator/mesos/allocation_runs'] ?? 0) > 1);
  ok('allocator/mesos/allocation_run_ms/p9999' in metrics);
  ok('registrar/state_store_ms/p50' in metrics);
  equal(metrics['registrar/queued_operations'], 0);
  equal(metrics['master/task_failed/source_executor/reason_command_executor_failed'], undefined);
  await cluster.close();
});

test('with no time only what is known without asking is told, and with all the time in the world all', async () => {
  const { ask, get, cluster } = await running();
  const whole: Numbers = await get('/metrics/snapshot');
  const some: Numbers = await get('/metrics/snapshot?timeout=0secs');
  deepEqual(
    ['master/elected', 'master/tasks_failed', 'master/tasks_running'].map((name) => some[name]),
    [1, 1, undefined],
  );
  deepEqual(Object.keys(await get('/metrics/snapshot?timeout=15000weeks')), Object.keys(whole));
  deepEqual(Object.keys(await get('/metrics/snapshot?timeout=-3mins')), Object.keys(some));
  const refused = await ask('GET', '/metrics/snapshot?timeout=soon');
  deepEqual(
    [refused.status, refused.text],
    [400, "Invalid timeout 'soon': write a duration like 500ms or 10secs.\n"],
  );
  match((await ask('GET', '/metrics/snapshot?jsonp=show')).text, /^show\(\{.*\}\);$/s);
  await cluster.close();
});

test('GET_METRICS takes no longer than it is told to', async () => {
  const { ask, cluster } = await running();
  const namesFor = async (getMetrics: string) => {
    const { status, text } = await ask('POST', '/api/v1', {
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: `{"type":"GET_METRICS"${getMetrics}}`,
    });
    if (status !== 200) return `${status}`;
    const { metrics } = JSON.parse(text).get_metrics;
    return metrics.map(({ name }: { name: string }) => name) as string[];
  };
  const within = (nanoseconds: string) =>
    namesFor(`,"get_metrics":{"timeout":{"nanoseconds":${nanoseconds}}}`);
  const whole = await namesFor(',"get_metrics":{}');
  ok(whole.includes('master/tasks_running'));
  deepEqual(await within('9223372036854775807'), whole);
  ok(!(await within('0')).includes('master/tasks_running'));
  ok((await within('0')).includes('master/tasks_failed'));
  ok(!(await within('-1')).includes('master/tasks_running'));
  equal(await namesFor(''), '400');
  await cluster.close();
});

test('agents that are lost are counted by why, with their tasks', async () => {
  const { get, world, cluster, told } = readingCluster(['sleep 3600; exit 0'], {
    agentCount: 2,
    masterSettings: { agentReregisterTimeoutMs: 1000 },
  });
  await world.runUntil(() => told.includes('task-1 running'));
  for (const { node } of cluster.agents) node.crash();
  await world.runUntil(() => told.includes('task-1 unreachable'));
  await world.runFor(1000);
  const metrics: Numbers = await get('/metrics/snapshot');
  const shown = (...names: string[]) => names.map((name) => metrics[`master/${name}`]);
  deepEqual(
    shown(
      'slave_removals',
      'slave_removals/reason_unhealthy',
      'slave_removals/reason_unregistered',
      'slave_unreachable_scheduled',
      'slave_unreachable_completed',
      'recovery_slave_removals',
    ),
    [2, 2, 0, 2, 2, 0],
  );
  deepEqual(shown('task_unreachable/source_master/reason_slave_removed'), [1]);
  const failures = Object.entries(metrics).find(([name]) => name.endsWith('/events/failure'));
  equal(failures?.[1], 2);
  await cluster.close();
});

test('calls that never come to the master are counted at the door', async () => {
  const { ask, get, cluster } = await running();
  const { frameworks } = await get('/frameworks');
  const framework_id = { value: frameworks[0].id };
  const call = (body: object) =>
    ask('POST', '/api/v1/scheduler', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ framework_id, ...body }),
    });
  await call({ type: 'REQUEST', request: { requests: [] } });
  equal((await call({ type: 'ACKNOWLEDGE' })).status, 400);
  equal((await call({ type: 'MESSAGE' })).status, 400);
  const metrics: Numbers = await get('/metrics/snapshot');
  deepEqual(
    [
      'messages_resource_request',
      'invalid_status_update_acknowledgements',
      'invalid_framework_to_executor_messages',
    ].map((name) => metrics[`master/${name}`]),
    [1, 1, 1],
  );
  await cluster.close();
});

test('a framework may have no metrics of its own, and a master that does not lead knows what it has', async () => {
  const quiet = new MasterMetrics(false);
  quiet.addFramework('id-1' as FrameworkId, 'a/b');
  deepEqual([...quiet.shownFrameworks()], []);
  const metrics = new MasterMetrics();
  for (let count = 0; count <= FRAMEWORKS_SHOWN_MAX; count++) {
    metrics.addFramework(`id-${count}` as FrameworkId, 'a/b');
  }
  const shown = [...metrics.shownFrameworks()];
  deepEqual(
    [shown.length, shown[0]?.prefix],
    [FRAMEWORKS_SHOWN_MAX, 'master/frameworks/a%2Fb/id-0/'],
  );
  const ask = askingRoutes(masterApi({ version: '0.0.0' }).routes, ['master']);
  const { status, text } = await ask('GET', '/metrics/snapshot');
  const { 'master/elected': elected, 'master/tasks_running': tasksRunning } = JSON.parse(text);
  deepEqual([status, elected, tasksRunning], [200, 0, undefined]);
});
