/**
 * The registrar: has the store keep what the master wants kept, and answers when that is so.
 *
 * The master changes what it knows only after that answer: what it has said to agents and frameworks
 * must never be more than what a successor would find. One write is on its way at a time; what
 * arrives meanwhile goes into the next, so that a slow store gets fewer and larger writes.
 *
 *     idle ──apply──▶ writing ──written──▶ idle | writing (what has waited)
 *                        └──writeFailed | no answer in time──▶ given up
 *
 * After a write that failed nobody knows what was kept, so nothing more is asked for or answered in
 * this epoch: the store is asked to resign, and the master ends when it has been deposed.
 * Source: Mesos 1.11, src/master/registrar.cpp.
 */
import { type Address, type Context, defineActor, type TimerId } from '../../runtime/actor.ts';
import { assert } from '../../runtime/assert.ts';
import type { Tally } from '../protocol/metrics/tally.ts';
import { operationFault, operationLine } from './registry/operation-text.ts';
import type { RegistryOperation } from './registry/operations.ts';
import {
  type FromStoreToRegistrar,
  OPERATIONS_PER_WRITE_MAX,
  type RegistryStoreMessage,
  WRITE_BYTES_MAX,
} from './registry/store.ts';

export type RegistrarMessage =
  /** From the master: answered by exactly one `registryApplied`, in the order of asking. */
  | { readonly type: 'apply'; readonly operation: RegistryOperation }
  /** From the store. Dropped when they aren't about the write that is on its way. */
  | FromStoreToRegistrar
  /** From ourselves: the store has not answered. Cancelled when it does. */
  | { readonly type: 'storeTimedOut' };

export interface FromRegistrarToMaster {
  readonly type: 'registryApplied';
  readonly operation: RegistryOperation;
  /** Set when it was not applied, as a sentence. */
  readonly refused?: string;
}

export interface RegistrarOptions {
  readonly master: Address<FromRegistrarToMaster>;
  readonly store: Address<RegistryStoreMessage>;
  /** Of the leadership that this registrar writes for. */
  readonly epoch: number;
  /** Default 20 000. Later there may still be an answer, but no successor can wait for it. */
  readonly storeTimeoutMs?: number;
  /** Default: nothing is counted. */
  readonly metrics?: Tally;
}

const STORE_TIMEOUT_MS = 20_000;
/** A day: younger writes count in the percentiles. */
const STORES_WINDOW_MS = 24 * 60 * 60 * 1000;

interface Wish {
  readonly operation: RegistryOperation;
  readonly bytes: number;
  /** Why no store is asked. It waits for its turn all the same, so that answers stay in order. */
  readonly fault: string | undefined;
}

interface Writing {
  readonly writeNumber: number;
  readonly wishes: readonly Wish[];
  readonly sentAtMs: number;
  readonly timer: TimerId;
}

interface RegistrarState {
  /** In the order of asking. */
  readonly waiting: Wish[];
  writing: Writing | undefined;
  writeCount: number;
  operationCount: number;
  lastWriteMs: number | undefined;
  /** Nothing is kept in this epoch any more. */
  hasGivenUp: boolean;
}

type RegistrarContext = Context<RegistrarOptions, RegistrarMessage>;

