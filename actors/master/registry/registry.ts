/**
 * The registry: what a cluster must not forget, whoever leads.
 *
 * Tasks and offers are not in it: a new leader learns them from agents and frameworks. Records are
 * replaced, never changed, so that a copy of the maps is a copy of the registry. The order of the
 * entries is part of it (the oldest are forgotten first), and equal wherever the same operations were
 * applied in the same order.
 * Source: Mesos 1.11, src/master/registry.proto; frameworks are Messor's (MESOS-1719).
 */
import type { RegisteredAgentInfo } from '../../protocol/agent.ts';
import type { FrameworkInfo } from '../../protocol/framework.ts';
import type { AgentId, FrameworkId } from '../../protocol/ids.ts';
import type {
  DrainInfo,
  MachineId,
  MachineMode,
  MaintenanceWindow,
} from '../../protocol/maintenance.ts';
import type { QuotaConfig } from '../../protocol/quota.ts';
import type { Leader } from './leader.ts';
import type { ReplicatedLog } from './log-operations.ts';

export interface Registry {
  /** Of the newest epoch; undefined before the first. */
  leader: Leader | undefined;
  readonly admitted: Map<AgentId, AdmittedAgent>;
  /** Oldest first. */
  readonly unreachable: Map<AgentId, UnreachableAgent>;
  /** Never to come back; oldest first. */
  readonly gone: Map<AgentId, GoneAgent>;
  readonly frameworks: Map<FrameworkId, RegisteredFramework>;
  /** They have ended; oldest first. */
  readonly completedFrameworks: Map<FrameworkId, CompletedFramework>;
  /** Those in the maintenance schedule, by `machineKey`. */
  readonly machines: Map<string, Machine>;
  /** The maintenance schedule. */
  maintenanceWindows: readonly MaintenanceWindow[];
  /** By role. */
  readonly quotas: Map<string, QuotaConfig>;
  /** By role, as operators have set them. */
  readonly weights: Map<string, number>;
  /** In the order in which they were created. */
  logs: readonly ReplicatedLog[];
  /** What a master must be able to do in order to lead; see `capabilities.ts`. */
  readonly minimumCapabilities: Set<string>;
}

/** What operators want of an agent; it keeps it when it is lost and comes back. */
export interface AgentMarks {
  /** Its resources are not offered. Always so while there is `drain`. */
  readonly deactivated: boolean;
  readonly drain?: DrainInfo;
}

export interface AdmittedAgent extends AgentMarks {
  readonly info: RegisteredAgentInfo;
}

export interface UnreachableAgent extends AgentMarks {
  /** As it was when it was admitted last. */
  readonly info: RegisteredAgentInfo;
  /** Milliseconds since 1970, as all moments here. */
  readonly sinceMs: number;
}

export interface GoneAgent {
  readonly sinceMs: number;
  /** An operator gave it up; absent: it left, or another one came to where it was. */
  readonly byOperator?: boolean;
}

export interface RegisteredFramework {
  readonly info: FrameworkInfo;
  /** Since when it has no scheduler; absent while it has one. */
  readonly disconnectedMs?: number;
}

/** Remembered so that nobody subscribes under its id again. */
export interface CompletedFramework {
  readonly name: string;
  readonly endedMs: number;
}

export interface Machine {
  readonly machineId: MachineId;
  readonly mode: MachineMode;
}

/** An operation is applied or it changes nothing. */
export type OperationResult =
  | { readonly mutated: boolean }
  /** It is not permitted, for a reason that is a sentence. */
  | { readonly refused: string };

/** One function for each operation. It changes what it is given, and only when it succeeds. */
export type OperationHandlers<Operation extends { readonly type: string }, Part = Registry> = {
  readonly [One in Operation as One['type']]: (registry: Part, operation: One) => OperationResult;
};

export const MUTATED: OperationResult = { mutated: true };
export const UNCHANGED: OperationResult = { mutated: false };

export function emptyRegistry(): Registry {
  return {
    leader: undefined,
    admitted: new Map(),
    unreachable: new Map(),
    gone: new Map(),
    frameworks: new Map(),
    completedFrameworks: new Map(),
    machines: new Map(),
    maintenanceWindows: [],
    quotas: new Map(),
    weights: new Map(),
    logs: [],
    minimumCapabilities: new Set(),
  };
}

/** Two registries that go their own ways from here. A few milliseconds for 50 000 agents. */
export function copyRegistry(registry: Registry): Registry {
  return {
    leader: registry.leader,
    admitted: new Map(registry.admitted),
    unreachable: new Map(registry.unreachable),
    gone: new Map(registry.gone),
    frameworks: new Map(registry.frameworks),
    completedFrameworks: new Map(registry.completedFrameworks),
    machines: new Map(registry.machines),
    maintenanceWindows: registry.maintenanceWindows,
    quotas: new Map(registry.quotas),
    weights: new Map(registry.weights),
    logs: registry.logs,
    minimumCapabilities: new Set(registry.minimumCapabilities),
  };
}

/** The same machine has the same key, however its host name is written. */
export function machineKey({ hostname = '', ip = '' }: MachineId): string {
  return `${hostname.toLowerCase()}/${ip}`;
}
