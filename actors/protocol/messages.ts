/**
 * Who may say what to whom: one union per listener. Commands are imperative, facts past tense.
 *
 * Between nodes a message travels at most once and in order per pair; whoever needs more says how:
 * registration and subscription are repeated until answered, status updates until acknowledged,
 * everything else is repaired: offers time out, launches nobody heard of are asked for
 * (`confirmTasks`), and schedulers reconcile.
 * Source of the conversation: Mesos 1.11, src/messages/messages.proto and master.cpp.
 */
import type { Address, Exited } from '../../runtime/actor.ts';
import type { AgentInfo, RegisteredAgentInfo } from './agent.ts';
import type { AgentOrder } from './agent-orders.ts';
import type { Explanation } from './explanation.ts';
import type { FrameworkInfo } from './framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  OperationUuid,
  TaskId,
  UpdateId,
} from './ids.ts';
import type { DrainWords, InverseOffer } from './maintenance.ts';
import type { MaintenanceOrder, MaintenanceQuestion } from './maintenance-orders.ts';
import type { Filters, Offer, Operation, ResourceRequest } from './offer.ts';
import type { OfferConstraints } from './offer-constraints.ts';
import type {
  OperationRecord,
  OperationStatus,
  OperationUpdate,
  ReportedOperation,
} from './operation.ts';
import type { QuotaConfig, RoleWeight } from './quota.ts';
import type { RegistrationErrorCode } from './registration-errors.ts';
import type { ResourceOperation } from './resource-operations.ts';
import type { Resources } from './resources.ts';
import type { ExecutorInfo, StatusUpdate, Task, TaskInfo } from './task.ts';
import type { AgentStateView, MasterPage, MasterSection, SandboxChunk } from './views.ts';

// ------------------------------------------------------------------------------------ masters

/**
 * From a master that doesn't lead, instead of any other answer. It comes again, unasked, when that
 * master learns who leads, and from the leader when it begins and when the masters change.
 */
export interface NotLeader {
  readonly type: 'notLeader';
  /** Of the newest leadership known there; 0: of none. */
  readonly epoch: number;
  /** `host:port` of the leader, when it is known there. */
  readonly leader?: string;
  /** `host:port` of all masters, as far as they are known there. */
  readonly masters: readonly string[];
}

/** Part of a leader's first words to an agent or a scheduler; see `masters.ts`. */
interface LeaderWords {
  readonly epoch: number;
  readonly masters: readonly string[];
}

// ------------------------------------------------------------------------------------- master

export type MasterMessage =
  | FromAgentToMaster
  | FromSchedulerToMaster
  | FromOperatorToMaster
  | Exited;

/** The well-known name of every master, agent actor on its node. */
export const MASTER_NAME = 'master';
export const AGENT_NAME = 'agent';

export type FromAgentToMaster =
  /** Repeated until answered; the answer to a repetition is the same id. */
  | {
      readonly type: 'registerAgent';
      readonly agent: Address<AgentMessage>;
      readonly info: AgentInfo;
      /** All it has, as operations left it. Absent: as in `info`. */
      readonly resources?: Resources;
      readonly operations?: readonly ReportedOperation[];
      /**
       * Another one whenever the agent says anew what it has. Operations and launches bring along the
       * one that their master knew; those with an old one are dropped.
       */
      readonly resourceVersion?: string;
      /**
       * How often an operation has changed since this life of the agent began: reports may overtake what
       * was heard, and be late. Absent: taken for news.
       */
      readonly resourceRevision?: number;
    }
  /** After a broken link or a change of master: what the agent has. Repeated until answered. */
  | {
      readonly type: 'reregisterAgent';
      readonly agent: Address<AgentMessage>;
      readonly agentId: AgentId;
      readonly info: AgentInfo;
      readonly frameworks: readonly ReportedFramework[];
      readonly executors: readonly ReportedExecutor[];
      readonly tasks: readonly Task[];
      /** As in `registerAgent`. */
      readonly resources?: Resources;
      readonly operations?: readonly ReportedOperation[];
      readonly resourceVersion?: string;
      readonly resourceRevision?: number;
    }
  /** What it has is not what its master takes it for: an operation came to nothing. */
  | {
      readonly type: 'agentUpdated';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      /** All it has, as operations left it. */
      readonly resources: Resources;
      readonly resourceVersion?: string;
      readonly resourceRevision?: number;
    }
  /** What it offers a second time: all revocable, with what revocable tasks have of it. */
  | {
      readonly type: 'agentOversubscribed';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly oversubscribed: Resources;
    }
  /** Sent again by the agent until acknowledged, where it has an id. */
  | {
      readonly type: 'operationUpdated';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly update: OperationUpdate;
      readonly resourceRevision?: number;
    }
  /** The agent ends in good order: its tasks are over. */
  | { readonly type: 'unregisterAgent'; readonly agentId: AgentId }
  | { readonly type: 'pong'; readonly agentId: AgentId }
  /** The answer to `shutdownFramework`: what is left of it here is about to end. */
  | {
      readonly type: 'frameworkShutDown';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
    }
  /** Sent again by the agent until acknowledged. Dropped when the agent is not registered. */
  | {
      readonly type: 'statusUpdate';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly update: StatusUpdate;
      /** The agent's newest state of the task, which may be ahead of the update. */
      readonly latestState: StatusUpdate['status']['state'];
    }
  | {
      readonly type: 'executorExited';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      /** Exit code, or 128 + signal number. */
      readonly status: number;
    }
  | {
      readonly type: 'executorMessage';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };

