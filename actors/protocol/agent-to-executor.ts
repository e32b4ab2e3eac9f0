/** What an agent says to an executor that runs on it. */
import type { RegisteredAgentInfo } from './agent.ts';
import type { FrameworkInfo } from './framework.ts';
import type { ContainerId, FrameworkId, TaskId, UpdateId } from './ids.ts';
import type { RegistrationErrorCode } from './registration-errors.ts';
import type { ExecutorInfo, TaskInfo } from './task.ts';

export type FromAgentToExecutor =
  | {
      readonly type: 'executorRegistered';
      readonly frameworkId: FrameworkId;
      readonly framework: FrameworkInfo;
      readonly executor: ExecutorInfo;
      readonly agent: RegisteredAgentInfo;
    }
  /** Final. `message` is a sentence. */
  | {
      readonly type: 'registrationRefused';
      readonly code: RegistrationErrorCode;
      readonly message: string;
    }
  | { readonly type: 'launch'; readonly task: TaskInfo }
  /** To be started together or not at all. */
  | {
      readonly type: 'launchGroup';
      readonly tasks: readonly TaskInfo[];
      /** Of each task, in their order; only the agent's own default executor is told, this and the next. */
      readonly containerIds?: readonly ContainerId[];
      readonly role?: string;
    }
  | {
      readonly type: 'kill';
      readonly taskId: TaskId;
      readonly killGracePeriodMs?: number;
    }
  | { readonly type: 'updateReceived'; readonly taskId: TaskId; readonly updateId: UpdateId }
  | { readonly type: 'schedulerMessage'; readonly data: string }
  | { readonly type: 'shutdown' };
