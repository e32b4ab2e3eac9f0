/**
 * What goes wrong in a simulated group, drawn from the seed.
 *
 * Swarm: each seed has a random subset of the kinds, each with a severity of its own, from hardly ever
 * to all the time. Crashes are not only placed in time: a crash right after something became durable,
 * or just before, or right after it was promised, finds what crashes at any other time never would.
 */
import type { NetworkFaults, NetworkMode } from '../../kit/network-options.ts';
import type { Random } from '../../kit/random.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';
import type { Moment, Seat } from './seat.ts';

export const GROUP_FAULTS = [
  'loss',
  'duplication',
  'reordering',
  'delay',
  'break',
  'partition',
  'one-way',
  'isolation',
  'kill',
  'power',
  'blackout',
  'boundary',
  'corruption',
  'disk-error',
  'slow-disk',
  'stall',
  'freeze',
  'skew',
  'snapshots',
  'membership',
  'transfer',
] as const;

export type GroupFault = (typeof GROUP_FAULTS)[number];

export interface GroupPlan {
  readonly kinds: ReadonlySet<GroupFault>;
  readonly mode: NetworkMode;
  readonly network: Partial<NetworkFaults>;
  readonly voterCount: number;
  readonly seatCount: number;
  /** Of each moment at which a crash can be placed, that there is one. */
  readonly boundaryProbability: number;
  /** Multiplies how often things go wrong. */
  readonly pace: number;
}

/** @param only instead of a random subset */
export function drawGroupPlan(random: Random, only?: readonly GroupFault[]): GroupPlan {
  const mode = random.split('mode').pick(['connection', 'datagram'] as const);
  const share = random.split('share').pick([0.25, 0.5, 0.5, 0.75]);
  const drawn = GROUP_FAULTS.filter((kind) => random.split(`swarm/${kind}`).chance(share));
  const kinds = new Set(only ?? drawn);
  const severity = random.split('severity');
  const loss = mode === 'datagram' ? severity.between(0.01, 0.2) : severity.between(0.001, 0.01);
  const network: Partial<NetworkFaults> = {
    ...(kinds.has('loss') ? { lossProbability: loss } : {}),
    ...(kinds.has('duplication') ? { duplicateProbability: severity.between(0.02, 0.3) } : {}),
    ...(kinds.has('reordering') ? { reorderProbability: severity.between(0.02, 0.4) } : {}),
  };
  const voterCount = severity.pick([3, 3, 5]);
  return {
    kinds,
    mode,
    network,
    voterCount,
    seatCount: kinds.has('membership') ? voterCount + 2 : voterCount,
    boundaryProbability: 10 ** severity.between(-2.7, -1),
    pace: 10 ** severity.between(-0.4, 0.5),
  };
}

export interface FaultTimings {
  /** Without a word from a leader, an election begins after about this. */
  readonly electionMs: number;
  readonly endMs: number;
}

/** Plans everything that happens at a time of its own. */
export function scheduleGroupFaults(
  { kinds, network: common, pace }: GroupPlan,
  world: VirtualWorld,
  seats: readonly Seat[],
  { electionMs, endMs }: FaultTimings,
  random: Random,
): void {
  const { network } = world;
  const often = (kind: GroupFault, meanGapMs: number, deed: (chance: Random) => void) => {
    if (!kinds.has(kind)) return;
    const chance = random.split(kind);
    const gapMs = meanGapMs / pace;
    const next = (atMs: number) => {
      if (atMs >= endMs) return;
      world.at(atMs, () => {
        deed(chance.split(String(atMs)));
        next(atMs + chance.exponential(gapMs));
      });
    };
    next(world.elapsedMs() + chance.exponential(gapMs));
  };
  const crash = (how: 'process' | 'power') => (chance: Random) => {
    const seat = pickLeaderOrAny(seats, chance);
    seat.crash(how);
    world.after(drawDownMs(chance, electionMs), () => seat.restart());
  };
  const apart = (oneWay: boolean) => (chance: Random) => {
    const names = chance.shuffled(seats.map(({ name }) => name));
    const some = names.slice(0, 1 + chance.integer(Math.ceil(names.length / 2)));
    const others = names.filter((name) => !some.includes(name));
    // Some of those who are apart still see somebody that sees both sides.
    if (chance.chance(0.3)) others.pop();
    const partition = oneWay
      ? network.partitionOneWay(some, others)
      : network.partition(some, others);
    world.after(electionMs * 10 ** chance.between(-0.5, 1), () => partition.heal());
  };

  network.setFaults(common);
  often('break', 300, (chance) => {
    const [one, other] = chance.shuffled(seats);
    if (one !== undefined && other !== undefined) network.breakConnection(one.name, other.name);
  });
  often('delay', 1500, (chance) => {
    // Up to several election timeouts, for everybody.
    network.setFaults({ delayMsMean: electionMs * 10 ** chance.between(-1.5, 0.3) });
    world.after(electionMs * chance.between(1, 6), () => network.setFaults({ delayMsMean: 0.3 }));
  });
  often('partition', 1500, apart(false));
  often('one-way', 1500, apart(true));
  often('isolation', 1500, (chance) => {
    const seat = pickLeaderOrAny(seats, chance);
    const rest = seats.filter((one) => one !== seat).map(({ name }) => name);
    const partition = network.partition([seat.name], rest);
    world.after(electionMs * 10 ** chance.between(-0.3, 1), () => partition.heal());
  });
  often('kill', 800, crash('process'));
  often('power', 800, crash('power'));
  often('blackout', 2500, (chance) => {
    for (const seat of seats) seat.crash('power');
    for (const seat of seats) {
      world.after(drawDownMs(chance, electionMs), () => seat.restart());
    }
  });
  often('freeze', 1000, (chance) => {
    const seat = pickLeaderOrAny(seats, chance);
    seat.node.freeze(electionMs * 10 ** chance.between(-0.5, 0.7));
  });
  if (kinds.has('skew')) {
    const chance = random.split('skew');
    for (const { node } of seats) {
      if (chance.chance(0.4)) node.slowDown(10 ** chance.between(-1.5, 0.5));
    }
  }
}

/** From now on everything works; who is down comes back. */
export function healGroup(world: VirtualWorld, seats: readonly Seat[]): void {
  world.network.heal();
  world.network.setFaults({
    lossProbability: 0,
    duplicateProbability: 0,
    reorderProbability: 0,
    delayMsMean: 0.3,
  });
  for (const seat of seats) {
    seat.node.slowDown(0);
    seat.restart();
  }
}

/** Crashes a seat at one of the moments that matter, within the turn it happens in or soon after. */
export class BoundaryCrashes {
  readonly #world: VirtualWorld;
  readonly #random: Random;
  readonly #probability: number;
  readonly #electionMs: number;
  /** By seat: at which step, and how. */
  readonly #due = new Map<Seat, number>();
  isOver = false;

  constructor(world: VirtualWorld, random: Random, probability: number, electionMs: number) {
    this.#world = world;
    this.#random = random;
    this.#probability = probability;
    this.#electionMs = electionMs;
  }

  moment(seat: Seat, moment: Moment): void {
    if (this.isOver || this.#due.has(seat)) return;
    const { probability, stepsMax } = PLACES[moment];
    if (!this.#random.chance(this.#probability * probability)) return;
    this.#due.set(seat, this.#world.stepCount() + this.#random.integer(stepsMax));
  }

  afterStep(): void {
    for (const [seat, step] of this.#due) {
      if (this.#world.stepCount() < step) continue;
      this.#due.delete(seat);
      if (this.isOver || !seat.node.running) continue;
      seat.crash(this.#random.chance(0.7) ? 'power' : 'process');
      this.#world.after(drawDownMs(this.#random, this.#electionMs), () => seat.restart());
    }
  }
}

/** Weights, and how many steps later at most. */
const PLACES: Readonly<Record<Moment, { probability: number; stepsMax: number }>> = {
  handedOut: { probability: 1, stepsMax: 1 },
  written: { probability: 0.3, stepsMax: 1 },
  synced: { probability: 1, stepsMax: 8 },
  promised: { probability: 1, stepsMax: 20 },
  // Its first entries are with some, and not with others.
  elected: { probability: 10, stepsMax: 80 },
};

/** Mostly at once: before others have noticed. */
function drawDownMs(chance: Random, electionMs: number): number {
  return chance.chance(0.6)
    ? chance.exponential(electionMs / 50)
    : electionMs * 10 ** chance.between(-0.5, 0.8);
}

function pickLeaderOrAny(seats: readonly Seat[], chance: Random): Seat {
  const leading = seats.filter((seat) => seat.summary()?.role === 'leader');
  return chance.pick(leading.length > 0 && chance.chance(0.5) ? leading : seats);
}
