/**
 * What an agent knows: its registration, and for each framework the executors and tasks it has here.
 *
 * A task is `active` until its terminal update is acknowledged; then only its record is kept for a
 * while. An executor is there from the first task that needs it until its program has ended, or, for
 * the built-in ones, until their last task is over: a command task has one of its own, of the task's
 * id; a default executor runs the task groups of its id.
 */

import type { Address, Context, Handlers, TimerId } from '../../runtime/actor.ts';
import type { AgentInfo } from '../protocol/agent.ts';
import type { FrameworkInfo } from '../protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationUuid,
  TaskId,
  UpdateId,
} from '../protocol/ids.ts';
import type { DrainWords } from '../protocol/maintenance.ts';
import type { MasterSearch } from '../protocol/masters.ts';
import type { AgentMessage, ExecutorMessage, MasterMessage } from '../protocol/messages.ts';
import type { ReportedOperation } from '../protocol/operation.ts';
import type { Resources } from '../protocol/resources.ts';
import {
  type EnvironmentVariable,
  type ExecutorInfo,
  type ExecutorType,
  shownOf,
  type Task,
  type TaskInfo,
  type TaskReason,
  type TaskState,
  type TaskStatus,
} from '../protocol/task.ts';
import type { SandboxChunk } from '../protocol/views.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { CheckpointerMessage, CheckpointNews } from './checkpoint/checkpointer.ts';
import type { NetworkProbes } from './checks/probes.ts';
import type { FetcherEvent, FetcherMessage, FetcherOptions } from './fetcher/fetcher-state.ts';
import type { GarbageCollectorMessage } from './garbage-collector.ts';
import type { History } from './history.ts';
import type { FromHttpExecutorToAgent, HttpExecutorMessage } from './http-executors.ts';
import type {
  LauncherEvent,
  LauncherFactory,
  LauncherMessage,
  LauncherNews,
} from './launcher/launcher.ts';
import type { FromHttpToAgent } from './node-report.ts';
import type { MachineUse, Oversubscription } from './oversubscription/oversubscription.ts';
import type { ReconfigurationPolicy } from './reconfiguration.ts';
import type { Registration } from './registration.ts';
import type { OperationCarrierMessage, OperationCarrierNews } from './resources/carrier-state.ts';
import type { TaskVolumesNews } from './resources/task-volumes.ts';
import type { StatusUpdatesMessage, StatusUpdatesNews } from './status-updates.ts';
import type { FileChunk, WorkDirectory } from './work-directory.ts';

/** What the agent hears: from other nodes, from its own children, and from itself. */
export type AgentActorMessage =
  | AgentMessage
  | StatusUpdatesNews
  | LauncherNews
  | CheckpointNews
  | OperationCarrierNews
  | TaskVolumesNews
  | FromHttpExecutorToAgent
  | FromHttpToAgent
  /** From the launcher, about custom executors. */
  | LauncherEvent
  /** From the fetcher, about custom executors. */
  | FetcherEvent
  /** The rest from ourselves. It is time to ask the master again. */
  | { readonly type: 'registrationDue' }
  /** No master has answered for a while; the person who looks at the log hears of it. */
  | { readonly type: 'masterMissing' }
  | { readonly type: 'pingMissed' }
  | { readonly type: 'executorSandboxMade'; readonly containerId: ContainerId }
  | {
      readonly type: 'executorSandboxFailed';
      readonly containerId: ContainerId;
      readonly sentence: string;
    }
  | { readonly type: 'executorRegistrationLate'; readonly containerId: ContainerId }
  | { readonly type: 'executorShutdownLate'; readonly containerId: ContainerId }
  /** One that an earlier life of the agent left has not come back. */
  | { readonly type: 'executorReregistrationLate'; readonly containerId: ContainerId }
  /** Time to look how the machine is used; and how it is. */
  | { readonly type: 'oversubscriptionDue' }
  | { readonly type: 'machineMeasured'; readonly machine: MachineUse }
  | { readonly type: 'machineNotMeasured'; readonly sentence: string }
  /** All executors that were waited for have come back or ended. */
  | { readonly type: 'executorsBack' }
  /**
   * A default executor has ended after its last task; once the end of that is written down, and once
   * the master is being told of it.
   */
  | {
      readonly type: 'executorRetired' | 'executorExitDue';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
    }
  /** What the executor has said nothing of by now is handed to it again. */
  | { readonly type: 'launchesDue'; readonly containerId: ContainerId }
  | {
      readonly type: 'sandboxRead';
      readonly chunk: FileChunk;
      readonly ended: boolean;
      readonly replyTo: Address<SandboxChunk>;
    }
  | {
      readonly type: 'sandboxNotRead';
      readonly sentence: string;
      readonly replyTo: Address<SandboxChunk>;
    }
  /** What could not be ended or acknowledged in time is not waited for. */
  | { readonly type: 'shutdownDue' };

