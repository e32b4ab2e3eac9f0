/**
 * Maintenance: machines that are to be unavailable, that are down, and that are up again.
 *
 *     (up) ──updateMaintenanceSchedule──▶ draining ──startMaintenance──▶ down ──stopMaintenance──▶ (up)
 *
 * The registry has it first. Then what is on offer of agents whose unavailability is another one is
 * rescinded, to be offered again with the new one. The agents of a machine that goes down are shut
 * down and given up, with their tasks; none may register from there until it is up again.
 * Source: Mesos 1.11, src/master/http.cpp, `___updateMaintenanceSchedule`, `_startMaintenance`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AgentId } from '../../protocol/ids.ts';
import type { MachineStatus } from '../../protocol/maintenance.ts';
import { leave } from '../agent-losses.ts';
import { tellAllocator } from '../children.ts';
import type { MasterContext, MasterHandlers } from '../messages.ts';
import { rescindOffer } from '../offers.ts';
import { askRegistrar } from '../orders.ts';
import type { MachineOperation } from '../registry/machine-operations.ts';
import { machineKey } from '../registry/registry.ts';
import type { AgentRecord, MasterState } from '../state.ts';
import { rescindInverseOffer } from './inverse-offers.ts';
import { machinesFault, scheduleFault } from './machine-faults.ts';
import {
  applyToSchedule,
  isDown,
  machinesOf,
  recoverSchedule,
  unavailabilityOf,
} from './schedule.ts';

export const maintenanceHandlers: MasterHandlers<
  'updateMaintenanceSchedule' | 'startMaintenance' | 'stopMaintenance' | 'describeMaintenance'
> = {
  updateMaintenanceSchedule(state, { replyTo, ...operation }, context) {
    const fault = scheduleFault(state.schedule, operation.windows);
    askRegistrar(state, { operation, replyTo }, invalid(fault), context);
  },

  startMaintenance(state, { replyTo, ...operation }, context) {
    const fault = machinesFault(state.schedule, operation.machineIds, 'draining');
    askRegistrar(state, { operation, replyTo }, invalid(fault), context);
  },

  stopMaintenance(state, { replyTo, ...operation }, context) {
    const fault = machinesFault(state.schedule, operation.machineIds, 'down');
    askRegistrar(state, { operation, replyTo }, invalid(fault), context);
  },

  describeMaintenance(state, { replyTo }, context) {
    const { maintenanceWindows: windows } = state.schedule;
    context.send(replyTo, { type: 'maintenanceView', windows, machines: machineStatuses(state) });
  },
};

/** The registry has it. */
export function maintenanceChanged(
  state: MasterState,
  operation: MachineOperation,
  context: MasterContext,
): void {
  const { schedule } = state;
  applyToSchedule(schedule, operation);
  for (const agent of [...state.agents.registered.values()]) {
    if (isDown(schedule, agent.info)) shutDown(state, agent, context);
    else noteUnavailability(state, agent, context);
  }
}

/** A new leader goes on: also with agents of machines that went down while there was none. */
export function recoverMaintenance(state: MasterState, context: MasterContext): void {
  recoverSchedule(state.schedule, context.options.registry);
  for (const [agentId, info] of state.agents.recovered) {
    if (isDown(state.schedule, info)) leave(state, agentId, context);
  }
}

/** To be called when an agent has been let in: its machine may have gone down just before. */
export function shutDownIfDown(
  state: MasterState,
  agent: AgentRecord,
  context: MasterContext,
): void {
  if (isDown(state.schedule, agent.info)) shutDown(state, agent, context);
}

function shutDown(state: MasterState, agent: AgentRecord, context: MasterContext): void {
  const { agentId, address } = agent;
  if (state.agents.leaving.has(agentId)) return;
  context.log.info(`Agent "${agentId}" is shut down: its machine is down for maintenance`);
  context.send(address, { type: 'shutdownAgent', reason: "Operator initiated 'Machine DOWN'" });
  leave(state, agentId, context);
}

function noteUnavailability(state: MasterState, agent: AgentRecord, context: MasterContext): void {
  const { agentId, info } = agent;
  const unavailability = unavailabilityOf(state.schedule, info);
  if (isDeepStrictEqual(unavailability, agent.unavailability)) return;
  agent.unavailability = unavailability;
  agent.inverseStatuses.clear();
  for (const offer of agent.offers) rescindOffer(state, offer, context);
  for (const record of agent.inverseOffers.values()) rescindInverseOffer(state, record, context);
  // Last: what is made from now on is made with what is new.
  const known = unavailability === undefined ? {} : { unavailability };
  tellAllocator(state, { type: 'updateUnavailability', agentId, ...known }, context);
}

function machineStatuses(state: MasterState): readonly MachineStatus[] {
  const agents = new Map<string, AgentRecord[]>();
  for (const agent of state.agents.registered.values()) {
    for (const { machineId } of machinesOf(state.schedule, agent.info)) {
      const key = machineKey(machineId);
      agents.set(key, [...(agents.get(key) ?? []), agent]);
    }
  }
  return [...state.schedule.machines].map(([key, { machineId, mode }]) => {
    const here = agents.get(key) ?? [];
    const agentIds: readonly AgentId[] = here.map(({ agentId }) => agentId);
    const statuses = here.flatMap(({ inverseStatuses }) => [...inverseStatuses.values()]);
    return { machineId, mode, agentIds, statuses };
  });
}

function invalid(fault: string | undefined) {
  return fault === undefined ? undefined : ({ refused: fault, fault: 'invalid' } as const);
}
