/**
 * One simulated life of a cluster: masters, fifty agents, five schedulers, and a swarm of faults.
 *
 *     chaos ──(faults heal)──▶ repair ──(all jobs have ended)──▶ plenty ──(all have had offers)──▶
 *     farewell ──(all is free)──▶ over
 *
 * The schedulers launch short tasks as long as the chaos lasts. Afterwards everything works again,
 * and within stated times every task must have ended and been heard of, and every framework must
 * have had an offer; then the frameworks are torn down, and everything must be free.
 */
import { parseExecutorEnvironment } from '../../actors/framework/executor-environment.ts';
import type { ExecutorTimings } from '../../actors/framework/index.ts';
import type { SchedulerMessage } from '../../actors/protocol/messages.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import type { Address } from '../../runtime/actor.ts';
import { type Cluster, SCHEDULER_TIMINGS, startCluster } from '../kit/cluster.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import type { VirtualNode } from '../kit/virtual-world.ts';
import {
  drawFaultPlan,
  FAULT_KINDS,
  healEverything,
  scheduleFaults,
  type Victims,
} from './faults.ts';
import { ClusterInvariants } from './invariants.ts';
import { jobExecutor } from './job-executor.ts';
import { type JobLedger, type JobOptions, jobLedger, jobScheduler } from './job-scheduler.ts';
import {
  knownFaults,
  type SeedOutcome,
  type SeedRun,
  type Simulation,
  sentencesOf,
  storyOf,
  TRACE_LINE_COUNT_MAX,
} from './simulation.ts';

/** One master forgets everything when it is started again; several don't. */
export interface ScenarioOptions extends SeedRun {
  readonly agentCount?: number;
  readonly schedulerCount?: number;
  readonly jobCountMax?: number;
  readonly chaosMs?: number;
}

const REPAIR_MS_MAX = 600_000;
/** A tenth of production's, like the times of the kit. */
const EXECUTOR_TIMINGS: Partial<ExecutorTimings> = {
  registerDelayMsMin: 50,
  registerDelayMsMax: 1500,
  reregisterDelayMsMax: 250,
  agentLostMs: 90_000,
  repeatDelayMsMin: 200,
  repeatDelayMsMax: 6000,
};
const PLENTY_MS_MAX = 60_000;
/** Longer than any failover timeout. */
const FAREWELL_MS_MAX = 180_000;
const SHAPES = ['cpus:1;mem:512', 'cpus:0.5;mem:128', 'cpus:1;mem:1024', 'cpus:0.1;mem:32'].map(
  (text) => parseResources(text),
);

export async function runScenario(options: ScenarioOptions): Promise<SeedOutcome> {
  const scenario = new Scenario(options);
  const broken = await scenario.run();
  const outcome = scenario.outcome(broken);
  await scenario.close();
  return outcome;
}

export const simulation: Simulation = { run: runScenario };

class Scenario {
  readonly #options: Required<Omit<ScenarioOptions, 'faults'>>;
  readonly #random: Random;
  readonly #ledgers: JobLedger[] = [];
  readonly #invariants: ClusterInvariants;
  readonly #cluster: Cluster;
  readonly #victims: Victims;
  readonly #plan: ReturnType<typeof drawFaultPlan>;
  /** Each starts another scheduler that takes over one of the frameworks. */
  readonly #standIns: (() => void)[] = [];
  /** Where each scheduler's present life listens. */
  readonly #schedulers = new Map<string, Address<SchedulerMessage | { readonly type: 'leave' }>>();

