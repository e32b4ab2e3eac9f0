/**
 * Replicas of one group on nodes of a virtual world, each with a disk of its own, and a client on each
 * node that proposes, reads and hears what became of it.
 */
import type { GroupId, MemberId, MembershipChange } from '../../consensus/entry.ts';
import { foundGroup, isFounded } from '../../consensus/founding.ts';
import { type LogStorage, openLogStorage } from '../../consensus/log-storage.ts';
import { replica } from '../../consensus/replica.ts';
import type {
  Proposed,
  Readable,
  ReplicaMessage,
  ReplicaNews,
} from '../../consensus/replica-messages.ts';
import {
  REPLICA_DEFAULTS,
  type ReplicaOptions,
  type ReplicaState,
  replicaName,
} from '../../consensus/replica-state.ts';
import type { Operation, StateMachine } from '../../consensus/state-machine.ts';
import { type Address, defineActor, type Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import { describeError } from '../../runtime/errors.ts';
import { lookInside } from './look-inside.ts';
import type { VirtualDisk } from './virtual-disk.ts';
import type { VirtualNode, VirtualWorld } from './virtual-world.ts';

export const GROUP: GroupId = 'test';
export const CLUSTER_ID = 'cluster-1';

/** Keeps all that was applied, as texts. */
export class ListMachine implements StateMachine {
  applied: string[] = [];
  apply({ index, data }: Operation): unknown {
    this.applied.push(new TextDecoder().decode(data));
    return { index, count: this.applied.length };
  }
  *snapshot(): Iterable<Uint8Array> {
    const all = [...this.applied];
    for (let from = 0; from < all.length; from += 100) {
      const lines = all.slice(from, from + 100).map((line) => `${line}\n`);
      yield new TextEncoder().encode(lines.join(''));
    }
  }
  restore(pieces: Iterable<Uint8Array>): void {
    const text = [...pieces].map((piece) => new TextDecoder().decode(piece)).join('');
    this.applied = text.split('\n').slice(0, -1);
  }
}

export interface VirtualReplica {
  readonly memberId: MemberId;
  readonly node: VirtualNode;
  readonly disk: VirtualDisk;
  /** Of the present life. */
  readonly machine: ListMachine;
  readonly storage: LogStorage;
  /** All that its owner was told, over all lives. */
  readonly news: ReplicaNews[];
  readonly proposed: Proposed[];
  readonly readable: Readable[];
  inside(): ReplicaState | undefined;
  propose(text: string): number;
  change(change: MembershipChange): number;
  read(): number;
  transfer(to: MemberId): void;
  /** With the power of its disk, or only the process. */
  crash(how: 'process' | 'power'): void;
  /** Rejects nothing: a directory that can't be opened is told by `failure`. */
  restart(): void;
  readonly failure: unknown;
}

type ClientMessage =
  | ReplicaNews
  | Proposed
  | Readable
  | { readonly type: 'founded' }
  | { readonly type: 'notFounded'; readonly sentence: string };

export interface VirtualReplicaOptions extends Partial<ReplicaOptions> {
  /** Founds the group where nothing is stored. */
  readonly founds?: boolean;
  readonly segmentBytes?: number;
  readonly keptEntryCount?: number;
}

export function startReplica(
  world: VirtualWorld,
  memberId: MemberId,
  options: VirtualReplicaOptions = {},
): VirtualReplica {
  const name = nodeOf(memberId);
  const disk = world.disk(name);
  const news: ReplicaNews[] = [];
  const proposed: Proposed[] = [];
  const readable: Readable[] = [];
  let machine = new ListMachine();
  let storage: LogStorage | undefined;
  let failure: unknown;
  let client: Address<ClientMessage> | undefined;
  let nextNumber = 1;
  const replicaAddress = address<ReplicaMessage>(replicaName(GROUP), name);

  const node = world.start(name, ({ system }) => {
    machine = new ListMachine();
    try {
      storage = openLogStorage({
        clusterId: CLUSTER_ID,
        memberId,
        disk,
        makes: true,
        segmentBytes: options.segmentBytes ?? 256 * 1024,
        keptEntryCount: options.keptEntryCount ?? 10,
        onFailed: (error) => {
          failure = error;
        },
        onNearlyFull: () => {},
      });
    } catch (error) {
      failure = error;
      return;
    }
    const opened = storage;
    const started = machine;
    client = system.spawn(
      defineActor<undefined, undefined, ClientMessage>({
        name: 'client',
        initialState: () => undefined,
        started(_, context) {
          if (options.founds !== true || isFounded(opened, GROUP)) {
            context.send(context.self, { type: 'founded' });
            return;
          }
          const founding = { storage: opened, group: GROUP, memberId, address: name };
          context.defer(foundGroup({ ...founding, machine: started }), {
            onValue: () => ({ type: 'founded' }),
            onError: (error) => ({ type: 'notFounded', sentence: describeError(error) }),
          });
        },
        handlers: {
          founded(_, _message, context) {
            context.spawn(
              replica,
              {
                ...REPLICA_DEFAULTS,
                clusterId: CLUSTER_ID,
                group: GROUP,
                memberId,
                storage: opened,
                machine: started,
                owner: context.self,
                ...options,
              },
              { name: replicaName(GROUP), onCrash: 'escalate' },
            );
          },
          notFounded(_, { sentence }) {
            failure = sentence;
          },
          roleChanged: (_, message) => void news.push(message),
          membershipChanged: (_, message) => void news.push(message),
          applied: () => {},
          replicaReady: (_, message) => void news.push(message),
          proposed: (_, message) => void proposed.push(message),
          readable: (_, message) => void readable.push(message),
        },
      }),
      undefined,
      { onCrash: 'stop' },
    );
  });

  const replyTo = <Reply extends Tagged>() => client as unknown as Address<Reply>;
  const send = (message: ReplicaMessage) => node.system.send(replicaAddress, message);
  return {
    memberId,
    node,
    disk,
    get machine() {
      return machine;
    },
    get storage() {
      if (storage === undefined) throw new Error(`Member ${memberId} has no storage`);
      return storage;
    },
    get failure() {
      return failure;
    },
    news,
    proposed,
    readable,
    inside: () =>
      node.running
        ? lookInside<ReplicaState>(node.system, { name: replicaName(GROUP) })?.state
        : undefined,
    propose(text) {
      const number = nextNumber++;
      send({ type: 'propose', data: new TextEncoder().encode(text), number, replyTo: replyTo() });
      return number;
    },
    change(change) {
      const number = nextNumber++;
      send({ type: 'proposeChange', change, number, replyTo: replyTo() });
      return number;
    },
    read() {
      const number = nextNumber++;
      send({ type: 'read', number, replyTo: replyTo() });
      return number;
    },
    transfer: (to) => send({ type: 'transferLeadership', to }),
    crash(how) {
      node.crash();
      if (how === 'power') disk.losePower();
      else disk.killProcess();
    },
    restart() {
      failure = undefined;
      node.restart();
    },
  };
}

export function nodeOf(memberId: MemberId): string {
  return `m${memberId}:5050`;
}

/** The running one that leads in the highest term. */
export function leaderOf(replicas: readonly VirtualReplica[]): VirtualReplica | undefined {
  return replicas
    .flatMap((one) => {
      const status = one.inside()?.member?.status();
      return status?.role === 'leader' ? [{ one, term: status.term }] : [];
    })
    .sort((a, b) => b.term - a.term)[0]?.one;
}
