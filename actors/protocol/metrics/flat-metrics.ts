/**
 * Metrics as `/metrics/snapshot` and the call GET_METRICS show them: a number for each name, sorted. A
 * duration is the last one, and beside it those of `DurationStatistics.window`: `x_ms/count`, `x_ms/p50`.
 * Source: Mesos 1.11, 3rdparty/libprocess/src/metrics/metrics.cpp.
 */
import type { DurationStatistics } from './durations.ts';
import type { Metrics } from './tally.ts';

export function flatMetrics({
  counters,
  gauges,
  durations,
}: Metrics): Readonly<Record<string, number>> {
  const all: [string, number][] = [...counters, ...gauges];
  for (const [name, statistics] of durations) all.push(...flatDuration(name, statistics));
  const values = new Map(all);
  return Object.fromEntries([...values.keys()].sort().map((name) => [name, values.get(name) ?? 0]));
}

function flatDuration(
  name: string,
  { lastMs, window }: DurationStatistics,
): readonly [string, number][] {
  if (window === undefined) return [[name, lastMs]];
  const { count, minMs, maxMs, percentilesMs } = window;
  return [
    [name, lastMs],
    [`${name}/count`, count],
    [`${name}/min`, minMs],
    [`${name}/max`, maxMs],
    ...Object.entries(percentilesMs).map(([of, ms]): [string, number] => [`${name}/${of}`, ms]),
  ];
}
