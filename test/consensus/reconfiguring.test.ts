/** Who belongs to the group changes while it works: chapter 4 of the dissertation. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { MembershipChange, MembershipStep } from '../../consensus/entry.ts';
import { ledGroup, operation, type PlayedGroup } from './played-group.ts';

test('a member that joins with nothing is sent a snapshot, and learns who was there before it', () => {
  const group = ledGroup(3);
  group.start({ id: 4 });
  change(group, { type: 'addLearner', memberId: 4, address: 'host-4:1' });
  group.tick(1, 2);
  const { membership, role } = group.get(4).member.status();
  deepEqual([membership.voters, membership.learners, role], [[1, 2, 3], [4], 'follower']);
  deepEqual(membership.addresses, { '4': 'host-4:1' });
  equal(group.get(4).applied.index, 3);
});

test('a learner does not count; promoted, it does', () => {
  const group = ledGroup(1);
  group.start({ id: 2 });
  change(group, { type: 'addLearner', memberId: 2 });
  group.tick(1, 2);
  group.cutOff(2);
  group.get(1).member.propose(operation('a'));
  group.settle();
  equal(group.get(1).applied.index, 4);
  group.reconnect();
  change(group, { type: 'addVoter', memberId: 2 });
  group.tick(1, 2);
  group.cutOff(2);
  group.get(1).member.propose(operation('b'));
  group.settle();
  equal(group.get(1).applied.index, 5, 'there is no quorum without the second');
});

test('a leader that is removed steps down when that is applied, and the others elect another', () => {
  const group = ledGroup(3);
  change(group, { type: 'removeMember', memberId: 1 });
  deepEqual(
    [group.get(1).member.status().role, group.get(1).member.campaign()],
    ['follower', 'notElectable'],
  );
  group.tick(2, 12);
  group.tick(3, 12);
  group.tick(2, 12);
  const leaders = group.members.filter(({ member }) => member.status().role === 'leader');
  deepEqual(leaders.length, 1);
});

test('a joint membership that leaves itself is left when it is applied', () => {
  const group = ledGroup(3);
  for (const id of [4, 5]) group.start({ id });
  change(group, { type: 'addVoter', memberId: 4 }, { type: 'addVoter', memberId: 5 });
  group.tick(1, 3);
  for (const { member } of group.members) {
    const { voters, votersOutgoing } = member.status().membership;
    deepEqual([voters, votersOutgoing], [[1, 2, 3, 4, 5], []]);
  }
});

test('while it is joint, a majority of both halves must agree', () => {
  expectHalvesToAgree([2, 3]);
  expectHalvesToAgree([4, 5]);
});

test('a joint membership is left also when leadership was being handed over meanwhile', () => {
  const group = ledGroup(3);
  group.start({ id: 4 });
  group.isLost = ({ type }) => type === 'timeoutNow';
  const { member } = group.get(1);
  member.proposeChange({ transition: 'joint', steps: [{ type: 'addVoter', memberId: 4 }] });
  member.transferLeadership(2);
  group.settle();
  deepEqual(member.status().membership.votersOutgoing, [1, 2, 3]);
  group.tick(1, 12);
  deepEqual(member.status().membership.votersOutgoing, []);
});

test('fewer that must agree may commit what waited', () => {
  const group = ledGroup(2);
  const { member } = group.get(1);
  member.proposeChange({ transition: 'auto', steps: [{ type: 'removeMember', memberId: 2 }] });
  group.isLost = (message) => message.type === 'entriesAppended' && message.index > 3;
  member.propose(operation('a'));
  group.settle();
  equal(group.get(1).applied.index, 4);
});

function change(group: PlayedGroup, ...steps: readonly MembershipStep[]): void {
  const wanted: MembershipChange = { transition: 'auto', steps };
  equal(group.get(1).member.proposeChange(wanted).outcome, 'appended');
  group.settle();
}

function expectHalvesToAgree(lost: readonly number[]): void {
  const group = ledGroup(3);
  for (const id of [4, 5]) group.start({ id });
  const outcome = group.get(1).member.proposeChange({
    transition: 'jointExplicit',
    steps: [
      { type: 'removeMember', memberId: 2 },
      { type: 'removeMember', memberId: 3 },
      { type: 'addVoter', memberId: 4 },
      { type: 'addVoter', memberId: 5 },
    ],
  });
  equal(outcome.outcome, 'appended');
  group.settle();
  group.tick(1, 3);
  deepEqual(group.get(1).member.status().membership.votersOutgoing, [1, 2, 3]);
  const before = group.get(1).applied.index;
  group.cutOff(...lost);
  group.get(1).member.propose(operation('a'));
  group.settle();
  equal(group.get(1).applied.index, before, `without ${lost} one half has no majority`);
  // One of each half is enough.
  group.cutOff(3, 5);
  group.tick(1, 2);
  equal(group.get(1).applied.index, before + 1);
}
