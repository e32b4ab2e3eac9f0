/**
 * What master and agents tell, made ready to be shown: a row for people, and for `--json` an object
 * whose shape is promised (docs/handbook/command-line.md lists it): names in camelCase, times in ISO
 * 8601, resources by name with scalars as numbers, and absent instead of null.
 */

import type { DrainInfo, Unavailability } from '../../actors/protocol/maintenance.ts';
import type { Offer } from '../../actors/protocol/offer.ts';
import { formatResources, type Resources, scalarMilli } from '../../actors/protocol/resources.ts';
import type { TaskState, TaskStatus } from '../../actors/protocol/task.ts';
import type {
  AgentView,
  FrameworkView,
  MasterSummary,
  TaskView,
} from '../../actors/protocol/views.ts';
import { formatAddress } from '../../runtime/address.ts';
import { age, fromMebiMilli, fromMilli, isoTime } from './quantities.ts';

/** `goneByOperator` is `GONE_BY_OPERATOR`, as Mesos writes states. */
export function stateName(state: TaskState): string {
  return state.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function masterJson({ masterId, cluster, version, node, startedMs }: MasterSummary): object {
  return { id: masterId, cluster, version, node, started: isoTime(startedMs) };
}

export function resourcesJson(resources: Resources): object {
  return Object.fromEntries(
    resources.map((resource) => [
      resource.name,
      resource.type === 'scalar'
        ? resource.milli / 1000
        : resource.type === 'set'
          ? resource.items
          : resource.ranges.map(({ begin, end }) => [begin, end]),
    ]),
  );
}

export const AGENT_HEADINGS = ['ID', 'HOST', 'STATE', 'CPUS', 'MEM', 'DISK', 'SINCE'] as const;

export function agentRow(view: AgentView, nowMs: number): readonly string[] {
  const share = (name: string, show: (milli: number) => string) =>
    `${amount(view.used, name, show)}/${amount(view.total, name, show)}`;
  const sinceMs = view.reregisteredMs ?? view.registeredMs;
  return [
    view.agentId,
    `${view.info.hostname}:${view.info.port}`,
    agentState(view, nowMs),
    share('cpus', fromMilli),
    share('mem', fromMebiMilli),
    share('disk', fromMebiMilli),
    sinceMs === undefined ? '-' : age(sinceMs, nowMs),
  ];
}

/** `active`, `draining`, `disconnected, drained`, `unreachable, deactivated`, `active, unavailable in 5m` … */
export function agentState(view: AgentView, nowMs: number): string {
  const { state, deactivated, drain, unavailability } = view;
  const drainState = drain?.drained ? 'drained' : 'draining';
  const wanted = drain === undefined ? 'deactivated' : drainState;
  const states: string[] = deactivated === true ? [wanted] : [];
  if (state !== 'active' || deactivated !== true) states.unshift(state);
  if (unavailability !== undefined) {
    const { startMs } = unavailability;
    states.push(startMs > nowMs ? `unavailable in ${age(nowMs, startMs)}` : 'unavailable');
  }
  return states.join(', ');
}

export function agentJson(view: AgentView): object {
  const { agentId, info, registeredMs, reregisteredMs, unreachableAtMs } = view;
  return {
    id: agentId,
    hostname: info.hostname,
    address: formatAddress(view.address),
    version: info.version,
    state: view.state,
    ...(view.deactivated && { deactivated: true }),
    ...(view.drain && { drain: drainJson(view.drain, view.drainStartedMs) }),
    ...(view.unavailability && { unavailability: unavailabilityJson(view.unavailability) }),
    ...(registeredMs !== undefined && { registered: isoTime(registeredMs) }),
    ...(reregisteredMs !== undefined && { reregistered: isoTime(reregisteredMs) }),
    ...(unreachableAtMs !== undefined && { unreachableAt: isoTime(unreachableAtMs) }),
    attributes: Object.fromEntries(info.attributes.map(({ name, value }) => [name, value])),
    resources: { total: resourcesJson(view.total), ...useJson(view) },
  };
}

function unavailabilityJson({ startMs, durationMs }: Unavailability): object {
  return { start: isoTime(startMs), ...(durationMs !== undefined && { durationMs }) };
}

function drainJson(
  { drained, markGone, maxGracePeriodMs: graceMs }: DrainInfo,
  startedMs?: number,
) {
  return {
    state: drained ? 'drained' : 'draining',
    markGone,
    ...(graceMs !== undefined && { maxGracePeriodMs: graceMs }),
    ...(startedMs !== undefined && { started: isoTime(startedMs) }),
  };
}

export const FRAMEWORK_HEADINGS = [
  'ID',
  'NAME',
  'STATE',
  'ROLES',
  'TASKS',
  'CPUS',
  'MEM',
  'SINCE',
] as const;

export function frameworkRow(view: FrameworkView, nowMs: number): readonly string[] {
  const sinceMs = view.resubscribedMs ?? view.subscribedMs;
  return [
    view.frameworkId,
    view.info.name,
    view.state,
    view.info.roles.join(','),
    view.activeTaskCount === undefined ? '-' : String(view.activeTaskCount),
    amount(view.used, 'cpus', fromMilli),
    amount(view.used, 'mem', fromMebiMilli),
    sinceMs === undefined ? '-' : age(sinceMs, nowMs),
  ];
}

export function frameworkJson(view: FrameworkView): object {
  const { frameworkId, info, subscribedMs, resubscribedMs, failsOverMs, endedMs } = view;
  const { activeTaskCount } = view;
  return {
    id: frameworkId,
    name: info.name,
    user: info.user,
    roles: info.roles,
    capabilities: info.capabilities,
    failoverTimeoutMs: info.failoverTimeoutMs,
    state: view.state,
    ...(subscribedMs !== undefined && { subscribed: isoTime(subscribedMs) }),
    ...(resubscribedMs !== undefined && { resubscribed: isoTime(resubscribedMs) }),
    ...(failsOverMs !== undefined && { failsOver: isoTime(failsOverMs) }),
    ...(endedMs !== undefined && { ended: isoTime(endedMs) }),
    ...(activeTaskCount !== undefined && { activeTaskCount }),
    ...(view.used !== undefined && { resources: useJson(view) }),
  };
}

/** Those of which only a leader knows are absent. */
function useJson({ used, offered }: Pick<AgentView, 'used' | 'offered'>): object {
  return {
    ...(used !== undefined && { used: resourcesJson(used) }),
    ...(offered !== undefined && { offered: resourcesJson(offered) }),
  };
}

function amount(
  resources: Resources | undefined,
  name: string,
  show: (milli: number) => string,
): string {
  return resources === undefined ? '-' : show(scalarMilli(resources, name));
}

export const TASK_HEADINGS = ['ID', 'NAME', 'STATE', 'AGENT', 'CPUS', 'MEM', 'SINCE'] as const;

/** @param hostOf the host name of an agent, by its id; its id when it is not known */
export function taskRow(
  view: TaskView,
  nowMs: number,
  hostOf: (agentId: string) => string,
): readonly string[] {
  const sinceMs = view.statuses.at(-1)?.timestampMs;
  return [
    view.taskId,
    view.name,
    `${stateName(view.state)}${illness(view)}`,
    hostOf(view.agentId),
    fromMilli(scalarMilli(view.resources, 'cpus')),
    fromMebiMilli(scalarMilli(view.resources, 'mem')),
    sinceMs === undefined ? '' : age(sinceMs, nowMs),
  ];
}

/** What its health check says, when it is not well. */
function illness({ statuses }: TaskView): string {
  return statuses.at(-1)?.healthy === false ? ' (unhealthy)' : '';
}

export function taskJson(view: TaskView): object {
  const { executorId, labels, discovery, healthCheck } = view;
  return {
    id: view.taskId,
    name: view.name,
    frameworkId: view.frameworkId,
    agentId: view.agentId,
    ...(executorId !== undefined && { executorId }),
    state: view.state,
    phase: view.phase,
    resources: resourcesJson(view.resources),
    ...(healthCheck !== undefined && { healthCheck }),
    ...(discovery !== undefined && { discovery }),
    ...(labels !== undefined && { labels }),
    statuses: view.statuses.map(statusJson),
  };
}

function statusJson(status: TaskStatus): object {
  const { reason, message, exitCode, signal, healthy, checkStatus } = status;
  return {
    state: status.state,
    source: status.source,
    time: isoTime(status.timestampMs),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(healthy !== undefined && { healthy }),
    ...(checkStatus !== undefined && { checkStatus }),
  };
}

export const OFFER_HEADINGS = ['ID', 'FRAMEWORK', 'HOST', 'ROLE', 'RESOURCES'] as const;

export function offerRow(offer: Offer): readonly string[] {
  return [
    offer.offerId,
    offer.frameworkId,
    offer.hostname,
    offer.role,
    formatResources(offer.resources),
  ];
}

export function offerJson(offer: Offer): object {
  return {
    id: offer.offerId,
    frameworkId: offer.frameworkId,
    agentId: offer.agentId,
    hostname: offer.hostname,
    role: offer.role,
    resources: resourcesJson(offer.resources),
  };
}
