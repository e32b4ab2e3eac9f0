/**
 * What somebody writes who wants resources: a scheduler's logic, as handlers of what it hears.
 *
 * The logic runs inside the driver's actor: its handlers are synchronous, its state is plain data,
 * time and chance come from the context. So the same logic runs in a cluster and, unchanged, in a
 * simulation. See `defineScheduler` for the actor it becomes.
 */
import type { Context, Exited, Tagged } from '../../runtime/actor.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  TaskId,
  UpdateId,
} from '../protocol/ids.ts';
import type { InverseOffer } from '../protocol/maintenance.ts';
import type { Filters, Offer, Operation } from '../protocol/offer.ts';
import type { OfferConstraints } from '../protocol/offer-constraints.ts';
import type { OperationStatus } from '../protocol/operation.ts';
import type { ExecutorInfo, TaskInfo, TaskStatus } from '../protocol/task.ts';
import type { HearAll } from './driven-logic.ts';
import type { SchedulerOptions } from './scheduler-state.ts';

/** A framework's info; what is left out: user `nobody`, role `*`, no failover, no capabilities. */
export type FrameworkDescription = Pick<FrameworkInfo, 'name'> &
  Partial<FrameworkInfo> & {
    /** On which agents it wants offers at all. Default: on all. */
    readonly offerConstraints?: OfferConstraints;
  };

export type SchedulerEvent =
  /** A master has answered. `again`: after it was lost; offers from before are void. */
  | {
      readonly type: 'subscribed';
      readonly frameworkId: FrameworkId;
      readonly again: boolean;
    }
  /** The master can't be heard; all offers are void. The driver is already looking for it. */
  | { readonly type: 'disconnected'; readonly reason: string }
  | { readonly type: 'offers'; readonly offers: readonly Offer[] }
  | { readonly type: 'rescinded'; readonly offerId: OfferId }
  /** Agents where it has something are to be unavailable; nothing is taken away. See `answerInverse`. */
  | { readonly type: 'inverseOffers'; readonly inverseOffers: readonly InverseOffer[] }
  /** The schedule has changed, or the agent is gone. */
  | { readonly type: 'inverseRescinded'; readonly inverseOfferId: OfferId }
  /**
   * Something new about a task. With an `updateId` an agent waits for the acknowledgement, which
   * the driver sends when the handler has returned, unless the logic acknowledges by itself. Not
   * only in order of a task's life: what looked lost may turn out to run.
   */
  | { readonly type: 'update'; readonly status: TaskStatus; readonly updateId?: UpdateId }
  /**
   * What became of an operation on resources that was given an id. With `status.updateId` an agent
   * waits for the acknowledgement, as with `update`. What was asked for without a master is `dropped`.
   */
  | { readonly type: 'operation'; readonly status: OperationStatus; readonly agentId?: AgentId }
  /** From an executor of ours, at most once. */
  | {
      readonly type: 'message';
      readonly agentId: AgentId;
      readonly executorId: ExecutorId;
      readonly data: string;
    }
  /** Best effort; the fate of each of its tasks comes as an update. */
  | { readonly type: 'agentLost'; readonly agentId: AgentId }
  | {
      readonly type: 'executorLost';
      readonly agentId: AgentId;
      readonly executorId: ExecutorId;
      /** Exit code, or 128 + signal number; 255 when nobody knows. */
      readonly status?: number;
    }
  /** Something that the logic itself linked or monitored is gone. */
  | Exited
  /** The last event: the master refused or ended the subscription, and says why. */
  | { readonly type: 'ended'; readonly message: string };

/** The calls a scheduler makes. None of them answers: what comes of it is told by events. */
export interface SchedulerCalls {
  /** Known from the first subscription on, or from the options. */
  readonly frameworkId: FrameworkId | undefined;
  /** Whether a master listens at the moment. */
  readonly connected: boolean;
  /** Offers that were made and neither used, declined, rescinded nor made void. */
  readonly offers: ReadonlyMap<OfferId, Offer>;
  /** Launched tasks that have not ended, as far as is known here. */
  liveTasks(): IterableIterator<LiveTask>;

