/** Handing over leadership: 3.10 of the dissertation. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ledGroup, operation } from './played-group.ts';

test('who is up to date leads at once, though others hear from the leader', () => {
  const group = ledGroup(3);
  equal(group.get(1).member.transferLeadership(3), undefined);
  group.settle();
  const { role, term } = group.get(3).member.status();
  deepEqual([role, term, group.get(2).member.status().leader], ['leader', 2, 3]);
});

test('who is behind is brought up to date first; meanwhile proposals are refused', () => {
  const group = ledGroup(3);
  const { member } = group.get(1);
  group.cutOff(3);
  member.propose(operation('a'));
  group.settle();
  equal(member.transferLeadership(3), undefined);
  const outcome = member.propose(operation('b'));
  equal(outcome.outcome === 'dropped' && outcome.reason, 'transferring');
  group.reconnect();
  group.tick(1, 2);
  equal(group.get(3).member.status().role, 'leader');
});

test('after a timeout the leader leads on', () => {
  const group = ledGroup(3);
  const { member } = group.get(1);
  group.cutOff(3);
  member.transferLeadership(3);
  group.tick(1, 10);
  deepEqual([member.status().role, member.status().transferTarget], ['leader', 0]);
  equal(member.propose(operation('a')).outcome, 'appended');
});

test('a follower passes the wish on', () => {
  const group = ledGroup(3);
  equal(group.get(2).member.transferLeadership(2), undefined);
  group.settle();
  equal(group.get(2).member.status().role, 'leader');
});

test('it is refused where it makes no sense', () => {
  const group = ledGroup(3);
  const { member } = group.get(1);
  equal(member.transferLeadership(1), 'leads');
  equal(member.transferLeadership(9), 'notAVoter');
  equal(group.get(2).member.transferLeadership(1), 'leads');
  group.cutOff(2);
  equal(member.transferLeadership(2), undefined);
  equal(member.transferLeadership(2), 'underWay');
  group.get(3).member.forgetLeader();
  equal(group.get(3).member.transferLeadership(2), 'noLeader');
});
