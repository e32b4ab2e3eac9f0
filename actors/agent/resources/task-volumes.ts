/**
 * Volumes of executors that run programs of their own, and of the tasks that come to them while they run.
 *
 *     executor: (its volumes are being made) ─▶ sandbox with links ─▶ …
 *     task:     unlinked ──to be handed over──▶ linking ─▶ linked: handed over ─ends─▶ links removed
 *                                                  └─fails, or killed meanwhile─▶ over
 * The built-in executors make a sandbox for each task, with its links.
 * Source: Mesos 1.11, src/slave/slave.cpp (containerizer->update), filesystem/posix.cpp, update.
 */
import { describeError } from '../../../runtime/errors.ts';
import type { ContainerId, TaskId } from '../../protocol/ids.ts';
import { onceEach } from '../../protocol/resource-selection.ts';
import { contains, minus, plus, type Resources } from '../../protocol/resources.ts';
import { findExecutor } from '../find-executor.ts';
import type {
  AgentContext,
  AgentExecutor,
  AgentFramework,
  AgentState,
  AgentTask,
} from '../state.ts';
import { volumesOf } from './volume-links.ts';

/** Of the executor's sandbox, from ourselves. */
export type TaskVolumesNews =
  | {
      readonly type: 'volumesLinked';
      readonly containerId: ContainerId;
      readonly taskIds: readonly TaskId[];
    }
  | {
      readonly type: 'volumesNotLinked';
      readonly containerId: ContainerId;
      readonly taskIds: readonly TaskId[];
      readonly sentence: string;
    }
  | { readonly type: 'volumesUnlinked'; readonly sentence: string | undefined };

/** @returns whether nothing has to be linked (any more) before these tasks are handed over */
export function isLinked(
  state: AgentState,
  tasks: readonly AgentTask[],
  { type, containerId }: AgentExecutor,
  context: AgentContext,
): boolean {
  if (type !== 'custom') return true;
  const missing = tasks.filter(
    ({ volumes, info }) => volumes !== 'linked' && volumesOf(info.resources).length > 0,
  );
  if (missing.length === 0) return true;
  if (missing.some(({ volumes }) => volumes === 'linking')) return false;
  const { name } = findExecutor(state, containerId);
  if (name === undefined) return false;
  for (const task of tasks) task.volumes = 'linking';
  const taskIds = tasks.map(({ info }) => info.taskId);
  const { workDirectory } = context.options;
  const resources = missing.flatMap(({ info }) => volumesOf(info.resources));
  context.defer(workDirectory.linkVolumes(workDirectory.sandboxPath(name), resources), {
    onValue: () => ({ type: 'volumesLinked', containerId, taskIds }),
    onError: (error) => ({
      type: 'volumesNotLinked',
      ...{ containerId, taskIds, sentence: describeError(error) },
    }),
  });
  return false;
}

/** The task has ended: what it shares with others of its executor stays. */
export function unlinkTask(
  state: AgentState,
  framework: AgentFramework,
  task: AgentTask,
  context: AgentContext,
): void {
  const { name, executor } = findExecutor(state, task.containerId);
  if (task.volumes !== 'linked' || name === undefined || executor === undefined) return;
  task.volumes = 'unlinked';
  let others: Resources = executor.custom?.info.resources ?? [];
  for (const taskId of executor.taskIds) {
    const other = framework.tasks.get(taskId);
    if (other !== undefined && other !== task) others = plus(others, other.info.resources);
  }
  const over = minus(onceEach(volumesOf(task.info.resources)), others);
  if (over.length === 0) return;
  const { workDirectory } = context.options;
  context.defer(workDirectory.unlinkVolumes(workDirectory.sandboxPath(name), over), {
    onValue: () => ({ type: 'volumesUnlinked', sentence: undefined }),
    onError: (error) => ({ type: 'volumesUnlinked', sentence: describeError(error) }),
  });
}

/** Makes the sandbox of the program of an executor, when its volumes are there. */
export function makeExecutorSandbox(
  state: AgentState,
  executor: AgentExecutor,
  context: AgentContext,
): void {
  const { containerId, custom } = executor;
  const { name } = findExecutor(state, containerId);
  if (custom === undefined || name === undefined) return;
  const { resources } = custom.info;
  executor.awaitsVolumes = !contains(state.total, onceEach(volumesOf(resources)));
  if (executor.awaitsVolumes) return;
  context.defer(context.options.workDirectory.makeSandbox(name, resources), {
    onValue: () => ({ type: 'executorSandboxMade', containerId }),
    onError: (error) => ({
      type: 'executorSandboxFailed',
      containerId,
      sentence: describeError(error),
    }),
  });
}
