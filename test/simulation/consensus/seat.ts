/**
 * A place for one member of the simulated group: a node, its disk, the storage and the replica on it,
 * and a client beside the replica. One member after another may sit there, each with a disk of its own.
 *
 *     vacant ──take──▶ running ◀──restart── down
 *                        │ └──crash──────────▲
 *                        └ the disk is refused: only another member may take the place
 */
import type { Disk } from '../../../consensus/disk.ts';
import type { MemberId, SnapshotMark } from '../../../consensus/entry.ts';
import { type LogStorage, openLogStorage } from '../../../consensus/log-storage.ts';
import type { MemberStatus, MemberSummary } from '../../../consensus/member.ts';
import type { PeerMessage } from '../../../consensus/messages.ts';
import { replica } from '../../../consensus/replica.ts';
import type {
  FromClient,
  Proposed,
  Readable,
  ReplicaMessage,
  ReplicaNews,
} from '../../../consensus/replica-messages.ts';
import {
  type ReplicaState,
  type ReplicaTimings,
  replicaName,
} from '../../../consensus/replica-state.ts';
import { writeSnapshot } from '../../../consensus/snapshot-file-access.ts';
import { type Address, defineActor } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { describeError } from '../../../runtime/errors.ts';
import { type Inside, peephole } from '../../kit/look-inside.ts';
import type { VirtualDisk, VirtualDiskOptions } from '../../kit/virtual-disk.ts';
import type { NodeLife, VirtualNode, VirtualWorld } from '../../kit/virtual-world.ts';
import type { GroupInvariants } from './group-invariants.ts';
import { RegisterMachine } from './register-machine.ts';
import { holds, Violation } from './violation.ts';

export const GROUP = 'registry';
const CLUSTER_ID = 'simulated';
const MAINTAIN_INTERVAL_MS = 100;
const RESTART_MS = 10;

export interface SeatSettings {
  readonly timings: ReplicaTimings;
  readonly snapshotEntryCount: number;
  readonly keptEntryCount: number;
  readonly segmentBytes: number;
  readonly ballastBytes: number;
  readonly disk: Pick<VirtualDiskOptions, 'delayMsMean' | 'stallProbability' | 'stallMs'>;
}

/** What happens at a seat that a crash could be placed at. */
export type Moment = 'handedOut' | 'written' | 'synced' | 'promised' | 'elected';

export interface SeatWatcher {
  moment(seat: Seat, moment: Moment): void;
  answered(seat: Seat, message: Proposed | Readable): void;
}

type ClientMessage =
  | ReplicaNews
  | Proposed
  | Readable
  | { readonly type: 'begin' }
  | { readonly type: 'maintainDue' }
  | { readonly type: 'notFounded'; readonly sentence: string };

export class Seat {
  readonly name: string;
  readonly node: VirtualNode;
  /** 0 while nobody sits here. */
  memberId: MemberId = 0;
  /** Why its directory can't be used; then this member is lost. */
  refusal: string | undefined;
  /** Its disk was changed behind its back, or has failed: only then it may be refused. */
  isDamaged = false;
  disk: VirtualDisk | undefined;
  machine: RegisterMachine | undefined;
  storage: LogStorage | undefined;
  readonly #world: VirtualWorld;
  readonly #settings: SeatSettings;
  readonly #invariants: GroupInvariants;
  readonly #watcher: SeatWatcher;
  #founding: SnapshotMark | undefined;
  #peephole: (() => Inside<ReplicaState> | undefined) | undefined;
  #seenLife = 0;
  #seenCount = 0;
  #hasLed = false;

