/** Tokens of HTTP executors. Source: RFC 7515 and 7519; the key and token of the last test are jwt.io's. */
import { deepEqual, equal } from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { authenticateByToken, executorToken } from '../../../actors/agent/executor-tokens.ts';
import { sandbox } from './nouns.ts';

const key = new TextEncoder().encode('your-256-bit-secret');
const realm = 'mesos-agent-executor';
const ask = (authorization: string | undefined, nowMs = 0) =>
  authenticateByToken(authorization, { realm, key, nowMs });

test('its own token tells who an executor is', () => {
  deepEqual(ask(`Bearer ${executorToken(sandbox, key)}`), {
    kind: 'principal',
    principal: { claims: { fid: 'framework-1', eid: 'task-1', cid: 'container-1' } },
  });
});

test('without a token, or with another scheme, it is not known who asks', () => {
  for (const authorization of [undefined, '', 'Basic YTpi', 'Bearer']) {
    const challenges = [`Bearer realm="${realm}"`];
    deepEqual(ask(authorization), { kind: 'unauthorized', challenges });
  }
});

test('what is not signed with the key, by HMAC with SHA-256, is refused', () => {
  const [header = '', claims = '', signature = ''] = executorToken(sandbox, key).split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const other = executorToken(sandbox, new TextEncoder().encode('another'));
  const wrong = [
    other,
    `${none}.${claims}.`,
    `${none}.${claims}.${sign(`${none}.${claims}`)}`,
    `${header}.${claims}`,
    `${header}.${claims}.${signature}.more`,
    `${header}.${claims.slice(1)}.${signature}`,
    `${header}.W10.${sign(`${header}.W10`)}`,
    `${header}.${'A'.repeat(10_000)}.${signature}`,
  ];
  for (const token of wrong) equal(ask(`Bearer ${token}`).kind, 'unauthorized', token);
});

test('a token counts in its time only', () => {
  const token = signed({ sub: 'somebody', nbf: 100, exp: 200 });
  equal(ask(`Bearer ${token}`, 99_999).kind, 'unauthorized');
  equal(ask(`Bearer ${token}`, 200_000).kind, 'unauthorized');
  const known = ask(`bearer ${token}`, 150_000);
  equal(known.kind === 'principal' && known.principal.value, 'somebody');
});

test('a token that somebody else made with the key is as good', () => {
  const token =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c';
  deepEqual(ask(`Bearer ${token}`), {
    kind: 'principal',
    principal: {
      value: '1234567890',
      claims: { sub: '1234567890', name: 'John Doe', iat: '1516239022' },
    },
  });
});

function sign(text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

function signed(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${text}.${sign(text)}`;
}
