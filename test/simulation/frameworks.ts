/**
 * The frameworks of a simulated cluster: which language each speaks and how it does its work is drawn, and
 * each can be taken over by another scheduler.
 */
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { Address } from '../../runtime/actor.ts';
import { type Cluster, SCHEDULER_TIMINGS } from '../kit/cluster.ts';
import type { Random } from '../kit/random.ts';
import type { VirtualNode } from '../kit/virtual-world.ts';
import { httpJobScheduler } from './http-job-scheduler.ts';
import { jobScheduler } from './job-scheduler.ts';
import { type CustomExecutor, type JobLedger, type JobOptions, jobLedger } from './jobs.ts';

const SHAPES = ['cpus:1;mem:512', 'cpus:0.5;mem:128', 'cpus:1;mem:1024', 'cpus:0.1;mem:32'].map(
  (text) => parseResources(text),
);

export interface SimulatedFramework {
  readonly ledger: JobLedger;
  readonly speaks: 'sdk' | 'http';
  readonly customExecutor: CustomExecutor;
  /** Of its first scheduler. */
  readonly node: VirtualNode;
  /** Another scheduler takes over. */
  standIn(): void;
  /** All its schedulers are told to end it. */
  leave(): void;
}

export interface FrameworkPlan {
  readonly name: string;
  readonly chance: Random;
  readonly jobCountMax: number;
  readonly chaosMs: number;
}

export function startFramework(
  cluster: Cluster,
  { name, chance, jobCountMax, chaosMs }: FrameworkPlan,
): SimulatedFramework {
  // The tasks of some end with their agent's process.
  const checkpoint = chance.chance(0.85);
  const ledger = jobLedger(name, checkpoint);
  const role = chance.pick(['*', 'a', 'b']);
  const info: JobOptions['info'] = {
    roles: [role],
    // Some are removed when their scheduler stays away for long.
    failoverTimeoutMs: chance.pick([5000, 120_000, 120_000]),
    checkpoint,
    capabilities: [
      ...(chance.chance(0.5) ? (['partitionAware'] as const) : []),
      ...(chance.chance(0.5) ? (['taskKillingState'] as const) : []),
      ...(chance.chance(0.5) ? (['sharedResources'] as const) : []),
      ...(chance.chance(0.5) ? (['revocableResources'] as const) : []),
    ],
  };
  const speaks = chance.pick(['sdk', 'sdk', 'http'] as const);
  const encoding = chance.pick(['json', 'protobuf'] as const);
  const customExecutor = chance.pick(['none', 'none', 'none', 'sdk', 'http'] as const);
  const common = {
    ledger,
    info,
    jobCountMax,
    jobsPerSecond: (1200 * jobCountMax) / chaosMs,
    shapes: SHAPES,
    sleepMsMin: 50,
    sleepMsMax: chance.pick([2000, 20_000]),
    failProbability: 0.1,
    killProbability: 0.1,
    customExecutor,
    groupProbability: 0.3,
    // What is nobody's can't be kept for anybody.
    keepProbability: role === '*' ? 0 : 0.3,
    askIntervalMs: 5000,
  };
  /** Where each scheduler's present life listens. */
  const schedulers = new Map<string, Address<{ readonly type: 'leave' }>>();
  let standInCount = 0;

  function start(where: string): VirtualNode {
    return cluster.startScheduler(where, ({ system, masters }) => {
      if (ledger.over !== undefined) return;
      const options = { ...common, life: ++ledger.life };
      if (speaks === 'http') {
        const nodes = masters.map(({ node }) => node);
        schedulers.set(
          where,
          system.spawn(httpJobScheduler, { ...options, encoding, masters: nodes }),
        );
        return;
      }
      const { frameworkId } = ledger;
      const known = frameworkId === undefined ? {} : { frameworkId };
      const driver = { masters, timings: SCHEDULER_TIMINGS, ...known };
      schedulers.set(where, system.spawn(jobScheduler, { ...driver, ...options }));
    });
  }

  return {
    ledger,
    speaks,
    customExecutor,
    node: start(`${name}:${chance.pick([0, 6000])}`),
    standIn() {
      if (ledger.over === undefined && ledger.frameworkId !== undefined) {
        start(`${name}-${++standInCount}:0`);
      }
    },
    leave() {
      for (const [node, scheduler] of schedulers) {
        cluster.world.nodes.get(node)?.system.send(scheduler, { type: 'leave' });
      }
    },
  };
}
