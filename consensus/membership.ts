/**
 * Who belongs to a group, and what a change makes of it: pure, the same on all members.
 *
 * One voter more or less is a simple change: any majority before has somebody in common with any
 * majority after. Everything else goes by way of a joint membership, in which both majorities must
 * agree; it is left by a further change. A voter that becomes a learner while it still votes in the
 * outgoing half waits for that in `learnersNext`.
 * Source: Ongaro's dissertation, 4.1 and 4.3.
 */
import type { MemberId, Membership, MembershipChange, MembershipStep } from './entry.ts';

export const EMPTY_MEMBERSHIP: Membership = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  leavesJointItself: false,
  addresses: {},
};

export type ChangedMembership =
  | { readonly membership: Membership }
  /** A sentence: why no such change can be made to this membership. */
  | { readonly fault: string };

/** A change that no member could make is refused before it enters the log. */
export function changeMembership(before: Membership, change: MembershipChange): ChangedMembership {
  if (change.steps.length === 0) return leaveJoint(before);
  const odd = change.steps.find(
    ({ memberId }) => !(Number.isSafeInteger(memberId) && memberId > 0),
  );
  if (odd !== undefined) {
    return fault(`Cannot change member ${odd.memberId}: ids are whole numbers above 0`);
  }
  if (isJoint(before)) {
    return fault('Cannot change a membership that is joint: it must be left first');
  }
  if (change.transition !== 'auto') {
    return enterJoint(before, change.steps, change.transition === 'joint');
  }
  const simple = takeSteps(before, [], change.steps);
  return differenceCount(before.voters, simple.voters) > 1
    ? enterJoint(before, change.steps, true)
    : finish(simple, false);
}

export function isJoint(membership: Membership): boolean {
  return membership.votersOutgoing.length > 0;
}

/** Whoever the log is sent to, in ascending order. */
export function memberIds(membership: Membership): readonly MemberId[] {
  const { voters, votersOutgoing, learners } = membership;
  return ascending([...voters, ...votersOutgoing, ...learners]);
}

export function isLearner(membership: Membership, memberId: MemberId): boolean {
  return membership.learners.includes(memberId);
}

interface Sets {
  readonly voters: Set<MemberId>;
  readonly outgoing: readonly MemberId[];
  readonly learners: Set<MemberId>;
  readonly learnersNext: Set<MemberId>;
  readonly addresses: Map<string, string>;
}

interface Stepped extends Omit<Membership, 'leavesJointItself'> {}

function enterJoint(
  before: Membership,
  steps: readonly MembershipStep[],
  leavesJointItself: boolean,
): ChangedMembership {
  if (before.voters.length === 0) {
    return fault('Cannot enter a joint membership from one without voters');
  }
  return finish(takeSteps(before, before.voters, steps), leavesJointItself);
}

function leaveJoint(before: Membership): ChangedMembership {
  if (!isJoint(before)) return fault('Cannot leave a joint membership: this one is not joint');
  const learners = ascending([...before.learners, ...before.learnersNext]);
  return finish({ ...before, votersOutgoing: [], learners, learnersNext: [] }, false);
}

function takeSteps(
  before: Membership,
  outgoing: readonly MemberId[],
  steps: readonly MembershipStep[],
): Stepped {
  const sets: Sets = {
    voters: new Set(before.voters),
    outgoing,
    learners: new Set(before.learners),
    learnersNext: new Set(before.learnersNext),
    addresses: new Map(Object.entries(before.addresses)),
  };
  for (const step of steps) takeStep(sets, step);
  return {
    voters: ascending(sets.voters),
    votersOutgoing: outgoing,
    learners: ascending(sets.learners),
    learnersNext: ascending(sets.learnersNext),
    addresses: Object.fromEntries(sets.addresses),
  };
}

function takeStep(sets: Sets, step: MembershipStep): void {
  const { memberId } = step;
  if (step.type === 'addLearner' && sets.learners.has(memberId)) {
    // Already what it shall be; only its address may be new.
  } else {
    sets.voters.delete(memberId);
    sets.learners.delete(memberId);
    sets.learnersNext.delete(memberId);
    if (step.type === 'addVoter') sets.voters.add(memberId);
    if (step.type === 'addLearner') {
      (sets.outgoing.includes(memberId) ? sets.learnersNext : sets.learners).add(memberId);
    }
  }
  if (step.type !== 'removeMember' && step.address !== undefined) {
    sets.addresses.set(String(memberId), step.address);
  }
}

function finish(stepped: Stepped, leavesJointItself: boolean): ChangedMembership {
  if (stepped.voters.length === 0) {
    return fault('Cannot remove all voters: nobody could agree on anything any more');
  }
  const membership = { ...stepped, leavesJointItself };
  return { membership: { ...membership, addresses: addressesOf(membership) } };
}

/** Only of those that belong to the group, in ascending order of their ids. */
function addressesOf(membership: Membership): Record<string, string> {
  return Object.fromEntries(
    memberIds(membership).flatMap((memberId) => {
      const address = membership.addresses[String(memberId)];
      return address === undefined ? [] : [[String(memberId), address]];
    }),
  );
}

function differenceCount(some: readonly MemberId[], others: readonly MemberId[]): number {
  return (
    some.filter((memberId) => !others.includes(memberId)).length +
    others.filter((memberId) => !some.includes(memberId)).length
  );
}

function ascending(memberIds: Iterable<MemberId>): MemberId[] {
  return [...new Set(memberIds)].sort((one, other) => one - other);
}

function fault(sentence: string): ChangedMembership {
  return { fault: sentence };
}
