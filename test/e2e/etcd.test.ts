/** Several masters as processes whose registry is in an etcd: they die, end, hand over, and lose it. */
import { equal, match } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import {
  type Afterwards,
  eventually,
  lastFirst,
  type Outcome,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';
import { etcdMissing, type RealEtcd, startRealEtcd } from '../kit/real-etcd.ts';

const missing = etcdMissing();

interface Masters {
  readonly etcd: RealEtcd;
  /** By address. */
  readonly programs: Map<string, Program>;
  readonly all: string;
  start(node: string): void;
}

interface Row {
  readonly master: string;
  readonly role: string;
  readonly state: string;
}

describe('masters with an etcd', { skip: missing ?? false, concurrency: 2 }, () => {
  test('the leader is killed, and a job goes on to its end', async (context) => {
    const masters = await startMasters(context, 3);
    for (let index = 0; index < 2; index++) {
      const flags = agentFlags(masters.all, await temporaryDirectory(context));
      await startProgram(context, 'bin/node', flags).untilPrinted(/^Agent at /m);
    }
    const go = join(await temporaryDirectory(context), 'go');
    // Most of it waits until the leader is another one.
    const wait = `[ $MESSOR_COPY_INDEX -lt 8 ] || until [ -e ${go} ]; do sleep 0.1; done`;
    const run = startProgram(context, 'bin/messor', [
      ...['run', '--master', masters.all, '--count', '24', '--cpus', '0.5', '--name', 'long'],
      ...['--', 'sh', '-c', `echo ran >> times; ${wait}; wc -l < times`],
    ]);
    await run.untilPrinted(/ FINISHED/, 4);
    const leader = await leaderOf(masters);
    await masters.programs.get(leader)?.end('SIGKILL');
    await run.untilPrinted(/The master is back/);
    await writeFile(go, '');
    masters.start(leader);
    const { exitCode, stdout } = await run.ended;
    equal(exitCode, 0, stdout);
    match(stdout, /^24 finished$/m);
    await allThere(masters);
  });

  test('one hands over to another, one ends and is followed at once, and one more takes part', async (context) => {
    const masters = await startMasters(context, 2);
    const first = await leaderOf(masters);
    const [second = ''] = [...masters.programs.keys()].filter((node) => node !== first);
    equal((await messor('masters', 'transfer', second, '--master', masters.all)).exitCode, 0);
    await eventually(
      'the other leads',
      async () => (await leaderOf(masters)) === second || undefined,
    );
    for (const [wish, sentence] of [
      ['add', /Cannot add a:5050: with --registry etcd:.* a master takes part as soon as it runs/],
      ['remove', /Cannot remove a:5050: with --registry etcd:.*; end it there/],
      ['transfer', /Cannot let a:5050 lead: those that run are /],
    ] as const) {
      const { exitCode, stderr } = await messor('masters', wish, 'a:5050', '--master', masters.all);
      equal(exitCode, 1);
      match(stderr, sentence);
    }
    const [port] = await freePorts(1);
    masters.start(`127.0.0.1:${port}`);
    await allThere(masters);
    const ending = masters.programs.get(second);
    masters.programs.delete(second);
    await ending?.end('SIGTERM');
    await allThere(masters);
  });

  test('without etcd nobody leads, and says why; with it, one does', async (context) => {
    const masters = await startMasters(context, 1);
    await masters.etcd.kill();
    const row = await eventually('it has noticed', async () => {
      const [only] = await rowsOf(masters);
      return only?.role === 'seeking' ? only : undefined;
    });
    match(row.state, /Cannot reach etcd:/);
    await masters.etcd.restart();
    await leaderOf(masters);
  });

  test('a master with an etcd that is none ends, and says what to name', async (context) => {
    const [port] = await freePorts(1);
    const memory = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
    const [, node] = await memory.untilPrinted(/^Master at (\S+)/m);
    const { exitCode, stderr } = await runProgram('bin/node', [
      ...['--role', 'master', '--port', `${port}`, '--registry', `etcd://${node}`],
    ]);
    equal(exitCode, 1);
    match(stderr, /in place of etcd.*name the client port of an etcd of version 3.4/);
  });
});

async function startMasters(context: Afterwards, count: number): Promise<Masters> {
  const etcd = await startRealEtcd();
  lastFirst(context, () => etcd.close());
  const nodes = (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
  const programs = new Map<string, Program>();
  const masters: Masters = {
    etcd,
    programs,
    all: nodes.join(','),
    start(node) {
      const port = node.slice(node.lastIndexOf(':') + 1);
      const program = startProgram(context, 'bin/node', [
        ...['--role', 'master', '--port', port, '--registry', `etcd://${etcd.endpoint}`],
        ...['--masters', nodes.includes(node) ? masters.all : `${masters.all},${node}`],
        ...['--allocation-interval', '100ms', '--agent-reregister-timeout', '20s'],
      ]);
      programs.set(node, program);
    },
  };
  for (const node of nodes) masters.start(node);
  await allThere(masters);
  return masters;
}

async function rowsOf({ all }: Masters): Promise<readonly Row[]> {
  const { stdout } = await messor('masters', '--json', '--master', all);
  return stdout === '' ? [] : (JSON.parse(stdout) as { readonly masters: readonly Row[] }).masters;
}

function leaderOf(masters: Masters): Promise<string> {
  return eventually('a master leads', async () => {
    return (await rowsOf(masters)).find(({ role }) => role === 'leader')?.master;
  });
}

/** One leads, and all others that run follow. */
async function allThere(masters: Masters): Promise<void> {
  await eventually('all masters agree', async () => {
    const rows = (await rowsOf(masters)).filter(
      ({ state }) => state === 'leads' || state === 'follows',
    );
    const nodes = rows.map(({ master }) => master).sort();
    const hasLeader = rows.some(({ role }) => role === 'leader');
    return hasLeader && nodes.join() === [...masters.programs.keys()].sort().join()
      ? true
      : undefined;
  });
}

function messor(...words: string[]): Promise<Outcome> {
  return runProgram('bin/messor', words);
}
