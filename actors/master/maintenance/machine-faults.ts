/**
 * What is wrong with a schedule or with a list of machines. Pure.
 * Source of the rules and of the sentences: Mesos 1.11, src/master/maintenance.cpp, validation;
 * http.cpp, `_startMaintenance`, `_stopMaintenance`. How many there may be is Messor's.
 */
import { isIPv4 } from 'node:net';
import type { MachineId, MachineMode, MaintenanceWindow } from '../../protocol/maintenance.ts';
import { MACHINES_PER_WINDOW_MAX, MAINTENANCE_WINDOWS_MAX } from '../../protocol/maxima.ts';
import { machineKey } from '../registry/registry.ts';
import type { Schedule } from './schedule.ts';

export function scheduleFault(
  { machines }: Schedule,
  windows: readonly MaintenanceWindow[],
): string | undefined {
  if (windows.length > MAINTENANCE_WINDOWS_MAX) {
    return `At most ${MAINTENANCE_WINDOWS_MAX} windows are kept, and there are ${windows.length}`;
  }
  const scheduled = new Set<string>();
  for (const { machineIds, durationMs = 0 } of windows) {
    if (machineIds.length === 0) return 'List of machines in the maintenance window is empty';
    if (durationMs < 0) return "Unavailability 'duration' is negative";
    const fault = listFault(machineIds, scheduled);
    if (fault !== undefined) return fault;
  }
  for (const [key, { machineId, mode }] of machines) {
    if (mode !== 'down' || scheduled.has(key)) continue;
    return `Machine '${textOf(machineId)}' is deactivated and cannot be removed from the schedule`;
  }
  return undefined;
}

/** @param mode that all of them must be in, in order to leave it */
export function machinesFault(
  { machines }: Schedule,
  machineIds: readonly MachineId[],
  mode: MachineMode,
): string | undefined {
  if (machineIds.length === 0) return 'List of machines is empty';
  const fault = listFault(machineIds, new Set());
  if (fault !== undefined) return fault;
  for (const machineId of machineIds) {
    const machine = machines.get(machineKey(machineId));
    const name = `Machine '${textOf(machineId)}'`;
    if (machine === undefined) return `${name} is not part of a maintenance schedule`;
    if (machine.mode === mode) continue;
    return mode === 'down'
      ? `${name} is not in DOWN mode and cannot be brought up`
      : `${name} is not in DRAINING mode and cannot be brought down`;
  }
  return undefined;
}

/** As it stands in sentences of Mesos: `host (1.2.3.4)`. */
export function machineName({ hostname, ip }: MachineId): string {
  if (hostname === undefined) return ip ?? '';
  return ip === undefined ? hostname : `${hostname} (${ip})`;
}

/** @param scheduled those before; these are added */
function listFault(machineIds: readonly MachineId[], scheduled: Set<string>): string | undefined {
  if (machineIds.length > MACHINES_PER_WINDOW_MAX) {
    return `At most ${MACHINES_PER_WINDOW_MAX} machines are named at once, and there are ${machineIds.length}`;
  }
  for (const machineId of machineIds) {
    const { hostname = '', ip = '' } = machineId;
    if (hostname === '' && ip === '') return "Both 'hostname' and 'ip' for a machine are empty";
    if (ip !== '' && !isIPv4(ip)) return `Failed to parse IPv4: ${ip}`;
    const key = machineKey(machineId);
    if (scheduled.has(key)) {
      return `Machine '${textOf(machineId)}' appears more than once in the schedule`;
    }
    scheduled.add(key);
  }
  return undefined;
}

function textOf({ hostname, ip }: MachineId): string {
  return JSON.stringify({ hostname, ip });
}
