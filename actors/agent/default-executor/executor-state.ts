/** What a default executor hears, is set up with, and holds. */
import type { Address, Context, TimerId } from '../../../runtime/actor.ts';
import type { FromExecutorToAgent } from '../../protocol/executor-to-agent.ts';
import type { ContainerId, TaskId, UpdateId } from '../../protocol/ids.ts';
import type { ExecutorMessage } from '../../protocol/messages.ts';
import type { Resources } from '../../protocol/resources.ts';
import type { EnvironmentVariable } from '../../protocol/task.ts';
import type { CheckerNews } from '../checks/checker.ts';
import type { NetworkProbes } from '../checks/probes.ts';
import type { FetcherEvent } from '../fetcher/fetcher-state.ts';
import type { LauncherEvent, LauncherMessage } from '../launcher/launcher.ts';
import type { PreparationMeans } from '../preparation.ts';
import type { Verdict } from '../verdicts.ts';
import type { SandboxName, WorkDirectory } from '../work-directory.ts';
import type { Group, Member, RecoveredMember } from './members.ts';

export type DefaultExecutorMessage =
  /** From the agent. What it has had before, and `launch`, which is for others, is dropped. */
  | ExecutorMessage
  /** From the launcher. */
  | LauncherEvent
  /** From the fetcher. */
  | FetcherEvent
  /** From the checkers of its tasks. */
  | CheckerNews
  /** From ourselves. */
  | { readonly type: 'groupPrepared'; readonly number: number }
  /** Without `taskId`: none of them could have one. */
  | {
      readonly type: 'groupNotPrepared';
      readonly number: number;
      readonly taskId: TaskId | undefined;
      readonly sentence: string;
    }
  /** A task has taken longer than it may. */
  | { readonly type: 'completionDue'; readonly containerId: ContainerId }
  /** Updates that the agent doesn't confirm are not waited for any longer. */
  | { readonly type: 'endDue' };

export interface DefaultExecutorOptions extends PreparationMeans {
  readonly agent: Address<FromExecutorToAgent>;
  readonly launcher: Address<LauncherMessage>;
  /** For checks of tasks. */
  readonly probes?: NetworkProbes | undefined;
  readonly workDirectory: WorkDirectory;
  readonly sandbox: SandboxName;
  /** Its own, for the volumes among them. */
  readonly resources: Resources;
  /** Unless the task or the kill says otherwise. */
  readonly killGracePeriodMs: number;
  /** On shutdown nothing has longer. */
  readonly shutdownGracePeriodMs: number;
  /** The framework understands `killing`. */
  readonly reportsKilling: boolean;
  /** Where its tasks can be reached, where that is known. */
  readonly containerIp?: string;
  /** What the operator of the agent gives to all programs. */
  readonly common?: readonly EnvironmentVariable[];
  readonly recovered?: RecoveredExecutor;
}

/** What became of its tasks in an earlier life of the agent; the launcher has been told of us. */
export interface RecoveredExecutor {
  readonly members: readonly RecoveredMember[];
  /** It was told to end. */
  readonly shuttingDown: boolean;
  /** What is told of those whose order to start was lost with the agent. */
  readonly neverStarted: Verdict;
}

export interface DefaultExecutorState {
  groupCount: number;
  readonly groups: Map<number, Group>;
  readonly members: Map<TaskId, Member>;
  readonly taskIds: Map<ContainerId, TaskId>;
  /** That the agent has not confirmed, and the container that a terminal one is about. */
  readonly updateIds: Map<UpdateId, ContainerId | undefined>;
  shuttingDown: boolean;
  endTimer: TimerId | undefined;
}

export type DefaultExecutorContext = Context<DefaultExecutorOptions, DefaultExecutorMessage>;
