/** What reading the allocator's metrics costs. Source: Mesos 1.11, hierarchical_allocator_tests.cpp. */
import { allocatorGauges } from '../../../actors/master/allocator/gauges.ts';
import type { MasterMetrics } from '../../../actors/master/metrics/master-metrics.ts';
import { parseResources } from '../../../actors/protocol/resource-text.ts';
import { addAgents, addFrameworks, frameworkIdOf } from './cluster.ts';
import { type Case, timed } from './figures.ts';
import { openStage } from './stage.ts';

export const metricsCases: Readonly<Record<string, Case>> = {
  Metrics({ agents, frameworks }, _variant, say) {
    const stage = openStage();
    addFrameworks(stage, frameworks, String);
    addAgents(stage, agents, () => parseResources('cpus:16;mem:2048;disk:1024'));
    stage.decide();
    const shown = Array.from({ length: frameworks }, (_, number) => ({
      frameworkId: frameworkIdOf(number),
      prefix: `master/frameworks/framework-${number}/`,
    }));
    // Of a framework's counters, the allocator reads no more than its name.
    const metrics = { shownFrameworks: () => shown } as unknown as MasterMetrics;
    const read = () => [...allocatorGauges(stage.state, metrics, 0)];
    read();
    const { value, cpuMs } = timed(read);
    say({ what: 'snapshot', count: 1, cpuMs, note: `${value.length} gauges` });
  },
};
