/** Launcher processes and what they write: reports, and what journals leave open. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { perlZygote } from '../../../../actors/agent/launcher/perl-zygote.ts';
import { readJournal } from '../../../../actors/agent/launcher/posix-machine.ts';
import { quote, shellZygote } from '../../../../actors/agent/launcher/shell-zygote.ts';
import { signalName } from '../../../../actors/agent/launcher/signals.ts';
import { parseReport, startZygote } from '../../../../actors/agent/launcher/zygote.ts';
import { programCommand } from '../../../../actors/framework/describe.ts';
import type { ContainerId } from '../../../../actors/protocol/ids.ts';

test('a report is one line of words', () => {
  deepEqual(parseReport('s c-1 42 1000'), {
    kind: 'started',
    containerId: 'c-1',
    processId: 42,
    launchedMs: 1000,
  });
  deepEqual(parseReport('e c-1 exit 3'), { kind: 'exited', containerId: 'c-1', exitCode: 3 });
  deepEqual(parseReport('e c-1 signal 9'), { kind: 'signalled', containerId: 'c-1', signal: 9 });
  deepEqual(parseReport('x c-1 no more  processes'), {
    kind: 'notStarted',
    containerId: 'c-1',
    cause: 'no more  processes',
  });
});

test('a torn line is no report', () => {
  for (const line of ['', 's', 's c-1', 's c-1 42', 'e c-1 exit', 'e c-1 exit x', 'q c-1 1 2']) {
    equal(parseReport(line), undefined, line);
  }
});

test('journals leave open what was started and did not end, and remember what ended', () => {
  const journal =
    's a 1 100\ns b 2 200\ne a exit 0\ns c 3 300\nx d why\nx e no\ns e 5 500\ne b sig';
  const notStarted = (cause: string) => ({ kind: 'notStarted', cause });
  deepEqual(readJournal(journal), {
    left: [
      { containerId: 'a', processId: 1, launchedMs: 100, end: { kind: 'exited', exitCode: 0 } },
      { containerId: 'b', processId: 2, launchedMs: 200, end: undefined },
      { containerId: 'c', processId: 3, launchedMs: 300, end: undefined },
      { containerId: 'd', processId: undefined, launchedMs: 0, end: notStarted('why') },
      { containerId: 'e', processId: 5, launchedMs: 500, end: notStarted('no') },
    ],
    finished: false,
  });
  equal(readJournal('s a 1 100\nq\ne a exit 0\n').finished, true);
});

test('only plain words go to a shell without quotes', () => {
  deepEqual(['a/b.c-1', '', '~', "it's", 'a b', '$x', '\n'].map(quote), [
    'a/b.c-1',
    "''",
    "'~'",
    "'it'\\''s'",
    "'a b'",
    "'$x'",
    "'\n'",
  ]);
});

test('where a program is missing the launcher process that needs it is not to be had', () => {
  const without = (missing: string) => (name: string) =>
    name === missing ? undefined : `/bin/${name}`;
  equal(perlZygote(without('perl')), undefined);
  equal(shellZygote(without('setsid')), undefined);
  equal(shellZygote(without('env')), undefined);
  equal(shellZygote(without('dash'))?.executable, '/bin/sh');
});

test('signals have the names that people know', () => {
  deepEqual([9, 15, 6, 40].map(signalName), ['SIGKILL', 'SIGTERM', 'SIGABRT', 'signal 40']);
});

test('the end of a program is told also when the signal of it is missed', async () => {
  const perl = perlZygote();
  ok(perl !== undefined, 'every Debian has perl');
  const directory = mkdtempSync(join(tmpdir(), 'messor-zygote-'));
  const files = { journal: join(directory, 'journal'), reports: join(directory, 'reports') };
  execFileSync('mkfifo', [files.reports]);
  // As if each signal came in the moment in which perl doesn't hear it.
  const deaf = {
    ...perl,
    executable: '/usr/bin/env',
    arguments: ['--block-signal=CHLD', perl.executable, ...perl.arguments],
  };
  const zygote = startZygote(deaf, files);
  // A launcher process keeps nobody awake.
  const awake = setInterval(() => {}, 1000);
  try {
    const containerId = 'c-1' as ContainerId;
    const command = programCommand(['/bin/true']);
    zygote.launch({ containerId, command, environment: [], sandbox: directory, launchedMs: 0 });
    const kinds: string[] = [];
    while (!kinds.includes('exited')) {
      const { reports, closed } = await zygote.nextReports();
      kinds.push(...reports.map(({ kind }) => kind));
      ok(!closed, 'the launcher process goes on');
    }
    deepEqual(kinds, ['started', 'exited']);
  } finally {
    zygote.finish();
    await zygote.exited;
    clearInterval(awake);
    rmSync(directory, { recursive: true });
  }
});
