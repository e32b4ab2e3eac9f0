/**
 * `/metrics/snapshot`: what this node has counted and how many there are of what, by Mesos' names; and
 * `/metrics`, the same for Prometheus. Numbers that we do not have are not there.
 * Source: Mesos 1.11, docs/monitoring.md; Prometheus, exposition formats, version 0.0.4.
 */

import { MASTER_NAME } from '../../../protocol/messages.ts';
import { AGENT_COUNTERS, ENDED_COUNTERS, MESSAGE_COUNTERS, RESUBSCRIBED } from '../../counters.ts';
import type { MachineLoad, NodeFacts } from '../node-facts.ts';
import type { Reader } from '../reader.ts';

/** Of a master that doesn't lead: what its node has counted, and that it doesn't. */
export async function metricsOf(
  reader: Reader,
  facts: NodeFacts,
): Promise<Readonly<Record<string, number>>> {
  const known = await facts.leadership();
  const leads = known?.role === 'leading';
  const metrics: Record<string, number> = {
    'master/elected': leads ? 1 : 0,
    'master/uptime_secs': Math.max(0, reader.nowMs() - facts.startedMs()) / 1000,
    'master/operator_event_stream_subscribers': reader.reads.subscriberCount,
    ...systemMetrics(facts.machine()),
  };
  const master = (await facts.processes()).find(({ name }) => name === MASTER_NAME);
  metrics['master/event_queue_messages'] = master?.waitingCount ?? 0;
  for (const name of COUNTED) metrics[name] = 0;
  for (const [name, count] of reader.reads.counters) metrics[name] = count;
  if (!leads) return metrics;
  const answer = await reader.answer({ kind: 'gauges' });
  if (answer === undefined) return metrics;
  const gauges: Record<string, number> = JSON.parse(new TextDecoder().decode(answer.body));
  return { ...metrics, ...gauges };
}

function systemMetrics(machine: MachineLoad): Record<string, number> {
  const { loads, cpuCount, memTotalBytes, memFreeBytes } = machine;
  const [one, five, fifteen] = loads;
  return {
    'system/cpus_total': cpuCount,
    ...{ 'system/load_1min': one, 'system/load_5min': five, 'system/load_15min': fifteen },
    ...{ 'system/mem_total_bytes': memTotalBytes, 'system/mem_free_bytes': memFreeBytes },
  };
}

const COUNTED: readonly string[] = [
  ...Object.values(MESSAGE_COUNTERS),
  RESUBSCRIBED,
  ...Object.values(ENDED_COUNTERS),
  ...Object.values(AGENT_COUNTERS),
];

/** A name of Mesos may hold what Prometheus does not allow. */
export function prometheusText(metrics: Readonly<Record<string, number>>): string {
  const families = new Map<string, string[]>();
  for (const [name, value] of Object.entries(metrics)) {
    const { family, labels } = prometheusName(name);
    const isCounter = COUNTED.includes(name) || name.startsWith('master/task_');
    const lines = families.get(family) ?? [`# TYPE ${family} ${isCounter ? 'counter' : 'gauge'}`];
    lines.push(`${family}${labels} ${value}`);
    families.set(family, lines);
  }
  return `${[...families.values()].flat().join('\n')}\n`;
}

/** Those of one framework are one family, told apart by labels. */
function prometheusName(name: string): { readonly family: string; readonly labels: string } {
  const [, framework, id, rest] = /^master\/frameworks\/([^/]*)\/([^/]*)\/(.*)$/.exec(name) ?? [];
  if (framework === undefined || id === undefined || rest === undefined) {
    return { family: legal(`mesos_${name}`), labels: '' };
  }
  const labels = `{framework="${labelValue(decodeURIComponent(framework))}",framework_id="${labelValue(id)}"}`;
  return { family: legal(`mesos_master/framework/${rest}`), labels };
}

function legal(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_:]/g, '_');
}

function labelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
