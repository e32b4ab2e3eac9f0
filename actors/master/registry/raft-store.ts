/**
 * The registry store that the masters keep together in a replicated log.
 *
 *     mastership, registrar ──▶ raft-store ──▶ replica (of this node's host) ◀──▶ those of other masters
 *
 *     following ──the replica leads──▶ beginning ──`recover` is applied──▶ leading
 *         ▲                               └─────────────the replica leads no more─────┘
 *
 * Being the leader of the log is not enough to lead: first an entry that begins the leadership has to
 * be applied here. Then everything that leaders before have written is applied as well, and its index is
 * the epoch. Every write carries the epoch and comes to nothing when another has begun (see
 * `registry-machine.ts`), so what a deposed leader still asks for does no harm.
 */

import type { Disk } from '../../../consensus/disk.ts';
import type { MemberId, Membership } from '../../../consensus/entry.ts';
import { host } from '../../../consensus/host.ts';
import {
  HOST_NAME,
  type HostMessage,
  type HostNews,
  type MembersAnswer,
} from '../../../consensus/host-messages.ts';
import type { HostOptions } from '../../../consensus/host-state.ts';
import { EMPTY_MEMBERSHIP } from '../../../consensus/membership.ts';
import type {
  Proposed,
  Readable,
  ReplicaDescription,
  ReplicaMessage,
} from '../../../consensus/replica-messages.ts';
import { replicaName } from '../../../consensus/replica-state.ts';
import { type Address, type Context, defineActor, type Exited } from '../../../runtime/actor.ts';
import { address } from '../../../runtime/address.ts';
import { REPLICATED_LOGS_NAME } from '../../protocol/replicated-logs.ts';
import type {
  FromStoreToLogs,
  LogDirectories,
  LogsIdentity,
} from '../replicated-logs/logs-messages.ts';
import { replicatedLogs } from '../replicated-logs/replicated-logs.ts';
import type { Leader } from './leader.ts';
import { copyRegistry } from './registry.ts';
import { encodeEntry, type RegistryAnswer, RegistryMachine } from './registry-machine.ts';
import type {
  FromStoreToReader,
  FromStoreToRegistrar,
  RegistryStoreMessage,
  RegistryStoreOptions,
  StartRegistryStore,
} from './store.ts';

/** The log that all masters keep. */
export const REGISTRY_GROUP = 'registry';

/** Between two attempts to begin, when the log takes nothing just now. */
const BEGIN_AGAIN_MS = 100;
/** Between two attempts to learn what all masters agree on, when nobody leads. */
const READ_AGAIN_MS = 1000;
/** Who resigned and still leads the log after this begins anew. */
const RESIGNED_MS = 1000;

export interface RaftStoreOptions
  extends RegistryStoreOptions,
    Pick<HostOptions, 'nodes' | 'timings' | 'snapshotEntryCount' | 'introduceIntervalMs'> {
  readonly disk: Disk;
  /** Hears, before the store ends, that its directory can't be used here, and by which code. */
  readonly onUnusable?: (code: string) => void;
  /** Where this master keeps its part of the replicated logs of frameworks; absent: it keeps none. */
  readonly logDirectories?: LogDirectories;
}

type RaftStoreMessage =
  | RegistryStoreMessage
  | HostNews
  | Proposed
  | Readable
  /** From the replica: how old is what is read. */
  | ReplicaDescription
  | Exited
  /** From ourselves. */
  | { readonly type: 'beginDue' }
  | { readonly type: 'readDue' };

type PendingWrite = Pick<
  Extract<RegistryStoreMessage, { readonly type: 'write' }>,
  'writeNumber' | 'replyTo'
>;

interface PendingRead {
  readonly readNumber: number;
  readonly replyTo: Address<FromStoreToReader>;
}

