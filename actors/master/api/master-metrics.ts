/**
 * All metrics of a master's node: what its actors count and show of themselves, at once; and how many
 * there are of what in the cluster, which is asked of those who read for others, as long as there is time.
 * Of a master that doesn't lead: what its node has counted, and that it doesn't.
 */
import type { System } from '../../../runtime/system.ts';
import { machineGauges } from '../../../transport/http/node/machine.ts';
import { MASTER_NAME } from '../../protocol/messages.ts';
import { inTime } from '../../protocol/metrics/in-time.ts';
import type { Metrics } from '../../protocol/metrics/tally.ts';
import { tallyEntries } from '../metrics/framework-tally.ts';
import type { NodeFacts } from './node-facts.ts';
import type { Reader } from './reader.ts';

export interface MasterMetricsParts {
  readonly reader: Reader;
  readonly facts: NodeFacts;
  /** Undefined while there are no actors yet. */
  readonly system: () => System | undefined;
}

/** @param timeoutMs undefined: as long as it takes */
export type ReadMetrics = (timeoutMs: number | undefined) => Promise<Metrics>;

export function metricsReader({ reader, facts, system }: MasterMetricsParts): ReadMetrics {
  const { reads } = reader;
  return async (timeoutMs) => {
    const frameworkCountMax = reads.metrics.frameworksShownMax;
    const asked = await inTime(
      () => reader.answer({ kind: 'gauges', frameworkCountMax }),
      timeoutMs,
      system()?.host,
    );
    const own = reads.metrics.read(reader.nowMs());
    const counters = new Map(own.counters);
    for (const { prefix, tally } of reads.metrics.shownFrameworks()) {
      for (const [name, count] of tallyEntries(tally)) counters.set(prefix + name, count);
    }
    const master = system()?.actorMetrics(MASTER_NAME);
    counters.set('master/dropped_messages', master?.deadCount ?? 0);
    const gauges = new Map<string, number>([
      ['master/elected', 0],
      ['master/uptime_secs', Math.max(0, reader.nowMs() - facts.startedMs()) / 1000],
      ['master/operator_event_stream_subscribers', reads.subscriberCount],
      ['master/event_queue_messages', master?.waitingCount ?? 0],
      ['master/event_queue_dispatches', 0],
      ['master/event_queue_http_requests', reads.waitingCount],
      ...machineGauges(facts.machine()),
      ...own.gauges,
    ]);
    const queued = system()?.actorMetrics(ALLOCATOR_NAME)?.waitingCount;
    if (queued !== undefined) gauges.set('allocator/mesos/event_queue_dispatches', queued);
    for (const [name, value] of asked === undefined ? [] : numbersIn(asked.body)) {
      gauges.set(name, value);
    }
    return { counters, gauges, durations: own.durations };
  };
}

/** As the master names it. */
const ALLOCATOR_NAME = 'allocator';

function numbersIn(body: Uint8Array): Iterable<[string, number]> {
  return Object.entries(JSON.parse(new TextDecoder().decode(body)));
}
