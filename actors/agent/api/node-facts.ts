/** What routes answer that no actor knows: ports to the rest of the node and to its machine. */
import type { Verbosity } from '../../../transport/http/logging-level.ts';
import type { ReadUsage } from '../launcher/usage.ts';

export interface NodeFacts {
  readonly version: string;
  /** By name, as they could be given again. */
  readonly flags: Readonly<Record<string, string>>;
  readonly verbosity: Verbosity;
  readonly usage: ReadUsage;
  machine(): MachineLoad;
  /** Absolute: where sandboxes are. */
  readonly workDirectory: string;
  /** Where the node's log is kept, when it is a file. */
  readonly logFile: string | undefined;
}

/** How the machine of a node is doing. */
export interface MachineLoad {
  /** Over 1, 5 and 15 minutes. */
  readonly loads: readonly [number, number, number];
  readonly cpuCount: number;
  readonly memTotalBytes: number;
  readonly memFreeBytes: number;
}
