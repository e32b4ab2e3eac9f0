/** Rules: Mesos 1.11, statistics.hpp: interpolated percentiles, none of fewer than two; metrics/timer.hpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { array, check, double, property } from 'fast-check';
import { Durations, percentile } from '../../../../actors/protocol/metrics/durations.ts';

const HOUR_MS = 3_600_000;

test('one duration is the last one, and has no percentiles', () => {
  const durations = new Durations(HOUR_MS);
  durations.add(7, 1000);
  deepEqual(durations.statistics(1000), { lastMs: 7, totalCount: 1, totalMs: 7 });
});

test('percentiles lie between the two that are nearest', () => {
  const durations = new Durations(HOUR_MS);
  for (const tookMs of [40, 10, 30, 20, 50]) durations.add(tookMs, 0);
  const { lastMs, totalMs, window } = durations.statistics(0);
  deepEqual([lastMs, totalMs, window?.count, window?.minMs, window?.maxMs], [50, 150, 5, 10, 50]);
  deepEqual([window?.percentilesMs.p50, window?.percentilesMs.p90], [30, 46]);
});

test('what is older than the window counts in the sum only', () => {
  const durations = new Durations(1000);
  for (const [tookMs, atMs] of [
    [900, 0],
    [1, 5000],
    [3, 5500],
  ] as const) {
    durations.add(tookMs, atMs);
  }
  const { totalCount, window } = durations.statistics(5600);
  deepEqual([totalCount, window?.count, window?.maxMs], [3, 2, 3]);
});

test('the last thousand are kept', () => {
  const durations = new Durations(HOUR_MS);
  for (let count = 1; count <= 2500; count++) durations.add(count, 0);
  const { totalCount, window } = durations.statistics(0);
  deepEqual([totalCount, window?.count, window?.minMs, window?.maxMs], [2500, 1000, 1501, 2500]);
});

test('a percentile is never outside of what there is, and grows with its part', () => {
  const values = array(double({ min: 0, max: 1e6, noNaN: true }), { minLength: 2 });
  const part = double({ min: 0, max: 1, noNaN: true });
  const result = check(
    property(values, part, part, (given, one, other) => {
      const sorted = [...given].sort((a, b) => a - b);
      const [low, high] = one < other ? [one, other] : [other, one];
      const found = percentile(sorted, low);
      return (
        found >= (sorted[0] ?? 0) &&
        found <= (sorted.at(-1) ?? 0) &&
        found <= percentile(sorted, high) + 1e-9
      );
    }),
    { numRuns: 200 },
  );
  equal(result.failed, false, JSON.stringify(result.counterexample));
});
