/**
 * The metrics that are counted anew each time: how many there are of what, by their names in Mesos.
 * Source: Mesos 1.11, src/master/metrics.cpp.
 */
import type { Resources } from '../../../protocol/resources.ts';
import type { TaskState } from '../../../protocol/task.ts';
import { STATES } from '../../../protocol/v1/words.ts';
import { isCompleted, isRegistered, type ReadModel } from '../snapshot/read-model.ts';

/** The states that Mesos has gauges for. */
const GAUGED: readonly TaskState[] = ['staging', 'starting', 'running', 'killing', 'unreachable'];

export function gauges(model: ReadModel): Record<string, number> {
  const gauged: Record<string, number> = { ...agentGauges(model), ...frameworkGauges(model) };
  for (const state of GAUGED) gauged[`master/tasks_${state}`] = 0;
  for (const { task, phase } of model.tasks()) {
    const state = phase === 'unreachable' ? 'unreachable' : task.state;
    if (phase === 'completed' || !GAUGED.includes(state)) continue;
    gauged[`master/tasks_${state}`] = (gauged[`master/tasks_${state}`] ?? 0) + 1;
  }
  gauged['master/outstanding_offers'] = [...model.offers()].length;
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
  };
  for (const name of ['cpus', 'gpus', 'mem', 'disk']) {
    const of = (total.get(name) ?? 0) / 1000;
    const taken = (used.get(name) ?? 0) / 1000;
    gauged[`master/${name}_total`] = of;
    gauged[`master/${name}_used`] = taken;
    gauged[`master/${name}_percent`] = of === 0 ? 0 : taken / of;
  }
  return gauged;
}

function add(sums: Map<string, number>, resources: Resources): void {
  for (const resource of resources) {
    if (resource.type !== 'scalar') continue;
    sums.set(resource.name, (sums.get(resource.name) ?? 0) + resource.milli);
  }
}

/** A name may have halves of characters, which can't be encoded. */
function encodedName(name: string): string {
  return encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(name)));
}

function frameworkGauges(model: ReadModel): Record<string, number> {
  const here = [...model.frameworks.values()].filter((entry) => !isCompleted(entry));
  const active = here.filter(({ view }) => view.state === 'active').length;
  const gauged: Record<string, number> = {
    'master/frameworks_connected': active,
    'master/frameworks_disconnected': here.length - active,
    'master/frameworks_active': active,
    'master/frameworks_inactive': here.length - active,
  };
  for (const { view } of here) {
    const prefix = `master/frameworks/${encodedName(view.info.name)}/${view.frameworkId}/`;
    gauged[`${prefix}subscribed`] = view.state === 'active' ? 1 : 0;
    for (const { task, phase } of model.of(view.frameworkId).tasks.values()) {
      if (phase !== 'active' || !GAUGED.includes(task.state)) continue;
      const name = `${prefix}tasks/active/${STATES[task.state].toLowerCase()}`;
      gauged[name] = (gauged[name] ?? 0) + 1;
    }
  }
  return gauged;
}
