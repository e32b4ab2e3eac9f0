/** What the launcher holds of a node that it has started, whatever its role. */
import type { Logger } from '../../runtime/log.ts';
import type { ExitName } from '../exits.ts';
import type { LeveledSink } from '../log-sink.ts';

export interface RunningNode {
  /** Settles when it ends by itself. */
  readonly ended: Promise<ExitName>;
  /** A clean end; what it takes is bounded. */
  stop(): Promise<void>;
}

export interface NodeOutside {
  readonly logSink: LeveledSink;
  /** For the launcher's own words. */
  readonly log: Logger;
  /** Absolute: where its log is to be found, when that is a file. */
  readonly logFile?: string;
}

/** The one line that a node says on standard output: that it listens, and where. */
export function announce(role: 'Master' | 'Agent', node: string): void {
  process.stdout.write(`${role} at ${node}\n`);
}