interface RaftStoreState {
  readonly machine: RegistryMachine;
  /** Whether the replica of this node leads the log, in which term, and who does. */
  role: { readonly leads: boolean; readonly term: number; readonly leader: MemberId | undefined };
  /** The proposal that begins a leadership, while it is on its way. */
  beginning: number | undefined;
  beganMs: number;
  /** Of the leadership that the mastership was told of. */
  epoch: number | undefined;
  /** All masters, and where they are; empty while a new one has not heard of them. */
  membership: Membership;
  /** The replicated logs of frameworks on this node, and what they were told last. */
  logs: Address<FromStoreToLogs> | undefined;
  logsTold: FromStoreToLogs | undefined;
  /** Whose directory this is. */
  identity: LogsIdentity | undefined;
  /** What the mastership was told of others. */
  told: Leader | undefined;
  readonly writes: Map<number, PendingWrite>;
  nextNumber: number;
  /** There is a replica; until then this node belongs to no cluster, or reads what it has. */
  hasReplica: boolean;
  /** Oldest first; the replica is asked how old they are. */
  readonly reads: PendingRead[];
}

type RaftStoreContext = Context<RaftStoreOptions, RaftStoreMessage>;

export const raftStore = defineActor<RaftStoreOptions, RaftStoreState, RaftStoreMessage>({
  name: 'registry-store',
  initialState: () => ({
    machine: new RegistryMachine(),
    role: { leads: false, term: 0, leader: undefined },
    beginning: undefined,
    beganMs: 0,
    epoch: undefined,
    membership: EMPTY_MEMBERSHIP,
    logs: undefined,
    logsTold: undefined,
    identity: undefined,
    told: undefined,
    writes: new Map(),
    nextNumber: 1,
    hasReplica: false,
    reads: [],
  }),
  started(state, context) {
    const { machine } = state;
    const { candidate, nodes, disk, timings, snapshotEntryCount, introduceIntervalMs } =
      context.options;
    const started = context.spawn(
      host,
      {
        node: candidate.node,
        nodes,
        disk,
        group: REGISTRY_GROUP,
        machine,
        owner: context.self,
        ...(timings === undefined ? {} : { timings }),
        ...(snapshotEntryCount === undefined ? {} : { snapshotEntryCount }),
        ...(introduceIntervalMs === undefined ? {} : { introduceIntervalMs }),
      },
      { name: HOST_NAME, onCrash: 'escalate' },
    );
    context.link(started);
    context.options.metrics?.gauges('registrar/log', () => [
      ['registrar/log/recovered', state.hasReplica ? 1 : 0],
      ['registrar/log/ensemble_size', state.membership.voters.length],
    ]);
    const { logDirectories: directories } = context.options;
    if (directories === undefined) return;
    const keeper = { kind: 'disk', disk, directories, store: context.self } as const;
    const options = { ...(timings === undefined ? {} : { timings }), keeper };
    state.logs = context.spawn(replicatedLogs, options, {
      name: REPLICATED_LOGS_NAME,
      onCrash: 'escalate',
    });
  },
  handlers: {
    write(state, { epoch, operations, writeNumber, replyTo }, context) {
      const number = state.nextNumber++;
      state.writes.set(number, { writeNumber, replyTo });
      propose(number, encodeEntry(epoch, operations), context);
    },

    read(state, { readNumber, replyTo }, context) {
      if (!state.hasReplica) {
        context.send(replyTo, { type: 'nothingToRead', readNumber });
        return;
      }
      state.reads.push({ readNumber, replyTo });
      context.send(replicaOf(context), { type: 'describeReplica', replyTo: context.self });
    },

    replicaDescription(state, { clusterId, status, leaderHeardMs }, context) {
      const { reads, machine } = state;
      if (state.identity === undefined) {
        // What was asked when it began: nobody else could have asked before.
        state.identity = { clusterId, memberId: status.id };
        tellLogs(state, context);
        return;
      }
      const read = reads.shift();
      if (read === undefined) return;
      const { readNumber, replyTo } = read;
      const registry = copyRegistry(machine.registry);
      const { term, appliedIndex } = status;
      const age = { term, appliedIndex, leaderHeardMs };
      context.send(replyTo, { type: 'registryRead', readNumber, registry, age });
    },

    /** Where nobody else can take over, it begins another epoch by itself a little later. */
    resign(state, { node }, context) {
      if (!state.role.leads) return;
      depose(state, 'it resigned', context);
      handOver(node ?? othersOf(state, context)[0], context);
    },

    roleChanged(state, { role, term, leader }, context) {
      const before = state.role;
      const leads = role === 'leader';
      state.role = { leads, term, leader: leader?.memberId };
      if (!leads || before.term !== term) {
        state.beginning = undefined;
        depose(state, `the masters' log is led by ${leaderNode(state) ?? 'nobody'} now`, context);
      }
      if (leads && state.epoch === undefined && state.beginning === undefined)
        begin(state, context);
      tellLeader(state, context);
      tellLogs(state, context);
    },

    membershipChanged(state, { membership }, context) {
      state.membership = membership;
      const masters = Object.values(membership.addresses);
      context.send(context.options.mastership, { type: 'mastersChanged', masters });
      tellLeader(state, context);
      tellLogs(state, context);
    },

    applied(state, _, context) {
      const { leader } = state.machine.registry;
      if (state.epoch !== undefined && leader?.epoch !== state.epoch) {
        depose(state, `epoch ${leader?.epoch} has begun`, context);
      }
      tellLeader(state, context);
      tellLogs(state, context);
    },

    proposed(state, { number, outcome }, context) {
      if (number === state.beginning) {
        state.beginning = undefined;
        if (outcome.outcome === 'applied') begun(state, outcome.index, context);
        else if (outcome.outcome === 'dropped' && outcome.reason === 'logNearlyFull') {
          // Who can't write must not keep those from leading who can: another one each time.
          const others = othersOf(state, context);
          handOver(others[number % others.length], context);
        } else if (outcome.outcome === 'dropped') {
          context.sendSelfAfter(BEGIN_AGAIN_MS, { type: 'beginDue' });
        }
        return;
      }
      const write = state.writes.get(number);
      if (write === undefined) return;
      state.writes.delete(number);
      // Who asked for it finds it in what is known before the answer.
      tellLogs(state, context);
      context.send(write.replyTo, answerTo(write, outcome));
    },

    beginDue(state, _, context) {
      const { leads } = state.role;
      if (leads && state.epoch === undefined && state.beginning === undefined)
        begin(state, context);
    },

    replicaReady(state, _message, context) {
      state.hasReplica = true;
      const replica = replicaOf(context);
      context.send(replica, { type: 'describeReplica', replyTo: context.self });
      context.send(context.self, { type: 'readDue' });
    },

    /** Once after the start: then it is known which logs there are, and which are no more. */
    readDue(state, _, context) {
      if (state.logs === undefined) return;
      context.send(replicaOf(context), { type: 'read', number: 1, replyTo: context.self });
    },

    readable({ logs }, { refused }, context) {
      if (refused !== undefined) context.sendSelfAfter(READ_AGAIN_MS, { type: 'readDue' });
      else if (logs !== undefined) context.send(logs, { type: 'registryCaughtUp' });
    },

    hostSentAway(_, { reason, code }, context) {
      context.log.error(reason);
      if (code !== undefined) context.options.onUnusable?.(code);
      context.stop();
    },

    /** The replica has ended, and then the host: it has said why. */
    exited({ machine }, _message, context) {
      if (machine.fault !== undefined) context.options.onUnusable?.(machine.fault.code);
      context.stop();
    },
  },
  stopped: (_state, { options: { metrics } }) => metrics?.endGauges('registrar/log'),
  inspect: ({ role, epoch, machine, writes }) => ({
    ...role,
    epoch,
    leader: machine.registry.leader,
    pendingWriteCount: writes.size,
    admittedCount: machine.registry.admitted.size,
    frameworkCount: machine.registry.frameworks.size,
  }),
});

