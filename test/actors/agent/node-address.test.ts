/** Hosts and addresses of nodes. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, ipOf } from '../../../actors/agent/node-address.ts';

test('a node has an address when it is named by one', () => {
  const nodes = ['10.0.0.1:5051', '[::1]:5051', 'box:5051'];
  deepEqual(nodes.map(hostOf), ['10.0.0.1', '::1', 'box']);
  deepEqual(nodes.map(ipOf), ['10.0.0.1', '::1', undefined]);
});
