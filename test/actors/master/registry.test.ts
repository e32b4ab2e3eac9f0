/** Operations on the registry. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyToRegistry,
  type Registry,
  type RegistryOperation,
} from '../../../actors/master/registry.ts';
import type { AgentId } from '../../../actors/protocol/ids.ts';
import { agentInfo } from './scene.ts';

const agentId = 'S0' as AgentId;
const info = { ...agentInfo('a:1'), agentId };
const admit = { type: 'admitAgent', info } as const;
const markUnreachable = { type: 'markAgentUnreachable', agentId, sinceMs: 5 } as const;

function after(...operations: RegistryOperation[]) {
  const registry: Registry = { admitted: new Map(), unreachable: new Map() };
  const refusals = operations.map((operation) => applyToRegistry(registry, operation));
  const { admitted, unreachable } = registry;
  return { admitted: [...admitted.keys()], unreachable: [...unreachable], last: refusals.at(-1) };
}

test('an agent is admitted, unreachable, and reachable again', () => {
  deepEqual(after(admit).admitted, [agentId]);
  const lost = after(admit, markUnreachable);
  deepEqual([lost.admitted, lost.unreachable], [[], [[agentId, 5]]]);
  const back = after(admit, markUnreachable, { type: 'markAgentReachable', info });
  deepEqual([back.admitted, back.unreachable], [[agentId], []]);
});

test('an agent that was forgotten may come back', () => {
  const { unreachable } = after(admit, markUnreachable, {
    type: 'forgetAgents',
    agentIds: [agentId],
    replaced: false,
  });
  deepEqual(unreachable, []);
  deepEqual(after({ type: 'markAgentReachable', info }).admitted, [agentId]);
});

test('what cannot be applied changes nothing and is refused with a sentence', () => {
  const twice = after(admit, admit);
  match(twice.last ?? '', /Cannot admit agent "S0": it is admitted already/);
  equal(twice.admitted.length, 1);
  match(after(admit, markUnreachable, admit).last ?? '', /it is unreachable/);
  for (const operation of [
    markUnreachable,
    { type: 'updateAgent', info },
    { type: 'removeAgent', agentId },
  ] as const) {
    match(after(operation).last ?? '', /"S0".*: it is not admitted/);
  }
});

test('an agent that leaves is in no list', () => {
  deepEqual(after(admit, { type: 'removeAgent', agentId }), {
    admitted: [],
    unreachable: [],
    last: undefined,
  });
});
