/** The agent's place on the disk. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openWorkDirectory } from '../../../actors/agent/work-directory.ts';
import type { ContainerId } from '../../../actors/protocol/ids.ts';
import { sandbox as name } from './nouns.ts';

test('a work directory is made where it is missing, and given back', async (context) => {
  const path = join(await temporary(context), 'a', 'b');
  const directory = await openWorkDirectory(path);
  equal(directory.path, path);
  await directory.release();
  await rejects(readFile(join(path, 'meta', 'owner')));
});

test('one that can not be made is refused with a code and a sentence', async (context) => {
  const file = join(await temporary(context), 'file');
  await writeFile(file, '');
  await rejects(openWorkDirectory(join(file, 'below')), {
    code: 'workDirectoryUnusable',
    message: /^Cannot use the work directory ".*file\/below": .*not a directory/,
  });
});

test('where a directory takes no others, that is said and not tried for ever', async () => {
  await rejects(openWorkDirectory('/proc/messor/below'), {
    code: 'workDirectoryUnusable',
    message: /^Cannot use the work directory "\/proc\/messor\/below": ENOENT.*'\/proc\/messor'$/,
  });
});

test('one that a living agent uses is refused, one that a dead agent used is taken', async (context) => {
  const path = await temporary(context);
  await mkdir(join(path, 'meta'));
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  context.after(() => child.kill('SIGKILL'));
  const stat = await readFile(`/proc/${child.pid}/stat`, 'latin1');
  const begun = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  await writeFile(join(path, 'meta', 'owner'), `${child.pid} ${begun}\n`);
  await rejects(openWorkDirectory(path), {
    code: 'workDirectoryInUse',
    message: new RegExp(`the agent with process id ${child.pid} uses it`),
  });
  child.kill('SIGKILL');
  await exited;
  await (await openWorkDirectory(path)).release();
});

test('a sandbox is made where Mesos has it, and "latest" leads to the newest run', async (context) => {
  const directory = await opened(context);
  await directory.makeSandbox(name, []);
  const runs = `${directory.path}/slaves/agent-1/frameworks/framework-1/executors/task-1/runs`;
  equal(directory.sandboxPath(name), `${runs}/container-1`);
  equal(await readlink(`${runs}/latest`), 'container-1');
  await directory.makeSandbox({ ...name, containerId: 'container-2' as ContainerId }, []);
  equal(await readlink(`${runs}/latest`), 'container-2');
});

test('a sandbox that can not be made is told with its path', async (context) => {
  const directory = await opened(context);
  await writeFile(join(directory.path, 'slaves'), '');
  await rejects(directory.makeSandbox(name, []), {
    code: 'sandboxNotMade',
    message: /^Cannot make the sandbox ".*container-1": /,
  });
});

test('a part of a file is read, from its begin or counted from its end', async (context) => {
  const { sandbox, read } = await withSandbox(context);
  await writeFile(join(sandbox, 'stdout'), '0123456789');
  deepEqual(await read('stdout', 2, 3), ['234', 2, 10]);
  deepEqual(await read('stdout', -4, 100), ['6789', 6, 10]);
  deepEqual(await read('stdout', -40, 2), ['01', 0, 10]);
  deepEqual(await read('stdout', 50, 10), ['', 10, 10]);
  deepEqual(await read('stdout', 0, 0), ['', 0, 10]);
});

test('at most 256 KiB are read at once', async (context) => {
  const { sandbox, read } = await withSandbox(context);
  await writeFile(join(sandbox, 'big'), 'x'.repeat(300_000));
  const [text, , size] = await read('big', 0, 1_000_000);
  deepEqual([text.length, size], [262_144, 300_000]);
});

test('output that is not there yet is empty, any other missing file is refused', async (context) => {
  const { read } = await withSandbox(context);
  deepEqual(await read('stdout', 0, 10), ['', 0, 0]);
  deepEqual(await read('stderr', -10, 10), ['', 0, 0]);
  await rejects(read('other', 0, 10), {
    code: 'sandboxFileRefused',
    message: 'Cannot read "other" of the sandbox: there is no such file',
  });
});

test('no path leads out of the sandbox', async (context) => {
  const { sandbox, read } = await withSandbox(context);
  await symlink('/etc/passwd', join(sandbox, 'link'));
  await symlink('/etc', join(sandbox, 'directory'));
  await symlink('..', join(sandbox, 'up'));
  await symlink('/proc/self/environ', join(sandbox, 'stdout'));
  const paths = [
    ...['/etc/passwd', '../x', 'a/../../x', '..', '', 'a\0b', '.'],
    ...['link', 'directory/passwd', 'up/latest', 'stdout'],
  ];
  for (const path of paths) {
    await rejects(read(path, 0, 10), { code: 'sandboxFileRefused' }, path);
  }
});

test('a link within the sandbox may be followed', async (context) => {
  const { sandbox, read } = await withSandbox(context);
  await mkdir(join(sandbox, 'a..b'));
  await writeFile(join(sandbox, 'a..b', 'real'), 'text');
  await symlink('a..b/real', join(sandbox, 'link'));
  deepEqual(await read('link', 0, 10), ['text', 0, 4]);
  deepEqual(await read('a..b/real', 0, 10), ['text', 0, 4]);
});

test('a pipe or a directory in the place of a file is refused, and nobody waits for it', async (context) => {
  const { sandbox, read } = await withSandbox(context);
  const made = spawn('mkfifo', [join(sandbox, 'stdout')]);
  await new Promise((resolve) => made.once('exit', resolve));
  await mkdir(join(sandbox, 'stderr'));
  for (const path of ['stdout', 'stderr']) {
    await rejects(read(path, 0, 10), { message: /it is not a file/ }, path);
  }
});

async function withSandbox(context: TestContext) {
  const directory = await opened(context);
  await directory.makeSandbox(name, []);
  const sandbox = directory.sandboxPath(name);
  const read = async (path: string, offsetBytes: number, lengthBytes: number) => {
    const chunk = await directory.readSandbox(sandbox, path, offsetBytes, lengthBytes);
    const text = Buffer.from(chunk.bytes).toString('utf8');
    return [text, chunk.offsetBytes, chunk.sizeBytes] as const;
  };
  return { sandbox, read };
}

async function opened(context: TestContext) {
  return openWorkDirectory(await temporary(context));
}

async function temporary(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'messor-work-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
