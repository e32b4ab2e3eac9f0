/**
 * A machine that is to have a master: its process with a host and an owner, its disk, and the list of
 * masters that it is told at each start. Its process ends when its host does, as a real one does.
 */
import { host } from '../../../consensus/host.ts';
import {
  HOST_NAME,
  type HostMessage,
  type HostNews,
  type MembersAnswer,
} from '../../../consensus/host-messages.ts';
import type { HostState } from '../../../consensus/host-state.ts';
import type { MemberStatus } from '../../../consensus/member.ts';
import type { Proposed, ReplicaMessage } from '../../../consensus/replica-messages.ts';
import { type ReplicaState, replicaName } from '../../../consensus/replica-state.ts';
import { type Address, defineActor, type Exited } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { lookInside } from '../../kit/look-inside.ts';
import type { VirtualDisk } from '../../kit/virtual-disk.ts';
import { ListMachine } from '../../kit/virtual-replicas.ts';
import type { VirtualNode, VirtualWorld } from '../../kit/virtual-world.ts';

export const GROUP = 'test';
export const TICK_MS = 40;
export const ELECTION_TICKS = 5;

type OwnerMessage = HostNews | Proposed | MembersAnswer | Exited;

export interface SeatWatcher {
  /** Of an operation that this seat was asked to write. */
  proposed(seat: Seat, message: Proposed): void;
  /** Its process ended by itself; `reason` when it was sent away. */
  ended(seat: Seat, reason: string | undefined): void;
}

export class Seat {
  readonly name: string;
  /** Of its disk: one more each time it is another. */
  generation = 1;
  /** What it is told at its next start. */
  list: readonly string[];
  /** What the present process was told. */
  told: readonly string[] = [];
  machine = new ListMachine();
  /** Why it was sent away; it is not started again by itself. */
  sentAway: string | undefined;
  disk: VirtualDisk;
  readonly #world: VirtualWorld;
  readonly #watcher: SeatWatcher;
  #node: VirtualNode | undefined;

  constructor(world: VirtualWorld, name: string, list: readonly string[], watcher: SeatWatcher) {
    this.name = name;
    this.list = list;
    this.#world = world;
    this.#watcher = watcher;
    this.disk = world.disk(name);
  }

  get running(): boolean {
    return this.#node?.running === true;
  }

  start(): void {
    if (this.running) return;
    this.sentAway = undefined;
    if (this.#node === undefined)
      this.#node = this.#world.start(this.name, (life) => this.#boot(life));
    else this.#node.restart();
  }

  crash(how: 'process' | 'power'): void {
    if (!this.running) return;
    this.#node?.crash();
    if (how === 'power') this.disk.losePower();
    else this.disk.killProcess();
  }

  freeze(durationMs: number): void {
    this.#node?.freeze(durationMs);
  }

  /** Its directory is gone, with all that it promised; its process has to be down. */
  wipe(): void {
    this.generation++;
    this.#world.note(`${this.name} has lost its disk`);
    this.disk = this.#world.disk(`${this.name}/${this.generation}`);
  }

  /** Of its host. */
  inside(): HostState | undefined {
    return this.#look<HostState>(HOST_NAME);
  }

  status(): MemberStatus | undefined {
    return this.#look<ReplicaState>(replicaName(GROUP))?.member?.status();
  }

  /** The cluster that it is a member of. */
  membership(): { readonly clusterId: string; readonly memberId: number } | undefined {
    const inside = this.inside();
    return inside?.seeking === undefined ? inside?.identity : undefined;
  }

  propose(text: string, number: number): void {
    const replica = address<ReplicaMessage>(replicaName(GROUP), this.name);
    const data = new TextEncoder().encode(text);
    this.#node?.system.send(replica, { type: 'propose', data, number, replyTo: this.#owner });
  }

  wish(type: 'addMember' | 'removeMember' | 'transferTo', node: string): void {
    this.#world.note(`${this.name} is asked to ${type} ${node}`);
    const to = address<HostMessage>(HOST_NAME, this.name);
    this.#node?.system.send(to, { type, node, replyTo: this.#owner });
  }

  get #owner(): Address<OwnerMessage> {
    return address('owner', this.name);
  }

  #look<State>(name: string): State | undefined {
    if (this.#node === undefined || !this.running) return undefined;
    return lookInside<State>(this.#node.system, address(name, this.name))?.state;
  }

  #boot({ system, life }: Parameters<Parameters<VirtualWorld['start']>[1]>[0]): void {
    this.machine = new ListMachine();
    this.told = this.list;
    const { disk, machine, told, name } = this;
    const watcher = this.#watcher;
    const leave = (reason: string | undefined) => {
      // The rest of the turn still belongs to this life.
      this.#world.after(0, () => {
        if (this.#node?.life !== life || !this.running) return;
        this.crash('process');
        this.sentAway = reason;
        watcher.ended(this, reason);
      });
    };
    system.spawn(
      defineActor<undefined, undefined, OwnerMessage>({
        name: 'owner',
        initialState: () => undefined,
        started(_, context) {
          const started = context.spawn(
            host,
            {
              ...{ node: name, nodes: told, disk, group: GROUP, machine, owner: context.self },
              timings: {
                tickMs: TICK_MS,
                electionTicks: ELECTION_TICKS,
                campaignDelayMsMax: 20,
                snapshotStallMs: 1000,
              },
              snapshotEntryCount: 20,
              segmentBytes: 64 * 1024,
            },
            { name: HOST_NAME, onCrash: 'escalate' },
          );
          context.link(started);
        },
        handlers: {
          roleChanged: () => {},
          membershipChanged: () => {},
          applied: () => {},
          replicaReady: () => {},
          membersAnswer: () => {},
          proposed: (_, message) => watcher.proposed(this, message),
          hostSentAway: (_, { reason }) => leave(reason),
          exited: () => leave(undefined),
        },
      }),
      undefined,
      { name: 'owner', onCrash: 'stop' },
    );
  }
}
