/**
 * One simulated life of a cluster: masters, fifty agents, five schedulers, and a swarm of faults.
 *
 *     chaos ──(faults heal)──▶ machines up ──▶ repair ──(all jobs have ended)──▶ plenty ──(all have had offers)──▶
 *     farewell ──(all is free)──▶ over
 *
 * The schedulers launch short tasks as long as the chaos lasts. Afterwards everything works again,
 * and within stated times every task must have ended and been heard of, and every framework must
 * have had an offer; then the frameworks are torn down, and everything must be free.
 */
import type { Oversubscription } from '../../actors/agent/oversubscription/oversubscription.ts';
import { fixedEstimator, loadController } from '../../actors/agent/oversubscription/policies.ts';
import { parseExecutorEnvironment } from '../../actors/framework/executor-environment.ts';
import type { ExecutorTimings } from '../../actors/framework/index.ts';
import { parseResources } from '../../actors/protocol/resource-text.ts';
import { type AgentLife, type Cluster, startCluster } from '../kit/cluster.ts';
import { isHttpWire } from '../kit/http-wire.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import { Caretakers } from './caretakers.ts';
import {
  drawFaultPlan,
  FAULT_KINDS,
  healEverything,
  scheduleFaults,
  type Victims,
} from './faults.ts';
import { type SimulatedFramework, startFramework } from './frameworks.ts';
import { openAgentDoor, openMasterDoor } from './http-doors.ts';
import { httpJobExecutor } from './http-job-executor.ts';
import { ClusterInvariants } from './invariants.ts';
import { jobExecutor } from './job-executor.ts';
import type { JobLedger } from './jobs.ts';
import { Operators } from './operators.ts';
import {
  knownFaults,
  type SeedOutcome,
  type SeedRun,
  type Simulation,
  sentencesOf,
  storyOf,
  TRACE_LINE_COUNT_MAX,
} from './simulation.ts';
import { Stewards } from './stewards.ts';
import { Tally } from './tally.ts';

/** One master forgets everything when it is started again; several don't. */
export interface ScenarioOptions extends SeedRun {
  readonly agentCount?: number;
  readonly schedulerCount?: number;
  readonly jobCountMax?: number;
  readonly chaosMs?: number;
}

