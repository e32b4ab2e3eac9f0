/**
 * An executor in Python, fetched by its URI and speaking the v1 API, whose agent is killed and started
 * again: what it does then is what Mesos' book says that executors do.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { V1 } from '../../actors/protocol/v1/dictionary.ts';
import { LiveScheduler, type Status } from '../kit/live-scheduler.ts';
import {
  type Afterwards,
  eventually,
  isAlive,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { NO_PYTHON, outputOf, pythonExecutor, serveExecutors } from '../kit/python-executor.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

const AWARE = { capabilities: [{ type: 'PARTITION_AWARE' as const }], failover_timeout: 60 };

describe('an executor whose agent is killed', { skip: NO_PYTHON, concurrency: 2 }, () => {
  test('goes on with its tasks and its unheard updates; one without checkpoints ends', async (context) => {
    const { directory, master, server, start } = await stage(context, []);
    const first = await start();
    const kept = await LiveScheduler.subscribe(context, master, {
      info: { ...AWARE, checkpoint: true },
    });
    const released = join(directory, 'released');
    await launch(kept, server, 'kept', { waits: 'wait', away: `until ${released}` });
    await kept.untilCount(2, 'TASK_RUNNING');
    await kept.accepted({ type: 'SUPPRESS' });
    const unkept = await LiveScheduler.subscribe(context, master, { info: AWARE });
    await launch(unkept, server, 'unkept', { lost: 'wait' });
    await unkept.untilCount(1, 'TASK_RUNNING');

    await first.end('SIGKILL');
    writeFileSync(released, '');
    await eventually('the task has ended', async () =>
      /^task away says until/m.test(outputOf(directory, 'kept')) ? true : undefined,
    );
    const [lost] = await unkept.untilCount(1, 'TASK_LOST');
    equal(lost?.reason, 'REASON_AGENT_DISCONNECTED');
    await unkept.accepted({ type: 'SUPPRESS' });
    await eventually('it has ended with its agent', async () =>
      isAlive(processOf(directory, 'unkept')) ? undefined : true,
    );

    const second = await start();
    await kept.untilCount(1, 'TASK_FINISHED');
    await kept.accepted({ type: 'REVIVE' });
    await launch(kept, server, 'kept', { later: 'more' });
    await kept.untilCount(2, 'TASK_FINISHED');
    await kept.accepted({ type: 'KILL', kill: { task_id: { value: 'waits' } } });
    await kept.untilCount(1, 'TASK_KILLED');
    deepEqual(storyOf(kept, 'waits'), ['TASK_RUNNING', 'TASK_KILLED']);
    deepEqual(storyOf(kept, 'away'), ['TASK_RUNNING', 'TASK_FINISHED']);
    deepEqual(storyOf(kept, 'later'), ['TASK_RUNNING', 'TASK_FINISHED']);
    deepEqual(storyOf(unkept, 'lost'), ['TASK_RUNNING', 'TASK_LOST']);
    await kept.accepted({ type: 'TEARDOWN' });
    await eventually('it was shut down', async () =>
      /^shut down$/m.test(outputOf(directory, 'kept')) ? true : undefined,
    );
    const printed = outputOf(directory, 'kept');
    equal(printed.match(/^process /gm)?.length, 1);
    equal((printed.match(/^heard SUBSCRIBED$/gm)?.length ?? 0) > 1, true);
    equal(printed.match(/^heard LAUNCH$/gm)?.length, 3);
    await second.end();
  });

  test('loses its tasks when it has given the agent up, or does not come back; and is cleaned up', async (context) => {
    const flags = ['--recovery-timeout', '1secs', '--executor-reregistration-timeout', '1secs'];
    const { directory, master, server, start, flagsOf } = await stage(context, flags);
    const first = await start();
    const kept = await LiveScheduler.subscribe(context, master, {
      info: { ...AWARE, checkpoint: true },
    });
    await launch(kept, server, 'tired', { given: 'wait' });
    await launch(kept, server, 'stopped', { late: 'wait' });
    await kept.untilCount(2, 'TASK_RUNNING');
    process.kill(processOf(directory, 'stopped'), 'SIGSTOP');
    await first.end('SIGKILL');
    await eventually('it gives up', async () =>
      /^gave the agent up$/m.test(outputOf(directory, 'tired')) ? true : undefined,
    );
    const second = await start();
    const failed = await kept.untilCount(1, 'TASK_FAILED');
    deepEqual(reasonsOf(failed), { given: 'REASON_EXECUTOR_TERMINATED' });
    const late = await kept.untilCount(1, 'TASK_GONE');
    deepEqual(reasonsOf(late), { late: 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT' });
    await eventually('the late one is killed', async () =>
      isAlive(processOf(directory, 'stopped')) ? undefined : true,
    );

    await launch(kept, server, 'cleaned', { cleaned: 'wait' });
    // An update that was not acknowledged in time is told again, so a count of them says too little.
    await eventually('it runs', async () =>
      /^process \d+$/m.test(outputOf(directory, 'cleaned')) &&
      kept.statuses.some((one) => one.task_id.value === 'cleaned' && one.state === 'TASK_RUNNING')
        ? true
        : undefined,
    );
    await second.end('SIGKILL');
    const cleanup = await runProgram('bin/node', [...flagsOf(), '--recover', 'cleanup']);
    equal(cleanup.exitCode, 0, cleanup.stderr);
    equal(isAlive(processOf(directory, 'cleaned')), false);
    const third = await start();
    const [, gone] = await kept.untilCount(2, 'TASK_GONE');
    deepEqual([gone?.task_id.value, gone?.reason], ['cleaned', 'REASON_AGENT_REMOVED']);
    await third.end();
  });
});

/** A master, and an agent that is started again and again at one address, with one work directory. */
async function stage(context: Afterwards, more: readonly string[]) {
  const flags = [
    ...['--role', 'master', '--port', '0'],
    ...['--allocation-interval', '100ms', '--offer-timeout', '1s'],
  ];
  const node = startProgram(context, 'bin/node', flags);
  const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
  const directory = await temporaryDirectory(context);
  let port = '0';
  const flagsOf = () => [
    ...agentFlags(master, directory),
    ...['--port', port, '--registration-backoff-factor', '100ms', ...more],
  ];
  const start = async (): Promise<Program> => {
    const agent = startProgram(context, 'bin/node', flagsOf());
    [, port = ''] = await agent.untilPrinted(/^Agent at \S+:(\d+)$/m);
    await agent.untilPrinted(/Registered (again )?as/);
    return agent;
  };
  return { directory, master, server: await serveExecutors(context), start, flagsOf };
}

