/** `messor log` on the directory of a real master: while it runs, after it, and anew from a dump. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import { eventually, type Outcome, runProgram, startProgram } from '../kit/programs.ts';
import { agentFlags, temporaryDirectory } from '../kit/real-agents.ts';

describe('the log of a master', { concurrency: 3 }, () => {
  test('the log of a living master is looked at, and nothing is put in its place', async (context) => {
    const { directory, master } = await loneMaster(context);
    const inspected = JSON.parse((await log('inspect', '--json', directory)).stdout);
    equal(inspected.usedBy, master.processId);
    deepEqual(Object.values(inspected.groups[0].membership.addresses), [master.node]);

    const verified = await log('verify', directory);
    equal(verified.exitCode, 0);
    match(verified.stdout, /^Nothing wrong in .*: registry up to entry \d+\n$/);
    match(verified.stderr, new RegExp(`process ${master.processId} uses this log`));

    const dumped = await log('dump', directory);
    match(dumped.stdout, /"operations":\[\{"type":"recover"/);
    const restored = await log('restore', '--address', 'a:5050', directory, 'none');
    equal(restored.exitCode, 5);
    match(restored.stderr, /Cannot restore a log into ".*": the process \d+ uses it; stop/);
  });

  test('a dump makes the directory of a master that goes on from it', async (context) => {
    const { directory, master } = await loneMaster(context);
    await master.end();
    const dump = join(directory, '../dump.jsonl');
    const [raw, told] = await Promise.all([
      log('dump', '--raw', directory),
      log('dump', directory),
    ]);
    await writeFile(dump, told.stdout);
    const anew = join(directory, '../anew');
    const restored = await log('restore', '--address', master.node, anew, dump);
    equal(restored.exitCode, 0, restored.stderr);
    match(restored.stdout, new RegExp(`Member +1 at ${master.node}, the only one`));
    match(restored.stderr, /This is a new cluster: end the masters of the old one/);
    deepEqual(entriesOf((await log('dump', '--raw', anew)).stdout), entriesOf(raw.stdout));

    const again = startProgram(context, 'bin/node', [
      ...['--role', 'master', '--port', master.port, '--registry', `raft:${anew}`],
    ]);
    await again.untilPrinted(/This master leads/);
    await again.end();
    const twice = await log('restore', '--address', master.node, anew, dump);
    equal(twice.exitCode, 5);
    match(twice.stderr, /it is not empty/);
  });

  test('damage is named with its place and what to do, and what is sound makes a new log', async (context) => {
    const { directory, master } = await loneMaster(context);
    await master.end();
    const { segments } = JSON.parse((await log('inspect', '--json', directory)).stdout);
    const file = await open(join(directory, 'wal-0000000001'), 'r+');
    await file.write('damage', segments[0].usedBytes - 20);
    await file.close();
    const [verified, refused, dumped] = await Promise.all([
      log('verify', directory),
      log('dump', directory),
      log('dump', '--sound', directory),
    ]);
    equal(verified.exitCode, 1);
    match(verified.stdout, /^wal-0000000001, offset \d+: the frame there .*; leave the directory/);
    equal(refused.exitCode, 5);
    equal(refused.stdout, '');
    equal(dumped.exitCode, 0);
    match(dumped.stderr, /Left out: what depends on wal-0000000001, offset \d+: the frame there/);
    const dump = join(directory, '../dump.jsonl');
    await writeFile(dump, dumped.stdout);
    const anew = join(directory, '../anew');
    const restored = await log('restore', '--json', '--address', master.node, anew, dump);
    equal(JSON.parse(restored.stdout).groups[0].group, 'registry');
    equal((await log('verify', anew)).exitCode, 0);
  });

  test('what is no dump leaves nothing behind, and what is no log is said', async (context) => {
    const directory = await temporaryDirectory(context);
    const dump = join(directory, 'dump');
    await writeFile(dump, '{"line":"log","format":1,"clusterId":"c","memberId":1}\n{"line"\n');
    const restored = await log('restore', '--address', 'a:5050', join(directory, 'anew'), dump);
    equal(restored.exitCode, 1);
    match(restored.stderr, /from line 2 of the dump: it is no JSON; give what/);
    deepEqual(await readdir(directory), ['dump']);
    equal(await readFile(dump, 'utf8').then((text) => text.length > 0), true);

    const missing = await log('restore', '--address', 'a', join(directory, 'anew'), 'missing');
    match(missing.stderr, /Cannot read the dump "missing"/);
    deepEqual(await readdir(directory), ['dump']);
    for (const name of [directory, join(directory, 'nowhere')]) {
      const verified = await log('verify', name);
      equal(verified.exitCode, 5);
      match(verified.stderr, /Cannot find a log in/);
    }
    equal((await log('restore', '--address', 'a:1,b:1', directory, dump)).exitCode, 2);
    equal((await log('restore', directory, dump)).exitCode, 2);
  });
});

// By itself: how long an agent waits before it asks again grows with the time that nobody answers.
test('two of three masters are lost for ever, and the third goes on with two new ones', async (context) => {
  const directory = await temporaryDirectory(context);
  const nodes = (await freePorts(4)).map((port) => `127.0.0.1:${port}`);
  const [one = '', two = '', three = '', four = ''] = nodes;
  const old = [one, two, three];
  const start = (node: string, all: readonly string[], name: string) =>
    startProgram(context, 'bin/node', [
      ...['--role', 'master', '--port', node.slice(node.indexOf(':') + 1)],
      ...['--masters', all.join(','), '--registry', `raft:${join(directory, name)}`],
    ]);
  const masters = old.map((node, index) => start(node, old, `old-${index}`));
  const agent = startProgram(context, 'bin/node', [
    ...agentFlags(old.join(','), join(directory, 'work')),
    ...['--registration-backoff-factor', '50ms'],
  ]);
  const [, agentId = ''] = await agent.untilPrinted(/Registered as ([\w-]+)/);
  const run = startProgram(context, 'bin/messor', [
    ...['run', '--master', old.join(','), '--failover-timeout', '1mins', '--', 'sh', '-c'],
    `until [ -e ${directory}/go ]; do sleep 0.1; done`,
  ]);
  await run.untilPrinted(/ RUNNING/);
  await untilAllVote(three);

  // The one that is left is ended as well: two clusters at a time would be one too many.
  await Promise.all(masters.slice(0, 2).map((master) => master.end('SIGKILL')));
  await masters[2]?.end();
  const dump = join(directory, 'dump.jsonl');
  await writeFile(dump, (await log('dump', join(directory, 'old-2'))).stdout);
  const restored = await log('restore', '--address', three, join(directory, 'anew'), dump);
  equal(restored.exitCode, 0, restored.stderr);
  match(restored.stderr, /may bring back|is missing, be it acknowledged or not/);

  const survivor = start(three, [three], 'anew');
  await survivor.untilPrinted(/This master leads/);
  const added = start(four, [three, four], 'added');
  await added.untilPrinted(/There is a cluster at/);
  equal((await runProgram('bin/messor', ['masters', 'add', four, '--master', three])).exitCode, 0);
  await added.untilPrinted(/Fetched a snapshot/);

  const fromTheDead = start(one, old, 'old-0');
  match((await fromTheDead.ended).stderr, /belongs to another cluster/);

  await agent.untilPrinted(new RegExp(`Registered again as ${agentId}`));
  await run.untilPrinted(/The master is back/);
  await writeFile(join(directory, 'go'), '');
  equal((await run.ended).exitCode, 0);
  const content = ['anew', 'added', 'old-0'].map((name) => log('verify', join(directory, name)));
  for (const { exitCode, stdout } of await Promise.all(content)) equal(exitCode, 0, stdout);
});

async function loneMaster(context: TestContext) {
  const directory = join(await temporaryDirectory(context), 'registry');
  const master = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', '0', '--registry', `raft:${directory}`],
  ]);
  const [, node = '', port = ''] = await master.untilPrinted(/^Master at (\S+:(\d+))$/m);
  await master.untilPrinted(/This master leads/);
  return { directory, master: { ...master, node, port } };
}

/** The last to join has heard that all three vote. */
async function untilAllVote(master: string): Promise<void> {
  await eventually('all masters vote', async () => {
    const { stdout } = await runProgram('bin/messor', ['masters', '--master', master]);
    return (stdout.match(/ (leads|follows)$/gm)?.length ?? 0) === 3 || undefined;
  });
}

function log(...flags: readonly string[]): Promise<Outcome> {
  return runProgram('bin/messor', ['log', ...flags]);
}

function entriesOf(dump: string): readonly string[] {
  return dump.split('\n').filter((line) => line.startsWith('{"line":"entry"'));
}
