/** Checks say where the first fault is, and never throw. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acceptor,
  also,
  array,
  boolean,
  bytes,
  type Check,
  integer,
  maybe,
  nullable,
  number,
  object,
  oneOf,
  openObject,
  record,
  sound,
  string,
  union,
} from '../../runtime/decode.ts';

type Shape =
  | { readonly type: 'circle'; readonly radius: number; readonly label?: string }
  | { readonly type: 'path'; readonly points: readonly { x: number; y: number }[] }
  | { readonly type: 'secret' };

const shape = union<Shape, 'type'>('type', {
  circle: [{ radius: number(0, 10) }, { label: string(5) }],
  path: [{ points: array(object<{ x: number; y: number }>({ x: integer(), y: integer() }), 3) }],
  secret: 'neverRemote',
});

test('what has the shape is accepted', () => {
  equal(fault(shape, { type: 'circle', radius: 1.5 }), undefined);
  equal(fault(shape, { type: 'circle', radius: 0, label: 'round' }), undefined);
  equal(fault(shape, { type: 'path', points: [{ x: 1, y: -2 }] }), undefined);
});

test('an open object may have more fields, and those that are known are checked', () => {
  const open = openObject<{ a: number; b?: string }>({ a: integer() }, { b: string(3) });
  equal(fault(open, { a: 1 }), undefined);
  equal(fault(open, { a: 1, b: 'x', c: 7, d: 8 }), undefined);
  equal(fault(open, { c: 7, a: 1 }), undefined);
  equal(fault(open, { b: 'x', c: 7 }), 'a: is missing');
  equal(fault(open, { a: 1, b: 7, c: 7 }), 'b: expected a string, got 7');
});

test('the fault is named by its path, and the value is quoted', () => {
  equal(fault(shape, 7), 'expected an object, got 7');
  equal(fault(shape, { type: 'square' }), 'type: "square" is not known here');
  equal(fault(shape, { radius: 1 }), 'type: undefined is not known here');
  equal(fault(shape, { type: 'circle' }), 'radius: is missing');
  equal(
    fault(shape, { type: 'circle', radius: '1' }),
    'radius: expected a number from 0 to 10, got "1"',
  );
  equal(
    fault(shape, {
      type: 'path',
      points: [
        { x: 1, y: 2 },
        { x: 1, y: 0.5 },
      ],
    }),
    `points[1].y: expected a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}, got 0.5`,
  );
  equal(fault(array(string(9), 9), ['a', {}]), '[1]: expected a string, got an object');
});

test('a long value is cut where it is quoted', () => {
  equal(fault(boolean, 'x'.repeat(1000)), `expected true or false, got "${'x'.repeat(40)}…"`);
});

test('everything that can grow has a maximum', () => {
  equal(
    fault(shape, { type: 'circle', radius: 1, label: 'too long' }),
    'label: expected at most 5 characters, got 8',
  );
  equal(fault(array(boolean, 1), [true, true]), 'expected at most 1 items, got 2');
  equal(fault(bytes(2), new Uint8Array(3)), 'expected at most 2 bytes, got 3');
  equal(fault(record(boolean, 1, 3), { a: true, b: true }), 'expected at most 1 entries');
  equal(
    fault(record(boolean, 1, 3), { long: true }),
    'expected keys of at most 3 characters, got "long"',
  );
});

test('a field that is not known is refused, and so is what only we may say', () => {
  equal(
    fault(shape, { type: 'circle', radius: 1, extra: 2 }),
    'has a field "extra" that is not known here',
  );
  equal(fault(shape, { type: 'secret' }), 'is never sent from elsewhere');
  equal(
    fault(object<{ a: boolean }>({ a: boolean }), new Map()),
    'expected an object, got an object',
  );
});

test('the small checks know their values', () => {
  equal(fault(integer(1, 3), 4), 'expected a whole number from 1 to 3, got 4');
  equal(fault(integer(), 2 ** 53)?.startsWith('expected a whole number'), true);
  equal(fault(number(0, 1), Number.NaN), 'expected a number from 0 to 1, got NaN');
  equal(fault(bytes(9), 'text'), 'expected bytes, got "text"');
  equal(fault(oneOf({ red: true, green: true }), 'blue'), 'expected "red" or "green", got "blue"');
  equal(fault(oneOf({ red: true }), 'constructor'), 'expected "red", got "constructor"');
  equal(fault(nullable(boolean), null), undefined);
  equal(fault(nullable(boolean), undefined), 'expected true or false, got undefined');
  equal(fault(maybe(boolean), undefined), undefined);
  equal(fault(record(boolean, 9, 9), { a: true, b: 1 }), '["b"]: expected true or false, got 1');
  const even = also(integer(), (value) => (value % 2 === 0 ? undefined : 'expected an even one'));
  equal(fault(even, 3), 'expected an even one');
  equal(fault(even, 'x')?.startsWith('expected a whole number'), true);
  equal(
    fault(
      sound(() => 'never right'),
      1,
    ),
    'never right',
  );
});

test('property: no check throws, whatever it gets', () => {
  const checks = [shape, record(shape, 3, 3), array(shape, 3), maybe(nullable(shape)), bytes(3)];
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      for (const check of checks) fault(check, value);
    }),
  );
});

function fault(check: Check<unknown>, value: unknown): string | undefined {
  return acceptor(check)(value);
}