/** That the cluster begins with. */
const WEIGHTS = [{ role: 'a', weight: 2 }];
/** Longer than a master waits for a framework that nobody knows to acknowledge its operations. */
const REPAIR_MS_MAX = 720_000;
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
/** A busy machine takes back what it has given a second time; one in some measurements finds it so. */
function oversubscriptionOf(seed: string): Oversubscription {
  const chance = seededRandom(seed).split('loads');
  return {
    estimator: fixedEstimator(parseResources('cpus:0.5')),
    controller: loadController({ fiveMinutes: 1 }),
    intervalMs: 1500,
    measure: async () => ({ cpuCount: 1, loads: chance.chance(0.1) ? [2, 2, 2] : [0, 0, 0] }),
  };
}

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
  readonly #frameworks: readonly SimulatedFramework[];
  readonly #tally = new Tally();
  readonly #invariants: ClusterInvariants;
  readonly #cluster: Cluster;
  readonly #victims: Victims;
  readonly #operators: Operators;
  readonly #caretakers: Caretakers;
  readonly #plan: ReturnType<typeof drawFaultPlan>;

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
    const firstLives: AgentLife[] = [];
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
        isSpared: isHttpWire,
      },
      errorsAreFaults: true,
      ports: { tcp: () => (ports.chance(0.1) ? 'late' : ports.chance(0.7)) },
      diskFaultProbability: this.#plan.diskFaultProbability,
      trace: { lineCountMax: traceLineCountMax },
      weights: WEIGHTS,
      ...(this.#plan.isOversubscribed && { oversubscription: oversubscriptionOf(seed) }),
      masterSettings: { agentReregisterTimeoutMs: 20_000 },
      programs: {
        'job-executor': ({ system, environment, machine, containerId }) =>
          system.spawn(jobExecutor, {
            ...parseExecutorEnvironment(environment),
            timings: EXECUTOR_TIMINGS,
            machine,
            containerId,
          }),
        'http-job-executor': ({ system, environment, machine, containerId }) => {
          const { frameworkId, executorId, agent } = parseExecutorEnvironment(environment);
          return system.spawn(httpJobExecutor, {
            ...{ machine, containerId, frameworkId, executorId, agent: agent.node },
            encoding: seededRandom(`${seed}/${containerId}`).pick(['json', 'protobuf'] as const),
            onSubscribed: (again) =>
              this.#tally.add(again ? 'executor streams renewed' : 'executor streams'),
          });
        },
      },
      onMaster: openMasterDoor,
      onAgent: (life) => {
        openAgentDoor(life);
        if (this.#plan.hasCaretakers) world?.guard(() => this.#caretakers.watch(life));
        // Those of the beginning are there before anybody who could care for them.
        if (world === undefined) firstLives.push(life);
      },
      onStarted: (agent, task) => {
        world?.guard(() => this.#invariants.onStarted(agent, task));
      },
    });
    world = this.#cluster.world;
    this.#random = world.random('scenario');
    const { jobCountMax, chaosMs } = this.#options;
    this.#frameworks = Array.from({ length: schedulerCount }, (_, index) => {
      const name = `jobs-${index + 1}`;
      const chance = this.#random.split(name);
      const framework = startFramework(this.#cluster, { name, chance, jobCountMax, chaosMs });
      this.#ledgers.push(framework.ledger);
      return framework;
    });
    const { nodes } = world;
    world.watchMessages(({ message }, node) => {
      const system = nodes.get(node)?.system;
      this.#invariants.onMessage(message, node, system);
      world?.guard(() => {
        Operators.checkLimits(message, system);
        Caretakers.checkLaunch(message, system);
      });
    });
    const count = (what: string) => this.#tally.add(what);
    this.#operators = new Operators(this.#cluster, WEIGHTS, world.random('operators'), count);
    if (this.#plan.hasOperators) this.#operators.begin(chaosMs);
    const stewards = new Stewards(this.#cluster, world.random('stewards'), count);
    if (this.#plan.hasOperators) stewards.begin(chaosMs);
    this.#caretakers = new Caretakers(this.#cluster, world.random('caretakers'), count);
    if (this.#plan.hasCaretakers) {
      for (const life of firstLives) this.#caretakers.watch(life);
      this.#caretakers.begin(chaosMs);
    }
    this.#victims = {
      machines: this.#cluster.agents.map(({ machine }) => machine),
      hosts: this.#cluster.agents,
      world,
      standIns: this.#frameworks.map(({ standIn }) => standIn),
      onFault: (kind) => this.#tally.add(`fault ${kind}`),
      masters: this.#cluster.masters,
      agents: this.#cluster.agents.map(({ node }) => node),
      schedulers: this.#frameworks.map(({ node }) => node),
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
      const shut = await this.#wait('maintenance', REPAIR_MS_MAX, () => this.#caretakers.open());
      if (shut.length > 0) return shut;
      const unfinished = await this.#wait('repair', REPAIR_MS_MAX, () => [
        ...this.#invariants.unfinished(this.#cluster),
        ...this.#operators.forgotten(),
        ...this.#caretakers.unsettled(),
      ]);
      if (unfinished.length > 0) return unfinished;
      // Nobody who may have nothing would ever be offered something.
      const kept = await this.#wait('removing quotas', REPAIR_MS_MAX, () => [
        ...this.#operators.end(),
        ...this.#caretakers.end(),
      ]);
      if (kept.length > 0) return kept;
      const freeMs = world.nowMs();
      const starving = await this.#wait('plenty', PLENTY_MS_MAX, () =>
        this.#invariants.starving(freeMs),
      );
      if (starving.length > 0) return starving;
      for (const framework of this.#frameworks) framework.leave();
      return await this.#wait('farewell', FAREWELL_MS_MAX, () =>
        this.#invariants.leaked(this.#cluster),
      );
    } catch (error) {
      return sentencesOf(error);
    }
  }

  outcome(broken: readonly string[]): SeedOutcome {
    const tally = this.#tally;
    for (const framework of this.#frameworks) tally.addFramework(framework);
    for (const { machine } of this.#cluster.agents) tally.addMachine(machine);
    return {
      seed: this.#options.seed,
      drawn: [this.#plan.mode, ...this.#plan.kinds],
      counts: tally.counts,
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
}
