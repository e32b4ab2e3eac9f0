/**
 * Why: what a master says when somebody asks why a framework gets no offers, or why a task does not
 * start. A chain of reasons, the one that decides first; each with a code that stays the same, for
 * programs, and a sentence for people.
 */
import type { AgentId, FrameworkId, TaskId } from './ids.ts';

/** What keeps a framework from being offered something, or is the case beside that. */
export type OfferReasonCode =
  | 'unknownFramework'
  /** It asked to be let in, and was told why not. */
  | 'subscriptionRefused'
  | 'frameworkEnded'
  /** Known from agents or the registry, and its scheduler has not come back to this master. */
  | 'frameworkRecovered'
  | 'frameworkDisconnected'
  /** It subscribed in no role, and is offered nothing until it names some. */
  | 'noRoles'
  /** Nothing keeps it: it has been offered something, and has not answered. */
  | 'offersOutstanding'
  /** A role of it, or one above, has all that its quota allows. */
  | 'quotaReached'
  | 'noAgents'
  | 'agentsRecovering'
  | 'roleLeft'
  | 'suppressed'
  /** There will be an offer in the next round. */
  | 'next'
  /** It declined and refused nothing: the end of the interval is waited for. */
  | 'waitingForInterval'
  | 'refused'
  | 'otherFirst'
  | 'tooSmall'
  | 'nothingFree'
  /** What is free is reserved for other roles. */
  | 'reserved'
  /** It would have to know how to deal with it: revocable, shared or refined. */
  | 'notCapable'
  /** It has GPUs, which the framework would have to say that it knows. */
  | 'gpusKept'
  /** With more, the role or one above it would be over its limit. */
  | 'limitReached'
  /** It is kept for the guarantees of other roles. */
  | 'guaranteesNeedIt'
  /** Less than the framework has asked for. */
  | 'lessThanRequested'
  /** Its host is not on the list of those that are offered. */
  | 'notWhitelisted'
  /** Nothing is offered before more agents are back after a change of leaders. */
  | 'heldOff'
  /** Its own offer constraints exclude the agents. */
  | 'constrained'
  | 'agentsInactive'
  /** Operators drain them, or have done so. */
  | 'agentsDraining'
  | 'agentsDeactivated'
  /** Nobody is registered there, until they are up again. */
  | 'machinesDown'
  /** Nothing keeps it, but it is told with each offer: it may decline for that. */
  | 'maintenanceScheduled'
  /** What was asked about is more than any agent has, than any has free, or is free. */
  | 'needsTooLarge'
  | 'needsNotFree'
  | 'needsFit';

/** What becomes of a task, or has become of it. */
export type TaskReasonCode =
  | 'unknownTask'
  | 'severalTasks'
  | 'taskUnconfirmed'
  | 'taskStaging'
  | 'taskRuns'
  | 'taskEnded'
  | 'taskUnreachable'
  | 'agentAway'
  | 'killPending'
  | 'updateUnacknowledged';

export interface Reason {
  readonly code: OfferReasonCode | TaskReasonCode;
  /** Where it holds for one role of the framework only. */
  readonly role?: string;
  /** A sentence without a final period. */
  readonly text: string;
  /** What can be done about it, the same way; absent: nothing, or nothing is needed. */
  readonly advice?: string;
}

/** Why there is no offer of an agent; `next`: there will be. */
export type AgentVerdictKind =
  | 'next'
  | 'waitingForInterval'
  | 'refused'
  | 'otherFirst'
  | 'tooSmall'
  | 'nothingFree'
  | 'reserved'
  | 'notCapable'
  | 'gpusKept'
  | 'limitReached'
  | 'guaranteesNeedIt'
  | 'lessThanRequested'
  | 'notWhitelisted'
  | 'constrained'
  | 'agentsInactive'
  | 'agentsDraining'
  | 'agentsDeactivated';

/** Of agents that are connected, and not offered because operators do not want that. */
export type WithheldKind = Extract<AgentVerdictKind, 'agentsDraining' | 'agentsDeactivated'>;

export interface AgentSample {
  readonly agentId: AgentId;
  readonly verdict: AgentVerdictKind;
  /** What nobody has, as text. */
  readonly free: string;
  /** Of `refused`. */
  readonly refusedForMs?: number;
  /** Of `otherFirst`. */
  readonly first?: { readonly frameworkId: FrameworkId; readonly role: string };
}

/** A framework in one of its roles, as the allocator sees it. */
export interface RoleFacts {
  readonly role: string;
  readonly suppressed: boolean;
  /** The largest part it has of any resource, 0 to 1, divided by its weight. */
  readonly share: number;
  /** Of the agents that were looked at, so many of each verdict; empty where none was. */
  readonly agents: Readonly<Partial<Record<AgentVerdictKind, number>>>;
  /** Some of them. */
  readonly samples: readonly AgentSample[];
  /** Since this master leads. */
  readonly offeredCount: number;
  readonly declinedCount: number;
  readonly lastOfferedMsAgo?: number;
  readonly lastDeclinedMsAgo?: number;
}

export interface Explanation {
  readonly type: 'explanation';
  readonly frameworkId?: FrameworkId;
  readonly taskId?: TaskId;
  readonly reasons: readonly Reason[];
  /** Where it is about offers. */
  readonly roles?: readonly RoleFacts[];
  /** Fewer than there are where there are very many. */
  readonly agentsLookedAt?: number;
}
