/**
 * What a replica hears from the other members of its group, and that their connection broke.
 *
 * A broken connection to the leader mostly means that its process has ended: an election is asked
 * for at once instead of after a timeout. It comes about only if a majority misses the leader as
 * well (pre-vote), so a connection that was cut and mended changes nothing.
 */
import { isForUs, membersAt } from './replica-places.ts';
import { type ReplicaHandlers, wakeUp } from './replica-state.ts';
import { snapshotLost } from './snapshot-sending.ts';

export const peerHandlers: ReplicaHandlers<'peerSays' | 'exited' | 'campaignDue'> = {
  peerSays(state, said, context) {
    const { member } = state;
    if (member === undefined || !isForUs(state, said, context)) return;
    // Its chunks come first: the message is put together where the last of them arrives.
    if (said.message.type === 'installSnapshot' || said.message.from !== said.from) return;
    const refusal = member.step(said.message);
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
      const { campaignDelayMsMax } = context.options.timings;
      if (state.campaignTimer !== undefined) context.cancel(state.campaignTimer);
      const delayMs = context.random() * campaignDelayMsMax;
      state.campaignTimer = context.sendSelfAfter(delayMs, { type: 'campaignDue' });
    }
    wakeUp(state, context);
  },

  campaignDue(state, _, context) {
    state.campaignTimer = undefined;
    const { member } = state;
    if (member === undefined || member.summary().leader !== 0) return;
    const refusal = member.campaign();
    if (refusal !== undefined) context.log.debug(`No election is asked for: ${refusal}`);
    wakeUp(state, context);
  },
};
