/**
 * The seat of a replicated log on one master's node: its part in keeping it, and, while its replica
 * leads the log's group, who answers all that is asked of it.
 *
 *     opening ──founded, or known from before──▶ replica runs: follows ◀──▶ leads
 *        └──the directory can't be used──▶ failed: takes no part, and says why
 *     discard ──▶ the replica ends ──▶ the storage closes ──▶ (removed)
 *
 *     seat-writing: writers     seat-reading: readers     log-membership (pure): who keeps it
 *
 * Each log has a directory of its own (docs/decisions/0012). A disk that fails ends this log's
 * replica here and nothing else; the others go on with it.
 */

import { foundGroup, isFounded } from '../../../consensus/founding.ts';
import { openLogStorage } from '../../../consensus/log-storage.ts';
import { replica } from '../../../consensus/replica.ts';
import { REPLICA_DEFAULTS, replicaName } from '../../../consensus/replica-state.ts';
import { defineActor } from '../../../runtime/actor.ts';
import { sameAddress } from '../../../runtime/address.ts';
import { describeError, explainError } from '../../../runtime/errors.ts';
import { LogMachine } from './log-machine.ts';
import { nextMembershipStep } from './log-membership.ts';
import { startMemoryReplica } from './memory-replica.ts';
import {
  describeToAll,
  endWaiting,
  readingHandlers,
  sendAllAway,
  serveFollowers,
} from './seat-reading.ts';
import type {
  SeatContext,
  SeatHandlers,
  SeatMessage,
  SeatOptions,
  SeatPlace,
  SeatState,
} from './seat-state.ts';
import { writingHandlers } from './seat-writing.ts';

/** How often a leader looks whether the masters are other ones, and who has waited long enough. */
const LOOK_INTERVAL_MS = 300;
/** Of the write-ahead log of one log. */
const SEGMENT_BYTES = 4 * 2 ** 20;
/** Entries of one log in memory; older ones are read from the disk. */
const CACHE_BYTES_MAX = 4 * 2 ** 20;
/** The log is cut at every so manieth entry, once they are given up. */
const CHECKPOINT_ENTRY_COUNT = 64;

const lifeHandlers: SeatHandlers<
  | 'founded'
  | 'notFounded'
  | 'lookDue'
  | 'mastersChanged'
  | 'discard'
  | 'closed'
  | 'replicaReady'
  | 'roleChanged'
  | 'membershipChanged'
  | 'applied'
  | 'replicaDescription'
  | 'exited'
> = {
  founded(state, _, context) {
    if (!state.discarded) startReplica(state, context);
  },

  notFounded(state, { sentence }, context) {
    fail(state, sentence, context);
  },

  lookDue(state, _, context) {
    context.sendSelfAfter(LOOK_INTERVAL_MS, { type: 'lookDue' });
    state.storage?.maintain();
    if (!state.leads || state.replica === undefined) return;
    endWaiting(state, context);
    if (context.options.place.kind === 'memory') return;
    context.send(state.replica, { type: 'describeReplica', replyTo: context.self });
  },

  mastersChanged(state, { masters }) {
    state.masters = masters;
  },

  discard(state, _, context) {
    if (state.discarded) return;
    state.discarded = true;
    sendAllAway(state, 'the log was removed', context);
    if (state.replica === undefined) close(state, context);
    else context.stop(state.replica);
  },

  closed(_, _message, context) {
    const { place, log } = context.options;
    try {
      if (place.kind === 'disk') place.directory.remove();
    } catch (error) {
      context.log.warn(`Cannot remove what log "${log.name}" has left: ${describeError(error)}`);
    }
    context.stop();
  },

  replicaReady() {},

  roleChanged(state, { role, leader }, context) {
    state.leader = leader?.address;
    const leads = role === 'leader';
    if (state.leads && !leads) {
      sendAllAway(state, 'another master leads the log now', context);
      state.status = undefined;
    }
    if (!state.leads && leads) state.proposed = { epoch: 0, sequence: 0 };
    state.leads = leads;
  },

  membershipChanged() {},

  applied(state, _, context) {
    if (state.leads) serveFollowers(state, context);
  },

  replicaDescription(state, { status }, context) {
    const { masters, replica: own } = state;
    if (status.role !== 'leader' || own === undefined) return;
    state.status = status;
    describeToAll(state, context);
    if (masters === undefined || state.changeNumber !== undefined) return;
    const due = nextMembershipStep(masters, status);
    if (due === undefined) return;
    if (due.step === 'handOver') {
      context.send(own, { type: 'transferLeadership', to: due.to });
      return;
    }
    state.changeNumber = state.nextNumber++;
    context.send(own, {
      type: 'proposeChange',
      change: due.change,
      number: state.changeNumber,
      replyTo: context.self,
    });
  },

  exited(state, { address, reason }, context) {
    if (state.replica === undefined || !sameAddress(address, state.replica)) return;
    state.replica = undefined;
    state.leads = false;
    if (state.discarded) close(state, context);
    else fail(state, `its replica has ended (${reason}); the lines before say why`, context);
  },
};

