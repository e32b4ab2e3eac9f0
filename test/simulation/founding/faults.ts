/** What goes wrong while a cluster is founded and joined, and what operators do at a bad moment. */
import type { Random } from '../../kit/random.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';
import type { FoundingFault } from './plan.ts';
import { ELECTION_TICKS, type Seat, TICK_MS } from './seat.ts';

export interface FoundingStage {
  readonly world: VirtualWorld;
  readonly seats: readonly Seat[];
  readonly endMs: number;
  readonly random: Random;
  readonly count: (what: string) => void;
  readonly isOver: () => boolean;
}

const ELECTION_MS = 1.5 * TICK_MS * ELECTION_TICKS;

export function scheduleFoundingFaults(
  kinds: ReadonlySet<FoundingFault>,
  stage: FoundingStage,
): void {
  const { world, seats, endMs, random, count } = stage;
  const { network } = world;
  const often = (kind: FoundingFault, meanGapMs: number, deed: (chance: Random) => void) => {
    if (!kinds.has(kind)) return;
    const chance = random.split(kind);
    const next = (atMs: number) => {
      if (atMs >= endMs) return;
      world.at(atMs, () => {
        deed(chance.split(String(atMs)));
        next(atMs + chance.exponential(meanGapMs));
      });
    };
    next(chance.exponential(meanGapMs));
  };
  const comeBack = (seat: Seat, chance: Random) => {
    const downMs = chance.chance(0.5) ? chance.exponential(50) : chance.exponential(1500);
    world.after(downMs, () => seat.start());
  };
  const crash = (how: 'process' | 'power') => (chance: Random) => {
    const running = seats.filter((seat) => seat.running);
    if (running.length === 0) return;
    const seat = chance.pick(running);
    seat.crash(how);
    count('crashes');
    comeBack(seat, chance);
  };
  const apart = (oneWay: boolean) => (chance: Random) => {
    const names = chance.shuffled(seats.map(({ name }) => name));
    const some = names.slice(0, 1 + chance.integer(Math.ceil(names.length / 2)));
    const others = names.filter((name) => !some.includes(name));
    const partition = oneWay
      ? network.partitionOneWay(some, others)
      : network.partition(some, others);
    world.after(ELECTION_MS * 10 ** chance.between(-0.5, 1), () => partition.heal());
  };

  network.setFaults({
    ...(kinds.has('loss') ? { lossProbability: random.between(0.005, 0.05) } : {}),
    ...(kinds.has('delay') ? { delayMsMean: 10 ** random.between(0, 2.3) } : {}),
  });
  often('kill', 700, crash('process'));
  often('power', 700, crash('power'));
  often('blackout', 2500, (chance) => {
    for (const seat of seats) {
      if (!seat.running) continue;
      seat.crash('power');
      comeBack(seat, chance);
    }
  });
  often('freeze', 900, (chance) => {
    chance.pick(seats).freeze(ELECTION_MS * 10 ** chance.between(-0.5, 1));
  });
  often('partition', 1500, apart(false));
  often('one-way', 1500, apart(true));
  often('disk-error', 700, (chance) => {
    const seeking = seats.filter((seat) => seat.inside()?.seeking !== undefined);
    if (seeking.length === 0) return;
    const operation = chance.pick(['write', 'sync', 'rename', 'syncDirectory'] as const);
    const code = operation === 'write' && chance.chance(0.5) ? 'ENOSPC' : 'EIO';
    chance.pick(seeking).disk.failNext(operation, code);
  });
  often('wipe', 800, (chance) => {
    const seat = chance.pick(seats);
    if (!mayBeWiped(seat, seats)) return;
    seat.crash('process');
    seat.wipe();
    count('wiped');
    comeBack(seat, chance);
  });
  often('remove', 1500, (chance) => {
    const leader = seats.find((seat) => seat.status()?.role === 'leader');
    leader?.wish('removeMember', chance.pick(seats).name);
    count('removals');
  });
  if (kinds.has('torn-founding')) tearFoundings(stage);
}

/** Crashes who is about to found or to join, in the middle of its first writes or right behind them. */
function tearFoundings({ world, seats, random, isOver, count }: FoundingStage): void {
  const chance = random.split('torn');
  const stepsLeft = new Map<Seat, number>();
  world.afterEachStep(() => {
    if (isOver()) return;
    for (const seat of seats) {
      const left = stepsLeft.get(seat);
      const isNew = seat.running && seat.inside()?.identity !== undefined;
      if (!isNew) stepsLeft.delete(seat);
      else if (left === undefined) {
        stepsLeft.set(seat, chance.chance(0.4) ? chance.integer(120) : Number.POSITIVE_INFINITY);
      } else if (left > 0) stepsLeft.set(seat, left - 1);
      else {
        seat.crash(chance.chance(0.7) ? 'power' : 'process');
        count('torn');
        world.after(chance.exponential(200), () => seat.start());
      }
    }
  });
}

/**
 * Losing a disk costs no cluster where its owner was no voter yet, or the others that vote are enough and
 * are there. (A founder that is alone with its log takes its cluster with it.)
 */
function mayBeWiped(seat: Seat, seats: readonly Seat[]): boolean {
  const inside = seat.inside();
  if (inside?.seeking !== undefined) return true;
  const membership = seat.membership();
  // It is starting, and may be a voter.
  if (membership === undefined) return false;
  const leader = seats.find((one) => one !== seat && one.status()?.role === 'leader');
  const status = leader?.status();
  if (status === undefined || leader?.membership()?.clusterId !== membership.clusterId)
    return false;
  const { voters, votersOutgoing } = status.membership;
  if (votersOutgoing.length > 0) return false;
  const isVoter = voters.includes(membership.memberId);
  const whole = voters.filter((memberId) => {
    const one = seats.find((other) => {
      const its = other.membership();
      return its?.memberId === memberId && its.clusterId === membership.clusterId;
    });
    return one !== undefined && one !== seat && one.running;
  });
  if (isVoter) return voters.length >= 3 && whole.length === voters.length - 1;
  // It may be about to vote; of two that vote, none can be spared.
  return voters.length >= 2 && whole.length === voters.length;
}
