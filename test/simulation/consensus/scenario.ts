/**
 * One simulated life of a replicated group under a swarm of faults, and what came of it.
 *
 *     founding ──▶ chaos ──(all is healed)──▶ repair ──▶ a last write and reads ──▶ judgement
 *
 * Whole replicas, on disks and a network of a virtual world, with clients that write and read. What
 * must always hold is checked after each turn; in the end the group must work again, all members must
 * be the same, and what the clients saw must have been possible with one register after the other.
 */
import type { MemberId, SnapshotMark } from '../../../consensus/entry.ts';
import { EMPTY_MEMBERSHIP } from '../../../consensus/membership.ts';
import type { Proposed, Readable } from '../../../consensus/replica-messages.ts';
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
import { Clients } from './clients.ts';
import { scheduleDamage } from './damage.ts';
import {
  BoundaryCrashes,
  drawGroupPlan,
  GROUP_FAULTS,
  type GroupPlan,
  healGroup,
  scheduleGroupFaults,
} from './faults.ts';
import { GroupInvariants } from './group-invariants.ts';
import { Operator } from './operator.ts';
import { Seat, type SeatSettings } from './seat.ts';
import { holds } from './violation.ts';

const CHAOS_MS = 3000;
const REPAIR_MS_MAX = 60_000;
const ATTEMPT_MS = 500;
const TICK_MS = 20;
const ELECTION_TICKS = 5;
const ELECTION_MS = 1.5 * TICK_MS * ELECTION_TICKS;
/** A turn that leads to itself is found out soon. */
const STEPS_PER_INSTANT_MAX = 50_000;

export const simulation: Simulation = {
  async run(run) {
    const scenario = new GroupScenario(run);
    const broken = await scenario.run();
    const outcome = scenario.outcome(broken);
    await scenario.close();
    return outcome;
  },
};

class GroupScenario {
  readonly #seed: string;
  readonly #plan: GroupPlan;
  readonly #world: VirtualWorld;
  readonly #random: Random;
  readonly #invariants: GroupInvariants;
  readonly #seats: Seat[] = [];
  readonly #clients: Clients;
  readonly #operator: Operator;
  readonly #crashes: BoundaryCrashes;
  readonly #founding: SnapshotMark;

