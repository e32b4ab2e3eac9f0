/** How addresses are written and read. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { address, formatAddress, parseAddress, sameAddress } from '../../runtime/address.ts';

test('an address prints and parses, with and without its incarnation', () => {
  for (const text of ['master@10.0.0.1:5050', 'slave(1)@[::1]:5051#17', 'x@agent-1:0']) {
    const parsed = parseAddress(text);
    equal(parsed === undefined ? undefined : formatAddress(parsed), text);
  }
  deepEqual(parseAddress('a@b:1#2'), { node: 'b:1', name: 'a', incarnation: 2 });
});

test('what is no address parses to nothing', () => {
  const wrong = ['', 'a', 'a@b', '@b:1', 'a@b:1#', 'a@b:1#x', 'a b@c:1', 'a@b@c:1', 'é@b:1'];
  for (const text of [...wrong, `${'x'.repeat(256)}@b:1`]) equal(parseAddress(text), undefined);
});

test('two addresses are the same unless name, node or a stated incarnation differ', () => {
  const one = address<never>('a', 'b:1');
  equal(sameAddress(one, address('a', 'b:1', 7)), true);
  equal(sameAddress(address('a', 'b:1', 7), address('a', 'b:1', 7)), true);
  equal(sameAddress(address('a', 'b:1', 7), address('a', 'b:1', 8)), false);
  equal(sameAddress(one, address('a', 'b:2')), false);
  equal(sameAddress(one, address('c', 'b:1')), false);
});