/** A store on this disk, with these masters. */
export function startRaftStore(
  options: Omit<RaftStoreOptions, keyof RegistryStoreOptions>,
): StartRegistryStore {
  return (given, parent, settings) => parent.spawn(raftStore, { ...options, ...given }, settings);
}

function begin(state: RaftStoreState, context: RaftStoreContext): void {
  const { candidate } = context.options;
  state.beginning = state.nextNumber++;
  state.beganMs = context.nowMs();
  const recover = { type: 'recover', leader: { epoch: 0, candidate } } as const;
  propose(state.beginning, encodeEntry(0, [recover]), context);
}

/** Lets `next` lead, if there is one and it can; a little later this one tries again. */
function handOver(next: string | undefined, context: RaftStoreContext): void {
  if (next !== undefined) {
    const wish = { type: 'transferTo', node: next, replyTo: nobody(context) } as const;
    context.send(address<HostMessage>(HOST_NAME, context.self.node), wish);
  }
  context.sendSelfAfter(RESIGNED_MS, { type: 'beginDue' });
}

function othersOf({ membership }: RaftStoreState, context: RaftStoreContext): readonly string[] {
  const { candidate } = context.options;
  return Object.values(membership.addresses).filter((other) => other !== candidate.node);
}

function begun(state: RaftStoreState, epoch: number, context: RaftStoreContext): void {
  const { leader } = state.machine.registry;
  if (!state.role.leads || leader?.epoch !== epoch) return;
  state.epoch = epoch;
  state.told = leader;
  const registry = copyRegistry(state.machine.registry);
  const nowMs = context.nowMs();
  context.options.metrics?.time('registrar/state_fetch_ms', nowMs - state.beganMs, nowMs);
  context.send(context.options.mastership, { type: 'elected', leader, registry });
  tellLogs(state, context);
}

