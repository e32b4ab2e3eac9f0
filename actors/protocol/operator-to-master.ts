/**
 * What operators ask the master from any node, and its answers; one that doesn't lead answers by
 * `notLeader`. Of agents and of maintenance: `agent-orders.ts`, `maintenance-orders.ts`.
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentOrder } from './agent-orders.ts';
import type { Explanation } from './explanation.ts';
import type { AgentId, FrameworkId, TaskId } from './ids.ts';
import type { MaintenanceOrder, MaintenanceQuestion } from './maintenance-orders.ts';
import type { NotLeader, SchedulerMessage } from './messages.ts';
import type { QuotaConfig, RoleWeight } from './quota.ts';
import type { ResourceOperation } from './resource-operations.ts';
import type { Resources } from './resources.ts';
import type { MasterPage, MasterSection } from './views.ts';

export type FromOperatorToMaster =
  | AgentOrder
  | MaintenanceOrder
  | MaintenanceQuestion
  /** One page of one section; at most `PAGE_COUNT_MAX` items are answered. */
  | {
      readonly type: 'describeMaster';
      readonly section: MasterSection;
      readonly offset: number;
      readonly countMax: number;
      /**
       * A master that doesn't lead answers by a page as well, of what it knew last, unless it knows
       * nothing yet. A leader answers as ever.
       */
      readonly stale?: boolean;
      readonly replyTo: Address<MasterPage | NotLeader>;
    }
  /** Kills a task on behalf of a person; answered by `operationAnswered`. */
  | {
      readonly type: 'killTask';
      readonly taskId: TaskId;
      readonly frameworkId?: FrameworkId;
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    }
  /**
   * Why a framework gets no offers, or what is with a task; one of the two is named. A framework that
   * was not let in has no id maybe: it is found by its name, too.
   */
  | {
      readonly type: 'explain';
      readonly frameworkId?: FrameworkId;
      readonly taskId?: TaskId;
      /** Whether that much would fit anywhere. */
      readonly needs?: Resources;
      readonly replyTo: Address<Explanation | NotLeader>;
    }
  | {
      readonly type: 'teardownFramework';
      readonly frameworkId: FrameworkId;
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    }
  /** An operator reserves, or makes volumes, of what nobody uses; offers of it are rescinded. */
  | {
      readonly type: 'changeResources';
      readonly agentId: AgentId;
      readonly change: ResourceOperation;
      /** Who asks, where that has been proved. */
      readonly principal?: string;
      readonly replyTo: Address<ResourcesChangeAnswer | NotLeader>;
    }
  /** Of the roles that are named; the others keep theirs. All of them, or none. */
  | {
      readonly type: 'updateWeights';
      readonly weights: readonly RoleWeight[];
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    }
  /**
   * Replaces the quotas of the roles that are named; one without guarantees and limits ends a role's.
   * All of them, or none. `force`: whatever the cluster has and the roles consume.
   */
  | {
      readonly type: 'updateQuota';
      readonly configs: readonly QuotaConfig[];
      readonly force: boolean;
      readonly replyTo: Address<OperatorAnswer | NotLeader>;
    }
  /** From a door of the master's node, which has a call for it: who speaks for this framework. */
  | {
      readonly type: 'describeFramework';
      readonly frameworkId: FrameworkId;
      readonly replyTo: Address<FrameworkStanding | NotLeader>;
    };

/** Accepted: it is on its way to the agent. */
export interface ResourcesChangeAnswer {
  readonly type: 'resourcesChangeAnswer';
  /** `invalid`: it never can be; `conflict`: not now, as somebody has what it needs. */
  readonly outcome: 'accepted' | 'invalid' | 'conflict';
  /** Why not, as a sentence. */
  readonly message?: string;
}

/** Of one that has ended as of one that never was. */
export interface FrameworkStanding {
  readonly type: 'frameworkStanding';
  readonly known: boolean;
  readonly principal?: string;
  /** Absent: nobody is subscribed for it. */
  readonly scheduler?: Address<SchedulerMessage>;
}

/** `refused` says why, as a whole sentence. */
export interface OperatorAnswer {
  readonly type: 'operatorAnswer';
  readonly refused?: string;
  readonly fault?: OperatorFault;
}

/**
 * What is wrong with what was asked for: as it is it never succeeds, it is about something that
 * nobody knows, somebody else was faster, or it is to be asked again in a moment.
 */
export type OperatorFault = 'invalid' | 'unknown' | 'conflict' | 'busy';
