/**
 * The requests of one connection, answered one after another.
 *
 * A client may send many without waiting for answers. Each has its turn when the one before it is
 * answered, so they act in the order in which they were sent, and what a client can set going at once
 * is what one answer costs. Behind an answer that has no end nothing would ever have its turn: a
 * request there ends that stream, and is refused.
 *
 *     request ──► waiting ──turn──► current ──closed──► the next
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** @param isBehindStream refuse it: the client should ask on another connection */
type Turn = (isBehindStream: boolean) => void;

export class ConnectionLine {
  readonly #socket: Duplex;
  readonly #waiting: { readonly response: ServerResponse; readonly turn: Turn }[] = [];
  #current: ServerResponse | undefined;
  #endStream: (() => void) | undefined;
  #isBehindStream = false;

  readonly #answered: () => void;

  /** @param answered called whenever nothing is left to be answered */
  constructor(socket: Duplex, answered: () => void) {
    this.#socket = socket;
    this.#answered = answered;
  }

  /** Of requests that are not answered yet. */
  get length(): number {
    return this.#waiting.length + (this.#current === undefined ? 0 : 1);
  }

  /** The response whose turn it is. */
  get current(): ServerResponse | undefined {
    return this.#current;
  }

  enter(response: ServerResponse, turn: Turn): void {
    this.#waiting.push({ response, turn });
    if (this.#current === undefined) this.#next();
    else this.#endStreamBefore();
  }

  /** The current answer is a stream. */
  streamOpened(end: () => void): void {
    this.#endStream = end;
    if (this.#waiting.length > 0) this.#endStreamBefore();
  }

  #endStreamBefore(): void {
    if (this.#endStream === undefined || this.#isBehindStream) return;
    this.#isBehindStream = true;
    this.#endStream();
  }

  #next(): void {
    this.#current = undefined;
    this.#endStream = undefined;
    // The last answer closes the connection: Node gives it to none of those that wait behind.
    if (!this.#socket.writable) {
      this.#waiting.length = 0;
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#answered();
      return;
    }
    const { response, turn } = waiting;
    this.#current = response;
    response.on('close', () => this.#next());
    const isBehindStream = this.#isBehindStream;
    this.#isBehindStream = false;
    turn(isBehindStream);
  }
}
