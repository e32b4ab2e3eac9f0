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
 * anew. A disk that fails is the end of the agent, whose tasks live on. On a full one, the agent takes
 * no more tasks, what becomes of those it has is written where the store held space back, and only
 * when that is used up it is waited for.
 */
import {
  type Address,
  type Context,
  defineActor,
  type Tagged,
  type TimerId,
} from '../../../runtime/actor.ts';
import { describeError } from '../../../runtime/errors.ts';
import { CHECKPOINT_HEAD, linesOf, readCheckpoint } from './checkpoint-text.ts';
import { type KeptAgent, keep, recordsOf } from './kept.ts';
import type { CheckpointRecord } from './records.ts';
import { type CheckpointSpace, type CheckpointStore, isFull } from './store.ts';

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
  | { readonly type: 'written'; readonly space: CheckpointSpace }
  | { readonly type: 'notWritten'; readonly error: unknown }
  | { readonly type: 'writeAgain' }
  | { readonly type: 'lookForSpace' }
  | { readonly type: 'discarded' };

/** What the agent hears. */
export type CheckpointNews =
  /** Once, at the start. The agent may take it apart. */
  | { readonly type: 'checkpointRead'; readonly kept: KeptAgent | undefined }
  /** The end of the agent: `cause` is a sentence with what to do. */
  | { readonly type: 'checkpointFailed'; readonly cause: string }
  /** The agent should take no more tasks, or may again. */
  | { readonly type: 'checkpointSpace'; readonly isFull: boolean }
  | { readonly type: 'checkpointDiscarded' };

export interface CheckpointerOptions {
  readonly agent: Address<CheckpointNews>;
  readonly store: CheckpointStore;
}

/** A checkpoint is written anew when it is longer than this, and than four times what it amounts to. */
const REWRITE_LENGTH_MIN = 4_194_304;
const REWRITE_FACTOR = 4;
const FULL_WAIT_MS = 1000;

interface Batch {
  readonly write: () => Promise<CheckpointSpace>;
  readonly letters: readonly Letter[];
  /** The file as it is then. */
  readonly file: CheckpointFile;
  /** When there is no space to write all anew. */
  readonly otherwise?: Batch;
}

interface CheckpointFile {
  readonly lineCount: number;
  readonly length: number;
  /** When it was last written anew. */
  readonly baseLength: number;
}

interface CheckpointerState {
  /** As it will be when all that waits is written. */
  kept: KeptAgent | undefined;
  /** Undefined: it is to be written anew. */
  file: CheckpointFile | undefined;
  waiting: CheckpointRecord[];
  letters: Letter[];
  busy: boolean;
  /** On its way, or to be tried again: records are kept until they are safe. */
  batch: Batch | undefined;
  /** The agent was told. */
  full: { readonly sinceMs: number; readonly timer: TimerId } | undefined;
  /** What the store holds back does not do either. */
  waitsForSpace: boolean;
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
    file: undefined,
    waiting: [],
    letters: [],
    busy: true,
    batch: undefined,
    full: undefined,
    waitsForSpace: false,
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

    written(state, { space }, context) {
      const { letters = [], file } = state.batch ?? {};
      state.busy = false;
      state.batch = undefined;
      state.waitsForSpace = false;
      state.file = file;
      setFull(state, space, context);
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
      setFull(state, { isFull: true }, context);
      if (state.batch?.otherwise !== undefined) {
        attempt(state, state.batch.otherwise, context);
        return;
      }
      if (!state.waitsForSpace) {
        state.waitsForSpace = true;
        const { path } = context.options.store;
        context.log.warn(
          `Cannot write the checkpoint "${path}": ${describeError(error)}; ` +
            'updates of tasks wait until there is space',
        );
      }
      context.sendSelfAfter(FULL_WAIT_MS, { type: 'writeAgain' });
    },

    lookForSpace(state, _, context) {
      const { full, file, busy, discarding } = state;
      if (full === undefined || discarding) return;
      const timer = context.sendSelfAfter(FULL_WAIT_MS, { type: 'lookForSpace' });
      state.full = { ...full, timer };
      if (busy || file === undefined) return;
      attempt(state, { write: () => context.options.store.append(''), letters: [], file }, context);
    },

    writeAgain(state, _, context) {
      if (state.discarding) discard(state, context);
      else if (state.batch !== undefined) attempt(state, state.batch, context);
    },

    discarded(_, __, context) {
      context.send(context.options.agent, { type: 'checkpointDiscarded' });
    },
  },
  inspect: ({ kept, file, waiting, letters, busy, full, waitsForSpace }) => ({
    agentId: kept?.agentId,
    bootId: kept?.bootId,
    frameworkCount: kept?.frameworks.size ?? 0,
    lineCount: file?.lineCount,
    length: file?.length,
    waitingCount: waiting.length,
    letterCount: letters.length,
    busy,
    fullSinceMs: full?.sinceMs,
    waitsForSpace,
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
  const { file } = state;
  let batch: Batch | undefined;
  if (file !== undefined) {
    const text = linesOf(records, file.lineCount);
    const lineCount = file.lineCount + records.length;
    const grown = { ...file, lineCount, length: file.length + text.length };
    batch = { write: () => store.append(text), letters, file: grown };
    const tooLong =
      file.length > REWRITE_LENGTH_MIN && file.length > REWRITE_FACTOR * file.baseLength;
    // For the new one there has to be space beside the old one.
    if (state.full !== undefined || !tooLong) {
      attempt(state, batch, context);
      return;
    }
  }
  const all = recordsOf(kept);
  const text = CHECKPOINT_HEAD + linesOf(all, 0);
  const anew = { lineCount: all.length, length: text.length, baseLength: text.length };
  const otherwise = batch === undefined ? {} : { otherwise: batch };
  const replace = () => store.replace(kept.agentId, text);
  attempt(state, { write: replace, letters, file: anew, ...otherwise }, context);
}

function attempt(state: CheckpointerState, batch: Batch, context: CheckpointerContext): void {
  state.busy = true;
  state.batch = batch;
  context.defer(batch.write(), {
    onValue: (space) => ({ type: 'written', space }),
    onError: (error) => ({ type: 'notWritten', error }),
  });
}

/** Tells the agent when it becomes so, or no longer is. */
function setFull(
  state: CheckpointerState,
  { isFull: full }: CheckpointSpace,
  context: CheckpointerContext,
): void {
  if (full === (state.full !== undefined)) return;
  const { agent, store } = context.options;
  if (state.full === undefined) {
    const timer = context.sendSelfAfter(FULL_WAIT_MS, { type: 'lookForSpace' });
    state.full = { sinceMs: context.nowMs(), timer };
    const sentence = `The disk of the checkpoint "${store.path}" is full: no tasks are taken until there is space`;
    context.log.warn(sentence);
  } else {
    context.cancel(state.full.timer);
    state.full = undefined;
    context.log.info('There is space for the checkpoint again');
  }
  context.send(agent, { type: 'checkpointSpace', isFull: full });
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
