/**
 * What must hold whenever masters found a cluster, join it, lose their disks and are replaced:
 *
 * - from one list of masters there comes one cluster;
 * - no two nodes are the same member, and none is one again that a leader believes to have a log which
 *   it has lost;
 * - what a leader believes that a member has, it has;
 * - what was acknowledged stays, and all members of a cluster apply the same.
 */
import { FOUNDER_ID } from '../../../consensus/founding.ts';
import { GROUP, type Seat } from './seat.ts';

export class FoundingInvariants {
  readonly #seats: readonly Seat[];
  /** By list: the cluster that was founded from it. */
  readonly #founded = new Map<string, string>();
  /** By cluster and id: who it is, on which of its disks. */
  readonly #members = new Map<string, { readonly name: string; readonly generation: number }>();
  /** By cluster: what is known to be written, in its order. */
  readonly #written = new Map<string, string[]>();
  readonly #acknowledged: { readonly clusterId: string; readonly text: string }[] = [];
  #stepCount = 0;
  joinedCount = 0;

  constructor(seats: readonly Seat[]) {
    this.#seats = seats;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  get foundedCount(): number {
    return this.#founded.size;
  }

  acknowledged(clusterId: string, text: string): void {
    this.#acknowledged.push({ clusterId, text });
  }

  /** @throws when something does not hold */
  afterStep(): void {
    for (const seat of this.#seats) this.#identity(seat);
    // What is believed and applied changes slowly, and looking is dear.
    if (this.#stepCount++ % 20 !== 0) return;
    for (const seat of this.#seats) {
      this.#beliefs(seat);
      this.#applied(seat);
    }
  }

  /** When all is healed. */
  inTheEnd(): void {
    for (const { clusterId, text } of this.#acknowledged) {
      for (const seat of this.#seats) {
        if (seat.membership()?.clusterId !== clusterId) continue;
        holds(seat.machine.applied.includes(text), () => `${seat.name} lacks ${text}`);
      }
    }
  }

  #identity(seat: Seat): void {
    const membership = seat.membership();
    if (membership === undefined) return;
    const { clusterId, memberId } = membership;
    const key = `${clusterId}/${memberId}`;
    const { name, generation } = seat;
    const before = this.#members.get(key);
    if (before?.name === name && before.generation === generation) return;
    holds(
      before === undefined || (before.name === name && this.#believed(clusterId, memberId) === 0),
      () => `${name} is member ${key}, which was on another disk of ${before?.name}`,
    );
    this.#members.set(key, { name, generation });
    this.joinedCount++;
    if (memberId !== FOUNDER_ID) return;
    const list = [...seat.told].sort().join(',');
    const other = this.#founded.get(list);
    holds(other === undefined, () => `From ${list} were founded ${other} and ${clusterId}`);
    this.#founded.set(list, clusterId);
  }

  /** How much of the log some leader believes that member to have. */
  #believed(clusterId: string, memberId: number): number {
    const beliefs = this.#seats.flatMap((seat) => {
      if (seat.membership()?.clusterId !== clusterId) return [];
      const status = seat.status();
      const progress = status?.progress.find((one) => one.memberId === memberId);
      return status?.role === 'leader' ? [progress?.matchIndex ?? 0] : [];
    });
    return Math.max(0, ...beliefs);
  }

  /** Those of a leader that others follow: one that is deposed may believe what was so once. */
  #beliefs(leader: Seat): void {
    const status = leader.status();
    if (status?.role !== 'leader') return;
    const clusterId = leader.membership()?.clusterId;
    for (const { memberId, matchIndex } of status.progress) {
      const seat = this.#seats.find((one) => {
        const membership = one.membership();
        return membership?.memberId === memberId && membership.clusterId === clusterId;
      });
      const other = seat?.status();
      if (seat === undefined || other === undefined || other.term > status.term) continue;
      const lastIndex = seat.inside()?.storage?.reader(GROUP).lastIndex() ?? 0;
      holds(
        matchIndex <= lastIndex,
        () =>
          `${leader.name} believes that ${seat.name} has ${matchIndex}, and it has ${lastIndex}`,
      );
    }
  }

  #applied(seat: Seat): void {
    const clusterId = seat.membership()?.clusterId;
    if (clusterId === undefined) return;
    const written = this.#written.get(clusterId) ?? [];
    this.#written.set(clusterId, written);
    const { applied } = seat.machine;
    for (let index = 0; index < Math.min(applied.length, written.length); index++) {
      holds(
        applied[index] === written[index],
        () => `${seat.name} has applied ${applied[index]}, others ${written[index]}`,
      );
    }
    written.push(...applied.slice(written.length));
  }
}

export function holds(condition: boolean, sentence: () => string): void {
  if (!condition) throw new Error(sentence());
}
