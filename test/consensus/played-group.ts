/**
 * A group in one place: messages travel, disks sync and state machines apply when the test says so.
 *
 * `settle` lets everything happen that is due, without time passing. What must hold at all times
 * (group-checks.ts) is looked after on the way.
 */
import { equal, ok } from 'node:assert/strict';
import type { MemberId, SnapshotMark } from '../../consensus/entry.ts';
import { EMPTY_MEMBERSHIP } from '../../consensus/membership.ts';
import type { PeerMessage } from '../../consensus/messages.ts';
import type { RaftOptions } from '../../consensus/raft-state.ts';
import { GroupChecks } from './group-checks.ts';
import { SimulatedMember } from './simulated-member.ts';

export class PlayedGroup {
  readonly checks = new GroupChecks();
  readonly members: SimulatedMember[] = [];
  /** Sent and not yet received, the oldest first. */
  wire: PeerMessage[] = [];
  /** Such messages do not arrive. */
  isLost: (message: PeerMessage) => boolean = () => false;

  start(
    options: Partial<RaftOptions> & { id: MemberId },
    founding?: SnapshotMark,
  ): SimulatedMember {
    const one = new SimulatedMember({ random: () => 0, ...options }, founding, this.checks);
    this.members.push(one);
    return one;
  }

  get(id: MemberId): SimulatedMember {
    const one = this.members.find((member) => member.id === id);
    ok(one !== undefined, `member ${id} was started`);
    return one;
  }

  /** Everything that it wants sent and done is taken out. */
  collect(one: SimulatedMember): void {
    this.send(one.takeReady());
  }

  receive(message: PeerMessage): void {
    if (this.isLost(message)) return;
    const receiver = this.members.find(({ id }) => id === message.to);
    if (receiver === undefined) return;
    const refusal = receiver.member.step(message);
    ok(
      refusal === undefined || refusal === 'fromStranger',
      `${refusal} ${JSON.stringify(message)}`,
    );
    this.collect(receiver);
  }

  settle(): void {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const one of this.members) {
        this.collect(one);
        while (one.hasWork) {
          isQuiet = false;
          this.send(one.store());
          one.confirmAppend();
          one.apply();
          this.collect(one);
        }
      }
      for (const message of this.wire.splice(0)) {
        isQuiet = false;
        this.receive(message);
      }
    }
  }

  /** So many ticks of one member, each with all that comes of it. */
  tick(id: MemberId, count: number): void {
    for (let tick = 0; tick < count; tick++) {
      this.get(id).member.tick();
      this.settle();
    }
  }

  /** Others hear nothing of it, and it hears nothing of others. */
  cutOff(...ids: readonly MemberId[]): void {
    this.isLost = ({ from, to }) => ids.includes(from) !== ids.includes(to);
  }

  reconnect(): void {
    this.isLost = () => false;
  }

  protected send(messages: readonly PeerMessage[]): void {
    for (const message of messages) {
      this.checks.released(message);
      this.wire.push(message);
    }
  }
}

export function foundingMark(voters: readonly MemberId[]): SnapshotMark {
  return { index: 1, term: 1, membership: { ...EMPTY_MEMBERSHIP, voters } };
}

/** Members 1 to `count`, all of them voters; 1 leads in term 1, and what it began with is applied. */
export function ledGroup(count: number, options: Partial<RaftOptions> = {}): PlayedGroup {
  const group = new PlayedGroup();
  const mark = foundingMark(Array.from({ length: count }, (_, place) => place + 1));
  group.checks.founded(mark);
  for (const id of mark.membership.voters) group.start({ ...options, id }, mark);
  group.get(1).member.campaign();
  group.settle();
  equal(group.get(1).member.status().role, 'leader');
  equal(group.get(count).applied.index, 2);
  return group;
}

export function operation(text: string): Uint8Array {
  return Buffer.from(text);
}
