/**
 * Machines that operators take out of service. Names: Mesos 1.11, maintenance.proto.
 *
 *     (up) ──in the schedule──▶ draining ──started──▶ down ──stopped──▶ (up)
 */
import type { AgentId } from './ids.ts';

/** Host names are compared in lower case; at least one of the two is given. */
export interface MachineId {
  readonly hostname?: string;
  readonly ip?: string;
}

export type MachineMode = 'draining' | 'down';

/** Some machines, unavailable from then on. */
export interface MaintenanceWindow {
  readonly machineIds: readonly MachineId[];
  /** Milliseconds since 1970. */
  readonly startMs: number;
  /** Absent: nobody knows for how long. */
  readonly durationMs?: number;
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
