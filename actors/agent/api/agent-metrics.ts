/**
 * All metrics of an agent's node. None of them has to be asked for, so that a timeout, however short, is
 * always kept.
 */
import { machineGauges } from '../../../transport/http/node/machine.ts';
import type { Metrics, Tally } from '../../protocol/metrics/tally.ts';
import type { NodeAnswers } from './node-answers.ts';
import type { NodeFacts } from './node-facts.ts';

export function agentMetrics(tally: Tally, answers: NodeAnswers, facts: NodeFacts): Metrics {
  const nowMs = answers.nowMs();
  const { counters, gauges, durations } = tally.read(nowMs);
  return {
    counters,
    gauges: new Map([
      ['slave/uptime_secs', (nowMs - answers.startedMs()) / 1000],
      ...machineGauges(facts.machine()),
      ...gauges,
    ]),
    durations,
  };
}
