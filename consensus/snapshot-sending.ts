/**
 * A leader's snapshot for a member that is too far behind: offered, and then fetched piece by piece.
 *
 *     leader ──snapshotOffered──▶ member ──snapshotWanted(offset)──▶ leader ──snapshotPiece──▶ …
 *
 * Who fetches says from where on: after a break, or a restart, it goes on with what it has. The
 * leader only answers; when nobody asks for a while, the member counts as unreachable again.
 */
import { describeError } from '../runtime/errors.ts';
import type { MemberId } from './entry.ts';
import type { Member } from './member.ts';
import type { PeerMessageOf } from './messages.ts';
import { isForUs, send } from './replica-places.ts';
import type { ReplicaContext, ReplicaHandlers, ReplicaState } from './replica-state.ts';
import { readPiece } from './snapshot-file-access.ts';

export const snapshotSendingHandlers: ReplicaHandlers<
  'snapshotWanted' | 'pieceRead' | 'pieceNotRead'
> = {
  snapshotWanted(state, wanted, context) {
    if (!isForUs(state, wanted, context)) return;
    const sending = state.sending.get(wanted.from);
    if (sending?.mark.index !== wanted.index || sending.mark.term !== wanted.term) return;
    sending.heardMs = context.nowMs();
    const { storage, group, clusterId, memberId } = context.options;
    const { index, term, offset, from } = wanted;
    context.defer(readPiece(storage.snapshots, { group, index, term }, offset), {
      onValue: ({ data }) => ({
        type: 'pieceRead',
        piece: {
          type: 'snapshotPiece',
          clusterId,
          group,
          from: memberId,
          to: from,
          index,
          offset,
          data,
        },
      }),
      onError: (error) => ({ type: 'pieceNotRead', sentence: describeError(error) }),
    });
  },

  pieceRead(state, { piece }, context) {
    send(state, piece.to, piece, context);
  },

  pieceNotRead(_, { sentence }, context) {
    context.log.warn(`Cannot send a snapshot: ${sentence}`);
  },
};

export function offerSnapshot(
  state: ReplicaState,
  member: Member,
  { to, term, mark }: PeerMessageOf<'installSnapshot'>,
  context: ReplicaContext,
): void {
  const { storage, group } = context.options;
  const whole = storage.snapshots.proof({ group, index: mark.index, term: mark.term });
  if (whole === undefined) {
    member.reportSnapshot(to, 'failed');
    return;
  }
  const proof = { totalBytes: whole.totalBytes, totalCrc: whole.totalCrc };
  context.log.info(`Member ${to} is sent a snapshot`, { index: mark.index, ...proof });
  state.sending.set(to, { mark, heardMs: context.nowMs() });
  send(state, to, { type: 'snapshotOffered', term, mark, proof }, context);
}

/** To be called now and then: who doesn't fetch any more is given up. */
export function giveUpStalled(state: ReplicaState, member: Member, context: ReplicaContext): void {
  const sinceMs = context.nowMs() - context.options.timings.snapshotStallMs;
  for (const [memberId, { heardMs }] of state.sending) {
    if (heardMs < sinceMs) snapshotLost(state, member, memberId);
  }
}

export function snapshotLost(state: ReplicaState, member: Member, memberId: MemberId): void {
  if (state.sending.delete(memberId)) member.reportSnapshot(memberId, 'failed');
}
