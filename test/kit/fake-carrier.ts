/** A carrier that carries nothing: it writes down what was sent, and delivers what a test says. */
import type { Address, AnyAddress, ExitReason, Tagged } from '../../runtime/actor.ts';
import { formatAddress } from '../../runtime/address.ts';
import type {
  Carrier,
  CarrierReceiver,
  DeadLetterReason,
  MessageSignal,
  Signal,
} from '../../runtime/host.ts';

export class FakeCarrier implements Carrier {
  readonly sent: Signal[] = [];
  closed = false;
  #receiver: CarrierReceiver | undefined;
  #lastId = 0;

  send(signal: Signal): void {
    this.sent.push(signal);
  }

  attach(receiver: CarrierReceiver): void {
    this.#receiver = receiver;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** All that was sent since the last call, as `kind from to` or `type from to reason`. */
  takeSent(): string[] {
    return this.sent.splice(0).map((signal) => {
      const what = signal.kind === 'message' ? signal.message.type : signal.kind;
      const from = signal.from === undefined ? '-' : formatAddress(signal.from);
      const reason = signal.kind === 'exited' ? ` ${signal.reason}` : '';
      return `${what} ${from} ${formatAddress(signal.to)}${reason}`;
    });
  }

  deliver(fromNode: string, signal: Signal): void {
    this.#attached().deliver(fromNode, signal);
  }

  /** A message from an actor of another node, or from its outside. */
  deliverMessage<To extends Tagged>(
    fromNode: string,
    to: Address<To>,
    message: NoInfer<To>,
    from?: AnyAddress,
  ): void {
    const id = ++this.#lastId;
    const signal: Signal = {
      kind: 'message',
      to: to as AnyAddress,
      from,
      id,
      causeId: 0,
      causeNode: fromNode,
      message,
    };
    this.deliver(fromNode, signal);
  }

  deliverExited(to: AnyAddress, from: AnyAddress, reason: ExitReason): void {
    this.deliver(from.node, { kind: 'exited', to, from, reason });
  }

  lose(node: string): void {
    this.#attached().nodeLost(node, 'the test says so');
  }

  giveBack(signal: MessageSignal, reason: DeadLetterReason): void {
    this.#attached().undeliverable(signal, reason);
  }

  #attached(): CarrierReceiver {
    if (this.#receiver === undefined) throw new Error('No system is attached to this carrier');
    return this.#receiver;
  }
}
