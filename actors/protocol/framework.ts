/** A framework as others know it. Names and defaults: Mesos 1.11, FrameworkInfo. */
import type { Resources } from './resources.ts';
import type { Label } from './task.ts';

/** What its scheduler knows how to deal with; see Mesos, FrameworkInfo.Capability. */
export type FrameworkCapability =
  | 'partitionAware'
  | 'taskKillingState'
  /** Without it, it is not offered what may be taken back at any time. */
  | 'revocableResources'
  /** Without it, it is not offered volumes that are shared. */
  | 'sharedResources'
  /** Without it, it is offered nothing of agents that have GPUs; the operator may say otherwise. */
  | 'gpuResources'
  /** Without it, it is not offered what is reserved more than once. */
  | 'reservationRefinement'
  /** Without it, it is not offered agents in other regions than that of the masters. */
  | 'regionAware';

export interface RoleMinima {
  readonly role: string;
  /** All of one of these is enough, whatever it is reserved for. None: anything is enough. */
  readonly minAllocatable: readonly Resources[];
}

export interface FrameworkInfo {
  readonly name: string;
  /** Whose rights its tasks ask for; shown, not enforced. */
  readonly user: string;
  /** At least one; `*` is the default role. Each is offered resources of its own. */
  readonly roles: readonly string[];
  /** How long its tasks outlive the loss of its scheduler. Default 0: not at all. */
  readonly failoverTimeoutMs: number;
  readonly capabilities: readonly FrameworkCapability[];
  readonly principal?: string;
  readonly hostname?: string;
  readonly webuiUrl?: string;
  readonly labels?: readonly Label[];
  /** What is too little for an offer in some of its roles. Default: what the master says. */
  readonly offerMinima?: readonly RoleMinima[];
  /**
   * What it said of itself by the v1 API, as Mesos' JSON: from here it is told back what our words
   * have no room for. Nothing is decided by it.
   */
  readonly original?: string;
  /**
   * Whether its executors and tasks outlive the agent's process: what that needs is written to the
   * agent's disk. Absent: they do. (Mesos' default is that they don't.) It never changes.
   */
  readonly checkpoint?: boolean;
}
