/** What looks mean. Source: Mesos 1.11, src/tests/health_check_tests.cpp. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import {
  type HealthNews,
  illness,
  newHealth,
  noteOutcome,
  type Outcome,
  sameStatus,
  statusOf,
} from '../../../../actors/agent/checks/health.ts';
import type { HealthCheck } from '../../../../actors/protocol/checks.ts';

const http = (more: Partial<HealthCheck> = {}) =>
  ({ type: 'http', port: 80, ...more }) as HealthCheck;
const answered = (statusCode: number): Outcome => ({ type: 'http', statusCode });
const well = answered(200);
const ill = answered(500);

test('the first success is told, the next ones are no news', () => {
  deepEqual(storyOf(http(), [well, well, well]), ['healthy', '', '']);
});

test('each failure is told, and the success that ends them', () => {
  deepEqual(storyOf(http({ consecutiveFailures: 9 }), [well, ill, ill, well, well]), [
    'healthy',
    'ill 1',
    'ill 2',
    'healthy',
    '',
  ]);
});

test('so many failures in a row are too many, three unless it says otherwise', () => {
  deepEqual(storyOf(http(), [well, ill, ill, well, ill, ill, ill]).slice(4), [
    'ill 1',
    'ill 2',
    'ill 3 hopeless',
  ]);
  deepEqual(storyOf(http({ consecutiveFailures: 1 }), [well, ill]), ['healthy', 'ill 1 hopeless']);
});

test('failures before the first success do not count in the grace period, which can be none', () => {
  deepEqual(storyOf(http({ gracePeriodMs: 2000 }), [ill, ill, ill, ill]), ['', '', '', 'ill 1']);
  deepEqual(storyOf(http({ gracePeriodMs: 0 }), [ill]), ['ill 1']);
  deepEqual(storyOf(http({ gracePeriodMs: 9000 }), [well, ill]), ['healthy', 'ill 1']);
});

test('healthy are a command that exits with 0, an answer of 200 to 399, a connection', () => {
  const isIll = (outcome: Outcome, check = http()) => illness(check, outcome) !== undefined;
  deepEqual(
    [199, 200, 399, 400].map((code) => isIll(answered(code))),
    [true, false, false, true],
  );
  deepEqual(
    [0, 1].map((exitCode) => isIll({ type: 'command', exitCode })),
    [false, true],
  );
  deepEqual(
    [true, false].map((succeeded) => isIll({ type: 'tcp', succeeded })),
    [false, true],
  );
  equal(isIll({ type: 'failed', cause: 'it was late' }), true);
  const only204 = http({ statuses: [204] } as Partial<HealthCheck>);
  deepEqual(
    [200, 204].map((code) => isIll(answered(code), only204)),
    [true, false],
  );
});

test('a check that could not be made has found nothing, and that is something new', () => {
  const check = { type: 'http', port: 80 } as const;
  const nothing = statusOf(check, { type: 'failed', cause: 'it was late' });
  deepEqual(nothing, { type: 'http' });
  equal(sameStatus(nothing, { type: 'http', statusCode: 200 }), false);
  equal(sameStatus(nothing, { type: 'http' }), true);
  equal(sameStatus({ type: 'command', exitCode: 1 }, { type: 'command', exitCode: 1 }), true);
});

/** One look each second, from the first on. */
function storyOf(check: HealthCheck, outcomes: readonly Outcome[]): readonly string[] {
  const health = newHealth();
  const told = (news: HealthNews | undefined) => {
    if (news === undefined) return '';
    if (news.healthy) return 'healthy';
    return `ill ${news.failureCount}${news.hopeless ? ' hopeless' : ''}`;
  };
  return outcomes.map((outcome, index) => told(noteOutcome(health, check, outcome, index * 1000)));
}
