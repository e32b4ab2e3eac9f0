/** Rules: Mesos 1.11, docs/monitoring.md; Prometheus, metric and label naming, exposition formats. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { flatMetrics } from '../../../../actors/protocol/metrics/flat-metrics.ts';
import { inTime } from '../../../../actors/protocol/metrics/in-time.ts';
import { prometheusText } from '../../../../actors/protocol/metrics/prometheus-text.ts';
import { Tally } from '../../../../actors/protocol/metrics/tally.ts';

const textOf = (tally: Tally) => prometheusText(tally.read(0));

test('counters that are named beforehand are there at 0, others when they are counted', () => {
  const tally = new Tally(['master/tasks_lost']);
  tally.count('master/tasks_gone', 2);
  deepEqual(flatMetrics(tally.read(0)), { 'master/tasks_gone': 2, 'master/tasks_lost': 0 });
});

test('gauges are read when somebody asks, and end with their actor', () => {
  const tally = new Tally();
  let value = 1;
  tally.gauges('actor', () => [['slave/registered', value]]);
  value = 5;
  deepEqual(flatMetrics(tally.read(0)), { 'slave/registered': 5 });
  tally.gauges('actor', () => [['slave/registered', 0]]);
  deepEqual(flatMetrics(tally.read(0)), { 'slave/registered': 0 });
  tally.endGauges('actor');
  deepEqual(flatMetrics(tally.read(0)), {});
});

test('a duration is shown by the last one, and from the second on by percentiles', () => {
  const tally = new Tally();
  tally.time('registrar/state_store_ms', 4, 0);
  deepEqual(flatMetrics(tally.read(0)), { 'registrar/state_store_ms': 4 });
  tally.time('registrar/state_store_ms', 8, 0);
  equal(
    Object.keys(flatMetrics(tally.read(0))).join(' '),
    'registrar/state_store_ms registrar/state_store_ms/count registrar/state_store_ms/max ' +
      'registrar/state_store_ms/min registrar/state_store_ms/p50 registrar/state_store_ms/p90 ' +
      'registrar/state_store_ms/p95 registrar/state_store_ms/p99 registrar/state_store_ms/p999 ' +
      'registrar/state_store_ms/p9999',
  );
});

test('Prometheus is told counters with _total, gauges, and durations as summaries in seconds', () => {
  const tally = new Tally(['master/tasks_failed']);
  tally.gauges('x', () => [['master/elected', 1]]);
  tally.time('allocator/mesos/allocation_run_ms', 1000, 0);
  tally.time('allocator/mesos/allocation_run_ms', 3000, 0);
  equal(
    textOf(tally),
    `# HELP mesos_allocator_allocation_run_seconds How long a round took
# TYPE mesos_allocator_allocation_run_seconds summary
mesos_allocator_allocation_run_seconds{quantile="0.5"} 2
mesos_allocator_allocation_run_seconds{quantile="0.9"} 2.8
mesos_allocator_allocation_run_seconds{quantile="0.95"} 2.9
mesos_allocator_allocation_run_seconds{quantile="0.99"} 2.98
mesos_allocator_allocation_run_seconds{quantile="0.999"} 2.998
mesos_allocator_allocation_run_seconds{quantile="0.9999"} 2.9998
mesos_allocator_allocation_run_seconds_sum 4
mesos_allocator_allocation_run_seconds_count 2
# HELP mesos_master_elected Whether this master leads
# TYPE mesos_master_elected gauge
mesos_master_elected 1
# HELP mesos_master_tasks_failed_total Tasks that ended, by the state failed
# TYPE mesos_master_tasks_failed_total counter
mesos_master_tasks_failed_total 0
`,
  );
});

test('what Mesos has in a name is a label, whatever it is', () => {
  const tally = new Tally();
  tally.count('master/frameworks/a%2Fb%22%0A/id-1/calls/subscribe');
  tally.count('master/frameworks/x/id-2/calls/subscribe', 3);
  tally.count('master/task_lost/source_slave/reason_executor_terminated');
  tally.gauges('x', () => [
    ['allocator/mesos/offer_filters/roles/eng/ml/active', 2],
    ['allocator/mesos/resources/cpus/total', 8],
  ]);
  const text = textOf(tally);
  match(
    text,
    /^mesos_master_framework_calls_by_type_total\{framework="a\/b\\"\\n",framework_id="id-1",type="subscribe"\} 1\nmesos_master_framework_calls_by_type_total\{framework="x",framework_id="id-2",type="subscribe"\} 3$/m,
  );
  match(
    text,
    /^mesos_master_task_ends_total\{state="lost",source="slave",reason="executor_terminated"\} 1$/m,
  );
  match(text, /^mesos_allocator_offer_filters\{role="eng\/ml"\} 2$/m);
  match(text, /^mesos_allocator_resources_total\{resource="cpus"\} 8$/m);
});

test('what is not told in time is left out, and with no time at all it is not asked for', async () => {
  const timers: { delayMs: number; run: () => void; cancelled: boolean }[] = [];
  const host = {
    setTimer(delayMs: number, run: () => void) {
      const timer = { delayMs, run, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  };
  let askedCount = 0;
  const never = () => {
    askedCount++;
    return new Promise<number>(() => {});
  };
  equal(await inTime(never, 0, host), undefined);
  equal(await inTime(never, -5, host), undefined);
  equal(askedCount, 0);
  const waiting = inTime(never, 1e15, host);
  deepEqual([askedCount, timers[0]?.delayMs], [1, 1e15]);
  timers[0]?.run();
  equal(await waiting, undefined);
  equal(await inTime(async () => 7, 10, host), 7);
  equal(timers[1]?.cancelled, true);
  equal(await inTime(async () => 8, undefined, host), 8);
  equal(timers.length, 2);
});
