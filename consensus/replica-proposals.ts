/**
 * What clients of a replica propose and read, and what becomes of it.
 *
 *     propose ─▶ asked ─▶ in the leader's log ─▶ applied: answered with what the state machine says
 *                                            └▶ leadership lost: `unknown`, it may still be applied
 *
 * What is asked for in one turn is proposed together, so that it travels to each peer in one message.
 */
import { assert } from '../runtime/assert.ts';
import type { Entry } from './entry.ts';
import type { ProposalOutcome } from './proposing.ts';
import type { FromClient } from './replica-messages.ts';
import {
  type AskedProposal,
  type ReplicaContext,
  type ReplicaHandlers,
  type ReplicaState,
  wakeUp,
} from './replica-state.ts';

/** Reads that wait at one time; further ones are refused. */
const READS_MAX = 100_000;
/** Operations of about so many bytes are proposed together: they fit into one message to a peer. */
const TOGETHER_BYTES_MAX = 512 * 1024;
/** About so much is proposed in one turn, and the rest in the next: a turn makes one append to the log. */
const TURN_BYTES_MAX = 16 * 2 ** 20;

export const proposalHandlers: ReplicaHandlers<FromClient['type']> = {
  propose(state, { data, number, replyTo }, context) {
    const { member } = state;
    if (member === undefined) return refuse('it is starting');
    if (context.options.storage.isNearlyFull) {
      return refuse('its disk has no room for more', 'logNearlyFull');
    }
    state.asked.push({ data, number, replyTo });
    wakeUp(state, context);

    function refuse(why: string, reason: 'noLeader' | 'logNearlyFull' = 'noLeader') {
      const sentence = `Cannot write to the log: ${why}`;
      context.send(replyTo, {
        type: 'proposed',
        number,
        outcome: { outcome: 'dropped', reason, sentence },
      });
    }
  },

  proposeChange(state, { change, number, replyTo }, context) {
    proposeAsked(state, context);
    const outcome: ProposalOutcome = state.member?.proposeChange(change) ?? {
      outcome: 'dropped',
      reason: 'noLeader',
      sentence: 'it is starting',
    };
    note(state, outcome, [{ number, replyTo }], context);
  },

  read(state, { number, replyTo }, context) {
    const { member, reads } = state;
    const refuse = (why: string) => {
      const refused = `Cannot read what all members agree on: ${why}`;
      context.send(replyTo, { type: 'readable', number, refused });
    };
    if (member === undefined) return refuse('this one is starting');
    if (reads.size >= READS_MAX) return refuse('too many reads wait');
    const readId = `${state.readIdPrefix}/${state.nextReadNumber++}`;
    const refusal = member.readIndex(readId);
    if (refusal !== undefined) return refuse(refusal);
    reads.set(readId, { number, replyTo, index: undefined });
    wakeUp(state, context);
  },

  transferLeadership(state, { to }, context) {
    const refusal = state.member?.transferLeadership(to);
    if (refusal !== undefined) {
      context.log.warn(`Cannot hand leadership over to member ${to}: ${refusal}`);
    }
    wakeUp(state, context);
  },

  describeReplica({ member, leaderHeardMs }, { replyTo }, context) {
    if (member === undefined) return;
    const { clusterId, group, storage } = context.options;
    const { isNearlyFull } = storage;
    const status = member.status();
    context.send(replyTo, {
      type: 'replicaDescription',
      clusterId,
      group,
      status,
      isNearlyFull,
      ...(leaderHeardMs === undefined ? {} : { leaderHeardMs }),
    });
  },
};

/** What clients asked for since the last time enters the log, or they are told why not. */
export function proposeAsked(state: ReplicaState, context: ReplicaContext): void {
  const { member, asked } = state;
  if (member === undefined) return;
  let first = 0;
  for (let turnBytes = 0; first < asked.length && turnBytes < TURN_BYTES_MAX; ) {
    let end = first;
    let bytes = 0;
    while (end < asked.length && bytes < TOGETHER_BYTES_MAX)
      bytes += asked[end++]?.data.length ?? 0;
    const together = asked.slice(first, end);
    const outcome = member.proposeAll(together.map(({ data }) => data));
    if (outcome.outcome === 'dropped' && outcome.reason === 'tooMuchUncommitted') {
      // There may be room for some of them.
      for (const one of together) note(state, member.propose(one.data), [one], context);
    } else note(state, outcome, together, context);
    first = end;
    turnBytes += bytes;
  }
  asked.splice(0, first);
  if (asked.length > 0) wakeUp(state, context);
}

/** What was proposed for this place in the log is applied, or another was. */
export function settleProposal(
  state: ReplicaState,
  { index, term }: Entry,
  answer: unknown,
  context: ReplicaContext,
): void {
  const proposal = state.proposals.get(index);
  if (proposal === undefined) return;
  state.proposals.delete(index);
  const { number, replyTo } = proposal;
  const outcome =
    proposal.term === term
      ? ({ outcome: 'applied', index, answer } as const)
      : ({
          outcome: 'dropped',
          reason: 'overtaken',
          sentence: 'Another leader wrote something else in its place',
        } as const);
  context.send(replyTo, { type: 'proposed', number, outcome });
}

/** Leadership is lost: what was proposed may be applied by the next leader, or never. */
export function failProposals(state: ReplicaState, context: ReplicaContext): void {
  for (const { number, replyTo } of state.proposals.values()) {
    context.send(replyTo, { type: 'proposed', number, outcome: { outcome: 'unknown' } });
  }
  state.proposals.clear();
}

/** `asked` are proposed together: all of them, one behind the other, or none. */
function note(
  state: ReplicaState,
  outcome: ProposalOutcome,
  asked: readonly Pick<AskedProposal, 'number' | 'replyTo'>[],
  context: ReplicaContext,
): void {
  assert(outcome.outcome !== 'forwarded', 'replicas are asked where the leader is');
  for (const [place, { number, replyTo }] of asked.entries()) {
    if (outcome.outcome === 'dropped') {
      context.send(replyTo, { type: 'proposed', number, outcome });
      continue;
    }
    const { firstIndex, term } = outcome;
    state.proposals.set(firstIndex + place, { term, number, replyTo });
  }
  if (outcome.outcome !== 'dropped') wakeUp(state, context);
}
