/**
 * What somebody writes who runs tasks in a program of their own: an executor's logic, as handlers of
 * what it hears. It runs inside the driver's actor, as a scheduler's does; see `defineExecutor`.
 */
import type { Context, Exited, Tagged } from '../../runtime/actor.ts';
import type { RegisteredAgentInfo } from '../protocol/agent.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { TaskId } from '../protocol/ids.ts';
import type { ExecutorInfo, TaskInfo, TaskState, TaskStatus } from '../protocol/task.ts';
import type { HearAll } from './driven-logic.ts';
import type { ExecutorOptions } from './executor-state.ts';

export type ExecutorEvent =
  /** The agent knows us. `again`: after the link to it broke. */
  | {
      readonly type: 'registered';
      readonly framework: FrameworkInfo;
      readonly executor: ExecutorInfo;
      readonly agent: RegisteredAgentInfo;
      readonly again: boolean;
    }
  /** The agent can't be heard; tasks go on. The driver registers again as soon as it can. */
  | { readonly type: 'disconnected' }
  /**
   * Once for each task. `group`: it was launched with these, itself included, of which each has an
   * event; they are to start together or not at all.
   */
  | { readonly type: 'launch'; readonly task: TaskInfo; readonly group?: readonly TaskInfo[] }
  /** May come more than once, and for tasks that have ended. */
  | { readonly type: 'kill'; readonly taskId: TaskId; readonly killGracePeriodMs?: number }
  /** From the scheduler, at most once. */
  | { readonly type: 'message'; readonly data: string }
  /**
   * End: kill what runs, report it, then `driver.stop()`. It ends by itself after the grace period.
   * `agentLost`: the agent was away for too long; nobody hears updates any more. `refused`: the agent
   * doesn't take this program for the one that it started.
   */
  | { readonly type: 'shutdown'; readonly reason: 'asked' | 'agentLost' | 'refused' }
  /** Something that the logic itself linked or monitored is gone. */
  | Exited;

/** What may be said of a task beside its state. */
export type StatusDetails = Pick<
  TaskStatus,
  | 'message'
  | 'reason'
  | 'data'
  | 'exitCode'
  | 'signal'
  /** For who looks after the checks of its tasks: an executor of its own has to do that itself. */
  | 'healthy'
  | 'checkStatus'
  | 'labels'
>;

/** What an executor itself can say of a task. */
export type ExecutorTaskState = Extract<
  TaskState,
  'starting' | 'running' | 'killing' | 'finished' | 'failed' | 'killed' | 'error'
>;

export interface ExecutorCalls {
  /** Tasks that were launched and have not been reported as ended. */
  readonly liveTaskIds: ReadonlySet<TaskId>;
  /**
   * Repeated until the agent has it; in order for each task. After the end of a task nothing more is to
   * be said of it.
   */
  update(taskId: TaskId, state: ExecutorTaskState, details?: StatusDetails): void;
  /** To the scheduler, at most once. */
  message(data: string): void;
  /** Ends when the agent has all updates, at most the grace period later. */
  stop(): void;
}

type HearEvents<Options, State, Own extends Tagged, Event extends Tagged> = HearAll<
  State,
  Event,
  ExecutorCalls,
  Context<Options & ExecutorOptions, Own>
>;

type NeededEvent = Extract<ExecutorEvent, { readonly type: 'launch' | 'kill' | 'shutdown' }>;

export interface ExecutorLogic<Options, State, Own extends Tagged = never> {
  /** The actor's name, made unique on its node. */
  readonly name: string;
  initialState(options: Options): State;
  readonly on: HearEvents<Options, State, Own, NeededEvent> &
    Partial<HearEvents<Options, State, Own, Exclude<ExecutorEvent, NeededEvent>>>;
  /** Messages of its own: from timers, from promises, from other actors. */
  readonly handlers?: HearEvents<Options, State, Own, Own>;
  /** As `ActorDefinition.accepts`, for messages of its own from other nodes; default: none enters. */
  readonly accepts?: (message: Tagged) => string | undefined;
  /** As `ActorDefinition.inspect`. */
  inspect?(state: State): unknown;
}
