/** What an executor driver is set up with, what it hears besides the protocol, and what it holds. */
import type { Address, Context, TimerId } from '../../runtime/actor.ts';
import type { ExecutorId, FrameworkId, TaskId, UpdateId } from '../protocol/ids.ts';
import type { AgentMessage, ExecutorMessage } from '../protocol/messages.ts';
import type { StatusUpdate } from '../protocol/task.ts';
import type { DriverTurn } from './driven-logic.ts';
import type { ExecutorCalls, ExecutorEvent } from './executor-logic.ts';

export interface ExecutorOptions {
  readonly agent: Address<AgentMessage>;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  /** What the agent gave this program to be known by. */
  readonly secret: string;
  readonly timings?: Partial<ExecutorTimings>;
}

/** Source of the defaults: Mesos 1.11, src/executor/executor.cpp and docs/configuration/agent.md. */
export interface ExecutorTimings {
  /** Between tries to register: default 500, doubling up to 15 000. */
  readonly registerDelayMsMin: number;
  readonly registerDelayMsMax: number;
  /**
   * Between tries to come back to an agent that was there: a random part of this. Default 1000, or
   * half of what the agent gives its executors when it is started again.
   */
  readonly reregisterDelayMsMax: number;
  /** Without an agent for this long it shuts down. Default 900 000. */
  readonly agentLostMs: number;
  /** From a shutdown or `stop` to the end, whatever is missing. Default 5000, or as the agent says. */
  readonly gracePeriodMs: number;
  /** Updates that the agent has not confirmed are repeated: default 2000, doubling up to 60 000. */
  readonly repeatDelayMsMin: number;
  readonly repeatDelayMsMax: number;
}

const EXECUTOR_TIMINGS: ExecutorTimings = {
  registerDelayMsMin: 500,
  registerDelayMsMax: 15_000,
  reregisterDelayMsMax: 1000,
  agentLostMs: 900_000,
  gracePeriodMs: 5000,
  repeatDelayMsMin: 2000,
  repeatDelayMsMax: 60_000,
};

export type ExecutorDriverMessage =
  | ExecutorMessage
  /** From ourselves: the agent has not answered yet. */
  | { readonly type: 'registerDue' }
  /** From ourselves: updates wait for their confirmation. */
  | { readonly type: 'repeatDue' }
  /** From ourselves: the agent has been away for too long. */
  | { readonly type: 'agentMissed' }
  /** From ourselves: the time to end in good order is over. */
  | { readonly type: 'graceOver' };

export interface ExecutorDriverState {
  timings: ExecutorTimings;
  phase: 'registering' | 'registered' | 'ended';
  wasRegistered: boolean;
  /** It is to end as soon as the agent has all updates. */
  leaving: boolean;
  registerCount: number;
  registerTimer: TimerId | undefined;
  agentLostTimer: TimerId | undefined;
  graceTimer: TimerId | undefined;
  repeatCount: number;
  /** Set exactly while updates are pending. */
  repeatTimer: TimerId | undefined;
  readonly liveTaskIds: Set<TaskId>;
  /** Launched before; a repeated launch of these is no news. */
  readonly endedTaskIds: Set<TaskId>;
  /** Oldest first. */
  readonly pending: Map<UpdateId, StatusUpdate & { readonly id: UpdateId }>;
}

export type ExecutorContext = Context<ExecutorOptions, ExecutorDriverMessage>;
export type ExecutorTurn = DriverTurn<ExecutorContext, ExecutorCalls, ExecutorEvent>;

export function initialExecutorState({ timings }: ExecutorOptions): ExecutorDriverState {
  return {
    timings: { ...EXECUTOR_TIMINGS, ...timings },
    phase: 'registering',
    wasRegistered: false,
    leaving: false,
    registerCount: 0,
    registerTimer: undefined,
    agentLostTimer: undefined,
    graceTimer: undefined,
    repeatCount: 0,
    repeatTimer: undefined,
    liveTaskIds: new Set(),
    endedTaskIds: new Set(),
    pending: new Map(),
  };
}
