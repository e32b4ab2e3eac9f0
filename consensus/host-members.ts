/**
 * Who belongs to the cluster: the leader's host invites learners, promotes them when they have caught
 * up, and adds and removes members for operators.
 *
 *     add ─▶ learner ──invited, caught up──▶ voter ──remove──▶ (gone; its id is never given again)
 *
 * An id is the index of the log from where on it may be used, so no two members ever have the same.
 * A member that lost its disk is another member: it is replaced by one with a new id, in one step.
 */
import type { Address } from '../runtime/actor.ts';
import { address } from '../runtime/address.ts';
import type { MemberId, MembershipStep } from './entry.ts';
import {
  type DescribedMember,
  HOST_NAME,
  type HostMessage,
  type MembersAnswer,
} from './host-messages.ts';
import { greetOthers } from './host-opening.ts';
import {
  GREET_INTERVAL_MS,
  type HostContext,
  type HostHandlers,
  type HostState,
  LOOK_INTERVAL_MS,
} from './host-state.ts';
import type { MemberStatus } from './member.ts';

/** Entries that a learner may lack and be promoted: it has them in a moment. */
const CAUGHT_UP_COUNT = 100;
/** Nodes that have asked to be invited since the replica was last described; more ask again. */
const ASKING_MAX = 100;
/** A new leader has heard of all that can be reached after this. */
const EARLY_MS = 2000;

