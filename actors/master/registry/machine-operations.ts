/**
 * The maintenance schedule, and the machines in it.
 *
 *     (up) ──updateMaintenanceSchedule──▶ draining ──startMaintenance──▶ down ──stopMaintenance──▶ (up)
 *              └───────── no longer in it ──▶ (up)
 *
 * A schedule replaces the one before as a whole. A machine that is down can't be left out of it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { MachineId, MachineMode, MaintenanceWindow } from '../../protocol/maintenance.ts';
import {
  type Machine,
  MUTATED,
  machineKey,
  type OperationHandlers,
  type Registry,
  UNCHANGED,
} from './registry.ts';

export type MachineOperation =
  /** Refused when it names a machine twice, a window is empty, or one that is down is missing. */
  | {
      readonly type: 'updateMaintenanceSchedule';
      readonly windows: readonly MaintenanceWindow[];
    }
  /** All of them or none; refused when one is not in the schedule. Without effect on those down. */
  | { readonly type: 'startMaintenance'; readonly machineIds: readonly MachineId[] }
  /** They leave the schedule. All of them or none; refused when one is not down. */
  | { readonly type: 'stopMaintenance'; readonly machineIds: readonly MachineId[] };

/** What of the registry is about machines. */
export type MachineRegistry = Pick<Registry, 'machines' | 'maintenanceWindows'>;

export const machineOperations: OperationHandlers<MachineOperation, MachineRegistry> = {
  updateMaintenanceSchedule(registry, { windows }) {
    const { machines } = registry;
    const scheduled = new Map<string, MachineId>();
    for (const { machineIds } of windows) {
      if (machineIds.length === 0) return refuse('a window has no machines');
      for (const machineId of machineIds) {
        const key = machineKey(machineId);
        if (scheduled.has(key)) return refuse(`${nameOf(machineId)} is in it twice`);
        scheduled.set(key, machineId);
      }
    }
    for (const [key, { machineId, mode }] of machines) {
      if (mode === 'down' && !scheduled.has(key)) {
        return refuse(`${nameOf(machineId)} is down and not in it; stop its maintenance first`);
      }
    }
    if (isDeepStrictEqual(registry.maintenanceWindows, windows)) return UNCHANGED;
    for (const key of machines.keys()) if (!scheduled.has(key)) machines.delete(key);
    for (const [key, machineId] of scheduled) {
      if (!machines.has(key)) machines.set(key, { machineId, mode: 'draining' });
    }
    registry.maintenanceWindows = windows;
    return MUTATED;

    function refuse(reason: string) {
      return { refused: `Cannot update the maintenance schedule: ${reason}` };
    }
  },

  startMaintenance(registry, { machineIds }) {
    const { machines } = registry;
    const found = find(registry, machineIds);
    if (typeof found === 'string') {
      return { refused: `Cannot start maintenance of ${found}: it is not in the schedule` };
    }
    const draining = found.filter(({ mode }) => mode === 'draining');
    for (const { machineId } of draining) {
      machines.set(machineKey(machineId), { machineId, mode: 'down' });
    }
    return draining.length > 0 ? MUTATED : UNCHANGED;
  },

  stopMaintenance(registry, { machineIds }) {
    const found = find(registry, machineIds, 'down');
    if (typeof found === 'string') {
      return { refused: `Cannot stop maintenance of ${found}: it is not down` };
    }
    if (found.length === 0) return UNCHANGED;
    const stopped = new Set(found.map(({ machineId }) => machineKey(machineId)));
    for (const key of stopped) registry.machines.delete(key);
    registry.maintenanceWindows = registry.maintenanceWindows.flatMap((window) => {
      const left = window.machineIds.filter((machineId) => !stopped.has(machineKey(machineId)));
      return left.length > 0 ? [{ ...window, machineIds: left }] : [];
    });
    return MUTATED;
  },
};

/** @returns all of them, or the name of the first that isn't there or isn't right */
function find(
  { machines }: MachineRegistry,
  machineIds: readonly MachineId[],
  wanted?: MachineMode,
): readonly Machine[] | string {
  const found: Machine[] = [];
  for (const machineId of machineIds) {
    const machine = machines.get(machineKey(machineId));
    if (machine === undefined || machine.mode !== (wanted ?? machine.mode))
      return nameOf(machineId);
    found.push(machine);
  }
  return found;
}

function nameOf({ hostname, ip }: MachineId): string {
  return `machine "${[hostname, ip].filter((part) => part !== undefined).join(' ')}"`;
}
