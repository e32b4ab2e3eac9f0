/** `messor log` on the directory of a real master: while it runs, after it, and anew from a dump. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Outcome, runProgram, startProgram } from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

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
  const raw = (await log('dump', '--raw', directory)).stdout;
  const dump = join(directory, '../dump.jsonl');
  await writeFile(dump, (await log('dump', directory)).stdout);
  const anew = join(directory, '../anew');
  const restored = await log('restore', '--address', master.node, anew, dump);
  equal(restored.exitCode, 0, restored.stderr);
  match(restored.stdout, new RegExp(`Member +1 at ${master.node}, the only one`));
  match(restored.stderr, /This is another cluster than the one that was dumped/);
  deepEqual(entriesOf((await log('dump', '--raw', anew)).stdout), entriesOf(raw));

  const again = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', master.port, '--registry', `raft:${anew}`],
  ]);
  await again.untilPrinted(/This master leads/);
  await again.end();
  equal((await log('verify', anew)).exitCode, 0);

  const twice = await log('restore', '--address', master.node, anew, dump);
  equal(twice.exitCode, 5);
  match(twice.stderr, /it is not empty/);
});

test('damage is named with its file and place, and what to do', async (context) => {
  const { directory, master } = await loneMaster(context);
  await master.end();
  const file = await open(join(directory, 'wal-0000000001'), 'r+');
  await file.write('damage', 300);
  await file.close();
  const verified = await log('verify', directory);
  equal(verified.exitCode, 1);
  match(verified.stdout, /^wal-0000000001, offset \d+: the frame there .*; leave the directory/);
  equal((await log('inspect', directory)).exitCode, 0);
  const dumped = await log('dump', directory);
  equal(dumped.exitCode, 5);
  equal(dumped.stdout, '');
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

async function loneMaster(context: TestContext) {
  const directory = join(await temporaryDirectory(context), 'registry');
  const master = startProgram(context, 'bin/node', [
    ...['--role', 'master', '--port', '0', '--registry', `raft:${directory}`],
  ]);
  const [, node = '', port = ''] = await master.untilPrinted(/^Master at (\S+:(\d+))$/m);
  await master.untilPrinted(/This master leads/);
  return { directory, master: { ...master, node, port } };
}

function log(...flags: readonly string[]): Promise<Outcome> {
  return runProgram('bin/messor', ['log', ...flags]);
}

function entriesOf(dump: string): readonly string[] {
  return dump.split('\n').filter((line) => line.startsWith('{"line":"entry"'));
}
