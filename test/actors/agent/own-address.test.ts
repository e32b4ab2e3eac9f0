/** What schedulers and their clients take for the address of a task. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ipAddressOf } from '../../../actors/agent/own-address.ts';

test('an address is told as it is, a name is none', () => {
  equal(ipAddressOf('10.0.0.1:5051'), '10.0.0.1');
  equal(ipAddressOf('[fd00::1]:5051'), 'fd00::1');
  equal(ipAddressOf('agent-1:5051'), undefined);
});
