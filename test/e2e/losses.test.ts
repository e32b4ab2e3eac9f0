/** Processes that die: what becomes of their tasks, and who hears of it (short timeouts by flags). */
import { deepEqual, equal, match } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type Afterwards,
  eventually,
  isAlive,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

interface TaskJson {
  readonly id: string;
  readonly state: string;
  readonly agentId: string;
  readonly frameworkId: string;
}

describe('processes that die', { concurrency: 3 }, () => {
  test('a killed agent that stays away: its tasks run again elsewhere, and it comes back', async (context) => {
    const master = await startMaster(context);
    const directory = await temporaryDirectory(context);
    const first = await startAgent(context, master, directory);
    const [firstId = ''] = await agentIds(master, 1);
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', master, '--count', '2', '--name', 'survivor'],
      ...['--', 'sh', '-c', 'echo process $$; exec sleep 100'],
    ]);
    await run.untilPrinted(/(RUNNING[\s\S]*){2}/);
    const second = await startAgent(context, master, await temporaryDirectory(context));
    await agentIds(master, 2);

    await first.end('SIGKILL');
    await run.untilPrinted(/survivor-\S+ (LOST|UNREACHABLE|GONE|DROPPED).*it is run again/);
    await run.untilPrinted(/(survivor-\S+-again1 RUNNING[\s\S]*){2}/);
    match(await stateOf(master, firstId), /unreachable/);

    // What it left has run on, and is killed for the copies that replaced it.
    const again = await startAgent(context, master, directory);
    const offered = startProgram(context, 'bin/messor', [
      ...[
        'run',
        '--master',
        master,
        '--count',
        '4',
        '--cpus',
        '0.9',
        '--name',
        'offered',
        '--',
        'true',
      ],
    ]);
    equal((await offered.ended).exitCode, 0);
    const { tasks } = await ask(master, 'tasks', '--all');
    const used = new Set(
      tasks.filter(({ id }) => id.startsWith('offered-')).map(({ agentId }) => agentId),
    );
    equal(used.size >= 1, true);
    equal((await agentIds(master, 2)).includes(firstId), true);
    await run.end('SIGINT');
    await Promise.all([again.end(), second.end()]);
  });

  test('a killed scheduler: after the failover timeout its tasks are killed', async (context) => {
    const master = await startMaster(context);
    await startAgent(context, master, await temporaryDirectory(context));
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', master, '--failover-timeout', '5s', '--name', 'orphan'],
      ...['--', 'sh', '-c', 'echo process $$; exec sleep 100'],
    ]);
    const [, id = ''] = await run.untilPrinted(/^(\S+) RUNNING/m);
    const logs = startProgram(context, 'bin/messor', ['logs', '-f', '--master', master, id]);
    const [, processId] = await logs.untilPrinted(/process (\d+)/);

    await run.end('SIGKILL');
    const { tasks } = await ask(master, 'tasks');
    deepEqual(
      tasks.map(({ state }) => state),
      ['running'],
    );
    await eventually('the task is killed', async () => !isAlive(Number(processId)) || undefined);
    equal((await ask(master, 'tasks')).tasks.length, 0);
  });

  test('a scheduler that comes back in time finds its tasks by reconciliation', async (context) => {
    const master = await startMaster(context);
    await startAgent(context, master, await temporaryDirectory(context));
    const module = join(await temporaryDirectory(context), 'scheduler.mjs');
    await writeFile(module, SCHEDULER);
    const flags = ['--role', 'framework', '--master', master, '--module', module];

    const first = startProgram(context, 'bin/node', flags);
    const [, frameworkId = ''] = await first.untilPrinted(/^subscribed (\S+)$/m);
    await first.untilPrinted(/^task running$/m);
    await first.end('SIGKILL');
    const second = startProgram(context, 'bin/node', flags, {
      environment: { FRAMEWORK_ID: frameworkId },
    });
    await second.untilPrinted(new RegExp(`^subscribed ${frameworkId}$`, 'm'));
    await second.untilPrinted(/^task running$/m);
    const { tasks } = await ask(master, 'tasks', '--all');
    deepEqual(
      tasks.map(({ state }) => state),
      ['running'],
    );
    await second.end('SIGTERM');
  });
});

/** Runs one task and says what it hears of it, also when it takes over. */
const SCHEDULER = `
import { defineScheduler, parseResources, shellCommand } from '${join(import.meta.dirname, '../../dist/bin/sdk.js')}';
const { FRAMEWORK_ID } = process.env;
const taskId = 'only-one';
export default defineScheduler({
  name: 'one-task',
  info: () => ({ name: 'one-task', failoverTimeoutMs: 60000 }),
  initialState: () => ({ launched: FRAMEWORK_ID !== undefined }),
  on: {
    subscribed(state, { frameworkId }) {
      console.log('subscribed ' + frameworkId);
    },
    offers(state, { offers: [offer] }, driver) {
      if (state.launched) return;
      state.launched = true;
      const resources = parseResources('cpus:0.1;mem:32');
      driver.launch(offer, [{ taskId, name: taskId, resources, command: shellCommand('sleep 100') }]);
    },
    update(state, { status }) {
      console.log('task ' + status.state);
    },
  },
});
export const options = FRAMEWORK_ID === undefined ? {} : { frameworkId: FRAMEWORK_ID };
`;

async function startMaster(context: Afterwards): Promise<string> {
  const node = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', '0', '--agent-reregister-timeout', '500ms'],
    ...['--agent-ping-timeout', '300ms', '--max-agent-ping-timeouts', '2'],
    ...['--allocation-interval', '100ms'],
  ]);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  return master;
}

async function startAgent(
  context: Afterwards,
  master: string,
  workDirectory: string,
): Promise<Program> {
  const agent = startProgram(context, 'bin/node', agentFlags(master, workDirectory));
  await agent.untilPrinted(/^Agent at /m);
  return agent;
}

/** Once there are so many active ones. */
function agentIds(master: string, count: number): Promise<readonly string[]> {
  return eventually(`${count} agents are active`, async () => {
    const { agents } = await ask(master, 'agents');
    const active = agents.filter(({ state }) => state === 'active');
    return active.length === count ? active.map(({ id }) => id) : undefined;
  });
}

async function stateOf(master: string, agentId: string): Promise<string> {
  const { agents } = await ask(master, 'agents');
  return agents.find(({ id }) => id === agentId)?.state ?? 'not known';
}

async function ask(master: string, ...words: string[]) {
  const flags = [...words, '--json', '--master', master];
  const { stdout, stderr, exitCode } = await runProgram('bin/messor', flags);
  equal(exitCode, 0, stderr);
  return JSON.parse(stdout) as {
    readonly agents: readonly { readonly id: string; readonly state: string }[];
    readonly tasks: readonly TaskJson[];
  };
}
