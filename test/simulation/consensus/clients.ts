/**
 * Clients of a simulated group: they write unique values, compare and set, and read, through whatever
 * member they like, one thing at a time; and what they saw is a history to be judged.
 *
 * What was refused for certain did not happen and is not in the history; what nobody answered in time
 * may happen at any time, or never.
 */
import type { Proposed, Readable } from '../../../consensus/replica-messages.ts';
import { checkLinearizability, explainVerdict } from '../../kit/linearizability.ts';
import {
  keyed,
  type RegisterInput,
  register,
  type Value,
} from '../../kit/linearizability-models.ts';
import type { Random } from '../../kit/random.ts';
import type { VirtualWorld } from '../../kit/virtual-world.ts';
import type { GroupInvariants } from './group-invariants.ts';
import { encodeOperation, type RegisterOperation } from './register-machine.ts';
import type { Seat } from './seat.ts';
import { holds } from './violation.ts';

export interface ClientSettings {
  readonly clientCount: number;
  readonly keyCount: number;
  /** Between an answer and the next operation. */
  readonly thinkMsMean: number;
  readonly readProbability: number;
}

interface Recorded {
  readonly client: string;
  readonly input: RegisterInput & { readonly key: string };
  readonly invokedAt: number;
  answer?: { readonly at: number; readonly output: Value | boolean };
}

interface Pending {
  readonly recorded: Recorded;
  readonly settle: () => void;
}

const ANSWER_MS_MAX = 1000;

export class Clients {
  /** What they did, and how it ended. */
  readonly counts = { applied: 0, read: 0, refused: 0, open: 0 };
  readonly #world: VirtualWorld;
  readonly #seats: readonly Seat[];
  readonly #invariants: GroupInvariants;
  readonly #settings: ClientSettings;
  readonly #history = new Set<Recorded>();
  readonly #pending = new Map<number, Pending>();
  readonly #refused = new Set<number>();
  #eventCount = 0;
  #nextNumber = 1;
  #stopped = false;

  constructor(
    world: VirtualWorld,
    seats: readonly Seat[],
    invariants: GroupInvariants,
    settings: ClientSettings,
  ) {
    this.#world = world;
    this.#seats = seats;
    this.#invariants = invariants;
    this.#settings = settings;
  }

