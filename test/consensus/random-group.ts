/**
 * A group under drawn faults: messages lost, doubled, overtaken; members cut off, crashed, started
 * again from what their disks had; disks and state machines that answer late; memberships changed.
 *
 * Each seed draws how frequent each fault is (some never happen), so that seeds differ in kind. In the
 * end all faults stop, and the group must agree on something new within a bounded number of ticks.
 */
import { ok } from 'node:assert/strict';
import type { MemberId, Membership, MembershipChange } from '../../consensus/entry.ts';
import { isJoint, memberIds } from '../../consensus/membership.ts';
import type { PeerMessage } from '../../consensus/messages.ts';
import type { RaftOptions } from '../../consensus/raft-state.ts';
import { type Random, seededRandom } from '../kit/random.ts';
import { foundingMark, operation, PlayedGroup } from './played-group.ts';
import type { SimulatedMember } from './simulated-member.ts';

const HEALED_TICKS = 400;

/** A change is not proposed to more members than this: ids are never given twice. */
const MEMBER_COUNT_MAX = 8;

/** Chances: of each message, or of each member, within one moment. */
interface Rates {
  readonly tick: number;
  readonly delivered: number;
  readonly disk: number;
  readonly propose: number;
  readonly read: number;
  readonly lost: number;
  readonly doubled: number;
  readonly crash: number;
  readonly cut: number;
  readonly change: number;
  readonly transfer: number;
  readonly snapshot: number;
}

export class RandomGroup extends PlayedGroup {
  readonly counts = { crashes: 0, changes: 0, snapshots: 0, reads: 0 };
  private readonly random: Random;
  private readonly rates: Rates;
  private readonly mayOvertake: boolean;
  private readonly options: Partial<RaftOptions>;
  private readonly separated = new Set<MemberId>();
  private readonly reads = new Map<string, number>();
  private isHealed = false;
  private nextOperation = 1;

  constructor(seed: number, voterCount: number) {
    super();
    const random = seededRandom(seed);
    this.random = random;
    this.rates = {
      tick: random.between(0.02, 0.2),
      delivered: random.between(0.3, 1),
      disk: random.between(0.3, 0.95),
      propose: random.between(0.01, 0.15),
      read: random.between(0, 0.1),
      lost: rate(random, 0.3),
      doubled: rate(random, 0.2),
      crash: rate(random, 0.05),
      cut: rate(random, 0.02),
      change: rate(random, 0.3),
      transfer: rate(random, 0.02),
      snapshot: rate(random, 0.05),
    };
    this.mayOvertake = random.chance(0.7);
    const chance = random.split('members');
    this.options = {
      random: () => chance.next(),
      electionTicks: 5,
      inflightCountMax: random.pick([1, 3, 256, 256]),
      appendBytesMax: random.pick([1, 200, 100_000, 100_000]),
      applyingBytesMax: random.pick([1, 200, 100_000, 100_000]),
      preVote: random.chance(0.8),
      checkQuorum: random.chance(0.8),
    };
    const mark = foundingMark(Array.from({ length: voterCount }, (_, place) => place + 1));
    this.checks.founded(mark);
    for (const id of mark.membership.voters) this.start({ ...this.options, id }, mark);
  }

  run(momentCount: number): void {
    for (let moment = 0; moment < momentCount; moment++) {
      for (const one of [...this.members]) this.live(one);
      this.deliver();
      if (moment % 50 === 0) this.checks.logsMatch(this.members);
    }
    this.checks.logsMatch(this.members);
  }

  /** No more faults: the group must get on. */
  heal(): void {
    this.isHealed = true;
    this.separated.clear();
    let target = 0;
    for (let tick = 0; tick < HEALED_TICKS; tick++) {
      for (const one of this.members) {
        one.member.tick();
        this.settle();
      }
      const leader = this.members.find(({ member }) => member.status().role === 'leader');
      if (leader === undefined) continue;
      const ids = memberIds(leader.applied.membership);
      const all = this.members.filter(({ id }) => ids.includes(id));
      if (target > 0 && all.every(({ applied }) => applied.index >= target)) {
        return;
      }
      const outcome = leader.member.propose(this.operation());
      if (target === 0 && outcome.outcome === 'appended') target = outcome.firstIndex;
      this.settle();
    }
    const states = this.members.map(({ member, applied }) => ({
      ...member.status(),
      applied: applied.index,
    }));
    ok(false, `no agreement after the faults: ${JSON.stringify(states)}`);
  }

  /** What may happen to and in one member within a moment. */
  private live(one: SimulatedMember): void {
    const { random, rates } = this;
    if (random.chance(rates.tick)) one.member.tick();
    if (random.chance(rates.propose)) this.propose(one);
    if (random.chance(rates.read)) this.read(one);
    if (random.chance(rates.change)) this.change(one);
    if (random.chance(rates.transfer)) this.transfer(one);
    if (random.chance(rates.snapshot)) one.takeSnapshot(random.integer(10));
    if (random.chance(rates.cut)) this.cut(one);
    this.collect(one);
    // One sync serves many appends, as group commit does.
    while (random.chance(rates.disk) && one.appends.length > 0) this.send(one.store());
    if (random.chance(rates.crash)) this.crash(one);
    while (random.chance(rates.disk) && one.completions.length > 0) one.confirmAppend();
    while (random.chance(rates.disk) && one.applies.length > 0) one.apply();
    this.collect(one);
  }

