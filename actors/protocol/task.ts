/** Tasks: what is to run, what became of it, and which states follow which. */
import type { CheckInfo, CheckStatus, HealthCheck } from './checks.ts';
import type { ContainerInfo, ContainerNetwork } from './container.ts';
import type { DiscoveryInfo } from './discovery.ts';
import type { AgentId, ContainerId, ExecutorId, FrameworkId, TaskId, UpdateId } from './ids.ts';
import type { Resources } from './resources.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

/** A file that is to be in the sandbox before the command starts; see actors/agent/fetcher. */
export interface CommandUri {
  /** `http:`, `https:`, `file:`, an absolute path on the agent, or one below `--frameworks-home`. */
  readonly value: string;
  /** It is made executable, and not unpacked. Default false. */
  readonly executable?: boolean;
  /** An archive, known by the end of its name, is unpacked into the sandbox. Default true. */
  readonly extract?: boolean;
  /** The agent keeps it for the next one who asks for it. Default false. */
  readonly cache?: boolean;
  /** Its name in the sandbox, a relative path. Default: what stands behind the last `/` of `value`. */
  readonly outputFile?: string;
}

/**
 * What to execute. `shell: true`: `value` is a line for `/bin/sh -c`. `shell: false`: `value` is the
 * program, `arguments` is its whole argv, beginning with argv[0] (as in Mesos).
 */
export interface CommandInfo {
  readonly shell: boolean;
  readonly value: string;
  readonly arguments: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
  /** Fetched one after the other; when one can't be, nothing is started. */
  readonly uris?: readonly CommandUri[];
  /** Who it runs as. Default: whoever the agent runs as. */
  readonly user?: string;
}

/**
 * What runs tasks of its framework. `custom`: a program of the framework's that speaks the executor
 * protocol; it has a `command`. `default`: the agent's own, which runs task groups; it has none.
 */
export interface ExecutorInfo {
  readonly executorId: ExecutorId;
  /** Absent: `custom`. With a task group it has to be said. */
  readonly type?: ExecutorType;
  readonly name: string;
  /** A name by which some frameworks tell their executors apart; only shown. */
  readonly source?: string;
  readonly command?: CommandInfo;
  readonly container?: ContainerInfo;
  readonly resources: Resources;
  /** From the polite request to shut down until it is killed. Default: the agent's flag. */
  readonly shutdownGracePeriodMs?: number;
  readonly discovery?: DiscoveryInfo;
  readonly labels?: readonly Label[];
  readonly data?: string;
}

export type ExecutorType = 'default' | 'custom';

export interface Label {
  readonly key: string;
  readonly value?: string;
}

/**
 * Exactly one of `command` (the agent's own command executor runs it) and `executor`; but a task of a
 * group has its group's executor, and a command when that is the default executor.
 */
export interface TaskInfo {
  readonly taskId: TaskId;
  readonly name: string;
  readonly agentId: AgentId;
  readonly resources: Resources;
  readonly command?: CommandInfo;
  readonly executor?: ExecutorInfo;
  readonly container?: ContainerInfo;
  /** From SIGTERM to SIGKILL when it is killed. Default 3000. */
  readonly killGracePeriodMs?: number;
  /** Looked at again and again while it runs; what is found is told, and nothing else is done. */
  readonly check?: CheckInfo;
  /** The same, and a task that is found unhealthy too often is killed. */
  readonly healthCheck?: HealthCheck;
  /** From its start until it is killed, without grace, and has failed. 0: never. */
  readonly maxCompletionTimeMs?: number;
  readonly discovery?: DiscoveryInfo;
  readonly labels?: readonly Label[];
  /** For the executor; opaque. */
  readonly data?: string;
}

/** Source of the names: Mesos 1.11, include/mesos/v1/mesos.proto, TaskState. */
export type TaskState =
  | 'staging'
  | 'starting'
  | 'running'
  | 'killing'
  | 'finished'
  | 'failed'
  | 'killed'
  | 'error'
  | 'lost'
  | 'dropped'
  | 'unreachable'
  | 'gone'
  | 'goneByOperator'
  | 'unknown';

/** Source: Mesos 1.11, src/common/protobuf_utils.cpp, isTerminalState. `unreachable` is not. */
const TERMINAL: ReadonlySet<TaskState> = new Set([
  'finished',
  'failed',
  'killed',
  'error',
  'lost',
  'dropped',
  'gone',
  'goneByOperator',
]);

export function isTerminal(state: TaskState): boolean {
  return TERMINAL.has(state);
}

/** Whether a task in this state holds the resources it was given. */
export function holdsResources(state: TaskState): boolean {
  return !TERMINAL.has(state) && state !== 'unreachable';
}