  /**
   * Launches tasks on offers of one agent and one role; what they leave over is declined. A launch
   * that cannot be sent is answered by an update: `dropped`, or `lost` for a framework that is not
   * partition aware.
   */
  launch(offers: Offer | readonly Offer[], tasks: readonly TaskToLaunch[], filters?: Filters): void;
  /**
   * Launches tasks together or not at all, in one executor: on one agent, and when one of them fails
   * or is killed, the others are killed. As `launch` otherwise.
   */
  launchGroup(offers: Offer | readonly Offer[], group: GroupToLaunch, filters?: Filters): void;
  /**
   * As `launch` and `launchGroup`, in the protocol's own words: operations on the sum of the offers, in order. Each task
   * names its agent.
   */
  accept(offers: readonly Offer[], operations: readonly Operation[], filters?: Filters): void;
  /** Default filters: these resources are not offered again for five seconds. */
  decline(offers: readonly Offer[], filters?: Filters): void;
  /**
   * Says to operators whether it will have left the agents of these inverse offers by then. Default
   * filters: it is not asked again for five seconds.
   */
  answerInverse(offers: readonly InverseOffer[], accepted: boolean, filters?: Filters): void;
  /** No more offers for these roles, or for all; remembered over a change of master. */
  suppress(roles?: readonly string[]): void;
  /** Offers again, and no filters; repeated until there is an offer. */
  revive(roles?: readonly string[]): void;
  /**
   * Repeated until the task has ended.
   * @param killGracePeriodMs from SIGTERM to SIGKILL; default: as the task says, else 3000
   */
  kill(taskId: TaskId, killGracePeriodMs?: number): void;
  /** Asks it to end, at most once; its unfinished tasks fail. */
  shutdownExecutor(agentId: AgentId, executorId: ExecutorId): void;
  /** At most once: lost when the executor is not there. */
  message(agentId: AgentId, executorId: ExecutorId, data: string): void;
  /** Asks for the state of these tasks, known here or not. The driver does so by itself, too. */
  reconcile(tasks: readonly { readonly taskId: TaskId; readonly agentId?: AgentId }[]): void;
  /** Only for logic with `acknowledge: 'explicit'`. */
  acknowledge(update: { readonly status: TaskStatus; readonly updateId?: UpdateId }): void;
  /** Asks for the state of these operations, or of all that have not been acknowledged. */
  reconcileOperations(
    operations?: readonly { readonly operationId: OperationId; readonly agentId?: AgentId }[],
  ): void;
  /** Only for logic with `acknowledge: 'explicit'`. */
  acknowledgeOperation(update: {
    readonly status: OperationStatus;
    readonly agentId?: AgentId;
  }): void;
  /**
   * Ends the framework: its tasks are killed, its id is used up. The actor stops when the handler
   * has returned.
   */
  teardown(): void;
  /**
   * Leaves when the handler has returned; tasks live on for the failover timeout, waiting for a
   * scheduler with this framework id.
   */
  stop(): void;
}

/** A task as the scheduler describes it: the agent is that of the offers. */
export type TaskToLaunch = Omit<TaskInfo, 'agentId'> & Partial<Pick<TaskInfo, 'agentId'>>;

export interface GroupToLaunch {
  /** `defaultExecutor(…)`, or a custom one with `type: 'custom'`. */
  readonly executor: ExecutorInfo;
  /** In the default executor each has a `command`. None needs an `executor` of its own. */
  readonly tasks: readonly TaskToLaunch[];
}

export interface LiveTask {
  readonly taskId: TaskId;
  readonly agentId: AgentId | undefined;
  readonly state: TaskStatus['state'];
}

type LogicContext<Options, Own extends Tagged> = Context<Options & SchedulerOptions, Own>;

type HearEvents<Options, State, Own extends Tagged, Event extends Tagged> = HearAll<
  State,
  Event,
  SchedulerCalls,
  LogicContext<Options, Own>
>;

/** The two that no scheduler can do without. */
type NeededEvent = Extract<SchedulerEvent, { readonly type: 'offers' | 'update' }>;

export interface SchedulerLogic<Options, State, Own extends Tagged = never> {
  /** The actor's name, made unique on its node. */
  readonly name: string;
  info(options: Options): FrameworkDescription;
  initialState(options: Options): State;
  /** Default `automatic`: once the `update` handler has returned. */
  readonly acknowledge?: 'automatic' | 'explicit';
  /**
   * Default `decline`: offers that the `offers` handler leaves untouched are declined, so that
   * nobody starves by oversight. `keep`: they stay the scheduler's until it answers or they are
   * rescinded.
   */
  readonly unusedOffers?: 'decline' | 'keep';
  readonly on: HearEvents<Options, State, Own, NeededEvent> &
    Partial<HearEvents<Options, State, Own, Exclude<SchedulerEvent, NeededEvent>>>;
  /** Messages of its own: from timers, from questions it asked, from other actors. */
  readonly handlers?: HearEvents<Options, State, Own, Own>;
  /** As `ActorDefinition.accepts`, for messages of its own from other nodes; default: none enters. */
  readonly accepts?: (message: Tagged) => string | undefined;
  /** As `ActorDefinition.inspect`. */
  inspect?(state: State): unknown;
}
