/**
 * Records as the old endpoints show them: JSON with the names of the time before v1 (`slave`), made of
 * the objects of the v1 dictionary, so that what these carry is shown here, too.
 * Source: Mesos 1.11, src/common/http.cpp, `json` and `model`.
 */

import { jsonTextOf } from './codec.ts';
import type { V1, V1Name } from './dictionary.ts';
import { endpointFormat } from './reservation-format.ts';
import { versionInfo } from './versions.ts';

/** A field of an object, or none. */
export type Field = readonly [key: string, text: string] | undefined;

export function objectText(fields: readonly Field[]): string {
  const texts: string[] = [];
  for (const field of fields) {
    if (field !== undefined) texts.push(`"${field[0]}":${field[1]}`);
  }
  return `{${texts.join(',')}}`;
}

/** A field that is there when its value is; strings, numbers, booleans and lists of them. */
export function field(key: string, value: unknown): Field {
  return value === undefined ? undefined : [key, JSON.stringify(value)];
}

/** A message as protobuf's JSON has it. */
export function messageField<Name extends V1Name>(
  key: string,
  name: Name,
  value: V1<Name> | undefined,
): Field {
  return value === undefined ? undefined : [key, jsonTextOf(name, value)];
}

export function listText<Item>(
  items: readonly Item[] | undefined,
  text: (item: Item) => string,
): string {
  return `[${(items ?? []).map(text).join(',')}]`;
}

/** Scalars are numbers, ranges and sets texts; the four best known scalars are always there. */
export function resourcesText(resources: readonly V1<'Resource'>[] | undefined): string {
  const milli = new Map(['cpus', 'gpus', 'mem', 'disk'].map((name) => [name, 0]));
  const ranges = new Map<string, string[]>();
  const sets = new Map<string, string[]>();
  for (const resource of resources ?? []) {
    const name = `${resource.name}${resource.revocable === undefined ? '' : '_revocable'}`;
    const { scalar, ranges: ranged, set } = resource;
    if (scalar !== undefined) {
      milli.set(name, (milli.get(name) ?? 0) + Math.round(scalar.value * 1000));
    }
    for (const { begin, end } of ranged?.range ?? []) append(ranges, name, `${begin}-${end}`);
    for (const item of set?.item ?? []) append(sets, name, item);
  }
  return objectText([
    ...[...milli].map(([name, sum]) => field(escaped(name), sum / 1000)),
    ...[...ranges].map(([name, all]) => field(escaped(name), `[${all.join(', ')}]`)),
    ...[...sets].map(([name, all]) => field(escaped(name), `{${all.join(', ')}}`)),
  ]);
}

function append(lists: Map<string, string[]>, name: string, item: string): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

/** For a key between quotes. */
export function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

export function labelsText({ labels }: V1<'Labels'>): string {
  return listText(labels, (label) => jsonTextOf('Label', label));
}

export function taskText(task: V1<'Task'>): string {
  const { resources = [], limits, labels } = task;
  return objectText([
    field('id', task.task_id.value),
    field('name', task.name),
    field('framework_id', task.framework_id.value),
    field('executor_id', task.executor_id?.value ?? ''),
    field('slave_id', task.agent_id.value),
    field('state', task.state),
    ['resources', resourcesText(resources)],
    limits === undefined || limits.size === 0 ? undefined : ['limits', limitsText(limits)],
    field('role', resources[0]?.allocation_info?.role ?? '*'),
    ['statuses', listText(task.statuses, statusText)],
    field('user', task.user),
    labels && ['labels', labelsText(labels)],
    messageField('discovery', 'DiscoveryInfo', task.discovery),
    messageField('container', 'ContainerInfo', task.container),
    messageField('health_check', 'HealthCheck', task.health_check),
  ]);
}

function limitsText(limits: ReadonlyMap<string, V1<'Value.Scalar'>>): string {
  return objectText(
    [...limits].map(([name, { value }]) =>
      field(escaped(name), Number.isFinite(value) ? value : String(value)),
    ),
  );
}

function statusText(status: V1<'TaskStatus'>): string {
  const { labels, container_status: container } = status;
  return objectText([
    field('state', status.state),
    field('timestamp', status.timestamp ?? 0),
    labels && ['labels', labelsText(labels)],
    container && ['container_status', containerStatusText(container)],
    field('healthy', status.healthy),
  ]);
}

