/**
 * Saves the whole registry in an etcd as the snapshot that counts: first its pieces, a few at a time,
 * then the head that names it. With the head goes what it makes superfluous: the log up to there and
 * the snapshot before. If this ends earlier, the next leader removes the pieces.
 *
 *     started ──▶ saving pieces ──last──▶ saving the head ──▶ saved (ends)
 *                     └──refused | no answer──────┴──▶ notSaved (ends)
 */
import { type Address, type Context, defineActor } from '../../../runtime/actor.ts';
import { askEtcd, type EtcdClient, type EtcdQuestion } from './etcd-client.ts';
import { faultOf } from './etcd-errors.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { type Claim, saveHead, savePieces } from './etcd-questions.ts';
import { type Head, headOf } from './etcd-records.ts';
import type { Registry } from './registry.ts';
import { CHUNK_BYTES_MAX, encodeSnapshot } from './snapshot.ts';

/** In one transaction: with what stands around them they must fit in the 1.5 MB that etcd takes. */
const BYTES_PER_SAVE_MAX = 4 * CHUNK_BYTES_MAX;
const SAVE_TIMEOUT_MS = 10_000;

export type SavingMessage =
  /** From ourselves. */
  | { readonly type: 'pieceSaved'; readonly leads: boolean }
  | { readonly type: 'headSaved'; readonly leads: boolean; readonly head: Head }
  | { readonly type: 'saveFailed'; readonly sentence: string };

export type FromSavingToStore =
  | { readonly type: 'saved'; readonly head: Head }
  | { readonly type: 'notSaved'; readonly sentence: string };

export interface SavingOptions {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly cluster: string;
  readonly claim: Claim;
  /** Nobody else changes it. */
  readonly registry: Registry;
  /** Of the last entry that is in it. */
  readonly index: number;
  readonly store: Address<FromSavingToStore>;
}

interface SavingState {
  readonly pieces: Iterator<Uint8Array>;
  /** Taken already, and not saved. */
  waiting: Uint8Array | undefined;
  pieceCount: number;
  bytes: number;
}

type SavingContext = Context<SavingOptions, SavingMessage>;

const DEPOSED = 'it leads no longer';

export const etcdSaving = defineActor<SavingOptions, SavingState, SavingMessage>({
  name: 'etcd-saving',
  initialState: ({ registry }) => ({
    pieces: encodeSnapshot(registry),
    waiting: undefined,
    pieceCount: 0,
    bytes: 0,
  }),
  started: saveMore,
  handlers: {
    pieceSaved(state, { leads }, context) {
      if (leads) saveMore(state, context);
      else giveUp(DEPOSED, context);
    },

    headSaved(_state, { leads, head }, context) {
      if (!leads) {
        giveUp(DEPOSED, context);
        return;
      }
      context.send(context.options.store, { type: 'saved', head });
      context.stop();
    },

    saveFailed(_state, { sentence }, context) {
      giveUp(sentence, context);
    },
  },
  inspect: ({ pieceCount, bytes }) => ({ pieceCount, bytes }),
});

function saveMore(state: SavingState, context: SavingContext): void {
  const { keys, claim, index, cluster } = context.options;
  const pieces: { number: number; data: Uint8Array }[] = [];
  let bytes = 0;
  for (;;) {
    const data = state.waiting ?? next(state.pieces);
    state.waiting = data;
    if (data === undefined || bytes + data.length > BYTES_PER_SAVE_MAX) break;
    state.waiting = undefined;
    bytes += data.length;
    pieces.push({ number: state.pieceCount++, data });
  }
  state.bytes += bytes;
  if (pieces.length > 0) {
    ask(
      savePieces(keys, claim, index, pieces),
      (leads) => ({ type: 'pieceSaved', leads }),
      context,
    );
    return;
  }
  const { pieceCount } = state;
  const head = headOf(cluster, { snapshotIndex: index, pieceCount, bytes: state.bytes });
  ask(saveHead(keys, claim, head), (leads) => ({ type: 'headSaved', leads, head }), context);
}

function ask(
  question: EtcdQuestion<boolean>,
  onValue: (leads: boolean) => SavingMessage,
  context: SavingContext,
): void {
  context.defer(askEtcd(context.options.client, question, SAVE_TIMEOUT_MS), {
    onValue,
    onError: (error) => ({ type: 'saveFailed', sentence: faultOf(error).sentence }),
  });
}

function giveUp(sentence: string, context: SavingContext): void {
  context.send(context.options.store, { type: 'notSaved', sentence });
  context.stop();
}

function next(pieces: Iterator<Uint8Array>): Uint8Array | undefined {
  const { done, value } = pieces.next();
  return done === true ? undefined : value;
}
