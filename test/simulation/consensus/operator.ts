/**
 * Who belongs to the simulated group: replaces members whose disks are refused, and, where the seed
 * wants it, adds, promotes, demotes and removes members as it likes, and moves leadership.
 *
 * It knows what no operator could: which membership was really applied last. So it never takes a
 * majority's memory away, which no algorithm could survive; everything else it may do at any moment.
 */
import type {
  MemberId,
  Membership,
  MembershipChange,
  MembershipStep,
} from '../../../consensus/entry.ts';
import type { MemberStatus } from '../../../consensus/member.ts';
import { isJoint, memberIds } from '../../../consensus/membership.ts';
import type { Proposed } from '../../../consensus/replica-messages.ts';
import type { Random } from '../../kit/random.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';
import type { GroupInvariants } from './group-invariants.ts';
import { GROUP, type Seat } from './seat.ts';

/** Numbers of its proposals, apart from those of the clients. */
const NUMBERS_FROM = 1_000_000_000;

interface Leading {
  readonly seat: Seat;
  readonly status: MemberStatus;
}

export interface OperatorSettings {
  readonly changes: boolean;
  readonly transfers: boolean;
  readonly intervalMs: number;
  /** Wants the next change before it knows what became of the last. */
  readonly isHasty: boolean;
  /** The first id that was never given. */
  readonly nextMemberId: MemberId;
}

export class Operator {
  readonly counts = { changes: 0, transfers: 0, replaced: 0 };
  readonly #world: VirtualWorld;
  readonly #seats: readonly Seat[];
  readonly #invariants: GroupInvariants;
  readonly #settings: OperatorSettings;
  readonly #random: Random;
  /** Their disks were refused: they never come back. */
  readonly #lost = new Set<MemberId>();
  #nextMemberId: MemberId;
  #nextNumber = NUMBERS_FROM;
  /** Changes whose outcome is not known, by their numbers, and their terms: they may still come into force. */
  readonly #unsettled = new Map<number, number>();
  #isSettling = false;

  constructor(
    world: VirtualWorld,
    seats: readonly Seat[],
    invariants: GroupInvariants,
    settings: OperatorSettings,
    random: Random,
  ) {
    this.#world = world;
    this.#seats = seats;
    this.#invariants = invariants;
    this.#settings = settings;
    this.#random = random;
    this.#nextMemberId = settings.nextMemberId;
  }

  start(): void {
    const look = () => {
      this.#look();
      this.#world.after(this.#random.exponential(this.#settings.intervalMs), look);
    };
    look();
  }

  /** From now on it only brings to an end what was begun. */
  settle(): void {
    this.#isSettling = true;
  }

