/**
 * What master and allocator say to each other; both live on one node and the master speaks for all.
 *
 * What is allocated (offered or in use) belongs to a framework, a role and an agent. The allocator
 * hands out, the master gives back by `recoverResources`; what was never given back stays allocated,
 * also when the framework is gone. Only `removeAgent` ends all that was allocated on an agent.
 */
import type { Address } from '../../../runtime/actor.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { Explanation, WithheldKind } from '../../protocol/explanation.ts';
import type { FrameworkCapability, RoleMinima } from '../../protocol/framework.ts';
import type { AgentId, FrameworkId, OperationUuid } from '../../protocol/ids.ts';
import type { Unavailability } from '../../protocol/maintenance.ts';
import type { Filters, ResourceRequest } from '../../protocol/offer.ts';
import type { OfferConstraints } from '../../protocol/offer-constraints.ts';
import type { QuotaConfig } from '../../protocol/quota.ts';
import type { Conversion } from '../../protocol/resource-operations.ts';
import type { Attributes, Resources } from '../../protocol/resources.ts';

export type AllocatorMessage = FromMasterToAllocator | FromAllocatorToItself;

export type FromMasterToAllocator =
  /** Known already: the same as `updateFramework`, and active as said. */
  | {
      readonly type: 'addFramework';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
      readonly suppressedRoles: readonly string[];
      /** Default none. */
      readonly capabilities?: readonly FrameworkCapability[];
      /** Which the master has found to be in order. Default none. */
      readonly offerConstraints?: OfferConstraints;
      /** What is enough for an offer in some of its roles, in place of the master's minima. */
      readonly minAllocatable?: readonly RoleMinima[];
      /** An inactive one is offered nothing: its scheduler is not there. */
      readonly active: boolean;
    }
  /**
   * Its roles are now these. Clears the filters of roles that it suppresses no longer. Dropped when
   * the framework is unknown.
   */
  | {
      readonly type: 'updateFramework';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
      readonly suppressedRoles: readonly string[];
      /** Default none. */
      readonly capabilities?: readonly FrameworkCapability[];
      readonly offerConstraints?: OfferConstraints;
      /** What is enough for an offer in some of its roles, in place of the master's minima. */
      readonly minAllocatable?: readonly RoleMinima[];
    }
  | { readonly type: 'activateFramework'; readonly frameworkId: FrameworkId }
  /** Also clears its filters. What it has stays allocated. */
  | { readonly type: 'deactivateFramework'; readonly frameworkId: FrameworkId }
  /** What it has stays allocated until it is recovered. */
  | { readonly type: 'removeFramework'; readonly frameworkId: FrameworkId }
  /**
   * Known already: replaces it. `used` is all that is in use there, also by frameworks that are not
   * added yet (or never); it must not be told a second time when they are.
   */
  | {
      readonly type: 'addAgent';
      readonly agentId: AgentId;
      /** Chosen by the master, another one each time it adds the agent; see `Allocation`. */
      readonly epoch: number;
      readonly total: Resources;
      readonly attributes: Attributes;
      /** For offer constraints. Default empty. */
      readonly hostname?: string;
      readonly domain?: Domain;
      readonly used: readonly UsedResources[];
      readonly active: boolean;
      /** As `updateUnavailability`. */
      readonly unavailability?: Unavailability;
    }
  /** Other attributes clear the filters on the agent. Dropped when it is unknown. */
  | {
      readonly type: 'updateAgent';
      readonly agentId: AgentId;
      readonly total: Resources;
      readonly attributes: Attributes;
    }
  /** Who has something there is asked to leave; absent: nobody is any more. All are asked anew. */
  | {
      readonly type: 'updateUnavailability';
      readonly agentId: AgentId;
      readonly unavailability?: Unavailability;
    }
  /** An inverse offer was answered, with `filters`, or is not outstanding any more. */
  | {
      readonly type: 'inverseOfferClosed';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
      readonly filters?: Filters;
    }
  | { readonly type: 'activateAgent'; readonly agentId: AgentId }
  /** Nothing of it is handed out until it is activated; what was, stays allocated. */
  | { readonly type: 'deactivateAgent'; readonly agentId: AgentId }
  | { readonly type: 'removeAgent'; readonly agentId: AgentId }
  /**
   * A task ended, or an offer was declined, rescinded, or left over after an accept. What is not
   * allocated like this is ignored. `filters`: the framework said for how long it doesn't want it;
   * `refuseMs: 0` is no refusal, but the same is not offered again before the next interval.
   */
  | {
      readonly type: 'recoverResources';
      readonly frameworkId: FrameworkId;
      readonly role: string;
      readonly agentId: AgentId;
      readonly resources: Resources;
      readonly filters?: Filters;
    }
  /**
   * What a framework has on an agent has become something else, in this order, and the agent's total
   * with it. `copies`: beside that it uses so much of what it may share.
   */
  | {
      readonly type: 'convertAllocated';
      readonly frameworkId: FrameworkId;
      readonly role: string;
      readonly agentId: AgentId;
      readonly conversions: readonly Conversion[];
      readonly copies: Resources;
    }
  /**
   * The same of what nobody has, if nobody has it. Answered by `freeConverted`. Of another epoch
   * nothing is there: the agent has been added anew, with all that it has.
   */
  | {
      readonly type: 'convertFree';
      readonly operationUuid: OperationUuid;
      readonly agentId: AgentId;
      readonly agentEpoch: number;
      readonly conversion: Conversion;
    }
  /** Roles not named keep their weight; 1 is the default. Takes effect in the next round. */
  | {
      readonly type: 'updateWeights';
      readonly weights: readonly { readonly role: string; readonly weight: number }[];
    }
  /**
   * The quotas are these from now on, and no others. Takes effect in the next round; nothing that is
   * allocated is taken back.
   */
  | {
      readonly type: 'updateQuota';
      readonly configs: readonly QuotaConfig[];
      readonly replyTo?: Address<QuotaTaken>;
    }
  /**
   * How large offers have to be for the framework, instead of what it asked for before; none: it takes
   * what it gets. Forgotten when it is deactivated. Dropped when it is unknown. See `demands`.
   */
  | {
      readonly type: 'request';
      readonly frameworkId: FrameworkId;
      readonly requests: readonly ResourceRequest[];
    }
  /** At the beginning: nothing is handed out until there are so many agents, or the time is over. */
  | { readonly type: 'holdOff'; readonly agentCount: number; readonly timeoutMs: number }
  /**
   * Why it is offered nothing. The allocator adds what it knows to what the master has said already,
   * and answers whoever asked.
   */
  | {
      readonly type: 'explain';
      readonly frameworkId: FrameworkId;
      readonly said: Explanation;
      /** Why, of agents that are not active because operators do not want it. */
      readonly withheld: ReadonlyMap<AgentId, WithheldKind>;
      /** Whether that much would fit anywhere. */
      readonly needs?: Resources;
      readonly replyTo: Address<Explanation>;
    }
  /** Which agents are excluded by offer constraints. */
  | { readonly type: 'describeConstraints'; readonly replyTo: Address<ConstraintsDescribed> }
  /** No roles: all of them. */
  | {
      readonly type: 'suppress';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
    }
  /** No roles: all of them. Clears the filters of the framework in these roles. */
  | {
      readonly type: 'revive';
      readonly frameworkId: FrameworkId;
      readonly roles: readonly string[];
    };

