/**
 * A message on its way inside one node: what is sent, by whom, and which message led to it.
 * Every field is set in the constructor so that all envelopes have one hidden class.
 */
import type { AnyAddress, Tagged } from './actor.ts';

export class Envelope {
  /** A counter of `node`; `node/id` names this message while that node's process lives. */
  readonly id: number;
  readonly node: string;
  /** The message whose handling led to this one; 0 for none. */
  readonly causeId: number;
  readonly causeNode: string;
  readonly from: AnyAddress | undefined;
  readonly message: Tagged;
  /** Set when the message stands for something the receiver itself began. */
  readonly origin: Origin | undefined;
  /** Where it stands in its mailbox; belongs to the mailbox. */
  position: number;

  constructor(
    id: number,
    node: string,
    causeId: number,
    causeNode: string,
    from: AnyAddress | undefined,
    message: Tagged,
    origin: Origin | undefined,
  ) {
    this.id = id;
    this.node = node;
    this.causeId = causeId;
    this.causeNode = causeNode;
    this.from = from;
    this.message = message;
    this.origin = origin;
    this.position = 0;
  }

  /** The same message, as the outcome of what its receiver began, or of nothing. */
  copy(origin: Origin | undefined): Envelope {
    const { id, node, causeId, causeNode, from, message } = this;
    return new Envelope(id, node, causeId, causeNode, from, message, origin);
  }
}

/** A timer, a question or a promise of an actor: what turns its outcome into a message to self. */
export interface Origin {
  /** The incarnation that began it; for a later one the outcome means nothing. */
  readonly incarnation: number;
  /** Called in the actor's own turn, so that what it throws is the actor's crash. */
  open(message: Tagged): Tagged;
}
