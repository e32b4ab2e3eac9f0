/** Which route a path belongs to. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { matchRoute } from '../../../transport/http/router.ts';

const routes = { '/': {}, '/state': {}, '/api/v1': {}, '/api/v1/scheduler': {} };

/** [path, route, subpath] */
const TABLE: readonly (readonly [string, keyof typeof routes, string])[] = [
  ['/state', '/state', ''],
  ['/state/', '/state', '/'],
  ['/state/tasks/1', '/state', '/tasks/1'],
  ['/stately', '/', '/stately'],
  ['/api/v1', '/api/v1', ''],
  ['/api/v1/scheduler', '/api/v1/scheduler', ''],
  ['/api/v1/scheduler/x', '/api/v1/scheduler', '/x'],
  ['/api/v1/schedulers', '/api/v1', '/schedulers'],
  ['/api', '/', '/api'],
  ['/', '/', '/'],
  ['//state', '/', '//state'],
  ['/constructor', '/', '/constructor'],
];

for (const [path, route, subpath] of TABLE) {
  test(`"${path}" belongs to "${route}", and "${subpath}" is below it`, () => {
    const match = matchRoute(routes, path);
    equal(match?.route, routes[route]);
    deepEqual(match?.subpath, subpath);
  });
}

test('without a route for the root, what no route begins belongs to none', () => {
  equal(matchRoute({ '/state': {} }, '/other'), undefined);
  equal(matchRoute({ '/state': {} }, '/'), undefined);
  equal(matchRoute({}, '/__proto__'), undefined);
});
