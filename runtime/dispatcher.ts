/**
 * The dispatcher: gives actors with mail their turns, one message at a time, in the order in which
 * they got mail.
 *
 * A slice ends when nothing is left to do or after about `SLICE_MS`, whichever is first; the clock
 * is read every 32 messages because a look costs as much as a message. The next slice after a full
 * one lets the host's I/O go first, and then may take as long as that took, up to `SLICE_MS_MAX`: what
 * comes in faster than it is handled waits where it comes from, and not here.
 *
 * An actor's turn ends after `BATCH_COUNT_MAX` messages, handled or sent: who sends much makes work
 * for others and lets them get at it. If more than that waited when the turn began, it may go on
 * with those for `TURN_MS`: a receiver of many senders keeps up with them.
 *
 * Slow handlers are found without a look at the clock for each message: a handler is timed turn by
 * turn until it was quick `TIMED_TURN_COUNT` times in a row. If later a stretch of 32 untimed
 * messages takes too long, a new era begins: all are timed again.
 */
import type { Tagged } from './actor.ts';
import type { Cell } from './cell.ts';
import type { HandlerEntry } from './handler-table.ts';
import type { Host } from './host.ts';
import type { Kernel } from './kernel.ts';
import { Ring } from './ring.ts';

const SLICE_MS = 1;
/** Of a slice after much I/O: timers and input wait so long for their turn. */
const SLICE_MS_MAX = 16;
/** Messages in one turn of an actor, handled or sent; then others have theirs. */
export const BATCH_COUNT_MAX = 64;
const TURN_MS = 0.2;
/** A virtual clock stands still during a slice: then the count ends it. */
export const SLICE_COUNT_MAX = 4096;
const CLOCK_INTERVAL_COUNT = 32;
/** So many quick turns in a row, and a handler is timed no more. */
const TIMED_TURN_COUNT = 64;
/** A turn under this counts as quick. */
const QUICK_TURN_MS = 0.02;
/** Thirty-two quick turns never take this long: one of them was not. */
const SUSPICIOUS_STRETCH_MS = 20;

export interface DispatcherLimits {
  /** Messages that an actor handles in one turn, exactly; for tests. */
  readonly batchCountMax?: number;
  readonly sliceCountMax?: number;
  /** Which of `count` actors that have mail is next; default the one that waits longest. */
  readonly pick?: (count: number) => number;
}

export class Dispatcher {
  /** As of the last look at the clock. */
  nowMs = 0;
  /** Whose turn it is. */
  running: Cell | undefined = undefined;
  sliceCount = 0;
  private readonly kernel: Kernel;
  private readonly host: Host;
  private readonly queue = new Ring<Cell>();
  private readonly batchCountMax: number;
  private readonly strict: boolean;
  private readonly sliceCountMax: number;
  private readonly pick: ((count: number) => number) | undefined;
  private readonly turn = () => this.slice();
  private scheduled = false;
  private closed = false;
  /** Messages since the slice began, and the count at which to look at the clock. */
  private count = 0;
  private lookAtCount = 0;
  private sliceEndMs = 0;
  /** When the last slice ended with something left to do; undefined: with nothing. */
  private leftAtMs: number | undefined = undefined;
  private sliceOver = false;
  /** Handlers found quick in an earlier era are timed anew. */
  private era = 1;
  /** When the stretch of untimed messages since the last look at the clock began. */
  private stretchStartMs = 0;

  constructor(kernel: Kernel, limits: DispatcherLimits) {
    this.kernel = kernel;
    this.host = kernel.host;
    this.batchCountMax = limits.batchCountMax ?? BATCH_COUNT_MAX;
    this.strict = limits.batchCountMax !== undefined;
    this.sliceCountMax = limits.sliceCountMax ?? SLICE_COUNT_MAX;
    this.pick = limits.pick;
  }

  /** Actors that wait for their turn. */
  get queuedCount(): number {
    return this.queue.length;
  }

  wake(cell: Cell): void {
    if (cell.queued || (cell.phase !== 'running' && cell.phase !== 'starting')) return;
    cell.queued = true;
    this.queue.push(cell);
    if (!this.scheduled) this.schedule(false);
  }

  /** Counts and logs a turn that was longer than its actor's limit. */
  reportIfSlow(cell: Cell, type: string, tookMs: number): void {
    if (tookMs <= cell.settings.slowHandlerMs) return;
    cell.slowCount++;
    this.kernel.log.warn(`Slow: "${cell.name}" took ${tookMs.toFixed(1)} ms for "${type}"`, {
      actor: cell.name,
      type,
      tookMs,
    });
  }

  /** No actor has a turn after this. */
  close(): void {
    this.closed = true;
  }

  private schedule(fair: boolean): void {
    this.scheduled = true;
    this.host.schedule(this.turn, fair);
  }

