/**
 * The metrics of Mesos as families of Prometheus. What Mesos has in a name (a framework, a role, a reason)
 * is a label there: `master/tasks_finished` is `mesos_master_tasks_finished_total`, and
 * `allocator/mesos/resources/cpus/total` is `mesos_allocator_resources_total{resource="cpus"}`.
 * Source: Prometheus, metric and label naming.
 */

import type { DurationStatistics } from './durations.ts';
import { PERCENTILES } from './durations.ts';
import { helpOf } from './help.ts';
import type { Metrics } from './tally.ts';

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly samples: readonly MetricSample[];
}

interface MetricSample {
  readonly suffix?: '_sum' | '_count';
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** In the order of their names. */
export function metricFamilies({ counters, gauges, durations }: Metrics): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily & { readonly samples: MetricSample[] }>();
  const labelled = labelling();
  const add = (type: 'counter' | 'gauge', name: string, value: number): void => {
    const { family, labels } = labelled(name);
    const full = `mesos_${family}${type === 'counter' ? '_total' : ''}`;
    const known = families.get(full);
    const sample = { ...(labels && { labels }), value };
    if (known === undefined) {
      families.set(full, { name: full, help: helpOf(name), type, samples: [sample] });
    } else known.samples.push(sample);
  };
  for (const [name, value] of counters) add('counter', name, value);
  for (const [name, value] of gauges) add('gauge', name, value);
  for (const [name, statistics] of durations) {
    const family = summaryOf(name, statistics);
    families.set(family.name, family);
  }
  return [...families.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** In seconds, as Prometheus wants durations. */
function summaryOf(name: string, { totalCount, totalMs, window }: DurationStatistics) {
  const quantiles = Object.entries(window?.percentilesMs ?? {}).map(([of, ms]) => {
    const part = new Map<string, number>(Object.entries(PERCENTILES)).get(of) ?? 0;
    return { labels: { quantile: String(part) }, value: ms / 1000 };
  });
  const { family } = labelledBy(PATTERNS, name.replace(/_ms$/, '_seconds'));
  return {
    name: `mesos_${family}`,
    help: helpOf(name),
    type: 'summary' as const,
    samples: [
      ...quantiles,
      { suffix: '_sum' as const, value: totalMs / 1000 },
      { suffix: '_count' as const, value: totalCount },
    ],
  };
}

interface Labelled {
  readonly family: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What names have in them, and what it is called. A role may have slashes, too. */
type Pattern = readonly [RegExp, family: string, ...labels: readonly string[]];

/** Of a framework, behind its prefix. */
const OF_FRAMEWORKS: readonly Pattern[] = [
  [/^(calls|events|operations)\/(.*)$/, 'master_framework_$_by_type', '$', 'type'],
  [/^offers\/(.*)$/, 'master_framework_offers_$', '$'],
  [/^tasks\/(active|terminal)\/task_(.*)$/, 'master_framework_tasks_$', '$', 'state'],
  [/^roles\/(.*)\/suppressed$/, 'master_framework_role_suppressed', 'role'],
  [/^(.*)$/, 'master_framework_$', '$'],
];

const PATTERNS: readonly Pattern[] = [
  [
    /^master\/task_(\w+)\/source_(\w+)\/reason_(\w+)$/,
    'master_task_ends',
    ...['state', 'source', 'reason'],
  ],
  [/^frameworks\/(.*)\/(messages_\w+)$/, 'principal_$', 'principal', '$'],
  [/^master\/slave_removals\/reason_(.*)$/, 'master_slave_removals_by_reason', 'reason'],
  [/^allocator\/mesos\/resources\/(.*)\/(.*)$/, 'allocator_resources_$', 'resource', '$'],
  [/^allocator\/mesos\/roles\/(.*)\/shares\/dominant$/, 'allocator_role_dominant_share', 'role'],
  [/^allocator\/mesos\/offer_filters\/roles\/(.*)\/active$/, 'allocator_offer_filters', 'role'],
  [
    /^allocator\/mesos\/quota\/roles\/(.*)\/resources\/([^/]*)\/([^/]*)$/,
    'allocator_quota_$',
    ...['role', 'resource', '$'],
  ],
  [/^allocator\/mesos\/(.*)$/, 'allocator_$', '$'],
];

const FRAMEWORK = /^master\/frameworks\/([^/]*)\/([^/]*)\//;

/** Frameworks have most of all metrics, and all the same: what these are called is found out once. */
function labelling(): (name: string) => Labelled {
  const known = new Map<string, Labelled>();
  return (name) => {
    const [prefix, framework, id] = FRAMEWORK.exec(name) ?? [];
    if (prefix === undefined || framework === undefined || id === undefined) {
      return labelledBy(PATTERNS, name);
    }
    const rest = name.slice(prefix.length);
    let own = known.get(rest);
    if (own === undefined) {
      own = labelledBy(OF_FRAMEWORKS, rest);
      known.set(rest, own);
    }
    const labels = { framework: decodeURIComponent(framework), framework_id: id, ...own.labels };
    return { family: own.family, labels };
  };
}

function labelledBy(patterns: readonly Pattern[], name: string): Labelled {
  for (const [pattern, family, ...names] of patterns) {
    const found = pattern.exec(name);
    if (found === null) continue;
    const labels: Record<string, string> = {};
    let ownName = '';
    names.forEach((label, index) => {
      const text = found[index + 1] ?? '';
      if (label === '$') ownName = text;
      else labels[label] = text;
    });
    const whole = legal(family.replace('$', ownName));
    return Object.keys(labels).length === 0 ? { family: whole } : { family: whole, labels };
  }
  return { family: legal(name) };
}

function legal(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_');
}
