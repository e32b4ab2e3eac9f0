/**
 * The checkpointer: writes down what the agent must not forget, and only then lets the letters go
 * that depend on it.
 *
 *     idle ──keep──▶ writing ──written──▶ (letters leave) ──more has come──▶ writing
 *                       └─no space─▶ waits ─▶ writing       └─nothing──▶ idle
 *
 * Whatever comes while the disk is busy is one batch with one sync: the first of a crowd waits for
 * its own sync only, and a crowd costs no more syncs than the disk can do. Letters leave in the order
 * in which they came, those that depend on nothing too; so who gets them hears of a task's launch
 * before its kill. When the file has grown to several times of what it amounts to, it is written
 * anew. A disk that fails is the end of the agent, whose tasks live on; a full one is waited for.
 */
import { type Address, type Context, defineActor, type Tagged } from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import { CHECKPOINT_HEAD, linesOf, readCheckpoint } from './checkpoint-text.ts';
import { type KeptAgent, keep, recordsOf } from './kept.ts';
import type { CheckpointRecord } from './records.ts';
import { type CheckpointStore, isFull } from './store.ts';

/** A message that is sent when all that was given to be kept before it is safe. */
export interface Letter {
  readonly to: Address<Tagged>;
  readonly message: Tagged;
}

export function letter<To extends Tagged>(to: Address<To>, message: NoInfer<To>): Letter {
  return { to: to as unknown as Address<Tagged>, message };
}

export type CheckpointerMessage =
  /** From the agent. The first record ever is the agent itself. */
  | {
      readonly type: 'keep';
      readonly records: readonly CheckpointRecord[];
      readonly letters: readonly Letter[];
    }
  /** From the agent, which ends for good: all is forgotten, and nothing more is kept. */
  | { readonly type: 'discard' }
  /** All of these from ourselves. */
  | { readonly type: 'read'; readonly text: string | undefined }
  | { readonly type: 'notRead'; readonly error: unknown }
  | { readonly type: 'written'; readonly letters: readonly Letter[] }
  | { readonly type: 'notWritten'; readonly error: unknown }
  | { readonly type: 'writeAgain' }
  | { readonly type: 'discarded' };

/** What the agent hears. */
export type CheckpointNews =
  /** Once, at the start. The agent may take it apart. */
  | { readonly type: 'checkpointRead'; readonly kept: KeptAgent | undefined }
  /** The end of the agent: `cause` is a sentence with what to do. */
  | { readonly type: 'checkpointFailed'; readonly cause: string }
  | { readonly type: 'checkpointDiscarded' };

export interface CheckpointerOptions {
  readonly agent: Address<CheckpointNews>;
  readonly store: CheckpointStore;
}

/** A checkpoint is written anew when it is longer than this, and than four times what it amounts to. */
const REWRITE_LENGTH_MIN = 4_194_304;
const REWRITE_FACTOR = 4;
const FULL_WAIT_MS = 1000;

interface CheckpointerState {
  /** As it will be when all that waits is written. */
  kept: KeptAgent | undefined;
  /** Undefined: the file is to be written anew. */
  lineCount: number | undefined;
  length: number;
  /** When it was last written anew. */
  baseLength: number;
  waiting: CheckpointRecord[];
  letters: Letter[];
  busy: boolean;
  /** What could not be written, to be tried again: records are kept until they are safe. */
  again: { readonly write: () => Promise<void>; readonly letters: readonly Letter[] } | undefined;
  fullSinceMs: number | undefined;
  discarding: boolean;
}

type CheckpointerContext = Context<CheckpointerOptions, CheckpointerMessage>;

export const checkpointer = defineActor<
  CheckpointerOptions,
  CheckpointerState,
  CheckpointerMessage
