/**
 * What people do wrong and what is missing: each is told in a sentence, with the right exit code, and
 * nothing hangs.
 */
import { equal, match } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import { eventually, lastFirst, runProgram, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

describe('what people do wrong, and what is missing', { concurrency: 3 }, () => {
  test('an unknown flag, a bad value and an unknown command exit with 2', async () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      [
        'bin/node',
        ['--role', 'agent', '--prot', '1'],
        /Unknown flag "--prot"; did you mean --port\?/,
      ],
      ['bin/node', ['--role', 'agent', '--resources', 'cpus'], /Cannot use --resources "cpus": /],
      ['bin/node', ['--role', 'framework'], /Name the framework to run: --module/],
      ['bin/node', ['--role', 'framework', '--module', 'x'], /Cannot load --module "x": /],
      ['bin/messor', ['taks'], /Unknown command "taks"; did you mean tasks\?/],
      ['bin/messor', ['run', '--cpus', '-1', '--', 'true'], /Cannot use --cpus "-1": /],
      ['bin/messor', ['run'], /Missing required argument "CMD"/],
      ['bin/messor', ['tasks', '--master', 'a b'], /Cannot use --master "a b": /],
      ['bin/messor', ['help', 'taks'], /Unknown command "taks"; did you mean tasks\?/],
      [
        'bin/messor',
        ['run', '--', ''],
        /^messor: Cannot run an empty command: name a program, as in echo hello$/m,
      ],
      ['bin/messor', [], /Usage: messor/],
    ];
    const outcomes = await Promise.all(cases.map(([program, flags]) => runProgram(program, flags)));
    for (const [index, { exitCode, stderr }] of outcomes.entries()) {
      match(stderr, cases[index]?.[2] ?? /never/);
      equal(exitCode, 2, stderr);
    }
  });

  test('a log level that is none is refused by the command line, too', async () => {
    const environment = { MESSOR_LOG_LEVEL: 'loud' };
    const { exitCode, stderr } = await runProgram('bin/messor', ['agents'], { environment });
    match(stderr, /Cannot use MESSOR_LOG_LEVEL "loud": it must be one of trace, /);
    equal(exitCode, 2);
  });

  test('help and version are no faults', async () => {
    for (const [program, flags, printed] of [
      ['bin/node', ['--help'], /--agent-ping-timeout <DURATION>/],
      ['bin/messor', ['run', '--help'], /Examples:/],
      ['bin/messor', ['help', 'run'], /^Usage: messor run [\s\S]*Examples:/],
      ['bin/messor', ['help'], /^Usage: messor \[/],
      ['bin/node', ['help'], /--agent-ping-timeout <DURATION>/],
      ['bin/messor', ['--version'], /^\d+\.\d+\.\d+/],
    ] as const) {
      const { exitCode, stdout } = await runProgram(program, flags);
      match(stdout, printed);
      equal(exitCode, 0);
    }
  });

  test('without a master, the command line says so within seconds and exits with 3', async () => {
    const { exitCode, stderr } = await runProgram('bin/messor', [
      'tasks',
      '--master',
      '127.0.0.1:1',
    ]);
    match(
      stderr,
      /^messor: Cannot reach a master at 127\.0\.0\.1:1: nothing listens there \(connection refused\); start one with bin\/node --role master, or name it with --master$/m,
    );
    equal(exitCode, 3);
  });

  test('a program that is no master is given up at the deadline, with exit code 3', async (context) => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    context.after(() => new Promise<void>((resolve) => silent.close(() => resolve())));
    const { port } = silent.address() as { port: number };
    const { exitCode, stderr } = await runProgram('bin/messor', [
      'agents',
      ...['--master', `127.0.0.1:${port}`, '--answer-timeout', '500ms'],
    ]);
    match(stderr, /Cannot reach a master at 127\.0\.0\.1:\d+: /);
    equal(exitCode, 3);
  });

  test('a busy port ends a node with 4, and the sentence names the flag', async (context) => {
    const first = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
    const [, port = ''] = await first.untilPrinted(/^Master at 127\.0\.0\.1:(\d+)$/m);
    const { exitCode, stderr } = await runProgram('bin/node', ['--role', 'master', '--port', port]);
    match(
      stderr,
      /Cannot listen on 127\.0\.0\.1:\d+: the port is in use; choose another port with --port/,
    );
    equal(exitCode, 4);
  });

  test('an address of another machine ends a node with 4', async () => {
    const flags = ['--role', 'master', '--port', '0', '--listen-address', '203.0.113.1'];
    const { exitCode, stderr } = await runProgram('bin/node', flags);
    match(stderr, /Cannot listen on 203\.0\.113\.1:0: this machine has no such address/);
    equal(exitCode, 4);
  });

  test('a work directory that cannot be made ends an agent with 5', async (context) => {
    const directory = await temporaryDirectory(context);
    const file = join(directory, 'file');
    await writeFile(file, '');
    const flags = ['--role', 'agent', '--port', '0', '--work-dir', join(file, 'work')];
    const { exitCode, stderr } = await runProgram('bin/node', flags);
    match(stderr, /Cannot use the work directory ".*file\/work": .*ENOTDIR/);
    equal(exitCode, 5);
  });

  test('a work directory that another agent uses ends an agent with 5', async (context) => {
    const directory = await temporaryDirectory(context);
    const flags = ['--role', 'agent', '--port', '0', '--work-dir', directory];
    const first = startProgram(context, 'bin/node', flags);
    await first.untilPrinted(/^Agent at /m);
    const { exitCode, stderr } = await runProgram('bin/node', flags);
    match(
      stderr,
      /the agent with process id \d+ uses it; give each agent a work directory of its own/,
    );
    equal(exitCode, 5);
  });

  test('a full disk ends an agent with 5, and fails or refuses tasks where it fills later', async (context) => {
    const disk = await temporaryDirectory(context);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
    if (mounted.status !== 0) {
      context.skip('only who may mount a file system has a small disk');
      return;
    }
    lastFirst(context, async () => void spawnSync('umount', ['--lazy', disk]));
    const fill = () => writeFile(join(disk, 'filling'), Buffer.alloc(2 ** 22)).catch(() => {});

    await fill();
    const flags = ['--role', 'agent', '--port', '0', '--work-dir', join(disk, 'work')];
    const refused = await runProgram('bin/node', flags);
    match(refused.stderr, /Cannot use the work directory ".*": ENOSPC.*; give a directory/);
    equal(refused.exitCode, 5);

    await rm(join(disk, 'filling'));
    const node = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
    const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    await startProgram(context, 'bin/node', agentFlags(master, join(disk, 'work'))).untilPrinted(
      /Registered as/,
    );
    await fill();
    const { exitCode, stdout } = await runProgram('bin/messor', [
      ...['run', '--master', master, '--', 'sh', '-c', 'echo more than there is room for'],
    ]);
    // Refused, if there was no time to hold space back for what becomes of them.
    match(stdout, /(FAILED|DROPPED): /);
    equal(exitCode, 1);
  });

  test('a full disk keeps a master from writing, and costs nothing that it has acknowledged', async (context) => {
    const disk = await temporaryDirectory(context);
    const size = (kibibytes: number, more = '') =>
      spawnSync('mount', ['-t', 'tmpfs', '-o', `${more}size=${kibibytes}k`, 'tmpfs', disk]);
    if (size(16_400).status !== 0) {
      context.skip('only who may mount a file system has a small disk');
      return;
    }
    lastFirst(context, async () => void spawnSync('umount', ['--lazy', disk]));
    const [port] = await freePorts(1);
    const node = `127.0.0.1:${port}`;
    const registry = `raft:${join(disk, 'log')}`;
    const flags = ['--role', 'master', '--port', `${port}`, '--registry', registry];
    const start = () => startProgram(context, 'bin/node', flags);

    // Room for one segment of the log, and not for the first snapshot: no cluster begins.
    const refused = await runProgram('bin/node', flags);
    match(refused.stderr, /Cannot found the cluster: .*ENOSPC.*; make space on the disk/);
    equal(refused.exitCode, 1);
    size(40 * 1024, 'remount,');
    const first = start();
    await first.untilPrinted(/This master leads/);
    const work = await temporaryDirectory(context);
    const agent = startProgram(context, 'bin/node', [
      ...agentFlags(node, work),
      ...['--registration-backoff-factor', '50ms'],
    ]);
    const [, agentId = ''] = await agent.untilPrinted(/Registered as ([\w-]+)/);
    await first.end('SIGKILL');

    // As when the log has grown into its last segment.
    await rm(join(disk, 'log', 'wal-0000000002'));
    await writeFile(join(disk, 'filling'), Buffer.alloc(22 * 2 ** 20));
    const second = start();
    await second.untilPrinted(/The disk of the log in .* is nearly full: nothing is written/);
    // Who is to be admitted has to be written: if it leads, it leads no longer then.
    const other = startProgram(context, 'bin/node', [
      ...agentFlags(node, await temporaryDirectory(context)),
      ...['--registration-backoff-factor', '50ms'],
    ]);
    await eventually('nobody leads', async () => {
      const flags = ['agents', '--master', node, '--answer-timeout', '1s'];
      return (await runProgram('bin/messor', flags)).exitCode === 3 || undefined;
    });
    await rm(join(disk, 'filling'));
    await second.untilPrinted(/The disk of the log in .* has room again/);
    await second.untilPrinted(/This master leads/);
    await agent.untilPrinted(new RegExp(`Registered again as ${agentId}`));
    await other.untilPrinted(/Registered as/);
    equal((await runProgram('bin/messor', ['log', 'verify', join(disk, 'log')])).exitCode, 0);
  });

  test('a node of another cluster is refused, and told why', async (context) => {
    const node = startProgram(context, 'bin/node', ['--role', 'master', '--port', '0']);
    const [, master = ''] = await node.untilPrinted(/^Master at (\S+)$/m);
    const flags = ['state', '--master', master, '--cluster', 'other'];
    const { exitCode, stderr } = await runProgram('bin/messor', flags);
    match(
      stderr,
      /^messor: Cannot reach a master at \S+: .* to cluster "other"; give both the same cluster name, or dial another node$/m,
    );
    equal(exitCode, 3);
  });

  test('who reads slowly gets all of the output', async (context) => {
    const door = new URL('../../bin/door.ts', import.meta.url).href;
    const script = `import('${door}').then(({ openDoor }) => openDoor('messor', async () => {
      process.stdout.write('x'.repeat(4_000_000));
      return 'ok';
    }))`;
    const flags = ['--import', import.meta.resolve('tsx'), '-e', script];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    lastFirst(context, async () => void child.kill('SIGKILL'));
    let length = 0;
    for await (const chunk of child.stdout) {
      length += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    equal(length, 4_000_000);
  });

  test('who reads half of the output is no fault', async () => {
    const program = startProgram(ATONCE, 'bin/messor', ['run', '--help']);
    program.process.stdout?.destroy();
    const { exitCode, stderr } = await program.ended;
    equal(stderr, '');
    equal(exitCode, 0);
  });
});

/** For programs that the test itself sees to their end. */
const ATONCE = { after: () => {} };
