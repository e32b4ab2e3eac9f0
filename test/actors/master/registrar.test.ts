/** The registrar keeps and answers. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type FromRegistrarToMaster, registrar } from '../../../actors/master/registrar.ts';
import type { AgentId } from '../../../actors/protocol/ids.ts';
import { address, probe } from '../../kit/probe.ts';
import { agentInfo } from './scene.ts';

const master = address<FromRegistrarToMaster>('master');
const admit = (id: string) =>
  ({
    type: 'apply',
    operation: { type: 'admitAgent', info: { ...agentInfo('a:1'), agentId: id as AgentId } },
  }) as const;

test('what comes together is kept together, and answered in order, faults too', () => {
  const actor = probe(registrar, { master });
  actor.receive(admit('S0'), admit('S1'), admit('S0'));
  deepEqual(actor.sentTo(master), []);
  equal(actor.sentTo(actor.self).length, 1);
  actor.receive({ type: 'batchDue' });
  deepEqual(
    actor
      .sentTo(master)
      .map(({ message: { operation, refused } }) => [
        operation.type === 'admitAgent' && operation.info.agentId,
        refused === undefined,
      ]),
    [
      ['S0', true],
      ['S1', true],
      ['S0', false],
    ],
  );
});
