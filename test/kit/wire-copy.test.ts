/** What a message looks like after a journey. */
import { deepEqual, equal, notEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { wireCopy } from './wire-copy.ts';

test('a copy equals the original and shares nothing with it', () => {
  const original = {
    type: 'x',
    list: [1, { deep: null }],
    bytes: Uint8Array.of(1, 2),
    gone: undefined,
  };
  const copy = wireCopy(original);
  deepEqual(copy, original);
  notEqual(copy, original);
  notEqual(copy.list, original.list);
  notEqual(copy.bytes, original.bytes);
});

test('what arrives cannot be changed', () => {
  const copy = wireCopy({ list: [1], inner: { value: 1 } });
  throws(() => copy.list.push(2), TypeError);
  throws(() => {
    copy.inner.value = 2;
  }, TypeError);
});

test('what no wire could carry is refused with its path', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  equal(faultOf({ a: [{ run: () => 1 }] }), '"a[0].run" to another node: it is a function');
  equal(faultOf({ tasks: new Map() }), '"tasks" to another node: it is an instance of Map');
  equal(faultOf({ count: 1n }), '"count" to another node: it is a bigint');
  throws(() => wireCopy(cycle), /more than 32 levels, or a cycle/);
});

function faultOf(value: unknown): string | undefined {
  try {
    wireCopy(value);
    return undefined;
  } catch (error) {
    return /Cannot carry (.*), not plain data/.exec(String(error))?.[1];
  }
}
