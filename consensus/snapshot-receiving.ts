/**
 * A snapshot that this member is sent, because it is too far behind for the leader's log.
 *
 *     snapshotOffered ─▶ wanted(offset) ─▶ piece ─▶ written ─▶ wanted … ─▶ whole ─▶ installSnapshot
 *
 * Only the whole snapshot, proved by its length and sum, is handed to the member.
 */
import { describeError } from '../runtime/errors.ts';
import type { FromPeer } from './replica-messages.ts';
import { isForUs, send } from './replica-places.ts';
import type {
  ReceivedSnapshot,
  ReplicaContext,
  ReplicaHandlers,
  ReplicaState,
} from './replica-state.ts';
import { isRestoring, wakeUp } from './replica-state.ts';

type Offered = Extract<FromPeer, { type: 'snapshotOffered' }>;

export const snapshotReceivingHandlers: ReplicaHandlers<
  'snapshotOffered' | 'snapshotPiece' | 'pieceWritten' | 'snapshotReceived' | 'snapshotNotReceived'
> = {
  snapshotOffered(state, offered, context) {
    const { member } = state;
    if (member === undefined || !isForUs(state, offered, context)) return;
    const { storage, group } = context.options;
    const isApplied = offered.mark.index <= state.appliedIndex;
    // What was fetched goes on to the disk. Fetched once more, it would be written over what is whole.
    if (!isApplied && isRestoring(state, offered.mark.index)) return;
    if (isApplied || storage.snapshots.has(group, offered.mark)) {
      // All of it is here. The leader must hear so: it sends nothing else meanwhile.
      const { from, term, mark } = offered;
      member.step({ type: 'installSnapshot', from, to: member.id, term, mark });
      wakeUp(state, context);
      return;
    }
    const { receiving } = state;
    if (receiving?.busy) return;
    const nowMs = context.nowMs();
    if (receiving !== undefined && isSame(receiving, offered)) {
      state.receiving = { ...receiving, from: offered.from, term: offered.term, heardMs: nowMs };
    } else {
      const { from, term, mark, proof } = offered;
      const writer = storage.snapshots.begin({ group, mark }, true);
      state.receiving = { from, term, mark, proof, writer, busy: false, heardMs: nowMs };
      const { offset } = writer;
      context.log.info('Fetching a snapshot', { from, index: mark.index, ...proof, offset });
    }
    goOn(state, context);
  },

  snapshotPiece(state, piece, context) {
    const { receiving } = state;
    if (receiving === undefined || receiving.busy || !isForUs(state, piece, context)) return;
    const { writer, mark } = receiving;
    // A piece that came twice, or of another one.
    if (piece.index !== mark.index || piece.offset !== writer.offset) return;
    // The disk of the leader has less than it said.
    if (piece.data.length === 0) return giveUp(state);
    receiving.busy = true;
    receiving.heardMs = context.nowMs();
    const written = new Promise<void>((resolve, reject) => {
      writer.write(piece.data, (error) => (error === undefined ? resolve() : reject(error)));
    });
    context.defer(written, {
      onValue: () => ({ type: 'pieceWritten' }),
      onError: (error) => ({ type: 'snapshotNotReceived', sentence: describeError(error) }),
    });
  },

  pieceWritten(state, _, context) {
    if (state.receiving === undefined) return;
    state.receiving.busy = false;
    goOn(state, context);
  },

  snapshotReceived(state, _, context) {
    const { member, receiving } = state;
    if (member === undefined || receiving === undefined) return;
    const { from, term, mark } = receiving;
    giveUp(state);
    context.log.info('Fetched a snapshot', { from, index: mark.index });
    member.step({ type: 'installSnapshot', from, to: member.id, term, mark });
    wakeUp(state, context);
  },

  /** It is offered again. */
  snapshotNotReceived(state, { sentence }, context) {
    context.log.warn(`Cannot take in a snapshot: ${sentence}`);
    giveUp(state);
  },
};

/** To be called now and then: what got lost is asked for again. */
export function repeatWanted(state: ReplicaState, context: ReplicaContext): void {
  const { receiving } = state;
  if (receiving === undefined || receiving.busy) return;
  const silentMs = context.nowMs() - receiving.heardMs;
  const { snapshotStallMs } = context.options.timings;
  // By way of the log, it is here already.
  const isOutdone = receiving.mark.index <= state.appliedIndex;
  if (isOutdone || silentMs > 2 * snapshotStallMs) giveUp(state);
  else if (silentMs > snapshotStallMs / 5) goOn(state, context);
}

/** The part on the disk stays: the next offer of the same goes on with it. */
function giveUp(state: ReplicaState): void {
  state.receiving = undefined;
}

function goOn(state: ReplicaState, context: ReplicaContext): void {
  const { receiving } = state;
  if (receiving === undefined) return;
  const { from, mark, proof, writer } = receiving;
  const { offset } = writer;
  if (offset < proof.totalBytes) {
    const { index, term } = mark;
    send(state, from, { type: 'snapshotWanted', index, term, offset }, context);
    return;
  }
  receiving.busy = true;
  const finished = new Promise<void>((resolve, reject) => {
    writer.finish(proof, (error) => (error === undefined ? resolve() : reject(error)));
  });
  context.defer(finished, {
    onValue: () => ({ type: 'snapshotReceived' }),
    onError: (error) => ({ type: 'snapshotNotReceived', sentence: describeError(error) }),
  });
}

function isSame({ mark, proof }: ReceivedSnapshot, offered: Offered): boolean {
  return (
    mark.index === offered.mark.index &&
    mark.term === offered.mark.term &&
    proof.totalCrc === offered.proof.totalCrc
  );
}
