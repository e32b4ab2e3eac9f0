/**
 * The metrics that are counted anew each time: how many there are of what, by their names in Mesos.
 * Source: Mesos 1.11, src/master/metrics.cpp.
 */
import { isRevocable } from '../../../protocol/resource-kinds.ts';
import type { Resources } from '../../../protocol/resources.ts';
import { isTerminal, type TaskState } from '../../../protocol/task.ts';
import { STATES } from '../../../protocol/v1/words.ts';
import { frameworkPrefix } from '../../metrics/framework-tally.ts';
import { consumedMilli, sumOf } from '../../roles/role-sums.ts';
import { rolesOf } from '../old/old-roles.ts';
import { type AgentEntry, isCompleted, isRegistered, type ReadModel } from './read-model.ts';

/** The states that Mesos has gauges for. */
const GAUGED: readonly TaskState[] = ['staging', 'starting', 'running', 'killing', 'unreachable'];
/** Those that a task of a framework can be in without having ended. */
const ACTIVE = (Object.keys(STATES) as TaskState[]).filter((state) => !isTerminal(state));

/** Roles with a quota that have gauges of their own: the first, by name. */
const QUOTA_ROLES_SHOWN_MAX = 1000;

/** @param frameworkCountMax frameworks that have gauges of their own */
export function gauges(model: ReadModel, frameworkCountMax: number): Record<string, number> {
  const gauged: Record<string, number> = {
    ...agentGauges(model),
    ...frameworkGauges(model, frameworkCountMax),
    ...quotaGauges(model),
  };
  for (const state of GAUGED) gauged[`master/tasks_${state}`] = 0;
  for (const { task, phase } of model.tasks()) {
    const state = phase === 'unreachable' ? 'unreachable' : task.state;
    if (phase === 'completed' || !GAUGED.includes(state)) continue;
    gauged[`master/tasks_${state}`] = (gauged[`master/tasks_${state}`] ?? 0) + 1;
  }
  let offerCount = 0;
  for (const _ of model.offers()) offerCount++;
  gauged['master/outstanding_offers'] = offerCount;
  return gauged;
}

/** Source: Mesos 1.11, src/master/allocator/mesos/metrics.cpp. */
function quotaGauges(model: ReadModel): Record<string, number> {
  const gauged: Record<string, number> = {};
  if ((model.master?.grants.quotas.length ?? 0) === 0) return gauged;
  const limited = rolesOf(model).filter(({ quota }) => quota !== undefined);
  for (const { sums, quota } of limited.slice(0, QUOTA_ROLES_SHOWN_MAX)) {
    const { guaranteesMilli = {}, limitsMilli = {} } = quota ?? {};
    const has = sumOf(consumedMilli(sums), sums.unreservedOfferedMilli);
    for (const name of new Set([...Object.keys(guaranteesMilli), ...Object.keys(limitsMilli)])) {
      const prefix = `allocator/mesos/quota/roles/${sums.role}/resources/${name}/`;
      const [guaranteed, limit] = [guaranteesMilli[name], limitsMilli[name]];
      if (guaranteed !== undefined) gauged[`${prefix}guarantee`] = guaranteed / 1000;
      if (limit !== undefined) gauged[`${prefix}limit`] = limit / 1000;
      gauged[`${prefix}offered_or_allocated`] = (has.get(name) ?? 0) / 1000;
    }
  }
  return gauged;
}

function agentGauges({ agents }: ReadModel): Record<string, number> {
  const all = [...agents.values()];
  const here = all.filter(isRegistered);
  const active = here.filter(({ view }) => view.state === 'active').length;
  const total = new Map<string, number>();
  const used = new Map<string, number>();
  for (const { view } of here) {
    add(total, view.total);
    add(used, view.used ?? []);
  }
  const gauged: Record<string, number> = {
    'master/slaves_connected': active,
    'master/slaves_disconnected': here.length - active,
    'master/slaves_active': active,
    'master/slaves_inactive': here.length - active,
    'master/slaves_unreachable': all.filter(({ view }) => view.state === 'unreachable').length,
    'registrar/registry_size_bytes': all.reduce((sum, entry) => sum + sizeBytes(entry), 0),
  };
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    for (const kind of [name, `${name}_revocable`]) {
      const of = (total.get(kind) ?? 0) / 1000;
      const taken = (used.get(kind) ?? 0) / 1000;
      gauged[`master/${kind}_total`] = of;
      gauged[`master/${kind}_used`] = taken;
      gauged[`master/${kind}_percent`] = of === 0 ? 0 : taken / of;
    }
  }
  return gauged;
}

/** Measured once for each record. */
const SIZES = new WeakMap<AgentEntry, number>();

function sizeBytes(entry: AgentEntry): number {
  const known = SIZES.get(entry);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(entry.view.info));
  SIZES.set(entry, bytes);
  return bytes;
}

function add(sums: Map<string, number>, resources: Resources): void {
  for (const resource of resources) {
    if (resource.type !== 'scalar') continue;
    const kind = isRevocable(resource) ? `${resource.name}_revocable` : resource.name;
    sums.set(kind, (sums.get(kind) ?? 0) + resource.milli);
  }
}

function frameworkGauges(model: ReadModel, shownCountMax: number): Record<string, number> {
  const here = [...model.frameworks.values()].filter((entry) => !isCompleted(entry));
  const active = here.filter(({ view }) => view.state === 'active').length;
  const gauged: Record<string, number> = {
    'master/frameworks_connected': active,
    'master/frameworks_disconnected': here.length - active,
    'master/frameworks_active': active,
    'master/frameworks_inactive': here.length - active,
  };
  for (const { view } of here.slice(0, shownCountMax)) {
    const prefix = frameworkPrefix(view.info.name, view.frameworkId);
    gauged[`${prefix}subscribed`] = view.state === 'active' ? 1 : 0;
    const counts = new Map<TaskState, number>(ACTIVE.map((state) => [state, 0]));
    for (const { task, phase } of model.of(view.frameworkId).tasks.values()) {
      const state = phase === 'unreachable' ? 'unreachable' : task.state;
      const count = counts.get(state);
      if (phase !== 'completed' && count !== undefined) counts.set(state, count + 1);
    }
    for (const [state, count] of counts) {
      gauged[`${prefix}tasks/active/${STATES[state].toLowerCase()}`] = count;
    }
  }
  return gauged;
}
