/** Tasks and executors of Mesos → ours. */
import type { AgentId, ExecutorId, TaskId } from '../../ids.ts';
import type { ExecutorInfo, TaskInfo } from '../../task.ts';
import type { V1 } from '../dictionary.ts';
import { textOfData } from '../opaque-data.ts';
import { type Report, step } from '../reading.ts';
import { msOfNanoseconds } from '../times.ts';
import { EXECUTOR_TYPES, ours } from '../words.ts';
import { toCheck, toHealthCheck } from './checks.ts';
import { toCommand, toLabels } from './commands.ts';
import { toContainer } from './containers.ts';
import { toDiscovery } from './discovery.ts';
import { toResources } from './resources.ts';

const TASK_FIELDS = [
  'name',
  'task_id',
  'agent_id',
  'resources',
  'executor',
  'command',
  'container',
  'kill_policy',
  'check',
  'health_check',
  'max_completion_time',
  'discovery',
  'data',
  'labels',
] as const;

export function toTask(task: V1<'TaskInfo'>, report: Report, path: string): TaskInfo {
  report.rest('TaskInfo', task, TASK_FIELDS, path);
  const { command, executor, discovery, labels, data } = task;
  const grace = killGraceMs(task.kill_policy);
  if ((grace ?? 0) < 0) {
    const sentence = "Task's 'kill_policy.grace_period' must be non-negative";
    report.refuse(step(path, 'kill_policy.grace_period'), sentence);
  }
  const completion = task.max_completion_time?.nanoseconds;
  if ((completion ?? 0n) < 0n) {
    const sentence = "Task's `max_completion_time` must be non-negative";
    report.refuse(step(path, 'max_completion_time'), sentence);
  }
  const check = task.check && toCheck(task.check, report, step(path, 'check'));
  const container = toContainer(task.container, report, step(path, 'container'));
  const healthCheck =
    task.health_check && toHealthCheck(task.health_check, report, step(path, 'health_check'));
  return {
    taskId: task.task_id.value as TaskId,
    name: task.name,
    agentId: task.agent_id.value as AgentId,
    resources: toResources(task.resources, report, step(path, 'resources')),
    ...(command && { command: toCommand(command, report, step(path, 'command')) }),
    ...(executor && { executor: toExecutor(executor, report, step(path, 'executor')) }),
    ...(container && { container }),
    ...(grace === undefined ? {} : { killGracePeriodMs: grace }),
    ...(check && { check }),
    ...(healthCheck && { healthCheck }),
    ...(completion === undefined ? {} : { maxCompletionTimeMs: msOfNanoseconds(completion) }),
    ...(discovery && { discovery: toDiscovery(discovery) }),
    ...(labels && { labels: toLabels(labels) }),
    ...(data && { data: textOfData(data) }),
  };
}

/** @returns undefined: what is the default for tasks */
export function killGraceMs(policy: V1<'KillPolicy'> | undefined): number | undefined {
  const nanoseconds = policy?.grace_period?.nanoseconds;
  return nanoseconds === undefined ? undefined : msOfNanoseconds(nanoseconds);
}

const EXECUTOR_FIELDS = [
  'executor_id',
  'framework_id',
  'type',
  'name',
  'source',
  'command',
  'container',
  'resources',
  'shutdown_grace_period',
  'discovery',
  'labels',
  'data',
] as const;

/** A type that we don't know is reported, and none. */
export function toExecutor(
  executor: V1<'ExecutorInfo'>,
  report: Report,
  path: string,
): ExecutorInfo {
  const { command, source, discovery, labels, data } = executor;
  const type = executor.type && ours(EXECUTOR_TYPES, executor.type);
  report.rest('ExecutorInfo', executor, EXECUTOR_FIELDS, path);
  if (executor.type !== undefined && type === undefined) {
    report.valueNotSupported('ExecutorInfo.type', step(path, 'type'), executor.type);
  }
  const grace = executor.shutdown_grace_period?.nanoseconds;
  if ((grace ?? 0n) < 0n) {
    const sentence = "ExecutorInfo's 'shutdown_grace_period' must be non-negative";
    report.refuse(step(path, 'shutdown_grace_period'), sentence);
  }
  const container = toContainer(executor.container, report, step(path, 'container'));
  return {
    executorId: executor.executor_id.value as ExecutorId,
    ...(type && { type }),
    name: executor.name ?? '',
    ...(source === undefined ? {} : { source }),
    ...(command && { command: toCommand(command, report, step(path, 'command')) }),
    ...(container && { container }),
    resources: toResources(executor.resources, report, step(path, 'resources')),
    ...(grace === undefined ? {} : { shutdownGracePeriodMs: msOfNanoseconds(grace) }),
    ...(discovery && { discovery: toDiscovery(discovery) }),
    ...(labels && { labels: toLabels(labels) }),
    ...(data && { data: textOfData(data) }),
  };
}