export interface AgentOptions {
  readonly info: AgentInfo;
  /** Given to executors, which join the same cluster. */
  readonly cluster: string;
  /** `host:port` of some or all masters, at least one: where to look for the one that leads. */
  readonly masters: readonly string[];
  readonly workDirectory: WorkDirectory;
  readonly launcher: LauncherFactory;
  /** Of the machine's present life: when it is another one, nothing of the last one runs any more. */
  readonly bootId: string;
  /** `reconnect`: goes on with what an earlier life left. `cleanup`: ends all that, and itself. */
  readonly recover: 'reconnect' | 'cleanup';
  readonly reconfigurationPolicy: ReconfigurationPolicy;
  /** Signs the tokens of executors that speak HTTP; absent: nobody asks for tokens. */
  readonly executorTokenKey?: Uint8Array;
  /** Left out: tasks that ask for files fail. */
  readonly fetcher?: FetcherOptions;
  /** For checks of tasks. Left out: looks at ports fail. */
  readonly probes?: NetworkProbes;
  /** The user whom programs run as; tasks that ask for another one fail. Left out: anybody. */
  readonly runsAs?: string;
  /** Default 1000. */
  readonly registrationBackoffMs: number;
  /** Default 60 000. */
  readonly registrationBackoffMsMax: number;
  /** Default 60 000: how long a custom executor may take from its start to its registration. */
  readonly executorRegistrationTimeoutMs: number;
  /** Default 2000: how long custom executors have to come back to an agent that was restarted. */
  readonly executorReregistrationTimeoutMs: number;
  /** Default 15 minutes: custom executors that wait longer for an agent that is away end by themselves. */
  readonly recoveryTimeoutMs: number;
  /** Default 10 000: a task that its custom executor says nothing of is handed to it again. */
  readonly launchRepeatMs: number;
  /** Default 5000: from the request to shut down until an executor is killed; executors override it. */
  readonly executorShutdownGracePeriodMs: number;
  /** Default none: what all programs find in their environment, beside what their commands say. */
  readonly executorEnvironment: readonly EnvironmentVariable[];
  /** Default 3000: from SIGTERM to SIGKILL of a command; tasks and kills override it. */
  readonly killGracePeriodMs: number;
  /** Default 10 000. */
  readonly statusUpdateRetryMsMin: number;
  /** Default 600 000. */
  readonly statusUpdateRetryMsMax: number;
  /** Default 1000, of one task. */
  readonly pendingUpdateCountMax: number;
  /** Default 1000: the youngest that are over, to be shown, and not to be launched again. */
  readonly completedTaskCountMax: number;
  /** Default 2000: how long an agent that shuts down waits for the last acknowledgements. */
  readonly shutdownAcknowledgementWaitMs: number;
  /** Default 604 800 000: how old sandboxes become on an empty disk. */
  readonly gcDelayMs: number;
  /** Default 0.1: when only so much of the disk is free, none is kept. */
  readonly gcDiskHeadroom: number;
  /** Default 60 000. */
  readonly diskWatchIntervalMs: number;
  /** Left out: nothing is offered twice. */
  readonly oversubscription?: Oversubscription;
  /** Default: nothing is counted. */
  readonly metrics?: AgentMetrics;
}

