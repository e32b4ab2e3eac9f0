/** Offers: what a framework may use, for one role, of one agent, until it answers or it is rescinded. */

import type { Address } from '../../runtime/actor.ts';
import type { Domain } from './domain.ts';
import type { AgentId, ExecutorId, FrameworkId, OfferId, OperationId } from './ids.ts';
import type { Unavailability } from './maintenance.ts';
import type { AgentMessage } from './messages.ts';
import type { ResourceOperation } from './resource-operations.ts';
import type { Attributes, Resources } from './resources.ts';
import type { ExecutorInfo, TaskInfo } from './task.ts';

export interface Offer {
  readonly offerId: OfferId;
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly agent: Address<AgentMessage>;
  readonly hostname: string;
  readonly role: string;
  readonly resources: Resources;
  readonly attributes: Attributes;
  /** Of the agent, where it has one. */
  readonly domain?: Domain;
  /** Executors of the framework that live on the agent. */
  readonly executorIds: readonly ExecutorId[];
  /** The agent's machine is in the maintenance schedule. */
  readonly unavailability?: Unavailability;
}

/**
 * How large an offer is to be that a framework wants now; see the allocator's `demands`. By names and
 * amounts, of whatever reservation.
 */
export interface ResourceRequest {
  readonly resources: Resources;
  /** Only of this one. Default: of any. */
  readonly agentId?: AgentId;
}

/** How long the declined resources are not offered again to this framework and role. Default 5000. */
export interface Filters {
  readonly refuseMs: number;
}

/** What an accepting scheduler does with the resources; performed in order. */
export type Operation =
  | { readonly type: 'launch'; readonly tasks: readonly TaskInfo[] }
  | LaunchGroup
  | ChangeResources;

/** Those after it see what became of the resources, but for a volume that grows or shrinks. */
export interface ChangeResources {
  readonly type: 'change';
  readonly change: ResourceOperation;
  /** The framework wants to hear what becomes of it. */
  readonly operationId?: OperationId;
}

/**
 * Tasks that are launched together or not at all, in one executor: the default one, or a custom one
 * that understands groups. A task may name the executor, too; it must be the same.
 */
export interface LaunchGroup {
  readonly type: 'launchGroup';
  readonly executor: ExecutorInfo;
  readonly tasks: readonly TaskInfo[];
}
