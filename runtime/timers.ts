/**
 * Timers of actors: a message to self, later.
 *
 * After `cancel` the message is never delivered: not when the timer has not fired, and not when it
 * has and its message waits in the mailbox. A restart or stop of the actor cancels all its timers.
 */
import type { Tagged, TimerId } from './actor.ts';
import type { Cell } from './cell.ts';
import type { Envelope, Origin } from './envelope.ts';
import type { Kernel } from './kernel.ts';

export class Timer implements Origin {
  readonly id: TimerId;
  readonly incarnation: number;
  readonly atMs: number;
  readonly message: Tagged;
  readonly cell: Cell;
  /** The message whose handling set it: its number only, or each would keep the one before alive. */
  readonly causeId: number;
  readonly causeNode: string;
  /** Its message, once it has fired. */
  envelope: Envelope | undefined = undefined;
  cancelHostTimer: (() => void) | undefined = undefined;

  constructor(id: TimerId, cell: Cell, atMs: number, message: Tagged) {
    this.id = id;
    this.incarnation = cell.address.incarnation;
    this.atMs = atMs;
    this.message = message;
    this.cell = cell;
    this.causeId = cell.current.id;
    this.causeNode = cell.current.node;
  }

  open(message: Tagged): Tagged {
    this.cell.timers?.delete(this.id);
    return message;
  }
}

export class Timers {
  private readonly kernel: Kernel;
  private lastId = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  set(cell: Cell, delayMs: number, message: Tagged): TimerId {
    const { host } = this.kernel;
    const id = ++this.lastId as TimerId;
    const timer = new Timer(id, cell, host.nowMs() + delayMs, message);
    cell.timers ??= new Map();
    cell.timers.set(id, timer);
    timer.cancelHostTimer = host.setTimer(delayMs, () => this.fire(timer));
    return id;
  }

  cancel(cell: Cell, id: TimerId): void {
    const timer = cell.timers?.get(id);
    if (timer === undefined) return;
    cell.timers?.delete(id);
    timer.cancelHostTimer?.();
    if (timer.envelope !== undefined) this.kernel.delivery.withdraw(cell, timer.envelope);
  }

  cancelAll(cell: Cell): void {
    if (cell.timers === undefined) return;
    for (const id of [...cell.timers.keys()]) this.cancel(cell, id);
  }

  private fire(timer: Timer): void {
    timer.cancelHostTimer = undefined;
    const { cell, causeId, causeNode, message } = timer;
    timer.envelope = this.kernel.delivery.enclose(causeId, causeNode, message, timer);
    this.kernel.delivery.deliver(cell.address, timer.envelope);
  }
}
