/** Replicated logs in a virtual world: the same claims for one master and for three. */
import { startCluster } from '../../../kit/cluster.ts';
import { replicatedLogSuite } from '../../../kit/replicated-log-suite.ts';

replicatedLogSuite('of one master', () => startCluster({ seed: 1, agentCount: 0 }));
replicatedLogSuite('of three masters', () =>
  startCluster({ seed: 2, agentCount: 0, masterCount: 3 }),
);
