/** Operations on resources in the books of the allocator. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { addAgent, freeOn } from '../../../../actors/master/allocator/agents.ts';
import { convertAllocated, convertFree } from '../../../../actors/master/allocator/conversions.ts';
import { addFramework } from '../../../../actors/master/allocator/frameworks.ts';
import { allocatorInvariants } from '../../../../actors/master/allocator/invariants.ts';
import { emptyAllocatorState } from '../../../../actors/master/allocator/state.ts';
import type { AgentId, FrameworkId, OperationUuid } from '../../../../actors/protocol/ids.ts';
import { conversionOf } from '../../../../actors/protocol/resource-operations.ts';
import { pushReservation } from '../../../../actors/protocol/resource-selection.ts';
import {
  equalResources,
  formatResources,
  parseResources,
  plus,
  type Resources,
} from '../../../../actors/protocol/resources.ts';

const agentId = 'a' as AgentId;
const frameworkId = 'f' as FrameworkId;
const role = 'dev';

function reserved(text: string): Resources {
  return pushReservation(parseResources(text), { type: 'dynamic', role });
}

const shared: Resources = reserved('disk:10').map((one) => ({
  ...one,
  disk: { persistence: { id: 'v' }, volume: { containerPath: 'v', mode: 'rw' as const } },
  shared: true as const,
})) as Resources;

function begin(total: Resources, held: string | Resources) {
  const state = emptyAllocatorState();
  const roles = [role];
  addFramework(state, {
    type: 'addFramework',
    ...{ frameworkId, roles, suppressedRoles: [], active: true },
    capabilities: ['sharedResources'],
  });
  const resources = typeof held === 'string' ? parseResources(held) : held;
  addAgent(state, {
    type: 'addAgent',
    ...{ agentId, epoch: 1, total, attributes: [], hostname: 'h', active: true },
    used: [{ frameworkId, role, resources }],
  });
  const agent = state.agents.get(agentId);
  if (agent === undefined) throw new Error('The agent was not added');
  return { state, agent };
}

test('what a framework has becomes something else, and as much is free as before', () => {
  const { state, agent } = begin(parseResources('cpus:4;mem:64'), 'cpus:3');
  const conversions = [conversionOf({ type: 'reserve', resources: reserved('cpus:2') })];
  convertAllocated(state, {
    type: 'convertAllocated',
    ...{ frameworkId, role, agentId, conversions, copies: [] },
  });
  allocatorInvariants(state);
  equal(formatResources(freeOn(agent)), 'cpus:1;mem:64');
  equal(
    equalResources(agent.total, plus(parseResources('cpus:2;mem:64'), reserved('cpus:2'))),
    true,
  );
});

test('all that a framework has may be converted: it keeps its place', () => {
  const { state, agent } = begin(parseResources('cpus:4'), 'cpus:4');
  const conversions = [conversionOf({ type: 'reserve', resources: reserved('cpus:4') })];
  convertAllocated(state, {
    type: 'convertAllocated',
    ...{ frameworkId, role, agentId, conversions, copies: [] },
  });
  allocatorInvariants(state);
  deepEqual([freeOn(agent).length, agent.allocated.size], [0, 1]);
});

test('what nobody has is converted only if nobody has it', () => {
  const { state, agent } = begin(parseResources('cpus:4'), 'cpus:3');
  const ask = (text: string, agentEpoch = 1) =>
    convertFree(state, {
      type: 'convertFree',
      ...{ operationUuid: 'o' as OperationUuid, agentId, agentEpoch },
      conversion: conversionOf({ type: 'reserve', resources: reserved(text) }),
    });
  equal(formatResources(ask('cpus:2') ?? []), 'cpus:1');
  deepEqual(ask('cpus:1', 2), []);
  equal(ask('cpus:1'), undefined);
  allocatorInvariants(state);
  equal(freeOn(agent)[0]?.reservations?.length, 1);
});

test('a volume that somebody has in another size is not free: a change of it came to nothing', () => {
  const volume = (milli: number): Resources =>
    shared.map(({ shared: _, ...one }) => ({ ...one, milli })) as Resources;
  const total = plus(parseResources('cpus:1'), volume(16_000));
  const { state, agent } = begin(total, volume(8000));
  equal(formatResources(freeOn(agent)), 'cpus:1');
  allocatorInvariants(state);
});

test('a volume that several may use is offered while it is used, and not destroyed', () => {
  const total = plus(parseResources('cpus:4'), shared);
  const { state, agent } = begin(total, plus(parseResources('cpus:1'), shared));
  equal(
    freeOn(agent).some((one) => one.shared === true),
    true,
  );
  convertAllocated(state, {
    type: 'convertAllocated',
    ...{ frameworkId, role, agentId, conversions: [], copies: shared },
  });
  allocatorInvariants(state);
  const left = convertFree(state, {
    type: 'convertFree',
    ...{ operationUuid: 'o' as OperationUuid, agentId, agentEpoch: 1 },
    conversion: conversionOf({ type: 'destroyVolumes', volumes: shared }),
  });
  equal(left === undefined, false);
});