  constructor(
    world: VirtualWorld,
    name: string,
    settings: SeatSettings,
    invariants: GroupInvariants,
    watcher: SeatWatcher,
  ) {
    this.name = name;
    this.#world = world;
    this.#settings = settings;
    this.#invariants = invariants;
    this.#watcher = watcher;
    this.node = world.start(name, (life) => this.#boot(life));
  }

  /** A new member with an empty disk; whoever sat here is gone for ever. */
  take(memberId: MemberId, founding?: SnapshotMark): void {
    this.leave();
    this.memberId = memberId;
    this.disk = this.#world.disk(`member ${memberId}`, this.#settings.disk);
    this.#founding = founding;
    this.node.restart();
  }

  leave(): void {
    this.crash('process');
    this.node.crash();
    this.memberId = 0;
    this.disk = undefined;
    this.refusal = undefined;
    this.isDamaged = false;
  }

  crash(how: 'process' | 'power'): void {
    if (!this.node.running) return;
    this.node.crash();
    if (how === 'power') this.disk?.losePower();
    else this.disk?.killProcess();
  }

  restart(): void {
    if (this.memberId !== 0 && this.refusal === undefined && !this.node.running) {
      this.node.restart();
    }
  }

  inside(): ReplicaState | undefined {
    return this.node.running ? this.#inside()?.state : undefined;
  }

  summary(): MemberSummary | undefined {
    return this.inside()?.member?.summary();
  }

  status(): MemberStatus | undefined {
    return this.inside()?.member?.status();
  }

  tell(message: FromClient): void {
    this.node.system.send(address<ReplicaMessage>(replicaName(GROUP), this.name), message);
  }

  get replyTo(): Address<Proposed> & Address<Readable> {
    return address<ClientMessage>('client', this.name) as unknown as Address<Proposed> &
      Address<Readable>;
  }

  /** Checks its member, if it has had a turn since the last time. */
  look(): void {
    if (!this.node.running) return;
    const { life } = this.node;
    const inside = this.#inside();
    if (inside === undefined) {
      if (this.#seenLife === life) this.#ended();
      return;
    }
    if (inside.handledCount === this.#seenCount && life === this.#seenLife) return;
    this.#seenCount = inside.handledCount;
    this.#seenLife = life;
    const { member, appliedIndex, membership } = inside.state;
    if (member === undefined) return;
    const summary = member.summary();
    this.#invariants.looked(summary, appliedIndex, membership);
    const leads = summary.role === 'leader';
    if (leads && !this.#hasLed) this.#watcher.moment(this, 'elected');
    this.#hasLed = leads;
  }

  /** One step may have several turns: what is committed in one is applied in the next. */
  #applied(...seen: Parameters<GroupInvariants['applied']>): void {
    this.#world.guard(() => {
      const member = this.#inside()?.state.member;
      if (member !== undefined) this.#invariants.committing(member.summary());
      this.#invariants.applied(...seen);
    });
  }

  #inside(): Inside<ReplicaState> | undefined {
    this.#peephole ??= peephole(this.node.system, { name: replicaName(GROUP) });
    return this.#peephole?.();
  }

