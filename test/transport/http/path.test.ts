/** The target of a request: decoded and normalised once, refused where it could mean two things. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTarget } from '../../../transport/http/path.ts';

/** [target, path, query] */
const READ: readonly (readonly [string, string, string])[] = [
  ['/state', '/state', ''],
  ['/state?', '/state', ''],
  ['/state?a=%2F..&b', '/state', 'a=%2F..&b'],
  ['/state/', '/state', ''],
  ['/', '/', ''],
  ['//state///tasks//', '/state/tasks', ''],
  ['/slave%281%29/state', '/slave(1)/state', ''],
  ['/slave(1)/state', '/slave(1)/state', ''],
  ['/roles/k%C3%B6rper', '/roles/körper', ''],
  ['/a+b', '/a+b', ''],
  ['/100%25', '/100%', ''],
  // Once: what comes out is not decoded again.
  ['/%252e%252e', '/%2e%2e', ''],
  ['/...', '/...', ''],
  ['http://node:5050/state?x', '/state', 'x'],
  ['http://node:5050', '/', ''],
  ['http://node:5050?x', '/', 'x'],
];

for (const [target, path, query] of READ) {
  test(`"${target}" is the path "${path}" with the query "${query}"`, () => {
    const parsed = parseTarget(target);
    equal(parsed?.path, path);
    equal(parsed?.query, query);
  });
}

const REFUSED: readonly string[] = [
  '/..',
  '/files/../../etc/passwd',
  '/a/./b',
  '/%2e%2e/x',
  '/%2E./x',
  '/.%2e',
  '/a%2fb',
  '/a%2Fb',
  '/a%5cb',
  '/a\\b',
  '/a%00b',
  '/a%0d%0ab',
  '/a#b',
  '/%',
  '/%zz',
  '/%c3%28',
  '/%ff',
  '*',
  '',
  'node:5050',
  'ftp://node/x',
];

for (const target of REFUSED) {
  test(`"${target}" is refused`, () => {
    equal(parseTarget(target), undefined);
  });
}

test('what a redirect repeats is the target as it came, without scheme and host', () => {
  equal(parseTarget('http://a:1/x%28/?y=%20')?.raw, '/x%28/?y=%20');
});

test('whatever comes is refused or is a path whose segments are neither empty nor dots', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'/.%2eE5cfF?a\\0#:') }), (text) => {
      const parsed = parseTarget(`/${text}`);
      if (parsed === undefined) return;
      const segments = parsed.path.split('/').slice(1);
      if (parsed.path === '/') return;
      deepEqual(
        segments.filter((segment) => segment === '' || /^\.\.?$|\\|\0/.test(segment)),
        [],
      );
    }),
  );
});
