/** An executor that is not ours: Python and its standard library, speaking Mesos' v1 executor API. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type AgentId,
  connect,
  defineScheduler,
  type ExecutorId,
  type ExecutorInfo,
  isTerminal,
  parseResources,
  shellCommand,
  type TaskId,
} from '../../bin/sdk.ts';
import { eventually, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const PROGRAM = join(import.meta.dirname, 'python/executor.py');
const skip = spawnSync('python3', ['--version']).status === 0 ? false : 'there is no python3';
const resources = parseResources('cpus:0.1;mem:32');
const executor: ExecutorInfo = {
  executorId: 'python' as ExecutorId,
  name: 'python',
  command: shellCommand(`exec python3 '${PROGRAM}'`, { PATH: process.env['PATH'] ?? '' }),
  resources,
};

test('it subscribes, runs tasks, is killed a task and sent a message, and is shut down', {
  skip,
}, async (context) => {
  const node = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const key = join(directory, 'key');
  await writeFile(key, 'a key that nobody guesses');
  const agent = startProgram(context, 'bin/node', [
    ...agentFlags(master, join(directory, 'work')),
    ...['--authenticate-http-executors', '--jwt-secret-key', key],
  ]);
  const [, endpoint = ''] = await agent.untilPrinted(/^Agent at (\S+)$/m);

  const story: string[] = [];
  const scheduler = defineScheduler<object, { launched: boolean; agentId?: AgentId }>({
    name: 'python-scheduler',
    info: () => ({ name: 'python' }),
    initialState: () => ({ launched: false }),
    on: {
      offers(state, { offers: [offer] }, driver) {
        if (state.launched || offer === undefined) return;
        state.launched = true;
        const one = (taskId: string, data: string) => {
          return { taskId: taskId as TaskId, name: taskId, resources, executor, data };
        };
        driver.launch(offer, [one('first', 'hello'), one('second', 'wait')]);
      },
      update(_state, { status }, driver) {
        const { taskId, state, agentId, message = '' } = status;
        story.push(`${taskId} ${state} ${message.replace(/Python .*/, 'Python')}`);
        const done = story.filter((line) => /^(first finished|second running)/.test(line));
        if (done.length === 2 && agentId !== undefined && !story.includes('asked')) {
          story.push('asked');
          driver.message(agentId, executor.executorId, 'hither');
        }
        if (taskId === 'second' && isTerminal(state)) driver.teardown();
      },
      message(_state, { data }, driver) {
        story.push(`heard ${data}`);
        driver.kill('second' as TaskId);
      },
    },
  });
  const connected = await connect({ master });
  await connected.exited(connected.start(scheduler, {}));
  await connected.close();
  const of = (task: string) => story.filter((line) => line.startsWith(task));
  deepEqual(of('first'), ['first running in Python', 'first finished HELLO']);
  deepEqual(of('second'), ['second running in Python', 'second killed killed as asked']);
  deepEqual(of('heard'), ['heard rehtih']);

  const ask = (target: string, settings: RequestInit = {}) =>
    fetch(`http://${endpoint}${target}`, settings);
  equal((await ask('/api/v1/executor', { method: 'POST', body: '{}' })).status, 401);
  const framework = await eventually('the executor is over', async () => {
    const { completed_frameworks } = (await (await ask('/state')).json()) as State;
    return completed_frameworks[0];
  });
  const path = `/frameworks/${framework.id}/executors/python/runs/latest/stdout`;
  const read = await ask(`/files/read?offset=0&path=${encodeURIComponent(path)}`);
  const { data } = (await read.json()) as { readonly data: string };
  match(data, /^heard SUBSCRIBED\nheard LAUNCH\n/);
  match(data, /^task first says hello$/m);
  match(data, /^heard SHUTDOWN\nshut down\n$/m);
  const download = await ask(`/files/download?path=${encodeURIComponent(path)}`);
  equal(await download.text(), data);
});

interface State {
  readonly completed_frameworks: readonly { readonly id: string }[];
}
