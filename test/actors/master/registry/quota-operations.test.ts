/** Quotas, weights, and what a master must know of them to lead. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { missingCapabilities } from '../../../../actors/master/registry/capabilities.ts';
import { applyAll } from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { quota } from '../../../kit/registry-operations.ts';

test('of several quotas all are set, or none', () => {
  const registry = emptyRegistry();
  const sound = { role: 'dev', guaranteesMilli: { cpus: 1 }, limitsMilli: { cpus: 1 } };
  const unsound = { role: 'ops', guaranteesMilli: { mem: 2 }, limitsMilli: { mem: 1 } };
  applyAll(registry, [{ type: 'updateQuota', configs: [sound, unsound] }]);
  deepEqual([...registry.quotas], []);
  applyAll(registry, [{ type: 'updateQuota', configs: [sound] }]);
  deepEqual([...registry.quotas], [['dev', sound]]);
});

test('a quota that grants and limits nothing ends, and with the last one the need to know quotas', () => {
  const registry = emptyRegistry();
  applyAll(registry, [quota('dev', { cpus: 1000 })]);
  deepEqual([...registry.minimumCapabilities], ['quota']);
  deepEqual(missingCapabilities(registry), []);
  applyAll(registry, [quota('dev', {})]);
  deepEqual([registry.quotas.size, registry.minimumCapabilities.size], [0, 0]);
});

test('a master is told what it lacks to lead', () => {
  const registry = emptyRegistry();
  for (const name of ['agentDraining', 'timeTravel']) registry.minimumCapabilities.add(name);
  deepEqual(missingCapabilities(registry), ['timeTravel']);
});

test('a weight that was set is kept, also the one that every role has', () => {
  const registry = emptyRegistry();
  const set = (weight: number) =>
    ({ type: 'updateWeights', weights: [{ role: 'dev', weight }] }) as const;
  applyAll(registry, [set(2)]);
  deepEqual([...registry.weights], [['dev', 2]]);
  applyAll(registry, [set(1)]);
  deepEqual([...registry.weights], [['dev', 1]]);
});
