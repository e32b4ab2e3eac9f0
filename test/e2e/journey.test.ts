/** The first whole journey: a master, two agents, and what a person does with them. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type Afterwards,
  eventually,
  isAlive,
  type Outcome,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

describe('a master, two agents and the command line', () => {
  let undo = async () => {};
  const suite: Afterwards = {
    after(step) {
      undo = step;
    },
  };
  let master = '';

  before(async () => {
    const node = startProgram(suite, 'bin/node', ['--role', 'master', '--port', '0']);
    [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    const agents = [1, 2].map(async () => {
      const directory = await temporaryDirectory(suite);
      const agent = startProgram(suite, 'bin/node', agentFlags(master, directory));
      await agent.untilPrinted(/^Agent at /m);
    });
    await Promise.all(agents);
    await eventually('two agents are there', async () => {
      const { agents: list } = await ask('agents');
      return list.length === 2 ? list : undefined;
    });
  });

  after(() => undo());

  test('twenty tasks run to their end, and everybody agrees about them', async () => {
    const { exitCode, stdout } = await messor(
      ...['run', '--count', '20', '--cpus', '0.2', '--name', 'twenty'],
      ...['--', 'sh', '-c', 'echo number $MESSOR_COPY_INDEX; sleep 0.2'],
    );
    equal(stdout.match(/ FINISHED/g)?.length, 20);
    match(stdout, /^20 finished$/m);
    equal(exitCode, 0);

    const { tasks } = await ask('tasks', '--all');
    const ours = tasks.filter(({ name }) => name.startsWith('twenty-'));
    deepEqual([ours.length, new Set(ours.map(({ state }) => state))], [20, new Set(['finished'])]);
    const agents = await ask('agents');
    deepEqual(
      agents.agents.map(({ resources }) => resources.used),
      [{}, {}],
    );
    equal(new Set(ours.map(({ agentId }) => agentId)).size, 2);

    const [, command = ''] = /^Output: (messor logs .*)$/m.exec(stdout) ?? [];
    const output = await runProgram('bin/messor', command.split(' ').slice(1));
    match(output.stdout, /^number \d+\n$/);
  });

  test('a task that fails makes the run fail, with its message', async () => {
    const { exitCode, stdout } = await messor('run', '--', 'sh', '-c', 'echo oh >&2; exit 3');
    match(stdout, /FAILED: .*exit.*3/);
    match(stdout, /^1 failed$/m);
    equal(exitCode, 1);
    const [, id = ''] = /--stderr (\S+)$/m.exec(stdout) ?? [];
    equal((await messor('logs', '--stderr', id)).stdout, 'oh\n');
  });

  test('a program that is not there is said to be missing', async () => {
    const { exitCode, stdout } = await messor('run', '--', '/no/such/program');
    match(stdout, /FAILED: .*\/no\/such\/program/);
    equal(exitCode, 1);
  });

  test('the environment and the arguments reach the task unchanged', async () => {
    const { stdout } = await messor(
      ...['run', '--env', 'WORDS=a  b=c', '--', 'sh', '-c', 'echo "$WORDS" "$0"', "it's $1"],
    );
    const [, id = ''] = /logs --master \S+ (\S+)$/m.exec(stdout) ?? [];
    equal((await messor('logs', id)).stdout, "a  b=c it's $1\n");
  });

  test('a task that runs is seen, followed and killed from elsewhere', async (context) => {
    const run = startMessor(context, 'run', '--name', 'long', '--', 'sh', '-c', LONG_TASK);
    const [, id = ''] = await run.untilPrinted(/^(\S+) RUNNING/m);
    const logs = startMessor(context, 'logs', '-f', id);
    const [, processId] = await logs.untilPrinted(/process (\d+)/);
    match((await messor('status', id)).stdout, /State\s+RUNNING/);
    match((await messor('tasks')).stdout, new RegExp(`^${id} .*RUNNING`, 'm'));

    match((await messor('kill', id.slice(0, -1))).stdout, /is being killed/);
    const { exitCode, stdout } = await run.ended;
    match(stdout, /^1 killed$/m);
    equal(exitCode, 1);
    equal((await logs.ended).exitCode, 0);
    equal(isAlive(Number(processId)), false);
  });

  test('Ctrl-C kills the tasks, waits for their end, and exits with 130', async (context) => {
    const run = startMessor(context, 'run', '--count', '3', '--', 'sh', '-c', LONG_TASK);
    await run.untilPrinted(/(RUNNING[\s\S]*){3}/);
    const { exitCode, stdout, stderr } = await run.end('SIGINT');
    match(stderr, /Killing the tasks/);
    match(stdout, /^3 killed$/m);
    equal(exitCode, 130);
    equal((await ask('tasks')).tasks.length, 0);
  });

  test('what is not done in time is killed', async () => {
    const { exitCode, stderr } = await messor('run', '--timeout', '500ms', '--', 'sleep', '100');
    match(stderr, /Not done after 0\.5 s; killing what still runs/);
    equal(exitCode, 1);
  });

  test('a task that no agent has room for is said to wait, and for what', async () => {
    const { exitCode, stderr } = await messor(
      ...['run', '--cpus', '64', '--timeout', '1500ms', '--', 'true'],
    );
    match(stderr, /No agent has room for a task that needs cpus:64;mem:32: .* has cpus:2;/);
    equal(exitCode, 1);
  });

  test('an id that is unknown or unclear is answered with what there is', async () => {
    const { stdout } = await messor('run', '--count', '2', '--name', 'twin', '--', 'true');
    const [, run = ''] = /^(twin-\S+)-\d+ FINISHED/m.exec(stdout) ?? [];
    const unclear = await messor('status', run);
    match(unclear.stderr, /"twin-\S+" can mean task twin-\S+-[01] of framework \S+, task twin-/);
    const unknown = await messor('logs', `${run}-o`);
    match(unknown.stderr, /Cannot find task "twin-\S+": did you mean twin-\S+-[01]/);
    deepEqual([unclear.exitCode, unknown.exitCode], [1, 1]);
  });

  test('the outcome of a run is there as JSON', async () => {
    const { exitCode, stdout } = await messor('run', '--json', '--', 'sh', '-c', 'exit 7');
    const { verdict, counts, tasks } = JSON.parse(stdout);
    deepEqual(
      [verdict, counts.failed, tasks.length, tasks[0].state, tasks[0].exitCode],
      ['failed', 1, 1, 'failed', 7],
    );
    equal(exitCode, 1);
  });

  test('who stops reading a list is no fault', async () => {
    const listing = startProgram({ after: () => {} }, 'bin/messor', ['state', '--master', master]);
    listing.process.stdout?.destroy();
    const { exitCode, stderr } = await listing.ended;
    deepEqual([exitCode, stderr], [0, '']);
  });

  test('a full disk behind a list is told and exits with 1; a run goes on to its verdict', () => {
    const full = openSync('/dev/full', 'w');
    const intoFull = (...words: string[]) =>
      spawnSync(process.execPath, ['bin/messor', ...words], {
        cwd: join(import.meta.dirname, '../..'),
        env: { ...process.env, MESSOR_MASTER: master },
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
    const said = /^messor: Cannot write the output: ENOSPC.*; send it where there is room\n$/;
    const list = intoFull('agents');
    match(list.stderr, said);
    const run = intoFull('run', 'true');
    match(run.stderr, said);
    closeSync(full);
    deepEqual([list.status, run.status], [1, 0]);
  });

  function messor(...words: string[]): Promise<Outcome> {
    return runProgram('bin/messor', words, { environment: { MESSOR_MASTER: master } });
  }

  function startMessor(context: Afterwards, ...words: string[]): Program {
    return startProgram(context, 'bin/messor', words, { environment: { MESSOR_MASTER: master } });
  }

  async function ask(...words: string[]): Promise<Listing> {
    const { stdout, stderr, exitCode } = await messor(...words, '--json');
    equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Listing;
  }
});

const LONG_TASK = 'echo process $$; exec sleep 100';

interface Listing {
  readonly agents: readonly { readonly resources: { readonly used: object } }[];
  readonly tasks: readonly {
    readonly name: string;
    readonly state: string;
    readonly agentId: string;
  }[];
}
