/**
 * The calls of operators about maintenance, v1 and those of the time before it, which have the same
 * parts as bodies. Source: Mesos 1.11, src/master/http.cpp, `maintenanceSchedule`, `machineDown`.
 */
import { withJsonp } from '../../../../transport/http/jsonp.ts';
import {
  type HttpGate,
  type HttpHandler,
  type HttpRoutes,
  textResponse,
} from '../../../../transport/http/message.ts';
import type { MaintenanceView } from '../../../protocol/maintenance-orders.ts';
import { jsonTextOf, parseJson, readV1 } from '../../../protocol/v1/codec.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { V1Error } from '../../../protocol/v1/faults.ts';
import { fromMachines, fromWindow } from '../../../protocol/v1/from-nouns/operators.ts';
import { toMachine, toWindow } from '../../../protocol/v1/to-nouns/operators.ts';
import type { MasterCommands } from '../master-commands.ts';
import { NOT_NOW } from '../old/read-route.ts';
import { ordered } from './agent-changes.ts';
import { answered, type OperatorCallHandlers, READWRITE_REALM } from './operator-api.ts';

export type MaintenanceCall =
  | 'GET_MAINTENANCE_STATUS'
  | 'GET_MAINTENANCE_SCHEDULE'
  | 'UPDATE_MAINTENANCE_SCHEDULE'
  | 'START_MAINTENANCE'
  | 'STOP_MAINTENANCE';

export function maintenanceCalls(
  commands: MasterCommands,
): Pick<OperatorCallHandlers, MaintenanceCall> {
  return {
    GET_MAINTENANCE_STATUS: async ({ encoding }) => {
      const view = await commands.maintenance();
      if (view.type === 'notLeader') return NOT_NOW;
      const get_maintenance_status = { status: fromMachines(view.machines) };
      return answered(encoding, { type: 'GET_MAINTENANCE_STATUS', get_maintenance_status });
    },
    GET_MAINTENANCE_SCHEDULE: async ({ encoding }) => {
      const view = await commands.maintenance();
      if (view.type === 'notLeader') return NOT_NOW;
      const get_maintenance_schedule = { schedule: scheduleOf(view) };
      return answered(encoding, { type: 'GET_MAINTENANCE_SCHEDULE', get_maintenance_schedule });
    },
    UPDATE_MAINTENANCE_SCHEDULE: async ({ call: { update_maintenance_schedule: asked } }) =>
      setSchedule(commands, asked?.schedule ?? {}),
    START_MAINTENANCE: async ({ call: { start_maintenance: asked } }) =>
      start(commands, asked?.machines ?? []),
    STOP_MAINTENANCE: async ({ call: { stop_maintenance: asked } }) =>
      stop(commands, asked?.machines ?? []),
  };
}

/** Of the time before v1; JSON only. */
export function maintenanceRoutes(commands: MasterCommands, first: HttpGate): HttpRoutes {
  const route = { realm: READWRITE_REALM, first };
  return {
    '/maintenance/schedule': {
      ...route,
      GET: shown(commands, (view) => jsonTextOf('maintenance.Schedule', scheduleOf(view))),
      POST: ({ body }) =>
        read(
          () => readV1('maintenance.Schedule', parseJson(body)),
          (schedule) => setSchedule(commands, schedule),
        ),
    },
    '/maintenance/status': {
      ...route,
      GET: shown(commands, (view) =>
        jsonTextOf('maintenance.ClusterStatus', fromMachines(view.machines)),
      ),
    },
    '/machine/down': {
      ...route,
      POST: ({ body }) =>
        read(
          () => readMachines(body),
          (machines) => start(commands, machines),
        ),
    },
    '/machine/up': {
      ...route,
      POST: ({ body }) =>
        read(
          () => readMachines(body),
          (machines) => stop(commands, machines),
        ),
    },
  };
}

function scheduleOf({ windows }: MaintenanceView): V1<'maintenance.Schedule'> {
  return windows.length === 0 ? {} : { windows: windows.map(fromWindow) };
}

function setSchedule(commands: MasterCommands, { windows = [] }: V1<'maintenance.Schedule'>) {
  return ordered(commands, { type: 'updateMaintenanceSchedule', windows: windows.map(toWindow) });
}

function start(commands: MasterCommands, machines: readonly V1<'MachineID'>[]) {
  return ordered(commands, { type: 'startMaintenance', machineIds: machines.map(toMachine) });
}

function stop(commands: MasterCommands, machines: readonly V1<'MachineID'>[]) {
  return ordered(commands, { type: 'stopMaintenance', machineIds: machines.map(toMachine) });
}

/** The body is a list, which is no message: it is read as the part of one. */
function readMachines(body: Uint8Array): readonly V1<'MachineID'>[] {
  const part = new Map([['machines', parseJson(body)]]);
  return readV1('master.Call.StartMaintenance', part).machines ?? [];
}

function read<Value, Answer>(
  parse: () => Value,
  act: (value: Value) => Answer,
): Answer | ReturnType<typeof textResponse> {
  try {
    return act(parse());
  } catch (error) {
    if (!(error instanceof V1Error)) throw error;
    return textResponse(400, error.message);
  }
}

function shown(commands: MasterCommands, text: (view: MaintenanceView) => string): HttpHandler {
  return async (request) => {
    const view = await commands.maintenance();
    if (view.type === 'notLeader') return NOT_NOW;
    const headers = { 'Content-Type': 'application/json' };
    const body = new TextEncoder().encode(text(view));
    return withJsonp(request, { status: 200, headers, body });
  };
}