  private slice(): void {
    if (this.closed) return;
    this.sliceCount++;
    const nowMs = this.host.nowMs();
    this.nowMs = nowMs;
    this.stretchStartMs = nowMs;
    const waitedMs = this.leftAtMs === undefined ? 0 : nowMs - this.leftAtMs;
    this.sliceEndMs = nowMs + Math.min(Math.max(SLICE_MS, waitedMs), SLICE_MS_MAX);
    this.count = 0;
    this.lookAtCount = Math.min(CLOCK_INTERVAL_COUNT, this.sliceCountMax);
    this.sliceOver = false;
    while (!this.sliceOver && !this.closed) {
      const cell = this.next();
      if (cell === undefined) break;
      cell.queued = false;
      this.running = cell;
      this.batch(cell);
      this.running = undefined;
    }
    // What the last messages took is known only after one more look.
    if (!this.sliceOver) this.look();
    // Actors woken in this slice found it `scheduled` and did not schedule another.
    this.scheduled = false;
    this.leftAtMs = this.queue.length > 0 ? this.nowMs : undefined;
    if (this.queue.length > 0) this.schedule(true);
  }

  private next(): Cell | undefined {
    const { pick } = this;
    if (pick === undefined || this.queue.length < 2) return this.queue.shift();
    return this.queue.take(pick(this.queue.length));
  }

  private batch(cell: Cell): void {
    const { lifecycle } = this.kernel;
    if (cell.stopRequested) {
      lifecycle.stop(cell, 'stopped');
      return;
    }
    if (cell.phase === 'starting') {
      this.count++;
      lifecycle.start(cell);
    }
    if (cell.phase !== 'running') return;
    try {
      this.handleBatch(cell);
    } catch (error) {
      const failed = cell.current;
      cell.current = cell.idle;
      lifecycle.fault(cell, error, failed);
      return;
    }
    cell.current = cell.idle;
    if (cell.stopRequested) lifecycle.stop(cell, 'stopped');
    else if (cell.pendingFault !== undefined) lifecycle.fault(cell, cell.pendingFault.error);
    else if (cell.mailbox.length > 0) this.wake(cell);
  }

  private handleBatch(cell: Cell): void {
    const { recorder } = this.kernel;
    const { mailbox } = cell;
    const countMax = this.strict ? this.batchCountMax : Math.max(BATCH_COUNT_MAX, mailbox.length);
    const sentMax = cell.sentCount + BATCH_COUNT_MAX;
    const turnEndMs = this.nowMs + TURN_MS;
    for (let count = 0; count < countMax && cell.sentCount < sentMax; count++) {
      if (cell.stopRequested || cell.pendingFault !== undefined) return;
      if (count >= BATCH_COUNT_MAX && this.nowMs >= turnEndMs) return;
      const envelope = mailbox.shift();
      if (envelope === undefined) return;
      cell.current = envelope;
      cell.handledCount++;
      let message = envelope.message;
      if (envelope.origin !== undefined) {
        if (envelope.origin.incarnation !== cell.address.incarnation) {
          this.kernel.delivery.buryAt(cell, 'staleIncarnation', envelope);
          continue;
        }
        message = envelope.origin.open(message);
      }
      let entry = cell.entry;
      if (entry.type !== message.type) {
        const found = cell.table.find(message.type);
        if (found === undefined) {
          this.kernel.delivery.buryAt(cell, 'unknownType', envelope);
          continue;
        }
        entry = found;
        cell.entry = found;
      }
      recorder.record(envelope, cell.index, entry.index, this.nowMs);
      const returned =
        entry.trustedInEra === this.era
          ? entry.handle(cell.state, message, cell.context)
          : this.handleTimed(cell, entry, message);
      if (returned !== undefined) this.kernel.lifecycle.returned(cell, entry, returned);
      if (++this.count >= this.lookAtCount && this.look()) return;
    }
  }

  private handleTimed(cell: Cell, entry: HandlerEntry, message: Tagged): unknown {
    const startMs = this.host.nowMs();
    this.nowMs = startMs;
    const returned = entry.handle(cell.state, message, cell.context);
    const endMs = this.host.nowMs();
    this.nowMs = endMs;
    this.stretchStartMs += endMs - startMs;
    const tookMs = endMs - startMs;
    entry.quickCount = tookMs < QUICK_TURN_MS ? entry.quickCount + 1 : 0;
    if (entry.quickCount >= TIMED_TURN_COUNT) {
      entry.quickCount = 0;
      entry.trustedInEra = this.era;
    }
    // Turns that take long are not counted until the next look.
    if (endMs >= this.sliceEndMs) this.lookAtCount = 0;
    this.reportIfSlow(cell, entry.type, tookMs);
    return returned;
  }

  /** Looks at the clock. @returns whether the slice is over */
  private look(): boolean {
    const nowMs = this.host.nowMs();
    this.nowMs = nowMs;
    if (nowMs - this.stretchStartMs > SUSPICIOUS_STRETCH_MS) this.era++;
    this.stretchStartMs = nowMs;
    this.lookAtCount = Math.min(this.count + CLOCK_INTERVAL_COUNT, this.sliceCountMax);
    this.sliceOver = this.count >= this.sliceCountMax || nowMs >= this.sliceEndMs;
    return this.sliceOver;
  }
}
