/**
 * Questions: an address good for one answer, and a deadline.
 *
 * The address is `ask@node#number`: the number is its incarnation, so a late or second answer is
 * what a message to an old incarnation always is, a dead letter. Deadlines share buckets of
 * `ASK_BUCKET_MS`, one host timer for each: a timeout is never early and at most that much late.
 */
import type { Address, Tagged } from './actor.ts';
import type { Cell } from './cell.ts';
import type { Envelope, Origin } from './envelope.ts';
import type { Kernel } from './kernel.ts';

/** The name that no actor may have. */
export const ASK_NAME = 'ask';
export const ASK_BUCKET_MS = 10;

/** What stands in the mailbox when no answer came in time. */
const TIMED_OUT: Tagged = { type: 'askTimedOut' };

export class Ask implements Origin {
  /** Of this life of the node: small, as keys of the map of the open ones are best. */
  readonly number: number;
  /** Who asked; undefined when it was asked from outside actors. */
  readonly cell: Cell | undefined;
  readonly incarnation: number;
  /** The message whose handling asked: its number only, or each would keep the one before alive. */
  readonly causeId: number;
  readonly causeNode: string;
  readonly onReply: (reply: Tagged) => Tagged;
  readonly onTimeout: () => Tagged;
  readonly bucket: Bucket;
  previous: Ask | undefined = undefined;
  next: Ask | undefined = undefined;

  constructor(
    number: number,
    cell: Cell | undefined,
    cause: Envelope,
    onReply: (reply: Tagged) => Tagged,
    onTimeout: () => Tagged,
    bucket: Bucket,
  ) {
    this.number = number;
    this.cell = cell;
    this.incarnation = cell === undefined ? 0 : cell.address.incarnation;
    this.causeId = cause.id;
    this.causeNode = cause.node;
    this.onReply = onReply;
    this.onTimeout = onTimeout;
    this.bucket = bucket;
  }

  open(message: Tagged): Tagged {
    return message === TIMED_OUT ? this.onTimeout() : this.onReply(message);
  }
}

/** The open questions of one deadline, oldest first: a list linked through the questions. */
class Bucket {
  oldest: Ask | undefined = undefined;
  newest: Ask | undefined = undefined;
  cancelTimer: (() => void) | undefined = undefined;

  add(ask: Ask): void {
    ask.previous = this.newest;
    if (this.newest === undefined) this.oldest = ask;
    else this.newest.next = ask;
    this.newest = ask;
  }

  remove(ask: Ask): void {
    if (ask.previous === undefined) this.oldest = ask.next;
    else ask.previous.next = ask.next;
    if (ask.next === undefined) this.newest = ask.previous;
    else ask.next.previous = ask.previous;
    ask.previous = undefined;
    ask.next = undefined;
  }
}

export class Asks {
  private readonly kernel: Kernel;
  private readonly open = new Map<number, Ask>();
  private readonly buckets = new Map<number, Bucket>();
  private lastNumber = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get openCount(): number {
    return this.open.size;
  }

  /** `cell` hears the outcome as a message to itself; without one, the functions are called. */
  begin(
    cell: Cell | undefined,
    cause: Envelope,
    timeoutMs: number,
    onReply: (reply: Tagged) => Tagged,
    onTimeout: () => Tagged,
  ): Address<Tagged> & { readonly incarnation: number } {
    const bucket = this.bucketOf(this.kernel.host.nowMs() + timeoutMs);
    const ask = new Ask(++this.lastNumber, cell, cause, onReply, onTimeout, bucket);
    bucket.add(ask);
    this.open.set(ask.number, ask);
    const incarnation = this.kernel.firstNumber + ask.number;
    return { node: this.kernel.node, name: ASK_NAME, incarnation };
  }

  /** @returns false when nobody waits for this answer (any more) */
  answer(incarnation: number | undefined, envelope: Envelope): boolean {
    const ask =
      incarnation === undefined ? undefined : this.open.get(incarnation - this.kernel.firstNumber);
    if (ask === undefined) return false;
    this.close(ask);
    const { cell } = ask;
    if (cell === undefined) {
      ask.onReply(envelope.message);
      return true;
    }
    if (cell.address.incarnation !== ask.incarnation) return false;
    this.kernel.delivery.enqueueOwn(cell, envelope.copy(ask));
    return true;
  }

  /** Ends all questions without an outcome. */
  closeAll(): void {
    for (const bucket of this.buckets.values()) bucket.cancelTimer?.();
    this.buckets.clear();
    this.open.clear();
  }

  private close(ask: Ask): void {
    this.open.delete(ask.number);
    ask.bucket.remove(ask);
  }

  private bucketOf(deadlineMs: number): Bucket {
    const number = Math.ceil(deadlineMs / ASK_BUCKET_MS);
    let bucket = this.buckets.get(number);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.buckets.set(number, bucket);
      const delayMs = number * ASK_BUCKET_MS - this.kernel.host.nowMs();
      bucket.cancelTimer = this.kernel.host.setTimer(delayMs, () => this.expire(number));
    }
    return bucket;
  }

  private expire(number: number): void {
    const bucket = this.buckets.get(number);
    this.buckets.delete(number);
    for (let ask = bucket?.oldest; ask !== undefined; ask = bucket?.oldest) {
      this.close(ask);
      const { cell, causeId, causeNode } = ask;
      if (cell === undefined) ask.onTimeout();
      else if (cell.address.incarnation === ask.incarnation) {
        const { delivery } = this.kernel;
        delivery.deliver(cell.address, delivery.enclose(causeId, causeNode, TIMED_OUT, ask));
      }
    }
  }
}
