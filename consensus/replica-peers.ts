/**
 * What a replica hears from the other members of its group, and that their connection broke.
 *
 * A broken connection to the leader mostly means that its process has ended: an election is asked
 * for at once instead of after a timeout. It comes about only if a majority misses the leader as
 * well (pre-vote), so a connection that was cut and mended changes nothing.
 *
 * Members ask one after the other, by their ids, for two that ask at the same time get half of the
 * votes each; who has asked in vain asks again after twice as long, a few times.
 */
import { describeError } from '../runtime/errors.ts';
import type { MemberId } from './entry.ts';
import type { PeerMessage } from './messages.ts';
import { type PackedMessage, unpack } from './packed-entries.ts';
import { allVoters } from './quorum.ts';
import { isForUs, membersAt } from './replica-places.ts';
import {
  type ReplicaContext,
  type ReplicaHandlers,
  type ReplicaState,
  wakeUp,
} from './replica-state.ts';
import { snapshotLost } from './snapshot-sending.ts';

/** After so many campaigns in vain the next one comes with the election timeout. */
const CAMPAIGN_COUNT_MAX = 3;

export const peerHandlers: ReplicaHandlers<'peerSays' | 'exited' | 'campaignDue'> = {
  peerSays(state, said, context) {
    const { member } = state;
    if (member === undefined || !isForUs(state, said, context)) return;
    // Its chunks come first: the message is put together where the last of them arrives.
    if (said.message.type === 'installSnapshot' || said.message.from !== said.from) return;
    const message = unpacked(said.message, context);
    if (message === undefined) return;
    const refusal = member.step(message);
    if (refusal !== undefined) {
      context.log.debug(`Dropped "${said.message.type}" of member ${said.from}: ${refusal}`);
    }
    if (said.from === member.summary().leader) state.leaderHeardMs = context.nowMs();
    wakeUp(state, context);
  },

  exited(state, { address: gone }, context) {
    state.linked.delete(gone.node);
    const { member } = state;
    if (member === undefined) return;
    const status = member.summary();
    for (const memberId of membersAt(state, gone.node)) {
      member.reportUnreachable(memberId);
      snapshotLost(state, member, memberId);
      if (memberId !== status.leader || memberId === member.id) continue;
      member.forgetLeader();
      state.loss = { leader: memberId, campaignCount: 0 };
      campaignLater(state, context);
    }
    wakeUp(state, context);
  },

  campaignDue(state, _, context) {
    state.campaignTimer = undefined;
    const { member, loss } = state;
    if (member === undefined || member.summary().leader !== 0 || loss === undefined) return;
    const refusal = member.campaign();
    if (refusal !== undefined) context.log.debug(`No election is asked for: ${refusal}`);
    loss.campaignCount++;
    if (loss.campaignCount < CAMPAIGN_COUNT_MAX) campaignLater(state, context);
    wakeUp(state, context);
  },
};

/** Undefined where it is malformed, and that was said. */
function unpacked(message: PackedMessage, context: ReplicaContext): PeerMessage | undefined {
  try {
    return unpack(message);
  } catch (error) {
    const sentence = `Dropped "${message.type}" of member ${message.from}: ${describeError(error)}`;
    context.log.warn(sentence);
    return undefined;
  }
}

/** The first time at once, as far as nobody else is before this member; later with time for an answer. */
function campaignLater(state: ReplicaState, context: ReplicaContext): void {
  const { loss } = state;
  if (loss === undefined) return;
  const { campaignDelayMsMax } = context.options.timings;
  const place = placeInLine(state, loss.leader, context.options.memberId) + context.random();
  const { campaignCount } = loss;
  const delays = campaignCount === 0 ? place : (1 + place) * 2 ** campaignCount;
  if (state.campaignTimer !== undefined) context.cancel(state.campaignTimer);
  state.campaignTimer = context.sendSelfAfter(delays * campaignDelayMsMax, { type: 'campaignDue' });
}

/** How many ask for an election before this member does. */
function placeInLine({ membership }: ReplicaState, lost: MemberId, own: MemberId): number {
  return allVoters(membership).filter((other) => other !== lost && other < own).length;
}