  private deliver(): void {
    const { random, rates } = this;
    const waiting = this.wire;
    this.wire = [];
    for (const [place, message] of waiting.entries()) {
      if (!random.chance(rates.delivered)) {
        if (this.mayOvertake) this.wire.push(message);
        else {
          this.wire = [...waiting.slice(place), ...this.wire];
          return;
        }
      } else {
        if (random.chance(rates.doubled)) this.wire.push(message);
        if (random.chance(rates.lost)) this.lose(message);
        else this.receive(message);
      }
    }
  }

  override receive(message: PeerMessage): void {
    if (this.separated.has(message.from) !== this.separated.has(message.to)) this.lose(message);
    else {
      super.receive(message);
      if (message.type === 'installSnapshot') this.reportSnapshot(message, 'finished');
    }
  }

  private lose(message: PeerMessage): void {
    if (message.type === 'installSnapshot') this.reportSnapshot(message, 'failed');
    else if (this.random.chance(0.1)) {
      const sender = this.members.find(({ id }) => id === message.from);
      sender?.member.reportUnreachable(message.to);
    }
  }

  private reportSnapshot(message: PeerMessage, outcome: 'finished' | 'failed'): void {
    const sender = this.members.find(({ id }) => id === message.from);
    sender?.member.reportSnapshot(message.to, outcome);
    this.counts.snapshots++;
  }

  private crash(one: SimulatedMember): void {
    this.counts.crashes++;
    one.crash(this.random.integer(one.appends.length + 1));
    this.checks.restarted(one);
  }

  private cut(one: SimulatedMember): void {
    if (this.random.chance(0.5)) this.separated.clear();
    else this.separated.add(one.id);
    if (this.random.chance(0.5)) one.member.forgetLeader();
    if (this.random.chance(0.5)) one.member.campaign();
  }

  private propose(one: SimulatedMember): void {
    const count = 1 + this.random.integer(4);
    one.member.proposeAll(Array.from({ length: count }, () => this.operation()));
  }

  private read(one: SimulatedMember): void {
    const readId = `read ${this.nextOperation++}`;
    if (one.member.readIndex(readId) === undefined)
      this.reads.set(readId, this.checks.appliedIndex);
  }

  private transfer(one: SimulatedMember): void {
    one.member.transferLeadership(this.random.pick(this.members).id);
  }

  private change(one: SimulatedMember): void {
    if (one.member.status().role !== 'leader') return;
    const change = drawChange(this.random, one.applied.membership, this.members.length);
    if (one.member.proposeChange(change).outcome !== 'appended') return;
    this.counts.changes++;
    for (const { memberId } of change.steps) {
      if (memberId > this.members.length) this.start({ ...this.options, id: memberId });
    }
  }

  override collect(one: SimulatedMember): void {
    super.collect(one);
    for (const { readId, index } of one.readStates.splice(0)) {
      const atLeast = this.reads.get(readId) ?? 0;
      ok(index >= atLeast, `read at ${index}, but ${atLeast} was applied before it began`);
      this.counts.reads++;
    }
  }

  protected override send(messages: readonly PeerMessage[]): void {
    super.send(messages);
    // A network that only gains messages would never let a late one through.
    while (!this.isHealed && this.wire.length > 400) this.lose(this.wire.shift() as PeerMessage);
  }

  private operation(): Uint8Array {
    return operation(`operation ${this.nextOperation++}`);
  }
}

/** Some faults never happen in a seed, some often. */
function rate(random: Random, max: number): number {
  const isOn = random.chance(0.7);
  const value = random.next() ** 2 * max;
  return isOn ? value : 0;
}

function drawChange(random: Random, membership: Membership, memberCount: number): MembershipChange {
  const { voters, learners } = membership;
  const transition = random.pick(['auto', 'joint', 'jointExplicit'] as const);
  if (isJoint(membership)) return { transition: 'auto', steps: [] };
  const newId = memberCount + 1;
  const steps: MembershipChange['steps'][number][] = [];
  if (newId <= MEMBER_COUNT_MAX && random.chance(0.6)) {
    const type = random.pick(['addVoter', 'addLearner'] as const);
    steps.push({ type, memberId: newId, address: `host-${newId}:5050` });
  }
  if (learners.length > 0 && random.chance(0.5)) {
    steps.push({ type: 'addVoter', memberId: random.pick(learners) });
  }
  if (voters.length > 3 && random.chance(0.4)) {
    const type = random.pick(['removeMember', 'addLearner'] as const);
    steps.push({ type, memberId: random.pick(voters) });
  }
  return { transition, steps };
}