/** Source of the names: Mesos 1.11, include/mesos/v1/mesos.proto, TaskStatus.Reason. */
export type TaskReason =
  | 'agentDraining'
  | 'agentDisconnected'
  | 'agentRemoved'
  | 'agentRemovedByOperator'
  | 'agentReregistered'
  | 'agentRestarted'
  | 'commandExecutorFailed'
  | 'containerPreempted'
  | 'containerLaunchFailed'
  | 'containerUpdateFailed'
  | 'executorRegistrationTimeout'
  | 'executorReregistrationTimeout'
  | 'executorTerminated'
  | 'frameworkRemoved'
  | 'invalidOffers'
  | 'masterDisconnected'
  | 'maxCompletionTimeReached'
  | 'reconciliation'
  | 'taskGroupInvalid'
  | 'taskCheckStatusUpdated'
  | 'taskHealthCheckStatusUpdated'
  | 'taskInvalid'
  | 'taskKilledDuringLaunch'
  /** Messor itself never gives these: they are there for executors, which say what they like. */
  | 'agentUnknown'
  | 'containerLimitation'
  | 'containerLimitationDisk'
  | 'containerLimitationMemory'
  | 'executorUnregistered'
  | 'gcError'
  | 'invalidFrameworkId'
  | 'ioSwitchboardExited'
  | 'resourcesUnknown'
  | 'taskGroupUnauthorized'
  | 'taskUnauthorized'
  | 'taskUnknown';

/** What is said about a task, by whoever knows. */
export interface TaskStatus {
  readonly taskId: TaskId;
  readonly state: TaskState;
  readonly source: 'master' | 'agent' | 'executor';
  readonly reason?: TaskReason;
  readonly message?: string;
  readonly timestampMs: number;
  readonly agentId?: AgentId;
  readonly executorId?: ExecutorId;
  readonly containerId?: ContainerId;
  /** Where its container can be reached, as its executor says. */
  readonly networks?: readonly ContainerNetwork[];
  /** The address of its agent, where its executor says nothing of networks. */
  readonly containerIp?: string;
  /** Of these it wanted more than it was given. */
  readonly limitation?: Resources;
  /** wait(2)'s view of a command: exactly one of the two once it has ended. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** What its health check says; absent until that has said something. */
  readonly healthy?: boolean;
  /** What its check found last; there in every status of a task that has a check. */
  readonly checkStatus?: CheckStatus;
  readonly labels?: readonly Label[];
  readonly data?: string;
  /** With `state: 'unreachable'`: since when. */
  readonly unreachableTimeMs?: number;
}

/**
 * A status on its way to the scheduler. `id` present: it comes from an agent, which sends it again
 * until it is acknowledged. Absent: the master made it, once; who misses it reconciles.
 */
export interface StatusUpdate {
  readonly id?: UpdateId;
  readonly frameworkId: FrameworkId;
  readonly status: TaskStatus;
}

/** A task as master and agent remember it and report it to each other. */
export interface Task {
  readonly taskId: TaskId;
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly executorId?: ExecutorId;
  /** The role whose offer it was launched from. Absent: the first of its framework's roles. */
  readonly role?: string;
  readonly name: string;
  readonly resources: Resources;
  readonly container?: ContainerInfo;
  readonly healthCheck?: HealthCheck;
  /** As it was launched with. */
  readonly killGracePeriodMs?: number;
  readonly discovery?: DiscoveryInfo;
  readonly labels?: readonly Label[];
  /** Whom its command, or that of its executor, asks to run as. */
  readonly user?: string;
  /** The newest state that the agent knows. */
  readonly state: TaskState;
  /** Consecutive statuses of the same state are collapsed into the last; at most 20 are kept. */
  readonly statuses: readonly TaskStatus[];
  /** Of the last update that was forwarded to the scheduler; decides acknowledgements. */
  readonly updateState?: TaskState;
  readonly updateId?: UpdateId;
}

/** What is remembered of how a task was asked for. Source: Mesos 1.11, protobuf_utils.cpp, createTask. */
export function shownOf(
  info: TaskInfo,
): Pick<Task, 'container' | 'healthCheck' | 'killGracePeriodMs' | 'discovery' | 'labels' | 'user'> {
  const { container, healthCheck, killGracePeriodMs, discovery, labels, command, executor } = info;
  const user = command?.user ?? executor?.command?.user;
  return {
    ...(container && { container }),
    ...(healthCheck && { healthCheck }),
    ...(killGracePeriodMs === undefined ? {} : { killGracePeriodMs }),
    ...(discovery && { discovery }),
    ...(labels && { labels }),
    ...(user === undefined ? {} : { user }),
  };
}