function containerStatusText(status: V1<'ContainerStatus'>): string {
  const { network_infos: networks = [] } = status;
  return objectText([
    messageField('container_id', 'ContainerID', status.container_id),
    networks.length === 0 ? undefined : ['network_infos', listText(networks, networkText)],
    messageField('cgroup_info', 'CgroupInfo', status.cgroup_info),
  ]);
}

function networkText(network: V1<'NetworkInfo'>): string {
  const { groups = [], labels, ip_addresses: addresses = [], port_mappings: ports = [] } = network;
  return objectText([
    groups.length === 0 ? undefined : field('groups', groups),
    labels && ['labels', labelsText(labels)],
    addresses.length === 0
      ? undefined
      : ['ip_addresses', listText(addresses, (one) => jsonTextOf('NetworkInfo.IPAddress', one))],
    field('name', network.name),
    ports.length === 0
      ? undefined
      : ['port_mappings', listText(ports, (one) => jsonTextOf('NetworkInfo.PortMapping', one))],
  ]);
}

export function executorText(
  executor: V1<'ExecutorInfo'>,
  { frameworkId, agentId }: { readonly frameworkId: string; readonly agentId: string },
): string {
  const { resources = [], labels, command } = executor;
  return objectText([
    field('executor_id', executor.executor_id.value),
    field('name', executor.name ?? ''),
    field('framework_id', frameworkId),
    ['command', commandText(command ?? {})],
    ['resources', resourcesText(resources)],
    resources.length === 0 ? undefined : field('role', resources[0]?.allocation_info?.role ?? '*'),
    labels && ['labels', labelsText(labels)],
    field('type', executor.type),
    field('slave_id', agentId),
  ]);
}

function commandText(command: V1<'CommandInfo'>): string {
  return objectText([
    field('shell', command.shell),
    field('value', command.value),
    field('argv', command.arguments ?? []),
    messageField('environment', 'Environment', command.environment),
    [
      'uris',
      listText(command.uris, ({ value, executable = false }) =>
        JSON.stringify({ value, executable }),
      ),
    ],
  ]);
}

export function offerText(offer: V1<'Offer'>): string {
  const { allocation_info: allocation } = offer;
  return objectText([
    field('id', offer.id.value),
    field('framework_id', offer.framework_id.value),
    messageField('allocation_info', 'Resource.AllocationInfo', allocation ?? {}),
    field('slave_id', offer.agent_id.value),
    ['resources', resourcesText(offer.resources)],
  ]);
}

export function agentInfoFields(info: V1<'AgentInfo'>): Field[] {
  const domain = info.domain?.fault_domain;
  return [
    field('id', info.id?.value ?? ''),
    field('hostname', info.hostname),
    field('port', info.port ?? 5051),
    ['attributes', attributesText(info.attributes)],
    domain && [
      'domain',
      JSON.stringify({
        fault_domain: {
          region: { name: domain.region.name },
          zone: { name: domain.zone.name },
        },
      }),
    ],
  ];
}

export function attributesText(attributes: readonly V1<'Attribute'>[] | undefined): string {
  return objectText(
    (attributes ?? []).map(({ name, scalar, ranges, set, text }) => {
      const range = ranges?.range?.map(({ begin, end }) => `${begin}-${end}`).join(', ');
      const items = set?.item?.join(', ');
      const listed = range === undefined ? `{${items ?? ''}}` : `[${range}]`;
      return field(escaped(name), scalar?.value ?? text?.value ?? listed);
    }),
  );
}

export function agentFields(agent: V1<'master.Response.GetAgents.Agent'>): Field[] {
  const { total_resources: total = [] } = agent;
  return [
    ...agentInfoFields(agent.agent_info),
    field('pid', agent.pid ?? ''),
    field('registered_time', secondsOf(agent.registered_time) ?? 0),
    field('reregistered_time', secondsOf(agent.reregistered_time)),
    ['resources', resourcesText(total)],
    ['used_resources', resourcesText(agent.allocated_resources)],
    ['offered_resources', resourcesText(agent.offered_resources)],
    ['reserved_resources', byRole(total, resourcesText)],
    ['unreserved_resources', resourcesText(total.filter(isUnreserved))],
    field('active', agent.active),
    field('deactivated', agent.deactivated ?? false),
    field('version', agent.version),
    field(
      'capabilities',
      (agent.capabilities ?? []).map(({ type }) => type),
    ),
    messageField('drain_info', 'DrainInfo', agent.drain_info),
    field('estimated_drain_start_time_seconds', secondsOf(agent.estimated_drain_start_time)),
  ];
}

