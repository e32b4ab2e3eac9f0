/**
 * Machines that operators take out of service. Names: Mesos 1.11, maintenance.proto.
 *
 *     (up) ──in the schedule──▶ draining ──started──▶ down ──stopped──▶ (up)
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentId, FrameworkId, OfferId } from './ids.ts';
import type { AgentMessage } from './messages.ts';

/** Host names are compared in lower case; at least one of the two is given. */
export interface MachineId {
  readonly hostname?: string;
  readonly ip?: string;
}

export type MachineMode = 'draining' | 'down';

/** From when on something can't be used. */
export interface Unavailability {
  /** Milliseconds since 1970. */
  readonly startMs: number;
  /** Absent: nobody knows for how long. */
  readonly durationMs?: number;
}

/** Some machines, unavailable from then on. */
export interface MaintenanceWindow extends Unavailability {
  readonly machineIds: readonly MachineId[];
}

/**
 * The wish that a framework leaves an agent before it is unavailable. It takes nothing back: the answer
 * is only shown to operators.
 */
export interface InverseOffer {
  /** Of the same kind as those of offers, and never the same. */
  readonly inverseOfferId: OfferId;
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly agent: Address<AgentMessage>;
  readonly hostname: string;
  readonly unavailability: Unavailability;
}

/** What a framework answered last to an inverse offer of an agent. */
export interface InverseOfferStatus {
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly accepted: boolean;
  readonly atMs: number;
}

/** Of a machine in the schedule. */
export interface MachineStatus {
  readonly machineId: MachineId;
  readonly mode: MachineMode;
  /** Those that are registered there. */
  readonly agentIds: readonly AgentId[];
  readonly statuses: readonly InverseOfferStatus[];
}

/** An agent that is to be rid of its tasks, and stays without until it is reactivated. */
export interface DrainInfo {
  /** A task's own grace period, if it is shorter, counts. */
  readonly maxGracePeriodMs?: number;
  /** The agent is gone for good when it is drained. */
  readonly markGone: boolean;
  /** No task is left. */
  readonly drained: boolean;
}

/** As its agent is told. */
export type DrainWords = Omit<DrainInfo, 'drained'>;

export interface DrainRequest extends Omit<DrainInfo, 'drained'> {
  readonly agentId: AgentId;
}
