/** The endpoints of an agent from before v1. Source: Mesos 1.11, src/tests/slave_tests.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutorId, TaskId } from '../../../../actors/protocol/ids.ts';
import { playedFetching } from '../../../kit/played-fetching.ts';
import { command, task as commandTask, customTask, frameworkId } from '../nouns.ts';
import { update } from './executor-events.ts';
import { stage, subscribed } from './executor-stage.ts';

const SECRETIVE = ['environment', 'MESSOR_EXECUTOR_SECRET'];

test('/state tells all that an agent knows, with the keys that old clients look for', async (t) => {
  const { ask, run, say, containerId } = await subscribed(t, { api: { flags: { port: '1' } } });
  await run(customTask('task-2'));
  await say(update('task-1', 'TASK_RUNNING'));
  await say(update('task-2', 'TASK_FINISHED', '5YkuQ2f4TEySrjmEBeUUFg=='));
  const answer = await ask('GET', '/slave(1)/state.json');
  equal(answer.status, 200);
  const state = JSON.parse(answer.text);
  deepEqual(Object.keys(state).sort(), [
    'attributes',
    'build_date',
    'build_time',
    'build_user',
    'capabilities',
    'completed_frameworks',
    'flags',
    'frameworks',
    'git_tag',
    'hostname',
    'id',
    'master_hostname',
    'pid',
    'reserved_resources',
    'reserved_resources_allocated',
    'reserved_resources_full',
    'resource_providers',
    'resources',
    'start_time',
    'unreserved_resources',
    'unreserved_resources_allocated',
    'unreserved_resources_full',
    'version',
  ]);
  deepEqual([state.id, state.pid, state.hostname], ['agent-1', 'slave(1)@here:1', 'host-1']);
  deepEqual(state.resources, { cpus: 4, gpus: 0, mem: 1024, disk: 100 });
  equal(state.unreserved_resources_allocated.cpus, 1);
  equal(state.master_hostname, 'master');
  const [framework] = state.frameworks;
  deepEqual([framework.id, framework.roles, framework.checkpoint], [frameworkId, ['*'], false]);
  const [executor] = framework.executors;
  deepEqual(Object.keys(executor).sort(), [
    'completed_tasks',
    'container',
    'directory',
    'id',
    'name',
    'queued_tasks',
    'resources',
    'source',
    'tasks',
    'type',
  ]);
  deepEqual(
    [executor.id, executor.container, executor.directory],
    ['executor-1', containerId, `/sandboxes/${containerId}`],
  );
  const [task] = executor.tasks;
  deepEqual([task.id, task.slave_id, task.state], ['task-1', 'agent-1', 'TASK_RUNNING']);
  deepEqual(task.resources, { cpus: 1, gpus: 0, mem: 32, disk: 0 });
  equal(task.statuses[0].container_status.container_id.value, containerId);
  equal(executor.completed_tasks[0].state, 'TASK_FINISHED');
  for (const word of SECRETIVE) equal(answer.text.includes(`"${word}"`), false);
});

test('/monitor/statistics and /containers tell what executors were promised and what they use', async (t) => {
  const usage = {
    processCount: 2,
    threadCount: 5,
    cpuUserSeconds: 1.5,
    cpuSystemSeconds: 0.5,
    memBytes: 4096,
  };
  const { ask, containerId } = await subscribed(t, {
    api: { usage: async ([first = '']) => new Map([[first, usage]]) },
  });
  const [statistics] = JSON.parse((await ask('GET', '/monitor/statistics.json')).text);
  deepEqual(Object.keys(statistics).sort(), [
    'executor_id',
    'executor_name',
    'framework_id',
    'source',
    'statistics',
  ]);
  deepEqual(
    { ...statistics.statistics, timestamp: 0 },
    {
      timestamp: 0,
      processes: 2,
      threads: 5,
      cpus_user_time_secs: 1.5,
      cpus_system_time_secs: 0.5,
      cpus_limit: 1,
      mem_total_bytes: 4096,
      mem_limit_bytes: 33_554_432,
      mem_rss_bytes: 4096,
    },
  );
  const containers = async (query: string) => {
    const { status, text } = await ask('GET', `/containers${query}`);
    return status === 200 ? JSON.parse(text).length : status;
  };
  const [container] = JSON.parse((await ask('GET', '/containers')).text);
  equal(container.container_id, containerId);
  equal(container.status.container_id.value, containerId);
  deepEqual(
    [
      await containers(`?container_id=${containerId}`),
      await containers('?container_id=other'),
      await containers(`?framework_id=${frameworkId}`),
      await containers(`?framework_id=${frameworkId}&executor_id=executor-1`),
      await containers(`?framework_id=${frameworkId}&executor_id=other`),
      await containers('?executor_id=executor-1'),
      await containers(`?container_id=${containerId}&framework_id=${frameworkId}`),
      await containers('?container_id=%zz'),
    ],
    [1, 0, 1, 1, 0, 400, 400, 400],
  );
});

test('/metrics/snapshot has the names of Mesos, and /metrics those of Prometheus', async (t) => {
  const { ask, say } = await subscribed(t, {
    api: {
      machine: () => ({ loads: [1, 2, 3], cpuCount: 8, memTotalBytes: 1000, memFreeBytes: 10 }),
    },
  });
  await say(update('task-1', 'TASK_FINISHED'));
  const metrics = JSON.parse((await ask('GET', '/metrics/snapshot?timeout=10secs')).text);
  deepEqual(Object.keys(metrics), Object.keys(metrics).sort());
  equal(metrics['slave/tasks_finished'], 1);
  equal(metrics['slave/tasks_running'], 0);
  equal(metrics['slave/executors_running'], 1);
  equal(metrics['slave/cpus_total'], 4);
  equal(metrics['slave/cpus_percent'], 0);
  equal(metrics['system/load_5min'], 2);
  const { text } = await ask('GET', '/metrics');
  match(
    text,
    /^# TYPE mesos_slave_tasks_finished_total counter\nmesos_slave_tasks_finished_total 1$/m,
  );
  match(text, /^# TYPE mesos_slave_cpus_total gauge\nmesos_slave_cpus_total 4$/m);
});

test('an agent counts what could be acted upon, what was fetched and what has ended', async (t) => {
  const { fetching, underWay } = playedFetching();
  const fetcher = { fetching, cacheBytesMax: 500, stallTimeoutMs: 60_000 };
  const { ask, say, receive, run, ends, settle, containerId } = await subscribed(t, {
    agent: { fetcher },
  });
  const numbers = async (...names: readonly string[]) => {
    const metrics = JSON.parse((await ask('GET', '/metrics/snapshot')).text);
    return names.map((name) => metrics[name]);
  };
  const updates = ['slave/valid_status_updates', 'slave/invalid_status_updates'] as const;
  await say(update('task-1', 'TASK_RUNNING'));
  await say(update('stranger', 'TASK_RUNNING', '5YkuQ2f4TEySrjmEBeUUFg=='));
  deepEqual(await numbers(...updates), [2, 0], 'what nobody launched is passed on');
  const message = { type: 'schedulerMessage', frameworkId, data: '' } as const;
  receive({ ...message, executorId: 'executor-1' as ExecutorId });
  receive({ ...message, executorId: 'nobody' as ExecutorId });
  deepEqual(
    await numbers('slave/valid_framework_messages', 'slave/invalid_framework_messages'),
    [1, 1],
  );
  const uris = [{ value: 'http://files/a' }];
  await run({ ...commandTask, taskId: 'task-9' as TaskId, command: { ...command, uris } });
  deepEqual(JSON.parse((await ask('GET', '/containerizer/debug')).text), {
    pending: [
      {
        operation: 'fetcher/fetch',
        args: {
          container_id: underWay[0]?.delivery?.sandbox.split('/').at(-1),
          uri: uris[0]?.value,
        },
      },
    ],
  });
  underWay[0]?.fail('it is gone');
  await settle(Promise.resolve());
  await settle(Promise.resolve());
  const fetched = 'containerizer/fetcher/task_fetches';
  deepEqual(await numbers(`${fetched}_failed`, `${fetched}_succeeded`), [1, 0]);
  deepEqual(await numbers('slave/container_launch_errors', 'slave/executors_terminated'), [1, 1]);
  deepEqual(await numbers('containerizer/fetcher/cache_size_total_bytes'), [500]);
  ends(containerId, { kind: 'exited', exitCode: 0 });
  deepEqual(await numbers('slave/container_launch_errors', 'slave/executors_terminated'), [1, 2]);
  equal((await ask('GET', '/metrics/snapshot?timeout=0ns')).status, 200);
  equal((await ask('GET', '/metrics/snapshot?timeout=1')).status, 400);
  deepEqual(JSON.parse((await ask('GET', '/containerizer/debug')).text), { pending: [] });
});

test('the machine and the actors of the node are shown, below its process and by a script', async (t) => {
  const { ask } = stage(t);
  equal(JSON.parse((await ask('GET', '/system/stats.json')).text).cpus_total, 0);
  match((await ask('GET', '/slave(1)/system/stats.json?jsonp=f')).text, /^f\(\{.*\}\);$/);
  const processes = JSON.parse((await ask('GET', '/__processes__')).text);
  const agent = processes.find(({ id }: { id: string }) => id === 'agent');
  deepEqual(agent, { id: 'agent', events: [] });
});

test('what a node is, without asking its agent', async (t) => {
  const { ask } = stage(t, { until: 'routes', api: { flags: { work_dir: '/work' } } });
  const version = {
    ...{ version: '1.11.0', build_date: '', build_time: 0, build_user: '' },
    git_tag: 'messor-0.0.0',
  };
  deepEqual(JSON.parse((await ask('GET', '/version')).text), version);
  deepEqual(JSON.parse((await ask('GET', '/flags')).text), { flags: { work_dir: '/work' } });
  match((await ask('GET', '/help')).text, /^\/state$/m);
  const script = await ask('GET', '/version?jsonp=f');
  match(script.text, /^f\(\{.*\}\);$/);
  equal(JSON.parse((await ask('GET', '/metrics/snapshot')).text)['slave/uptime_secs'], 0);
});

test('/logging/toggle changes how much is logged, for a while', async (t) => {
  let level = 0;
  const verbosity = {
    level: () => level,
    set: (wanted: number) => {
      level = wanted;
    },
  };
  const { ask, lone } = stage(t, { api: { verbosity } });
  const toggle = async (query: string) => {
    const { status, text } = await ask('POST', `/logging/toggle${query}`);
    return `${status} ${text}`;
  };
  equal(await toggle(''), '200 0\n');
  equal(await toggle('?level=3&duration=10secs'), '200 ');
  equal(await toggle(''), '200 2\n');
  lone.advance(10_000);
  equal(await toggle(''), '200 0\n');
  equal(await toggle('?level=1'), "400 Expecting 'duration=value' in query.\n");
  equal(await toggle('?duration=1secs'), "400 Expecting 'level=value' in query.\n");
  equal(await toggle('?level=x&duration=1secs'), "400 Failed to convert 'x' to number.\n");
  equal(await toggle('?level=-1&duration=1secs'), "400 Invalid level '-1'.\n");
  match(await toggle('?level=1&duration=1'), /^400 Invalid duration '1'/);
  match(await toggle('?level=1&duration=9weeks'), /^400 Invalid duration/);
});
