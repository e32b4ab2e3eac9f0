/**
 * Masters that are started wrongly: on a directory that is not theirs, or under an address that is
 * taken. Each says what is wrong and what to do, exits as the table says, and damages nothing.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { freePorts } from '../../bin/free-ports.ts';
import {
  type Afterwards,
  eventually,
  lastFirst,
  type Program,
  runProgram,
  startProgram,
} from '../kit/programs.ts';
import { temporaryDirectory } from '../kit/real-agents.ts';

const MARKS: readonly string[] = ['lock', 'wal.mark'];
const portOf = (node: string) => node.slice(node.lastIndexOf(':') + 1);

describe('a master that is started wrongly', () => {
  /** Three that were a cluster and have all ended; each test works on a copy. */
  let nodes: readonly string[] = [];
  let kept = '';

  const undone: (() => Promise<void>)[] = [];
  const suite: Afterwards = { after: (undo) => void undone.push(undo) };
  after(async () => {
    for (const undo of undone) await undo();
  });
  before(async () => {
    kept = await temporaryDirectory(suite);
    nodes = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
    const masters = nodes.map((node, index) => start(suite, node, join(kept, `${index}`)));
    await untilAllFollow(nodes);
    for (const master of masters) await master.end();
  });

  function flagsOf(node: string, directory: string, all: readonly string[] = nodes) {
    const flags = ['--role', 'master', '--port', portOf(node), '--masters', all.join(',')];
    return [...flags, '--registry', `raft:${directory}`];
  }

  function start(
    context: Afterwards,
    node: string,
    directory: string,
    all: readonly string[] = nodes,
  ): Program {
    return startProgram(context, 'bin/node', flagsOf(node, directory, all));
  }

  async function copyOf(context: TestContext, index: number): Promise<string> {
    const directory = join(await temporaryDirectory(context), 'log');
    await cp(join(kept, `${index}`), directory, { recursive: true });
    return directory;
  }

  /** It ends by itself as it must, and leaves the directory as it was, but for `news`. */
  async function refused(
    node: string,
    directory: string,
    sentence: RegExp,
    { all = nodes, news = [] }: { all?: readonly string[]; news?: readonly string[] } = {},
  ): Promise<void> {
    const earlier = await sumsOf(directory);
    const { exitCode, stderr } = await runProgram('bin/node', flagsOf(node, directory, all));
    match(stderr, sentence);
    equal(exitCode, 5, stderr);
    const later = (await sumsOf(directory)).filter(
      (line) => !news.includes(line.split(' ')[0] ?? ''),
    );
    deepEqual(later, earlier);
  }

  test('on the directory of another cluster, it ends, and that cluster goes on', async (context) => {
    const [port] = await freePorts(1);
    const other = `127.0.0.1:${port}`;
    const leader = start(context, other, join(await temporaryDirectory(context), 'log'), [other]);
    await leader.untilPrinted(/This master leads/);
    const [node = ''] = nodes;
    await refused(
      node,
      await copyOf(context, 0),
      /The master at \S+ belongs to another cluster: .*; give the directory that belongs/,
      { all: [node, other] },
    );
    const [row] = await rowsOf([other]);
    equal(row?.['state'], 'leads');
    equal((await leader.end()).stderr.includes('leads no longer'), false);
  });

  test('on the directory of another member, or a copy of it, it ends', async (context) => {
    await refused(
      nodes[0] ?? '',
      await copyOf(context, 1),
      new RegExp(`is that of the master at ${nodes[1]}, and this one is at ${nodes[0]}; give each`),
    );
  });

  test('on a directory that a newer version has written, it ends', async (context) => {
    const directory = await copyOf(context, 0);
    const file = join(directory, 'cluster.json');
    const identity = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...identity, formatVersion: 2 }));
    await refused(nodes[0] ?? '', directory, /is of format 2, .*up to 1; start the newer messor/);
  });

  test('on a log that is damaged in its middle, it ends, and cuts nothing off', async (context) => {
    const directory = await copyOf(context, 0);
    const log = await open(join(directory, 'wal-0000000001'), 'r+');
    await log.write('damage', 200);
    await log.close();
    const sentence = /Cannot use the log in .* \(wal-0000000001, offset \d+\); leave the/;
    await refused(nodes[0] ?? '', directory, sentence, { news: ['quarantine.json'] });
    await refused(nodes[0] ?? '', directory, sentence);
  });

  test('on a directory that another process uses, or under its address, it ends', async (context) => {
    const directory = await copyOf(context, 0);
    const [node = ''] = nodes;
    const first = start(context, node, directory);
    await first.untilPrinted(/^Master at /m);
    await eventually('it has the directory', async () =>
      (await readdir(directory)).includes('lock') ? true : undefined,
    );
    const [port] = await freePorts(1);
    const second = `127.0.0.1:${port}`;
    await refused(
      second,
      directory,
      new RegExp(`the process ${first.processId} uses it; stop the other process, or give`),
      { all: [second, ...nodes.slice(1)] },
    );
    const taken = await runProgram('bin/node', flagsOf(node, await copyOf(context, 0)));
    equal(taken.exitCode, 4);
    match(taken.stderr, /the port is in use; choose another port/);
    equal((await first.end()).exitCode, 0);
  });

  test('where no directory can be, it ends', async (context) => {
    const directory = await temporaryDirectory(context);
    const file = join(directory, 'file');
    await writeFile(file, 'no directory');
    const [node = ''] = nodes;
    for (const place of [file, join(file, 'log'), '/proc/log']) {
      const { exitCode, stderr } = await runProgram('bin/node', flagsOf(node, place));
      match(stderr, /Cannot keep the registry in .*; give another directory with --registry/);
      equal(exitCode, 5);
    }
    equal(await readFile(file, 'utf8'), 'no directory');
  });

  test('on a directory that it may not write to, it ends', async (context) => {
    const directory = await copyOf(context, 0);
    if (process.getuid?.() !== 0) await chmod(directory, 0o500);
    else if (!mountedReadOnly(context, directory)) {
      context.skip('who may do everything, but not mount, has no directory that is closed to him');
      return;
    }
    await refused(
      nodes[0] ?? '',
      directory,
      /Cannot .* the log in .*: (EACCES|EROFS).*; give a directory/,
    );
  });

  test('masters that were told of different ones found nothing, and say so until they agree', async (context) => {
    const directory = await temporaryDirectory(context);
    const all = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
    const [one = '', two = ''] = all;
    const more = [...all, '127.0.0.1:1'].sort();
    const first = start(context, one, join(directory, 'one'), all);
    const wrong = start(context, two, join(directory, 'two'), more);
    const sentence =
      /The masters disagree on who they are: .* start all of them with the same --masters/;
    await first.untilPrinted(sentence);
    const [row] = await rowsOf([one]);
    match(String(row?.['state']), sentence);
    for (const name of await readdir(directory)) {
      deepEqual(await readdir(join(directory, name)), []);
    }
    await wrong.end();
    start(context, two, join(directory, 'two'), all);
    await untilAllFollow(all);
  });
});

