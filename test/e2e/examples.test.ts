/** The examples as processes of their own, in a cluster of processes. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import {
  type CheckInfo,
  connect,
  defineScheduler,
  type ExecutorId,
  type ExecutorInfo,
  isTerminal,
  parseResources,
  shellCommand,
  type TaskId,
} from '../../bin/sdk.ts';
import { runProgram, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUN = `cd '${ROOT}' && exec '${process.execPath}' --import tsx`;
const fromSource = { environment: { NODE_OPTIONS: '--import tsx' } };
const resources = parseResources('cpus:0.1;mem:32');
const shouter: ExecutorInfo = {
  executorId: 'shouter' as ExecutorId,
  name: 'shouter',
  command: {
    ...shellCommand(`${RUN} docs/examples/shouting-executor.ts`),
    uris: [{ value: join(ROOT, 'LICENSE'), outputFile: 'legal/terms', cache: true }],
  },
  resources,
};

describe('the examples', () => {
  const undo: (() => Promise<void>)[] = [];
  const suite = { after: (step: () => Promise<void>) => void undo.unshift(step) };
  let master = '';
  let directory = '';

  before(async () => {
    const node = startProgram(suite, 'bin/node', ['--role', 'master', '--port', '0']);
    [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    directory = await temporaryDirectory(suite);
    const agent = startProgram(suite, 'bin/node', agentFlags(master, directory));
    await agent.untilPrinted(/^Agent at /m);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  test('the scheduler runs its commands and prints their fates', async () => {
    const flags = [master, 'echo hello', 'exit 3'];
    const { stdout, exitCode } = await runProgram('docs/examples/hello.ts', flags, fromSource);
    match(stdout, /^2 launched on \S+$/m);
    match(stdout, /^hello-0 finished exit code 0$/m);
    match(stdout, /^hello-1 failed exit code 3$/m);
    equal(exitCode, 0);
  });

  test('the server is fetched, found healthy, then not, and killed for it', async () => {
    // Healthy three times, whoever asks.
    const source = `import { createServer } from 'node:http';
      let count = 0;
      createServer((request, response) => {
        response.writeHead(request.url === '/health' && ++count <= 3 ? 200 : 503).end();
      }).listen(Number(process.argv[2]), '127.0.0.1');`;
    const files = createServer((_, response) => response.end(source));
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const [port = 0] = await freePorts(1);
    const { port: from } = files.address() as AddressInfo;
    const line = `exec '${process.execPath}' server.mjs ${port}`;
    const flags = [master, `http://127.0.0.1:${from}/server.mjs`, String(port), line];
    const { stdout, exitCode } = await runProgram('docs/examples/watched.ts', flags, fromSource);
    files.closeAllConnections();
    await new Promise((resolve) => files.close(resolve));
    deepEqual(stdout.trim().split('\n'), [
      'starting',
      'running',
      'running, healthy Health check passed',
      'running, unhealthy Health check failed once: the server answered 503',
      'running, unhealthy Health check failed 2 times in a row: the server answered 503',
      'killed, unhealthy Command terminated by signal SIGTERM',
    ]);
    equal(exitCode, 0);
    const left = await readdir(directory, { recursive: true, encoding: 'utf8' });
    const stderr = left.find((file) => /runs\/.*\/stderr$/.test(file) && file.includes('/server/'));
    match(
      await readFile(join(directory, stderr ?? 'nowhere'), 'utf8'),
      /^messor: Fetching ".*server.mjs" from the cache\nmessor: Fetched ".*" as "server.mjs"\n/,
    );
  });

  test('a command looks at its task in the sandbox, until the time of the task is over', async () => {
    const node = await connect({ master });
    const told: string[] = [];
    const scheduler = defineScheduler<object, { launched: boolean }>({
      name: 'looking',
      info: () => ({ name: 'looking' }),
      initialState: () => ({ launched: false }),
      on: {
        offers(state, { offers: [offer] }, driver) {
          if (state.launched || offer === undefined) return;
          state.launched = true;
          const command = shellCommand('sleep 0.5; touch "$READY"; echo mine; sleep 60', {
            READY: 'ready',
          });
          const looking = shellCommand('echo looked; test -e "$READY"');
          const times = { delayMs: 0, intervalMs: 100 };
          const check: CheckInfo = { type: 'command', command: looking, ...times };
          const taskId = 'looked-at' as TaskId;
          const task = { taskId, name: 'looked at', resources, command, check };
          driver.launch(offer, [{ ...task, maxCompletionTimeMs: 3000 }]);
        },
        update(_state, { status }, driver) {
          const { state, checkStatus, reason = '' } = status;
          told.push(`${state} ${JSON.stringify(checkStatus)} ${reason}`.trim());
          if (isTerminal(state)) driver.teardown();
        },
      },
    });
    await node.exited(node.start(scheduler, {}));
    await node.close();
    deepEqual(told, [
      'starting {"type":"command"}',
      'running {"type":"command"}',
      'running {"type":"command","exitCode":1} taskCheckStatusUpdated',
      'running {"type":"command","exitCode":0} taskCheckStatusUpdated',
      'failed {"type":"command"} maxCompletionTimeReached',
    ]);
    const files = await readdir(directory, { recursive: true, encoding: 'utf8' });
    const text = (name: string) => {
      const file = files.find(
        (one) => one.endsWith(`/${name}`) && /looked-at\/runs\/.*-/.test(one),
      );
      return readFile(join(directory, file ?? 'nowhere'), 'utf8');
    };
    equal(await text('stdout'), 'mine\n');
    match(await text('stderr'), /^(looked\n)+$/);
  });

  test('the executor runs its tasks, hears its scheduler, and ends when it is told to', async () => {
    const node = await connect({ master });
    const fates = new Map<TaskId, string>();
    const scheduler = defineScheduler<object, { launched: boolean }>({
      name: 'shouting-scheduler',
      info: () => ({ name: 'shouting' }),
      initialState: () => ({ launched: false }),
      on: {
        offers(state, { offers: [offer] }, driver) {
          if (state.launched || offer === undefined) return;
          state.launched = true;
          const task = (taskId: string, data: string) => {
            return { taskId: taskId as TaskId, name: taskId, resources, executor: shouter, data };
          };
          driver.launch(offer, [task('short', 'hello there'), task('long', 'la '.repeat(1000))]);
        },
        update(_state, { status }, driver) {
          const { taskId, state, agentId } = status;
          if (taskId === 'long' && state === 'running' && agentId !== undefined) {
            driver.message(agentId, shouter.executorId, '!!!');
          }
          if (isTerminal(state)) fates.set(taskId, state);
          if (taskId === 'short' && isTerminal(state)) driver.kill('long' as TaskId);
          if (fates.size === 2) driver.teardown();
        },
      },
    });
    await node.exited(node.start(scheduler, {}));
    await node.close();
    deepEqual(Object.fromEntries(fates), { short: 'finished', long: 'killed' });
    const files = await readdir(directory, { recursive: true, encoding: 'utf8' });
    const stdout = files.find((file) => /shouter.*\/stdout$/.test(file)) ?? 'nowhere';
    ok(files.some((file) => /shouter.*\/legal\/terms$/.test(file)));
    match(await readFile(join(directory, stdout), 'utf8'), /HELLO!+\n(LA!+\n)+THERE!!!\n/);
  });
});