export const registrar = defineActor<RegistrarOptions, RegistrarState, RegistrarMessage>({
  name: 'registrar',
  initialState: () => ({
    waiting: [],
    writing: undefined,
    writeCount: 0,
    operationCount: 0,
    lastWriteMs: undefined,
    hasGivenUp: false,
  }),
  started({ waiting }, { options: { metrics } }) {
    metrics?.gauges('registrar', () => [['registrar/queued_operations', waiting.length]]);
  },
  stopped: (_state, { options: { metrics } }) => metrics?.endGauges('registrar'),
  handlers: {
    apply(state, { operation }, context) {
      if (state.hasGivenUp) return;
      const bytes = Buffer.byteLength(operationLine(operation));
      state.waiting.push({ operation, bytes, fault: faultOf(operation, bytes) });
      if (state.writing === undefined) write(state, context);
    },

    written(state, { writeNumber, refusals }, context) {
      const { writing } = state;
      if (writing?.writeNumber !== writeNumber) return;
      context.cancel(writing.timer);
      state.writing = undefined;
      const nowMs = context.nowMs();
      state.lastWriteMs = nowMs - writing.sentAtMs;
      const { metrics } = context.options;
      metrics?.time('registrar/state_store_ms', state.lastWriteMs, nowMs, STORES_WINDOW_MS);
      const asked = writing.wishes.filter(isWritable);
      assert(refusals.length === asked.length, 'the store answers for each operation');
      state.operationCount += asked.length;
      let index = 0;
      for (const wish of writing.wishes) {
        answer(wish, isWritable(wish) ? refusals[index++] : wish.fault, context);
      }
      write(state, context);
    },

    writeFailed(state, { writeNumber, outcome, sentence }, context) {
      if (state.writing?.writeNumber !== writeNumber) return;
      const known = outcome === 'unknown' ? '; it may be kept and may not' : '';
      giveUp(state, `${sentence}${known}`, context);
    },

    storeTimedOut(state, _message, context) {
      assert(state.writing !== undefined, 'a write outlives its timer');
      const silentMs = context.nowMs() - state.writing.sentAtMs;
      giveUp(state, `the store has not answered for ${silentMs} ms`, context);
    },
  },
  inspect: ({ waiting, writing, hasGivenUp, writeCount, operationCount, lastWriteMs }) => ({
    hasGivenUp,
    waitingCount: waiting.length,
    writingCount: writing?.wishes.length ?? 0,
    writeCount,
    operationCount,
    lastWriteMs,
  }),
});

/** As much as one write may have of what waits. */
function write(state: RegistrarState, context: RegistrarContext): void {
  const { waiting } = state;
  let count = 0;
  let bytes = 0;
  for (const wish of waiting) {
    if (isWritable(wish)) bytes += wish.bytes;
    if (count === OPERATIONS_PER_WRITE_MAX || bytes > WRITE_BYTES_MAX) break;
    count++;
  }
  if (count === 0) return;
  const wishes = waiting.splice(0, count);
  const operations = wishes.filter(isWritable).map(({ operation }) => operation);
  if (operations.length === 0) {
    for (const wish of wishes) answer(wish, wish.fault, context);
    write(state, context);
    return;
  }
  const { store, epoch, storeTimeoutMs = STORE_TIMEOUT_MS } = context.options;
  const writeNumber = ++state.writeCount;
  const timer = context.sendSelfAfter(storeTimeoutMs, { type: 'storeTimedOut' });
  state.writing = { writeNumber, wishes, sentAtMs: context.nowMs(), timer };
  context.send(store, { type: 'write', epoch, writeNumber, operations, replyTo: context.self });
}

function answer({ operation }: Wish, refused: string | undefined, context: RegistrarContext): void {
  const applied = { type: 'registryApplied', operation } as const;
  context.send(context.options.master, refused === undefined ? applied : { ...applied, refused });
}

function isWritable({ fault }: Wish): boolean {
  return fault === undefined;
}

/** What can be written and not be read again would keep all masters from leading for ever. */
function faultOf(operation: RegistryOperation, bytes: number): string | undefined {
  const what = `Cannot keep operation "${operation.type}"`;
  const fault = operationFault(operation);
  if (fault !== undefined) return `${what}: ${fault}`;
  if (bytes <= WRITE_BYTES_MAX) return undefined;
  return `${what}: it has ${bytes} bytes, and at most ${WRITE_BYTES_MAX} are kept`;
}

function giveUp(state: RegistrarState, reason: string, context: RegistrarContext): void {
  const { writing, waiting } = state;
  const counts = `${writing?.wishes.length ?? 0} operations, and ${waiting.length} that wait`;
  const { epoch, store } = context.options;
  context.log.warn(`Cannot keep ${counts}, in epoch ${epoch}: ${reason}`);
  if (writing !== undefined) context.cancel(writing.timer);
  state.hasGivenUp = true;
  state.writing = undefined;
  waiting.length = 0;
  context.send(store, { type: 'resign' });
}
