/** Whether an agent asks its HTTP executors for tokens is what its flags say. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { executorToken } from '../../../actors/agent/executor-tokens.ts';
import { readFlags } from '../../../bin/read-flags.ts';
import { executorAuthenticator, readTokenKey } from '../../../bin/roles/executor-authentication.ts';
import type { HttpRequestHead } from '../../../transport/http/message.ts';
import { sandbox } from '../../actors/agent/nouns.ts';

const valuesOf = (...flags: string[]) =>
  readFlags(['--role', 'agent', ...flags], {}, '0.0.0').values;

test('without a flag nobody has to say who they are', async () => {
  const values = valuesOf();
  equal(await readTokenKey(values), undefined);
  equal(executorAuthenticator(values, undefined), undefined);
});

test('asked for, the token of an executor is looked at, and of nobody else', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'messor-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'key');
  await writeFile(file, 'a key');
  const values = valuesOf('--authenticate_http_executors', '--jwt_secret_key', file);
  const key = await readTokenKey(values);
  const authenticate = executorAuthenticator(values, key);
  if (key === undefined || authenticate === undefined) throw new Error('Nobody is asked');
  const by = async (realm: string, authorization?: string) =>
    (await authenticate(realm, { headers: { authorization } } as unknown as HttpRequestHead)).kind;
  const token = `Bearer ${executorToken(sandbox, key)}`;
  deepEqual(
    [
      await by('mesos-agent-executor', token),
      await by('mesos-agent-executor'),
      await by('mesos-agent-readonly'),
    ],
    ['principal', 'unauthorized', 'anonymous'],
  );
  // Given the key alone, executors get their tokens, and nobody looks at them.
  equal(executorAuthenticator(valuesOf('--jwt-secret-key', file), key), undefined);

  await writeFile(file, '');
  await rejects(readTokenKey(values), {
    message: /^Cannot sign with the key .*: the file is empty; /,
  });
  await rm(file);
  await rejects(readTokenKey(values), { message: /^Cannot read the key .*ENOENT.*; give a file/ });
  await writeFile(file, '');
});

test('tokens can not be asked for without a key to sign them with', async () => {
  await rejects(readTokenKey(valuesOf('--authenticate-http-executors')), {
    message: /only when there is a key to sign them with: --jwt-secret-key FILE$/,
  });
});
