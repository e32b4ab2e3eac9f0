/**
 * Networks that break between real machines, each in a network namespace: three masters, two agents and
 * a job that goes on through it all. What is cut is lost silently: no connection ends by it.
 */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Machine, startNetwork, whyNoNamespaces } from '../kit/network-namespaces.ts';
import { type Afterwards, eventually, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import {
  allFollow,
  leaderOf,
  listOf,
  messor,
  type RealMaster,
  startMaster,
  verifyLogs,
} from '../kit/real-masters.ts';

const COPY_COUNT = 300;

describe('networks that break', { skip: whyNoNamespaces() ?? false }, () => {
  test('whatever is cut, one master leads, nothing acknowledged is lost, and a job ends right', async (context) => {
    const place = await startPlace(context);
    const { network, masters, agents, client } = place;
    const job = await place.startJob();
    const machineOf = (master: RealMaster) => machines[masters.indexOf(master)] as Machine;
    const machines = network.machines.slice(0, 3);
    const everybody = network.machines;
    const without = (...some: Machine[]) => everybody.filter((one) => !some.includes(one));
    await job.goesOn();

    await context.test('a leader that nobody reaches steps down and takes nothing', async () => {
      const leader = await leaderOf(masters, client.through);
      const cutOff = machineOf(leader);
      network.cut([cutOff], without(cutOff));
      await leader.program.untilPrinted(/This master leads no longer/);
      const alone = await place.startAgent(cutOff, leader.node);
      const flags = ['agents', '--master', leader.node, '--answer-timeout', '1s'];
      const refused = await runProgram('bin/messor', flags, { through: cutOff.through });
      equal(refused.exitCode, 3, refused.stderr);
      match(refused.stderr, /No master leads/);
      const others = masters.filter((one) => one !== leader);
      notEqual(await leaderOf(others, client.through), leader);
      await job.goesOn();
      await place.admitAgent(listOf(others));
      ok(!alone.isAdmitted());
      network.heal();
      await alone.admitted();
      await allFollow(masters, client.through);
    });

    await context.test('a leader that one follower does not reach goes on leading', async () => {
      const leader = await leaderOf(masters, client.through);
      const [follower] = masters.filter((one) => one !== leader) as [RealMaster];
      const knowsLeader = new RegExp(
        `The master at ${leader.node} leads(?![\\s\\S]*No master is known)`,
      );
      // What was sent while it was cut off comes when the system sends it again.
      await follower.program.untilPrinted(knowsLeader);
      network.cut([machineOf(leader)], [machineOf(follower)]);
      await follower.program.untilPrinted(/No master is known to lead(?![\s\S]* leads, epoch)/);
      await job.goesOn();
      await place.admitAgent(listOf(masters));
      equal(await leaderOf(masters, client.through), leader);
      network.heal();
      await follower.program.untilPrinted(knowsLeader);
      await allFollow(masters, client.through);
      equal(await leaderOf(masters, client.through), leader);
    });

    for (const direction of ['whom nobody hears', 'who hears nobody'] as const) {
      await context.test(`a leader ${direction} of the masters steps down`, async () => {
        const leader = await leaderOf(masters, client.through);
        const others = masters.filter((one) => one !== leader);
        const [from, to] =
          direction === 'whom nobody hears' ? [[leader], others] : [others, [leader]];
        network.cutOneWay(from.map(machineOf), to.map(machineOf));
        await eventually('another leads', async () => {
          return (await leaderOf(others, client.through)) === leader ? undefined : true;
        });
        // Agents and the scheduler still reach the one that led: they must not stay with it.
        await job.goesOn();
        await place.admitAgent(listOf(masters));
        network.heal();
        await allFollow(masters, client.through);
      });
    }

    await context.test('an agent that nobody reaches is unreachable, and comes back', async () => {
      const [cutOff] = agents;
      network.cut([cutOff.machine], without(cutOff.machine));
      await job.run.untilPrinted(/ UNREACHABLE: .* it is run again/);
      await job.goesOn();
      network.heal();
      await cutOff.program.untilPrinted(/Registered again as .*(?![\s\S]*Registering again)/);
      await job.goesOn();
    });

    const { stdout, stderr, starts } = await job.end();
    match(stdout, new RegExp(`^${COPY_COUNT} finished$`, 'm'));
    equal(new Set(starts).size, starts.length, 'no task has started twice');
    for (const again of starts.filter((taskId) => taskId.includes('-again'))) {
      const before = again.replace(/-again(\d+)$/, (_, count) =>
        count === '1' ? '' : `-again${count - 1}`,
      );
      match(stderr, new RegExp(`^${before} [A-Z]+: .*; it is run again$`, 'm'));
    }

    await allFollow(masters, client.through);
    const known = [...place.admitted].sort();
    const listed = await runProgram(
      'bin/messor',
      ['agents', '--json', '--master', listOf(masters)],
      { through: client.through },
    );
    const { agents: rows } = JSON.parse(listed.stdout) as { agents: readonly { id: string }[] };
    deepEqual(
      known.filter((id) => !rows.some((row) => row.id === id)),
      [],
    );
    await verifyLogs(masters);
    for (const { directory } of masters) {
      const dump = await messor('log', 'dump', directory);
      deepEqual(
        known.filter((id) => !dump.stdout.includes(id)),
        [],
      );
    }
  });
});

/** Machines 1 to 3 have a master each, 4 and 5 an agent, and 6 the scheduler and who asks. */
async function startPlace(context: Afterwards) {
  const network = startNetwork(context, 6);
  const { machines } = network;
  const client = machines[5] as Machine;
  const directory = await temporaryDirectory(context);
  const masters = machines.slice(0, 3).map(({ address, through }, index) => {
    return { node: `${address}:5050`, directory: join(directory, `${index}`), through };
  }) as RealMaster[];
  for (const master of masters) {
    const pings = ['--agent-ping-timeout', '1s', '--max-agent-ping-timeouts', '5'];
    master.program = startMaster(context, master, listOf(masters), pings);
  }
  await allFollow(masters, client.through);

  /** Of the agents whose registration was acknowledged. */
  const admitted = new Set<string>();
  let port = 5100;
  const startAgent = async (machine: Machine, all: string, resources = 'cpus:0.1;mem:16') => {
    const program = startProgram(
      context,
      'bin/node',
      [
        ...['--role', 'agent', '--listen-address', machine.address, '--port', `${port++}`],
        ...['--master', all, '--work-dir', await temporaryDirectory(context)],
        ...['--resources', resources, '--registration-backoff-factor', '200ms'],
      ],
      machine,
    );
    await program.untilPrinted(/^Agent at /m);
    let id: string | undefined;
    const registered = program.untilPrinted(/Registered as ([\w-]+)/).then(([, given = '']) => {
      id = given;
      admitted.add(given);
    });
    // Who never waits for it is not told of its end either.
    registered.catch(() => {});
    return { program, machine, isAdmitted: () => id !== undefined, admitted: () => registered };
  };
  const agents = [];
  for (const machine of machines.slice(3, 5)) {
    agents.push(await startAgent(machine, listOf(masters), 'cpus:2;mem:1024'));
  }
  for (const agent of agents) await agent.admitted();

  return {
    network,
    masters,
    client,
    admitted,
    agents: agents as [(typeof agents)[0], (typeof agents)[0]],
    startAgent,
    /** One that has no room for a task, so that the registry has something to keep. */
    async admitAgent(all: string) {
      await (await startAgent(client, all)).admitted();
    },
    async startJob() {
      const shared = await temporaryDirectory(context);
      const file = join(shared, 'starts');
      await writeFile(file, '');
      // The sandbox is called after the task. When the test is over, what is left is done quickly.
      const task = `echo "$(basename "$(dirname "$(dirname "$PWD")")")" >> "$0/starts"
        [ -e "$0/over" ] || sleep 2`;
      const run = startProgram(
        context,
        'bin/messor',
        [
          ...['run', '--master', listOf(masters), '--count', `${COPY_COUNT}`],
          ...['--cpus', '0.5', '--name', 'job', '--', 'sh', '-c', task, shared],
        ],
        client,
      );
      const starts = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
      return {
        run,
        /** Tasks are launched after now. */
        async goesOn() {
          const count = starts().length;
          await eventually('tasks start', async () => starts().length >= count + 6 || undefined);
        },
        async end() {
          await writeFile(join(shared, 'over'), '');
          const { exitCode, stdout, stderr } = await run.ended;
          equal(exitCode, 0, stdout);
          return { stdout, stderr, starts: starts() };
        },
      };
    },
  };
}