  constructor({ seed, faults, traceLineCountMax = TRACE_LINE_COUNT_MAX }: SeedRun) {
    this.#seed = seed;
    // The plan is part of the seed as everything else, but drawn before there is a world.
    this.#plan = drawGroupPlan(seededRandom(seed).split('plan'), knownFaults(GROUP_FAULTS, faults));
    const { mode, kinds, voterCount, seatCount, boundaryProbability } = this.#plan;
    this.#world = new VirtualWorld({
      seed,
      network: { mode, silenceMsMax: 4 * ELECTION_MS, dialTimeoutMs: 4 * ELECTION_MS },
      trace: { lineCountMax: traceLineCountMax },
      stepsPerInstantMax: STEPS_PER_INSTANT_MAX,
      // Replicas end where their disk failed: that is looked after here.
      errorsAreFaults: ({ text }) => !text.startsWith('This replica ends'),
    });
    this.#random = this.#world.random('scenario');
    const names = Array.from({ length: seatCount }, (_, place) => `n${place + 1}:5050`);
    this.#founding = foundingOf(names.slice(0, voterCount));
    this.#invariants = new GroupInvariants(this.#founding.membership);
    const boundary = kinds.has('boundary') ? boundaryProbability : 0;
    this.#crashes = new BoundaryCrashes(
      this.#world,
      this.#random.split('boundary'),
      boundary,
      ELECTION_MS,
    );
    this.#crashes.isOver = true;
    const watcher = {
      moment: (...args: Parameters<BoundaryCrashes['moment']>) => this.#crashes.moment(...args),
      answered: (seat: Seat, message: Proposed | Readable) => this.#answered(seat, message),
    };
    const settings = this.#drawSettings(this.#random.split('settings'));
    for (const name of names) {
      this.#seats.push(new Seat(this.#world, name, settings(name), this.#invariants, watcher));
    }
    const pace = this.#random.split('pace');
    this.#clients = new Clients(this.#world, this.#seats, this.#invariants, {
      clientCount: pace.pick([2, 4, 8]),
      keyCount: pace.pick([1, 2, 4]),
      thinkMsMean: pace.pick([20, 60, 60, 150]),
      readProbability: pace.pick([0.1, 0.4, 0.6]),
    });
    this.#operator = new Operator(
      this.#world,
      this.#seats,
      this.#invariants,
      {
        changes: kinds.has('membership'),
        transfers: kinds.has('transfer'),
        intervalMs: ELECTION_MS * pace.pick([0.03, 0.3, 1, 3]),
        isHasty: pace.chance(0.5),
        nextMemberId: voterCount + 1,
      },
      this.#random.split('operator'),
    );
    this.#world.afterEachStep(() => {
      for (const seat of this.#seats) seat.look();
      this.#crashes.afterStep();
    });
  }

  /** @returns what broke */
  async run(): Promise<string[]> {
    try {
      await this.#found();
      await this.#chaos();
      await this.#repair();
      await this.#lastWords();
      this.#clients.judge();
      return [];
    } catch (error) {
      return sentencesOf(error);
    }
  }

  outcome(broken: readonly string[]): SeedOutcome {
    const { kinds, mode, voterCount } = this.#plan;
    return {
      seed: this.#seed,
      drawn: [`${voterCount} members`, mode, ...kinds],
      counts: {
        committed: this.#invariants.committedThrough,
        ...this.#clients.counts,
        ...this.#operator.counts,
        lives: this.#seats.reduce((sum, { node }) => sum + node.life, 0),
      },
      broken,
      ...storyOf(this.#world),
    };
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  async #found(): Promise<void> {
    for (const [place, seat] of this.#seats.entries()) {
      if (place < this.#plan.voterCount) seat.take(place + 1, this.#founding);
    }
    await this.#world.runUntil(() => this.#leader() !== undefined, REPAIR_MS_MAX);
  }

  async #chaos(): Promise<void> {
    const world = this.#world;
    const endMs = world.elapsedMs() + CHAOS_MS;
    this.#crashes.isOver = false;
    const chance = world.random('faults');
    const timings = { electionMs: ELECTION_MS, endMs };
    scheduleGroupFaults(this.#plan, world, this.#seats, timings, chance);
    scheduleDamage(
      this.#plan.kinds,
      world,
      this.#seats,
      this.#operator,
      chance.split('damage'),
      endMs,
    );
    this.#operator.start();
    this.#clients.start(this.#random.split('clients'));
    await world.runFor(CHAOS_MS);
    this.#clients.stop();
  }

  async #repair(): Promise<void> {
    this.#crashes.isOver = true;
    healGroup(this.#world, this.#seats);
    this.#operator.settle();
    await this.#wait('the group is whole again', () => {
      healGroup(this.#world, this.#seats);
      return this.#operator.unsettled() ?? (this.#leader() === undefined ? 'nobody leads' : '');
    });
  }

  /** What works can be written to and read from everywhere, and is the same everywhere. */
  async #lastWords(): Promise<void> {
    await this.#waitForOne('a last write', () => {
      const leader = this.#leader();
      return leader === undefined ? undefined : this.#clients.writeOnce(leader);
    });
    const members = this.#seats.filter(({ memberId }) => memberId !== 0);
    await this.#wait('all members are the same', () => {
      const { finalSum } = this.#invariants;
      const odd = members.find(({ machine }) => machine?.sum !== finalSum);
      return odd === undefined ? '' : `${odd.name} does not have what others have`;
    });
    for (const seat of members) {
      for (const key of this.#clients.keys()) {
        await this.#waitForOne(`a last read from ${seat.name}`, () =>
          this.#clients.readOnce(seat, key),
        );
      }
    }
  }

  /** Tries, and tries again where no answer comes. */
  async #waitForOne(what: string, attempt: () => (() => boolean) | undefined): Promise<void> {
    const attempts: (() => boolean)[] = [];
    let nextMs = 0;
    await this.#wait(what, () => {
      if (attempts.some((isDone) => isDone())) return '';
      if (this.#world.elapsedMs() >= nextMs) {
        const begun = attempt();
        if (begun !== undefined) attempts.push(begun);
        nextMs = this.#world.elapsedMs() + ATTEMPT_MS;
      }
      return 'nothing was answered';
    });
  }

  async #wait(what: string, missing: () => string): Promise<void> {
    const endMs = this.#world.elapsedMs() + REPAIR_MS_MAX;
    for (;;) {
      const now = missing();
      if (now === '') return;
      holds(
        this.#world.elapsedMs() < endMs,
        'liveness',
        () => `${REPAIR_MS_MAX / 1000} s after all was healed, waiting for "${what}": ${now}`,
      );
      await this.#world.runFor(5);
    }
  }

  #leader(): Seat | undefined {
    const { membership } = this.#invariants.newestMembership;
    const leading = this.#seats.flatMap((seat) => {
      const status = seat.summary();
      return status?.role === 'leader' && membership.voters.includes(seat.memberId)
        ? [{ seat, term: status.term }]
        : [];
    });
    return leading.sort((one, other) => other.term - one.term)[0]?.seat;
  }

  #answered(seat: Seat, message: Proposed | Readable): void {
    if (message.type === 'proposed' && this.#operator.owns(message.number)) {
      this.#operator.answered(message);
    } else this.#clients.answered(seat, message);
  }

  #drawSettings(random: Random): (name: string) => SeatSettings {
    const { kinds } = this.#plan;
    const snapshots = kinds.has('snapshots');
    const common = {
      snapshotEntryCount: snapshots ? random.pick([3, 10, 40]) : 10_000,
      keptEntryCount: snapshots ? random.pick([0, 3, 20]) : 10_000,
      segmentBytes: random.pick([4096, 16_384, 16_384]),
      ballastBytes: snapshots ? random.pick([0, 0, 5000, 150_000]) : 0,
      disk: {
        delayMsMean: kinds.has('slow-disk') ? 10 ** random.between(-0.5, 1.3) : 0.1,
        stallProbability: kinds.has('stall') ? 10 ** random.between(-3, -1.5) : 0,
        stallMs: ELECTION_MS * random.between(0.5, 3),
      },
    };
    // In line, all at once, or only when the leader was silent for long: who never gets its turn in an
    // orderly line never leads with what only it has.
    const campaignDelayMsMax = random.pick([TICK_MS / 2, 0, 1000 * ELECTION_MS]);
    return (name) => ({
      ...common,
      timings: {
        tickMs: TICK_MS * (kinds.has('skew') ? random.split(name).between(0.5, 2) : 1),
        electionTicks: ELECTION_TICKS,
        campaignDelayMsMax,
        snapshotStallMs: 4 * ELECTION_MS,
      },
    });
  }
}

/** All who found it are voters from the beginning, and begin with the same snapshot. */
function foundingOf(names: readonly string[]): SnapshotMark {
  const memberIds: readonly MemberId[] = names.map((_, place) => place + 1);
  return {
    index: 1,
    term: 1,
    membership: {
      ...EMPTY_MEMBERSHIP,
      voters: memberIds,
      addresses: Object.fromEntries(names.map((name, place) => [String(place + 1), name])),
    },
  };
}
