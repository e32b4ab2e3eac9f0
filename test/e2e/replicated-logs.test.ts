/** A replicated log on real masters: the leader is killed during appends, and nothing is lost or doubled. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../../bin/free-ports.ts';
import { connect, openLog, type ReplicatedLog } from '../../bin/sdk.ts';
import { type Afterwards, eventually, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';
import { bytesOf, textOf } from '../kit/replicated-log-suite.ts';

describe('replicated logs', () => {
  test('the leader of a log is killed during appends: each is there once, for who reads and who follows', async (context) => {
    const { masters, kill } = await startMasters(context);
    const node = await connect({ master: masters });
    context.after(() => node.close());
    const log = await openLog(node, 'ops/ledger', { create: true, holder: 'the test' });
    const writer = await log.becomeWriter();

    const followed: string[] = [];
    const leaving = new AbortController();
    const following = (async () => {
      for await (const entry of log.follow(0, { signal: leaving.signal })) {
        followed.push(textOf(entry));
      }
    })();

    const texts = Array.from({ length: 600 }, (_, index) => `entry ${index}`);
    const positions: Promise<number>[] = [];
    for (const [index, text] of texts.entries()) {
      positions.push(writer.append(bytesOf(text)));
      if (index === 200) await kill((await log.describe()).leader);
      if (index % 10 === 0) await pause(5);
    }
    const acknowledged = await Promise.all(positions);
    const entries = await readAll(log);
    deepEqual(entries.map(textOf), texts);
    deepEqual(
      entries.map(({ position }) => position),
      acknowledged,
    );
    await eventually(
      'the follower has all',
      async () => followed.length >= texts.length || undefined,
    );
    deepEqual(followed, texts);
    leaving.abort();
    await following;

    const shown = await messor('replicated-logs', 'show', 'ops/ledger', '--master', masters);
    equal(shown.exitCode, 0, shown.stderr);
    match(shown.stdout, /WRITER +the test, epoch \d+/);
  });

  test('the command line lists, creates and removes', async (context) => {
    const { masters } = await startMasters(context);
    const created = await messor('replicated-logs', 'create', 'ops/a', '--master', masters);
    equal(created.exitCode, 0, created.stderr);
    await eventually('all masters keep it', async () => {
      const { stdout } = await messor('replicated-logs', '--master', masters);
      match(stdout, /^ops\/a .* [1-3] of 3 masters keep it$/m);
      return / 3 of 3 /.test(stdout) || undefined;
    });
    const json = await messor('replicated-logs', '--json', '--master', masters);
    ok(
      (JSON.parse(json.stdout) as { logs: readonly { name: string }[] }).logs[0]?.name === 'ops/a',
    );
    const removed = await messor('replicated-logs', 'remove', 'ops/a', '--master', masters);
    equal(removed.exitCode, 0, removed.stderr);
    const gone = await messor('replicated-logs', 'show', 'ops/a', '--master', masters);
    equal(gone.exitCode, 1);
    match(gone.stderr, /Cannot find log "ops\/a": there is none; create it/);
    const unnamed = await messor('replicated-logs', 'create', 'a', '--master', masters);
    equal(unnamed.exitCode, 2);
  });
});

async function startMasters(context: Afterwards) {
  const directory = await temporaryDirectory(context);
  const nodes = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
  const masters = nodes.join(',');
  const programs = nodes.map((node, index) =>
    startProgram(context, 'bin/node', [
      ...['--role', 'master', '--port', `${node.split(':')[1]}`, '--masters', masters],
      ...['--registry', `raft:${join(directory, `${index}`)}`],
    ]),
  );
  await eventually('three masters vote', async () => {
    const { stdout } = await messor('masters', '--json', '--master', masters);
    const rows =
      stdout === '' ? [] : (JSON.parse(stdout) as { masters: { state: string }[] }).masters;
    return rows.filter(({ state }) => /leads|follows/.test(state)).length === 3 || undefined;
  });
  return {
    masters,
    kill: async (node: string) => {
      const program = programs[nodes.indexOf(node)];
      ok(program !== undefined, `${node} is one of the masters`);
      await program.end('SIGKILL');
    },
  };
}

async function readAll(log: ReplicatedLog) {
  const entries: Awaited<ReturnType<ReplicatedLog['read']>>['entries'][number][] = [];
  for (let from = 0; ; ) {
    const page = await log.read(from);
    entries.push(...page.entries);
    if (page.next > page.ending) return entries;
    from = page.next;
  }
}

function messor(...words: string[]) {
  return runProgram('bin/messor', words);
}
