/**
 * How the machine of a node is doing: as `/system/stats.json`, and among the metrics.
 * Source: Mesos 1.11, 3rdparty/libprocess/include/process/system.hpp.
 */
import { withJsonp } from '../jsonp.ts';
import { type HttpRoute, jsonResponse } from '../message.ts';

/** A port. */
export interface MachineLoad {
  /** Over 1, 5 and 15 minutes. */
  readonly loads: readonly [number, number, number];
  readonly cpuCount: number;
  readonly memTotalBytes: number;
  readonly memFreeBytes: number;
}

/** Where nothing is known of it. */
export const UNKNOWN_MACHINE: MachineLoad = {
  loads: [0, 0, 0],
  cpuCount: 0,
  memTotalBytes: 0,
  memFreeBytes: 0,
};

export function machineRoute(machine: () => MachineLoad, realm: string): HttpRoute {
  return { realm, jsonAlias: true, GET: (request) => withJsonp(request, stats(machine())) };
}

function stats({ loads, cpuCount, memTotalBytes, memFreeBytes }: MachineLoad) {
  const [one, five, fifteen] = loads;
  return jsonResponse(200, {
    ...{ avg_load_1min: one, avg_load_5min: five, avg_load_15min: fifteen },
    ...{ cpus_total: cpuCount, mem_total_bytes: memTotalBytes, mem_free_bytes: memFreeBytes },
  });
}

export function machineGauges(machine: MachineLoad): Iterable<readonly [string, number]> {
  const { loads, cpuCount, memTotalBytes, memFreeBytes } = machine;
  const [one, five, fifteen] = loads;
  return [
    ['system/cpus_total', cpuCount],
    ['system/load_1min', one],
    ['system/load_5min', five],
    ['system/load_15min', fifteen],
    ['system/mem_total_bytes', memTotalBytes],
    ['system/mem_free_bytes', memFreeBytes],
  ];
}
