/**
 * What an agent counts, under the names of Mesos, so that what reads those finds them. Numbers that there is
 * nothing behind here are left out. Pure. Source: Mesos 1.11, docs/monitoring.md; src/slave/metrics.cpp.
 */
import { scalarMilli } from '../../protocol/resources.ts';
import type { TaskState } from '../../protocol/task.ts';
import type { ExecutorReport, NodeReport } from '../node-report.ts';
import type { MachineLoad } from './node-facts.ts';
import { executorsOf } from './operator/agent-views.ts';

export type Metrics = Readonly<Record<string, number>>;

const RESOURCES = ['cpus', 'gpus', 'mem', 'disk'] as const;
const LIVE: readonly TaskState[] = ['staging', 'starting', 'running', 'killing'];
const ENDED: readonly TaskState[] = ['finished', 'failed', 'killed', 'lost', 'gone'];
const PHASES: readonly ExecutorReport['phase'][] = ['registering', 'running', 'terminating'];

/** Sorted by name. @param report absent while the agent can't be asked */
export function agentMetrics(
  report: NodeReport | undefined,
  { loads, cpuCount, memTotalBytes, memFreeBytes }: MachineLoad,
  uptimeMs: number,
): Metrics {
  const [one, five, fifteen] = loads;
  const metrics: Record<string, number> = {
    'slave/uptime_secs': uptimeMs / 1000,
    'system/cpus_total': cpuCount,
    'system/load_1min': one,
    'system/load_5min': five,
    'system/load_15min': fifteen,
    'system/mem_total_bytes': memTotalBytes,
    'system/mem_free_bytes': memFreeBytes,
    ...(report && ofAgent(report)),
  };
  return Object.fromEntries(Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ofAgent(report: NodeReport): Metrics {
  const { frameworks, isRegistered, endedTaskCounts } = report;
  const executors = executorsOf(report).map(({ executor }) => executor);
  const live = new Map<TaskState, number>();
  for (const { queued, launched } of executors) {
    for (const { state } of [...queued, ...launched]) live.set(state, (live.get(state) ?? 0) + 1);
  }
  return {
    'slave/registered': isRegistered ? 1 : 0,
    'slave/frameworks_active': frameworks.length,
    ...Object.fromEntries([
      ...LIVE.map((state) => [`slave/tasks_${state}`, live.get(state) ?? 0]),
      ...ENDED.map((state) => [`slave/tasks_${state}`, endedTaskCounts.get(state) ?? 0]),
      ...PHASES.map((phase) => [
        `slave/executors_${phase}`,
        executors.filter((executor) => executor.phase === phase).length,
      ]),
      ...RESOURCES.flatMap((name) => ofResource(name, report)),
    ]),
  };
}

function ofResource(name: string, { info, occupied }: NodeReport): [string, number][] {
  const total = scalarMilli(info.resources, name) / 1000;
  const used = scalarMilli(occupied, name) / 1000;
  return [
    [`slave/${name}_total`, total],
    [`slave/${name}_used`, used],
    [`slave/${name}_percent`, total === 0 ? 0 : used / total],
    ...['total', 'used', 'percent'].map((what): [string, number] => [
      `slave/${name}_revocable_${what}`,
      0,
    ]),
  ];
}

/** The same for Prometheus: `mesos_slave_uptime_secs 12.5`. */
export function prometheusText(metrics: Metrics): string {
  const lines = Object.entries(metrics).flatMap(([name, value]) => {
    const family = `mesos_${name.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
    const isCounter = ENDED.some((state) => name === `slave/tasks_${state}`);
    return [`# TYPE ${family} ${isCounter ? 'counter' : 'gauge'}`, `${family} ${value}`];
  });
  return `${lines.join('\n')}\n`;
}
