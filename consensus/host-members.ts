/**
 * Who belongs to the cluster: the leader's host invites learners and promotes them when they have caught
 * up; what operators wish is in `host-wishes.ts`.
 *
 *     add ─▶ learner ──invited, caught up──▶ voter ──remove──▶ (gone; its id is never given again)
 *
 * An id is the index of the log from where on it may be used, so no two members ever have the same.
 * A member that lost its disk is another member: it is replaced by one with a new id, in one step.
 */
import { address } from '../runtime/address.ts';
import type { MemberId, MembershipStep } from './entry.ts';
import { proposeChange } from './host-changes.ts';
import { type DescribedMember, HOST_NAME, type HostMessage } from './host-messages.ts';
import { greetOthers } from './host-opening.ts';
import {
  GREET_INTERVAL_MS,
  type HostContext,
  type HostHandlers,
  type HostState,
  LOOK_INTERVAL_MS,
} from './host-state.ts';
import { addressOf, isMember, isVoter, membersAt } from './host-status.ts';
import { fulfilWish } from './host-wishes.ts';
import type { MemberStatus } from './member.ts';

/** Entries that a learner may lack and be promoted: it has them in a moment. */
const CAUGHT_UP_COUNT = 100;
/** Nodes that have asked to be invited since the replica was last described; more ask again. */
const ASKING_MAX = 100;

export const memberHandlers: HostHandlers<
  'lookDue' | 'replicaDescription' | 'greet' | 'describeMembers'
> = {
  lookDue(state, _, context) {
    const { replica, status, greetedMs } = state;
    if (replica !== undefined) {
      context.send(replica, { type: 'describeReplica', replyTo: context.self });
      // A learner asks for no election, and so never notices that its leader is silent.
      const isAlone = status !== undefined && (status.leader === 0 || !isVoter(status, status.id));
      if (isAlone && context.nowMs() - greetedMs >= GREET_INTERVAL_MS) greetOthers(state, context);
    }
    context.sendSelfAfter(LOOK_INTERVAL_MS, { type: 'lookDue' });
  },

  replicaDescription(state, { status }, context) {
    state.status = status;
    if (status.role === 'leader') {
      for (const node of state.asking) inviteIfLearner(state, status, node, context);
      promoteWhoCaughtUp(state, status, context);
    }
    state.asking.clear();
    for (const wish of state.wishes.splice(0)) fulfilWish(state, wish, context);
  },

  /**
   * One that was removed while it was away has not heard of it. Of two clusters that meet, the one
   * that has a leader is believed: a single node with a wrong directory sends nobody away.
   */
  greet({ identity, status }, { clusterId, memberId }, context) {
    const { sender } = context;
    if (identity === undefined || sender === undefined) return;
    const host = address<HostMessage>(HOST_NAME, sender.node);
    if (clusterId !== identity.clusterId) {
      if (status === undefined || status.leader === 0) return;
      const reason =
        `The master at ${context.options.node} belongs to another cluster: its log is of ` +
        `${identity.clusterId}, that of ${sender.node} of ${clusterId}`;
      context.send(host, { type: 'sentAway', reason, clusterId: identity.clusterId });
      return;
    }
    if (status?.role !== 'leader' || isMember(status, memberId)) return;
    const reason = `The master at ${sender.node} was removed from the cluster`;
    context.send(host, { type: 'sentAway', reason });
  },

  describeMembers({ seeking, identity, status }, { replyTo }, context) {
    const leader = status === undefined ? undefined : addressOf(status, status.leader);
    context.send(replyTo, {
      type: 'membersDescription',
      node: context.options.node,
      ...(identity === undefined ? {} : identity),
      ...(seeking === undefined ? {} : { waitsFor: seeking.waitsFor }),
      ...(leader === undefined ? {} : { leader }),
      term: status?.term ?? 0,
      committedIndex: status?.committedIndex ?? 0,
      appliedIndex: status?.appliedIndex ?? 0,
      members: status === undefined ? [] : describeAll(status),
    });
  },
};

