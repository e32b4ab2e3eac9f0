/** The log of a master, where it is kept in a file. Source: Mesos, src/files/files.cpp; master.cpp. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { operatorFiles } from '../../../../actors/master/api/operator/operator-files.ts';
import { fileRoutes } from '../../../../transport/http/files/file-routes.ts';
import { logTree } from '../../../../transport/http/files/log-tree.ts';
import { ServedFiles } from '../../../../transport/http/files/served-files.ts';
import { askingRoutes } from '../../../kit/http-routes.ts';

async function logged(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'messor-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'messor-master.log');
  await writeFile(file, 'one\ntwo\n');
  await writeFile(join(directory, 'secret'), 'secret');
  return { file, files: new ServedFiles(logTree('/master/log', file)) };
}

test('without a log file there is none to be had by HTTP, and neither is any other file', async () => {
  const none = new ServedFiles(logTree('/master/log', undefined));
  const ask = askingRoutes(fileRoutes(none, 'mesos-master-readonly'), ['master']);
  for (const path of ['/master/log', '/etc/passwd', '/master/log/../../etc/passwd', '%00']) {
    for (const how of ['browse', 'read', 'download']) {
      const { status, text } = await ask('GET', `/files/${how}?path=${path}&offset=0`);
      equal(status === 404 || status === 400, true, `${how} ${path}: ${status} ${text}`);
    }
  }
  const { status, text } = await ask('GET', '/master/files/debug');
  deepEqual([status, JSON.parse(text)], [200, {}]);
});

test('/master/log is the log file, and nothing beside it', async (t) => {
  const { file, files } = await logged(t);
  const ask = askingRoutes(fileRoutes(files, 'mesos-master-readonly'), ['master']);
  const text = async (target: string) => (await ask('GET', target)).text;
  equal(await text('/files/read?path=/master/log'), '{"data":"","offset":8}');
  equal(await text('/files/read?path=/master/log&offset=4'), '{"data":"two\\n","offset":4}');
  deepEqual(JSON.parse(await text('/files/debug')), { '/master/log': file });
  deepEqual(JSON.parse(await text('/files/browse?path=/master/log')), []);
  equal((await ask('GET', '/files/download?path=/master/log')).status, 200);
  for (const path of [file, '/master', '/master/log/secret']) {
    equal((await ask('GET', `/files/read?path=${path}&offset=0`)).status, 404, path);
  }
  equal((await ask('GET', '/files/read?path=/master/log/../secret&offset=0')).status, 400);
});

test('READ_FILE and LIST_FILES know the log by the same path', async (t) => {
  const { files } = await logged(t);
  const { READ_FILE, LIST_FILES } = operatorFiles(files);
  const request = { method: 'POST', path: '/api/v1', query: '', subpath: '' } as never;
  const read = async (path: string) => {
    const call = { type: 'READ_FILE', read_file: { path, offset: 4n } } as const;
    const answer = await READ_FILE({ call, encoding: 'json', request });
    return 'body' in answer ? `${answer.status} ${Buffer.from(answer.body ?? '')}` : '';
  };
  match(await read('/master/log'), /"size":8,"data":"dHdvCg=="/);
  match(await read('/master/other'), /^404 /);
  const call = { type: 'LIST_FILES', list_files: { path: '/nowhere' } } as const;
  equal((await LIST_FILES({ call, encoding: 'json', request })).status, 404);
});
