/**
 * What the master says to an agent: that it is known, what to start, change and end, and questions
 * that repair what was lost on the way.
 */
import type { Address } from '../../runtime/actor.ts';
import type { FrameworkInfo } from './framework.ts';
import type {
  AgentId,
  ExecutorId,
  FrameworkId,
  OfferId,
  OperationUuid,
  TaskId,
  UpdateId,
} from './ids.ts';
import type { DrainWords } from './maintenance.ts';
import type { LeaderWords, MasterMessage, NotLeader } from './messages.ts';
import type { OperationRecord } from './operation.ts';
import type { ExecutorInfo, TaskInfo } from './task.ts';

export type FromMasterToAgent =
  | NotLeader
  | (LeaderWords & {
      readonly type: 'agentRegistered';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      /** Without a ping for this long the agent registers again. */
      readonly pingTimeoutMs: number;
      /** When it is lost, all agents come back within about this time, so that they don't crowd. */
      readonly returnSpreadMs: number;
      /** As of `ping`. */
      readonly drain?: DrainWords;
    })
  | (LeaderWords & {
      readonly type: 'agentReregistered';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      readonly pingTimeoutMs: number;
      readonly returnSpreadMs: number;
      /** Tasks that the master has on this agent and the agent did not report. */
      readonly unknownTasks: readonly {
        readonly frameworkId: FrameworkId;
        readonly taskId: TaskId;
        readonly partitionAware: boolean;
        readonly launchId?: OfferId;
      }[];
      /** In the same way; the agent answers for each of them that it does not know: dropped. */
      readonly unknownOperations?: readonly OperationUuid[];
      /** As of `ping`. */
      readonly drain?: DrainWords;
    })
  /** It must not come back under this id, or at all; `reason` is a sentence. The agent ends. */
  | { readonly type: 'shutdownAgent'; readonly reason: string }
  /** `connected: false`: the master took it for disconnected; it registers again. */
  | {
      readonly type: 'ping';
      readonly master: Address<MasterMessage>;
      readonly agentId: AgentId;
      readonly connected: boolean;
      /** As of `agentRegistered`, where by now it is another. */
      readonly returnSpreadMs?: number;
      /** It is to drain; absent: it is not, or not any more. */
      readonly drain?: DrainWords;
    }
  /** At once, what otherwise comes with the next ping. */
  | { readonly type: 'setDrain'; readonly drain?: DrainWords }
  | {
      readonly type: 'runTask';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      readonly task: TaskInfo;
      /** The role whose offer it was launched from; the agent reports it back (`Task.role`). */
      readonly role?: string;
      /**
       * Whether the resources of `task.executor` are paid for, too. False: it is to run already;
       * where it doesn't any more, the task is dropped (`executorTerminated`), or the new executor
       * would use what belongs to others. Absent for tasks without `executor`.
       */
      readonly launchExecutor?: boolean;
      /** The offer that it was launched from: a second copy has the same, another task of this id not. */
      readonly launchId?: OfferId;
      /** See `registerAgent`. */
      readonly resourceVersion?: string;
    }
  /** Tasks that start together or not at all; otherwise as `runTask`. */
  | {
      readonly type: 'runTaskGroup';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      /** Of all of them; it is not repeated in `tasks`. */
      readonly executor: ExecutorInfo;
      readonly tasks: readonly TaskInfo[];
      readonly role?: string;
      readonly launchExecutor: boolean;
      readonly launchId?: OfferId;
      readonly resourceVersion?: string;
    }
  /** Written down, carried out, and told by `operationUpdated` until that is acknowledged. */
  | (OperationRecord & {
      readonly type: 'applyOperation';
      /** See `registerAgent`. */
      readonly resourceVersion?: string;
    })
  | {
      readonly type: 'acknowledgeOperation';
      readonly operationUuid: OperationUuid;
      readonly updateId: UpdateId;
    }
  /** It says something else of itself than before: kept and shown. Not for those that have ended. */
  | {
      readonly type: 'updateFramework';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
    }
  | {
      readonly type: 'killTask';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly killGracePeriodMs?: number;
    }
  /**
   * Launched a while ago and not heard of since. The agent reports each that it does not know as
   * dropped (lost, for frameworks that are not partition aware), so that no launch is lost silently.
   * Executors that run no task: each that the agent doesn't know is answered by `executorExited`.
   */
  | {
      readonly type: 'confirmTasks';
      readonly tasks: readonly {
        readonly frameworkId: FrameworkId;
        readonly taskId: TaskId;
        readonly partitionAware: boolean;
        readonly launchId?: OfferId;
      }[];
      readonly executors?: readonly {
        readonly frameworkId: FrameworkId;
        readonly executorId: ExecutorId;
      }[];
    }
  | {
      readonly type: 'acknowledgeUpdate';
      readonly frameworkId: FrameworkId;
      readonly taskId: TaskId;
      readonly updateId: UpdateId;
    }
  /**
   * Everything of this framework ends; no updates are sent for it any more. Repeated with the pings
   * until it is answered by `frameworkShutDown`.
   */
  | { readonly type: 'shutdownFramework'; readonly frameworkId: FrameworkId }
  | {
      readonly type: 'shutdownExecutor';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
    }
  | {
      readonly type: 'schedulerMessage';
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };
