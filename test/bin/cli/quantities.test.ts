/** Times and amounts as people read them. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { age, counted, fromMebiMilli, fromMilli } from '../../../bin/cli/quantities.ts';

test('an age has one unit, and two of it at least', () => {
  const agesMs = [-5, 0, 119_999, 120_000, 7_199_999, 7_200_000, 172_799_999, 172_800_000];
  deepEqual(
    agesMs.map((ageMs) => age(1000 - ageMs, 1000)),
    ['0s', '0s', '119s', '2m', '119m', '2h', '47h', '2d'],
  );
});

test('amounts have no more digits than they need', () => {
  deepEqual([500, 4000, 0].map(fromMilli), ['0.5', '4', '0']);
  deepEqual([64_000, 1_536_000, 3_145_728_000].map(fromMebiMilli), ['64MB', '1.5GB', '3TB']);
  deepEqual([counted(1, 'task'), counted(2, 'task')], ['1 task', '2 tasks']);
});
