/**
 * What a scheduler says to the master, as the calls of Mesos; who speaks HTTP is spoken for by an
 * actor at the master's door.
 * Source: Mesos 1.11, scheduler.proto.
 */
import type { Address } from '../../runtime/actor.ts';
import type { FrameworkInfo } from './framework.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  TaskId,
  UpdateId,
} from './ids.ts';
import type { SchedulerMessage } from './messages.ts';
import type { Filters, Operation, ResourceRequest } from './offer.ts';
import type { OfferConstraints } from './offer-constraints.ts';

export type FromSchedulerToMaster =
  /** Repeated until answered. With `frameworkId`: a scheduler that was there before. */
  | {
      readonly type: 'subscribe';
      readonly scheduler: Address<SchedulerMessage>;
      readonly info: FrameworkInfo;
      readonly frameworkId?: FrameworkId;
      readonly suppressedRoles: readonly string[];
      /** Of the last `suppress` or `revive` before it; a copy that comes late changes nothing. */
      readonly demandNumber?: number;
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
      /**
       * Counts how often this scheduler has changed its mind: what is older than what was heard is late, and
       * not listened to. Offers say which was heard last. Absent: taken for news.
       */
      readonly demandNumber?: number;
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
      /** As of `revive`. */
      readonly demandNumber?: number;
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

/** The answer to `updateFramework`. */
export interface FrameworkUpdated {
  readonly type: 'frameworkUpdated';
  /** A whole sentence. Absent: it is done. */
  readonly refused?: string;
  /** What is refused may be in order: who asked is not subscribed any more. */
  readonly gone?: boolean;
}