>({
  name: 'checkpointer',
  initialState: () => ({
    kept: undefined,
    lineCount: undefined,
    length: 0,
    baseLength: 0,
    waiting: [],
    letters: [],
    busy: true,
    again: undefined,
    fullSinceMs: undefined,
    discarding: false,
  }),
  started(_, context) {
    context.defer(context.options.store.read(), {
      onValue: (text) => ({ type: 'read', text }),
      onError: (error) => ({ type: 'notRead', error }),
    });
  },
  handlers: {
    read(state, { text = '' }, context) {
      const { agent, store } = context.options;
      try {
        const kept = readCheckpoint(text, store.path);
        // The agent takes its copy apart, we go on with ours.
        state.kept = readCheckpoint(text, store.path);
        state.busy = false;
        context.send(agent, { type: 'checkpointRead', kept });
        write(state, context);
      } catch (error) {
        fail(error, context);
      }
    },

    notRead(_, { error }, context) {
      fail(error, context);
    },

    keep(state, { records, letters }, context) {
      if (state.discarding) return;
      if (!state.busy && records.length === 0 && state.waiting.length === 0) {
        for (const { to, message } of letters) context.send(to, message);
        return;
      }
      for (const record of records) state.waiting.push(record);
      for (const one of letters) state.letters.push(one);
      write(state, context);
    },

    discard(state, _, context) {
      state.discarding = true;
      state.waiting = [];
      state.letters = [];
      if (!state.busy) discard(state, context);
    },

    written(state, { letters }, context) {
      state.busy = false;
      state.again = undefined;
      if (state.fullSinceMs !== undefined) {
        context.log.info('There is space for the checkpoint again');
        state.fullSinceMs = undefined;
      }
      for (const { to, message } of letters) context.send(to, message);
      if (state.discarding) discard(state, context);
      else write(state, context);
    },

    notWritten(state, { error }, context) {
      if (state.discarding || !isFull(error)) {
        if (state.discarding) discard(state, context);
        else fail(error, context);
        return;
      }
      if (state.fullSinceMs === undefined) {
        const { path } = context.options.store;
        context.log.warn(
          `Cannot write the checkpoint "${path}": ${describeError(error)}; ` +
            'launches and updates of tasks wait until there is space',
        );
        state.fullSinceMs = context.nowMs();
      }
      context.sendSelfAfter(FULL_WAIT_MS, { type: 'writeAgain' });
    },

    writeAgain(state, _, context) {
      if (state.discarding) discard(state, context);
      else if (state.again !== undefined) attempt(state.again, context);
    },

    discarded(_, __, context) {
      context.send(context.options.agent, { type: 'checkpointDiscarded' });
    },
  },
  inspect: ({ kept, lineCount, length, waiting, letters, busy, fullSinceMs }) => ({
    agentId: kept?.agentId,
    bootId: kept?.bootId,
    frameworkCount: kept?.frameworks.size ?? 0,
    lineCount,
    length,
    waitingCount: waiting.length,
    letterCount: letters.length,
    busy,
    fullSinceMs,
  }),
});

/** Begins a batch, if there is something to write and nothing being written. */
function write(state: CheckpointerState, context: CheckpointerContext): void {
  if (state.busy || (state.waiting.length === 0 && state.letters.length === 0)) return;
  const { waiting: records, letters } = state;
  state.waiting = [];
  state.letters = [];
  if (records.length === 0) {
    for (const { to, message } of letters) context.send(to, message);
    return;
  }
  for (const record of records) state.kept = keep(state.kept, record);
  const { kept } = state;
  if (kept === undefined) return;
  const { store } = context.options;
  state.busy = true;
  const tooLong =
    state.length > REWRITE_LENGTH_MIN && state.length > REWRITE_FACTOR * state.baseLength;
  if (state.lineCount === undefined || tooLong) {
    const all = recordsOf(kept);
    const text = CHECKPOINT_HEAD + linesOf(all, 0);
    state.lineCount = all.length;
    state.length = text.length;
    state.baseLength = text.length;
    state.again = { write: () => store.replace(kept.agentId, text), letters };
  } else {
    const text = linesOf(records, state.lineCount);
    state.lineCount += records.length;
    state.length += text.length;
    state.again = { write: () => store.append(text), letters };
  }
  attempt(state.again, context);
}

function attempt(
  { write: run, letters }: NonNullable<CheckpointerState['again']>,
  context: CheckpointerContext,
): void {
  context.defer(run(), {
    onValue: () => ({ type: 'written', letters }),
    onError: (error) => ({ type: 'notWritten', error }),
  });
}

function discard(state: CheckpointerState, context: CheckpointerContext): void {
  state.busy = true;
  context.defer(context.options.store.discard(), {
    onValue: () => ({ type: 'discarded' }),
    // Whoever starts next finds out that this agent is gone.
    onError: () => ({ type: 'discarded' }),
  });
}

function fail(error: unknown, context: CheckpointerContext): void {
  const { agent, store } = context.options;
  const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined;
  const cause =
    remedy === undefined
      ? `Cannot write the checkpoint "${store.path}": ${describeError(error)}; look after the disk and start the agent again`
      : `${describeError(error)}; ${remedy}`;
  context.send(agent, { type: 'checkpointFailed', cause });
}
