/** Operators and old tools at a real master with an agent, by HTTP alone. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { RecordDecoder } from '../../transport/http/recordio.ts';
import { eventually, runProgram, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

test('a cluster is read, listened to and told what to do by HTTP', async (context) => {
  const logs = await temporaryDirectory(context);
  const flags = ['--role', 'master', '--port', '0', '--weights', 'web=2', '--log_dir', logs];
  const node = startProgram(context, 'bin/node', flags);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const agent = startProgram(context, 'bin/node', [
    ...agentFlags(master, directory),
    ...['--log-dir', logs, '--quiet'],
  ]);
  const [, agentNode = ''] = await agent.untilPrinted(/^Agent at (\S+)$/m);
  const get = (path: string, headers = {}) => fetch(`http://${master}${path}`, { headers });
  const read = async (path: string) => (await get(path)).json();

  await eventually('the agent is there', async () => {
    const { slaves } = (await read('/master/slaves')) as { slaves: unknown[] };
    return slaves.length === 1 ? slaves : undefined;
  });
  const types = await listen(master);
  const job = await runProgram('bin/messor', ['run', '--master', master, '--', 'true']);
  equal(job.exitCode, 0);
  await eventually('all was told', async () =>
    types.includes('FRAMEWORK_REMOVED') ? types : undefined,
  );
  deepEqual(
    types.filter((type) => type !== 'HEARTBEAT'),
    [
      ...['SUBSCRIBED', 'FRAMEWORK_ADDED', 'TASK_ADDED'],
      ...['TASK_UPDATED', 'TASK_UPDATED', 'TASK_UPDATED', 'FRAMEWORK_REMOVED'],
    ],
  );

  // What is read may be half a second old.
  const { response, state } = await eventually('the end of the framework is shown', async () => {
    const answer = await get('/state.json', { 'accept-encoding': 'gzip' });
    const shown = (await answer.json()) as State;
    return shown.completed_frameworks.length > 0 ? { response: answer, state: shown } : undefined;
  });
  equal(response.headers.get('content-encoding'), 'gzip');
  equal(state.pid, `master@${master}`);
  equal(state.flags['weights'], 'web=2');
  const [framework] = state.completed_frameworks;
  deepEqual(
    framework?.completed_tasks.map((task) => task.state),
    ['TASK_FINISHED'],
  );
  const etag = response.headers.get('etag') ?? '';
  equal((await get('/state', { 'if-none-match': etag })).status, 304);
  deepEqual(await read('/weights'), [{ weight: 2, role: 'web' }]);
  const metrics = (await read('/metrics/snapshot')) as Record<string, number>;
  deepEqual([metrics['master/tasks_finished'], metrics['master/slaves_active']], [1, 1]);
  ok((metrics['master/uptime_secs'] ?? 0) > 0);
  const prometheus = await (await get('/metrics')).text();
  match(prometheus, /^mesos_master_tasks_finished_total 1$/m);
  match(prometheus, /^mesos_registrar_state_store_seconds_count [1-9]/m);
  const { data } = (await read('/files/read?path=/master/log&offset=0')) as { data: string };
  match(data, /^{"level":"info".*Framework .* subscribed/m);
  equal(state.log_dir, logs);
  // Quiet is the agent on standard error only.
  const own = await fetch(`http://${agentNode}/slave(1)/files/read?path=/slave/log&offset=0`);
  match(((await own.json()) as { data: string }).data, /^{"level":"info"/);
  const counted = await (await fetch(`http://${agentNode}/metrics/snapshot`)).json();
  deepEqual(
    [
      'slave/tasks_finished',
      'slave/executors_terminated',
      'slave/container_launch_errors',
      'containerizer/fetcher/task_fetches_failed',
    ].map((name) => (counted as Record<string, number>)[name]),
    [1, 1, 0, 0],
  );
  const health = await fetch(`http://${master}/api/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'GET_HEALTH' }),
  });
  deepEqual(await health.json(), { type: 'GET_HEALTH', get_health: { healthy: true } });
});

/** What is looked at of it. */
interface State {
  readonly pid: string;
  readonly log_dir: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly completed_frameworks: readonly {
    readonly completed_tasks: readonly { readonly state: string }[];
  }[];
}

/** The types of the events as they come. */
async function listen(master: string): Promise<string[]> {
  const { body } = await fetch(`http://${master}/api/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'SUBSCRIBE' }),
  });
  const types: string[] = [];
  const decoder = new RecordDecoder();
  const reader = body?.getReader();
  const follow = async () => {
    for (;;) {
      const { done = true, value } = (await reader?.read()) ?? {};
      if (done || value === undefined) return;
      for (const record of decoder.push(value)) {
        types.push(JSON.parse(Buffer.from(record).toString()).type);
      }
    }
  };
  // It ends with the master.
  follow().catch(() => {});
  await eventually('the state came', async () => (types.length > 0 ? types : undefined));
  return types;
}
