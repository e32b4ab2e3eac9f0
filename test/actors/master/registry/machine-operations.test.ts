/** The maintenance schedule in the registry. */
import { deepEqual, match } from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyAll,
  applyToRegistry,
  type RegistryOperation,
  refusalOf,
} from '../../../../actors/master/registry/operations.ts';
import { emptyRegistry } from '../../../../actors/master/registry/registry.ts';
import { schedule, takeDown } from '../../../kit/registry-operations.ts';

function after(...operations: RegistryOperation[]) {
  const registry = emptyRegistry();
  applyAll(registry, operations);
  return registry;
}

test('machines are draining as long as they are in the schedule', () => {
  const modes = (...operations: RegistryOperation[]) =>
    [...after(...operations).machines].map(([key, { mode }]) => `${key} ${mode}`);
  deepEqual(modes(schedule('a', 'B')), ['a/ draining', 'b/ draining']);
  deepEqual(modes(schedule('a', 'b'), takeDown('a'), schedule('a', 'c')), [
    'a/ down',
    'c/ draining',
  ]);
  deepEqual(modes(schedule('a'), { type: 'updateMaintenanceSchedule', windows: [] }), []);
});

test('a machine whose maintenance has ended leaves the schedule, and its window when it was the last', () => {
  const windows = [
    { machineIds: [{ hostname: 'a' }, { hostname: 'b' }], startMs: 1 },
    { machineIds: [{ hostname: 'c', ip: '10.0.0.3' }], startMs: 2, durationMs: 3 },
  ];
  const machineIds = [{ hostname: 'A' }, { hostname: 'c', ip: '10.0.0.3' }];
  const { maintenanceWindows, machines } = after(
    { type: 'updateMaintenanceSchedule', windows },
    { type: 'startMaintenance', machineIds },
    { type: 'stopMaintenance', machineIds },
  );
  deepEqual(maintenanceWindows, [{ machineIds: [{ hostname: 'b' }], startMs: 1 }]);
  deepEqual([...machines.keys()], ['b/']);
});

test('what is wrong with a schedule is said', () => {
  const refusal = (...operations: RegistryOperation[]) => {
    const [last] = operations.slice(-1);
    if (last === undefined) return undefined;
    return refusalOf(applyToRegistry(after(...operations.slice(0, -1)), last));
  };
  match(refusal(schedule('a', 'A')) ?? '', /machine "A" is in it twice/);
  match(refusal(schedule()) ?? '', /a window has no machines/);
  match(refusal(schedule('a'), takeDown('a'), schedule('b')) ?? '', /"a" is down .*stop its/);
});
