/** What routes know of their node, whoever leads. */
import type { Verbosity } from '../../../transport/http/logging-level.ts';
import type { MachineLoad } from '../../../transport/http/node/machine.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { AskLeadership } from './master-api.ts';

export interface NodeFacts {
  readonly version: string;
  /** By name, as they could be given again. */
  readonly flags: Readonly<Record<string, string>>;
  readonly verbosity: Verbosity;
  readonly domain: Domain | undefined;
  readonly leadership: AskLeadership;
  /** `host:port`; '' before the actors are there. */
  node(): string;
  startedMs(): number;
  machine(): MachineLoad;
}
