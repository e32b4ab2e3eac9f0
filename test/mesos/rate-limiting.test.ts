/**
 * How fast frameworks may call, by the names that Mesos' own tests have.
 * Mesos: docs/framework-rate-limiting.md; src/tests/rate_limiting_tests.cpp.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameworkRates, type RateLimits } from '../../actors/master/rates/framework-rates.ts';
import { rateLimits } from '../../bin/rate-limits.ts';
import { scene } from '../actors/master/scene.ts';
import { startHttpCluster } from '../kit/http-cluster.ts';
import { subscribeClient } from '../kit/scheduler-client.ts';

/** A scheduler that calls as often as it is told; what the allocator hears of it is counted. */
function stage(limits: RateLimits | undefined) {
  const rates = limits && new FrameworkRates(limits);
  const { say, advance, heard, subscribe, toAllocator } = scene(rates && { rates });
  const begin = (name: string, principal?: string) => {
    const one = subscribe(name, principal === undefined ? {} : { principal });
    heard(one.address);
    return {
      call: () => say(one.address, { type: 'revive', frameworkId: one.frameworkId, roles: [] }),
      ends: () =>
        heard(one.address).flatMap((each) =>
          each.type === 'subscriptionEnded' ? [each.message] : [],
        ),
    };
  };
  const revivals = () => heard(toAllocator).filter(({ type }) => type === 'revive').length;
  return { begin, advance, revivals };
}

const ONE_PER_SECOND = { callsPerSecond: 1 };

describe('RateLimitingTest', () => {
  test('NoRateLimiting: every call has its turn at once', () => {
    const { begin, revivals } = stage(undefined);
    const one = begin('one', 'p');
    for (let index = 0; index < 50; index++) one.call();
    equal(revivals(), 50);
  });

  test('RateLimitingEnabled: calls have their turns at equal distances', () => {
    const { begin, advance, revivals } = stage({
      limits: [{ principal: 'p', rate: ONE_PER_SECOND }],
    });
    const one = begin('one', 'p');
    for (let index = 0; index < 3; index++) one.call();
    equal(revivals(), 1);
    advance(999);
    equal(revivals(), 0);
    advance(1);
    equal(revivals(), 1);
    advance(1000);
    equal(revivals(), 1);
    advance(5000);
    equal(revivals(), 0);
  });

  test('DifferentPrincipalFrameworks: each has its own limit, one none, and the rest one together', () => {
    const { begin, advance, revivals } = stage({
      limits: [
        { principal: 'p', rate: ONE_PER_SECOND },
        { principal: 'q', rate: { callsPerSecond: 2 } },
        { principal: 'free' },
      ],
      aggregateDefault: { callsPerSecond: 1 },
    });
    const all = ['p', 'q', 'free', 'r', undefined].map((name) => begin(name ?? 'none', name));
    for (let index = 0; index < 3; index++) for (const one of all) one.call();
    // One of p, one of q, three of who is free, and one of the two that have none of their own.
    equal(revivals(), 6);
    advance(500);
    equal(revivals(), 1);
    advance(500);
    equal(revivals(), 3);
  });

  test('SamePrincipalFrameworks: their calls count together', () => {
    const { begin, advance, revivals } = stage({
      limits: [{ principal: 'p', rate: ONE_PER_SECOND }],
    });
    const [one, other] = [begin('one', 'p'), begin('other', 'p')];
    one.call();
    other.call();
    equal(revivals(), 1);
    advance(1000);
    equal(revivals(), 1);
  });

  test('CapacityReached: a framework whose call finds no room is told so, and its subscription ends', () => {
    const { begin, advance, revivals } = stage({
      limits: [{ principal: 'p', rate: { callsPerSecond: 1, capacity: 2 } }],
    });
    const one = begin('one', 'p');
    for (let index = 0; index < 3; index++) one.call();
    deepEqual(one.ends(), []);
    one.call();
    deepEqual(one.ends(), ['Message revive dropped: capacity(2) exceeded']);
    advance(1000);
    one.call();
    deepEqual([one.ends(), revivals()], [[], 2]);
  });
});

test('over HTTP a call waits its turn, and is answered by 429 where there is no room', async (t) => {
  const limits = [{ principal: 'p', rate: { callsPerSecond: 1, capacity: 2 } }];
  const rates = new FrameworkRates({ limits });
  const cluster = startHttpCluster({ seed: 1, agentCount: 0, masterOptions: { rates } });
  t.after(() => cluster.close());
  await cluster.world.runFor(2000);
  const client = await subscribeClient(cluster, { info: { principal: 'p' } });
  const calls = Array.from({ length: 5 }, () => client.call({ type: 'SUPPRESS', suppress: {} }));
  const answers = await Promise.all(calls);
  deepEqual(
    answers.map(({ status }) => status),
    [202, 202, 202, 429, 429],
  );
  const [refused] = answers.slice(3);
  deepEqual(
    [refused?.text, refused?.headers['Retry-After']],
    ['Message mesos.scheduler.Call dropped: capacity(2) exceeded', '1'],
  );
  const metrics = await cluster.get<Record<string, number>>('/metrics/snapshot');
  deepEqual(
    ['received', 'processed'].map((what) => metrics[`frameworks/p/messages_${what}`]),
    [3, 3],
  );
  await cluster.world.runFor(1000);
  equal((await client.call({ type: 'SUPPRESS', suppress: {} })).status, 202);
});

test('limits are read with the names that Mesos has, and what is wrong with them is said as there', () => {
  deepEqual(
    rateLimits.read(
      '{"limits":[{"principal":"p","qps":0.5,"capacity":9},{"principal":"q"}],"aggregate_default_qps":3}',
    ),
    {
      limits: [{ principal: 'p', rate: { callsPerSecond: 0.5, capacity: 9 } }, { principal: 'q' }],
      aggregateDefault: { callsPerSecond: 3 },
    },
  );
  const faultOf = (text: string) => {
    try {
      return rateLimits.read(text);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  deepEqual(
    [
      '{"limits":[{"principal":"p","qps":0}]}',
      '{"aggregate_default_qps":-1}',
      '{"limits":[{"principal":"p"},{"principal":"p"}]}',
    ].map(faultOf),
    [
      'Invalid qps: 0. It must be a positive number',
      'Invalid aggregate_default_qps: -1. It must be a positive number',
      'Duplicate principal p found in RateLimits configuration',
    ],
  );
});
