/**
 * What task groups frameworks may launch. Pure; the answer is the first fault in the order of Mesos,
 * and fails the whole group.
 * Source of order and sentences: Mesos 1.11, src/master/validation.cpp, task::group.
 */
import type { TaskId } from '../protocol/ids.ts';
import { formatResources } from '../protocol/resource-text.ts';
import { contains, overlap, plus, type Resources, scalarMilli } from '../protocol/resources.ts';
import type { ExecutorInfo, TaskInfo } from '../protocol/task.ts';
import { commandFault } from './command-faults.ts';
import {
  executorIdFault,
  executorTypeFault,
  incompatibleSentence,
  isSameExecutor,
  type LaunchGround,
  mixedFault,
  periodFault,
  taskFieldsFault,
} from './validation.ts';

/** What an executor of groups needs at least; of single tasks' executors nobody asks that. */
const CPUS_MILLI_MIN = 10;
const MEM_MILLI_MIN = 32_000;

/** @param tasks at least one, each with its executor */
export function groupFault(
  executor: ExecutorInfo,
  tasks: readonly TaskInfo[],
  ground: LaunchGround,
): string | undefined {
  return tasksFault(tasks, ground) ?? groupExecutorFault(executor, tasks, ground);
}

/** What has to be there for the group: its tasks' resources, and the executor's where it is new. */
export function groupResourcesNeeded(
  executor: ExecutorInfo,
  tasks: readonly TaskInfo[],
  ground: Pick<LaunchGround, 'executor'>,
): Resources {
  const isThere = ground.executor(executor.executorId) !== undefined;
  return sum(isThere ? [] : executor.resources, tasks);
}

function tasksFault(tasks: readonly TaskInfo[], ground: LaunchGround): string | undefined {
  const before = new Set<TaskId>();
  const hasTask = (taskId: TaskId) => before.has(taskId) || ground.hasTask(taskId);
  for (const task of tasks) {
    const fault = taskFieldsFault(task, { ...ground, hasTask });
    if (fault !== undefined) return `Task '${task.taskId}' is invalid: ${fault}`;
    before.add(task.taskId);
  }
  return undefined;
}

function groupExecutorFault(
  executor: ExecutorInfo,
  tasks: readonly TaskInfo[],
  ground: LaunchGround,
): string | undefined {
  return (
    executorTypeFault(executor) ??
    executorIdFault(executor) ??
    periodFault("ExecutorInfo's 'shutdown_grace_period'", executor.shutdownGracePeriodMs) ??
    commandFault(executor.command, "executor's command") ??
    presentExecutorFault(executor, ground) ??
    (executor.type === undefined ? "'ExecutorInfo.type' must be set" : undefined) ??
    differenceFault(executor, tasks) ??
    sizeFault(executor) ??
    mixedFault('Task group and executor mix', sum(executor.resources, tasks)) ??
    overlapFault(executor, tasks) ??
    roomFault(executor, tasks, ground)
  );
}

function presentExecutorFault(executor: ExecutorInfo, ground: LaunchGround): string | undefined {
  const present = ground.executor(executor.executorId);
  if (present === undefined || isSameExecutor(present, executor)) return undefined;
  return incompatibleSentence(executor);
}

function differenceFault(executor: ExecutorInfo, tasks: readonly TaskInfo[]): string | undefined {
  const other = tasks.find(
    (task) => task.executor !== undefined && !isSameExecutor(task.executor, executor),
  );
  if (other === undefined) return undefined;
  return `The \`ExecutorInfo\` of task '${other.taskId}' is different from executor '${executor.executorId}'`;
}

function sizeFault({ executorId, resources }: ExecutorInfo): string | undefined {
  const cpus = scalarMilli(resources, 'cpus');
  const mem = scalarMilli(resources, 'mem');
  const few = (what: string, given: string, least: string) =>
    `Executor '${executorId}' uses less ${what} (${given}) than the minimum required (${least})`;
  if (cpus < CPUS_MILLI_MIN) return few('CPUs', cpus === 0 ? 'None' : `${cpus / 1000}`, '0.01');
  if (mem < MEM_MILLI_MIN) return few('memory', mem === 0 ? 'None' : `${mem / 1000}MB`, '32MB');
  if (scalarMilli(resources, 'disk') === 0) return `Executor '${executorId}' uses no disk`;
  return undefined;
}

function overlapFault(executor: ExecutorInfo, tasks: readonly TaskInfo[]): string | undefined {
  let before = executor.resources;
  for (const { taskId, resources } of tasks) {
    if (overlap(before, resources)) {
      return (
        "There are overlapping resources in the task group's task resources and/or executor " +
        `resources: those of task '${taskId}' are used by another one of them`
      );
    }
    before = plus(before, resources);
  }
  return undefined;
}

function roomFault(
  executor: ExecutorInfo,
  tasks: readonly TaskInfo[],
  ground: LaunchGround,
): string | undefined {
  const needed = groupResourcesNeeded(executor, tasks, ground);
  if (contains(ground.resources, needed)) return undefined;
  return (
    `Total resources ${formatResources(needed)} required by task group and its executor are more ` +
    `than available ${formatResources(ground.resources)}`
  );
}

function sum(first: Resources, tasks: readonly TaskInfo[]): Resources {
  return tasks.reduce((total, { resources }) => plus(total, resources), first);
}