  start(random: Random): void {
    for (let place = 1; place <= this.#settings.clientCount; place++) {
      const name = `client ${place}`;
      this.#goOn(name, random.split(name));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** One more through a given member, whatever else is going on. @returns whether it was applied yet */
  writeOnce(seat: Seat): () => boolean {
    const pending = this.#write('last', seat, 'last', () => {});
    return () => pending.answer !== undefined;
  }

  readOnce(seat: Seat, key: string): () => boolean {
    const pending = this.#read('last', seat, key, () => {});
    return () => pending.answer !== undefined;
  }

  keys(): readonly string[] {
    return Array.from({ length: this.#settings.keyCount }, (_, index) => `k${index + 1}`);
  }

  answered(seat: Seat, message: Proposed | Readable): void {
    const pending = this.#pending.get(message.number);
    this.#pending.delete(message.number);
    if (pending === undefined) return;
    const { recorded } = pending;
    if (message.type === 'readable') this.#readable(seat, recorded, message);
    else this.#proposed(recorded, message);
    pending.settle();
  }

  /** Throws where the whole of it is not what one register after the other would have answered. */
  judge(): void {
    for (const id of this.#refused) {
      holds(
        !this.#invariants.isApplied(id),
        'acknowledged operations',
        () => `operation ${id} was refused for certain, and was applied`,
      );
    }
    const verdict = checkLinearizability(keyed(register()), [...this.#history]);
    holds(verdict.type === 'linearizable', 'linearizability', () => explainVerdict(verdict));
  }

  #goOn(name: string, random: Random): void {
    this.#world.after(random.exponential(this.#settings.thinkMsMean), () => {
      if (this.#stopped) return;
      let settled = false;
      const settle = () => {
        if (settled) return;
        settled = true;
        this.#goOn(name, random);
      };
      this.#act(name, random, settle);
      this.#world.after(ANSWER_MS_MAX, settle);
    });
  }

  #act(name: string, random: Random, settle: () => void): void {
    const key = random.pick(this.keys());
    const reads = random.chance(this.#settings.readProbability);
    const seat = this.#seatFor(random, reads);
    if (seat === undefined) settle();
    else if (reads) this.#read(name, seat, key, settle);
    else if (random.chance(0.3)) this.#compareAndSet(name, seat, key, settle);
    else this.#write(name, seat, key, settle);
  }

  /** Somebody who takes itself for the leader, of whom there may be several; or just anybody. */
  #seatFor(random: Random, reads: boolean): Seat | undefined {
    const running = this.#seats.filter(({ node, memberId }) => node.running && memberId !== 0);
    const leading = running
      .filter((seat) => seat.summary()?.role === 'leader')
      .sort((one, other) => (one.summary()?.term ?? 0) - (other.summary()?.term ?? 0));
    // One of them is deposed, and does not know.
    if (reads && leading.length > 1) return leading[0];
    const anybody = random.chance(reads ? 0.5 : 0.05) || leading.length === 0;
    const some = anybody ? running : leading;
    return some.length === 0 ? undefined : random.pick(some);
  }

  #write(name: string, seat: Seat, key: string, settle: () => void): Recorded {
    const value = this.#nextNumber;
    return this.#propose(name, seat, { type: 'write', key, value }, settle);
  }

  /** Of what is there now at some member: often, but not always, what is there when it is applied. */
  #compareAndSet(name: string, seat: Seat, key: string, settle: () => void): void {
    const expected = seat.machine?.valueOf(key) ?? null;
    const value = this.#nextNumber;
    this.#propose(name, seat, { type: 'compareAndSet', key, expected, value }, settle);
  }

  #propose(
    client: string,
    seat: Seat,
    input: DistributiveOmit<RegisterOperation, 'id'>,
    settle: () => void,
  ): Recorded {
    const number = this.#nextNumber++;
    const recorded = this.#record(number, { client, input, invokedAt: this.#eventCount++ }, settle);
    const data = encodeOperation({ id: number, ...input });
    seat.tell({ type: 'propose', data, number, replyTo: seat.replyTo });
    return recorded;
  }

  #read(client: string, seat: Seat, key: string, settle: () => void): Recorded {
    const number = this.#nextNumber++;
    const input = { type: 'read', key } as const;
    const recorded = this.#record(number, { client, input, invokedAt: this.#eventCount++ }, settle);
    seat.tell({ type: 'read', number, replyTo: seat.replyTo });
    return recorded;
  }

  #record(number: number, recorded: Recorded, settle: () => void): Recorded {
    this.#history.add(recorded);
    this.#pending.set(number, { recorded, settle });
    return recorded;
  }

  #readable(seat: Seat, recorded: Recorded, { refused }: Readable): void {
    if (refused !== undefined) {
      this.counts.refused++;
      this.#history.delete(recorded);
      return;
    }
    this.counts.read++;
    const output = seat.machine?.valueOf(recorded.input.key) ?? null;
    recorded.answer = { at: this.#eventCount++, output };
  }

  #proposed(recorded: Recorded, { number, outcome }: Proposed): void {
    switch (outcome.outcome) {
      case 'dropped':
        this.counts.refused++;
        this.#refused.add(number);
        this.#history.delete(recorded);
        return;
      case 'unknown':
        this.counts.open++;
        return;
      case 'applied':
        this.counts.applied++;
        recorded.answer = { at: this.#eventCount++, output: outcome.answer as boolean };
        this.#world.guard(() => this.#invariants.acknowledged(number, outcome.index));
    }
  }
}

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown
  ? Omit<Type, Key>
  : never;
