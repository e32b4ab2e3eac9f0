/**
 * What goes on when volumes are there or not: programs of executors are started, tasks handed over, or
 * both given up. The roads there are in `task-volumes.ts`.
 */
import type { TaskId } from '../../protocol/ids.ts';
import { isTerminal } from '../../protocol/task.ts';
import { hand } from '../admission.ts';
import { executorEnded } from '../executors.ts';
import { findExecutor } from '../find-executor.ts';
import type {
  AgentContext,
  AgentFramework,
  AgentHandlers,
  AgentState,
  AgentTask,
} from '../state.ts';
import { publishOwn } from '../updates.ts';
import { makeExecutorSandbox, unlinkTask } from './task-volumes.ts';

export const taskVolumeHandlers: AgentHandlers<
  'volumesLinked' | 'volumesNotLinked' | 'volumesUnlinked'
> = {
  volumesLinked(state, { containerId, taskIds }, context) {
    const { framework, executor } = findExecutor(state, containerId);
    if (framework === undefined || executor === undefined) return;
    const tasks = linking(framework, taskIds);
    for (const task of tasks) task.volumes = 'linked';
    const [living, ended] = [false, true].map((over) =>
      tasks.filter((task) => isTerminal(task.state) === over),
    );
    for (const task of ended ?? []) unlinkTask(state, framework, task, context);
    if (living !== undefined) hand(state, living, executor, context);
  },

  volumesNotLinked(state, { containerId, taskIds, sentence }, context) {
    const { framework } = findExecutor(state, containerId);
    if (framework === undefined) return;
    const what = { state: 'failed', reason: 'containerUpdateFailed', message: sentence } as const;
    for (const task of linking(framework, taskIds)) {
      task.volumes = 'unlinked';
      if (!isTerminal(task.state)) publishOwn(state, framework, task, what, context);
    }
  },

  volumesUnlinked(_, { sentence }, context) {
    if (sentence !== undefined) context.log.warn(`Cannot remove links to volumes: ${sentence}`);
  },
};

/** An operation is over. @param isLast nothing else is being made */
export function goOnWithExecutors(state: AgentState, isLast: boolean, context: AgentContext): void {
  const awaiting = [...state.frameworks.values()].flatMap((framework) =>
    [...framework.executors.values()]
      .filter(({ awaitsVolumes }) => awaitsVolumes)
      .map((executor) => ({ framework, executor })),
  );
  for (const { framework, executor } of awaiting) {
    makeExecutorSandbox(state, executor, context);
    if (!executor.awaitsVolumes || !(isLast || executor.ending)) continue;
    executor.awaitsVolumes = false;
    const cause = executor.ending
      ? 'it was told to end before'
      : 'an operation that its volumes depend on came to nothing';
    executorEnded(state, framework, executor, { kind: 'notStarted', cause }, context);
  }
}

function linking({ tasks }: AgentFramework, taskIds: readonly TaskId[]): AgentTask[] {
  return taskIds.flatMap((taskId) => {
    const task = tasks.get(taskId);
    return task?.volumes === 'linking' ? [task] : [];
  });
}