/** What only `/slaves` has: all that is known of the resources. */
export function fullResourceFields(agent: V1<'master.Response.GetAgents.Agent'>): Field[] {
  const { total_resources: total = [] } = agent;
  return [
    ['reserved_resources_full', byRole(total, fullText)],
    ['unreserved_resources_full', fullText(total.filter(isUnreserved))],
    ['used_resources_full', fullText(agent.allocated_resources ?? [])],
    ['offered_resources_full', fullText(agent.offered_resources ?? [])],
  ];
}

export function fullText(resources: readonly V1<'Resource'>[]): string {
  return listText(resources, (resource) => jsonTextOf('Resource', endpointFormat(resource)));
}

/** Nobody's. */
export function isUnreserved({ reservations = [] }: V1<'Resource'>): boolean {
  return reservations.length === 0;
}

/** What is reserved, by whose it is. */
export function byRole(
  resources: readonly V1<'Resource'>[],
  text: (resources: readonly V1<'Resource'>[]) => string,
): string {
  const roles = new Map<string, V1<'Resource'>[]>();
  for (const resource of resources) {
    const role = resource.reservations?.at(-1)?.role;
    if (role === undefined) continue;
    const reserved = roles.get(role);
    if (reserved === undefined) roles.set(role, [resource]);
    else reserved.push(resource);
  }
  return objectText([...roles].map(([role, reserved]) => [escaped(role), text(reserved)]));
}

export function secondsOf(time: V1<'TimeInfo'> | undefined): number | undefined {
  return time === undefined ? undefined : Number(time.nanoseconds / 1000n) / 1e6;
}

/** What `/state-summary` has of a framework, and `/state` begins with. */
export function frameworkSummaryFields(
  framework: V1<'master.Response.GetFrameworks.Framework'>,
  pid: string | undefined,
): Field[] {
  const { framework_info: info } = framework;
  return [
    field('id', info.id?.value ?? ''),
    field('name', info.name),
    field('pid', pid),
    ['used_resources', resourcesText(framework.allocated_resources)],
    ['offered_resources', resourcesText(framework.offered_resources)],
    field(
      'capabilities',
      (info.capabilities ?? []).map(({ type }) => type),
    ),
    field('hostname', info.hostname ?? ''),
    field('webui_url', info.webui_url ?? ''),
    field('active', framework.active),
    field('connected', framework.connected),
    field('recovered', framework.recovered),
  ];
}

/** What else `/state` has, but for tasks, offers and executors. */
export function frameworkFields(framework: V1<'master.Response.GetFrameworks.Framework'>): Field[] {
  const { framework_info: info, allocated_resources: used = [] } = framework;
  return [
    field('user', info.user),
    field('failover_timeout', info.failover_timeout ?? 0),
    field('checkpoint', info.checkpoint ?? false),
    field('registered_time', secondsOf(framework.registered_time) ?? 0),
    field('unregistered_time', secondsOf(framework.unregistered_time) ?? 0),
    field('principal', info.principal),
    ['resources', resourcesText([...used, ...(framework.offered_resources ?? [])])],
    field('reregistered_time', secondsOf(framework.reregistered_time)),
    rolesField(info),
  ];
}

/** Those who can have several roles say which, the others have one. */
export function rolesField({ capabilities, roles, role }: V1<'FrameworkInfo'>): Field {
  const isMultiRole = capabilities?.some(({ type }) => type === 'MULTI_ROLE') ?? false;
  return isMultiRole ? field('roles', roles ?? []) : field('role', role ?? '*');
}

/** Of a build; a package has none, and old clients expect the keys. */
/** @param version of this program */
export function buildFields(version: string): readonly Field[] {
  return Object.entries(versionInfo(version)).map(([name, value]) => field(name, value));
}

/** Where the log is, as the flags say. */
export function logFields(flags: Readonly<Record<string, string>>): readonly Field[] {
  const { log_dir: directory, external_log_file: file } = flags;
  return [field('log_dir', directory), field('external_log_file', file)];
}
