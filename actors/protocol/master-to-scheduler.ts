/**
 * What the master says to a scheduler, as the events of Mesos.
 * Source: Mesos 1.11, scheduler.proto.
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentId, ExecutorId, FrameworkId, OfferId } from './ids.ts';
import type { InverseOffer } from './maintenance.ts';
import type { LeaderWords, MasterMessage, NotLeader } from './messages.ts';
import type { Offer } from './offer.ts';
import type { OperationStatus } from './operation.ts';
import type { StatusUpdate } from './task.ts';

export type FromMasterToScheduler =
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
  | {
      readonly type: 'offersMade';
      readonly offers: readonly Offer[];
      /** Of the last `suppress` or `revive` that was heard of this scheduler, if it had one. */
      readonly demandNumber?: number;
    }
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
    };
