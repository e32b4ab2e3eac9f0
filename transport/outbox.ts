/**
 * What waits to be sent to one node, in order, as bytes: for the connection that stands, or for the
 * next one.
 *
 * Messages are encoded when they are sent. What is sent while the loop hands over what has come in
 * leaves in one frame after that, or when 64 KB are together: a frame costs more than what is in it.
 * When the wire is full, the rest waits here, where it can still be
 * told to be undeliverable.
 */
import type { MessageSignal, Signal } from '../runtime/host.ts';
import { EnvelopeWriter } from './envelope.ts';
import { FrameBuffer } from './frame-buffer.ts';
import type { TransportLimits } from './limits.ts';
import type { Wire } from './wire.ts';

/** A frame is complete when it has this many bytes. */
const FRAME_BYTES_AIM = 64 * 1024;
/** The wire is full when this many bytes wait in it. */
const WIRE_BYTES_MAX = 512 * 1024;
/** What a waiting message costs in memory besides its bytes, about. */
const MESSAGE_OVERHEAD_BYTES = 256;

/** What can be told of an attempt to send; see `Outbox.send`. */
export type SendOutcome = 'sent' | 'congested' | 'overrun';

/** A complete frame, and what stands in it. */
interface Frame {
  readonly bytes: Buffer;
  readonly messages: readonly MessageSignal[];
  readonly waitingBytes: number;
  readonly controlBytes: number;
}

export class Outbox {
  readonly #limits: TransportLimits;
  readonly #schedule: (turn: () => void) => void;
  readonly #writer: EnvelopeWriter;
  #wire: Wire | undefined;
  /** Complete frames, oldest first; then the one in the making, with what stands in it. */
  #frames: Frame[] = [];
  readonly #buffer = new FrameBuffer();
  #messages: MessageSignal[] = [];
  #frameWaitingBytes = 0;
  #frameControlBytes = 0;
  /** Of all frames. */
  #waitingBytes = 0;
  #controlBytes = 0;
  #flushScheduled = false;
  sentMessages = 0;
  sentFrames = 0;
  sentBytes = 0;

  /** @param schedule runs a turn soon, together with those of other nodes */
  constructor(limits: TransportLimits, schedule: (turn: () => void) => void) {
    this.#limits = limits;
    this.#schedule = schedule;
    this.#writer = new EnvelopeWriter(limits.frameBytesMax);
  }

  /** What waits here, with what waiting costs. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** What waits here and in the wire. */
  get bufferedBytes(): number {
    return this.#waitingBytes + (this.#wire?.bufferedBytes() ?? 0);
  }

  get isEmpty(): boolean {
    return this.#buffer.length === 0 && this.#frames.length === 0;
  }

  /**
   * `congested`: it will not leave, nothing else changes. `overrun`: the connection must go.
   * @throws WireFault when it can't be written
   */
  send(signal: Signal): SendOutcome {
    const isMessage = signal.kind === 'message';
    if (isMessage && this.#waitingBytes >= this.#limits.bufferedBytesMax) return 'congested';
    const bytes = this.#writer.write(signal, this.#append);
    if (isMessage) this.#messages.push(signal);
    return this.#appended(bytes, isMessage);
  }

  /** For pings and pongs. */
  sendControl(bytes: Uint8Array): SendOutcome {
    this.#append(bytes, 0, bytes.length);
    return this.#appended(bytes.length, false);
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
    this.#wire = undefined;
    const messages = [...this.#frames.flatMap((frame) => frame.messages), ...this.#messages];
    this.#frames = [];
    this.#messages = [];
    this.#buffer.take();
    return messages;
  }

  readonly #append = (source: Uint8Array, start: number, end: number): void => {
    const length = this.#buffer.length + end - start;
    if (this.#buffer.length > 0 && length > FRAME_BYTES_AIM) this.#completeFrame();
    this.#buffer.append(source, start, end);
  };

  #appended(bytes: number, isMessage: boolean): SendOutcome {
    const waitingBytes = bytes + MESSAGE_OVERHEAD_BYTES;
    this.#frameWaitingBytes += waitingBytes;
    this.#waitingBytes += waitingBytes;
    if (!isMessage) {
      this.#frameControlBytes += waitingBytes;
      this.#controlBytes += waitingBytes;
      if (this.#controlBytes > this.#limits.controlBytesMax) return 'overrun';
    }
    if (this.#wire === undefined) return 'sent';
    if (this.#frames.length > 0) {
      this.#flush();
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      this.#schedule(this.#flushTurn);
    }
    return 'sent';
  }

  #completeFrame(): void {
    this.#frames.push({
      bytes: this.#buffer.take(),
      messages: this.#messages,
      waitingBytes: this.#frameWaitingBytes,
      controlBytes: this.#frameControlBytes,
    });
    this.#messages = [];
    this.#frameWaitingBytes = 0;
    this.#frameControlBytes = 0;
  }

  readonly #flushTurn = (): void => {
    this.#flushScheduled = false;
    this.#flush();
  };

  /** Sends complete frames while the wire has room; in its own turn also the one in the making. */
  #flush(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    while (wire.bufferedBytes() < WIRE_BYTES_MAX) {
      if (this.#flushScheduled ? this.#frames.length === 0 : this.isEmpty) return;
      this.#sendFrame(wire);
    }
  }

  #sendFrame(wire: Wire): void {
    if (this.#frames.length === 0) this.#completeFrame();
    const frame = this.#frames.shift() as Frame;
    this.#waitingBytes -= frame.waitingBytes;
    this.#controlBytes -= frame.controlBytes;
    this.sentMessages += frame.messages.length;
    this.sentFrames++;
    this.sentBytes += frame.bytes.length;
    // Only the frame that fills the wire has to say when there is room again.
    const isFilling = wire.bufferedBytes() + frame.bytes.length >= WIRE_BYTES_MAX;
    wire.send(frame.bytes, isFilling ? this.#written : undefined);
  }

  readonly #written = (): void => {
    if (!this.isEmpty) this.#flush();
  };
}
