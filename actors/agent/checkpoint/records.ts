/**
 * What an agent writes down before it acts on it: the words of its checkpoint, each one change.
 *
 * `kept.ts` says what a row of them amounts to, `checkpoint-text.ts` how they stand in the file.
 * Source of what has to be kept: Mesos 1.11, src/slave/state.hpp.
 */
import type { AgentInfo } from '../../protocol/agent.ts';
import type { FrameworkInfo } from '../../protocol/framework.ts';
import type {
  AgentId,
  ContainerId,
  ExecutorId,
  FrameworkId,
  TaskId,
  UpdateId,
} from '../../protocol/ids.ts';
import type { TaskInfo, TaskStatus } from '../../protocol/task.ts';
import type { CustomExecutor, Drain } from '../state.ts';
import type { ReportedUpdate } from '../status-updates.ts';

export type CheckpointRecord =
  /** Who it is; again when what it offers has changed, or the machine was booted. */
  | {
      readonly type: 'agent';
      readonly agentId: AgentId;
      readonly info: AgentInfo;
      readonly bootId: string;
    }
  /** It is to drain; without `drain`: not any more. */
  | { readonly type: 'drain'; readonly drain?: Drain }
  /** All of them, or none where a crash cuts a batch short: what makes no sense in part. */
  | { readonly type: 'together'; readonly records: readonly FrameworkRecord[] }
  | FrameworkRecord;

/** What is new of a framework, and of what it has here. */
export type FrameworkRecord =
  | {
      readonly type: 'framework';
      readonly frameworkId: FrameworkId;
      readonly info: FrameworkInfo;
    }
  | {
      readonly type: 'executor';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly containerId: ContainerId;
      /** How its framework describes it; absent for command executors. */
      readonly custom?: CustomExecutor;
    }
  | {
      readonly type: 'task';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly containerId: ContainerId;
      readonly info: TaskInfo;
      readonly role?: string;
      /** All that it was launched together with, itself included. */
      readonly group?: readonly TaskId[];
      /** It has not been handed to its executor, for there is no room yet. */
      readonly waits: boolean;
      /** What came of it until now, where a checkpoint was written anew. */
      readonly story?: TaskStory;
    }
  /** One that waited has been handed to its executor. */
  | { readonly type: 'admitted'; readonly frameworkId: FrameworkId; readonly taskId: TaskId }
  | { readonly type: 'update'; readonly update: ReportedUpdate }
  | {
      readonly type: 'acknowledged';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly updateId: UpdateId;
    }
  /** Somebody asked for its end; custom executors know of that themselves. */
  | { readonly type: 'killing'; readonly frameworkId: FrameworkId; readonly taskId: TaskId }
  /** The same, of an executor with all that it runs. */
  | { readonly type: 'ending'; readonly frameworkId: FrameworkId; readonly executorId: ExecutorId }
  | {
      readonly type: 'executorEnded';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
    }
  /** Nothing is left of it here, or nobody wants to hear of it any more. */
  | { readonly type: 'frameworkEnded'; readonly frameworkId: FrameworkId };

/** What has been said of a task, and what of it has not been acknowledged. */
export interface TaskStory {
  readonly statuses: readonly TaskStatus[];
  readonly pending: readonly ReportedUpdate[];
  readonly receivedIds: readonly UpdateId[];
}

export function together(records: readonly FrameworkRecord[]): CheckpointRecord {
  const [only] = records;
  return only !== undefined && records.length === 1 ? only : { type: 'together', records };
}
