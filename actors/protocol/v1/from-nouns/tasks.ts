/** Our tasks, executors and commands → those of Mesos. */
import type { FrameworkId } from '../../ids.ts';
import type { CommandInfo, ExecutorInfo, Label, Task, TaskInfo } from '../../task.ts';
import type { V1 } from '../dictionary.ts';
import { dataOfText, uuidOfUpdateId } from '../opaque-data.ts';
import { nanosecondsOfMs } from '../times.ts';
import { EXECUTOR_TYPES, STATES } from '../words.ts';
import { fromResources } from './resources.ts';
import { fromStatus } from './statuses.ts';

/** @param role for which its resources are allocated */
export function fromTaskInfo(task: TaskInfo, role?: string): V1<'TaskInfo'> {
  const { command, executor, killGracePeriodMs, labels, data } = task;
  return {
    name: task.name,
    task_id: { value: task.taskId },
    agent_id: { value: task.agentId },
    resources: fromResources(task.resources, role),
    ...(command && { command: fromCommand(command) }),
    ...(executor && { executor: fromExecutor(executor, { role }) }),
    ...(killGracePeriodMs === undefined ? {} : { kill_policy: fromKillGrace(killGracePeriodMs) }),
    ...(labels && { labels: fromLabels(labels) }),
    ...(data === undefined ? {} : { data: dataOfText(data) }),
  };
}

export function fromKillGrace(graceMs: number): V1<'KillPolicy'> {
  return { grace_period: { nanoseconds: nanosecondsOfMs(graceMs) } };
}

export function fromExecutor(
  executor: ExecutorInfo,
  { frameworkId, role }: { readonly frameworkId?: FrameworkId; readonly role?: string | undefined },
): V1<'ExecutorInfo'> {
  const { name, command, shutdownGracePeriodMs, data } = executor;
  return {
    type: EXECUTOR_TYPES[executor.type ?? 'custom'],
    executor_id: { value: executor.executorId },
    ...(frameworkId === undefined ? {} : { framework_id: { value: frameworkId } }),
    ...(command && { command: fromCommand(command) }),
    resources: fromResources(executor.resources, role),
    ...(name === '' ? {} : { name }),
    ...(data === undefined ? {} : { data: dataOfText(data) }),
    ...(shutdownGracePeriodMs === undefined
      ? {}
      : { shutdown_grace_period: { nanoseconds: nanosecondsOfMs(shutdownGracePeriodMs) } }),
  };
}

export function fromCommand(command: CommandInfo): V1<'CommandInfo'> {
  const { shell, value, arguments: argv, environment } = command;
  return {
    ...(environment.length === 0
      ? {}
      : {
          environment: {
            variables: environment.map(({ name, value: text }) => ({ name, value: text })),
          },
        }),
    shell,
    ...(value === '' ? {} : { value }),
    ...(argv.length === 0 ? {} : { arguments: argv }),
  };
}

export function fromLabels(labels: readonly Label[]): V1<'Labels'> {
  return labels.length === 0 ? {} : { labels };
}

/** A task as operators see it. */
export function fromTask(task: Task): V1<'Task'> {
  const { executorId, labels, updateState, updateId, role } = task;
  return {
    name: task.name,
    task_id: { value: task.taskId },
    framework_id: { value: task.frameworkId },
    ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
    agent_id: { value: task.agentId },
    state: STATES[task.state],
    resources: fromResources(task.resources, role),
    statuses: task.statuses.map((status) => fromStatus(status)),
    ...(updateState && { status_update_state: STATES[updateState] }),
    ...(updateId && { status_update_uuid: uuidOfUpdateId(updateId) }),
    ...(labels && { labels: fromLabels(labels) }),
  };
}
