/**
 * The maintenance schedule as the leading master has it, and which agents are on its machines. The
 * same operations are applied to it as to the registry, when that has them.
 *
 * A machine is named by a host name, an IP address, or both; an agent is on it when all that is named
 * is the agent's. (In Mesos all of it must be named.) Source: Mesos 1.11, src/master/machine.hpp.
 */
import { isIPv4 } from 'node:net';
import type { RegisteredAgentInfo } from '../../protocol/agent.ts';
import type { MachineId, MaintenanceWindow, Unavailability } from '../../protocol/maintenance.ts';
import type { MachineOperation, MachineRegistry } from '../registry/machine-operations.ts';
import { machineOperations } from '../registry/machine-operations.ts';
import { type Machine, machineKey, type OperationResult } from '../registry/registry.ts';

export interface Schedule extends MachineRegistry {
  /** By `machineKey`. */
  readonly windowOf: Map<string, MaintenanceWindow>;
}

/** What agents are told that come from a machine that is down. Source: Mesos, master.cpp, registerSlave. */
export const MACHINE_DOWN = 'Machine is `DOWN`';

/** Where an agent is. */
export type AgentPlace = Pick<RegisteredAgentInfo, 'hostname' | 'node'>;

export function emptySchedule(): Schedule {
  return { machines: new Map(), maintenanceWindows: [], windowOf: new Map() };
}

/** As the leaders before have left it. */
export function recoverSchedule(schedule: Schedule, registry: MachineRegistry): void {
  for (const [key, machine] of registry.machines) schedule.machines.set(key, machine);
  schedule.maintenanceWindows = registry.maintenanceWindows;
  index(schedule);
}

/** What the registry has taken. */
export function applyToSchedule(schedule: Schedule, operation: MachineOperation): void {
  const apply = machineOperations[operation.type] as (
    registry: MachineRegistry,
    operation: MachineOperation,
  ) => OperationResult;
  apply(schedule, operation);
  index(schedule);
}

/** Those in the schedule that the agent is on: most often none or one. */
export function machinesOf({ machines }: Schedule, place: AgentPlace): readonly Machine[] {
  if (machines.size === 0) return [];
  return namesOf(place).flatMap((name) => machines.get(machineKey(name)) ?? []);
}

/** The first that begins, of all machines that the agent is on. */
export function unavailabilityOf(
  { windowOf }: Schedule,
  place: AgentPlace,
): Unavailability | undefined {
  if (windowOf.size === 0) return undefined;
  const [first] = namesOf(place)
    .flatMap((name) => windowOf.get(machineKey(name)) ?? [])
    .sort((one, other) => one.startMs - other.startMs);
  if (first === undefined) return undefined;
  const { startMs, durationMs } = first;
  return { startMs, ...(durationMs !== undefined && { durationMs }) };
}

export function isDown(schedule: Schedule, place: AgentPlace): boolean {
  return machinesOf(schedule, place).some(({ mode }) => mode === 'down');
}

/** By all that it may be named in the schedule. */
function namesOf({ hostname, node }: AgentPlace): readonly MachineId[] {
  const ip = node.slice(0, node.lastIndexOf(':'));
  if (!isIPv4(ip)) return [{ hostname }];
  return [{ hostname, ip }, { hostname }, { ip }];
}

function index({ windowOf, maintenanceWindows }: Schedule): void {
  windowOf.clear();
  for (const window of maintenanceWindows) {
    for (const machineId of window.machineIds) windowOf.set(machineKey(machineId), window);
  }
}
