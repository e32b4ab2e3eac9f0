/** Forms of answers that many routes share: JSONP, entity tags, redirects, and who asks. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  basicChallenge,
  parseBasicCredentials,
  refusalOf,
} from '../../../transport/http/authentication.ts';
import { entityTag, hasSeen, withEntityTag } from '../../../transport/http/etag.ts';
import { wireHeaders } from '../../../transport/http/header-case.ts';
import { withJsonp } from '../../../transport/http/jsonp.ts';
import {
  errorResponse,
  type HttpRequestHead,
  jsonResponse,
  textResponse,
} from '../../../transport/http/message.ts';
import { redirectTo } from '../../../transport/http/redirect.ts';

test('an error response carries a code and a sentence', () => {
  deepEqual(errorResponse(404, 'gone', 'Cannot find it'), {
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":"gone","message":"Cannot find it"}}\n',
  });
});

test('headers are spelled on the wire as servers have always spelled them', () => {
  const headers = {
    'content-type': 'a',
    etag: 'b',
    'www-authenticate': 'c',
    'Mesos-Stream-Id': 'd',
  };
  deepEqual(wireHeaders(headers), {
    'Content-Type': 'a',
    ETag: 'b',
    'WWW-Authenticate': 'c',
    'Mesos-Stream-Id': 'd',
  });
});

test('plain words are plain text', () => {
  const { headers, body } = textResponse(503, 'No leader elected');
  equal(headers?.['content-type'], 'text/plain; charset=utf-8');
  equal(body, 'No leader elected');
});

test('?jsonp= makes a script that calls the function with the JSON', () => {
  const { headers, body } = withJsonp({ query: 'x=1&jsonp=a.b_$1' }, jsonResponse(200, { n: 1 }));
  equal(headers?.['content-type'], 'text/javascript');
  equal(headers?.['x-content-type-options'], 'nosniff');
  equal(String(body), 'a.b_$1({"n":1});');
  const bytes = withJsonp({ query: 'jsonp=f' }, { status: 200, body: Buffer.from('{}') });
  equal(String(bytes.body), 'f({});');
});

test('without ?jsonp= the answer stays as it is', () => {
  const response = jsonResponse(200, {});
  equal(withJsonp({ query: '' }, response), response);
  equal(withJsonp({ query: 'x=jsonp' }, response), response);
});

test('what is no name of a function is not called', () => {
  const names = ['', '1a', 'a(b)', 'a;b', 'alert(1)//', 'a b', 'a..b', '.a', 'a.', '<b>', 'a\n'];
  for (const name of [...names, 'a'.repeat(129)]) {
    const query = `jsonp=${encodeURIComponent(name)}`;
    equal(withJsonp({ query }, jsonResponse(200, {})).status, 400, name);
  }
});

test('who has seen a state by its tag is told 304, and it is not made again', () => {
  const tag = entityTag('7', { weak: false });
  equal(tag, '"7"');
  equal(entityTag('7', { weak: true }), 'W/"7"');
  const ask = (headers: Record<string, string>) =>
    withEntityTag({ headers }, tag, () => jsonResponse(200, {}));
  equal(ask({}).status, 200);
  equal(ask({}).headers?.['etag'], '"7"');
  equal(ask({}).headers?.['content-type'], 'application/json');
  deepEqual(ask({ 'if-none-match': '"7"' }), { status: 304, headers: { etag: '"7"' } });
});

test('If-None-Match compares weakly, has lists and a wildcard', () => {
  const seen = (given: string, tag: string) =>
    hasSeen({ headers: { 'if-none-match': given } }, tag);
  equal(seen('W/"7"', '"7"'), true);
  equal(seen('"7"', 'W/"7"'), true);
  equal(seen('"5", W/"6" ,"7"', '"7"'), true);
  equal(seen(' * ', '"7"'), true);
  equal(seen('"77"', '"7"'), false);
  equal(seen('7', '"7"'), false);
  equal(seen('', '"7"'), false);
});

test('a redirect goes to the same path and query, by the scheme the client came by', () => {
  deepEqual(redirectTo('leader:5050', { ...head, target: '/api/v1/scheduler?x=%20' }), {
    status: 307,
    headers: { location: '//leader:5050/api/v1/scheduler?x=%20' },
  });
});

test('basic credentials are a user, and a password that may have colons', () => {
  const token = Buffer.from('ann:pass:wörd').toString('base64');
  deepEqual(parseBasicCredentials(`Basic ${token}`), { user: 'ann', password: 'pass:wörd' });
  deepEqual(parseBasicCredentials(`BASIC   ${token} `), { user: 'ann', password: 'pass:wörd' });
  const none = Buffer.from('nocolon').toString('base64');
  const faulty = [undefined, '', 'Basic', 'Basic !', `Bearer ${token}`, `Basic ${none}`];
  for (const header of faulty) equal(parseBasicCredentials(header), undefined, header);
});

test('who is not known is told how to say who they are; who may not, why', () => {
  const challenges = [basicChallenge('mesos-"x"'), 'Bearer realm="y"'];
  const unauthorized = refusalOf({ kind: 'unauthorized', challenges }, head);
  equal(unauthorized?.status, 401);
  equal(
    unauthorized?.headers?.['www-authenticate'],
    'Basic realm="mesos-\\"x\\"", Bearer realm="y"',
  );
  const forbidden = refusalOf({ kind: 'forbidden', sentence: 'it has no name' }, head);
  equal(forbidden?.status, 403);
  match(String(forbidden?.body), /Cannot GET \\"\/state\\": it has no name/);
  equal(refusalOf({ kind: 'anonymous' }, head), undefined);
  equal(refusalOf({ kind: 'principal', principal: { claims: {} } }, head), undefined);
});

const head: HttpRequestHead = {
  method: 'GET',
  path: '/state',
  subpath: '',
  target: '/state',
  query: '',
  headers: {},
  remote: '127.0.0.1:1',
};