export const memberHandlers: HostHandlers<
  | 'lookDue'
  | 'replicaDescription'
  | 'greet'
  | 'addMember'
  | 'removeMember'
  | 'transferTo'
  | 'describeMembers'
  | 'proposed'
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

  addMember(state, { node, replyTo }, context) {
    const status = leading(state, replyTo, context);
    if (status === undefined) return;
    const memberId = status.lastIndex + 1;
    const present = membersAt(status, node);
    const [voter] = present.filter((one) => isVoter(status, one));
    if (present.length > 0 && voter === undefined) {
      // A learner that is waited for: it is invited when it asks.
      context.send(replyTo, { type: 'membersAnswer' });
      return;
    }
    const refused =
      voter === undefined
        ? undefined
        : whyNotRemoved(status, voter, `replace the member at ${node}`);
    if (refused !== undefined) return refuseUnlessEarly(state, replyTo, refused, context);
    const steps: MembershipStep[] = [
      ...present.map((one) => ({ type: 'removeMember', memberId: one }) as const),
      { type: 'addLearner', memberId, address: node },
    ];
    change(state, steps, replyTo, context);
  },

  removeMember(state, { node, replyTo }, context) {
    const status = leading(state, replyTo, context);
    if (status === undefined) return;
    const present = membersAt(status, node);
    if (present.length === 0) {
      const known = Object.values(status.membership.addresses).join(', ');
      return refuse(replyTo, `Cannot remove ${node}: the members are ${known}`, context);
    }
    for (const memberId of present) {
      const refused = whyNotRemoved(status, memberId, `remove ${node}`);
      if (refused !== undefined) return refuseUnlessEarly(state, replyTo, refused, context);
    }
    if (present.includes(status.id)) {
      handOverAndRedirect(state, status, replyTo, context);
      return;
    }
    const steps = present.map((memberId) => ({ type: 'removeMember', memberId }) as const);
    change(state, steps, replyTo, context, () => {
      const reason = `The master at ${node} was removed from the cluster`;
      context.send(address<HostMessage>(HOST_NAME, node), { type: 'sentAway', reason });
    });
  },

  transferTo(state, { node, replyTo }, context) {
    const status = leading(state, replyTo, context);
    if (status === undefined || state.replica === undefined) return;
    const [memberId] = membersAt(status, node).filter((one) => isVoter(status, one));
    if (memberId === undefined) {
      const voters = status.membership.voters.map((one) => addressOf(status, one)).join(', ');
      return refuse(replyTo, `Cannot let ${node} lead: those who vote are ${voters}`, context);
    }
    if (memberId !== status.id) {
      context.send(state.replica, { type: 'transferLeadership', to: memberId });
    }
    context.send(replyTo, { type: 'membersAnswer' });
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

  proposed(state, { number, outcome }) {
    const pending = state.changes.get(number);
    state.changes.delete(number);
    if (outcome.outcome === 'applied') pending?.done(undefined);
    else if (outcome.outcome === 'dropped') pending?.done(outcome.sentence);
    else pending?.done('Leadership was lost meanwhile: look whether it was done');
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
  propose(state, steps, context, (refused) => {
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
  propose(state, [{ type: 'addVoter', memberId }], context, (refused) => {
    const node = addressOf(status, memberId);
    if (refused === undefined) context.log.info(`The master at ${node} votes now`, { memberId });
  });
}

/** Who does not lead says where the leader is. */
function leading(
  { status }: HostState,
  replyTo: Address<MembersAnswer>,
  context: HostContext,
): MemberStatus | undefined {
  if (status?.role === 'leader') return status;
  const node = status === undefined ? undefined : addressOf(status, status.leader);
  const askLeader = node === undefined || node === context.options.node ? {} : { node };
  context.send(replyTo, { type: 'membersAnswer', askLeader });
  return undefined;
}

/** A member that leads can't be removed by itself: another one leads first, and is asked again. */
function handOverAndRedirect(
  { replica }: HostState,
  status: MemberStatus,
  replyTo: Address<MembersAnswer>,
  context: HostContext,
): void {
  const [next] = status.progress
    .filter(({ memberId, isLearner, isActive }) => memberId !== status.id && !isLearner && isActive)
    .sort((one, other) => other.matchIndex - one.matchIndex || one.memberId - other.memberId);
  if (next === undefined || replica === undefined) {
    const refused =
      'Cannot remove the last member that votes; a cluster ends with its last process';
    refuse(replyTo, refused, context);
    return;
  }
  context.send(replica, { type: 'transferLeadership', to: next.memberId });
  const node = addressOf(status, next.memberId);
  const askLeader = node === undefined ? {} : { node };
  context.send(replyTo, { type: 'membersAnswer', askLeader });
}

/** What would be left must still be able to decide. */
function whyNotRemoved(status: MemberStatus, memberId: MemberId, wish: string): string | undefined {
  const rest = status.membership.voters.filter((one) => one !== memberId);
  if (!isVoter(status, memberId)) return undefined;
  if (rest.length === 0) return `Cannot ${wish}: it is the only one that votes`;
  const active = status.progress.filter(
    (one) => rest.includes(one.memberId) && (one.isActive || one.memberId === status.id),
  );
  if (active.length > rest.length / 2) return undefined;
  return (
    `Cannot ${wish}: of the ${rest.length} others that vote only ${active.length} can be reached, ` +
    'and they could decide nothing without it; bring others back first'
  );
}

function change(
  state: HostState,
  steps: readonly MembershipStep[],
  replyTo: Address<MembersAnswer>,
  context: HostContext,
  then: () => void = () => {},
): void {
  propose(state, steps, context, (refused) => {
    if (refused === undefined) then();
    context.send(
      replyTo,
      refused === undefined ? { type: 'membersAnswer' } : { type: 'membersAnswer', refused },
    );
  });
}

function propose(
  state: HostState,
  steps: readonly MembershipStep[],
  context: HostContext,
  done: (refused: string | undefined) => void,
): void {
  if (state.replica === undefined) return;
  const number = state.nextChangeNumber++;
  state.changes.set(number, { done });
  context.send(state.replica, {
    type: 'proposeChange',
    change: { transition: 'auto', steps },
    number,
    replyTo: context.self,
  });
}

/** Who leads only just now has not heard of all others yet: it is to be asked again. */
function refuseUnlessEarly(
  { leadsSinceMs }: HostState,
  replyTo: Address<MembersAnswer>,
  refused: string,
  context: HostContext,
): void {
  const isEarly = leadsSinceMs === undefined || context.nowMs() - leadsSinceMs < EARLY_MS;
  if (isEarly) context.send(replyTo, { type: 'membersAnswer', askLeader: {} });
  else refuse(replyTo, refused, context);
}

function refuse(replyTo: Address<MembersAnswer>, refused: string, context: HostContext): void {
  context.send(replyTo, { type: 'membersAnswer', refused });
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

function addressOf({ membership }: MemberStatus, memberId: MemberId): string | undefined {
  return membership.addresses[String(memberId)];
}

function membersAt({ membership }: MemberStatus, node: string): readonly MemberId[] {
  return Object.entries(membership.addresses)
    .filter(([, place]) => place === node)
    .map(([memberId]) => Number(memberId));
}

function isVoter({ membership }: MemberStatus, memberId: MemberId): boolean {
  return membership.voters.includes(memberId) || membership.votersOutgoing.includes(memberId);
}

function isMember(status: MemberStatus, memberId: MemberId): boolean {
  return isVoter(status, memberId) || status.membership.learners.includes(memberId);
}