/** Nobody writes to what is mounted so, not even who has all permissions. */
function mountedReadOnly(afterwards: Afterwards, directory: string): boolean {
  if (spawnSync('mount', ['--bind', directory, directory]).status !== 0) return false;
  lastFirst(afterwards, async () => void spawnSync('umount', ['--lazy', directory]));
  return spawnSync('mount', ['-o', 'remount,bind,ro', directory]).status === 0;
}

async function rowsOf(nodes: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await runProgram('bin/messor', [
    ...['masters', '--json', '--master', nodes.join(',')],
  ]);
  return stdout === '' ? [] : JSON.parse(stdout).masters;
}

async function untilAllFollow(nodes: readonly string[]): Promise<void> {
  await eventually('all masters vote', async () => {
    const rows = await rowsOf(nodes);
    const voting = rows.filter(({ role }) => role === 'leader' || role === 'follower');
    const settled = voting.filter(({ state }) => state === 'leads' || state === 'follows');
    return settled.length === nodes.length || undefined;
  });
}

/**
 * Of each file its name and a sum of what is in it. Not of the mark of who uses it, which comes and
 * goes, nor of that of how far it is durable, which is made anew at each start.
 */
async function sumsOf(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => !MARKS.includes(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(directory, name));
      return `${name} ${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
}