export const AGENT_DEFAULTS = {
  recover: 'reconnect',
  reconfigurationPolicy: 'equal',
  registrationBackoffMs: 1000,
  registrationBackoffMsMax: 60_000,
  executorRegistrationTimeoutMs: 60_000,
  executorReregistrationTimeoutMs: 2000,
  recoveryTimeoutMs: 900_000,
  launchRepeatMs: 10_000,
  executorShutdownGracePeriodMs: 5000,
  executorEnvironment: [],
  killGracePeriodMs: 3000,
  statusUpdateRetryMsMin: 10_000,
  statusUpdateRetryMsMax: 600_000,
  pendingUpdateCountMax: 1000,
  completedTaskCountMax: 1000,
  shutdownAcknowledgementWaitMs: 2000,
  gcDelayMs: 604_800_000,
  gcDiskHeadroom: 0.1,
  diskWatchIntervalMs: 60_000,
} as const;

/** Consecutive statuses of one state are collapsed into the last; of the rest the youngest are kept. */
export const STATUSES_KEPT_MAX = 20;

/** Of one task: repetitions come soon after the first, so a few ids are enough to know them. */
export const RECEIVED_IDS_MAX = 100;

export interface AgentTask {
  readonly info: TaskInfo;
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  readonly role: string | undefined;
  /** Of all tasks that it was launched together with, itself included. */
  readonly group: readonly TaskId[] | undefined;
  /** Unknown of one that an earlier life of the agent took. */
  readonly launchId: OfferId | undefined;
  /** It was told to end because the agent drains, or drained. */
  isDrained?: boolean;
  /** Its resources are taken back. */
  isPreempted?: boolean;
  state: TaskState;
  readonly statuses: TaskStatus[];
  /** Of the update forwarded last. */
  updateState: TaskState | undefined;
  updateId: UpdateId | undefined;
  /** Of the updates that executors sent, to know a repetition. */
  readonly receivedIds: UpdateId[];
  /** Its volumes in the sandbox of an executor that is a program; see `task-volumes.ts`. */
  volumes: 'unlinked' | 'linking' | 'linked';
}

/** An executor as its framework describes it, custom or default: what it holds is charged. */
export interface CustomExecutor {
  readonly info: ExecutorInfo;
  readonly role: string | undefined;
  /** New with each launch, and given to its program only: by it the agent knows who registers. */
  readonly secret: string;
}

export interface AgentExecutor {
  readonly executorId: ExecutorId;
  readonly containerId: ContainerId;
  readonly type: 'command' | ExecutorType;
  /** Absent for command executors. */
  readonly custom: CustomExecutor | undefined;
  /** Where it listens; absent until it has registered. */
  address: Address<ExecutorMessage> | undefined;
  /** Not yet terminal. */
  readonly taskIds: Set<TaskId>;
  timer: TimerId | undefined;
  /** Set while it may have tasks that it has said nothing of. */
  launchTimer: TimerId | undefined;
  /** The launcher has it. */
  launched: boolean;
  /** Its volumes are being made; it has no sandbox yet. */
  awaitsVolumes: boolean;
  /** It is to end; it gets no new tasks. */
  ending: boolean;
  /** It outlives the agent's process. */
  readonly checkpointed: boolean;
  /** Why the agent ended it, when it did. */
  endReason:
    | {
        readonly reason: TaskReason;
        readonly message: string;
        /** Of its tasks. Default: failed. */
        readonly state?: TaskState;
      }
    | undefined;
}

export interface AgentFramework {
  readonly frameworkId: FrameworkId;
  info: FrameworkInfo;
  readonly executors: Map<ExecutorId, AgentExecutor>;
  /** Active. */
  readonly tasks: Map<TaskId, AgentTask>;
  /** Shut down by the master: no updates are sent for it any more. */
  ending: boolean;
  /** What happens to it is kept first; see `keeping.ts`. */
  readonly checkpointed: boolean;
}

/** Empty for one that was killed before it came. */
export interface CompletedTask {
  readonly record?: Task;
  readonly launchId?: OfferId;
  readonly executorId?: ExecutorId;
  readonly containerId?: ContainerId;
}

/** How far the agent is that begins; see `recovery.ts`. */
export interface Recovery {
  phase: 'reading' | 'recovering' | 'over';
  launcherReady: boolean;
  /** It knows what reservations and volumes it has. */
  resourcesRead: boolean;
  beganMs: number;
  /** Set when it is over. */
  tookMs: number | undefined;
  /** Custom executors of an earlier life that have not come back. */
  readonly awaited: Set<ContainerId>;
  /** Told to shut down before it knew what there is to end. */
  shutdownReason: string | undefined;
}

