/** A whole cluster on one machine, and that nothing of it stays behind, whatever ends it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import {
  type Afterwards,
  eventually,
  isAlive,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

describe('a whole cluster on one machine', { concurrency: 3 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`a local cluster that is ended by ${signal} leaves nothing behind`, async (context) => {
      const local = await startLocal(context);
      const { exitCode } = await local.program.end(signal);
      equal(exitCode, 0);
      await nothingIsLeft(local);
    });
  }

  test('a local cluster whose supervisor is killed ends by itself, with its tasks', async (context) => {
    const grace = ['--executor-shutdown-grace-period', '100ms'];
    const local = await startLocal(context, ...grace);
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', local.master, '--name', 'orphan'],
      ...['--', 'sh', '-c', 'echo process $$; exec sleep 100'],
    ]);
    const [, id = ''] = await run.untilPrinted(/^(\S+) RUNNING/m);
    const logs = startProgram(context, 'bin/messor', ['logs', '-f', '--master', local.master, id]);
    const [, processId] = await logs.untilPrinted(/process (\d+)/);

    local.program.process.kill('SIGKILL');
    await nothingIsLeft(local);
    await eventually('the task is gone', async () => !isAlive(Number(processId)) || undefined);
    await run.end('SIGKILL');
  });

  test('an agent of a local cluster that is killed comes back, and goes on with what it left', async (context) => {
    const local = await startLocal(context);
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', local.master, '--retries', '0', '--count', '2', '--cpus', '1.5'],
      ...['--', 'sh', '-c', 'exec sleep 100'],
    ]);
    await run.untilPrinted(/(RUNNING[\s\S]*){2}/);
    const [, first = 0] = local.processIds;
    process.kill(first, 'SIGKILL');
    await local.program.untilPrinted(
      /Node agent-\d has gone: it was ended by SIGKILL; starting it again/,
    );
    await eventually('both agents are active', async () => {
      const { stdout } = await runProgram('bin/messor', ['agents', '--master', local.master]);
      return (stdout.match(/ active /g)?.length ?? 0) >= 2 || undefined;
    });
    await run.end('SIGINT');
    await local.program.end('SIGTERM');
    await nothingIsLeft(local);
  });

  test('a local cluster without its master ends, and says why', async (context) => {
    const local = await startLocal(context);
    process.kill(local.processIds[0] ?? 0, 'SIGKILL');
    const { exitCode, stderr } = await local.program.ended;
    match(stderr, /The master has gone: it was ended by SIGKILL/);
    equal(exitCode, 1);
    await nothingIsLeft(local);
  });

  test('a local cluster that cannot start says what the node said', async () => {
    const { exitCode, stderr } = await runProgram('bin/node', [
      ...['--role', 'local', '--listen-address', '127.0.0.1'],
    ]);
    match(stderr, /--listen-address is for master and agent, not for local/);
    equal(exitCode, 2);
  });
});

interface Local {
  readonly program: Program;
  readonly master: string;
  /** The master's, then the agents'. */
  readonly processIds: readonly number[];
  /** Where its work directories are. */
  readonly directory: string;
}

async function startLocal(context: Afterwards, ...flags: string[]): Promise<Local> {
  const directory = await temporaryDirectory(context);
  const program = startProgram(
    context,
    'bin/node',
    ['--role', 'local', '--agents', '2', '--resources', 'cpus:2;mem:1024;disk:1024', ...flags],
    { environment: { TMPDIR: directory } },
  );
  const [, master = ''] = await program.untilPrinted(/^Master at (\S+)$/m);
  await program.untilPrinted(/Ctrl-C ends them all/);
  const { stdout } = await runProgram('bin/messor', ['agents', '--json', '--master', master]);
  equal(JSON.parse(stdout).master.node, master);
  const processIds = await childrenOf(program.processId);
  equal(processIds.length, 3);
  equal((await readdir(directory)).length, 2);
  return { program, master, processIds, directory };
}

/** In the order they were started. */
async function childrenOf(parentId: number): Promise<readonly number[]> {
  const path = `/proc/${parentId}/task/${parentId}/children`;
  const text = await readFile(path, 'utf8');
  return text.trim().split(' ').map(Number);
}

async function nothingIsLeft({ processIds, directory }: Local): Promise<void> {
  await eventually('all processes are gone', async () => {
    return processIds.every((processId) => !isAlive(processId)) || undefined;
  });
  await eventually('all work directories are gone', async () => {
    return (await readdir(directory)).length === 0 || undefined;
  });
  deepEqual(await readdir(directory), []);
}
