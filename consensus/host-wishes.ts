/**
 * What operators wish: members added, replaced and removed, and leadership moved, guarded against
 * losing the quorum.
 *
 *     wish ──▶ the replica describes itself ──▶ refused │ proposed ──▶ answered
 *
 * A wish is looked at with what the replica knows right then: a member whose connection broke a moment ago
 * counts as missing, and nobody is removed whom the others need.
 */
import type { Address } from '../runtime/actor.ts';
import { address } from '../runtime/address.ts';
import type { MemberId, MembershipStep } from './entry.ts';
import { proposeChange } from './host-changes.ts';
import {
  HOST_NAME,
  type HostMessage,
  type MembersAnswer,
  type OperatorWish,
} from './host-messages.ts';
import type { HostContext, HostHandlers, HostState } from './host-state.ts';
import { addressOf, isVoter, membersAt } from './host-status.ts';
import type { MemberStatus } from './member.ts';

/** Wishes that wait for the replica to describe itself, a turn each; at the maximum one is refused. */
const WISHES_MAX = 100;
/** A new leader has heard of all that can be reached after this. */
const EARLY_MS = 2000;

export const wishHandlers: HostHandlers<OperatorWish['type']> = {
  addMember: noteWish,
  removeMember: noteWish,
  transferTo: noteWish,
};

function noteWish(state: HostState, wish: OperatorWish, context: HostContext): void {
  const { replica, wishes } = state;
  if (replica === undefined) fulfilWish(state, wish, context);
  else if (wishes.length >= WISHES_MAX) {
    const refused = `Cannot do it now: ${WISHES_MAX} others wait already; ask again`;
    refuse(wish.replyTo, refused, context);
  } else {
    wishes.push(wish);
    context.send(replica, { type: 'describeReplica', replyTo: context.self });
  }
}

/** With the status as it is now. Who does not lead says where the leader is. */
export function fulfilWish(state: HostState, wish: OperatorWish, context: HostContext): void {
  const { status } = state;
  if (status?.role !== 'leader') {
    const node = status === undefined ? undefined : addressOf(status, status.leader);
    const askLeader = node === undefined || node === context.options.node ? {} : { node };
    context.send(wish.replyTo, { type: 'membersAnswer', askLeader });
    return;
  }
  fulfil[wish.type](state, status, wish, context);
}

const fulfil: Readonly<
  Record<
    OperatorWish['type'],
    (state: HostState, status: MemberStatus, wish: OperatorWish, context: HostContext) => void
  >
> = {
  addMember(state, status, { node, replyTo }, context) {
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

  removeMember(state, status, { node, replyTo }, context) {
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

  transferTo(state, status, { node, replyTo }, context) {
    if (state.replica === undefined) return;
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
};

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
  proposeChange(state, steps, context, (refused) => {
    if (refused === undefined) then();
    context.send(
      replyTo,
      refused === undefined ? { type: 'membersAnswer' } : { type: 'membersAnswer', refused },
    );
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
