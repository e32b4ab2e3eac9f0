/** Waits that grow. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, jitteredBackoffMs } from '../../runtime/backoff.ts';

const limits = { delayMsMin: 100, delayMsMax: 1000 };

test('the wait doubles with each attempt, up to the maximum, however many there are', () => {
  deepEqual(
    [0, 1, 2, 3, 4, 5000].map((attempt) => backoffMs(attempt, limits)),
    [100, 200, 400, 800, 1000, 1000],
  );
});

test('no wait stays no wait', () => {
  equal(backoffMs(5000, { delayMsMin: 0, delayMsMax: 1000 }), 0);
});

test('a jittered wait lies in the upper half', () => {
  equal(
    jitteredBackoffMs(1, limits, () => 0),
    100,
  );
  ok(jitteredBackoffMs(1, limits, () => 0.999) < 200);
  equal(
    jitteredBackoffMs(1, limits, () => 0.5),
    150,
  );
});
