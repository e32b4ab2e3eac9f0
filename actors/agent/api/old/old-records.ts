/**
 * Records as the old endpoints show them, with the names of the time before v1 (`slave`), made of the objects
 * of the v1 dictionary. Pure. Source: Mesos 1.11, src/common/http.cpp, `json` and `model`; src/slave/http.cpp.
 */
import { jsonTextOf } from '../../../protocol/v1/codec.ts';
import type { V1, V1Name } from '../../../protocol/v1/dictionary.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A message as protobuf's JSON has it; its 64-bit numbers here are far below 2^53. */
export function messageRecord<Name extends V1Name>(name: Name, value: V1<Name>): unknown {
  return JSON.parse(jsonTextOf(name, value));
}

/** Scalars are numbers, ranges and sets texts; the four best known scalars are always there. */
export function resourcesRecord(resources: readonly V1<'Resource'>[] | undefined): Json {
  const milli = new Map(['cpus', 'gpus', 'mem', 'disk'].map((name) => [name, 0]));
  const lists = new Map<string, string[]>();
  const add = (name: string, items: readonly string[]) =>
    lists.set(name, [...(lists.get(name) ?? []), ...items]);
  const sets = new Set<string>();
  for (const { name, scalar, ranges, set } of resources ?? []) {
    if (scalar !== undefined) {
      milli.set(name, (milli.get(name) ?? 0) + Math.round(scalar.value * 1000));
    }
    if (ranges !== undefined) {
      add(
        name,
        (ranges.range ?? []).map(({ begin, end }) => `${begin}-${end}`),
      );
    }
    if (set === undefined) continue;
    add(name, set.item ?? []);
    sets.add(name);
  }
  const listed = [...lists].map(([name, items]) => {
    const [open, close] = sets.has(name) ? ['{', '}'] : ['[', ']'];
    return [name, `${open}${items.join(', ')}${close}`];
  });
  return Object.fromEntries([...[...milli].map(([name, sum]) => [name, sum / 1000]), ...listed]);
}

export function attributesRecord(attributes: readonly V1<'Attribute'>[] | undefined): Json {
  return Object.fromEntries(
    (attributes ?? []).map(({ name, scalar, ranges, set, text }) => {
      const range = ranges?.range?.map(({ begin, end }) => `${begin}-${end}`).join(', ');
      const listed = range === undefined ? `{${set?.item?.join(', ') ?? ''}}` : `[${range}]`;
      return [name, scalar?.value ?? text?.value ?? listed];
    }),
  );
}

export function taskRecordOf(task: V1<'Task'>): Json {
  const { resources = [], labels, statuses = [] } = task;
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.agent_id.value,
    state: task.state,
    resources: resourcesRecord(resources),
    role: resources[0]?.allocation_info?.role ?? '*',
    statuses: statuses.map(statusRecord),
    ...(task.user !== undefined && { user: task.user }),
    ...(labels && { labels: labels.labels ?? [] }),
    ...(task.discovery && { discovery: messageRecord('DiscoveryInfo', task.discovery) }),
    ...(task.container && { container: messageRecord('ContainerInfo', task.container) }),
    ...(task.health_check && { health_check: messageRecord('HealthCheck', task.health_check) }),
  };
}

/** One that its executor has not had yet. */
export function queuedTaskRecord(task: V1<'Task'>): Json {
  const { resources = [] } = task;
  return {
    id: task.task_id.value,
    name: task.name,
    slave_id: task.agent_id.value,
    resources: resourcesRecord(resources),
    role: resources[0]?.allocation_info?.role ?? '*',
    executor_id: task.executor_id?.value ?? '',
  };
}

function statusRecord(status: V1<'TaskStatus'>): Json {
  const { labels, container_status: container, healthy } = status;
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    ...(labels && { labels: labels.labels ?? [] }),
    ...(container && { container_status: messageRecord('ContainerStatus', container) }),
    ...(healthy !== undefined && { healthy }),
  };
}

export function frameworkRecord(info: V1<'FrameworkInfo'>): Json {
  const isMultiRole = info.capabilities?.some(({ type }) => type === 'MULTI_ROLE') ?? false;
  return {
    id: info.id?.value ?? '',
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    ...(info.principal !== undefined && { principal: info.principal }),
    ...(isMultiRole ? { roles: info.roles ?? [] } : { role: info.role ?? '*' }),
  };
}