/** @param tasks what their data is, by their ids */
async function launch(
  scheduler: LiveScheduler,
  server: string,
  executorId: string,
  tasks: Readonly<Record<string, string>>,
): Promise<void> {
  const executor = pythonExecutor(server, scheduler.frameworkId, executorId);
  const { id, agent_id } = await scheduler.offer();
  const task_infos = Object.entries(tasks).map(
    ([value, data]): V1<'TaskInfo'> => ({
      name: value,
      task_id: { value },
      agent_id,
      executor,
      data: Buffer.from(data),
      resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
    }),
  );
  const operations = [{ type: 'LAUNCH' as const, launch: { task_infos } }];
  const filters = { refuse_seconds: 0 };
  await scheduler.accepted({ type: 'ACCEPT', accept: { offer_ids: [id], operations, filters } });
}

/** An update may come again, under its id. */
function storyOf(scheduler: LiveScheduler, taskId: string): readonly (string | undefined)[] {
  const told = new Map<string, Status['state']>();
  for (const { task_id, state, uuid } of scheduler.statuses) {
    if (task_id.value === taskId) told.set(Buffer.from(uuid ?? []).toString('hex'), state);
  }
  return [...told.values()];
}

function reasonsOf(statuses: readonly Status[]) {
  return Object.fromEntries(statuses.map(({ task_id, reason }) => [task_id.value, reason]));
}

function processOf(directory: string, executorId: string): number {
  const printed = outputOf(directory, executorId);
  match(printed, /^process \d+$/m);
  return Number(/^process (\d+)$/m.exec(printed)?.[1]);
}
