/** What a scheduler driver is set up with, what it hears besides the protocol, and what it holds. */
import type { Address, Context, TimerId } from '../../runtime/actor.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { FrameworkId, OfferId, TaskId, UpdateId } from '../protocol/ids.ts';
import { type MasterSearch, searchAmong } from '../protocol/masters.ts';
import type { MasterMessage, SchedulerMessage } from '../protocol/messages.ts';
import type { Offer } from '../protocol/offer.ts';
import type { OfferConstraints } from '../protocol/offer-constraints.ts';
import type { OperationStatus } from '../protocol/operation.ts';
import type { TaskStatus } from '../protocol/task.ts';
import type { DriverTurn } from './driven-logic.ts';
import type { FrameworkDescription, SchedulerCalls, SchedulerEvent } from './scheduler-logic.ts';
import { emptyTaskBook, type TaskBook } from './task-book.ts';

export interface SchedulerOptions {
  /** Where masters may be found, at least one; the others and who leads are learned from them. */
  readonly masters: readonly Address<MasterMessage>[];
  /** Set: takes over this framework, whose scheduler was there before. */
  readonly frameworkId?: FrameworkId;
  readonly timings?: Partial<SchedulerTimings>;
}

/** Source of the defaults: Mesos 1.11, src/sched/constants.hpp and docs/reconciliation.md. */
export interface SchedulerTimings {
  /** After a broken link: a chance delay up to this before the first try. Default 100. */
  readonly resubscribeDelayMsMax: number;
  /** Between tries: default 2000, doubling up to 60 000, at most a tenth of the failover timeout. */
  readonly subscribeDelayMsMin: number;
  readonly subscribeDelayMsMax: number;
  /** So many heartbeats may be missed. Default 5. */
  readonly missedHeartbeatCountMax: number;
  /** A launched task nothing is heard of for this long is asked for. Default 30 000. */
  readonly silentLaunchMs: number;
  /** All live tasks are asked for this often, give or take a tenth. Default 900 000. */
  readonly reconcileIntervalMs: number;
  /** Questions, kills and revivals without effect are repeated: default 10 000, up to 300 000. */
  readonly repeatDelayMsMin: number;
  readonly repeatDelayMsMax: number;
  /** How often the driver looks what is due. Default 1000. */
  readonly sweepIntervalMs: number;
}

const TIMINGS: SchedulerTimings = {
  resubscribeDelayMsMax: 100,
  subscribeDelayMsMin: 2000,
  subscribeDelayMsMax: 60_000,
  missedHeartbeatCountMax: 5,
  silentLaunchMs: 30_000,
  reconcileIntervalMs: 900_000,
  repeatDelayMsMin: 10_000,
  repeatDelayMsMax: 300_000,
  sweepIntervalMs: 1000,
};

export type DriverMessage =
  | SchedulerMessage
  /** From ourselves: no master has answered yet; the next one is asked. */
  | { readonly type: 'subscribeDue' }
  /** From ourselves: none has answered for a while; the person who looks at the log hears of it. */
  | { readonly type: 'masterMissing' }
  /** From ourselves: time to look who is silent, and what is to be repeated. */
  | { readonly type: 'sweepDue' }
  /** From ourselves: a launch that could not be sent. */
  | { readonly type: 'launchFailed'; readonly status: TaskStatus }
  /** From ourselves: an operation on resources that could not be sent. */
  | { readonly type: 'operationFailed'; readonly status: OperationStatus };

export interface DriverState {
  readonly info: FrameworkInfo;
  readonly offerConstraints: OfferConstraints | undefined;
  readonly timings: SchedulerTimings;
  phase: 'subscribing' | 'subscribed' | 'ended';
  /** The logic wants to leave: done when its handler has returned. */
  leaving: 'teardown' | 'stop' | undefined;
  frameworkId: FrameworkId | undefined;
  search: MasterSearch;
  /** The master that was asked last; linked until one has answered. */
  asked: Address<MasterMessage> | undefined;
  /** Another one than the one that leads; linked. */
  watched: Address<MasterMessage> | undefined;
  /** Masters that could not be reached, since the last one that could. */
  unreachedCount: number;
  /** Set exactly while subscribed. */
  master: Address<MasterMessage> | undefined;
  heartbeatIntervalMs: number;
  /** When the master was last heard. */
  heardMs: number;
  /** Tries since the last answer. */
  subscribeCount: number;
  subscribeTimer: TimerId | undefined;
  /** Set exactly while masters are asked and none has answered. */
  missing: { readonly sinceMs: number; readonly timer: TimerId } | undefined;
  sweepTimer: TimerId | undefined;
  readonly suppressedRoles: Set<string>;
  /** The wishes about offers have changed since they were last sent along with a subscription. */
  demandChanged: boolean;
  /** Set from a revival until an offer says that it was heard. */
  revival:
    | { readonly demandNumber: number; readonly dueMs: number; readonly count: number }
    | undefined;
  /** How often it was said which roles want offers. */
  demandNumber: number;
  /** When all live tasks are asked for again. */
  reconcileDueMs: number;
  readonly offers: Map<OfferId, Offer>;
  readonly tasks: TaskBook;
  /** What was acknowledged of operations on resources. */
  readonly acknowledgedOperations: Set<UpdateId>;
  readonly acknowledge: 'automatic' | 'explicit';
  readonly unusedOffers: 'decline' | 'keep';
}

export type DriverContext = Context<SchedulerOptions, DriverMessage>;
export type Turn = DriverTurn<DriverContext, SchedulerCalls, SchedulerEvent>;

/** The handlers of one room: those for the messages of these types. */
export type DriverHandlers<Type extends DriverMessage['type']> = {
  readonly [T in Type]: (
    state: DriverState,
    message: Extract<DriverMessage, { readonly type: T }>,
    turn: Turn,
  ) => void;
};

export function initialDriverState(
  { offerConstraints, ...description }: FrameworkDescription,
  options: SchedulerOptions,
  manners: Pick<DriverState, 'acknowledge' | 'unusedOffers'>,
): DriverState {
  return {
    info: { user: 'nobody', roles: ['*'], failoverTimeoutMs: 0, capabilities: [], ...description },
    offerConstraints,
    timings: { ...TIMINGS, ...options.timings },
    phase: 'subscribing',
    leaving: undefined,
    frameworkId: options.frameworkId,
    search: searchAmong(options.masters.map(({ node }) => node)),
    asked: undefined,
    watched: undefined,
    unreachedCount: 0,
    master: undefined,
    heartbeatIntervalMs: 0,
    heardMs: 0,
    subscribeCount: 0,
    subscribeTimer: undefined,
    missing: undefined,
    sweepTimer: undefined,
    suppressedRoles: new Set(),
    demandChanged: false,
    revival: undefined,
    demandNumber: 0,
    reconcileDueMs: 0,
    offers: new Map(),
    tasks: emptyTaskBook(),
    acknowledgedOperations: new Set(),
    ...manners,
  };
}

/**
 * What became of a task that never left: `dropped`, or `lost` for who knows no finer word, if `why`
 * names no other state.
 */
export function neverLaunched(
  state: DriverState,
  taskId: TaskId,
  nowMs: number,
  why: Pick<TaskStatus, 'reason' | 'message'> & { readonly state?: TaskStatus['state'] },
): TaskStatus {
  const partitionAware = state.info.capabilities.includes('partitionAware');
  return {
    taskId,
    state: partitionAware ? 'dropped' : 'lost',
    source: 'master',
    timestampMs: nowMs,
    ...why,
  };
}
