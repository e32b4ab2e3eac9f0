/**
 * For those who want resources: what a framework's author needs. `bin/sdk.ts` adds the ways into a
 * cluster; both together are the package `messor` as others import it.
 */
export {
  type ActorDefinition,
  type Address,
  type AnyAddress,
  type AskOutcome,
  type Context,
  defineActor,
  type Exited,
  type ExitReason,
  type SpawnSettings,
  type Tagged,
} from '../../runtime/actor.ts';
export { formatAddress, parseAddress } from '../../runtime/address.ts';
export type { LogRecord, LogSink } from '../../runtime/log.ts';
export type {
  CheckInfo,
  CheckStatus,
  CheckTimes,
  CommandProbe,
  HealthCheck,
  HealthyHttpProbe,
  HealthyTcpProbe,
  HttpProbe,
  IpProtocol,
  TcpProbe,
} from '../protocol/checks.ts';
export type { DiscoveryInfo, DiscoveryPort, Visibility } from '../protocol/discovery.ts';
export type { FrameworkCapability, FrameworkInfo } from '../protocol/framework.ts';
export type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationId,
  TaskId,
  UpdateId,
} from '../protocol/ids.ts';
export type { AgentMessage, ExecutorMessage, MasterMessage } from '../protocol/messages.ts';
export type {
  ChangeResources,
  Filters,
  LaunchGroup,
  Offer,
  Operation,
} from '../protocol/offer.ts';
export type { OperationState, OperationStatus } from '../protocol/operation.ts';
export type { ListedLog, LogDescription, LogEntry, LogPage } from '../protocol/replicated-logs.ts';
export { formatResources, parseAttributes, parseResources } from '../protocol/resource-text.ts';
export {
  type Attribute,
  type Attributes,
  contains,
  minus,
  plus,
  type Resource,
  type Resources,
  scalarMilli,
} from '../protocol/resources.ts';
export {
  type CommandInfo,
  type CommandUri,
  type ExecutorInfo,
  type ExecutorType,
  isTerminal,
  type Label,
  type TaskInfo,
  type TaskReason,
  type TaskState,
  type TaskStatus,
} from '../protocol/task.ts';
export {
  type BatchCommand,
  type BatchEvent,
  type BatchLaunch,
  type BatchOptions,
  batch,
} from './batch/batch.ts';
export { type BatchCounts, type BatchJob, jobFault, type Verdict } from './batch/job.ts';
export { mastersAt, programCommand, shellCommand } from './describe.ts';
export { defineExecutor, type ExecutorState } from './executor.ts';
export type {
  ExecutorCalls,
  ExecutorEvent,
  ExecutorLogic,
  ExecutorTaskState,
  StatusDetails,
} from './executor-logic.ts';
export type {
  ExecutorDriverMessage,
  ExecutorOptions,
  ExecutorTimings,
} from './executor-state.ts';
export { type Demand, type Launch, type Match, matchTasks, type Placed } from './matching.ts';
export {
  createVolumes,
  destroyVolumes,
  growVolume,
  reserve,
  shrinkVolume,
  unreserve,
  volumeOf,
} from './operations.ts';
export type {
  LogClientMessage,
  LogClientOptions,
  LogCommand,
  LogOutcome,
} from './replicated-log/client-state.ts';
export { logClient } from './replicated-log/log-client.ts';
export {
  type LogWriter,
  listLogs,
  type OpenLogOptions,
  openLog,
  type ReplicatedLog,
} from './replicated-log/open-log.ts';
export { defineScheduler, type SchedulerState } from './scheduler.ts';
export type {
  FrameworkDescription,
  GroupToLaunch,
  LiveTask,
  SchedulerCalls,
  SchedulerEvent,
  SchedulerLogic,
  TaskToLaunch,
} from './scheduler-logic.ts';
export type { DriverMessage, SchedulerOptions, SchedulerTimings } from './scheduler-state.ts';
export {
  defaultExecutor,
  type GroupDemand,
  groupDemand,
  groupMembers,
} from './task-groups.ts';
