/** The contract between a member and who runs it: consensus/ready.ts. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { createMember } from '../../consensus/member.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';
import { entriesOf, LoneMember } from './lone-member.ts';
import { foundingMark, operation } from './played-group.ts';

test('a member that was only started wants nothing', () => {
  const lone = new LoneMember();
  equal(lone.member.hasReady(), false);
  deepEqual(lone.member.takeReady(), {
    messages: [],
    append: undefined,
    apply: undefined,
    readStates: [],
    softState: undefined,
  });
});

test('what is handed out is handed out once', () => {
  const lone = new LoneMember();
  lone.lead();
  lone.member.propose(operation('a'));
  const ready = lone.member.takeReady();
  deepEqual(
    ready.append?.entries.map(({ index }) => index),
    [3],
  );
  equal(lone.member.hasReady(), false);
});

test('what is only committed needs no sync', () => {
  const lone = new LoneMember();
  lone.lead();
  lone.member.step({ type: 'entriesAppended', from: 2, to: 1, term: 2, index: 2 });
  const { append } = lone.member.takeReady();
  deepEqual(append?.hardState, { term: 2, vote: 1, committedIndex: 2 });
  equal(append?.mustSync, false);
});

// Two writes of one term around one of another, all at the same index.
test('an append that was confirmed in a later term says nothing about entries', () => {
  const lone = new LoneMember();
  const append = (from: number, term: number, entryTerm: number) =>
    ({
      type: 'appendEntries',
      from,
      to: 1,
      term,
      previousIndex: 1,
      previousTerm: 1,
      entries: entriesOf(2, [entryTerm]),
      committedIndex: 1,
    }) as const;
  lone.hear(append(2, 2, 2));
  lone.hear(append(3, 3, 3));
  lone.hear(append(2, 4, 2));
  equal(lone.appends.length, 3);
  lone.sync();
  const second = lone.appends[0];
  if (second !== undefined) lone.store(second);
  equal(lone.stored.term(2), 3, 'the stored log has the second write now');
  lone.hear({
    type: 'appendEntries',
    from: 2,
    to: 1,
    term: 4,
    previousIndex: 2,
    previousTerm: 2,
    entries: [],
    committedIndex: 2,
  });
  equal(lone.member.status().appliedIndex, 1, 'the third is not durable yet');
  lone.syncAll();
  deepEqual([lone.stored.term(2), lone.member.status().appliedIndex], [2, 2]);
});

test('a later append makes up for one whose confirmation did not count', () => {
  const lone = new LoneMember();
  lone.lead();
  lone.member.propose(operation('a'));
  lone.take();
  lone.hear({
    type: 'heartbeat',
    from: 2,
    to: 1,
    term: 3,
    committedIndex: 1,
    readPosition: 0,
  });
  const [first, second] = lone.appends;
  deepEqual([first?.completion.term, first?.completion.lastIndex], [2, 3]);
  deepEqual([second?.completion.term, second?.completion.lastIndex], [3, 3]);
});

test('a member goes on from what is stored, and applies what its snapshot does not have', () => {
  const stored = new MemoryLog(foundingMark([1]), { term: 3, vote: 1, committedIndex: 3 });
  stored.append(entriesOf(2, [2, 3, 3]));
  const member = createMember({ id: 1, random: () => 0 }, stored);
  const { term, vote, committedIndex, appliedIndex, lastIndex } = member.status();
  deepEqual([term, vote, committedIndex, appliedIndex, lastIndex], [3, 1, 3, 1, 4]);
  deepEqual(
    member.takeReady().apply?.entries.map(({ index }) => index),
    [2, 3],
  );
});

test('a stored log that contradicts itself is not started from', () => {
  const start = (committedIndex: number, term: number) => {
    const stored = new MemoryLog(foundingMark([1]), { term, vote: 0, committedIndex });
    stored.append(entriesOf(2, [3]));
    return createMember({ id: 1, random: () => 0 }, stored);
  };
  throws(() => start(5, 3), /was the stored log lost/);
  throws(() => start(2, 2), /term 2 is not before/);
});

test('options that make no sense are refused', () => {
  const start = (options: object) =>
    createMember({ id: 1, random: () => 0, ...options }, new MemoryLog());
  throws(() => start({ id: 0 }), /whole number above 0/);
  throws(() => start({ electionTicks: 1 }), /heartbeats come before/);
  throws(() => start({ inflightCountMax: 0 }), /one message at least/);
});

test('the same inputs give the same outputs', () => {
  const outputs = [1, 2].map(() => {
    const lone = new LoneMember();
    lone.lead();
    lone.member.proposeAll([operation('a'), operation('b')]);
    lone.hear({ type: 'entriesAppended', from: 3, to: 1, term: 2, index: 2 });
    lone.member.tick();
    lone.syncAll();
    return lone.said();
  });
  deepEqual(outputs[0], outputs[1]);
});