  constructor({ faults, ...options }: ScenarioOptions) {
    this.#options = {
      masterCount: 1,
      agentCount: 50,
      schedulerCount: 5,
      jobCountMax: 45,
      chaosMs: 30_000,
      checkIntervalSteps: 1,
      traceLineCountMax: TRACE_LINE_COUNT_MAX,
      ...options,
    };
    const { seed, masterCount, agentCount, schedulerCount, traceLineCountMax } = this.#options;
    this.#invariants = new ClusterInvariants(this.#ledgers);
    let world: Cluster['world'] | undefined;
    // The plan is part of the seed as everything else, but drawn before there is a world.
    this.#plan = drawFaultPlan(seededRandom(seed).split('plan'), knownFaults(FAULT_KINDS, faults));
    const ports = seededRandom(seed).split('ports');
    this.#cluster = startCluster({
      seed,
      masterCount,
      agentCount,
      agentResources: (index) =>
        parseResources(index % 5 === 0 ? 'cpus:4;mem:4096;disk:1024' : 'cpus:1;mem:1024;disk:1024'),
      network: {
        mode: this.#plan.mode,
        silenceMsMax: 3000,
        dialTimeoutMs: 3000,
        ...this.#plan.network,
      },
      errorsAreFaults: true,
      ports: { tcp: () => (ports.chance(0.1) ? 'late' : ports.chance(0.7)) },
      diskFaultProbability: this.#plan.diskFaultProbability,
      trace: { lineCountMax: traceLineCountMax },
      weights: [{ role: 'a', weight: 2 }],
      masterSettings: { agentReregisterTimeoutMs: 20_000 },
      programs: {
        'job-executor': ({ system, environment, machine, containerId }) =>
          system.spawn(jobExecutor, {
            ...parseExecutorEnvironment(environment),
            timings: EXECUTOR_TIMINGS,
            machine,
            containerId,
          }),
      },
      onStarted: (agent, task) => {
        world?.guard(() => this.#invariants.onStarted(agent, task));
      },
    });
    world = this.#cluster.world;
    this.#random = world.random('scenario');
    const schedulers = Array.from({ length: schedulerCount }, (_, index) =>
      this.#startScheduler(index),
    );
    this.#victims = {
      machines: this.#cluster.agents.map(({ machine }) => machine),
      hosts: this.#cluster.agents,
      world,
      standIns: this.#standIns,
      masters: this.#cluster.masters,
      agents: this.#cluster.agents.map(({ node }) => node),
      schedulers,
    };
    scheduleFaults(this.#plan, this.#victims, world.random('faults'), this.#options.chaosMs);
    const { checkIntervalSteps } = this.#options;
    world.afterEachStep(() => {
      if (this.#cluster.world.stepCount() % checkIntervalSteps === 0) {
        this.#invariants.checkMaster(this.#cluster);
      }
    });
  }

  /** @returns what broke */
  async run(): Promise<string[]> {
    const { world } = this.#cluster;
    try {
      await world.runFor(this.#options.chaosMs);
      for (const ledger of this.#ledgers) ledger.closed = true;
      healEverything(this.#victims);
      const unfinished = await this.#wait('repair', REPAIR_MS_MAX, () =>
        this.#invariants.unfinished(this.#cluster),
      );
      if (unfinished.length > 0) return unfinished;
      const freeMs = world.nowMs();
      const starving = await this.#wait('plenty', PLENTY_MS_MAX, () =>
        this.#invariants.starving(freeMs),
      );
      if (starving.length > 0) return starving;
      for (const [node, address] of this.#schedulers) {
        world.nodes.get(node)?.system.send(address, { type: 'leave' });
      }
      return await this.#wait('farewell', FAREWELL_MS_MAX, () =>
        this.#invariants.leaked(this.#cluster),
      );
    } catch (error) {
      return sentencesOf(error);
    }
  }

  outcome(broken: readonly string[]): SeedOutcome {
    const counts: Record<string, number> = { jobs: 0 };
    const count = (what: string) => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    for (const ledger of this.#ledgers) {
      for (const { ended, group } of ledger.jobs.values()) {
        count('jobs');
        if (group !== undefined) count('in groups');
        count(ended ?? (ledger.over === undefined ? 'open' : 'with framework'));
      }
    }
    return {
      seed: this.#options.seed,
      drawn: [this.#plan.mode, ...this.#plan.kinds],
      counts,
      broken,
      ...storyOf(this.#cluster.world),
    };
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  /** Lets time pass until nothing is left to say. @returns what is left to say in the end */
  async #wait(what: string, limitMs: number, faultsNow: () => string[]): Promise<string[]> {
    const { world } = this.#cluster;
    const endMs = world.elapsedMs() + limitMs;
    let faults = faultsNow();
    while (faults.length > 0 && world.elapsedMs() < endMs) {
      await world.runFor(500);
      faults = faultsNow();
    }
    return faults.map((fault) => `After ${limitMs / 1000} s of ${what}: ${fault}`);
  }

  #startScheduler(index: number): VirtualNode {
    const name = `jobs-${index + 1}`;
    const chance = this.#random.split(name);
    const ledger = jobLedger(name);
    this.#ledgers.push(ledger);
    const info: JobOptions['info'] = {
      roles: [chance.pick(['*', 'a', 'b'])],
      // Some are removed when their scheduler stays away for long.
      failoverTimeoutMs: chance.pick([5000, 120_000, 120_000]),
      capabilities: [
        ...(chance.chance(0.5) ? (['partitionAware'] as const) : []),
        ...(chance.chance(0.5) ? (['taskKillingState'] as const) : []),
      ],
    };
    const sleepMsMax = chance.pick([2000, 20_000]);
    const customExecutor = chance.chance(0.3);
    const node = `${name}:${chance.pick([0, 6000])}`;
    const start = (where: string) =>
      this.#cluster.startScheduler(where, ({ system, masters }) => {
        if (ledger.over !== undefined) return;
        const life = ++ledger.life;
        const address = system.spawn(jobScheduler, {
          masters,
          timings: SCHEDULER_TIMINGS,
          ...(ledger.frameworkId === undefined ? {} : { frameworkId: ledger.frameworkId }),
          ledger,
          life,
          info,
          jobCountMax: this.#options.jobCountMax,
          jobsPerSecond: (1200 * this.#options.jobCountMax) / this.#options.chaosMs,
          shapes: SHAPES,
          sleepMsMin: 50,
          sleepMsMax,
          failProbability: 0.1,
          killProbability: 0.1,
          customExecutor,
          groupProbability: 0.3,
          askIntervalMs: 5000,
        });
        this.#schedulers.set(where, address);
      });
    let standInCount = 0;
    this.#standIns.push(() => {
      if (ledger.over === undefined && ledger.frameworkId !== undefined) {
        start(`${name}-${++standInCount}:0`);
      }
    });
    return start(node);
  }
}