export const logSeat = defineActor<SeatOptions, SeatState, SeatMessage>({
  name: 'replicated-log',
  initialState: () => ({
    machine: new LogMachine(),
    storage: undefined,
    reader: undefined,
    replica: undefined,
    leads: false,
    leader: undefined,
    masters: undefined,
    status: undefined,
    proposed: { epoch: 0, sequence: 0 },
    proposals: new Map(),
    proposalBytes: 0,
    reads: new Map(),
    descriptions: [],
    followers: new Map(),
    changeNumber: undefined,
    nextNumber: 1,
    failure: undefined,
    discarded: false,
  }),
  started(state, context) {
    const { place, log } = context.options;
    context.sendSelfAfter(LOOK_INTERVAL_MS, { type: 'lookDue' });
    if (place.kind === 'memory') {
      const { reader, address } = startMemoryReplica(state.machine, log.logId, context);
      Object.assign(state, { reader, replica: address });
      return;
    }
    state.masters = place.masters;
    open(state, place, context);
  },
  handlers: { ...lifeHandlers, ...writingHandlers, ...readingHandlers },
  stopped({ storage }) {
    storage?.close(() => {});
  },
  inspect: ({ machine, leads, leader, failure, proposals, reads, descriptions, followers }) => ({
    ...{ leads, leader, failure, writer: machine.writer },
    ...{ beginning: machine.beginning, ending: machine.ending, heldBytes: machine.heldBytes },
    pendingProposalCount: proposals.size,
    pendingReadCount: reads.size + descriptions.length,
    followerCount: followers.size,
  }),
});

function open(
  state: SeatState,
  place: Extract<SeatPlace, { kind: 'disk' }>,
  context: SeatContext,
): void {
  const { log, node } = context.options;
  const { clusterId, memberId } = place;
  try {
    state.storage = openLogStorage({
      ...{ clusterId, memberId, disk: place.directory.open(), makes: true },
      segmentBytes: SEGMENT_BYTES,
      keptEntryCount: 0,
      cacheBytesMax: CACHE_BYTES_MAX,
      // The replica hears of it by its appends, and ends.
      onFailed: () => {},
      onNearlyFull: (isNearlyFull) => {
        if (isNearlyFull) {
          context.log.error(
            `The disk is nearly full: nothing is written to log "${log.name}" here`,
          );
        } else context.log.info('The disk has room again', { log: log.name });
      },
    });
    place.directory.noteBegun();
  } catch (error) {
    fail(state, explainError(error), context);
    return;
  }
  const { storage, machine } = state;
  const founds = log.founders.some((one) => one.memberId === memberId && one.node === node);
  if (!founds || log.clusterId !== clusterId || isFounded(storage, log.logId)) {
    startReplica(state, context);
    return;
  }
  const voters = log.founders.map((one) => ({ memberId: one.memberId, address: one.node }));
  const group = log.logId;
  context.defer(foundGroup({ storage, group, machine, memberId, address: node, voters }), {
    onValue: () => ({ type: 'founded' }),
    onError: (error) => ({ type: 'notFounded', sentence: describeError(error) }),
  });
}

function startReplica(state: SeatState, context: SeatContext): void {
  const { place, log, timings } = context.options;
  const { storage, machine } = state;
  if (storage === undefined || place.kind !== 'disk') return;
  const { clusterId, memberId } = place;
  const group = log.logId;
  state.reader = storage.reader(group);
  state.replica = context.spawn(
    replica,
    {
      ...{ clusterId, memberId, group, machine, storage, owner: context.self },
      timings: timings ?? REPLICA_DEFAULTS.timings,
      snapshotEntryCount: CHECKPOINT_ENTRY_COUNT,
    },
    { name: replicaName(group), onCrash: 'stop', mailboxCountMax: 1_000_000 },
  );
  context.link(state.replica);
}

function close({ storage }: SeatState, context: SeatContext): void {
  if (storage === undefined) {
    context.send(context.self, { type: 'closed' });
    return;
  }
  const done = new Promise<void>((resolve) => storage.close(() => resolve()));
  const closed = () => ({ type: 'closed' }) as const;
  context.defer(done, { onValue: closed, onError: closed });
}

function fail(state: SeatState, sentence: string, context: SeatContext): void {
  const { log } = context.options;
  state.failure = sentence;
  sendAllAway(state, 'this master takes no part in the log', context);
  for (const request of state.proposals.values()) {
    const reason = 'this master takes no part in the log any more';
    context.send(request.replyTo, { type: 'logRetry', number: request.number, reason });
  }
  state.proposals.clear();
  state.proposalBytes = 0;
  context.log.error(`This master takes no part in keeping log "${log.name}": ${sentence}`);
}