type FromAllocatorToItself =
  /** Something happened since the last round: it is time for the next one. */
  | { readonly type: 'allocate' }
  /** Not so many agents have come back in time. */
  | { readonly type: 'holdOffEnded' }
  /** Filters have expired meanwhile. */
  | { readonly type: 'intervalEnded' };

export interface UsedResources {
  readonly frameworkId: FrameworkId;
  readonly role: string;
  readonly resources: Resources;
}

export type FromAllocatorToMaster =
  /** One message a round, never empty. */
  | { readonly type: 'allocated'; readonly allocations: readonly Allocation[] }
  /** The answer to `convertFree`: whether it was there. */
  | {
      readonly type: 'freeConverted';
      readonly operationUuid: OperationUuid;
      readonly agentEpoch: number;
      /** What was free where that was not enough. */
      readonly lacking?: Resources;
    }
  /** Never empty. Those that can't be made now are closed. */
  | { readonly type: 'inverseOffersDue'; readonly due: readonly InverseOfferDue[] };

export interface ConstraintsDescribed {
  readonly type: 'constraintsDescribed';
  readonly frameworks: readonly {
    readonly frameworkId: FrameworkId;
    readonly suppressedRoles: readonly string[];
    /** For each of its roles. */
    readonly excluded: readonly (readonly [role: string, agentIds: readonly AgentId[]])[];
  }[];
}

/** The answer to `updateQuota`: all that was allocated before it has been told. */
export interface QuotaTaken {
  readonly type: 'quotaTaken';
}

/** A framework has something on an agent that is to be unavailable, and is not asked to leave yet. */
export interface InverseOfferDue {
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  /** As of `Allocation`. */
  readonly agentEpoch: number;
}

/**
 * To become an offer. When the framework or the agent is meanwhile inactive or gone, the master
 * gives it back without filters.
 */
export interface Allocation {
  readonly frameworkId: FrameworkId;
  readonly role: string;
  readonly agentId: AgentId;
  /** Of the `addAgent` that it comes from. An older one than the master's last: to be ignored. */
  readonly agentEpoch: number;
  readonly resources: Resources;
}