  /** What is not as it should be in the end, as a clause; undefined when all is. */
  unsettled(): string | undefined {
    const { membership } = this.#invariants.newestMembership;
    if (this.#unsettled.size > 0) return 'a change may still come into force';
    if (isJoint(membership)) return 'the membership is still joint';
    if (membership.learners.length > 0) return 'there are learners that nobody promoted';
    if (this.#lostOf(membership).length > 0) return 'a lost member was not replaced';
    const strangers = this.#seats.filter(
      ({ memberId }) => memberId !== 0 && !membership.voters.includes(memberId),
    );
    return strangers.length > 0 ? `${strangers[0]?.name} does not belong to the group` : undefined;
  }

  /** Whether this member may be made to lose its memory: enough others must keep theirs. */
  mayLose({ memberId }: Seat): boolean {
    const { membership } = this.#invariants.newestMembership;
    if (this.#unsettled.size > 0 || isJoint(membership)) return false;
    if (!this.#isKnownToAll(membership)) return false;
    if (memberId === 0 || !membership.voters.includes(memberId)) return false;
    const endangered = this.#seats.filter(
      (seat) => seat.isDamaged && membership.voters.includes(seat.memberId),
    );
    const count = endangered.length + this.#lostOf(membership).length + 1;
    return count <= Math.floor((membership.voters.length - 1) / 2);
  }

  answered({ number, outcome }: Proposed): void {
    if (outcome.outcome === 'unknown' || !this.#unsettled.delete(number)) return;
    if (outcome.outcome === 'applied') this.counts.changes++;
  }

  owns(number: number): boolean {
    return number >= NUMBERS_FROM;
  }

  #look(): void {
    this.#tidy();
    const leading = this.#leading();
    if (leading === undefined) return;
    const { seat, status } = leading;
    if (hasOwnTerm(leading)) {
      for (const [number, term] of this.#unsettled) {
        if (term < status.term) this.#unsettled.delete(number);
      }
    }
    const isHasty = this.#settings.isHasty && !this.#isSettling;
    if (this.#unsettled.size > (isHasty ? 2 : 0)) return;
    const change = this.#nextChange(leading);
    if (change !== undefined) this.#propose(seat, status, change);
    else if (this.#settings.transfers && !this.#isSettling && this.#random.chance(0.3)) {
      this.counts.transfers++;
      seat.tell({ type: 'transferLeadership', to: this.#random.pick(status.membership.voters) });
    }
  }

  /** Seats of removed members are given up, those of refused disks are given to others. */
  #tidy(): void {
    const { membership } = this.#invariants.newestMembership;
    const present = memberIds(membership);
    for (const seat of this.#seats) {
      const { memberId } = seat;
      if (memberId === 0) continue;
      if (seat.refusal !== undefined) {
        this.#lost.add(memberId);
        this.counts.replaced++;
        seat.take(this.#nextMemberId++);
      } else if (this.#invariants.belonged.has(memberId) && !present.includes(memberId)) {
        // Some go on for a while, and disturb. None goes that a change on its way may take in again.
        const mayGo = this.#isSettling || this.#random.chance(0.2);
        if (mayGo && this.#unsettled.size === 0 && this.#isKnownToAll(membership)) seat.leave();
      }
    }
  }

  #nextChange({ status }: Leading): MembershipChange | undefined {
    const { membership } = status;
    const auto = (...steps: MembershipStep[]): MembershipChange => ({ transition: 'auto', steps });
    if (isJoint(membership)) return membership.leavesJointItself ? undefined : auto();
    const [lost] = this.#lostOf(membership);
    if (lost !== undefined) {
      const name = membership.addresses[String(lost)];
      const next = this.#seats.find((seat) => seat.name === name);
      const removed = { type: 'removeMember', memberId: lost } as const;
      if (next === undefined || this.#belongs(next)) return auto(removed);
      return auto(removed, { type: 'addLearner', memberId: next.memberId, address: next.name });
    }
    const joining = this.#seats.find((seat) => seat.memberId !== 0 && !this.#belongs(seat));
    if (joining !== undefined) {
      return auto({ type: 'addLearner', memberId: joining.memberId, address: joining.name });
    }
    const learner = membership.learners.find((memberId) => this.#isReady(status, memberId));
    if (learner !== undefined && (this.#isSettling || this.#random.chance(0.5))) {
      return auto({ type: 'addVoter', memberId: learner });
    }
    return this.#settings.changes && !this.#isSettling ? this.#drawChange(membership) : undefined;
  }

  #isReady({ progress, committedIndex }: MemberStatus, memberId: MemberId): boolean {
    if (!this.#isSettling && this.#random.chance(0.1)) return true;
    const one = progress.find((each) => each.memberId === memberId);
    return one?.mode === 'replicate' && one.matchIndex + 10 >= committedIndex;
  }

  #drawChange({ voters }: Membership): MembershipChange | undefined {
    const random = this.#random;
    const steps: MembershipStep[] = [];
    const vacant = this.#seats.find(({ memberId }) => memberId === 0);
    if (vacant !== undefined && random.chance(0.5)) {
      const memberId = this.#nextMemberId++;
      vacant.take(memberId);
      const type = random.pick(['addVoter', 'addLearner', 'addLearner'] as const);
      steps.push({ type, memberId, address: vacant.name });
    }
    const isSafe = this.#seats.every(({ isDamaged }) => !isDamaged);
    const some = random.shuffled(voters).slice(0, random.pick([1, 1, 2]));
    if (isSafe && voters.length - some.length >= 2 && random.chance(0.5)) {
      const type = random.pick(['removeMember', 'removeMember', 'addLearner'] as const);
      for (const memberId of some) steps.push({ type, memberId });
    }
    if (steps.length === 0) return undefined;
    return { transition: random.pick(['auto', 'auto', 'joint', 'jointExplicit']), steps };
  }

  #propose(seat: Seat, { term }: MemberStatus, change: MembershipChange): void {
    const number = this.#nextNumber++;
    this.#unsettled.set(number, term);
    seat.tell({ type: 'proposeChange', change, number, replyTo: seat.replyTo });
  }

  #leading(): Leading | undefined {
    return this.#seats
      .flatMap((seat) => {
        const status = seat.status();
        return status?.role === 'leader' ? [{ seat, status }] : [];
      })
      .sort((one, other) => other.status.term - one.status.term)[0];
  }

  /** Until then, those who do not have it on their disks still need who it removes. */
  #isKnownToAll(membership: Membership): boolean {
    const { index } = this.#invariants.newestMembership;
    return this.#seats
      .filter((seat) => membership.voters.includes(seat.memberId))
      .every(({ node, storage }) => {
        const committed = storage?.reader(GROUP).hardState().committedIndex ?? 0;
        return node.running && committed >= index;
      });
  }

  #belongs({ memberId }: Seat): boolean {
    return this.#invariants.belonged.has(memberId);
  }

  #lostOf(membership: Membership): readonly MemberId[] {
    return memberIds(membership).filter((memberId) => this.#lost.has(memberId));
  }
}

/** Then it has applied everything that leaders before it have committed. */
function hasOwnTerm({ seat, status: { appliedIndex, term } }: Leading): boolean {
  return seat.storage?.reader(GROUP).term(appliedIndex) === term;
}
