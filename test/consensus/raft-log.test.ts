/** The stored log and the end that is not stored yet, as one. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../../consensus/entry.ts';
import { entryBytes } from '../../consensus/entry-size.ts';
import { EMPTY_MEMBERSHIP } from '../../consensus/membership.ts';
import { MemoryLog } from '../../consensus/memory-log.ts';
import { RaftLog } from '../../consensus/raft-log.ts';

const UNBOUNDED = Number.POSITIVE_INFINITY;

test('entries that are there already are not appended again; from the first other one on, all are replaced', () => {
  const { log } = logOf([1, 1, 2, 2]);
  equal(log.appendAfter(2, 1, entriesOf(3, [2, 2])), true);
  equal(log.unstable.isEmpty, true);
  equal(log.appendAfter(3, 2, entriesOf(4, [3, 3])), true);
  deepEqual(termsOf(log), [1, 1, 2, 3, 3]);
  equal(log.unstable.firstIndex, 4);
});

test('behind an entry that is another, or missing, nothing is appended', () => {
  const { log } = logOf([1, 1]);
  equal(log.appendAfter(2, 2, entriesOf(3, [2])), false);
  equal(log.appendAfter(3, 1, entriesOf(4, [2])), false);
  equal(log.lastIndex, 2);
});

test('what is committed is never replaced', () => {
  const { log } = logOf([1, 1, 1]);
  log.commitTo(2);
  throws(() => log.appendAfter(1, 1, entriesOf(2, [2])), /committed entries stay/);
});

test('to commit what is not there means that a log was lost', () => {
  const { log } = logOf([1, 1]);
  throws(() => log.commitTo(3), /was the stored log lost/);
  log.commitTo(2);
  log.commitTo(1);
  equal(log.committed, 2);
});

// The logs of the leader and the follower of figure 7 of the Raft paper, and the search between them.
test('the last possible match leaves out all places with a higher term', () => {
  const { log } = logOf([1, 3, 3, 4, 4, 5, 5, 5, 6]);
  deepEqual(log.lastPossibleMatch(8, 3), { index: 3, term: 3 });
  deepEqual(log.lastPossibleMatch(9, 6), { index: 9, term: 6 });
  deepEqual(log.lastPossibleMatch(9, 2), { index: 1, term: 1 });
  deepEqual(log.lastPossibleMatch(12, 3), { index: 12, term: 0 }, 'unknown: it could match');
});

test('a log with a later last term is more up to date, or with the same and as many entries', () => {
  const { log } = logOf([1, 2, 2]);
  equal(log.isUpToDate(1, 3), true);
  equal(log.isUpToDate(3, 2), true);
  equal(log.isUpToDate(2, 2), false);
  equal(log.isUpToDate(9, 1), false);
});

test('only what is committed and durable here is handed out to be applied, each entry once', () => {
  const { log } = logOf([1]);
  log.append(entriesOf(2, [1, 1, 1]));
  log.commitTo(3);
  equal(log.hasApplicable(), true);
  deepEqual(indexesOf(log.applicable()), [1]);
  log.handedOut(1, 1);
  deepEqual(log.applicable(), []);
  log.unstable.stored(4, 1);
  log.appliedTo(1);
  equal(log.applicableIndex(), 3);
});

test('bytes that are handed out and not applied are bounded, one entry excepted', () => {
  const [one] = entriesOf(1, [1]) as [Entry];
  const { log } = logOf([1, 1, 1], entryBytes(one) * 2);
  log.commitTo(3);
  const first = log.applicable();
  deepEqual(indexesOf(first), [1, 2]);
  log.handedOut(2, entryBytes(one) * 2);
  equal(log.hasApplicable(), false);
  log.appliedTo(2, {
    type: 'storageApplied',
    index: 2,
    entryCount: 2,
    payloadBytes: 0,
    membershipEntries: [],
  });
  deepEqual(indexesOf(log.applicable()), [3]);
});

test('a slice across what is stored and what is not is cut as one', () => {
  const { log } = logOf([1, 1]);
  log.append(entriesOf(3, [2, 2]));
  const [one] = entriesOf(1, [1]) as [Entry];
  const bytes = entryBytes(one);
  deepEqual(indexesOf(log.entriesFrom(1, UNBOUNDED) ?? []), [1, 2, 3, 4]);
  deepEqual(indexesOf(log.entriesFrom(1, bytes * 3) ?? []), [1, 2, 3]);
  deepEqual(indexesOf(log.entriesFrom(1, bytes * 2) ?? []), [1, 2]);
  deepEqual(indexesOf(log.entriesFrom(2, 1) ?? []), [2]);
  deepEqual(indexesOf(log.entriesFrom(3, 1) ?? []), [3]);
  deepEqual(log.entriesFrom(5, 1), []);
});

test('what is compacted is undefined, except the term of the last of it', () => {
  const { log, stored } = logOf([1, 1, 2, 2]);
  stored.setSnapshotMark({ index: 3, term: 2, membership: EMPTY_MEMBERSHIP });
  stored.compactThrough(2);
  equal(log.term(1), undefined);
  equal(log.term(2), 1);
  equal(log.entriesFrom(2, UNBOUNDED), undefined);
  deepEqual(indexesOf(log.entriesFrom(3, UNBOUNDED) ?? []), [3, 4]);
});

test('a snapshot takes the place of everything, and nothing is applied until it is restored', () => {
  const { log } = logOf([1, 1]);
  log.append(entriesOf(3, [1]));
  log.commitTo(2);
  log.restore({ index: 10, term: 3, membership: EMPTY_MEMBERSHIP });
  deepEqual([log.firstIndex, log.lastIndex, log.lastTerm, log.committed], [11, 10, 3, 10]);
  equal(log.term(2), undefined);
  equal(log.hasApplicable(), false);
});

test('an entry that was replaced while it was written does not count as durable', () => {
  const { log } = logOf([1]);
  log.append(entriesOf(2, [1, 1]));
  log.unstable.writing();
  log.append(entriesOf(2, [2]));
  log.unstable.stored(3, 1);
  log.unstable.stored(2, 1);
  equal(log.unstable.firstIndex, 2);
  deepEqual(indexesOf(log.unstable.unwritten()), [2]);
});

function logOf(terms: readonly number[], applyingBytesMax = UNBOUNDED) {
  const stored = new MemoryLog();
  stored.append(entriesOf(1, terms));
  return { stored, log: new RaftLog(stored, applyingBytesMax) };
}

function entriesOf(firstIndex: number, terms: readonly number[]): Entry[] {
  return terms.map((term, place) => ({ kind: 'empty', index: firstIndex + place, term }));
}

function termsOf(log: RaftLog): readonly number[] {
  return (log.entriesFrom(log.firstIndex, UNBOUNDED) ?? []).map(({ term }) => term);
}

function indexesOf(entries: readonly Entry[]): readonly number[] {
  return entries.map(({ index }) => index);
}
