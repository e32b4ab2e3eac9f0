/**
 * Files over HTTP: what clients get, and that nothing beside the roots is ever read.
 * Source: Mesos 1.11, src/tests/files_tests.cpp; src/files/files.cpp.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileRoutes } from '../../../../transport/http/files/file-routes.ts';
import type { FileTree } from '../../../../transport/http/files/file-tree.ts';
import { modeText } from '../../../../transport/http/files/mode-text.ts';
import { READ_BYTES_MAX, ServedFiles } from '../../../../transport/http/files/served-files.ts';
import { type Answered, askingRoutes } from '../../../kit/http-routes.ts';

describe('files', () => {
  let directory = '';
  let root = '';
  let ask: (target: string) => Promise<Answered>;

  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'messor-test-')));
    root = join(directory, 'root');
    await mkdir(join(root, 'below'), { recursive: true });
    await writeFile(join(directory, 'secret'), 'secret');
    await writeFile(join(root, 'stdout'), 'body\n');
    await writeFile(join(root, 'empty'), '');
    await writeFile(join(root, 'large.log'), 'ä'.repeat(READ_BYTES_MAX));
    await writeFile(join(root, 'below', 'file.txt'), 'here');
    await symlink(join(directory, 'secret'), join(root, 'out'));
    await symlink(directory, join(root, 'up'));
    await symlink('below/file.txt', join(root, 'in'));
    await symlink('circle', join(root, 'circle'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const tree: FileTree = {
      locate: (path) => {
        const [, below] = /^\/shown(?:\/(.*))?$/.exec(path) ?? [];
        const known = path === '/shown' || below !== undefined;
        return Promise.resolve(known ? { root, below: below ?? '' } : undefined);
      },
      attached: () => Promise.resolve({ '/shown': root }),
    };
    const asking = askingRoutes(fileRoutes(new ServedFiles(tree), 'realm'));
    ask = (target) => asking('GET', target);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  const read = async (path: string, more = '&offset=0') => {
    const { status, text } = await ask(`/files/read?path=${encodeURIComponent(path)}${more}`);
    return status === 200 ? JSON.parse(text) : `${status} ${text}`;
  };

  test('read gives data from an offset on, and says how long the file is when asked with -1', async () => {
    deepEqual(await read('/shown/stdout'), { data: 'body\n', offset: 0 });
    deepEqual(await read('/shown/stdout', '&offset=1&length=3'), { data: 'ody', offset: 1 });
    deepEqual(await read('/shown/stdout', '&offset=-1'), { data: '', offset: 5 });
    deepEqual(await read('/shown/stdout', ''), { data: '', offset: 5 });
    deepEqual(await read('/shown/stdout', '&offset=2&length=-1'), { data: 'dy\n', offset: 2 });
    deepEqual(await read('/shown/stdout', '&offset=2&length=0'), { data: '', offset: 2 });
    deepEqual(await read('/shown/stdout', '&offset=99'), { data: '', offset: 99 });
    deepEqual(await read('/shown/empty'), { data: '', offset: 0 });
    deepEqual(await read('/shown/in'), { data: 'here', offset: 0 });
    deepEqual(await read('file:///shown//below/./file.txt'), { data: 'here', offset: 0 });
  });

  test('numbers beyond all files give nothing, and what is no number is refused', async () => {
    const huge = await ask('/files/read?path=/shown/stdout&offset=9223372036854775807');
    equal(huge.text, '{"data":"","offset":9223372036854775807}');
    deepEqual(await read('/shown/stdout', '&offset=0&length=9223372036854775807'), {
      data: 'body\n',
      offset: 0,
    });
    for (const name of ['offset', 'length']) {
      const valid = name === 'length' ? '&offset=0' : '';
      equal(
        await read('/shown/stdout', `${valid}&${name}=x`),
        `400 Failed to parse ${name}: Failed to convert 'x' to number.\n`,
      );
      match(await read('/shown/stdout', `${valid}&${name}=9223372036854775808`), /^400 Failed to/);
      equal(
        await read('/shown/stdout', `${valid}&${name}=-2`),
        `400 Negative ${name} provided: -2.\n`,
      );
    }
  });

  test('an answer holds 64 KiB, and no half of a character', async () => {
    const first = await read('/shown/large.log', '&offset=0');
    equal(Buffer.byteLength(first.data), READ_BYTES_MAX);
    const odd = await read('/shown/large.log', '&offset=0&length=3');
    deepEqual(odd, { data: 'ä', offset: 0 });
    deepEqual(await read('/shown/large.log', '&offset=2&length=1'), { data: '\ufffd', offset: 2 });
  });

  test('nothing outside of the root is read, whatever the path says or a link is', async () => {
    const inaccessible = [
      '/shown/../secret',
      '/shown/below/../../secret',
      '/shown/..',
      '/../shown/stdout',
      '/shown/out',
      '/shown/up/secret',
      '/shown/up',
      '/shown/std\0out',
      '/shown/circle',
      `/shown/${'x'.repeat(300)}`,
      `/shown/${'x/'.repeat(3000)}`,
    ];
    for (const path of inaccessible) {
      match(await read(path), /^400 '.*' is inaccessible\.\n$/s, path);
      const browsed = await ask(`/files/browse?path=${encodeURIComponent(path)}`);
      equal(browsed.status, 400, path);
      const downloaded = await ask(`/files/download?path=${encodeURIComponent(path)}`);
      deepEqual([downloaded.status, downloaded.stream], [400, undefined], path);
    }
  });

  test('what is not there is 404, and what is no file is 400', async () => {
    for (const path of [
      '/shown/none',
      '/shown/stdout/below',
      '/other',
      '/etc/passwd',
      'shown2',
      '/',
    ]) {
      equal(await read(path), '404 ', path);
    }
    equal(await read('/shown'), '400 Cannot read a directory.\n');
    equal(await read('/shown/below'), '400 Cannot read a directory.\n');
    equal(await read('/shown/pipe'), '400 Cannot read what is no file.\n');
    const { text } = await ask('/files/download?path=/shown');
    equal(text, 'Cannot download a directory.\n');
    for (const target of ['/files/read', '/files/browse?path=', '/files/download?x=%zz']) {
      const answer = await ask(target);
      deepEqual([answer.status, answer.text], [400, "Expecting 'path=value' in query.\n"]);
    }
  });

  test('browse lists what is in a directory, as ls does, and nothing of a file', async () => {
    const { text, headers } = await ask('/files/browse?path=/shown/');
    const listed: Record<string, unknown>[] = JSON.parse(text);
    equal(headers['content-type'], 'application/json');
    deepEqual(
      listed.map(({ path }) => path),
      ['below', 'circle', 'empty', 'in', 'large.log', 'out', 'pipe', 'stdout', 'up']
        .filter((name) => name !== 'circle')
        .map((name) => `/shown/${name}`),
    );
    const of = (name: string) => listed.find(({ path }) => path === `/shown/${name}`);
    match(String(of('below')?.['mode']), /^drwx/);
    match(String(of('stdout')?.['mode']), /^-rw-/);
    match(String(of('pipe')?.['mode']), /^p/);
    deepEqual([of('stdout')?.['size'], of('in')?.['size']], [5, 4]);
    // Of what it leads to, outside, it tells nothing.
    match(String(of('out')?.['mode']), /^l/);
    deepEqual(Object.keys(of('stdout') ?? {}), [
      'gid',
      'mode',
      'mtime',
      'nlink',
      'path',
      'size',
      'uid',
    ]);
    equal(Number.isInteger(of('stdout')?.['mtime']), true);
    equal((await ask('/files/browse?path=/shown/stdout')).text, '[]\n');
    equal((await ask('/files/browse?path=/shown/none')).status, 404);
  });

  test('download gives a file as it is, with a name and a type', async () => {
    const { status, headers, stream } = await ask('/files/download?path=/shown/large.log');
    equal(status, 200);
    equal(headers['content-type'], 'text/plain');
    equal(headers['content-disposition'], 'attachment; filename="large.log"');
    while (stream?.ended === undefined) await new Promise(setImmediate);
    equal(Buffer.concat(stream.records).toString(), 'ä'.repeat(READ_BYTES_MAX));
    const { headers: other } = await ask('/files/download?path=/shown/stdout');
    equal(other['content-type'], 'application/octet-stream');
  });

  test('debug says where things are, and each answer of JSON can be a script', async () => {
    equal((await ask('/files/debug')).text, `${JSON.stringify({ '/shown': root })}\n`);
    const script = await ask('/files/read?path=/shown/stdout&offset=-1&jsonp=f');
    deepEqual(
      [script.text, script.headers['content-type']],
      ['f({"data":"","offset":5});', 'text/javascript'],
    );
    match((await ask('/files/browse?path=/shown&jsonp=f')).text, /^f\(\[.*\]\);$/);
  });
});

test('the mode of a file is told as ls tells it', () => {
  deepEqual([0o100644, 0o040755, 0o120777, 0o140600, 0o020620, 0o060660, 0o010000].map(modeText), [
    '-rw-r--r--',
    'drwxr-xr-x',
    'lrwxrwxrwx',
    'srw-------',
    'crw--w----',
    'brw-rw----',
    'p---------',
  ]);
});
