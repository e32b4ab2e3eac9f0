/** Frameworks in the registry. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { applyAll, type RegistryOperation } from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { begin, complete, frameworkIdOf, frameworkOf } from '../../../kit/registry-operations.ts';

const frameworkId = frameworkIdOf('f');
const disconnect = { type: 'markFrameworkDisconnected', frameworkId, sinceMs: 3 } as const;

function after(...operations: RegistryOperation[]) {
  const registry = emptyRegistry();
  applyAll(registry, operations);
  const { frameworks, completedFrameworks } = registry;
  return { running: [...frameworks], completed: [...completedFrameworks] };
}

test('a framework is remembered with the moment since when it has no scheduler', () => {
  const info = frameworkOf('f');
  const later = { ...disconnect, sinceMs: 8 };
  const lost = [[frameworkId, { info, disconnectedMs: 3 }]];
  deepEqual(after(begin('f'), disconnect, later).running, lost);
  const connect = { type: 'markFrameworkConnected', frameworkId } as const;
  deepEqual(after(begin('f'), disconnect, connect).running, [[frameworkId, { info }]]);
});

test('a new description does not connect a framework', () => {
  const info = frameworkOf('renamed');
  const update = { type: 'updateFramework', frameworkId, info } as const;
  deepEqual(after(begin('f'), disconnect, update).running, [
    [frameworkId, { info, disconnectedMs: 3 }],
  ]);
});

test('of a framework that has ended only name and time are left, oldest first', () => {
  const ended = after(begin('f'), begin('g'), disconnect, complete('g', 5), complete('f', 6));
  deepEqual(ended, {
    running: [],
    completed: [
      [frameworkIdOf('g'), { name: 'g', endedMs: 5 }],
      [frameworkId, { name: 'f', endedMs: 6 }],
    ],
  });
});
