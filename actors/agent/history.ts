/**
 * What an agent remembers of frameworks and executors that are over, to be shown: the youngest of each.
 * Their tasks are in `AgentState.completed`. Source of the numbers: Mesos 1.11, src/slave/constants.hpp.
 */
import type { FrameworkInfo } from '../protocol/framework.ts';
import type { ContainerId, FrameworkId } from '../protocol/ids.ts';
import type { ExecutorInfo } from '../protocol/task.ts';

/** Frameworks that have nothing here any more; the oldest is forgotten for a new one. */
const COMPLETED_FRAMEWORKS_MAX = 50;
/** Custom executors that have ended, of all frameworks; the oldest is forgotten for a new one. */
const COMPLETED_EXECUTORS_MAX = 1000;

export interface History {
  /** Oldest first. */
  readonly frameworks: Map<FrameworkId, FrameworkInfo>;
  /** Oldest first, by container. */
  readonly executors: Map<ContainerId, CompletedExecutor>;
}

export interface CompletedExecutor {
  readonly frameworkId: FrameworkId;
  readonly info: ExecutorInfo;
  readonly role: string | undefined;
}

export function newHistory(): History {
  return { frameworks: new Map(), executors: new Map() };
}

export function rememberFramework(
  { frameworks }: History,
  frameworkId: FrameworkId,
  info: FrameworkInfo,
): void {
  // It may have been here, and over, before.
  frameworks.delete(frameworkId);
  frameworks.set(frameworkId, info);
  forgetOldest(frameworks, COMPLETED_FRAMEWORKS_MAX);
}

export function rememberExecutor(
  { executors }: History,
  containerId: ContainerId,
  executor: CompletedExecutor,
): void {
  executors.set(containerId, executor);
  forgetOldest(executors, COMPLETED_EXECUTORS_MAX);
}

function forgetOldest<Key>(kept: Map<Key, unknown>, countMax: number): void {
  if (kept.size <= countMax) return;
  for (const key of kept.keys()) {
    kept.delete(key);
    return;
  }
}
