/** Names of states, reasons, sources and capabilities: ours and those of Mesos, side by side. */
import type { Visibility } from '../discovery.ts';
import type { FrameworkCapability } from '../framework.ts';
import type { ExecutorType, TaskReason, TaskState, TaskStatus } from '../task.ts';
import type { V1Enum } from './dictionary.ts';

export const STATES: Readonly<Record<TaskState, V1Enum<'TaskState'>>> = {
  staging: 'TASK_STAGING',
  starting: 'TASK_STARTING',
  running: 'TASK_RUNNING',
  killing: 'TASK_KILLING',
  finished: 'TASK_FINISHED',
  failed: 'TASK_FAILED',
  killed: 'TASK_KILLED',
  error: 'TASK_ERROR',
  lost: 'TASK_LOST',
  dropped: 'TASK_DROPPED',
  unreachable: 'TASK_UNREACHABLE',
  gone: 'TASK_GONE',
  goneByOperator: 'TASK_GONE_BY_OPERATOR',
  unknown: 'TASK_UNKNOWN',
};

export const SOURCES: Readonly<Record<TaskStatus['source'], V1Enum<'TaskStatus.Source'>>> = {
  master: 'SOURCE_MASTER',
  agent: 'SOURCE_AGENT',
  executor: 'SOURCE_EXECUTOR',
};

export const REASONS: Readonly<Record<TaskReason, V1Enum<'TaskStatus.Reason'>>> = {
  agentDisconnected: 'REASON_AGENT_DISCONNECTED',
  agentDraining: 'REASON_AGENT_DRAINING',
  agentRemoved: 'REASON_AGENT_REMOVED',
  agentRemovedByOperator: 'REASON_AGENT_REMOVED_BY_OPERATOR',
  agentReregistered: 'REASON_AGENT_REREGISTERED',
  agentRestarted: 'REASON_AGENT_RESTARTED',
  agentUnknown: 'REASON_AGENT_UNKNOWN',
  commandExecutorFailed: 'REASON_COMMAND_EXECUTOR_FAILED',
  containerLaunchFailed: 'REASON_CONTAINER_LAUNCH_FAILED',
  containerLimitation: 'REASON_CONTAINER_LIMITATION',
  containerLimitationDisk: 'REASON_CONTAINER_LIMITATION_DISK',
  containerLimitationMemory: 'REASON_CONTAINER_LIMITATION_MEMORY',
  containerPreempted: 'REASON_CONTAINER_PREEMPTED',
  containerUpdateFailed: 'REASON_CONTAINER_UPDATE_FAILED',
  executorRegistrationTimeout: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
  executorReregistrationTimeout: 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
  executorTerminated: 'REASON_EXECUTOR_TERMINATED',
  executorUnregistered: 'REASON_EXECUTOR_UNREGISTERED',
  frameworkRemoved: 'REASON_FRAMEWORK_REMOVED',
  gcError: 'REASON_GC_ERROR',
  invalidFrameworkId: 'REASON_INVALID_FRAMEWORKID',
  invalidOffers: 'REASON_INVALID_OFFERS',
  ioSwitchboardExited: 'REASON_IO_SWITCHBOARD_EXITED',
  masterDisconnected: 'REASON_MASTER_DISCONNECTED',
  maxCompletionTimeReached: 'REASON_MAX_COMPLETION_TIME_REACHED',
  reconciliation: 'REASON_RECONCILIATION',
  resourcesUnknown: 'REASON_RESOURCES_UNKNOWN',
  taskCheckStatusUpdated: 'REASON_TASK_CHECK_STATUS_UPDATED',
  taskGroupInvalid: 'REASON_TASK_GROUP_INVALID',
  taskGroupUnauthorized: 'REASON_TASK_GROUP_UNAUTHORIZED',
  taskHealthCheckStatusUpdated: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
  taskInvalid: 'REASON_TASK_INVALID',
  taskKilledDuringLaunch: 'REASON_TASK_KILLED_DURING_LAUNCH',
  taskUnauthorized: 'REASON_TASK_UNAUTHORIZED',
  taskUnknown: 'REASON_TASK_UNKNOWN',
};

export const EXECUTOR_TYPES: Readonly<Record<ExecutorType, V1Enum<'ExecutorInfo.Type'>>> = {
  default: 'DEFAULT',
  custom: 'CUSTOM',
};

export const CAPABILITIES: Readonly<
  Record<FrameworkCapability, V1Enum<'FrameworkInfo.Capability.Type'>>
> = {
  partitionAware: 'PARTITION_AWARE',
  taskKillingState: 'TASK_KILLING_STATE',
  revocableResources: 'REVOCABLE_RESOURCES',
  sharedResources: 'SHARED_RESOURCES',
  gpuResources: 'GPU_RESOURCES',
  reservationRefinement: 'RESERVATION_REFINEMENT',
  regionAware: 'REGION_AWARE',
};

export const IP_PROTOCOLS: Readonly<Record<'ipv4' | 'ipv6', V1Enum<'NetworkInfo.Protocol'>>> = {
  ipv4: 'IPv4',
  ipv6: 'IPv6',
};

export const VISIBILITIES: Readonly<Record<Visibility, V1Enum<'DiscoveryInfo.Visibility'>>> = {
  framework: 'FRAMEWORK',
  cluster: 'CLUSTER',
  external: 'EXTERNAL',
};

/** @returns ours, or undefined when we have none */
export function ours<Our extends string, Their extends string>(
  table: Readonly<Record<Our, Their>>,
  their: string,
): Our | undefined {
  for (const our in table) {
    if (table[our] === their) return our;
  }
  return undefined;
}
