/** What was written for Mesos starts a cluster: flags, files and variables; and "why?" has an answer. */
import { equal, match } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

test('a start script for Mesos starts masters and agents, and explain says what is missing', async (context) => {
  const directory = await temporaryDirectory(context);
  const master = startProgram(
    context,
    'bin/node',
    [
      ...['--role=master', '--ip=127.0.0.1', '--port=0', '--quorum=1', '--registry=replicated_log'],
      ...[`--work_dir=${directory}/master`, '--no-authenticate_agents', '--roles=*,batch'],
      ...['--allocation_interval=200ms', '--max_completed_frameworks=7'],
    ],
    { environment: { MESOS_CLUSTER: 'moved', MESOS_LOGGING_LEVEL: 'WARNING' } },
  );
  const [, node = ''] = await master.untilPrinted(/^Master at (\S+)$/m);
  await writeFile(join(directory, 'master.txt'), `${node}\n`);
  await writeFile(
    join(directory, 'resources.json'),
    JSON.stringify([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 256 } },
    ]),
  );
  const agent = startProgram(
    context,
    'bin/node',
    [
      ...['--role=agent', '--port=0', `--master=file://${directory}/master.txt`, '--quiet'],
      ...[`--work_dir=${directory}/agent`, '--containerizers=mesos', '--no-switch_user'],
      ...[`--resources=file://${directory}/resources.json`, '--hostname=old-machine'],
      ...['--executor_environment_variables={"GREETING": "from the agent"}'],
    ],
    { environment: { MESOS_CLUSTER: 'moved' } },
  );
  await agent.untilPrinted(/^Agent at /m);

  const settings = { environment: { MESSOR_MASTER: node, MESSOR_CLUSTER: 'moved' } };
  const messor = async (...argv: string[]) =>
    (await runProgram('bin/messor', argv, settings)).stdout;
  await eventually('the agent is there', async () =>
    (await messor('agents')).includes('old-machine') ? true : undefined,
  );

  // The only copy of one job runs; that of the other needs more than there is.
  const run = ['run', '--mem', '32MB', '--cpus'];
  const small = [...run, '0.1', '--name', 'small', '--', 'sh', '-c', 'echo $GREETING; sleep 60'];
  startProgram(context, 'bin/messor', small, settings);
  startProgram(context, 'bin/messor', [...run, '8', '--name', 'big', '--', 'true'], settings);
  const story = await eventually('the big job is offered what does not do', async () => {
    const { frameworks } = JSON.parse(await messor('frameworks', '--json'));
    const big = frameworks.find(({ name }: { readonly name: string }) => name === 'big');
    if (big === undefined) return undefined;
    const told = await messor('explain', '--needs', 'cpus:8', big.id);
    return told.includes('declined') ? told : undefined;
  });
  match(story, /^Framework \S+ \(big\)\n {2}It declined what is free on one agent/);
  match(story, /No agent has cpus:8 at all, of 1 that there are\n {4}→ Ask for less/);
  const task = await eventually(
    'the small task runs',
    async () => /^(small-\S+) +small\S* +RUNNING/m.exec(await messor('tasks'))?.[1],
  );
  match(await messor('explain', task), /It is RUNNING on agent \S+: nothing keeps it/);
  await eventually('its variable came from the agent', async () =>
    (await messor('logs', task)).includes('from the agent') ? true : undefined,
  );
  const answer = await fetch(`http://${node}/explain?task=${task}`);
  equal(
    ((await answer.json()) as { readonly reasons: readonly { code: string }[] }).reasons[0]?.code,
    'taskRuns',
  );
});

test('a flag of Mesos that there is not ends a node with the exit code of usage', async () => {
  const { exitCode, stderr } = await runProgram('bin/node', [
    '--role=master',
    '--zk=zk://a:2181/m',
  ]);
  equal(exitCode, 2);
  match(stderr, /Cannot use --zk: there is no ZooKeeper: masters elect their leader themselves/);
});
