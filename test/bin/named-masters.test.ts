/** Which masters a name stands for. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type FindAddresses, namedMasters } from '../../bin/named-masters.ts';

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'masters.example': ['10.0.0.3', '10.0.0.1', '10.0.0.2'],
  'both.example': ['::1', '10.0.0.7'],
  'six.example': ['fd00::2', 'fd00::1'],
};
const find: FindAddresses = async (host) => {
  const addresses = KNOWN[host];
  if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

test('a name with several addresses stands for a master at each of them', async () => {
  deepEqual(await namedMasters(['masters.example:5050', '10.0.0.1:5050'], find), [
    '10.0.0.1:5050',
    '10.0.0.2:5050',
    '10.0.0.3:5050',
  ]);
  deepEqual(await namedMasters(['six.example:1'], find), ['[fd00::1]:1', '[fd00::2]:1']);
});

test('a name with one address, an address, and a name that nobody knows stay what they are', async () => {
  const nodes = ['both.example:5050', '10.0.0.9:1', '[::1]:5050', 'nowhere.example:5050'];
  deepEqual(await namedMasters(nodes, find), nodes);
});