export interface ReportedFramework {
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
}

export interface ReportedExecutor {
  readonly frameworkId: FrameworkId;
  readonly info: ExecutorInfo;
  /** Of the `runTask` that started it: whose share its resources count in. */
  readonly role?: string;
}

export type FromSchedulerToMaster =
  /** Repeated until answered. With `frameworkId`: a scheduler that was there before. */
  | {
      readonly type: 'subscribe';
      readonly scheduler: Address<SchedulerMessage>;
      readonly info: FrameworkInfo;
      readonly frameworkId?: FrameworkId;
      readonly suppressedRoles: readonly string[];
      /** Default none: any agent will do. */
      readonly offerConstraints?: OfferConstraints;
    }
  /**
   * To a master other than the one that the scheduler is with: it answers by `notLeader`, now and
   * whenever it learns that another one leads. So a leader that stands still is noticed.
   */
  | { readonly type: 'watchLeader'; readonly watcher: Address<SchedulerMessage> }
  | { readonly type: 'teardown'; readonly frameworkId: FrameworkId }
  /**
   * The framework describes itself anew and stays subscribed. Offers of roles that it gives up are
   * rescinded; what it refused in roles that it suppresses no longer is on offer again. Its user, its
   * principal and whether it is checkpointed stay. Agents that have something of it hear at once.
   */
  | {
      readonly type: 'updateFramework';
      readonly frameworkId: FrameworkId;
      readonly info: FrameworkInfo;
      readonly suppressedRoles: readonly string[];
      /** Default none, whatever was said before. */
      readonly offerConstraints?: OfferConstraints;
      readonly replyTo: Address<FrameworkUpdated>;
    }
  /** All offers of one agent and role; what the operations leave over is declined with `filters`. */
  | {
      readonly type: 'accept';
      readonly frameworkId: FrameworkId;
      readonly offerIds: readonly OfferId[];
      readonly operations: readonly Operation[];
      readonly filters: Filters;
    }
  | {
      readonly type: 'decline';
      readonly frameworkId: FrameworkId;
      readonly offerIds: readonly OfferId[];
      readonly filters: Filters;
    }
  /**
   * Whether it will have left the agents by then; operators are shown that. Within `filters` it is not
   * asked about the same agent again. Those that are not outstanding any more count for nothing.
   */
  | {
      readonly type: 'answerInverseOffers';
      readonly frameworkId: FrameworkId;
      readonly inverseOfferIds: readonly OfferId[];
      readonly accepted: boolean;
      readonly filters: Filters;
    }
  /** No roles: all of them. Also clears the framework's filters. */
  | {
      readonly type: 'revive';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
    }
  /**
   * How large its offers are to be from now on, instead of what it asked for before; none: as they
   * come. Forgotten when its scheduler is gone.
   */
  | {
      readonly type: 'request';
      readonly frameworkId: FrameworkId;
      readonly requests: readonly ResourceRequest[];
    }
  | {
      readonly type: 'suppress';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
    }
  | {
      readonly type: 'kill';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly agentId?: AgentId;
      readonly killGracePeriodMs?: number;
    }
  | {
      readonly type: 'shutdownExecutor';
      readonly frameworkId: FrameworkId;
      readonly agentId: AgentId;
      readonly executorId: ExecutorId;
    }
  | {
      readonly type: 'acknowledge';
      readonly frameworkId: FrameworkId;
      readonly agentId: AgentId;
      readonly taskId: TaskId;
      readonly updateId: UpdateId;
    }
  /** No tasks: implicit, all that the master knows. Answered by updates without an id. */
  | {
      readonly type: 'reconcile';
      readonly frameworkId: FrameworkId;
      readonly tasks: readonly { readonly taskId: TaskId; readonly agentId?: AgentId }[];
    }
  | {
      readonly type: 'acknowledgeOperation';
      readonly frameworkId: FrameworkId;
      readonly agentId: AgentId;
      readonly operationId: OperationId;
      readonly updateId: UpdateId;
    }
  /** As `reconcile`, of the operations that the framework gave an id. */
  | {
      readonly type: 'reconcileOperations';
      readonly frameworkId: FrameworkId;
      readonly operations: readonly {
        readonly operationId: OperationId;
        readonly agentId?: AgentId;
      }[];
    }
  | {
      readonly type: 'schedulerMessage';
      readonly frameworkId: FrameworkId;
      readonly agentId: AgentId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };

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

