/** Who leads next: 5.2 and 5.4.1 of the Raft paper, 9.6 of the dissertation. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { createMember } from '../../consensus/member.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';
import { LoneMember } from './lone-member.ts';
import { foundingMark, ledGroup } from './played-group.ts';

test('a follower without a word from a leader asks for votes within one to two timeouts', () => {
  for (const [drawn, ticks] of [
    [0, 10],
    [0.5, 15],
    [0.999, 19],
  ] as const) {
    const lone = new LoneMember({ random: () => drawn });
    for (let tick = 1; tick < ticks; tick++) lone.member.tick();
    equal(lone.member.status().role, 'follower');
    lone.member.tick();
    equal(lone.member.status().role, 'preCandidate');
  }
});

test('a pre-candidate asks in the next term without beginning it', () => {
  const lone = new LoneMember({}, [1, 2]);
  lone.member.campaign();
  lone.take();
  equal(lone.member.status().term, 2);
  deepEqual(lone.said()[0], {
    type: 'requestPreVote',
    from: 1,
    to: 2,
    term: 3,
    lastIndex: 3,
    lastTerm: 2,
  });
  lone.syncAll();
  lone.hear({ type: 'preVoteAnswered', from: 3, to: 1, term: 3, granted: true });
  const { term, vote, role } = lone.member.status();
  deepEqual([term, vote, role], [3, 1, 'candidate']);
});

test('its own vote counts only when it is durable', () => {
  const lone = new LoneMember({ preVote: false });
  lone.member.campaign();
  lone.take();
  lone.hear({ type: 'voteAnswered', from: 2, to: 1, term: 2, granted: true });
  equal(lone.member.status().role, 'candidate');
  lone.sync();
  equal(lone.member.status().role, 'leader');
});

test('a vote leaves a member only when it is durable', () => {
  const lone = new LoneMember();
  lone.hear({ ...requestVote(2, 5), lastIndex: 1, lastTerm: 1 });
  deepEqual(lone.saidTypes(), []);
  const [append] = lone.appends;
  deepEqual(append?.hardState, { term: 5, vote: 2, committedIndex: 1 });
  equal(append?.mustSync, true);
  lone.sync();
  deepEqual(lone.said(), [{ type: 'voteAnswered', from: 1, to: 2, term: 5, granted: true }]);
});

test('in one term a member votes for one only, also after a restart', () => {
  const lone = new LoneMember();
  lone.hear(requestVote(2, 5));
  lone.syncAll();
  lone.hear(requestVote(3, 5), requestVote(2, 5));
  lone.syncAll();
  deepEqual(grants(lone), [true, false, true]);
  const again = createMember({ id: 1, random: () => 0 }, lone.stored);
  again.step(requestVote(3, 5));
  deepEqual(
    again.takeReady().append?.responses.map((message) => 'granted' in message && message.granted),
    [false],
  );
});

test('nobody votes for a log that is less up to date than its own', () => {
  const cases = [
    { lastIndex: 3, lastTerm: 2, isGranted: true },
    { lastIndex: 9, lastTerm: 1, isGranted: false },
    { lastIndex: 2, lastTerm: 2, isGranted: false },
    { lastIndex: 2, lastTerm: 3, isGranted: true },
  ];
  for (const { lastIndex, lastTerm, isGranted } of cases) {
    const lone = new LoneMember({}, [2, 2]);
    lone.hear({ ...requestVote(2, 5), lastIndex, lastTerm });
    lone.syncAll();
    deepEqual(grants(lone), [isGranted]);
  }
});

test('a candidate that a quorum refuses is a follower again, in its term', () => {
  const lone = new LoneMember({ preVote: false });
  lone.member.campaign();
  lone.syncAll();
  lone.hear({ type: 'voteAnswered', from: 2, to: 1, term: 2, granted: false });
  equal(lone.member.status().role, 'candidate');
  lone.hear({ type: 'voteAnswered', from: 3, to: 1, term: 2, granted: false });
  deepEqual([lone.member.status().role, lone.member.status().term], ['follower', 2]);
});

test('who has the votes of all others leads only when its own is durable', () => {
  const lone = new LoneMember({ preVote: false });
  lone.member.campaign();
  lone.take();
  lone.hear({ type: 'voteAnswered', from: 2, to: 1, term: 2, granted: true });
  lone.hear({ type: 'voteAnswered', from: 3, to: 1, term: 2, granted: true });
  equal(lone.member.status().role, 'candidate', 'it could come back in term 1, and win once more');
  lone.syncAll();
  deepEqual([lone.member.status().role, lone.member.status().term], ['leader', 2]);
});

test('who hears from a leader answers nobody who wants to become one', () => {
  const group = ledGroup(3);
  group.cutOff(3);
  group.tick(3, 25);
  group.reconnect();
  group.tick(3, 25);
  equal(group.get(3).member.status().term, 1);
  equal(group.get(1).member.status().role, 'leader');
});

test('who was cut off comes back without an election, its term was not raised', () => {
  const group = ledGroup(3);
  group.cutOff(3);
  group.tick(3, 100);
  equal(group.get(3).member.status().role, 'preCandidate');
  group.reconnect();
  group.tick(1, 1);
  const { role, term, leader } = group.get(3).member.status();
  deepEqual([role, term, leader], ['follower', 1, 1]);
});

test('whose connection to the leader broke may forget it, and elects another at once', () => {
  const group = ledGroup(3);
  group.cutOff(1);
  group.get(2).member.campaign();
  group.settle();
  equal(group.get(2).member.status().role, 'preCandidate', '3 still hears from 1, it believes');
  for (const id of [2, 3]) group.get(id).member.forgetLeader();
  group.get(2).member.campaign();
  group.settle();
  equal(group.get(2).member.status().role, 'leader');
});

test('a leader that hears from no quorum for a timeout steps down', () => {
  const group = ledGroup(3);
  group.tick(1, 30);
  equal(group.get(1).member.status().role, 'leader');
  group.cutOff(1);
  group.tick(1, 20);
  equal(group.get(1).member.status().role, 'follower');
});

test('who is only a learner does not campaign, but answers who asks', () => {
  const lone = new LoneMember({}, [], [2, 3]);
  equal(lone.member.campaign(), 'notElectable');
  lone.hear(requestVote(2, 5));
  lone.syncAll();
  deepEqual(grants(lone), [true]);
});

test('whoever has a committed change not applied does not campaign', () => {
  const stored = new MemoryLog(foundingMark([1, 2, 3]), { term: 1, vote: 0, committedIndex: 2 });
  stored.append([
    {
      kind: 'membership',
      index: 2,
      term: 1,
      change: { transition: 'auto', steps: [{ type: 'addVoter', memberId: 4 }] },
    },
  ]);
  const member = createMember({ id: 1, random: () => 0 }, stored);
  equal(member.campaign(), 'changeUnapplied');
  const { apply } = member.takeReady();
  if (apply !== undefined) member.storageApplied(apply.completion);
  equal(member.campaign(), undefined);
  deepEqual(member.status().membership.voters, [1, 2, 3, 4]);
});

// Figure 8 of the Raft paper.
test('an entry of an earlier term is committed only with one of the own term', () => {
  const lone = new LoneMember({}, [1, 2]);
  lone.lead();
  lone.hear({ type: 'entriesAppended', from: 2, to: 1, term: 3, index: 3 });
  equal(lone.member.status().committedIndex, 1);
  lone.hear({ type: 'entriesAppended', from: 2, to: 1, term: 3, index: 4 });
  equal(lone.member.status().committedIndex, 4);
});

test('the only voter leads by itself, as soon as its vote is durable', () => {
  const lone = new LoneMember({}, [], [1]);
  lone.member.campaign();
  lone.syncAll();
  const { role, committedIndex } = lone.member.status();
  deepEqual([role, committedIndex], ['leader', 2]);
});

function requestVote(from: number, term: number) {
  return {
    type: 'requestVote',
    from,
    to: 1,
    term,
    lastIndex: 1,
    lastTerm: 1,
    forTransfer: false,
  } as const;
}

function grants(lone: LoneMember): readonly boolean[] {
  return lone.said().flatMap((message) => ('granted' in message ? [message.granted] : []));
}
