/** The npm package `mesos-framework`, a client of Mesos that knows nothing of us, at real masters. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import { leaderOf, listOf, messor, startAgents, startMasters } from '../kit/real-masters.ts';

const WITH_PORTS = ['--resources', 'cpus:2;mem:1024;disk:1024;ports:[31000-31010]'];

test('mesos-framework subscribes by redirect, launches, acknowledges, follows the leadership, kills and tears down', async (context) => {
  const masters = await startMasters(context, 2);
  const all = listOf(masters);
  await startAgents(context, all, 1, WITH_PORTS);
  const leader = await leaderOf(masters);
  const follower = masters.find((master) => master !== leader);
  const directory = await temporaryDirectory(context);
  const scheduler = startProgram(
    context,
    'test/e2e/mesos-framework-scheduler.ts',
    [portOf(follower), directory],
    { environment: { NODE_OPTIONS: '--import tsx' } },
  );
  const say = (line: string) => scheduler.process.stdin?.write(`${line}\n`);

  const [, frameworkId = '', port] = await scheduler.untilPrinted(/^subscribed (\S+) at (\d+)$/m);
  equal(port, portOf(leader));
  await scheduler.untilPrinted(/ TASK_RUNNING no reason$/m, 2);
  await scheduler.untilPrinted(/^acknowledged$/m, 4);

  await messor('masters', '--master', all, 'transfer', follower?.node ?? '');
  const [, sameId] = await scheduler.untilPrinted(/^subscribed (\S+) at (\d+)$/m, 2);
  equal(sameId, frameworkId);
  await scheduler.untilPrinted(/ TASK_RUNNING REASON_RECONCILIATION$/m, 2);

  say('kill');
  await scheduler.untilPrinted(/ TASK_KILLED no reason$/m);
  await scheduler.untilPrinted(/^acknowledged$/m, 5);
  say('teardown');
  const { exitCode, stdout } = await scheduler.ended;
  equal(exitCode, 0);
  match(stdout, /^torn down$/m);
  // That its streams end, with the leader before and at the teardown, is all that it complains of.
  const errors = stdout.split('\n').filter((line) => line.startsWith('error '));
  deepEqual([...new Set(errors)], ['error Long-running connection was closed!']);
  const { stdout: listed } = await runProgram('bin/messor', [
    ...['frameworks', '--all', '--json', '--master', all],
  ]);
  const { frameworks } = JSON.parse(listed) as {
    readonly frameworks: readonly { readonly id: string; readonly state: string }[];
  };
  deepEqual(
    frameworks.map(({ id, state }) => [id, state]),
    [[frameworkId, 'completed']],
  );
});

function portOf(master: { readonly node: string } | undefined): string {
  return master?.node.split(':').at(-1) ?? '';
}
