/**
 * What waits to be sent to one node, in order, as bytes: for the connection that stands, or for the
 * next one.
 *
 * Messages are encoded when they are sent, and what one turn sends leaves in one frame, in a
 * microtask or when 64 KB are together. When the wire is full, the rest waits here, where it can
 * still be told to be undeliverable; the frames then grow up to 64 KB by themselves.
 */
import type { MessageSignal, Signal } from '../runtime/host.ts';
import { EnvelopeWriter } from './envelope.ts';
import type { TransportLimits } from './limits.ts';
import type { Wire } from './wire.ts';

/** A frame is closed when it has this many bytes. */
const FRAME_BYTES_AIM = 64 * 1024;
/** The wire is full when this many bytes wait in it. */
const WIRE_BYTES_MAX = 512 * 1024;
/** What a waiting message costs in memory besides its bytes, about. */
const MESSAGE_OVERHEAD_BYTES = 256;

export type SendOutcome = 'sent' | 'congested' | 'overrun';

export class Outbox {
  readonly #limits: TransportLimits;
  readonly #schedule: (turn: () => void) => void;
  readonly #writer: EnvelopeWriter;
  #wire: Wire | undefined;
  /** Items and, at the same place, the messages they were; `#first` is the oldest that waits. */
  #items: Uint8Array[] = [];
  #messages: (MessageSignal | undefined)[] = [];
  #first = 0;
  #itemBytes = 0;
  #waitingBytes = 0;
  #controlBytes = 0;
  #flushScheduled = false;
  #closed = false;
  sentMessages = 0;
  sentFrames = 0;
  sentBytes = 0;

  /** @param schedule runs a turn right after this one */
  constructor(limits: TransportLimits, schedule: (turn: () => void) => void) {
    this.#limits = limits;
    this.#writer = new EnvelopeWriter(limits.frameBytesMax);
    this.#schedule = schedule;
  }

  /** Waiting here and in the wire, with what waiting costs. */
  get bufferedBytes(): number {
    return this.#waitingBytes + (this.#wire?.bufferedBytes() ?? 0);
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#items.length;
  }

  /**
   * `congested`: it will not leave, nothing else changes. `overrun`: nor will it, and the connection must go.
   * @throws EnvelopeFault when it can't be written, or is larger than a frame may be
   */
  send(signal: Signal): SendOutcome {
    const message = signal.kind === 'message' ? signal : undefined;
    if (message !== undefined && this.#waitingBytes >= this.#limits.bufferedBytesMax) {
      return 'congested';
    }
    const bytes = this.#writer.signal(signal);
    return this.#push(bytes, message);
  }

  /** For pings, pongs, goodbyes. */
  sendControl(bytes: Uint8Array): SendOutcome {
    return this.#push(bytes, undefined);
  }

  /** From now on what is sent leaves by `wire`. */
  start(wire: Wire): void {
    this.#wire = wire;
    this.#flush();
  }

  /** Sends everything that waits, though the wire be full: before a goodbye. */
  drain(): void {
    while (this.#wire !== undefined && !this.isEmpty) this.#sendFrame(this.#wire);
  }

  /** Nothing leaves any more. @returns the messages that waited */
  close(): MessageSignal[] {
    this.#closed = true;
    this.#wire = undefined;
    const messages = this.#messages.slice(this.#first).filter((message) => message !== undefined);
    this.#items = [];
    this.#messages = [];
    this.#first = 0;
    return messages;
  }

  #push(bytes: Uint8Array, message: MessageSignal | undefined): SendOutcome {
    if (message === undefined) {
      this.#controlBytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
      if (this.#controlBytes > this.#limits.controlBytesMax) return 'overrun';
    }
    this.#items.push(bytes);
    this.#messages.push(message);
    this.#itemBytes += bytes.length;
    this.#waitingBytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
    if (this.#wire === undefined) return 'sent';
    if (this.#itemBytes >= FRAME_BYTES_AIM) {
      this.#flush();
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      this.#schedule(this.#flushTurn);
    }
    return 'sent';
  }

  readonly #flushTurn = (): void => {
    this.#flushScheduled = false;
    this.#flush();
  };

  #flush(): void {
    const wire = this.#wire;
    if (wire === undefined || this.#closed) return;
    while (!this.isEmpty && wire.bufferedBytes() < WIRE_BYTES_MAX) this.#sendFrame(wire);
  }

  #sendFrame(wire: Wire): void {
    const begin = this.#first;
    let end = begin;
    let frameBytes = 0;
    while (end < this.#items.length) {
      const length = (this.#items[end] as Uint8Array).length;
      if (frameBytes > 0 && frameBytes + length > FRAME_BYTES_AIM) break;
      frameBytes += length;
      if (this.#messages[end] === undefined) this.#controlBytes -= length + MESSAGE_OVERHEAD_BYTES;
      else this.sentMessages++;
      end++;
    }
    const items =
      begin === 0 && end === this.#items.length ? this.#items : this.#items.slice(begin, end);
    const frame = items.length === 1 ? (items[0] as Uint8Array) : Buffer.concat(items, frameBytes);
    this.#first = end;
    this.#itemBytes -= frameBytes;
    this.#waitingBytes -= frameBytes + (end - begin) * MESSAGE_OVERHEAD_BYTES;
    this.#compact();
    this.sentFrames++;
    this.sentBytes += frameBytes;
    wire.send(frame, this.#written);
  }

  readonly #written = (): void => {
    if (!this.isEmpty && !this.#flushScheduled) this.#flush();
  };

  #compact(): void {
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#messages = [];
      this.#first = 0;
    } else if (this.#first > 1_024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
  }
}
