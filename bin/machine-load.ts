/** How this machine is doing, for metrics. */
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { MachineLoad } from '../transport/http/node/machine.ts';

export function machineLoad(): MachineLoad {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    loads: [one, five, fifteen],
    cpuCount: cpus().length,
    memTotalBytes: totalmem(),
    memFreeBytes: freemem(),
  };
}
