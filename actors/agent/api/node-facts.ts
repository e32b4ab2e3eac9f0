/** What routes answer that no actor knows: ports to the rest of the node and to its machine. */
import type { Verbosity } from '../../../transport/http/logging-level.ts';
import type { MachineLoad } from '../../../transport/http/node/machine.ts';
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
