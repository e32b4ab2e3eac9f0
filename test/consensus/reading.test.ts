/** Reads without an entry in the log: 6.4 of the dissertation. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { LoneMember } from './lone-member.ts';
import { ledGroup, operation } from './played-group.ts';

test('a leader answers a read when a quorum has confirmed that it leads', () => {
  const group = ledGroup(3);
  const leader = group.get(1);
  equal(leader.member.readIndex('a'), undefined);
  group.collect(leader);
  deepEqual(leader.readStates, []);
  group.settle();
  deepEqual(leader.readStates, [{ readId: 'a', index: 2 }]);
});

test('a follower asks its leader', () => {
  const group = ledGroup(3);
  group.get(1).member.propose(operation('x'));
  group.settle();
  equal(group.get(3).member.readIndex('a'), undefined);
  group.settle();
  deepEqual(group.get(3).readStates, [{ readId: 'a', index: 3 }]);
});

test('a leader that was cut off answers no read', () => {
  const group = ledGroup(3);
  group.cutOff(1);
  group.get(1).member.readIndex('a');
  group.tick(1, 25);
  deepEqual(group.get(1).readStates, []);
  equal(group.get(1).member.readIndex('b'), 'noLeader');
});

test('what is lost of a round of heartbeats is made up for by the next', () => {
  const group = ledGroup(3);
  group.isLost = ({ type }) => type === 'heartbeatAnswered';
  group.get(1).member.readIndex('a');
  group.settle();
  group.get(1).member.readIndex('b');
  group.settle();
  deepEqual(group.get(1).readStates, []);
  group.reconnect();
  group.tick(1, 1);
  deepEqual(
    group.get(1).readStates.map(({ readId }) => readId),
    ['a', 'b'],
  );
});

test('a new leader lets reads wait until an entry of its term is committed', () => {
  const lone = new LoneMember({}, [1]);
  lone.lead();
  lone.member.readIndex('a');
  lone.take();
  deepEqual(lone.saidTypes(), []);
  lone.hear({ type: 'entriesAppended', from: 2, to: 1, term: 2, index: 3 });
  deepEqual(
    lone.said().flatMap((message) => (message.type === 'heartbeat' ? [message.readPosition] : [])),
    [1, 1],
  );
});

test('the only voter answers at once, but not before it knows what is committed', () => {
  const lone = new LoneMember({}, [1, 1], [1]);
  lone.member.campaign();
  lone.syncAll();
  lone.member.readIndex('a');
  deepEqual(lone.member.takeReady().readStates, [{ readId: 'a', index: 4 }]);
});

test('reads that waited for others are answered when nobody else is left to ask', () => {
  const group = ledGroup(2);
  const leader = group.get(1);
  leader.member.proposeChange({
    transition: 'auto',
    steps: [{ type: 'removeMember', memberId: 2 }],
  });
  group.isLost = ({ type }) => type === 'heartbeat';
  leader.member.readIndex('a');
  group.settle();
  deepEqual(leader.readStates, [{ readId: 'a', index: 2 }]);
});

test('reads that wait are bounded', () => {
  const lone = new LoneMember();
  lone.lead();
  for (let read = 0; read < 10_000; read++) lone.member.readIndex(`read ${read}`);
  equal(lone.member.readIndex('one more'), 'tooManyReads');
});