  /** Where the replica ends, its process does; and starts again. */
  #ended(): void {
    holds(
      this.isDamaged,
      'durability',
      () => `the replica of member ${this.memberId} ended, and its disk was not damaged`,
    );
    this.#world.note(`${this.name} ends with its replica`);
    this.crash('process');
    this.#world.after(RESTART_MS, () => this.restart());
  }

  #boot({ system }: NodeLife): void {
    const { memberId, disk } = this;
    this.storage = undefined;
    this.#peephole = undefined;
    if (memberId === 0 || disk === undefined) return;
    const storage = this.#open(memberId, this.#watched(disk));
    if (storage === undefined) return;
    this.storage = storage;
    this.#world.guard(() => this.#invariants.opened(memberId, storage.reader(GROUP)));
    this.#watch(memberId, storage);
    const machine = new RegisterMachine(
      {
        applied: (...seen) => this.#applied(...seen),
        restored: (seen) => this.#world.guard(() => this.#invariants.restored(seen)),
      },
      this.#settings.ballastBytes,
    );
    this.machine = machine;
    system.intercept(({ from, to, message }) => {
      if (from?.node === this.name && to.node !== this.name && message.type === 'peerSays') {
        const said = (message as unknown as { readonly message: PeerMessage }).message;
        this.#world.guard(() => this.#invariants.sent(said));
        if (said.type === 'voteAnswered' || said.type === 'entriesAppended') {
          this.#watcher.moment(this, 'promised');
        }
      }
      return 'deliver';
    });
    this.#startClient(system, storage, machine);
  }

  #open(memberId: MemberId, disk: Disk): LogStorage | undefined {
    const { segmentBytes, keptEntryCount } = this.#settings;
    try {
      return openLogStorage({
        ...{ clusterId: CLUSTER_ID, memberId, disk, segmentBytes, keptEntryCount },
        makes: true,
        onFailed: () => {},
        onNearlyFull: () => {},
      });
    } catch (error) {
      const refusal = describeError(error);
      this.refusal = refusal;
      this.#world.note(`${this.name} refuses its disk: ${refusal}`);
      this.#world.guard(() =>
        holds(
          this.isDamaged,
          'durability',
          () => `member ${memberId} refuses a disk that was not damaged: ${refusal}`,
        ),
      );
      return undefined;
    }
  }

  #watched(disk: VirtualDisk): Disk {
    const watched: Disk = Object.create(disk);
    watched.write = (name, position, bytes, done) => {
      disk.write(name, position, bytes, (error) => {
        this.#watcher.moment(this, 'written');
        done(error);
      });
    };
    watched.sync = (name, done) => {
      disk.sync(name, (error) => {
        this.#watcher.moment(this, 'synced');
        done(error);
      });
    };
    return watched;
  }

  #watch(memberId: MemberId, storage: LogStorage): void {
    const append = storage.append.bind(storage);
    storage.append = (what) => {
      let confirmed = () => {};
      this.#world.guard(() => {
        confirmed = this.#invariants.handedOut(memberId, what);
      });
      this.#watcher.moment(this, 'handedOut');
      append({
        ...what,
        done: (error) => {
          if (error === undefined) confirmed();
          what.done(error);
        },
      });
    };
  }

  #startClient(system: NodeLife['system'], storage: LogStorage, machine: RegisterMachine): void {
    const { memberId } = this;
    const { timings, snapshotEntryCount } = this.#settings;
    const founding = storage.reader(GROUP).snapshotMark().index > 0 ? undefined : this.#founding;
    system.spawn(
      defineActor<undefined, undefined, ClientMessage>({
        name: 'client',
        initialState: () => undefined,
        started(_, context) {
          context.sendSelfAfter(MAINTAIN_INTERVAL_MS, { type: 'maintainDue' });
          if (founding === undefined) context.send(context.self, { type: 'begin' });
          else {
            context.defer(found(storage, founding, machine), {
              onValue: () => ({ type: 'begin' }),
              onError: (error) => ({ type: 'notFounded', sentence: describeError(error) }),
            });
          }
        },
        handlers: {
          begin: (_, _message, context) => {
            context.spawn(
              replica,
              {
                ...{ clusterId: CLUSTER_ID, group: GROUP, memberId, storage, machine },
                ...{ timings, snapshotEntryCount },
                owner: context.self,
              },
              { name: replicaName(GROUP), onCrash: 'escalate' },
            );
          },
          maintainDue(_, _message, context) {
            storage.maintain();
            context.sendSelfAfter(MAINTAIN_INTERVAL_MS, { type: 'maintainDue' });
          },
          notFounded: (_, { sentence }) => {
            this.#world.guard(() => {
              throw new Violation('liveness', `member ${memberId} can't begin: ${sentence}`);
            });
          },
          roleChanged: () => {},
          membershipChanged: () => {},
          applied: () => {},
          replicaReady: () => {},
          proposed: (_, message) => this.#watcher.answered(this, message),
          readable: (_, message) => this.#watcher.answered(this, message),
        },
      }),
      undefined,
      { name: 'client', onCrash: 'stop' },
    );
  }
}

/** All who found a group begin with the same snapshot. */
async function found(
  storage: LogStorage,
  mark: SnapshotMark,
  machine: RegisterMachine,
): Promise<void> {
  await writeSnapshot(storage.snapshots, { group: GROUP, mark }, machine.snapshot());
  await new Promise<void>((resolve, reject) => {
    storage.append({
      group: GROUP,
      entries: [],
      hardState: { term: mark.term, vote: 0, committedIndex: mark.index },
      snapshotMark: mark,
      restores: true,
      mustSync: true,
      done: (error) => (error === undefined ? resolve() : reject(error)),
    });
  });
}
