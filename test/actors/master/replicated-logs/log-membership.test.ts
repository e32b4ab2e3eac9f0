/** What the leader of a log changes so that the masters keep it, and nobody else. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { nextMembershipStep } from '../../../../actors/master/replicated-logs/log-membership.ts';
import type { Membership } from '../../../../consensus/entry.ts';
import type { MemberStatus } from '../../../../consensus/member.ts';
import { EMPTY_MEMBERSHIP } from '../../../../consensus/membership.ts';

function membership(voters: readonly number[], learners: readonly number[] = []): Membership {
  const addresses = Object.fromEntries([...voters, ...learners].map((id) => [id, `m${id}:5050`]));
  return { ...EMPTY_MEMBERSHIP, voters, learners, addresses };
}

/** Of member 1, which leads; those that are silent or behind are named. */
function leading(
  of: Membership,
  { silent = [], behind = [] }: { silent?: readonly number[]; behind?: readonly number[] } = {},
): MemberStatus {
  const ids = [...of.voters, ...of.learners];
  return {
    ...{ id: 1, role: 'leader', leader: 1, term: 2, vote: 1, committedIndex: 1000 },
    ...{ firstIndex: 2, lastIndex: 1000, appliedIndex: 1000, membership: of },
    ...{ transferTarget: 0, uncommittedBytes: 0 },
    progress: ids.map((memberId) => ({
      ...{ memberId, mode: 'replicate', nextIndex: 1001, snapshotIndex: 0, inflightCount: 0 },
      ...{ isInflightFull: false, isBlocked: false, isLearner: of.learners.includes(memberId) },
      matchIndex: behind.includes(memberId) ? 1 : 1000,
      isActive: !silent.includes(memberId),
    })),
  } as MemberStatus;
}

const step = (type: string, memberId: number, address?: string) => ({
  step: 'change',
  change: {
    transition: 'auto',
    steps: [{ type, memberId, ...(address === undefined ? {} : { address }) }],
  },
});

test('where the masters keep it nothing is changed', () => {
  equal(nextMembershipStep(membership([1, 2, 3]), leading(membership([1, 2, 3]))), undefined);
});

test('a new master learns first, and votes when it has caught up', () => {
  const masters = membership([1, 2, 3, 4]);
  const three = membership([1, 2, 3]);
  deepEqual(nextMembershipStep(masters, leading(three)), step('addLearner', 4, 'm4:5050'));
  const learning = membership([1, 2, 3], [4]);
  equal(nextMembershipStep(masters, leading(learning, { behind: [4] })), undefined);
  equal(nextMembershipStep(masters, leading(learning, { silent: [4] })), undefined);
  deepEqual(nextMembershipStep(masters, leading(learning)), step('addVoter', 4));
});

test('a master that learns itself is not promoted', () => {
  const masters = membership([1, 2, 3], [4]);
  equal(nextMembershipStep(masters, leading(membership([1, 2, 3], [4]))), undefined);
});

test('who is no master any more goes when those that come vote', () => {
  const masters = membership([1, 2, 4]);
  const before = leading(membership([1, 2, 3], [4]), { behind: [4] });
  equal(nextMembershipStep(masters, before), undefined);
  const after = leading(membership([1, 2, 3, 4]));
  deepEqual(nextMembershipStep(masters, after), step('removeMember', 3));
});

test('who is no master and silent goes first, if the others can decide without it', () => {
  const masters = membership([1, 2, 4]);
  const one = leading(membership([1, 2, 3]), { silent: [3] });
  deepEqual(nextMembershipStep(masters, one), step('removeMember', 3));
  const two = leading(membership([1, 2, 3]), { silent: [2, 3] });
  deepEqual(nextMembershipStep(masters, two), step('addLearner', 4, 'm4:5050'));
});

test('a learner that was removed before it voted goes', () => {
  const after = leading(membership([1, 2, 3], [4]));
  deepEqual(nextMembershipStep(membership([1, 2, 3]), after), step('removeMember', 4));
});

test('a leader that is no master any more hands over before it goes', () => {
  const masters = membership([2, 3, 4]);
  const due = nextMembershipStep(masters, leading(membership([1, 2, 3, 4]), { behind: [2] }));
  deepEqual(due, { step: 'handOver', to: 3 });
});

test('nothing is changed while a change is joint', () => {
  const joint = { ...membership([1, 2, 3]), votersOutgoing: [1, 2] };
  equal(nextMembershipStep(membership([1, 2, 4]), leading(joint)), undefined);
});
