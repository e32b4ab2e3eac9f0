/**
 * Executors that are not ours, speaking Mesos' v1 executor API: Python with its standard library alone, and
 * the client of an npm package as it is.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type CommandInfo,
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
import { NO_PYTHON, serveExecutors } from '../kit/python-executor.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const PROGRAMS = join(import.meta.dirname, 'executors');
const PACKAGE = join(import.meta.dirname, '../../node_modules/mesos-framework');
const resources = parseResources('cpus:0.1;mem:32');

const noPackage = existsSync(PACKAGE) ? false : 'mesos-framework is not installed';

test('in Python, fetched by its URI and asked for its token, it runs tasks and is shut down', {
  skip: NO_PYTHON,
}, async (context) => {
  const key = join(await temporaryDirectory(context), 'key');
  await writeFile(key, 'a key that nobody guesses');
  const flags = ['--authenticate-http-executors', '--jwt-secret-key', key];
  const uri = { value: `${await serveExecutors(context)}/executor.py`, executable: true };
  const command = { ...commandOf('exec python3 ./executor.py'), uris: [uri] };
  const { ask } = await runTasks(context, command, flags);
  equal((await ask('/api/v1/executor', { method: 'POST', body: '{}' })).status, 401);
});

test('with the client of mesos-framework it runs tasks and is shut down', {
  skip: noPackage,
}, async (context) => {
  const command = `exec '${process.execPath}' '${PROGRAMS}/executor.cjs' '${PACKAGE}'`;
  await runTasks(context, commandOf(command), []);
});

function commandOf(line: string): CommandInfo {
  return shellCommand(line, { PATH: process.env['PATH'] ?? '' });
}

/** Two tasks: one says something and ends, the other is killed when a message was answered. */
async function runTasks(context: TestContext, command: CommandInfo, flags: readonly string[]) {
  const node = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const agent = startProgram(context, 'bin/node', [...agentFlags(master, directory), ...flags]);
  const [, endpoint = ''] = await agent.untilPrinted(/^Agent at (\S+)$/m);

  const story: string[] = [];
  const connected = await connect({ master });
  const scheduler = schedulerOf(command, story);
  await connected.exited(connected.start(scheduler, {}));
  await connected.close();
  const of = (task: string) => story.filter((line) => line.startsWith(task));
  deepEqual(of('first'), ['first running here', 'first finished HELLO']);
  deepEqual(of('second'), ['second running here', 'second killed killed as asked']);
  deepEqual(of('heard'), ['heard rehtih']);

  const ask = (target: string, settings: RequestInit = {}) =>
    fetch(`http://${endpoint}${target}`, settings);
  const framework = await eventually('the executor is over', async () => {
    const { completed_frameworks } = (await (await ask('/state')).json()) as State;
    return completed_frameworks[0];
  });
  const path = `/frameworks/${framework.id}/executors/foreign/runs/latest/stdout`;
  const read = await ask(`/files/read?offset=0&path=${encodeURIComponent(path)}`);
  const { data } = (await read.json()) as { readonly data: string };
  match(data, /^heard SUBSCRIBED$[\s\S]*^heard LAUNCH$[\s\S]*^heard ACKNOWLEDGED$/m);
  match(data, /^task first says hello$/m);
  match(data, /^heard SHUTDOWN\nshut down$/m);
  const download = await ask(`/files/download?path=${encodeURIComponent(path)}`);
  equal(await download.text(), data);
  return { ask };
}

/** @param story what happens is written there, line by line */
function schedulerOf(command: CommandInfo, story: string[]) {
  const executor: ExecutorInfo = {
    executorId: 'foreign' as ExecutorId,
    name: 'foreign',
    command,
    resources,
  };
  return defineScheduler<object, { launched: boolean; asked: boolean }>({
    name: 'foreign-scheduler',
    info: () => ({ name: 'foreign' }),
    initialState: () => ({ launched: false, asked: false }),
    on: {
      offers(state, { offers: [offer] }, driver) {
        if (state.launched || offer === undefined) return;
        state.launched = true;
        const one = (taskId: string, data: string) => {
          return { taskId: taskId as TaskId, name: taskId, resources, executor, data };
        };
        driver.launch(offer, [one('first', 'hello'), one('second', 'wait')]);
      },
      update(state, { status }, driver) {
        const { taskId, agentId, message = '' } = status;
        story.push(`${taskId} ${status.state} ${message}`);
        const done = story.filter((line) => /^(first finished|second running)/.test(line));
        if (done.length === 2 && agentId !== undefined && !state.asked) {
          state.asked = true;
          driver.message(agentId, executor.executorId, 'hither');
        }
        if (taskId === 'second' && isTerminal(status.state)) driver.teardown();
      },
      message(_state, { data }, driver) {
        story.push(`heard ${data}`);
        driver.kill('second' as TaskId);
      },
    },
  });
}

interface State {
  readonly completed_frameworks: readonly { readonly id: string }[];
}
