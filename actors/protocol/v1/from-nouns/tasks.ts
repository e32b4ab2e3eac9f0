/** Our tasks and executors → those of Mesos. */
import type { FrameworkId } from '../../ids.ts';
import type { ExecutorInfo, Task, TaskInfo } from '../../task.ts';
import type { V1 } from '../dictionary.ts';
import { dataOfText, uuidOfUpdateId } from '../opaque-data.ts';
import { nanosecondsOfMs } from '../times.ts';
import { EXECUTOR_TYPES, STATES } from '../words.ts';
import { fromCheck, fromHealthCheck } from './checks.ts';
import { fromCommand, fromLabels } from './commands.ts';
import { fromContainer } from './containers.ts';
import { fromDiscovery } from './discovery.ts';
import { fromResources } from './resources.ts';
import { fromStatus } from './statuses.ts';

/** @param role for which its resources are allocated */
export function fromTaskInfo(task: TaskInfo, role?: string): V1<'TaskInfo'> {
  const { command, executor, killGracePeriodMs, check, healthCheck, labels, data } = task;
  const { maxCompletionTimeMs: completionMs, discovery, container } = task;
  return {
    name: task.name,
    task_id: { value: task.taskId },
    agent_id: { value: task.agentId },
    resources: fromResources(task.resources, role),
    ...(command && { command: fromCommand(command) }),
    ...(executor && { executor: fromExecutor(executor, { role }) }),
    ...(container && { container: fromContainer(container) }),
    ...(killGracePeriodMs === undefined ? {} : { kill_policy: fromKillGrace(killGracePeriodMs) }),
    ...(check && { check: fromCheck(check) }),
    ...(healthCheck && { health_check: fromHealthCheck(healthCheck) }),
    ...(completionMs === undefined
      ? {}
      : { max_completion_time: { nanoseconds: nanosecondsOfMs(completionMs) } }),
    ...(discovery && { discovery: fromDiscovery(discovery) }),
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
  const { name, source, command, container, shutdownGracePeriodMs } = executor;
  const { discovery, labels, data } = executor;
  return {
    type: EXECUTOR_TYPES[executor.type ?? 'custom'],
    executor_id: { value: executor.executorId },
    ...(frameworkId === undefined ? {} : { framework_id: { value: frameworkId } }),
    ...(command && { command: fromCommand(command) }),
    ...(container && { container: fromContainer(container) }),
    resources: fromResources(executor.resources, role),
    ...(name === '' ? {} : { name }),
    ...(source === undefined ? {} : { source }),
    ...(discovery && { discovery: fromDiscovery(discovery) }),
    ...(labels && { labels: fromLabels(labels) }),
    ...(data === undefined ? {} : { data: dataOfText(data) }),
    ...(shutdownGracePeriodMs === undefined
      ? {}
      : { shutdown_grace_period: { nanoseconds: nanosecondsOfMs(shutdownGracePeriodMs) } }),
  };
}

/** A task as operators see it. */
export function fromTask(task: Task): V1<'Task'> {
  const { executorId, labels, updateState, updateId, role, healthCheck, discovery } = task;
  const { container, killGracePeriodMs, user } = task;
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
    ...(discovery && { discovery: fromDiscovery(discovery) }),
    ...(container && { container: fromContainer(container) }),
    ...(healthCheck && { health_check: fromHealthCheck(healthCheck) }),
    ...(killGracePeriodMs === undefined ? {} : { kill_policy: fromKillGrace(killGracePeriodMs) }),
    ...(user === undefined ? {} : { user }),
  };
}
