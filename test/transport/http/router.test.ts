/** Which route a path belongs to. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { methodsOf, Router } from '../../../transport/http/router.ts';

const routes = {
  '/': {},
  '/state': { jsonAlias: true },
  '/api/v1': {},
  '/api/v1/scheduler': {},
  '/master/log': {},
};

/** [path, route, subpath] */
const TABLE: readonly (readonly [string, keyof typeof routes, string])[] = [
  ['/state', '/state', ''],
  ['/state/tasks/1', '/state', '/tasks/1'],
  ['/stately', '/', '/stately'],
  ['/api/v1', '/api/v1', ''],
  ['/api/v1/scheduler', '/api/v1/scheduler', ''],
  ['/api/v1/scheduler/x', '/api/v1/scheduler', '/x'],
  ['/api/v1/operator', '/api/v1', '/operator'],
  ['/api/v1/schedulers', '/api/v1', '/schedulers'],
  ['/api', '/', '/api'],
  ['/', '/', ''],
  ['/constructor', '/', '/constructor'],
  // The name of a process stands for the node, once, and gives way to routes that begin with it.
  ['/master/state', '/state', ''],
  ['/slave(1)/api/v1', '/api/v1', ''],
  ['/slave(1)', '/', ''],
  ['/slave(1)/nowhere', '/', '/nowhere'],
  ['/slave(2)/state', '/', '/slave(2)/state'],
  ['/master/log/x', '/master/log', '/x'],
  ['/master/master/state', '/', '/master/state'],
  ['/masterful/state', '/', '/masterful/state'],
  // Old clients put a suffix to the path itself, of those routes that had it.
  ['/state.json', '/state', ''],
  ['/master/state.json', '/state', ''],
  ['/state.json/x', '/', '/state.json/x'],
  ['/api/v1.json', '/', '/api/v1.json'],
];

for (const [path, route, subpath] of TABLE) {
  test(`"${path}" belongs to "${route}", and "${subpath}" is below it`, () => {
    const match = new Router(routes, ['master', 'slave(1)']).match(path);
    equal(match?.route, routes[route]);
    deepEqual(match?.subpath, subpath);
  });
}

test('without a route for the root, what no route begins belongs to none', () => {
  const router = new Router({ '/state': {} }, ['master']);
  equal(router.match('/other'), undefined);
  equal(router.match('/'), undefined);
  equal(router.match('/master'), undefined);
  equal(new Router({}).match('/__proto__'), undefined);
});

test('a path of ten thousand segments costs no more than the longest route', () => {
  const router = new Router(routes);
  const path = `/state${'/a'.repeat(10_000)}`;
  equal(router.match(path)?.route, routes['/state']);
  equal(router.match(path)?.subpath.length, 20_000);
});

test('what a route allows are its methods, not what else it says', () => {
  const answer = () => ({ status: 200 });
  deepEqual(methodsOf({ POST: answer, GET: answer, realm: 'r', jsonAlias: true }), ['GET', 'POST']);
});
