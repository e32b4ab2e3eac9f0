/**
 * An agent with fifty tasks of two frameworks of the v1 API, one of them partition aware, is killed and started
 * again, and then once more after a boot of its machine: what the frameworks hear.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { aliveOf, bootUnder, readKept } from '../kit/killed-agent.ts';
import { LiveScheduler, type Status } from '../kit/live-scheduler.ts';
import { type Afterwards, eventually, type Program, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

const EACH = 25;

test('fifty tasks go on when their agent is killed, and are lost with its machine: each update once', async (context) => {
  const { master, directory, start } = await stage(context);
  const first = await start();
  const subscribe = (info: Partial<V1<'FrameworkInfo'>>, encoding: 'json' | 'protobuf') =>
    LiveScheduler.subscribe(context, master, {
      encoding,
      info: { checkpoint: true, failover_timeout: 60, ...info },
    });
  const schedulers = [
    await subscribe({ capabilities: [{ type: 'PARTITION_AWARE' }] }, 'json'),
    await subscribe({}, 'protobuf'),
  ] as const;
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const scheduler of schedulers) {
    await launch(scheduler, 'waits', `read line < ${pipe}; true`);
  }
  for (const scheduler of schedulers) await scheduler.untilCount(EACH, 'TASK_RUNNING');

  // All end while nobody is there to hear of it.
  const agentId = schedulers[0].statuses[0]?.agent_id?.value;
  await first.end('SIGKILL');
  const before = await aliveOf(readKept(directory).containers);
  equal(before, 2 * EACH);
  closeSync(openSync(pipe, 'w'));
  await eventually('all have ended', async () =>
    (await aliveOf(readKept(directory).containers)) === 0 ? true : undefined,
  );
  const second = await start();
  for (const scheduler of schedulers) {
    await scheduler.untilCount(EACH, 'TASK_FINISHED');
    assertEachOnce(scheduler, ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    deepEqual(
      new Set(scheduler.statuses.map((status) => status.agent_id?.value)),
      new Set([agentId]),
    );
  }

  for (const scheduler of schedulers) await launch(scheduler, 'sleeps', 'exec sleep 100000');
  for (const scheduler of schedulers) await scheduler.untilCount(2 * EACH, 'TASK_RUNNING');
  for (const scheduler of schedulers) await scheduler.accepted({ type: 'SUPPRESS' });
  await second.end('SIGKILL');
  const lives = schedulers.map((scheduler) => scheduler.statuses.length);
  const third = await start();
  // They go on, and nobody hears anything.
  equal(await aliveOf(readKept(directory).containers), 2 * EACH);
  await third.end('SIGKILL');
  await bootUnder(directory);
  const fourth = await start();
  for (const [index, state] of ['TASK_GONE', 'TASK_LOST'].entries()) {
    const scheduler = schedulers[index] as LiveScheduler;
    const lost = await scheduler.untilCount(EACH, state as 'TASK_GONE');
    const words = lost.map(({ reason, source, message, agent_id }) =>
      [reason, source, message, agent_id?.value].join(' '),
    );
    const said = `REASON_AGENT_RESTARTED SOURCE_AGENT The machine was booted ${agentId}`;
    deepEqual(new Set(words), new Set([said]));
    assertEachOnce(scheduler, ['TASK_STARTING', 'TASK_RUNNING', state]);
    // In all this time nothing else was said.
    equal(scheduler.ended, false);
    const since = distinct(scheduler).slice(lives[index]);
    deepEqual(new Set(since.map((status) => status.state)), new Set([state]));
  }
  await fourth.end();
});

/** Of each of the last tasks. */
function assertEachOnce(scheduler: LiveScheduler, states: readonly string[]): void {
  const stories = new Map<string, string[]>();
  for (const { task_id, state = '' } of distinct(scheduler)) {
    stories.set(task_id.value, [...(stories.get(task_id.value) ?? []), state]);
  }
  const last = [...stories.values()].slice(-EACH);
  equal(last.length, EACH);
  for (const story of last) deepEqual(story, states);
}

/** An update may come again, under its id. */
function distinct(scheduler: LiveScheduler): readonly Status[] {
  const known = new Set<string>();
  return scheduler.statuses.filter(({ uuid }) => {
    const id = Buffer.from(uuid ?? []).toString('hex');
    const isNew = !known.has(id);
    known.add(id);
    return isNew;
  });
}

async function launch(scheduler: LiveScheduler, name: string, line: string): Promise<void> {
  const { id, agent_id } = await scheduler.offer();
  const task_infos = Array.from({ length: EACH }, (_, index): V1<'TaskInfo'> => {
    const value = `${name}-${index}`;
    const resources = [
      { name: 'cpus', type: 'SCALAR' as const, scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR' as const, scalar: { value: 32 } },
    ];
    return { name: value, task_id: { value }, agent_id, command: { value: line }, resources };
  });
  const operations = [{ type: 'LAUNCH' as const, launch: { task_infos } }];
  const filters = { refuse_seconds: 0 };
  await scheduler.accepted({ type: 'ACCEPT', accept: { offer_ids: [id], operations, filters } });
}

async function stage(context: Afterwards) {
  const node = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', '0'],
    ...['--allocation-interval', '100ms', '--offer-timeout', '1s'],
  ]);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  const start = async (): Promise<Program> => {
    const agent = startProgram(context, 'bin/node', [
      ...['--role', 'agent', '--port', '0', '--master', master, '--work-dir', directory],
      ...['--resources', 'cpus:5;mem:5000;disk:5000', '--registration-backoff-factor', '100ms'],
    ]);
    await agent.untilPrinted(/Registered (again )?as/);
    return agent;
  };
  return { master, directory, start };
}
