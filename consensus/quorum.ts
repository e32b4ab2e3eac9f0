/**
 * Majorities, alone and in pairs: what is committed, and who has won.
 *
 * While a membership is joint, what counts needs a majority of those that vote now and one of those
 * before them. A list without voters agrees with everything: that is how a membership that is not
 * joint is only the half of one that is.
 */
import type { MemberId, Membership } from './entry.ts';

export type VoteResult = 'won' | 'lost' | 'pending';

export type Voters = Pick<Membership, 'voters' | 'votersOutgoing'>;

/** The highest index that a quorum has. `Infinity` where nobody votes. */
export function committedIndex(
  { voters, votersOutgoing }: Voters,
  confirmedBy: (memberId: MemberId) => number,
): number {
  const incoming = majorityIndex(voters, confirmedBy);
  if (votersOutgoing.length === 0) return incoming;
  return Math.min(incoming, majorityIndex(votersOutgoing, confirmedBy));
}

export function voteResult(
  { voters, votersOutgoing }: Voters,
  votes: ReadonlyMap<MemberId, boolean>,
): VoteResult {
  const incoming = majorityResult(voters, votes);
  const outgoing = majorityResult(votersOutgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}

/** In either half: those that are asked for their vote, in ascending order. */
export function allVoters({ voters, votersOutgoing }: Voters): readonly MemberId[] {
  if (votersOutgoing.length === 0) return voters;
  return [...new Set([...voters, ...votersOutgoing])].sort((one, other) => one - other);
}

function majorityIndex(
  voters: readonly MemberId[],
  confirmedBy: (memberId: MemberId) => number,
): number {
  const count = voters.length;
  if (count === 0) return Number.POSITIVE_INFINITY;
  const indexes: number[] = [];
  for (const memberId of voters) {
    // Inserted in ascending order: groups are small, and this runs with every answer.
    const index = confirmedBy(memberId);
    let place = indexes.length;
    while (place > 0 && (indexes[place - 1] as number) > index) {
      indexes[place] = indexes[place - 1] as number;
      place--;
    }
    indexes[place] = index;
  }
  return indexes[count - (Math.floor(count / 2) + 1)] as number;
}

function majorityResult(
  voters: readonly MemberId[],
  votes: ReadonlyMap<MemberId, boolean>,
): VoteResult {
  if (voters.length === 0) return 'won';
  const needed = Math.floor(voters.length / 2) + 1;
  let granted = 0;
  let refused = 0;
  for (const memberId of voters) {
    const vote = votes.get(memberId);
    if (vote === true) granted++;
    if (vote === false) refused++;
  }
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'pending';
}