/** How far the agent is that was told to shut down. */
export interface Ending {
  /** Acknowledgements are all that is waited for, and only for so long. */
  executorsGone: boolean;
  /** Nothing is waited for. */
  done: boolean;
}

/** That operators want the agent to be rid of its tasks. */
export interface Drain {
  readonly words: DrainWords;
  readonly startedMs: number;
}

export interface AgentState {
  readonly recovery: Recovery;
  agentId: AgentId | undefined;
  registration: Registration;
  registrationTimer: TimerId | undefined;
  /** Set exactly while a master is asked and has not answered. */
  missing: { readonly sinceMs: number; readonly timer: TimerId } | undefined;
  pingTimer: TimerId | undefined;
  pingTimeoutMs: number;
  search: MasterSearch;
  /** The master that was asked last, by its well-known name; linked until one has registered us. */
  asked: Address<MasterMessage> | undefined;
  /** Masters that could not be reached, since the last one that could. */
  unreachedCount: number;
  /** See `RegistrationLimits`. */
  returnSpreadMs: number;
  /** That registered us; linked. */
  master: Address<MasterMessage> | undefined;
  /** As the master said last. */
  drain: Drain | undefined;
  readonly frameworks: Map<FrameworkId, AgentFramework>;
  /** Custom executors that run or are being started, and command executors, by container. */
  readonly containers: Map<ContainerId, { frameworkId: FrameworkId; executorId: ExecutorId }>;
  /** Those that stand for executors that speak HTTP, by container; linked. */
  readonly httpExecutors: Map<ContainerId, Address<HttpExecutorMessage>>;
  activeTaskCount: number;
  /** All that the machine has: by its flags, as operations left it. */
  total: Resources;
  /** Another one whenever that is not what the master must believe. */
  resourceVersion: string;
  /** How often an operation began, ended or was acknowledged in this life. */
  resourceRevision: number;
  /** Under way, or not acknowledged. */
  readonly operations: Map<OperationUuid, ReportedOperation>;
  /** Acknowledged, oldest first. */
  readonly pastOperations: Map<OperationUuid, ReportedOperation>;
  /** By tasks that were handed to their executors and custom executors that have not ended. */
  occupied: Resources;
  /** As the master was told last. */
  oversubscribed: Resources;
  /** When the controller was asked last; undefined: never. */
  correctedMs: number | undefined;
  /** Not handed to their executors yet, oldest first; see `admission.ts`. */
  readonly waiting: Map<AgentTask, AgentFramework>;
  /** Oldest first, by framework and task. */
  readonly completed: Map<string, CompletedTask>;
  readonly history: History;
  launcher: Address<LauncherMessage> | undefined;
  fetcher: Address<FetcherMessage> | undefined;
  statusUpdates: Address<StatusUpdatesMessage> | undefined;
  checkpointer: Address<CheckpointerMessage> | undefined;
  operationCarrier: Address<OperationCarrierMessage> | undefined;
  /** It keeps what becomes of tasks, and no new ones. */
  checkpointFull: boolean;
  garbageCollector: Address<GarbageCollectorMessage> | undefined;
  sandboxReadCount: number;
  ending: Ending | undefined;
}

export type AgentContext = Context<AgentOptions, AgentActorMessage>;
export type AgentHandlers<Type extends AgentActorMessage['type']> = Pick<
  Handlers<AgentOptions, AgentState, AgentActorMessage>,
  Type
>;

export function taskKey(frameworkId: FrameworkId, taskId: TaskId): string {
  return `${frameworkId}/${taskId}`;
}

/** As the master is told and people are shown. */
export function taskRecord(agentId: AgentId, frameworkId: FrameworkId, task: AgentTask): Task {
  const { info, executorId, role, state, statuses, updateState, updateId } = task;
  return {
    taskId: info.taskId,
    frameworkId,
    agentId,
    executorId,
    ...(role === undefined ? {} : { role }),
    name: info.name,
    resources: info.resources,
    ...shownOf(info),
    state,
    statuses: [...statuses],
    ...(updateState === undefined ? {} : { updateState }),
    ...(updateId === undefined ? {} : { updateId }),
  };
}