/** The answer to `updateFramework`. */
export interface FrameworkUpdated {
  readonly type: 'frameworkUpdated';
  /** A whole sentence. Absent: it is done. */
  readonly refused?: string;
  /** What is refused may be in order: who asked is not subscribed any more. */
  readonly gone?: boolean;
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

// -------------------------------------------------------------------------------------- agent

export type AgentMessage = FromMasterToAgent | FromExecutorToAgent | FromOperatorToAgent | Exited;

export type FromMasterToAgent =
  | NotLeader
  | (LeaderWords & {
      readonly type: 'agentRegistered';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      /** Without a ping for this long the agent registers again. */
      readonly pingTimeoutMs: number;
      /** When it is lost, all agents come back within about this time, so that they don't crowd. */
      readonly returnSpreadMs: number;
      /** As of `ping`. */
      readonly drain?: DrainWords;
    })
  | (LeaderWords & {
      readonly type: 'agentReregistered';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      readonly pingTimeoutMs: number;
      readonly returnSpreadMs: number;
      /** Tasks that the master has on this agent and the agent did not report. */
      readonly unknownTasks: readonly {
        readonly frameworkId: FrameworkId;
        readonly taskId: TaskId;
        readonly partitionAware: boolean;
        readonly launchId?: OfferId;
      }[];
      /** In the same way; the agent answers for each of them that it does not know: dropped. */
      readonly unknownOperations?: readonly OperationUuid[];
      /** As of `ping`. */
      readonly drain?: DrainWords;
    })
  /** It must not come back under this id, or at all; `reason` is a sentence. The agent ends. */
  | { readonly type: 'shutdownAgent'; readonly reason: string }
  /** `connected: false`: the master took it for disconnected; it registers again. */
  | {
      readonly type: 'ping';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      readonly connected: boolean;
      /** It is to drain; absent: it is not, or not any more. */
      readonly drain?: DrainWords;
    }
  /** At once, what otherwise comes with the next ping. */
  | { readonly type: 'setDrain'; readonly drain?: DrainWords }
  | {
      readonly type: 'runTask';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      readonly task: TaskInfo;
      /** The role whose offer it was launched from; the agent reports it back (`Task.role`). */
      readonly role?: string;
      /**
       * Whether the resources of `task.executor` are paid for, too. False: it is to run already;
       * where it doesn't any more, the task is dropped (`executorTerminated`), or the new executor
       * would use what belongs to others. Absent for tasks without `executor`.
       */
      readonly launchExecutor?: boolean;
      /** The offer that it was launched from: a second copy has the same, another task of this id not. */
      readonly launchId?: OfferId;
      /** See `registerAgent`. */
      readonly resourceVersion?: string;
    }
  /** Tasks that start together or not at all; otherwise as `runTask`. */
  | {
      readonly type: 'runTaskGroup';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      /** Of all of them; it is not repeated in `tasks`. */
      readonly executor: ExecutorInfo;
      readonly tasks: readonly TaskInfo[];
      readonly role?: string;
      readonly launchExecutor: boolean;
      readonly launchId?: OfferId;
      readonly resourceVersion?: string;
    }
  /** Written down, carried out, and told by `operationUpdated` until that is acknowledged. */
  | (OperationRecord & {
      readonly type: 'applyOperation';
      /** See `registerAgent`. */
      readonly resourceVersion?: string;
    })
  | {
      readonly type: 'acknowledgeOperation';
      readonly operationUuid: OperationUuid;
      readonly updateId: UpdateId;
    }
  /** It says something else of itself than before: kept and shown. Not for those that have ended. */
  | {
      readonly type: 'updateFramework';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
    }
  | {
      readonly type: 'killTask';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly killGracePeriodMs?: number;
    }
  /**
   * Launched a while ago and not heard of since. The agent reports each that it does not know as
   * dropped (lost, for frameworks that are not partition aware), so that no launch is lost silently.
   * Executors that run no task: each that the agent doesn't know is answered by `executorExited`.
   */
  | {
      readonly type: 'confirmTasks';
      readonly tasks: readonly {
        readonly frameworkId: FrameworkId;
        readonly taskId: TaskId;
        readonly partitionAware: boolean;
        readonly launchId?: OfferId;
      }[];
      readonly executors?: readonly {
        readonly frameworkId: FrameworkId;
        readonly executorId: ExecutorId;
      }[];
    }
  | {
      readonly type: 'acknowledgeUpdate';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly updateId: UpdateId;
    }
  /**
   * Everything of this framework ends; no updates are sent for it any more. Repeated with the pings
   * until it is answered by `frameworkShutDown`.
   */
  | { readonly type: 'shutdownFramework'; readonly frameworkId: FrameworkId }
  | {
      readonly type: 'shutdownExecutor';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
    }
  | {
      readonly type: 'schedulerMessage';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };

export type FromExecutorToAgent =
  /**
   * Repeated until answered by `executorRegistered`, `registrationRefused` or `shutdown`. `secret` is
   * what the agent gave the program that it started; who only knows the ids is refused.
   */
  | {
      readonly type: 'registerExecutor';
      readonly executor: Address<ExecutorMessage>;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly secret: string;
    }
  /** Repeated until answered by `updateReceived` (the agent has it, not yet the scheduler). */
  | {
      readonly type: 'executorUpdate';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly update: StatusUpdate & { readonly id: UpdateId };
    }
  | {
      readonly type: 'executorMessage';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };

export type FromOperatorToAgent =
  | { readonly type: 'describeAgent'; readonly replyTo: Address<AgentStateView> }
  /** Bytes of a file in the sandbox of the task's newest run. */
  | {
      readonly type: 'readSandbox';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      /** A relative path without `..`; `stdout` and `stderr` are always there. */
      readonly path: string;
      /** Negative: counted from the end. */
      readonly offsetBytes: number;
      /** At most 256 KiB are answered. */
      readonly lengthBytes: number;
      readonly replyTo: Address<SandboxChunk>;
    };

// ---------------------------------------------------------------------------------- scheduler

export type SchedulerMessage =
  | NotLeader
  | (LeaderWords & {
      readonly type: 'subscribed';
      readonly frameworkId: FrameworkId;
      readonly master: Address<MasterMessage>;
      /** `heartbeat` comes this often; after five missed ones the scheduler subscribes again. */
      readonly heartbeatIntervalMs: number;
    })
  | { readonly type: 'heartbeat' }
  /** Final: the subscription is refused or ended, and `message` says why. */
  | { readonly type: 'subscriptionEnded'; readonly message: string }
  | { readonly type: 'offersMade'; readonly offers: readonly Offer[] }
  | { readonly type: 'offerRescinded'; readonly offerId: OfferId }
  /** At most one of an agent at a time. */
  | { readonly type: 'inverseOffersMade'; readonly inverseOffers: readonly InverseOffer[] }
  | { readonly type: 'inverseOfferRescinded'; readonly inverseOfferId: OfferId }
  /** To be acknowledged when `update.id` is there. */
  | { readonly type: 'taskUpdated'; readonly update: StatusUpdate }
  /** Of an operation that the framework gave an id. To be acknowledged when `updateId` is there. */
  | {
      readonly type: 'operationUpdated';
      readonly agentId?: AgentId;
      readonly status: OperationStatus;
    }
  | {
      readonly type: 'executorMessage';
      readonly agentId: AgentId;
      readonly executorId: ExecutorId;
      readonly data: string;
    }
  /** Best effort. With `executorId`: an executor ended; without: an agent was lost. */
  | {
      readonly type: 'failed';
      readonly agentId: AgentId;
      readonly executorId?: ExecutorId;
      readonly status?: number;
    }
  | Exited;

// ----------------------------------------------------------------------------------- executor

export type ExecutorMessage =
  | {
      readonly type: 'executorRegistered';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      readonly executor: ExecutorInfo;
      readonly agent: RegisteredAgentInfo;
    }
  /** Final. `message` is a sentence. */
  | {
      readonly type: 'registrationRefused';
      readonly code: RegistrationErrorCode;
      readonly message: string;
    }
  | { readonly type: 'launch'; readonly task: TaskInfo }
  /** To be started together or not at all. */
  | {
      readonly type: 'launchGroup';
      readonly tasks: readonly TaskInfo[];
      /** Of each task, in their order; only the agent's own default executor is told, this and the next. */
      readonly containerIds?: readonly ContainerId[];
      readonly role?: string;
    }
  | {
      readonly type: 'kill';
      readonly taskId: TaskId;
      readonly killGracePeriodMs?: number;
    }
  | { readonly type: 'updateReceived'; readonly taskId: TaskId; readonly updateId: UpdateId }
  | { readonly type: 'schedulerMessage'; readonly data: string }
  | { readonly type: 'shutdown' }
  | Exited;
