/** The term comes before everything else; and what is refused from outside. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerMessage } from '../../consensus/messages.ts';
import { entriesOf, LoneMember } from './lone-member.ts';

test('a higher term ends every role', () => {
  const lone = new LoneMember();
  lone.lead();
  lone.hear({ type: 'heartbeat', from: 2, to: 1, term: 7, committedIndex: 1, readPosition: 0 });
  const { role, term, leader, vote } = lone.member.status();
  deepEqual([role, term, leader, vote], ['follower', 7, 2, 0]);
});

test('a question for a pre-vote raises no term, whatever term it asks for', () => {
  const lone = new LoneMember();
  lone.hear({ type: 'requestPreVote', from: 2, to: 1, term: 9, lastIndex: 1, lastTerm: 1 });
  equal(lone.member.status().term, 1);
  lone.syncAll();
  deepEqual(lone.said(), [{ type: 'preVoteAnswered', from: 1, to: 2, term: 9, granted: true }]);
});

test('a leader of an earlier term is told of the later one', () => {
  const lone = new LoneMember({}, [5]);
  lone.hear({ type: 'heartbeat', from: 2, to: 1, term: 3, committedIndex: 1, readPosition: 0 });
  lone.syncAll();
  deepEqual(lone.said(), [{ type: 'entriesAppended', from: 1, to: 2, term: 5, index: 0 }]);
});

test('a question for a pre-vote of an earlier term is refused aloud, other old messages in silence', () => {
  const lone = new LoneMember({}, [5]);
  lone.hear(
    { type: 'requestPreVote', from: 2, to: 1, term: 3, lastIndex: 1, lastTerm: 1 },
    { type: 'timeoutNow', from: 2, to: 1, term: 3 },
    { type: 'entriesAppended', from: 2, to: 1, term: 3, index: 9 },
  );
  lone.syncAll();
  deepEqual(lone.said(), [{ type: 'preVoteAnswered', from: 1, to: 2, term: 5, granted: false }]);
});

test('what cannot come from a peer is refused, and changes nothing', () => {
  const cases: readonly [PeerMessage, string][] = [
    [heartbeat({ to: 2 }), 'misaddressed'],
    [heartbeat({ from: 1 }), 'misaddressed'],
    [heartbeat({ term: 0 }), 'termMissing'],
    [heartbeat({ term: Number.NaN }), 'termMissing'],
    [{ type: 'voteAnswered', from: 9, to: 1, term: 9, granted: true }, 'fromStranger'],
    [{ type: 'storageAppended', from: 2, to: 1, term: 2 } as unknown as PeerMessage, 'unknownType'],
    [{ type: 'toString', from: 2, to: 1, term: 2 } as unknown as PeerMessage, 'unknownType'],
    [append(entriesOf(3, [2])), 'entriesMalformed'],
    [append([...entriesOf(2, [2]), ...entriesOf(2, [2])]), 'entriesMalformed'],
    [append(entriesOf(2, [2, 1])), 'entriesMalformed'],
    [append(entriesOf(2, [9])), 'entriesMalformed'],
  ];
  for (const [message, refusal] of cases) {
    const lone = new LoneMember();
    equal(lone.member.step(message), refusal);
    equal(lone.member.hasReady(), false);
    equal(lone.member.status().term, 1);
  }
});

test('a second leader in one term is not followed', () => {
  const lone = new LoneMember();
  equal(lone.member.step(heartbeat({ from: 2 })), undefined);
  equal(lone.member.step(heartbeat({ from: 3 })), 'secondLeader');
  equal(lone.member.status().leader, 2);
  const leader = new LoneMember();
  leader.lead();
  equal(leader.member.step(heartbeat({ from: 2, term: 2 })), 'secondLeader');
  equal(leader.member.status().role, 'leader');
});

function heartbeat(given: {
  readonly from?: number;
  readonly to?: number;
  readonly term?: number;
}) {
  return {
    type: 'heartbeat',
    from: 2,
    to: 1,
    term: 2,
    committedIndex: 1,
    readPosition: 0,
    ...given,
  } as const;
}

function append(entries: ReturnType<typeof entriesOf>): PeerMessage {
  return {
    type: 'appendEntries',
    from: 2,
    to: 1,
    term: 2,
    previousIndex: 1,
    previousTerm: 1,
    entries,
    committedIndex: 1,
  };
}
