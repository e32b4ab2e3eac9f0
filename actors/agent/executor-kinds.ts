/** Which executor a task asks for, and of which kind it is. */
import type { ExecutorId } from '../protocol/ids.ts';
import type { ExecutorInfo, TaskInfo } from '../protocol/task.ts';
import type { AgentExecutor } from './state.ts';

/** A command task's executor has the task's id, as in Mesos. */
export function executorIdOf({ executor, taskId }: TaskInfo): ExecutorId {
  return executor?.executorId ?? (taskId as string as ExecutorId);
}

export function executorTypeOf({ executor }: TaskInfo): AgentExecutor['type'] {
  return typeDescribed(executor);
}

/** @param info how its framework describes it, if it does */
export function typeDescribed(info: ExecutorInfo | undefined): AgentExecutor['type'] {
  return info === undefined ? 'command' : (info.type ?? 'custom');
}