/** @returns whether that node, which has no log, is a learner; if so it is answered when it is clear how */
export function noteLearner(state: HostState, node: string, context: HostContext): boolean {
  const { identity, replica, status } = state;
  if (identity === undefined || replica === undefined || status?.role !== 'leader') return false;
  if (learnerAt(status, node) === undefined) return false;
  // What was last described may be older than what it has lost.
  if (state.asking.size < ASKING_MAX) state.asking.add(node);
  context.send(replica, { type: 'describeReplica', replyTo: context.self });
  return true;
}

/**
 * One that had some of the log has lost its disk: what the leader believes of it is true no more, so it
 * becomes another learner first, and is invited when it asks again. (It has not voted, so nobody
 * needs to be asked.)
 */
function inviteIfLearner(
  state: HostState,
  status: MemberStatus,
  node: string,
  context: HostContext,
): void {
  const { identity } = state;
  const memberId = learnerAt(status, node);
  if (identity === undefined || memberId === undefined) return;
  const progress = status.progress.find((one) => one.memberId === memberId);
  if ((progress?.matchIndex ?? 0) > 0) {
    if (state.changes.size === 0) replaceLearner(state, status, { memberId, node }, context);
    return;
  }
  const { clusterId } = identity;
  context.send(address<HostMessage>(HOST_NAME, node), { type: 'invited', clusterId, memberId });
}

function learnerAt(status: MemberStatus, node: string): MemberId | undefined {
  return status.membership.learners.find((one) => addressOf(status, one) === node);
}

function replaceLearner(
  state: HostState,
  status: MemberStatus,
  { memberId, node }: { readonly memberId: MemberId; readonly node: string },
  context: HostContext,
): void {
  const steps: MembershipStep[] = [
    { type: 'removeMember', memberId },
    { type: 'addLearner', memberId: status.lastIndex + 1, address: node },
  ];
  proposeChange(state, steps, context, (refused) => {
    if (refused === undefined) {
      context.log.warn(
        `The master at ${node} lost its log before it voted: it is another member now`,
      );
    }
  });
}

export function isLearner({ status }: HostState, node: string): boolean {
  return status !== undefined && learnerAt(status, node) !== undefined;
}

/** Why a node without a log can't join, as a sentence; undefined while that is not known here. */
export function whyNotInvited({ status }: HostState, node: string): string | undefined {
  if (status === undefined || status.leader === 0) return undefined;
  const present = membersAt(status, node).some((one) => isVoter(status, one));
  if (!present) return undefined;
  return (
    `The master at ${node} was a member of this cluster and has lost its log; what it promised is lost ` +
    `with it, so it can only come back as another member: messor masters add ${node}`
  );
}

function promoteWhoCaughtUp(state: HostState, status: MemberStatus, context: HostContext): void {
  const { membership, committedIndex } = status;
  if (state.changes.size > 0 || membership.votersOutgoing.length > 0) return;
  const ready = status.progress.find(
    ({ isLearner, isActive, mode, matchIndex }) =>
      isLearner &&
      isActive &&
      mode === 'replicate' &&
      matchIndex > 0 &&
      matchIndex + CAUGHT_UP_COUNT >= committedIndex,
  );
  if (ready === undefined) return;
  const { memberId } = ready;
  proposeChange(state, [{ type: 'addVoter', memberId }], context, (refused) => {
    const node = addressOf(status, memberId);
    if (refused === undefined) context.log.info(`The master at ${node} votes now`, { memberId });
  });
}

function describeAll(status: MemberStatus): readonly DescribedMember[] {
  return Object.entries(status.membership.addresses).map(([id, node]) => {
    const memberId = Number(id);
    const progress = status.progress.find((one) => one.memberId === memberId);
    return {
      memberId,
      node,
      votes: isVoter(status, memberId),
      leads: status.leader === memberId,
      ...(progress === undefined
        ? {}
        : {
            matchIndex: progress.matchIndex,
            isActive: progress.isActive || memberId === status.id,
          }),
    };
  });
}
