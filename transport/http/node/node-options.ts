/** What the HTTP of a node is told of it, whatever it is. */
import type { Verbosity } from '../logging-level.ts';
import { type MachineLoad, UNKNOWN_MACHINE } from './machine.ts';

export interface NodeApiOptions {
  readonly version: string;
  /** By name, as they could be given again. Default: none. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Absolute: where the node's log is kept, when it is a file. */
  readonly logFile?: string;
  /** Default: the log says what it says. */
  readonly verbosity?: Verbosity;
  /** Default: nothing is known of the machine. */
  readonly machine?: () => MachineLoad;
}

/** The same, with what is left out. */
export function nodeFactsOf(options: NodeApiOptions) {
  const { version, logFile, flags = {}, verbosity = QUIET } = options;
  const { machine = () => UNKNOWN_MACHINE } = options;
  return { version, logFile, flags, verbosity, machine };
}

const QUIET: Verbosity = { level: () => 0, set: () => {} };
