/**
 * One simulated beginning of a cluster, or of several, and what came of it.
 *
 *     machines start, early or late ──▶ chaos ──(lists are put right, all is healed)──▶ repair ──▶ judgement
 *
 * Whole hosts with their directories on disks of a virtual world. An operator does what the hosts say:
 * adds who asks for it, gives an empty directory to who was sent away. What must always hold is
 * checked after each turn; in the end everybody is a member of one cluster that writes.
 */
import type { Proposed } from '../../../consensus/replica-messages.ts';
import { type Random, seededRandom } from '../../kit/random.ts';
import { VirtualWorld } from '../../kit/virtual-world.ts';
import {
  knownFaults,
  type SeedOutcome,
  type SeedRun,
  type Simulation,
  sentencesOf,
  storyOf,
  TRACE_LINE_COUNT_MAX,
} from '../simulation.ts';
import { scheduleFoundingFaults } from './faults.ts';
import { FoundingInvariants } from './invariants.ts';
import { drawPlan, FOUNDING_FAULTS, type FoundingPlan } from './plan.ts';
import { ELECTION_TICKS, Seat, TICK_MS } from './seat.ts';

const CHAOS_MS = 6000;
const REPAIR_MS_MAX = 90_000;
const ATTEMPT_MS = 500;
/** A process that ended by itself is started again by whoever looks after the machine. */
const RESTART_MS = 400;
const PROPOSE_MS = 150;

export const simulation: Simulation = {
  async run(run) {
    const faults = knownFaults(FOUNDING_FAULTS, run.faults);
    const plan = await drawPlan(seededRandom(run.seed).split('plan'), faults);
    const scenario = new FoundingScenario(run, plan);
    const broken = await scenario.run();
    const outcome = scenario.outcome(broken);
    await scenario.close();
    return outcome;
  },
};

class FoundingScenario {
  readonly #seed: string;
  readonly #plan: FoundingPlan;
  readonly #world: VirtualWorld;
  readonly #random: Random;
  readonly #seats: Seat[];
  readonly #invariants: FoundingInvariants;
  readonly #counts: Record<string, number> = {};
  readonly #proposals = new Map<number, { readonly clusterId: string; readonly text: string }>();
  #nextNumber = 1;
  #isRepairing = false;

