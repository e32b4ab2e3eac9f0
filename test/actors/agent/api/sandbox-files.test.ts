/** The files of an agent: its sandboxes by all their names, its log, and nothing else. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import { stage, subscribed } from './executor-stage.ts';

const RUNS = 'slaves/agent-1/frameworks/f/executors/e e/runs';
const VIRTUAL = '/frameworks/f/executors/e e/runs';

describe('the files of an agent', () => {
  let workDirectory = '';
  let logFile = '';

  before(async () => {
    workDirectory = await realpath(await mkdtemp(join(tmpdir(), 'messor-test-')));
    logFile = join(workDirectory, 'agent.log');
    const at = (path: string) => join(workDirectory, path);
    await mkdir(at(`${RUNS}/one`), { recursive: true });
    await mkdir(at(`${RUNS}/two/below`), { recursive: true });
    await mkdir(at('meta/slaves/agent-1'), { recursive: true });
    await symlink('agent-1', at('meta/slaves/latest'));
    await symlink('two', at(`${RUNS}/latest`));
    await writeFile(at(`${RUNS}/one/stdout`), 'one');
    await writeFile(at(`${RUNS}/two/stdout`), 'two');
    await writeFile(logFile, 'said');
    await writeFile(at('meta/slaves/agent-1/agent.json'), 'secret');
    // What a task could do that has the rights of the agent.
    await symlink('/etc', at(`${RUNS}/etc`));
    await symlink(at('meta'), at(`${RUNS}/two/meta`));
  });

  after(() => rm(workDirectory, { recursive: true, force: true }));

  test('a sandbox is read by its real path and by the paths of Mesos', async (t) => {
    const { ask } = stage(t, { api: { workDirectory, logFile } });
    const read = async (path: string) => {
      const target = `/slave(1)/files/read?offset=0&path=${encodeURIComponent(path)}`;
      const { status, text } = await ask('GET', target);
      return status === 200 ? JSON.parse(text).data : status;
    };
    equal(await read(`${workDirectory}/${RUNS}/one/stdout`), 'one');
    equal(await read(`${workDirectory}/${RUNS}/latest/stdout`), 'two');
    equal(await read(`${VIRTUAL}/one/stdout`), 'one');
    equal(await read(`${VIRTUAL}/latest/stdout`), 'two');
    equal(await read('/slave/log'), 'said');

    equal(await read(`${VIRTUAL}/latest/meta/slaves/agent-1/agent.json`), 400);
    for (const path of [
      `${VIRTUAL}/etc/passwd`,
      `${workDirectory}/${RUNS}/etc/passwd`,
      `${workDirectory}/meta/slaves/agent-1/agent.json`,
      `${workDirectory}/agent.log`,
      `${workDirectory}/slaves`,
      `${workDirectory}`,
      `${VIRTUAL}/none/stdout`,
      '/frameworks/f/executors/other/runs/one/stdout',
      '/frameworks/f',
      '/slave/log/below',
      '/etc/passwd',
      '/',
    ]) {
      equal(await read(path), 404, path);
    }
  });

  test('operators list and read the same files by the v1 API', async (t) => {
    const { call } = stage(t, { api: { workDirectory } });
    for (const encoding of ['json', 'protobuf'] as const) {
      const ask = (value: object) => call('/api/v1', 'agent.Call', value, { encoding });
      const path = `${VIRTUAL}/two`;
      const listed = await ask({ type: 'LIST_FILES', list_files: { path } });
      const { list_files } = decodeV1('agent.Response', encoding, listed.bytes);
      deepEqual(list_files?.file_infos?.map((info) => [info.path, info.size]).slice(-1), [
        [`${path}/stdout`, 3n],
      ]);
      const of = (offset: number | string, length?: number) =>
        ask({
          type: 'READ_FILE',
          read_file: { path: `${path}/stdout`, offset, ...(length !== undefined && { length }) },
        });
      const { read_file } = decodeV1('agent.Response', encoding, (await of(1)).bytes);
      deepEqual([read_file?.size, Buffer.from(read_file?.data ?? []).toString()], [3n, 'wo']);
      const beyond = decodeV1(
        'agent.Response',
        encoding,
        (await of('18446744073709551615', 0)).bytes,
      );
      equal(beyond.read_file?.data.length, 0);
      const missing = await ask({ type: 'READ_FILE', read_file: { path: '/none', offset: 0 } });
      equal(missing.status, 404);
      const directory = await ask({ type: 'READ_FILE', read_file: { path, offset: 0 } });
      deepEqual([directory.status, directory.text], [400, 'Cannot read a directory.\n']);
    }
  });

  test('debug names the sandboxes of executors that there are', async (t) => {
    const { ask, containerId } = await subscribed(t, { api: { workDirectory, logFile } });
    const mapping = JSON.parse((await ask('GET', '/files/debug')).text);
    equal(mapping['/slave/log'], logFile);
    const paths = Object.keys(mapping).filter((path) => path.endsWith(containerId));
    equal(paths.length, 1);
    match(mapping[paths[0] ?? ''], new RegExp(containerId));
  });
});
