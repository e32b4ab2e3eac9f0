/** A leader's sending and hearing: 5.3 of the Raft paper, and how much may be on its way. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerMessage } from '../../consensus/messages.ts';
import { LoneMember } from './lone-member.ts';
import { ledGroup, operation, type PlayedGroup } from './played-group.ts';

test('a proposal is applied everywhere when a quorum has it', () => {
  const group = ledGroup(3);
  group.get(1).member.propose(operation('a'));
  group.settle();
  deepEqual(
    group.members.map(({ applied }) => applied.index),
    [3, 3, 3],
  );
});

test('entries leave before they are durable at the leader, which counts itself only after', () => {
  const lone = leading();
  lone.member.propose(operation('a'));
  lone.take();
  deepEqual(lone.saidTypes(), ['appendEntries 2']);
  lone.hear(appended(2, 3));
  equal(lone.member.status().committedIndex, 2);
  lone.sync();
  equal(lone.member.status().committedIndex, 3);
});

test('several proposals in one go make one message to each', () => {
  const lone = leading();
  lone.member.proposeAll(['a', 'b', 'c'].map(operation));
  lone.take();
  const [message, ...others] = lone.said();
  equal(message?.type === 'appendEntries' && message.entries.length, 3);
  equal(others.length, 0);
});

test('what is committed can wait for the next entries, or until it is to be told', () => {
  const lone = leading({ tellsCommittedAtOnce: false });
  lone.hear({ ...appended(3, 2), from: 3 });
  lone.said();
  lone.member.propose(operation('a'));
  lone.syncAll();
  lone.said();
  lone.hear(appended(2, 3), { ...appended(3, 3), from: 3 });
  equal(lone.member.status().committedIndex, 3);
  deepEqual(lone.said(), []);
  equal(lone.member.hasUntoldCommitted(), true);
  lone.member.propose(operation('b'));
  lone.take();
  deepEqual(lone.said().map(committedOf), [3, 3]);
  equal(lone.member.hasUntoldCommitted(), false);
  lone.syncAll();
  lone.hear(appended(2, 4), { ...appended(3, 4), from: 3 });
  deepEqual(lone.said(), []);
  lone.member.tellCommitted();
  lone.take();
  deepEqual(lone.said().map(committedOf), [4, 4]);
  equal(lone.member.hasUntoldCommitted(), false);
});

test('to whom was not heard of yet only one message with entries is sent', () => {
  const lone = leading();
  lone.member.propose(operation('a'));
  lone.member.propose(operation('b'));
  lone.take();
  equal(lone.said().filter(({ to }) => to === 3).length, 0, 'the empty entry is on its way');
  lone.hear({ ...appended(3, 2), from: 3 });
  const messages = lone.said().filter(({ to }) => to === 3);
  deepEqual(messages.flatMap(countOfEntries), [2]);
});

test('a message has no more than may be in one, and as many follow as the window takes', () => {
  const lone = leading({ appendBytesMax: 1, inflightCountMax: 2 });
  lone.member.proposeAll(['a', 'b', 'c', 'd'].map(operation));
  lone.take();
  deepEqual(lone.said().flatMap(countOfEntries), [1]);
  lone.hear(appended(2, 3));
  deepEqual(lone.said().flatMap(countOfEntries), [1, 1]);
  lone.hear({ type: 'heartbeatAnswered', from: 2, to: 1, term: 2, readPosition: 0 });
  deepEqual(lone.said().flatMap(countOfEntries), [0], 'lost ones would be told by the answer');
});

test('after a rejection one round for each term finds where the logs are the same', () => {
  const lone = new LoneMember({}, [1, 3, 3, 3, 5, 5, 5, 5]);
  lone.lead();
  lone.hear({
    type: 'entriesRejected',
    from: 3,
    to: 1,
    term: 6,
    index: 9,
    hintIndex: 6,
    hintTerm: 2,
  });
  const [probe] = lone.said();
  equal(probe?.type === 'appendEntries' && probe.previousIndex, 2);
});

test('followers with missing and with other entries end with the log of the leader', () => {
  const group = ledGroup(5);
  const leader = group.get(1);
  group.cutOff(1, 2);
  for (const text of ['a', 'b', 'c']) leader.member.propose(operation(text));
  group.settle();
  equal(group.get(2).lastIndex, 5);
  for (const id of [3, 4, 5]) group.get(id).member.forgetLeader();
  group.get(3).member.campaign();
  group.settle();
  group.get(3).member.propose(operation('d'));
  group.settle();
  group.reconnect();
  group.tick(3, 2);
  group.checks.logsMatch(group.members);
  deepEqual(
    group.members.map(({ applied, lastIndex }) => [applied.index, lastIndex]),
    Array.from({ length: 5 }, () => [4, 4]),
  );
});

test('a heartbeat never tells of more than its receiver confirmed', () => {
  const lone = leading();
  lone.member.propose(operation('a'));
  lone.syncAll();
  lone.hear(appended(2, 3));
  lone.said();
  lone.member.tick();
  lone.take();
  deepEqual(
    lone
      .said()
      .flatMap((message) =>
        message.type === 'heartbeat' ? [[message.to, message.committedIndex]] : [],
      ),
    [
      [2, 3],
      [3, 0],
    ],
  );
});

test('who cannot be reached is sent one message at a time until it answers', () => {
  const lone = leading();
  const isActive = () => lone.member.status().progress.find((one) => one.memberId === 2)?.isActive;
  equal(isActive(), true);
  lone.member.reportUnreachable(2);
  deepEqual([modeOf(lone, 2), isActive()], ['probe', false]);
  lone.hear(appended(2, 2));
  deepEqual([modeOf(lone, 2), isActive()], ['replicate', true]);
});

test('who needs what is compacted is sent the mark of a snapshot, and nothing more until it answers', () => {
  const group = compactedGroup();
  const marks: number[] = [];
  group.isLost = (message) => {
    if (message.type === 'installSnapshot') marks.push(message.mark.index);
    return message.type === 'installSnapshot';
  };
  group.tick(1, 3);
  deepEqual(marks, [5]);
  const { mode, snapshotIndex } = group.get(1).member.status().progress[2] ?? {};
  deepEqual([mode, snapshotIndex], ['snapshot', 5]);
});

test('a snapshot is restored before its receiver confirms it, and the log goes on from there', () => {
  const group = compactedGroup();
  group.isLost = () => false;
  group.tick(1, 2);
  const follower = group.get(3);
  equal(follower.stored.snapshotMark().index, 5);
  equal(follower.applied.index, 5);
  group.get(1).member.propose(operation('f'));
  group.settle();
  deepEqual([follower.applied.index, modeOf(group.get(1), 3)], [6, 'replicate']);
});

test('a snapshot that failed is sent again after the next answer to a heartbeat', () => {
  const group = compactedGroup();
  group.tick(1, 1);
  const leader = group.get(1).member;
  leader.reportSnapshot(3, 'failed');
  deepEqual([modeOf(group.get(1), 3), leader.status().progress[2]?.isBlocked], ['probe', true]);
  group.isLost = () => false;
  group.tick(1, 2);
  equal(group.get(3).applied.index, 5);
});

test('a snapshot that was sent and not confirmed is taken for arrived, until the next probe tells', () => {
  const group = compactedGroup();
  group.tick(1, 1);
  group.get(1).member.reportSnapshot(3, 'finished');
  equal(group.get(1).member.status().progress[2]?.nextIndex, 6);
  group.isLost = () => false;
  group.tick(1, 3);
  equal(group.get(3).applied.index, 5, 'the probe was rejected, and a second one sent');
});

test('who is silent is not sent snapshots', () => {
  const group = compactedGroup();
  group.cutOff(3);
  group.get(1).member.reportUnreachable(3);
  group.tick(1, 25);
  group.get(1).member.propose(operation('f'));
  group.settle();
  equal(modeOf(group.get(1), 3), 'probe');
  group.reconnect();
  group.tick(1, 2);
  equal(group.get(3).applied.index, 6);
});

/** 3 lacks what 1 and 2 have compacted; snapshots do not arrive there. */
function compactedGroup(): PlayedGroup {
  const group = ledGroup(3);
  group.cutOff(3);
  for (const text of ['a', 'b', 'c']) group.get(1).member.propose(operation(text));
  group.settle();
  for (const id of [1, 2]) group.get(id).takeSnapshot(0);
  group.isLost = ({ type }) => type === 'installSnapshot';
  return group;
}

/** 1 leads in term 2, 2 has confirmed all, 3 nothing yet. */
function leading(options = {}): LoneMember {
  const lone = new LoneMember(options);
  lone.lead();
  lone.hear(appended(2, 2));
  lone.syncAll();
  lone.said();
  return lone;
}

function appended(from: number, index: number) {
  return { type: 'entriesAppended', from, to: 1, term: 2, index } as const;
}

function countOfEntries(message: PeerMessage): readonly number[] {
  return message.type === 'appendEntries' ? [message.entries.length] : [];
}

function modeOf({ member }: Pick<LoneMember, 'member'>, memberId: number): string | undefined {
  return member.status().progress.find((progress) => progress.memberId === memberId)?.mode;
}

function committedOf(message: PeerMessage): number | undefined {
  return message.type === 'appendEntries' ? message.committedIndex : undefined;
}
