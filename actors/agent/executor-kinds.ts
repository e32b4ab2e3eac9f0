/** Which executor a task asks for, and of which kind it is. */
import type { ExecutorId } from '../protocol/ids.ts';
import type { TaskInfo } from '../protocol/task.ts';
import type { AgentExecutor } from './state.ts';

/** A command task's executor has the task's id, as in Mesos. */
export function executorIdOf({ executor, taskId }: TaskInfo): ExecutorId {
  return executor?.executorId ?? (taskId as string as ExecutorId);
}

export function executorTypeOf({ executor }: TaskInfo): AgentExecutor['type'] {
  return executor === undefined ? 'command' : (executor.type ?? 'custom');
}
