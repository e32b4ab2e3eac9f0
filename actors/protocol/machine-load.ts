/** How the machine of a node is doing, and how `/system/stats.json` says it. Pure. */

/** A port reads it. */
export interface MachineLoad {
  /** Over 1, 5 and 15 minutes. */
  readonly loads: readonly [number, number, number];
  readonly cpuCount: number;
  readonly memTotalBytes: number;
  readonly memFreeBytes: number;
}

/** Source: Mesos 1.11, 3rdparty/libprocess/include/process/system.hpp. */
export function systemStats({ loads, cpuCount, memTotalBytes, memFreeBytes }: MachineLoad) {
  const [one, five, fifteen] = loads;
  return {
    ...{ avg_load_1min: one, avg_load_5min: five, avg_load_15min: fifteen },
    ...{ cpus_total: cpuCount, mem_total_bytes: memTotalBytes, mem_free_bytes: memFreeBytes },
  };
}
