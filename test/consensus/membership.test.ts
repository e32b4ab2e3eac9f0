/** What a change makes of a membership. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Membership, MembershipChange, MembershipStep } from '../../consensus/entry.ts';
import {
  changeMembership,
  EMPTY_MEMBERSHIP,
  isJoint,
  isLearner,
  memberIds,
} from '../../consensus/membership.ts';
import { voteResult } from '../../consensus/quorum.ts';

const STEP: fc.Arbitrary<MembershipStep> = fc.record({
  type: fc.constantFrom('addVoter', 'addLearner', 'removeMember'),
  memberId: fc.integer({ min: 1, max: 7 }),
});
const CHANGE: fc.Arbitrary<MembershipChange> = fc.record({
  transition: fc.constantFrom('auto', 'joint', 'jointExplicit'),
  steps: fc.array(STEP, { maxLength: 4 }),
});

test('whatever is changed, nobody has two places, and what waits waits for the outgoing half', () => {
  fc.assert(
    fc.property(fc.array(CHANGE, { maxLength: 20 }), (changes) => {
      for (const membership of course(changes)) {
        const { voters, votersOutgoing, learners, learnersNext } = membership;
        for (const list of [voters, votersOutgoing, learners, learnersNext]) {
          deepEqual(
            list,
            [...new Set(list)].sort((one, other) => one - other),
          );
        }
        ok(voters.length > 0);
        ok(learners.every((id) => !voters.includes(id) && !votersOutgoing.includes(id)));
        ok(learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id)));
        if (isJoint(membership)) continue;
        equal(membership.leavesJointItself, false);
        equal(learnersNext.length, 0);
      }
    }),
  );
});

test('any quorum before a change has somebody in common with any quorum after it', () => {
  fc.assert(
    fc.property(
      fc.array(CHANGE, { maxLength: 20 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      (changes, drawn) => {
        let before: Membership | undefined;
        for (const after of course(changes)) {
          const some = new Map(drawn.map((vote, id) => [id, vote]));
          const others = new Map(drawn.map((vote, id) => [id, !vote]));
          if (before !== undefined) {
            equal(voteResult(before, some) === 'won' && voteResult(after, others) === 'won', false);
          }
          before = after;
        }
      },
    ),
  );
});

test('one voter more is a simple change; two at a time go by way of a joint membership', () => {
  const one = after(EMPTY_MEMBERSHIP, 'auto', { type: 'addVoter', memberId: 1 });
  const two = after(one, 'auto', { type: 'addVoter', memberId: 2 });
  equal(isJoint(two), false);
  const four = after(
    two,
    'auto',
    { type: 'addVoter', memberId: 3 },
    { type: 'addVoter', memberId: 4 },
  );
  deepEqual(four.voters, [1, 2, 3, 4]);
  deepEqual(four.votersOutgoing, [1, 2]);
  equal(four.leavesJointItself, true);
  const left = after(four, 'auto');
  deepEqual([left.voters, left.votersOutgoing, left.leavesJointItself], [[1, 2, 3, 4], [], false]);
});

test('several learners are a simple change, because they do not vote', () => {
  const one = after(EMPTY_MEMBERSHIP, 'auto', { type: 'addVoter', memberId: 1 });
  const learners = after(
    one,
    'auto',
    { type: 'addLearner', memberId: 2 },
    { type: 'addLearner', memberId: 3 },
  );
  equal(isJoint(learners), false);
  deepEqual(learners.learners, [2, 3]);
  ok(isLearner(learners, 3));
});

test('a voter that is demoted in a joint membership votes on in the outgoing half until it is left', () => {
  const three = trio();
  const joint = after(three, 'jointExplicit', { type: 'addLearner', memberId: 3 });
  deepEqual(
    [joint.voters, joint.votersOutgoing],
    [
      [1, 2],
      [1, 2, 3],
    ],
  );
  deepEqual([joint.learners, joint.learnersNext, joint.leavesJointItself], [[], [3], false]);
  deepEqual(memberIds(joint), [1, 2, 3]);
  deepEqual(after(joint, 'auto').learners, [3]);
});

test('addresses come with members and go with them; a step without one leaves it as it is', () => {
  const one = after(EMPTY_MEMBERSHIP, 'auto', { type: 'addVoter', memberId: 1, address: 'a:1' });
  const two = after(one, 'auto', { type: 'addLearner', memberId: 2, address: 'b:1' });
  deepEqual(two.addresses, { '1': 'a:1', '2': 'b:1' });
  const promoted = after(two, 'auto', { type: 'addVoter', memberId: 2 });
  deepEqual(promoted.addresses, { '1': 'a:1', '2': 'b:1' });
  const joint = after(promoted, 'joint', { type: 'removeMember', memberId: 1 });
  deepEqual(joint.addresses, { '1': 'a:1', '2': 'b:1' });
  deepEqual(after(joint, 'auto').addresses, { '2': 'b:1' });
});

test('what cannot be made is refused with a sentence', () => {
  const three = trio();
  const joint = after(three, 'joint', { type: 'removeMember', memberId: 1 });
  const cases: readonly [Membership, MembershipChange, RegExp][] = [
    [three, { transition: 'auto', steps: [] }, /^Cannot leave a joint membership/],
    [joint, { transition: 'auto', steps: [{ type: 'addVoter', memberId: 4 }] }, /left first/],
    [
      EMPTY_MEMBERSHIP,
      { transition: 'joint', steps: [{ type: 'addVoter', memberId: 4 }] },
      /without voters/,
    ],
    [
      three,
      {
        transition: 'auto',
        steps: [1, 2, 3].map((memberId) => ({ type: 'removeMember', memberId })),
      },
      /^Cannot remove all voters/,
    ],
    [three, { transition: 'auto', steps: [{ type: 'addVoter', memberId: 0 }] }, /member 0/],
    [three, { transition: 'auto', steps: [{ type: 'addVoter', memberId: 1.5 }] }, /member 1.5/],
  ];
  for (const [membership, change, sentence] of cases) {
    const changed = changeMembership(membership, change);
    ok('fault' in changed && sentence.test(changed.fault), JSON.stringify(changed));
  }
});

/** All memberships that a group goes through. */
function course(changes: readonly MembershipChange[]): Membership[] {
  const memberships = [trio()];
  for (const change of changes) {
    const changed = changeMembership(memberships.at(-1) as Membership, change);
    if ('membership' in changed) memberships.push(changed.membership);
  }
  return memberships;
}

function trio(): Membership {
  return { ...EMPTY_MEMBERSHIP, voters: [1, 2, 3] };
}

function after(
  before: Membership,
  transition: MembershipChange['transition'],
  ...steps: readonly MembershipStep[]
): Membership {
  const changed = changeMembership(before, { transition, steps });
  ok('membership' in changed, JSON.stringify(changed));
  return changed.membership;
}
