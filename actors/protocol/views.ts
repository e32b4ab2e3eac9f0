/**
 * What master and agent show to operators: plain data, made for reading. The CLI is
 * fed from these and from nothing else.
 */
import type { Address } from '../../runtime/actor.ts';
import type { RegisteredAgentInfo } from './agent.ts';
import type { ReportedExecutor } from './agent-to-master.ts';
import type { FrameworkInfo } from './framework.ts';
import type { AgentId, FrameworkId } from './ids.ts';
import type { DrainInfo, Unavailability } from './maintenance.ts';
import type { AgentMessage } from './messages.ts';
import type { Offer } from './offer.ts';
import type { OfferConstraints } from './offer-constraints.ts';
import type { QuotaConfig } from './quota.ts';
import type { Resources } from './resources.ts';
import type { Task } from './task.ts';

/** What one page may hold, so that also one of tasks with 20 statuses each fits into a message. */
export const PAGE_COUNT_MAX = 500;

export type MasterSection = MasterPage['section'];

export interface MasterSummary {
  readonly masterId: string;
  readonly cluster: string;
  readonly version: string;
  readonly node: string;
  readonly startedMs: number;
}

/**
 * How old a page is that comes from a master that doesn't lead: it is made of the registry as far as
 * that one has it. Tasks and offers are not in the registry, so their pages are empty then, and
 * what is used is absent.
 */
export interface Staleness {
  /** Of the newest leadership that it has; 0: of none. */
  readonly epoch: number;
  /** `host:port` of who began it. */
  readonly leader?: string;
  readonly term: number;
  /** Of the newest entry that is in the registry there. */
  readonly appliedIndex: number;
  /** Since it last heard of a leader, by its own clock; absent: not since it was started. */
  readonly silenceMs?: number;
}

/**
 * A part of what the master knows. The pages of a section are each true when they were made, not
 * all at one moment: what moves meanwhile may be missed or seen twice.
 */
export type MasterPage = {
  readonly type: 'masterPage';
  readonly master: MasterSummary;
  /** Absent on the last page. */
  readonly nextOffset?: number;
  /** Absent when who answers leads. */
  readonly stale?: Staleness;
} & (
  | { readonly section: 'agents'; readonly items: readonly AgentView[] }
  | { readonly section: 'frameworks'; readonly items: readonly FrameworkView[] }
  | { readonly section: 'tasks'; readonly items: readonly TaskView[] }
  | { readonly section: 'offers'; readonly items: readonly Offer[] }
  | { readonly section: 'roles'; readonly items: readonly RoleView[] }
);

/**
 * `active`: not yet terminal, or terminal and not yet acknowledged. At most 1000 completed and 1000
 * unreachable tasks of each framework are remembered.
 */
export interface TaskView extends Task {
  readonly phase: 'active' | 'completed' | 'unreachable';
}

export interface AgentView {
  readonly agentId: AgentId;
  readonly info: RegisteredAgentInfo;
  readonly address: Address<AgentMessage>;
  /**
   * `disconnected`: its link broke; it has until `unreachableAtMs` to come back. `recovered`: it was
   * registered with the leader before, and is to come back; in a stale page: it is admitted, and
   * nobody there knows more.
   */
  readonly state: 'active' | 'disconnected' | 'recovered' | 'unreachable';
  /** Absent where only a leader before knew. */
  readonly registeredMs?: number;
  readonly reregisteredMs?: number;
  readonly unreachableAtMs?: number;
  readonly total: Resources;
  /** Held by tasks and executors. Absent where only a leader knows. */
  readonly used?: Resources;
  /** Held by outstanding offers. Absent where only a leader knows. */
  readonly offered?: Resources;
  /** Absent: it is not. Always so where there is `drain`. */
  readonly deactivated?: boolean;
  readonly drain?: DrainInfo;
  /** When it was told of its drain, or told again after it was away. */
  readonly drainStartedMs?: number;
  /** Its machine is in the maintenance schedule. */
  readonly unavailability?: Unavailability;
}

export interface FrameworkView {
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
  /**
   * `recovered`: known from an agent's report or the registry only; its scheduler has not come back
   * yet. `completed`: ended; the last 50 are remembered, and in a stale page their names alone.
   */
  readonly state: 'active' | 'disconnected' | 'recovered' | 'completed';
  /** Absent where only a leader knows. */
  readonly subscribedMs?: number;
  readonly resubscribedMs?: number;
  /** When it is over unless its scheduler comes back; in stale pages only. */
  readonly failsOverMs?: number;
  readonly endedMs?: number;
  /** All three are absent where only a leader knows. */
  readonly used?: Resources;
  readonly offered?: Resources;
  readonly activeTaskCount?: number;
  /** Absent: none. */
  readonly offerConstraints?: OfferConstraints;
}

/** With all that is below it, but for `weight`, `quota` and `frameworkCount`. */
export interface RoleView {
  readonly role: string;
  /** 1 where none was given. */
  readonly weight: number;
  /** Absent: none. */
  readonly quota?: QuotaConfig;
  /** Counts against the quota. All that follows is absent where only a leader knows. */
  readonly consumed?: Resources;
  readonly allocated?: Resources;
  readonly offered?: Resources;
  readonly reserved?: Resources;
  /** Of the cluster, of the resource that it has and is offered most of: 0 to 1, mostly. */
  readonly share?: number;
  /** In this very role. */
  readonly frameworkCount?: number;
}

export interface AgentStateView {
  readonly type: 'agentState';
  readonly agentId: AgentId | undefined;
  readonly info: RegisteredAgentInfo | undefined;
  readonly workDirectory: string;
  readonly tasks: readonly Task[];
  readonly executors: readonly ReportedExecutor[];
  readonly completedTasks: readonly Task[];
}

export interface SandboxChunk {
  readonly type: 'sandboxChunk';
  /** Empty at the end of the file. */
  readonly bytes: Uint8Array;
  readonly offsetBytes: number;
  /** How long the file is now. */
  readonly sizeBytes: number;
  /** The task is over and nothing more will be written. */
  readonly ended: boolean;
  /** Set when there is nothing to read, as a sentence. */
  readonly refused?: string;
}
