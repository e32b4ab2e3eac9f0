/** Files, a web server and archives for real. Source: Mesos 1.11, src/tests/fetcher_tests.cpp. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { realFetching } from '../../../../actors/agent/fetcher/real-fetching.ts';
import { planFetch } from '../../../../actors/agent/fetcher/uris.ts';
import type { CommandUri } from '../../../../actors/protocol/task.ts';
import { temporaryDirectory } from '../../../kit/real-agents.ts';

test('FileURI, UseCustomOutputFile: a file of the agent is copied into the sandbox, under the name it is to have', async (t) => {
  const { place, fetch, text, sandbox } = await start(t);
  const file = await place('tool', 'hello');
  await fetch({ value: `file://${file}` });
  await fetch({ value: file, outputFile: 'sub/dir/other', executable: true });
  deepEqual([text('tool'), text('sub/dir/other')], ['hello', 'hello']);
  equal((await stat(join(sandbox, 'tool'))).mode & 0o777, 0o644);
  equal((await stat(join(sandbox, 'sub/dir/other'))).mode & 0o777, 0o755);
  match(text('stderr'), /^messor: Fetching "file:.*into the sandbox\nmessor: Fetched "file:/);
});

test('NonExistingFile: what is no file, not there or too large is not copied', async (t) => {
  const { place, fetch, directory, names } = await start(t, { fileBytesMax: 4 });
  await rejects(fetch({ value: join(directory, 'missing') }), /no such file on the agent/);
  await rejects(fetch({ value: directory }), /not a file|directory/);
  await rejects(fetch({ value: '/dev/zero' }), /not a file/);
  await rejects(fetch({ value: await place('large', 'hello') }), /larger than the 4 bytes/);
  deepEqual(await names(), ['stderr']);
});

test('OSNetUriTest: a web server is followed through redirects, relative ones too', async (t) => {
  const { serve, fetch, text } = await start(t);
  const host = await serve((request, response) => {
    const redirect = (location: string) => response.writeHead(302, { location }).end();
    if (request.url === '/a') redirect('b');
    else if (request.url === '/b') redirect(`http://${request.headers.host}/c?d`);
    else response.end(`at ${request.url}`);
  });
  await fetch({ value: `${host}/a` });
  equal(text('a'), 'at /c?d');
});

test('a server that refuses, lies, redirects for ever or elsewhere says so', async (t) => {
  const { serve, fetch, names } = await start(t, { fileBytesMax: 1000 });
  const host = await serve((request, response) => {
    switch (request.url) {
      case '/missing':
        return response.writeHead(404).end('no');
      case '/for-ever':
        return response.writeHead(301, { location: '/for-ever' }).end();
      case '/file':
        return response.writeHead(301, { location: 'file:///etc/passwd' }).end();
      case '/broken':
        response.writeHead(200, { 'content-length': '100' }).write('half');
        return setImmediate(() => response.destroy());
      case '/announced':
        return response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001));
      default:
        response.write('x'.repeat(900));
        return response.end('x'.repeat(101));
    }
  });
  await rejects(fetch({ value: `${host}/missing` }), /the server answered 404/);
  await rejects(fetch({ value: `${host}/for-ever` }), /redirects more than 20 times/);
  await rejects(fetch({ value: `${host}/file` }), /redirects to "file:"/);
  await rejects(fetch({ value: `${host}/broken` }), /aborted|broke/);
  await rejects(fetch({ value: `${host}/announced` }), /larger than the 1000 bytes/);
  await rejects(fetch({ value: `${host}/unannounced` }), /larger than the 1000 bytes/);
  await rejects(fetch({ value: 'http://127.0.0.1:1/nobody' }), /ECONNREFUSED/);
  deepEqual(await names(), ['stderr']);
});

test('a download that is cancelled ends, and leaves nothing', async (t) => {
  const { serve, begin, names } = await start(t);
  let isAsked: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const host = await serve((_, response) => {
    response.write('some');
    isAsked();
  });
  const transfer = begin({ value: `${host}/slow` });
  await asked;
  transfer.cancel();
  await rejects(transfer.done, /cancelled|abort/i);
  deepEqual(await names(), ['stderr']);
});

test('ExtractTar, ExtractFile: archives of every kind are unpacked into the sandbox', async (t) => {
  const { archive, fetch, text, names, skipWithout } = await start(t);
  if (skipWithout('tar', 'zip', 'unzip', 'bzip2', 'xz')) return;
  const commands: Readonly<Record<string, readonly string[]>> = {
    'a.tar': ['tar', '-cf'],
    'b.tar.gz': ['tar', '-czf'],
    'c.tbz2': ['tar', '-cjf'],
    'd.txz': ['tar', '-cJf'],
    'e.zip': ['zip', '-qr'],
  };
  for (const [name, words] of Object.entries(commands)) {
    const top = name.slice(0, 1);
    const path = archive(name, words, { [`${top}/in/file`]: top, [`${top}/run`]: top });
    await fetch({ value: path });
    deepEqual(
      [text(`${top}/in/file`), text(`${top}/run`), text(name).length > 0],
      [top, top, true],
    );
  }
  ok(!(await names()).some((name) => name.startsWith('.unpacking')));
});

test('ExtractGzipFile: a gzipped file becomes the file, whose name has no .gz', async (t) => {
  const { place, fetch, text } = await start(t);
  await fetch({ value: await place('words.gz', gzipSync('hello')) });
  equal(text('words'), 'hello');
});

test('directories that are there are filled, files and links are replaced', async (t) => {
  const { archive, fetch, text, sandbox, skipWithout } = await start(t);
  if (skipWithout('tar')) return;
  mkdirSync(join(sandbox, 'lib'));
  writeFileSync(join(sandbox, 'lib/old'), 'old');
  symlinkSync('/etc/passwd', join(sandbox, 'lib/link'));
  await fetch({
    value: archive('a.tar', ['tar', '-cf'], { 'lib/new': 'new', 'lib/link': 'mine' }),
  });
  deepEqual([text('lib/old'), text('lib/new'), text('lib/link')], ['old', 'new', 'mine']);
  ok(!readFileSync('/etc/passwd', 'utf8').includes('mine'));
});

test('an archive that leads out of the sandbox is refused as a whole', async (t) => {
  const { directory, fetch, names, skipWithout } = await start(t);
  if (skipWithout('tar', 'zip', 'unzip')) return;
  const inside = join(directory, 'made/inside');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(directory, 'made/evil'), 'evil');
  writeFileSync(join(inside, 'good'), 'good');
  symlinkSync('/etc', join(inside, 'absolute'));
  symlinkSync('../..', join(inside, 'upward'));
  const make = (program: string, ...words: string[]) =>
    execFileSync(program, words, { cwd: inside, stdio: 'pipe' });
  make('tar', '-cPf', '../up.tar', 'good', '../evil');
  make('tar', '-cf', '../absolute.tar', 'good', 'absolute');
  make('tar', '-czf', '../upward.tgz', 'good', 'upward');
  make('zip', '-q', '../up.zip', 'good', '../evil');
  make('zip', '-qy', '../upward.zip', 'good', 'upward');
  // A link, and then a file behind it.
  const outside = join(directory, 'outside');
  mkdirSync(outside);
  symlinkSync(outside, join(inside, 'door'));
  make('tar', '-cf', '../door.tar', 'door');
  make('zip', '-qy', '../door.zip', 'door');
  make('rm', 'door');
  mkdirSync(join(inside, 'door'));
  writeFileSync(join(inside, 'door/evil'), 'evil');
  make('tar', '-rf', '../door.tar', 'door/evil');
  make('zip', '-q', '../door.zip', 'door/evil');
  make('mkfifo', 'pipe');
  make('tar', '-cf', '../pipe.tar', 'good', 'pipe');
  const refused = (name: string, why: RegExp) =>
    rejects(fetch({ value: join(directory, 'made', name) }), why);
  await refused('up.tar', /\.\./);
  await refused('absolute.tar', /the link "absolute" in it leads out of the sandbox, to "\/etc"/);
  await refused('upward.tgz', /the link "upward" in it leads out of the sandbox/);
  await refused('up.zip', /"\.\.\/evil" in it leads out of the sandbox/);
  await refused('upward.zip', /the link "upward"/);
  await refused('door.tar', /door/);
  await refused('door.zip', /door/);
  deepEqual(await readdir(outside), []);
  await refused('pipe.tar', /neither a file nor a directory nor a link/);
  ok(!(await names()).includes('good'));
  ok(!(await readdir(join(directory, 'sandboxes'))).includes('evil'));
});

test('an archive with too much in it is refused', async (t) => {
  const { archive, fetch, names, place, skipWithout } = await start(t, {
    unpackedBytesMax: 50_000,
  });
  if (skipWithout('tar', 'zip', 'unzip')) return;
  const zeros = { big: '0'.repeat(100_000) };
  await rejects(
    fetch({ value: archive('a.tgz', ['tar', '-czf'], zeros) }),
    /larger than the 50000/,
  );
  await rejects(fetch({ value: archive('b.zip', ['zip', '-qr'], zeros) }), /larger than the 50000/);
  const bomb = await place('bomb.gz', gzipSync(zeros.big));
  await rejects(fetch({ value: bomb }), /larger than the 50000/);
  ok(!(await names()).some((name) => name === 'big' || name === 'bomb'));
});

test('ExtractInvalidFile: a broken archive says what its program says', async (t) => {
  const { place, fetch, skipWithout } = await start(t);
  if (skipWithout('tar', 'unzip', 'xz')) return;
  await rejects(fetch({ value: await place('a.tar', 'no archive') }), /tar ended with 2/);
  await rejects(fetch({ value: await place('a.zip', 'no archive') }), /unzip ended with 9/);
  await rejects(fetch({ value: await place('a.txz', 'no archive') }), /xz ended with 1/);
  await rejects(fetch({ value: await place('a.tgz', 'no archive') }), /incorrect header check/);
});

test('a program that the machine lacks is named, with what to do', async (t) => {
  const { place, fetch, directory } = await start(t);
  const archive = await place('a.tar.bz2', 'anything');
  const { PATH } = process.env;
  Object.assign(process.env, { PATH: directory });
  try {
    await rejects(
      fetch({ value: archive }),
      /"(tar|bzip2)" is not installed on the agent; install/,
    );
  } finally {
    Object.assign(process.env, { PATH });
  }
});

test('from the cache a file is copied, an archive unpacked without leaving itself', async (t) => {
  const { archive, place, deliverCached, fill, text, names, skipWithout } = await start(t);
  if (skipWithout('tar')) return;
  equal(await fill(await place('tool', 'hello'), 'c1-tool'), 5);
  await deliverCached({ value: '/tool', executable: true }, 'c1-tool');
  equal(text('tool'), 'hello');
  await fill(archive('a.tgz', ['tar', '-czf'], { 'in/file': 'x' }), 'c2-a.tgz');
  await deliverCached({ value: '/a.tgz' }, 'c2-a.tgz');
  equal(text('in/file'), 'x');
  deepEqual(await names(), ['in', 'stderr', 'tool']);
});

test('the cache begins empty, and what others have there stays', async (t) => {
  const { fetching, directory } = await start(t);
  const cache = join(directory, 'cache');
  await writeFile(join(cache, 'c7-old'), 'old');
  await writeFile(join(cache, 'mine'), 'mine');
  await fetching.prepareCache();
  deepEqual(await readdir(cache), ['mine']);
});

async function start(
  t: TestContext,
  { fileBytesMax = 1_000_000, unpackedBytesMax = 1_000_000 } = {},
) {
  const directory = await temporaryDirectory(t);
  const sandbox = join(directory, 'sandboxes', 'one');
  const cacheDirectory = join(directory, 'cache');
  mkdirSync(sandbox, { recursive: true });
  const fetching = realFetching({ cacheDirectory, fileBytesMax, unpackedBytesMax });
  await fetching.prepareCache();
  const begin = (uri: CommandUri, cached?: string) => {
    const { name, executable, archive, source } = planFetch(uri, undefined);
    return fetching.deliver({
      from: cached === undefined ? source : { kind: 'cached', file: cached },
      sandbox,
      name,
      executable,
      archive,
      before: `Fetching "${uri.value}" into the sandbox`,
      after: `Fetched "${uri.value}"`,
    });
  };
  return {
    directory,
    sandbox,
    fetching,
    begin,
    fetch: (uri: CommandUri) => begin(uri).done,
    fill: (path: string, file: string) => fetching.fillCache({ kind: 'file', path }, file).done,
    deliverCached: (uri: CommandUri, file: string) => begin(uri, file).done,
    text: (name: string) => readFileSync(join(sandbox, name), 'utf8'),
    names: async () => (await readdir(sandbox)).sort(),
    async place(name: string, content: string | Uint8Array) {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    },
    archive(
      name: string,
      [program = '', ...words]: readonly string[],
      files: Readonly<Record<string, string>>,
    ) {
      const path = join(directory, name);
      const from = join(directory, `of-${name}`);
      const tops = new Set<string>();
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(join(from, file, '..'), { recursive: true });
        writeFileSync(join(from, file), content);
        tops.add(file.split('/')[0] ?? '');
      }
      execFileSync(program, [...words, path, ...tops], { cwd: from, stdio: 'pipe' });
      return path;
    },
    async serve(listener: RequestListener) {
      const server = createServer(listener).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      t.after(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    skipWithout(...programs: readonly string[]): boolean {
      const missing = programs.filter((program) => {
        try {
          execFileSync('which', [program], { stdio: 'pipe' });
          return false;
        } catch {
          return true;
        }
      });
      if (missing.length > 0) t.skip(`the machine lacks ${missing.join(', ')}`);
      return missing.length > 0;
    },
  };
}
