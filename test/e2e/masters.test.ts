/** Several masters as processes: they die, come back, lose their disk, and are replaced. */
import { equal, match, ok } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import { eventually, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import {
  allFollow,
  leaderOf,
  listOf,
  messor,
  type RealMaster,
  startAgents,
  startMaster,
  startMasters,
  verifyLogs,
} from '../kit/real-masters.ts';

/** More than a run of all tests can afford: MESSOR_TEST_KILLS=50. */
const KILL_COUNT = Number(process.env['MESSOR_TEST_KILLS'] ?? 4);

describe('several masters', { concurrency: 2 }, () => {
  test('the leader is killed, then the next, and a job goes on to its end', async (context) => {
    const masters = await startMasters(context, 3);
    const all = listOf(masters);
    await startAgents(context, all, 2);
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', all, '--count', '40', '--cpus', '0.4', '--name', 'long'],
      ...['--', 'sh', '-c', 'echo ran >> times; sleep 0.5; wc -l < times'],
    ]);
    for (const finished of [6, 18]) {
      await run.untilPrinted(/ FINISHED/, finished);
      const leader = await leaderOf(masters);
      await leader.program.end('SIGKILL');
      await run.untilPrinted(/The master is back/);
      leader.program = startMaster(context, leader, all);
    }
    const { exitCode, stdout } = await run.ended;
    equal(exitCode, 0, stdout);
    match(stdout, /^40 finished$/m);
    await allFollow(masters);
  });

  test('a leader stands still and wakes when another leads: it does no harm, and a job goes on', async (context) => {
    const masters = await startMasters(context, 3);
    const all = listOf(masters);
    await startAgents(context, all, 2);
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', all, '--count', '100', '--cpus', '0.4', '--name', 'still'],
      ...['--', 'sh', '-c', 'echo ran >> times; sleep 1; wc -l < times'],
    ]);
    await run.untilPrinted(/ FINISHED/, 6);
    const still = await leaderOf(masters);
    still.program.process.kill('SIGSTOP');
    await run.untilPrinted(/The master is back/);
    still.program.process.kill('SIGCONT');
    const { exitCode, stdout } = await run.ended;
    equal(exitCode, 0, stdout);
    match(stdout, /^100 finished$/m);
    await allFollow(masters);
  });

  test(`${KILL_COUNT} times in a row a leader is killed or stands still, and followers are killed: no task is lost or run twice`, async (context) => {
    const masters = await startMasters(context, 3);
    const all = listOf(masters);
    await startAgents(context, all, 2);
    const ran = await temporaryDirectory(context);
    const count = 150 * KILL_COUNT;
    // A launch that a leader takes with it never starts, and the copy is tried again: it starts once.
    // The last one waits, so that there is a job for as long as there are kills.
    const task = `mkdir "$0/$MESSOR_COPY_INDEX" || mkdir "$0/twice"; sleep 0.3
      while [ $MESSOR_COPY_INDEX = ${count - 1} ] && ! [ -e "$0/over" ]; do sleep 0.2; done`;
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', all, '--count', `${count}`, '--cpus', '0.4'],
      ...['--', 'sh', '-c', task, ran],
    ]);
    await run.untilPrinted(/ RUNNING/);
    for (let kill = 1; kill <= KILL_COUNT; kill++) {
      const leader = await leaderOf(masters);
      const standsStill = kill % 3 === 0;
      if (standsStill) leader.program.process.kill('SIGSTOP');
      else await leader.program.end('SIGKILL');
      await run.untilPrinted(/The master is back/, kill);
      if (standsStill) leader.program.process.kill('SIGCONT');
      else leader.program = startMaster(context, leader, all);
      await allFollow(masters);
      if (kill % 2 === 0) {
        const leads = await leaderOf(masters);
        const follower = masters.find((one) => one !== leads) as RealMaster;
        await follower.program.end('SIGKILL');
        follower.program = startMaster(context, follower, all);
      }
      // Who comes and goes has to be written to the registry; this one has no room for a task.
      const [passing] = await startAgents(context, all, 1, ['--resources', 'cpus:0.1;mem:16']);
      await passing?.end();
      await allFollow(masters);
    }
    await mkdir(join(ran, 'over'));
    const { exitCode, stdout } = await run.ended;
    equal(exitCode, 0, stdout);
    equal((await readdir(ran)).length, count + 1);
    ok(!existsSync(join(ran, 'twice')));
    await verifyLogs(masters);
  });

  test('one that lost its disk is added again, and has all of it by a snapshot', async (context) => {
    const masters = await startMasters(context, 3);
    const all = listOf(masters);
    await startAgents(context, all, 1);
    const leader = await leaderOf(masters);
    const wiped = masters.find((one) => one !== leader) as RealMaster;
    await wiped.program.end('SIGKILL');
    await rm(wiped.directory, { recursive: true });
    wiped.program = startMaster(context, wiped, all);
    await wiped.program.untilPrinted(/has lost its log.*messor masters add/);
    const added = await messor('masters', 'add', wiped.node, '--master', all);
    equal(added.exitCode, 0, added.stderr);
    await wiped.program.untilPrinted(/Fetched a snapshot/);
    await allFollow(masters);
  });

  test('the last of three writes nothing, says why, and goes on when one is back', async (context) => {
    const masters = await startMasters(context, 3);
    const all = listOf(masters);
    await startAgents(context, all, 1);
    const [one, two, three] = masters as [RealMaster, RealMaster, RealMaster];
    await one.program.end('SIGKILL');
    await two.program.end('SIGKILL');
    // If it led it takes it a second or two to notice that it doesn't any more.
    const refused = await eventually('nobody leads', async () => {
      const outcome = await messor('agents', '--master', all, '--answer-timeout', '1s');
      return outcome.exitCode === 0 ? undefined : outcome;
    });
    const wishes = [
      ['run', '--', 'true'],
      ['kill', 'x'],
      ['masters', 'remove', one.node],
    ];
    const outcomes = await Promise.all(
      wishes.map((wish) => messor(...withFlags(wish, '--master', all, '--answer-timeout', '1s'))),
    );
    for (const { exitCode, stderr } of [refused, ...outcomes]) {
      equal(exitCode, 3, stderr);
      const [, reached, missing] =
        /No master leads, .*: of 3 masters 1 can be reached \((.*)\), and 2 are needed; start (.*) again/.exec(
          stderr,
        ) ?? [];
      equal(reached, three.node);
      equal(missing, [one.node, two.node].sort().join(' or '));
    }
    match((await messor('masters', '--master', all)).stderr, /1 can be reached .* 2 are needed/);

    const [agents, state, frameworks] = await Promise.all(
      ['agents', 'state', 'frameworks'].map((what) => messor(what, '--stale', '--master', all)),
    );
    match(agents?.stdout ?? '', / recovered /);
    match(state?.stdout ?? '', /Agents +1 recovered/);
    match(frameworks?.stdout ?? '', /No frameworks/);
    for (const outcome of [agents, state, frameworks]) {
      equal(outcome?.exitCode, 0);
      match(
        outcome?.stderr ?? '',
        new RegExp(`What ${three.node} knew last: .* of a leader \\d+s`),
      );
    }
    const json = await messor('agents', '--stale', '--json', '--master', all);
    const { stale } = JSON.parse(json.stdout) as { readonly stale: Record<string, unknown> };
    ok(masters.some(({ node }) => node === stale['leader']));
    ok(Number(stale['appliedIndex']) > 0 && Number(stale['silenceMs']) >= 0);

    one.program = startMaster(context, one, all);
    await eventually('the agent is back', async () => {
      const { stdout } = await messor('agents', '--master', all);
      return / active /.test(stdout) || undefined;
    });
    const fresh = await messor('agents', '--stale', '--master', all);
    match(fresh.stdout, / active /);
    equal(fresh.stderr, '');
  });

  test('a fourth and a fifth are added, and the first two removed', async (context) => {
    const masters = await startMasters(context, 3);
    const members = [...masters];
    for (const port of await freePorts(2)) {
      const node = `127.0.0.1:${port}`;
      const directory = join(await temporaryDirectory(context), 'log');
      const added = { node, directory } as RealMaster;
      added.program = startMaster(context, added, `${listOf(masters)},${node}`);
      const { exitCode, stderr } = await messor(
        'masters',
        'add',
        node,
        '--master',
        listOf(masters),
      );
      equal(exitCode, 0, stderr);
      members.push(added);
      await allFollow(members);
    }
    for (const removed of masters.slice(0, 2)) {
      const flags = ['remove', removed.node, '--master', listOf(members)];
      const { exitCode, stderr } = await messor('masters', ...flags);
      equal(exitCode, 0, stderr);
      members.splice(members.indexOf(removed), 1);
      match((await removed.program.ended).stderr, /was removed from the cluster/);
      await allFollow(members);
    }
    equal(members.length, 3);
  });

  test('a master that its own list does not name, and one in memory among others, are refused', async () => {
    const flags = ['--role', 'master', '--port', '0', '--masters', 'a:5050,b:5050'];
    const unnamed = await runProgram('bin/node', [...flags, '--registry', 'raft:/nowhere']);
    equal(unnamed.exitCode, 2);
    match(unnamed.stderr, /--masters a:5050,b:5050 does not name this master/);
    const [port] = await freePorts(1);
    const alone = await runProgram('bin/node', [
      ...['--role', 'master', '--port', `${port}`, '--registry', 'memory'],
      ...['--masters', `127.0.0.1:${port},b:5050`],
    ]);
    equal(alone.exitCode, 2);
    match(alone.stderr, /With --registry memory a master stands alone/);
  });
});

/** What stands behind `--` is not ours. */
function withFlags([command = '', ...words]: readonly string[], ...flags: string[]): string[] {
  return [command, ...flags, ...words];
}