function depose(state: RaftStoreState, reason: string, context: RaftStoreContext): void {
  const { epoch } = state;
  if (epoch === undefined) return;
  state.epoch = undefined;
  state.told = undefined;
  context.send(context.options.mastership, { type: 'deposed', epoch, reason });
}

/** Who leads, as soon as the one who leads the log has begun: in between nobody does. */
function tellLeader(state: RaftStoreState, context: RaftStoreContext): void {
  if (state.epoch !== undefined) return;
  const { leader } = state.machine.registry;
  const isOfLog = !state.role.leads && leader?.candidate.node === leaderNode(state);
  const known = isOfLog ? leader : undefined;
  if (known?.epoch === state.told?.epoch) return;
  state.told = known;
  context.send(context.options.mastership, { type: 'leaderChanged', leader: known });
}

/** Where the leader of the log is. A new member hears who leads before it hears where that is. */
function leaderNode({ role, membership }: RaftStoreState): string | undefined {
  return role.leader === undefined ? undefined : membership.addresses[String(role.leader)];
}

function propose(number: number, data: Uint8Array, context: RaftStoreContext): void {
  context.send(replicaOf(context), { type: 'propose', data, number, replyTo: context.self });
}

function replicaOf({ self }: RaftStoreContext): Address<ReplicaMessage> {
  return address(replicaName(REGISTRY_GROUP), self.node);
}

/** What the replicated logs need to know of the registry and of the masters, when it has changed. */
function tellLogs(state: RaftStoreState, context: RaftStoreContext): void {
  const { logs, logsTold, identity, epoch, membership, machine } = state;
  if (logs === undefined || identity === undefined) return;
  const leader = epoch === undefined ? state.told?.candidate.node : context.self.node;
  const isSame =
    logsTold?.type === 'registryKnown' &&
    logsTold.logs === machine.registry.logs &&
    logsTold.masters === membership &&
    logsTold.epoch === epoch &&
    logsTold.leader === leader;
  if (isSame) return;
  state.logsTold = {
    type: 'registryKnown',
    ...{ identity, masters: membership, logs: machine.registry.logs },
    ...(epoch === undefined ? {} : { epoch }),
    ...(leader === undefined ? {} : { leader }),
  };
  context.send(logs, state.logsTold);
}

function answerTo(
  { writeNumber }: PendingWrite,
  outcome: Proposed['outcome'],
): FromStoreToRegistrar {
  const failed = (how: 'notApplied' | 'unknown', sentence: string): FromStoreToRegistrar => ({
    type: 'writeFailed',
    writeNumber,
    outcome: how,
    sentence,
  });
  if (outcome.outcome === 'dropped') return failed('notApplied', outcome.sentence);
  if (outcome.outcome === 'unknown') {
    return failed('unknown', 'Cannot say whether it was written: leadership was lost meanwhile');
  }
  const answer = outcome.answer as RegistryAnswer;
  if (answer.kind === 'applied') return { type: 'written', writeNumber, refusals: answer.refusals };
  const sentence = `Cannot write in an epoch that has passed: epoch ${answer.leader?.epoch} has begun`;
  return failed('notApplied', sentence);
}

/** Where answers go that nobody waits for. */
function nobody({ self }: RaftStoreContext): Address<MembersAnswer> {
  return address('nobody', self.node);
}
