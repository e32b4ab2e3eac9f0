/** What a member does with the word of its leader. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../consensus/entry.ts';
import { EMPTY_MEMBERSHIP } from '../../consensus/membership.ts';
import { entriesOf, LoneMember } from './lone-member.ts';

test('entries are confirmed when they are durable, not before', () => {
  const lone = new LoneMember();
  lone.hear(append({ previousIndex: 1, previousTerm: 1, entries: entriesOf(2, [2, 2]) }));
  deepEqual(lone.saidTypes(), []);
  lone.sync();
  deepEqual(lone.said(), [{ type: 'entriesAppended', from: 1, to: 2, term: 2, index: 3 }]);
});

test('a follower tells where its log may be the same as the leader, term by term', () => {
  const lone = new LoneMember({}, [2, 2, 4, 4, 5, 5, 5]);
  lone.hear(append({ term: 7, previousIndex: 7, previousTerm: 3, entries: [] }));
  lone.syncAll();
  deepEqual(lone.said(), [
    {
      type: 'entriesRejected',
      from: 1,
      to: 2,
      term: 7,
      index: 7,
      hintIndex: 3,
      hintTerm: 2,
    },
  ]);
});

test('what is committed goes no further than what the message confirms to be the same', () => {
  const lone = new LoneMember({}, [2, 2, 2]);
  lone.hear(append({ term: 3, previousIndex: 2, previousTerm: 2, entries: [], committedIndex: 9 }));
  equal(lone.member.status().committedIndex, 2);
});

test('an old message, about what is committed, is answered with what is committed', () => {
  const lone = new LoneMember({}, [2, 2]);
  lone.hear(append({ previousIndex: 3, previousTerm: 2, entries: [], committedIndex: 3 }));
  lone.hear(append({ previousIndex: 1, previousTerm: 1, entries: entriesOf(2, [1]) }));
  lone.syncAll();
  deepEqual(
    lone.said().map((message) => 'index' in message && message.index),
    [3, 3],
  );
});

test('a heartbeat that commits what is not there means that the log was lost', () => {
  const lone = new LoneMember();
  throws(
    () =>
      lone.hear({ type: 'heartbeat', from: 2, to: 1, term: 2, committedIndex: 5, readPosition: 0 }),
    /was the stored log lost/,
  );
});

test('a snapshot takes the place of log and membership; it is confirmed when it is restored', () => {
  const lone = new LoneMember({}, [2, 2]);
  lone.hear(heartbeat(3));
  lone.syncAll();
  lone.said();
  lone.hear(installSnapshot(10, 3));
  deepEqual(lone.saidTypes(), []);
  const { lastIndex, committedIndex, appliedIndex, membership } = lone.member.status();
  deepEqual([lastIndex, committedIndex, appliedIndex], [10, 10, 1]);
  deepEqual(membership.voters, [1, 2, 3, 4]);
  equal(lone.member.campaign(), 'notElectable');
  equal(lone.appends[0]?.mustSync, true);
  lone.sync();
  deepEqual(lone.said(), [{ type: 'entriesAppended', from: 1, to: 2, term: 3, index: 10 }]);
  equal(lone.member.status().appliedIndex, 10);
});

test('entries may come right behind a snapshot, in one append', () => {
  const lone = new LoneMember({}, [2, 2]);
  lone.member.step(installSnapshot(10, 3));
  lone.member.step(
    append({ term: 3, previousIndex: 10, previousTerm: 3, entries: entriesOf(11, [3]) }),
  );
  lone.take();
  const [appended] = lone.appends;
  equal(appended?.snapshot?.index, 10);
  deepEqual(appended?.entries, entriesOf(11, [3]));
  lone.sync();
  deepEqual([lone.stored.firstIndex(), lone.stored.lastIndex()], [11, 11]);
  deepEqual(
    lone.said().map((message) => 'index' in message && message.index),
    [10, 11],
  );
});

test('applies that a snapshot made void do not hold back those after it', () => {
  const lone = new LoneMember({ applyingBytesMax: 1 });
  lone.hear(append({ previousIndex: 1, previousTerm: 1, entries: entriesOf(2, [2, 2]) }));
  lone.sync();
  lone.member.step(append({ previousIndex: 3, previousTerm: 2, entries: [], committedIndex: 3 }));
  equal(lone.member.takeReady().apply?.entries.length, 1);
  lone.hear(installSnapshot(10, 3));
  lone.syncAll();
  lone.hear(
    append({ term: 3, previousIndex: 10, previousTerm: 3, entries: entriesOf(11, [3, 3]) }),
  );
  lone.syncAll();
  lone.hear(
    append({ term: 3, previousIndex: 12, previousTerm: 3, entries: [], committedIndex: 12 }),
  );
  lone.syncAll();
  equal(lone.member.status().appliedIndex, 12);
});

test('a snapshot of what the log has only commits it; an old one changes nothing', () => {
  const lone = new LoneMember({}, [2, 2, 2]);
  lone.hear(installSnapshot(3, 2));
  deepEqual([lone.member.status().lastIndex, lone.member.status().committedIndex], [4, 3]);
  lone.hear(installSnapshot(2, 2));
  lone.syncAll();
  deepEqual(
    lone.said().map((message) => 'index' in message && message.index),
    [3, 3],
  );
});

test('a snapshot from before it was added does not keep a member from following', () => {
  const lone = new LoneMember({}, [], []);
  const mark = { index: 10, term: 2, membership: { ...EMPTY_MEMBERSHIP, voters: [2, 3] } };
  lone.hear({ type: 'installSnapshot', from: 2, to: 1, term: 3, mark });
  lone.syncAll();
  const change = { transition: 'auto', steps: [{ type: 'addLearner', memberId: 1 }] } as const;
  const entries: Entry[] = [{ kind: 'membership', index: 11, term: 3, change }];
  lone.hear(append({ term: 3, previousIndex: 10, previousTerm: 2, entries, committedIndex: 11 }));
  lone.syncAll();
  deepEqual(lone.member.status().membership.learners, [1]);
});

test('a membership change that is applied while a snapshot already has it is not made again', () => {
  const lone = new LoneMember();
  const change = { transition: 'auto', steps: [{ type: 'addVoter', memberId: 4 }] } as const;
  const entries: Entry[] = [{ kind: 'membership', index: 2, term: 2, change }];
  lone.hear(append({ previousIndex: 1, previousTerm: 1, entries }));
  lone.sync();
  lone.member.step(append({ previousIndex: 2, previousTerm: 2, entries: [], committedIndex: 2 }));
  const { apply } = lone.member.takeReady();
  const joint = { ...EMPTY_MEMBERSHIP, voters: [1, 2], votersOutgoing: [1, 2, 3, 4] };
  const mark = { index: 10, term: 2, membership: joint };
  lone.hear({ type: 'installSnapshot', from: 2, to: 1, term: 2, mark });
  if (apply !== undefined) lone.member.storageApplied(apply.completion);
  deepEqual(lone.member.status().membership, joint);
  lone.syncAll();
  equal(lone.member.status().appliedIndex, 10);
});

function append(given: {
  readonly term?: number;
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
  readonly committedIndex?: number;
}) {
  return {
    type: 'appendEntries',
    from: 2,
    to: 1,
    term: 2,
    committedIndex: 0,
    ...given,
  } as const;
}

function heartbeat(term: number) {
  return { type: 'heartbeat', from: 2, to: 1, term, committedIndex: 0, readPosition: 0 } as const;
}

function installSnapshot(index: number, term: number) {
  const membership = { ...EMPTY_MEMBERSHIP, voters: [1, 2, 3, 4] };
  return {
    type: 'installSnapshot',
    from: 2,
    to: 1,
    term: 3,
    mark: { index, term, membership },
  } as const;
}