  constructor({ seed, traceLineCountMax = TRACE_LINE_COUNT_MAX }: SeedRun, plan: FoundingPlan) {
    this.#seed = seed;
    this.#plan = plan;
    const silenceMs = 4 * TICK_MS * ELECTION_TICKS;
    this.#world = new VirtualWorld({
      seed,
      network: { silenceMsMax: silenceMs, dialTimeoutMs: silenceMs },
      trace: { lineCountMax: traceLineCountMax },
      // Whoever can't use its disk, or was sent away, says so and ends.
      errorsAreFaults: ({ text }) =>
        !/^(This replica ends|Cannot (use|found|lock|write))/.test(text),
    });
    this.#random = this.#world.random('scenario');
    const watcher = {
      proposed: (_: Seat, message: Proposed) => this.#proposed(message),
      ended: (seat: Seat, reason: string | undefined) => this.#ended(seat, reason),
    };
    this.#seats = [...plan.lists].map(([name, list]) => new Seat(this.#world, name, list, watcher));
    this.#invariants = new FoundingInvariants(this.#seats);
  }

  /** @returns what broke */
  async run(): Promise<readonly string[]> {
    const world = this.#world;
    world.afterEachStep(() => this.#invariants.afterStep());
    const late = this.#random.split('late');
    for (const seat of this.#seats) {
      const isLate = this.#plan.faults.has('late') && late.chance(0.5);
      world.at(isLate ? late.between(200, 4000) : late.exponential(20), () => seat.start());
    }
    scheduleFoundingFaults(this.#plan.faults, {
      world,
      seats: this.#seats,
      endMs: CHAOS_MS,
      random: this.#random.split('faults'),
      count: (what) => this.#count(what),
      isOver: () => this.#isRepairing,
    });
    this.#proposeAgain();
    try {
      await world.runFor(CHAOS_MS);
      await this.#repair();
      this.#invariants.inTheEnd();
      return [];
    } catch (error) {
      return sentencesOf(error);
    }
  }

  outcome(broken: readonly string[]): SeedOutcome {
    const { listKind, faults, lists } = this.#plan;
    return {
      seed: this.#seed,
      drawn: [`${lists.size}`, listKind, ...faults],
      counts: {
        ...this.#counts,
        founded: this.#invariants.foundedCount,
        joined: this.#invariants.joinedCount,
        acknowledged: this.#invariants.acknowledgedCount,
      },
      broken,
      ...storyOf(this.#world),
    };
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  // ---------------------------------------------------------------------------------- repair

  async #repair(): Promise<void> {
    this.#isRepairing = true;
    const world = this.#world;
    world.note('All is healed, and everybody is told the same');
    world.network.heal();
    world.network.setFaults({ lossProbability: 0, delayMsMean: 0.3 });
    // Long enough for who still stands still, and for what was heard long ago to be forgotten.
    await world.runFor(3000);
    for (const seat of this.#seats) {
      this.#saysWhy(seat);
      const { list } = seat;
      seat.list = this.#plan.masters.includes(seat.name)
        ? this.#plan.masters
        : [seat.name, ...this.#plan.masters];
      if (seat.running && list.toString() !== seat.list.toString()) seat.crash('process');
      if (seat.sentAway === undefined) seat.start();
    }
    for (let waitedMs = 0; !this.#isWhole(); waitedMs += ATTEMPT_MS) {
      if (waitedMs >= REPAIR_MS_MAX) throw new Error(`They do not come together: ${this.#view()}`);
      await world.runFor(ATTEMPT_MS);
      this.#operate();
    }
    const before = this.#invariants.acknowledgedCount;
    await world.runUntil(() => this.#invariants.acknowledgedCount > before, REPAIR_MS_MAX);
    await world.runFor(1000);
  }

  /** Who runs and belongs to no cluster says what it waits for; who ended has said why. */
  #saysWhy(seat: Seat): void {
    const inside = seat.inside();
    if (inside?.seeking === undefined || inside.seeking.founding) return;
    if (inside.seeking.waitsFor === '')
      throw new Error(`${seat.name} does not say what it waits for`);
  }

  #isWhole(): boolean {
    const leader = this.#leader();
    const status = leader?.status();
    if (leader === undefined || status === undefined) return false;
    const { clusterId } = leader.membership() ?? {};
    const { voters, votersOutgoing, learners } = status.membership;
    return (
      votersOutgoing.length + learners.length === 0 &&
      voters.length === this.#seats.length &&
      this.#seats.every((seat) => {
        const membership = seat.membership();
        return membership?.clusterId === clusterId && voters.includes(membership?.memberId ?? 0);
      })
    );
  }

  /** Does what the hosts say. */
  #operate(): void {
    const leader = this.#leader();
    for (const seat of this.#seats) {
      if (seat.sentAway !== undefined) {
        // One of two clusters has to go: the other one's members said so.
        this.#count('sentAway');
        seat.wipe();
        seat.start();
      } else if (!seat.running) seat.start();
      else if (/messor masters add/.test(seat.inside()?.seeking?.waitsFor ?? '')) {
        leader?.wish('addMember', seat.name);
      }
    }
  }

  #leader(): Seat | undefined {
    return this.#seats
      .map((seat) => ({ seat, status: seat.status() }))
      .filter(({ status }) => status?.role === 'leader')
      .sort((one, other) => (other.status?.term ?? 0) - (one.status?.term ?? 0))[0]?.seat;
  }

  #view(): string {
    return this.#seats
      .map((seat) => {
        const { clusterId = 'no cluster', memberId = '-' } = seat.membership() ?? {};
        const state = seat.running ? seat.inside()?.seeking?.waitsFor : (seat.sentAway ?? 'down');
        return `${seat.name} ${clusterId}/${memberId} ${state ?? seat.status()?.role}`;
      })
      .join('; ');
  }

  // ------------------------------------------------------------------------------ what happens

  #ended(seat: Seat, reason: string | undefined): void {
    this.#count(reason === undefined ? 'ended' : 'sentAway');
    if (reason !== undefined) return;
    this.#world.after(RESTART_MS, () => seat.start());
  }

  #proposeAgain(): void {
    this.#world.after(PROPOSE_MS, () => {
      const leader = this.#leader();
      const membership = leader?.membership();
      if (leader !== undefined && membership !== undefined) {
        const number = this.#nextNumber++;
        const text = `operation ${number}`;
        this.#proposals.set(number, { clusterId: membership.clusterId, text });
        leader.propose(text, number);
      }
      this.#proposeAgain();
    });
  }

  #proposed({ number, outcome }: Proposed): void {
    const proposal = this.#proposals.get(number);
    if (proposal === undefined || outcome.outcome !== 'applied') return;
    this.#invariants.acknowledged(proposal.clusterId, proposal.text);
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }
}
