/** Statuses that executors report → ours. */
import type { AgentId, ExecutorId, TaskId } from '../../ids.ts';
import type { TaskState, TaskStatus } from '../../task.ts';
import { toContainerId } from '../container-ids.ts';
import type { V1, V1Enum } from '../dictionary.ts';
import { textOfData } from '../opaque-data.ts';
import { type Report, step } from '../reading.ts';
import { msOfNanoseconds, msOfSeconds } from '../times.ts';
import { ours, REASONS, SOURCES, STATES } from '../words.ts';
import { toCheckStatus } from './checks.ts';
import { toLabels } from './commands.ts';
import { toNetwork } from './containers.ts';
import { toResources } from './resources.ts';

const STATUS_FIELDS = [
  'task_id',
  'state',
  'message',
  'source',
  'reason',
  'data',
  'agent_id',
  'executor_id',
  'timestamp',
  'uuid',
  'unreachable_time',
  'container_status',
  'healthy',
  'check_status',
  'labels',
  'limitation',
] as const;

/**
 * Its `uuid` is not part of our statuses, but of the update around them: `updateIdOfUuid`.
 * @param nowMs for a status without a timestamp
 */
export function toStatus(
  status: V1<'TaskStatus'>,
  nowMs: number,
  report: Report,
  path: string,
): TaskStatus {
  report.rest('TaskStatus', status, STATUS_FIELDS, path);
  const { message, data, agent_id, executor_id, timestamp, unreachable_time } = status;
  const reason = status.reason === undefined ? undefined : ours(REASONS, status.reason);
  if (status.reason !== undefined && reason === undefined) {
    report.valueNotSupported('TaskStatus.reason', step(path, 'reason'), status.reason);
  }
  const container = containerOf(status, report, path);
  const limitation = status.limitation?.resources;
  const { healthy, check_status, labels } = status;
  const checkStatus =
    check_status && toCheckStatus(check_status, report, step(path, 'check_status'));
  return {
    taskId: status.task_id.value as TaskId,
    state: toState(status.state),
    source: ours(SOURCES, status.source ?? 'SOURCE_MASTER') ?? 'master',
    timestampMs: timestamp === undefined ? nowMs : msOfSeconds(timestamp),
    ...(reason && { reason }),
    ...(message === undefined ? {} : { message }),
    ...(healthy === undefined ? {} : { healthy }),
    ...(checkStatus && { checkStatus }),
    ...(labels && { labels: toLabels(labels) }),
    ...(data && { data: textOfData(data) }),
    ...(agent_id && { agentId: agent_id.value as AgentId }),
    ...(executor_id && { executorId: executor_id.value as ExecutorId }),
    ...container,
    ...(limitation && {
      limitation: toResources(limitation, report, step(path, 'limitation.resources')),
    }),
    ...(unreachable_time && { unreachableTimeMs: msOfNanoseconds(unreachable_time.nanoseconds) }),
  };
}

export function toState(state: V1Enum<'TaskState'>): TaskState {
  return ours(STATES, state) ?? 'unknown';
}

function containerOf(
  { container_status }: V1<'TaskStatus'>,
  report: Report,
  path: string,
): Pick<TaskStatus, 'containerId' | 'networks'> {
  if (container_status === undefined) return {};
  const at = step(path, 'container_status');
  report.rest('ContainerStatus', container_status, ['container_id', 'network_infos'], at);
  const { container_id, network_infos = [] } = container_status;
  return {
    ...(container_id && { containerId: toContainerId(container_id) }),
    ...(network_infos.length === 0 ? {} : { networks: network_infos.map(toNetwork) }),
  };
}
