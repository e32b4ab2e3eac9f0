/**
 * What an agent says to the master: that it is there, what it has and runs, what became of it.
 *
 * Registration is repeated until it is answered, updates until they are acknowledged.
 */
import type { Address } from '../../runtime/actor.ts';
import type { AgentInfo } from './agent.ts';
import type { FrameworkInfo } from './framework.ts';
import type { AgentId, ExecutorId, FrameworkId } from './ids.ts';
import type { AgentMessage } from './messages.ts';
import type { OperationUpdate, ReportedOperation } from './operation.ts';
import type { Resources } from './resources.ts';
import type { ExecutorInfo, StatusUpdate, Task } from './task.ts';

export type FromAgentToMaster =
  /** Repeated until answered; the answer to a repetition is the same id. */
  | {
      readonly type: 'registerAgent';
      readonly agent: Address<AgentMessage>;
      readonly info: AgentInfo;
      /** All it has, as operations left it. Absent: as in `info`. */
      readonly resources?: Resources;
      readonly operations?: readonly ReportedOperation[];
      /**
       * Another one whenever the agent says anew what it has. Operations and launches bring along the
       * one that their master knew; those with an old one are dropped.
       */
      readonly resourceVersion?: string;
      /**
       * How often an operation has changed since this life of the agent began: reports may overtake what
       * was heard, and be late. Absent: taken for news.
       */
      readonly resourceRevision?: number;
    }
  /** After a broken link or a change of master: what the agent has. Repeated until answered. */
  | {
      readonly type: 'reregisterAgent';
      readonly agent: Address<AgentMessage>;
      readonly agentId: AgentId;
      readonly info: AgentInfo;
      readonly frameworks: readonly ReportedFramework[];
      readonly executors: readonly ReportedExecutor[];
      readonly tasks: readonly Task[];
      /** As in `registerAgent`. */
      readonly resources?: Resources;
      readonly operations?: readonly ReportedOperation[];
      readonly resourceVersion?: string;
      readonly resourceRevision?: number;
    }
  /** What it has is not what its master takes it for: an operation came to nothing. */
  | {
      readonly type: 'agentUpdated';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      /** All it has, as operations left it. */
      readonly resources: Resources;
      readonly resourceVersion?: string;
      readonly resourceRevision?: number;
    }
  /** What it offers a second time: all revocable, with what revocable tasks have of it. */
  | {
      readonly type: 'agentOversubscribed';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly oversubscribed: Resources;
    }
  /** Sent again by the agent until acknowledged, where it has an id. */
  | {
      readonly type: 'operationUpdated';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly update: OperationUpdate;
      readonly resourceRevision?: number;
    }
  /** The agent ends in good order: its tasks are over. */
  | { readonly type: 'unregisterAgent'; readonly agentId: AgentId }
  | { readonly type: 'pong'; readonly agentId: AgentId }
  /** The answer to `shutdownFramework`: what is left of it here is about to end. */
  | {
      readonly type: 'frameworkShutDown';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
    }
  /** Sent again by the agent until acknowledged. Dropped when the agent is not registered. */
  | {
      readonly type: 'statusUpdate';
      readonly agentId: AgentId;
      readonly agent: Address<AgentMessage>;
      readonly update: StatusUpdate;
      /** The agent's newest state of the task, which may be ahead of the update. */
      readonly latestState: StatusUpdate['status']['state'];
    }
  | {
      readonly type: 'executorExited';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      /** Exit code, or 128 + signal number. */
      readonly status: number;
    }
  | {
      readonly type: 'executorMessage';
      readonly agentId: AgentId;
      readonly frameworkId: FrameworkId;
      readonly executorId: ExecutorId;
      readonly data: string;
    };

export interface ReportedFramework {
  readonly frameworkId: FrameworkId;
  readonly info: FrameworkInfo;
}

export interface ReportedExecutor {
  readonly frameworkId: FrameworkId;
  readonly info: ExecutorInfo;
  /** Of the `runTask` that started it: whose share its resources count in. */
  readonly role?: string;
}
