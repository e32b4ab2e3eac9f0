/**
 * The garbage collector: sandboxes of what has ended go after a while, the sooner the fuller the disk.
 *
 *     in use ──sandboxOver──▶ waits ──as old as it may become──▶ removed
 *                              (found at the start)
 * How old a sandbox may become is found out anew with each look at the disk: the delay, times what is
 * left of the disk beyond the headroom; on a disk that is full up to the headroom all of them go. One
 * is removed at a time, the oldest first, and its parents with the last that was in them. What
 * earlier lives of the agent left, under whatever id, is found at the start, checkpoints of other ids included.
 * Source: Mesos 1.11, src/slave/gc.cpp; src/slave/slave.cpp, Slave::age.
 */
import { type Context, defineActor } from '../../runtime/actor.ts';
import { describeError } from '../../runtime/errors.ts';
import type { Tally } from '../protocol/metrics/tally.ts';
import { count } from './counters.ts';

/** Sandboxes that wait; one more, and the oldest is removed before its time. */
export const WAITING_SANDBOXES_MAX = 100_000;

/** A sandbox of something that has ended. */
export interface FoundSandbox {
  readonly path: string;
  /** When it was changed last. */
  readonly endedMs: number;
}

export interface SandboxDisk {
  /** All there are below the work directory, of every agent that was here; and their checkpoints. */
  listSandboxes(countMax: number): Promise<readonly FoundSandbox[]>;
  /** With all that is in it, and with those of its parents that are empty then. */
  removeSandbox(path: string): Promise<void>;
  /** From 0 (empty) to 1 (full). */
  diskUsage(): Promise<number>;
}

export type GarbageCollectorMessage =
  /** From the agent: what is there and not in use by now has ended. Before it nothing is removed. */
  | { readonly type: 'beginCollecting' }
  /** From the agent: something is to run there. */
  | { readonly type: 'sandboxInUse'; readonly path: string }
  /** From the agent: it has ended. */
  | { readonly type: 'sandboxOver'; readonly path: string }
  /** All of these from ourselves. */
  | { readonly type: 'sandboxesFound'; readonly found: readonly FoundSandbox[] }
  | { readonly type: 'lookDue' }
  | { readonly type: 'diskSeen'; readonly usage: number }
  | { readonly type: 'removed'; readonly path: string; readonly cause?: string };

export interface GarbageCollectorOptions {
  readonly disk: SandboxDisk;
  /** Default 604 800 000, a week. */
  readonly gcDelayMs: number;
  /** Default 0.1: of the disk; when only so much is free, every sandbox goes. */
  readonly gcDiskHeadroom: number;
  /** Default 60 000. */
  readonly diskWatchIntervalMs: number;
  /** Default: nothing is counted. */
  readonly metrics?: Tally;
}

interface GarbageCollectorState {
  readonly inUse: Set<string>;
  /** When each ended, oldest first as long as clocks go forward. */
  readonly waiting: Map<string, number>;
  ageMsMax: number;
  usage: number | undefined;
  removing: string | undefined;
  removedCount: number;
  failedCount: number;
}

type GarbageCollectorContext = Context<GarbageCollectorOptions, GarbageCollectorMessage>;

/** How old a sandbox may become on a disk that is so full (0 to 1). */
export function ageMsAt(
  usage: number,
  { gcDelayMs, gcDiskHeadroom }: Pick<GarbageCollectorOptions, 'gcDelayMs' | 'gcDiskHeadroom'>,
): number {
  return gcDelayMs * Math.max(0, 1 - gcDiskHeadroom - usage);
}

export const garbageCollector = defineActor<
  GarbageCollectorOptions,
  GarbageCollectorState,
  GarbageCollectorMessage
>({
  name: 'garbage-collector',
  initialState: ({ gcDelayMs }) => ({
    inUse: new Set(),
    waiting: new Map(),
    ageMsMax: gcDelayMs,
    usage: undefined,
    removing: undefined,
    removedCount: 0,
    failedCount: 0,
  }),
  started(state, { options: { metrics } }) {
    metrics?.gauges('garbage-collector', () => [
      ['gc/path_removals_pending', state.waiting.size + (state.removing === undefined ? 0 : 1)],
      ['slave/executor_directory_max_allowed_age_secs', state.ageMsMax / 1000],
    ]);
  },
  stopped: (_state, { options: { metrics } }) => metrics?.endGauges('garbage-collector'),
  handlers: {
    beginCollecting(_, __, context) {
      context.defer(context.options.disk.listSandboxes(WAITING_SANDBOXES_MAX), {
        onValue: (found) => ({ type: 'sandboxesFound', found }),
        onError: (error) => {
          context.log.warn(`Cannot look for old sandboxes: ${describeError(error)}`);
          return { type: 'sandboxesFound', found: [] };
        },
      });
    },

    sandboxesFound(state, { found }, context) {
      const ended = [...state.waiting];
      state.waiting.clear();
      for (const { path, endedMs } of [...found].sort((a, b) => a.endedMs - b.endedMs)) {
        if (!state.inUse.has(path)) state.waiting.set(path, endedMs);
      }
      for (const [path, endedMs] of ended) wait(state, path, endedMs);
      look(context);
    },

    sandboxInUse(state, { path }) {
      state.inUse.add(path);
      state.waiting.delete(path);
    },

    sandboxOver(state, { path }, context) {
      if (!state.inUse.delete(path)) return;
      wait(state, path, context.nowMs());
      removeNext(state, context);
    },

    lookDue(_, __, context) {
      look(context);
    },

    diskSeen(state, { usage }, context) {
      state.usage = usage;
      state.ageMsMax = ageMsAt(usage, context.options);
      context.sendSelfAfter(context.options.diskWatchIntervalMs, { type: 'lookDue' });
      removeNext(state, context);
    },

    removed(state, { path, cause }, context) {
      state.removing = undefined;
      count(cause === undefined ? 'removalsSucceeded' : 'removalsFailed', context);
      if (cause === undefined) state.removedCount++;
      else {
        state.failedCount++;
        context.log.warn(`Cannot remove the sandbox "${path}": ${cause}`);
      }
      removeNext(state, context);
    },
  },
  inspect: ({ inUse, waiting, ...rest }) => ({
    ...rest,
    inUseCount: inUse.size,
    waitingCount: waiting.size,
  }),
});

function wait(state: GarbageCollectorState, path: string, endedMs: number): void {
  state.waiting.delete(path);
  state.waiting.set(path, endedMs);
}

function look(context: GarbageCollectorContext): void {
  context.defer(context.options.disk.diskUsage(), {
    onValue: (usage) => ({ type: 'diskSeen', usage }),
    onError: (error) => {
      context.log.warn(`Cannot see how full the disk is: ${describeError(error)}`);
      return { type: 'diskSeen', usage: 0 };
    },
  });
}

function removeNext(state: GarbageCollectorState, context: GarbageCollectorContext): void {
  // Before the first look nothing is known, not even what there is.
  if (state.removing !== undefined || state.usage === undefined) return;
  for (const [path, endedMs] of state.waiting) {
    const isDue = endedMs + state.ageMsMax <= context.nowMs();
    if (!isDue && state.waiting.size <= WAITING_SANDBOXES_MAX) return;
    state.waiting.delete(path);
    state.removing = path;
    context.defer(context.options.disk.removeSandbox(path), {
      onValue: () => ({ type: 'removed', path }),
      onError: (error) => ({ type: 'removed', path, cause: describeError(error) }),
    });
    return;
  }
}
