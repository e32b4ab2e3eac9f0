/** All that a master hears, and the shape of the handler tables that it is composed of. */
import type { Address, Context, Handlers } from '../../runtime/actor.ts';
import type { AgentId, FrameworkId } from '../protocol/ids.ts';
import type { MasterMessage, SchedulerMessage } from '../protocol/messages.ts';
import type {
  ConstraintsDescribed,
  FromAllocatorToMaster,
  QuotaTaken,
} from './allocator/messages.ts';
import type { OperationEntry } from './operation-records.ts';
import type { MasterOptions } from './options.ts';
import type { ThrottledCall } from './rates/throttled.ts';
import type { FromRegistrarToMaster } from './registrar.ts';
import type { QuotaRequest } from './roles/quota-requests.ts';
import type { MasterState, OfferRecord } from './state.ts';

export type MasterInbox =
  | MasterMessage
  | FromMastershipToMaster
  | FromApiToMaster
  | FromAllocatorToMaster
  | QuotaTaken
  | FromRegistrarToMaster
  | FromMasterToItself;

type FromMastershipToMaster =
  /** `host:port` of all masters, from now on. */
  { readonly type: 'mastersChanged'; readonly masters: readonly string[] };

/** From the routes of this node. */
type FromApiToMaster =
  /** Which agents are excluded by offer constraints; the allocator answers. */
  | { readonly type: 'describeConstraints'; readonly replyTo: Address<ConstraintsDescribed> }
  /** All that have not been acknowledged. */
  | { readonly type: 'describeOperations'; readonly replyTo: Address<OperationsDescribed> }
  /** The old ways to change quotas. */
  | Exclude<QuotaRequest, { readonly type: 'updateQuota' }>;

export interface OperationsDescribed {
  readonly type: 'operationsDescribed';
  readonly operations: readonly Readonly<OperationEntry>[];
}

/** Timers. Each is cancelled when what it is about ends, so it never comes too late. */
type FromMasterToItself =
  | { readonly type: 'pingDue'; readonly agentId: AgentId }
  | { readonly type: 'agentReregistrationTimedOut'; readonly agentId: AgentId }
  | { readonly type: 'heartbeatDue'; readonly frameworkId: FrameworkId }
  | { readonly type: 'frameworkFailoverTimedOut'; readonly frameworkId: FrameworkId }
  /** A call of a scheduler that had to wait: it is its turn. */
  | {
      readonly type: 'callDue';
      readonly call: ThrottledCall;
      readonly caller: Address<SchedulerMessage>;
    }
  /** The oldest offer has come of age. */
  | { readonly type: 'offersTimedOut' }
  | { readonly type: 'registryCollectDue' }
  /** Another agent that is silent may be given up. */
  | { readonly type: 'removalDue' }
  /** There were too many to rescind in one turn. */
  | { readonly type: 'rescindDue'; readonly offers: readonly OfferRecord[] }
  /** Somebody wants to read, or there is more to tell who does; also from the API of this node. */
  | { readonly type: 'readsDue' }
  /** Agents of the leader before have had their time to come back. */
  | { readonly type: 'recoveryTimedOut' }
  /** Those of them that have not heard who leads now. */
  | { readonly type: 'announceDue'; readonly agentIds: readonly AgentId[] };

export type MasterContext = Context<MasterOptions, MasterInbox>;

export type MasterHandlers<Type extends MasterInbox['type']> = Pick<
  Handlers<MasterOptions, MasterState, MasterInbox>,
  Type
>;
