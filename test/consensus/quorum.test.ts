/** Majorities, alone and in pairs. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allVoters, committedIndex, voteResult } from '../../consensus/quorum.ts';

const VOTERS = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 });
const INDEXES = fc.dictionary(
  fc.integer({ min: 1, max: 9 }).map(String),
  fc.integer({ min: 0, max: 20 }),
);
const VOTES = fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), fc.boolean());

test('an index is committed if a majority of each half has it, and the next is not', () => {
  fc.assert(
    fc.property(VOTERS, VOTERS, INDEXES, (voters, votersOutgoing, indexes) => {
      const confirmed = (memberId: number) => indexes[String(memberId)] ?? 0;
      const isCommitted = (index: number) =>
        [voters, votersOutgoing].every(
          (half) =>
            half.length === 0 ||
            half.filter((memberId) => confirmed(memberId) >= index).length > half.length / 2,
        );
      const index = committedIndex({ voters, votersOutgoing }, confirmed);
      equal(isCommitted(index), true);
      equal(Number.isFinite(index) ? isCommitted(index + 1) : true, !Number.isFinite(index));
    }),
  );
});

test('a vote is won by a majority of each half, lost when one half can no longer give it', () => {
  fc.assert(
    fc.property(VOTERS, VOTERS, VOTES, (voters, votersOutgoing, given) => {
      const votes = new Map(Object.entries(given).map(([id, vote]) => [Number(id), vote]));
      const halves = [voters, votersOutgoing].map((half) => {
        const granted = half.filter((id) => votes.get(id) === true).length;
        const open = half.filter((id) => !votes.has(id)).length;
        if (half.length === 0 || granted > half.length / 2) return 'won';
        return granted + open > half.length / 2 ? 'pending' : 'lost';
      });
      const expected = halves.includes('lost')
        ? 'lost'
        : halves.includes('pending')
          ? 'pending'
          : 'won';
      equal(voteResult({ voters, votersOutgoing }, votes), expected);
    }),
  );
});

test('of two quorums of one membership, some member is in both', () => {
  fc.assert(
    fc.property(VOTERS, VOTERS, VOTES, (voters, votersOutgoing, given) => {
      fc.pre(voters.length > 0);
      const votes = new Map(Object.entries(given).map(([id, vote]) => [Number(id), vote]));
      const others = new Map(
        allVoters({ voters, votersOutgoing }).map((id) => [id, votes.get(id) !== true]),
      );
      const joint = { voters, votersOutgoing };
      equal(voteResult(joint, votes) === 'won' && voteResult(joint, others) === 'won', false);
    }),
  );
});

test('where nobody votes, everything is agreed', () => {
  const nobody = { voters: [], votersOutgoing: [] };
  equal(
    committedIndex(nobody, () => 0),
    Number.POSITIVE_INFINITY,
  );
  equal(voteResult(nobody, new Map()), 'won');
});
