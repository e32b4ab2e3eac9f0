/**
 * Delivery: from a send to a mailbox here, or to the carrier; and from the carrier to a mailbox.
 *
 * Order: what one actor sends to another arrives in that order. What cannot be delivered becomes a
 * dead letter with a reason; sending never fails.
 */
import type { AnyAddress, Tagged } from './actor.ts';
import { ASK_NAME } from './ask.ts';
import type { Cell } from './cell.ts';
import { Envelope, type Origin } from './envelope.ts';
import { describeError, runtimeError } from './errors.ts';
import type { DeadLetterReason, MessageSignal } from './host.ts';
import type { Kernel } from './kernel.ts';

/** Stands in dead letters for what is no message at all. */
const MALFORMED: Tagged = { type: 'malformed' };

export class Delivery {
  private readonly kernel: Kernel;
  private readonly node: string;
  private readonly cells: Map<string, Cell>;
  /** Somebody wants to see each message; looked at for each, so it stands here. */
  intercepted = false;
  /** Messages that came from other nodes. */
  receivedCount = 0;
  private lastId = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.node = kernel.node;
    this.cells = kernel.cells;
  }

  get sentCount(): number {
    return this.lastId;
  }

  /** A message to an actor about itself or about what it began. */
  enclose(
    causeId: number,
    causeNode: string,
    message: Tagged,
    origin: Origin | undefined,
  ): Envelope {
    const id = ++this.lastId;
    return new Envelope(id, this.node, causeId, causeNode, undefined, message, origin);
  }

  send(to: AnyAddress, message: Tagged, from: AnyAddress | undefined, cause: Envelope): void {
    const id = ++this.lastId;
    const envelope = new Envelope(id, this.node, cause.id, cause.node, from, message, undefined);
    this.deliver(to, envelope);
  }

  /** The one way that every message takes, unless an interceptor keeps it. */
  deliver(to: AnyAddress, envelope: Envelope): void {
    if (this.intercepted && !this.kernel.interceptors.pass(to, envelope)) return;
    this.route(to, envelope);
  }

  /** Past the interceptors. */
  route(to: AnyAddress, envelope: Envelope): void {
    if (to.node !== this.node) {
      this.leave(to, envelope);
      return;
    }
    const cell = this.cells.get(to.name);
    if (cell === undefined) {
      this.arriveNowhere(to, envelope);
    } else if (to.incarnation !== undefined && to.incarnation !== cell.address.incarnation) {
      this.bury('staleIncarnation', to, envelope);
    } else if (envelope.origin !== undefined) {
      this.enqueueOwn(cell, envelope);
    } else {
      this.enqueue(cell, envelope);
    }
  }

  /** What an actor began itself comes back to it even when its mailbox is full. */
  enqueueOwn(cell: Cell, envelope: Envelope): void {
    if (cell.phase === 'stopped') {
      this.buryAt(cell, 'stopped', envelope);
      return;
    }
    cell.mailbox.push(envelope);
    this.kernel.dispatcher.wake(cell);
  }

  /** Takes back a message that has not been handled. */
  withdraw(cell: Cell, envelope: Envelope): void {
    if (!cell.mailbox.remove(envelope)) this.kernel.interceptors.withdraw(envelope);
  }

  /** @param fault what is wrong with it, where the reason alone does not say */
  bury(reason: DeadLetterReason, to: AnyAddress, envelope: Envelope, fault?: string): void {
    const { id, node, causeId, causeNode, from, message } = envelope;
    const atMs = this.kernel.host.nowMs();
    const letter = { atMs, reason, to, from, id, node, causeId, causeNode, message };
    this.kernel.deadLetters.add(letter, fault);
  }

  /** What was for an actor that is there. */
  buryAt(cell: Cell, reason: DeadLetterReason, envelope: Envelope): void {
    cell.deadCount++;
    this.bury(reason, cell.address, envelope);
  }

  /** From the carrier: a message that another node sent. Nothing in it is trusted but its node. */
  receive(fromNode: string, signal: MessageSignal): void {
    this.receivedCount++;
    const { to, id, causeId, causeNode } = signal;
    // Without a sender it would pass for one that began here; this name no actor has.
    const from = signal.from ?? { node: fromNode, name: ASK_NAME };
    const message = typeof signal.message?.type === 'string' ? signal.message : MALFORMED;
    const envelope = new Envelope(id, fromNode, causeId, causeNode, from, message, undefined);
    const fault = this.faultOf(fromNode, to, from, message);
    if (fault === undefined) {
      this.deliver(to.node === this.node ? to : { ...to, node: this.node }, envelope);
      return;
    }
    this.bury('refused', to, envelope, fault);
  }

  /** From the carrier: a message that it took and could not send. */
  comeBack(signal: MessageSignal, reason: DeadLetterReason): void {
    const { to, from, id, causeId, causeNode, message } = signal;
    this.bury(
      reason,
      to,
      new Envelope(id, this.node, causeId, causeNode, from, message, undefined),
    );
  }

  private enqueue(cell: Cell, envelope: Envelope): void {
    if (cell.mailbox.length >= cell.settings.mailboxCountMax) {
      this.overflow(cell, envelope);
      return;
    }
    cell.mailbox.push(envelope);
    this.kernel.dispatcher.wake(cell);
  }

  private overflow(cell: Cell, envelope: Envelope): void {
    const { overflow, mailboxCountMax } = cell.settings;
    // A flood from elsewhere must not cost an actor what its own children report.
    if (this.isOfFamily(cell, envelope)) {
      cell.mailbox.push(envelope);
      this.kernel.dispatcher.wake(cell);
      return;
    }
    if (overflow === 'dropOld') {
      // What it began itself is not dropped: a timer or an answer comes exactly once.
      const oldest = cell.mailbox.oldestOfOthers();
      if (oldest !== undefined) {
        cell.mailbox.remove(oldest);
        this.buryAt(cell, 'overflow', oldest);
        cell.mailbox.push(envelope);
        return;
      }
    }
    this.buryAt(cell, 'overflow', envelope);
    if (overflow === 'crash' && cell.pendingFault === undefined && cell.phase === 'running') {
      const sentence = `Cannot keep more than ${mailboxCountMax} waiting messages for "${cell.name}"`;
      cell.pendingFault = { error: runtimeError('mailboxFull', sentence) };
      this.kernel.dispatcher.wake(cell);
    }
  }

  /** From the actor itself, its parent or one of its children. */
  private isOfFamily(cell: Cell, { from }: Envelope): boolean {
    if (from === undefined || from.node !== this.node) return false;
    const sender = this.cells.get(from.name);
    if (sender === undefined) return false;
    return sender === cell || sender.parent === cell || cell.parent === sender;
  }

  private arriveNowhere(to: AnyAddress, envelope: Envelope): void {
    if (to.name !== ASK_NAME) this.bury('noProcess', to, envelope);
    else if (!this.kernel.asks.answer(to.incarnation, envelope)) {
      this.bury('lateReply', to, envelope);
    }
  }

  private leave(to: AnyAddress, envelope: Envelope): void {
    const { carrier } = this.kernel;
    if (carrier === undefined) {
      this.bury('noConnection', to, envelope);
      return;
    }
    const { id, causeId, causeNode, from, message } = envelope;
    carrier.send({ kind: 'message', to, from, id, causeId, causeNode, message });
  }

  /** @returns what is wrong with a message from another node */
  private faultOf(
    fromNode: string,
    to: AnyAddress,
    from: AnyAddress,
    message: Tagged,
  ): string | undefined {
    if (from.node !== fromNode) return `it says it is from ${from.node}`;
    if (message === MALFORMED) return 'it has no type';
    // Only the runtime itself says who is gone.
    if (message.type === 'exited') return 'no other node may send "exited"';
    const cell = this.cells.get(to.name);
    if (cell === undefined) return undefined;
    const { accepts } = cell.definition;
    if (accepts === undefined) return `"${to.name}" accepts nothing from other nodes`;
    try {
      return accepts(message);
    } catch (error) {
      return `looking at it failed: ${describeError(error)}`;
    }
  }
}
