/** Our statuses → those of Mesos. */
import type { UpdateId } from '../../ids.ts';
import type { TaskStatus } from '../../task.ts';
import { fromContainerId } from '../container-ids.ts';
import type { V1 } from '../dictionary.ts';
import { dataOfText, uuidOfUpdateId } from '../opaque-data.ts';
import { nanosecondsOfMs, secondsOfMs } from '../times.ts';
import { REASONS, SOURCES, STATES } from '../words.ts';
import { fromCheckStatus } from './checks.ts';
import { fromLabels } from './commands.ts';

/** @param updateId when it is to be acknowledged */
export function fromStatus(status: TaskStatus, updateId?: UpdateId): V1<'TaskStatus'> {
  const { reason, data, agentId, executorId, unreachableTimeMs } = status;
  const { healthy, checkStatus, labels } = status;
  const message = status.message ?? endOf(status);
  return {
    task_id: { value: status.taskId },
    state: STATES[status.state],
    ...(message === undefined ? {} : { message }),
    source: SOURCES[status.source],
    ...(reason && { reason: REASONS[reason] }),
    ...(data === undefined ? {} : { data: dataOfText(data) }),
    ...(agentId === undefined ? {} : { agent_id: { value: agentId } }),
    ...(executorId === undefined ? {} : { executor_id: { value: executorId } }),
    timestamp: secondsOfMs(status.timestampMs),
    ...(updateId === undefined ? {} : { uuid: uuidOfUpdateId(updateId) }),
    ...(healthy === undefined ? {} : { healthy }),
    ...(checkStatus && { check_status: fromCheckStatus(checkStatus) }),
    ...(labels && { labels: fromLabels(labels) }),
    ...containerStatusOf(status),
    ...(unreachableTimeMs === undefined
      ? {}
      : { unreachable_time: { nanoseconds: nanosecondsOfMs(unreachableTimeMs) } }),
  };
}

function containerStatusOf({ containerId, ipAddress }: TaskStatus): Partial<V1<'TaskStatus'>> {
  if (containerId === undefined && ipAddress === undefined) return {};
  return {
    container_status: {
      ...(containerId && { container_id: fromContainerId(containerId) }),
      ...(ipAddress === undefined
        ? {}
        : { network_infos: [{ ip_addresses: [{ ip_address: ipAddress }] }] }),
    },
  };
}

/** Mesos has no field for how a command ended, and says it in the message. */
function endOf({ exitCode, signal }: TaskStatus): string | undefined {
  if (signal !== undefined) return `Command terminated with signal ${signal}`;
  return exitCode === undefined ? undefined : `Command exited with status ${exitCode}`;
}
