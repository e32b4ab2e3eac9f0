/** The posix launcher with real processes: the same sentences hold for every program it can use. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';
import type { CommandInfo, EnvironmentVariable } from '../../../../actors/protocol/task.ts';
import { marked, program, RealLauncher, shell, until, ZYGOTES } from './real-launcher.ts';

for (const [name, zygote] of ZYGOTES) {
  const story = (sentence: string, tell: (launcher: RealLauncher) => Promise<void>) =>
    test(`${name}: ${sentence}`, { timeout: 60_000 }, async (context) => {
      const launcher = await RealLauncher.start(zygote);
      context.after(() => launcher.close());
      await tell(launcher);
    });

  story('exit codes are told', async (launcher) => {
    deepEqual(await launcher.ended(launcher.launch(program('true'))), {
      kind: 'exited',
      exitCode: 0,
    });
    deepEqual(await launcher.ended(launcher.launch(shell('exit 3'))), {
      kind: 'exited',
      exitCode: 3,
    });
  });

  story('the signal that ended a program is told', async (launcher) => {
    deepEqual(await launcher.ended(launcher.launch(shell('kill -KILL $$'))), {
      kind: 'signalled',
      signal: 'SIGKILL',
    });
  });

  story(
    'a missing program exits with 127, one that may not be executed with 126',
    async (launcher) => {
      deepEqual(await launcher.ended(launcher.launch(program('/no/such/program'))), {
        kind: 'exited',
        exitCode: 127,
      });
      deepEqual(await launcher.ended(launcher.launch(program('/etc/passwd'))), {
        kind: 'exited',
        exitCode: 126,
      });
    },
  );

  story('output is appended to stdout and stderr in the sandbox', async (launcher) => {
    await launcher.ended(launcher.launch(shell('echo one; echo two >&2')));
    await launcher.ended(launcher.launch(shell('echo three')));
    equal(await launcher.file('stdout'), 'one\nthree\n');
    equal(await launcher.file('stderr'), 'two\n');
  });

  story('what looks at a task writes nothing to its standard output', async (launcher) => {
    const output = 'stderr';
    await launcher.ended(launcher.launch(shell('echo one; echo two >&2'), { output }));
    const end = await launcher.ended(launcher.launch(program('echo', 'thr ee', "'$x"), { output }));
    deepEqual(end, { kind: 'exited', exitCode: 0 });
    equal(await launcher.file('stdout'), '');
    equal(await launcher.file('stderr'), "one\ntwo\nthr ee '$x\n");
  });

  story('a sandbox that is missing is the reason why nothing starts', async (launcher) => {
    const end = await launcher.ended(launcher.launch(program('true'), { sandbox: '/no/sandbox' }));
    equal(end.kind, 'notStarted');
    ok(end.kind === 'notStarted');
    match(end.cause, /sandbox/);
  });

  story(
    'a sandbox that can not be written to is the reason why nothing starts',
    async (launcher) => {
      const sandbox = join(launcher.workDirectory, 'sandbox');
      mkdirSync(join(sandbox, 'stdout'), { recursive: true });
      const end = await launcher.ended(launcher.launch(program('true'), { sandbox }));
      equal(end.kind, 'notStarted');
    },
  );

  story('a command that no system call takes is refused with a reason', async (launcher) => {
    const faults = [
      launcher.launch(program('true', 'a\0b')),
      launcher.launch(program('')),
      launcher.launch(program('true'), { environment: [{ name: 'A=B', value: '' }] }),
      launcher.launch(program('true'), { environment: [{ name: 'A', value: '\0' }] }),
    ];
    for (const fault of faults) equal((await launcher.ended(fault)).kind, 'notStarted');
  });

  story(
    'a program has nothing of the agent: not its environment, input, signals or files',
    async (launcher) => {
      const container = launcher.launch(
        shell(
          'env | sort; cat; grep -E "Sig(Ign|Blk)" /proc/self/status; ls /proc/$$/fd >files; grep -x . files; pwd',
        ),
        { environment: [{ name: 'ONE', value: '1' }] },
      );
      await launcher.ended(container);
      const directory = launcher.workDirectory;
      deepEqual((await launcher.file('stdout')).trimEnd().split('\n'), [
        `MESSOR_CONTAINER_ID=${container}`,
        'ONE=1',
        'PATH=/usr/bin:/bin',
        `PWD=${directory}`,
        'SigBlk:\t0000000000000000',
        'SigIgn:\t0000000000000000',
        '0',
        '1',
        '2',
        directory,
      ]);
    },
  );

  story(
    'arguments and variables arrive as they were given, whatever is in them',
    async (launcher) => {
      const text = fc.string({ unit: 'binary', maxLength: 20 }).map(storable);
      const variable = fc.record({
        name: fc.oneof(
          fc.constantFrom('IFS', 'PS1', 'OPTIND', '_', 'c', 'i', 'LINENO', 'PPID', 'ENV'),
          text.filter((one) => one !== '' && !one.includes('=')),
        ),
        value: text,
      });
      const output = async (command: CommandInfo, environment: readonly EnvironmentVariable[]) => {
        const sandbox = join(launcher.workDirectory, `it's "$HOME" \n ${++boxes}`);
        mkdirSync(sandbox);
        const container = launcher.launch(command, { environment, sandbox });
        deepEqual(await launcher.ended(container), { kind: 'exited', exitCode: 0 });
        const file = join(sandbox, 'stdout').slice(launcher.workDirectory.length + 1);
        return (await launcher.file(file)).split('\0').slice(0, -1);
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(text, { minLength: 1, maxLength: 4 }),
          fc.uniqueArray(variable, { maxLength: 4, selector: ({ name: one }) => one }),
          async (words, environment) => {
            deepEqual(await output(program('printf', '%s\\0', ...words), []), words);
            const lines = await output(program('env', '-0'), environment);
            for (const one of environment) ok(lines.includes(`${one.name}=${one.value}`));
          },
        ),
        { numRuns: 50 },
      );
    },
  );

  story(
    'variables with odd names and values reach a program that is no shell',
    async (launcher) => {
      const environment = [
        { name: 'a.b-c d', value: 'it\'s "\n\t$x `y` \\ \u0081\u0088 ü 💥' },
        { name: 'IFS', value: ' ' },
        { name: 'OPTIND', value: 'abc' },
        { name: 'c', value: 'd' },
        { name: "'", value: '' },
      ];
      await launcher.ended(launcher.launch(program('env', '-0'), { environment }));
      const lines = (await launcher.file('stdout')).split('\0');
      for (const { name: one, value } of environment) ok(lines.includes(`${one}=${value}`), one);
    },
  );

  story('an argument of 100 000 characters arrives', async (launcher) => {
    const long = "x'".repeat(50_000);
    await launcher.ended(launcher.launch(program('printf', '%s', long)));
    equal(await launcher.file('stdout'), long);
  });

  story('a kill is SIGTERM first, and a program may end in its own way', async (launcher) => {
    const container = launcher.launch(
      shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"),
    );
    await until(async () => (await launcher.file('stdout').catch(() => '')) === 'ready\n');
    launcher.kill(container, 30_000);
    deepEqual(await launcher.ended(container), { kind: 'exited', exitCode: 7 });
  });

  story(
    'a program that does not want to end is killed after its grace period',
    async (launcher) => {
      const container = launcher.launch(
        shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"),
      );
      await until(async () => (await launcher.file('stdout').catch(() => '')) === 'ready\n');
      launcher.kill(container, 50);
      deepEqual(await launcher.ended(container), { kind: 'signalled', signal: 'SIGKILL' });
      await until(async () => (await marked(container)).length === 0);
    },
  );

  story('a second kill with a shorter grace period hastens the end', async (launcher) => {
    const container = launcher.launch(
      shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"),
    );
    await until(async () => (await launcher.file('stdout').catch(() => '')) === 'ready\n');
    launcher.kill(container, 3_600_000);
    launcher.kill(container, 0);
    deepEqual(await launcher.ended(container), { kind: 'signalled', signal: 'SIGKILL' });
  });

  story('a kill reaches the whole tree, and those who left the session too', async (launcher) => {
    const container = launcher.launch(
      shell(
        'sleep 1000 & setsid sleep 1000 & (setsid sh -c "sleep 1000 & wait" &); echo ready; wait',
      ),
    );
    await until(async () => (await marked(container)).length >= 5);
    launcher.kill(container, 60_000);
    equal((await launcher.ended(container)).kind, 'signalled');
    await until(async () => (await marked(container)).length === 0);
  });

  story(
    'a child that cleared its environment and left the group dies with the tree',
    async (launcher) => {
      const container = launcher.launch(shell('env -i setsid -w sleep 1000 & echo $!; wait'));
      const printed = async () => (await launcher.file('stdout').catch(() => '')).trim();
      await until(async () => (await printed()) !== '');
      await until(async () => (await commandOf(Number(await printed()))).startsWith('sleep'));
      const child = Number(await printed());
      launcher.kill(container, 60_000);
      await launcher.ended(container);
      await until(async () => (await commandOf(child)) === '');
    },
  );

  story('nothing of a program stays when it has ended by itself', async (launcher) => {
    const container = launcher.launch(
      shell('sleep 1000 & setsid sleep 1000 & (setsid setsid sleep 1000 &) ; exit 0'),
    );
    deepEqual(await launcher.ended(container), { kind: 'exited', exitCode: 0 });
    await until(async () => (await marked(container)).length === 0);
  });

  story('a program that signals its own process group hits nobody else', async (launcher) => {
    const other = launcher.launch(program('sleep', '1000'));
    await launcher.started(other);
    equal((await launcher.ended(launcher.launch(shell('kill -TERM 0')))).kind, 'signalled');
    deepEqual(await launcher.ended(launcher.launch(program('true'))), {
      kind: 'exited',
      exitCode: 0,
    });
    await until(async () => (await marked(other)).length === 1);
    launcher.kill(other, 0);
    await launcher.ended(other);
  });

  story('a launch that is killed at once never is left running', async (launcher) => {
    const containers = Array.from({ length: 20 }, () => {
      const container = launcher.launch(program('sleep', '1000'));
      launcher.kill(container, 1000);
      return container;
    });
    for (const container of containers) await launcher.ended(container);
    for (const container of containers) deepEqual(await marked(container), []);
  });

  story('400 programs at a time are all told of', async (launcher) => {
    const containers = Array.from({ length: 400 }, (_, index) =>
      launcher.launch(shell(`exit ${index % 100}`)),
    );
    const ends = await Promise.all(containers.map((container) => launcher.ended(container)));
    deepEqual(
      ends.map((end) => (end.kind === 'exited' ? end.exitCode : -1)),
      containers.map((_, index) => index % 100),
    );
  });

  story(
    'when the launcher process dies, what it ran is ended and what is new is started',
    async (launcher) => {
      const container = launcher.launch(shell('echo $PPID; sleep 1000 & wait'));
      await launcher.started(container);
      const zygoteId = await zygoteOf(launcher);
      process.kill(zygoteId, 'SIGKILL');
      // What the dying one was ordered may not have been started, and is then reported so.
      await until(async () => {
        const end = await launcher.ended(launcher.launch(program('true')));
        return end.kind === 'exited' && end.exitCode === 0;
      });
      // Where the launcher process is a shell, each program has another one that keeps it.
      if (name === 'shell') launcher.kill(container, 1000);
      const end = await launcher.ended(container);
      equal(end.kind, name === 'shell' ? 'signalled' : 'unknown');
      await until(async () => (await marked(container)).length === 0);
    },
  );

  test(`${name}: tasks outlive the agent, and its next life ends them and nobody else`, {
    timeout: 60_000,
  }, async (context) => {
    const first = await RealLauncher.start(zygote);
    const container = first.launch(shell('setsid sleep 1000 & sleep 1000'));
    const over = first.launch(shell('exit 0'));
    await first.started(container);
    await first.ended(over);
    await until(async () => (await marked(container)).length >= 2);
    await first.abandon();
    ok((await marked(container)).length >= 2);

    const second = await RealLauncher.start(zygote, first.workDirectory);
    context.after(() => second.close());
    equal(second.leftoverCount, 1);
    deepEqual(await marked(container), []);
    deepEqual(await second.ended(second.launch(program('true'))), { kind: 'exited', exitCode: 0 });
  });
}

for (const [name, zygote] of ZYGOTES) {
  test(`${name}: the next life of the agent goes on with what it wants to keep`, {
    timeout: 60_000,
  }, async (context) => {
    const first = await RealLauncher.start(zygote);
    const runs = first.launch(shell('while [ ! -e go ]; do sleep 0.01; done; exit 7'));
    const meanwhile = first.launch(shell('while [ ! -e end ]; do sleep 0.01; done; exit 3'));
    const unwanted = first.launch(program('sleep', '1000'));
    const killed = first.launch(program('sleep', '1000'));
    const all = [runs, meanwhile, unwanted, killed];
    const processIds = await Promise.all(all.map((container) => first.started(container)));
    await first.abandon();
    writeFileSync(join(first.workDirectory, 'end'), '');
    await until(async () => (await marked(meanwhile)).length === 0);

    const keep = [runs, meanwhile, killed, 'never' as ContainerId];
    const second = await RealLauncher.start(zygote, first.workDirectory, keep);
    context.after(() => second.close());
    deepEqual(await second.ended(meanwhile), { kind: 'exited', exitCode: 3 });
    const never = await second.ended('never' as ContainerId);
    ok(never.kind === 'notStarted' && never.orderLost);
    equal(await second.started(runs), processIds[0]);
    deepEqual(await marked(unwanted), []);
    second.kill(killed, 10_000);
    deepEqual(await second.ended(killed), { kind: 'signalled', signal: 'SIGTERM' });
    writeFileSync(join(first.workDirectory, 'go'), '');
    deepEqual(await second.ended(runs), { kind: 'exited', exitCode: 7 });
    for (const container of all) second.settle(container);
    const directory = join(second.workDirectory, 'meta', 'launcher');
    await until(async () => (await readdir(directory)).length === 2);
  });
}

let boxes = 0;

/** Without NUL, and as it comes back from a file. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString('utf8');
}

async function commandOf(processId: number): Promise<string> {
  return (await readFile(`/proc/${processId}/cmdline`, 'utf8').catch(() => '')).replaceAll(
    '\0',
    ' ',
  );
}

/** The process whose journal is open: found by its files, for it has no other name. */
async function zygoteOf(launcher: RealLauncher): Promise<number> {
  const journals = join(launcher.workDirectory, 'meta', 'launcher');
  const candidates: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const target = await readlink(`/proc/${name}/fd/4`).catch(() => '');
    if (target.startsWith(journals)) candidates.push(Number(name));
  }
  return Math.min(...candidates);
}
