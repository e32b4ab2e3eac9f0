/** How values are shown to outsiders: as plain data of limited size. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { follow, plainView } from '../../runtime/plain-view.ts';

const limits = { depthMax: 4, memberCountMax: 3, valueCountMax: 100, textLengthMax: 10 };

test('plain data is shown as it is', () => {
  const value = { text: 'x', number: 1.5, yes: true, nothing: null, list: [1, 'two'] };
  deepEqual(plainView(value, { ...limits, memberCountMax: 10 }), value);
});

test('what plain data has no word for is named', () => {
  const shown = [
    new Map([['key', 1]]),
    new Set([1]),
    new Uint8Array(7),
    undefined,
    function named() {},
    12n,
    new Error('oops'),
    new Date(0),
  ].map((value) => plainView(value, limits));
  deepEqual(shown, [
    { $map: [['key', 1]] },
    { $set: [1] },
    { $bytes: 7 },
    { $undefined: true },
    { $function: 'named' },
    '12',
    { name: 'Error', message: 'oops' },
    '1970-01-01T00:00:00.000Z',
  ]);
});

test('what is too deep, too long or too many is cut, and says so', () => {
  deepEqual(plainView({ a: { b: { c: { d: { e: 1 } } } } }, limits), {
    a: { b: { c: { d: { $cut: 'too deep' } } } },
  });
  deepEqual(plainView([1, 2, 3, 4, 5], limits), [1, 2, 3, { $cut: '2 more' }]);
  deepEqual(plainView({ a: 1, b: 2, c: 3, d: 4 }, limits), { a: 1, b: 2, c: 3, $cut: '1 more' });
  equal(plainView('x'.repeat(20), limits), 'xxxxxxxxxx…(20)');
});

test('a cycle is cut, the same thing twice is not', () => {
  const same = { n: 1 };
  const circle: { self?: unknown; one: unknown; two: unknown } = { one: same, two: same };
  circle.self = circle;
  deepEqual(plainView(circle, limits), { one: same, two: same, self: { $cut: 'a cycle' } });
});

test('the size of the whole is limited, text included', () => {
  const wide = Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => 'x'.repeat(500)));
  const shown = plainView(wide, {
    depthMax: 8,
    memberCountMax: 1000,
    valueCountMax: 200,
    textLengthMax: 1000,
  });
  const { length } = JSON.stringify(shown);
  ok(length < 200 * 40, `${length} characters`);
});

test('a hostile key becomes a harmless one', () => {
  const shown = plainView(JSON.parse('{"__proto__": {"evil": 1}}'), limits) as object;
  equal(Object.getPrototypeOf(shown), Object.prototype);
  deepEqual(shown, { $__proto__: { evil: 1 } });
});

test('what is secret is not shown, nor found by a path', () => {
  const masked = { $secret: true };
  const value = {
    secret: 'x',
    list: [
      { name: 'APP_SECRET', value: 'x' },
      { name: 'n', value: 1 },
    ],
  };
  deepEqual(plainView(value, limits), {
    secret: masked,
    list: [
      { name: 'APP_SECRET', value: masked },
      { name: 'n', value: 1 },
    ],
  });
  deepEqual(follow(value, ['secret']), { value: masked });
  deepEqual(follow(value, ['list', '0', 'value']), { value: masked });
  deepEqual(follow(value, ['list', '1', 'value']), { value: 1 });
});

test('a path leads through objects, maps, arrays and sets, by their own members only', () => {
  const value = { map: new Map([[7, ['a', new Set(['b'])]]]) };
  deepEqual(follow(value, []), { value });
  deepEqual(follow(value, ['map', '7', '0']), { value: 'a' });
  deepEqual(follow(value, ['map', '7', '1', '0']), { value: 'b' });
  for (const lost of [['map', '8'], ['toString'], ['map', '7', 'length', 'x'], ['map', 'size']]) {
    equal(follow(value, lost), undefined);
  }
});
