/** A task group as real processes: a pod of two commands, one of which fails. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, runProgram, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const fromSource = { environment: { NODE_OPTIONS: '--import tsx' } };

test('when one command of a pod fails the other is killed, and both have a sandbox of their own', async (context) => {
  const node = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const agent = startProgram(context, 'bin/node', agentFlags(master, directory));
  await agent.untilPrinted(/^Agent at /m);

  // The first waits for the other by way of the sandbox that they have in common.
  const failing =
    'echo "role $MESOS_ALLOCATION_ROLE"; until grep -q up ../../tasks/pod-1/stdout; do sleep 0.1; done; exit 3';
  const flags = [master, failing, 'echo up $$; sleep 600 & wait'];
  const { stdout, exitCode } = await runProgram('docs/examples/pod.ts', flags, fromSource);
  const fatesOf = (id: string) =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${id} `) ? [line.slice(6)] : []));
  deepEqual(fatesOf('pod-0'), ['starting', 'running', 'failed']);
  deepEqual(fatesOf('pod-1'), ['starting', 'running', 'killing', 'killed']);
  equal(exitCode, 0);

  const logs = (id: string) => runProgram('bin/messor', ['logs', '--master', master, id]);
  equal((await logs('pod-0')).stdout, 'role *\n');
  const [, processId = ''] = /^up (\d+)\n$/.exec((await logs('pod-1')).stdout) ?? [];
  equal(isAlive(Number(processId)), false);

  const files = await readdir(directory, { recursive: true, encoding: 'utf8' });
  const link = files.find((file) => file.endsWith('/tasks/pod-1')) ?? 'nowhere';
  match(await readlink(join(directory, link)), /^\.\.\/containers\/[0-9a-f-]+$/);
  const sandbox = await realpath(join(directory, link));
  match(sandbox, /executors\/pod\/runs\/[0-9a-f-]+\/containers\/[0-9a-f-]+$/);
  equal(await readFile(join(sandbox, 'stdout'), 'utf8'), `up ${processId}\n`);
});
