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
import { fromNetwork } from './containers.ts';
import { fromResources } from './resources.ts';

/** @param updateId when it is to be acknowledged */
export function fromStatus(status: TaskStatus, updateId?: UpdateId): V1<'TaskStatus'> {
  const { reason, data, agentId, executorId, limitation, unreachableTimeMs } = status;
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
    ...(limitation && { limitation: { resources: fromResources(limitation) } }),
    ...(unreachableTimeMs === undefined
      ? {}
      : { unreachable_time: { nanoseconds: nanosecondsOfMs(unreachableTimeMs) } }),
  };
}

/** Mesos gives the address of the agent, too, where an executor says nothing of networks. */
function containerStatusOf(status: TaskStatus): Pick<V1<'TaskStatus'>, 'container_status'> {
  const { containerId, networks, containerIp: ip_address } = status;
  if (containerId === undefined && networks === undefined && ip_address === undefined) return {};
  const own = ip_address === undefined ? undefined : [{ ip_addresses: [addressOf(ip_address)] }];
  const network_infos = networks?.map(fromNetwork) ?? own;
  return {
    container_status: {
      ...(containerId && { container_id: fromContainerId(containerId) }),
      ...(network_infos && { network_infos }),
    },
  };
}

function addressOf(ip_address: string): V1<'NetworkInfo.IPAddress'> {
  return ip_address.includes(':') ? { protocol: 'IPv6', ip_address } : { ip_address };
}

/** Mesos has no field for how a command ended, and says it in the message. */
function endOf({ exitCode, signal }: TaskStatus): string | undefined {
  if (signal !== undefined) return `Command terminated with signal ${signal}`;
  return exitCode === undefined ? undefined : `Command exited with status ${exitCode}`;
}
