/**
 * A master is killed and the next one begins with its registry: until the last agent is back with its
 * tasks, and until offers flow. Source: Mesos 1.11, src/tests/master_benchmarks.cpp,
 * AgentReregistrationDelay. What has ended before is not reported by our agents when they come back.
 */
import { closeCluster, openCluster, startMasterNode, sumOf } from './cluster.ts';
import { type MasterRow, mebibytes } from './load.ts';
import { untilCounted } from './processes.ts';

export interface FailoverSize {
  readonly agents: number;
  readonly frameworks: number;
  /** Of each framework on each agent. */
  readonly tasks: number;
}

const READY_TIMEOUT_MS = 120_000;

export async function measureFailover(size: FailoverSize): Promise<readonly MasterRow[]> {
  const cluster = await openCluster({
    ...{ agents: size.agents, frameworks: size.frameworks, outstanding: 0 },
    ...{ tasksPerOffer: 1, taskMs: 0, tasksOnReturn: size.tasks },
  });
  try {
    const { agents, frameworks } = cluster;
    await untilCounted('agents that are registered', size.agents, READY_TIMEOUT_MS, () =>
      sumOf(agents, 'registered'),
    );
    const askedBefore = await sumOf(agents, 'asked');
    const agentsBeforeMs = await sumOf(agents, 'cpuMs');
    await cluster.master.kill();
    await frameworks.ask({ type: 'begin' });
    const next = await startMasterNode(cluster.directory, cluster.port);
    cluster.master = next;
    const startedMs = Number(next.ready['startedMs']);
    await untilCounted('agents that are back', size.agents, READY_TIMEOUT_MS, () =>
      sumOf(agents, 'returned'),
    );
    await untilCounted('offers', size.agents, READY_TIMEOUT_MS, () =>
      sumOf([frameworks], 'offersSince'),
    );
    const figures = await next.ask({ type: 'figures' });
    const said = await Promise.all(agents.map((one) => one.ask({ type: 'figures' })));
    const last = Math.max(...said.map((one) => Number(one['lastBackMs'])));
    const askedCount = said.reduce((sum, one) => sum + Number(one['asked']), 0) - askedBefore;
    const agentsCpuMs = said.reduce((sum, one) => sum + Number(one['cpuMs']), 0) - agentsBeforeMs;
    const offered = await frameworks.ask({ type: 'figures' });
    const seconds = (ms: number) => `${((ms - startedMs) / 1000).toFixed(2)} s`;
    const taskCount = size.agents * size.frameworks * size.tasks;
    const cpuMs = Number(figures['cpuMs']);
    return [
      { what: 'until the last agent is back', figure: seconds(last), wanted: '' },
      {
        what: 'until the first offer',
        figure: seconds(Number(offered['firstOfferMs'])),
        wanted: '',
      },
      {
        what: 'until each agent was offered',
        figure: seconds(Number(offered['allOfferedMs'])),
        wanted: '',
      },
      {
        what: 'times that an agent asked to be back',
        figure: (askedCount / size.agents).toFixed(1),
        wanted: '',
      },
      {
        what: "the master's CPU",
        figure: `${(cpuMs / 1000).toFixed(2)} s, ${((cpuMs * 1000) / taskCount).toFixed(0)} µs for each of ${taskCount} tasks`,
        wanted: '',
      },
      {
        what: `CPU of ${agents.length} processes that play agents`,
        figure: `${(agentsCpuMs / 1000).toFixed(2)} s`,
        wanted: '',
      },
      {
        what: "the master's loop between two ticks, CPU time",
        figure: `p99 ${Number(figures['stallP99Ms']).toFixed(1)} ms, at most ${Number(figures['stallMaxMs']).toFixed(1)} ms`,
        wanted: '',
      },
      { what: 'peak memory', figure: mebibytes(Number(figures['peakBytes'])), wanted: '' },
    ];
  } finally {
    await closeCluster(cluster);
  }
}
