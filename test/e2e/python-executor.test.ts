/** An executor that is not ours: Python and its standard library, speaking Mesos' v1 executor API. */
import { deepEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
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
  const agent = startProgram(context, 'bin/node', agentFlags(master, directory));
  await agent.untilPrinted(/^Agent at (\S+)$/m);

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
  const files = await readdir(directory, { recursive: true, encoding: 'utf8' });
  const stdout =
    files.find((file) => /python.*\/runs\/(?!latest).*\/stdout$/.test(file)) ?? 'nowhere';
  await eventually('it has said its last word', async () =>
    /shut down/.test(await readFile(join(directory, stdout), 'utf8')) ? true : undefined,
  );
});
