/**
 * One connection between two nodes, from the first byte to the last.
 *
 *     opening ──opened──▶ greeting ──establish──▶ open ──wire closed, all handed over──▶ closed
 *        └──────────────────┴── refused, silent, broken ───────────────────────────────────▲
 *
 * It reads frames, hands over what they say, at most so many messages in one turn, and watches for
 * signs of life. What becomes of it in the end is told once, by `ended`.
 */
import { describeError } from '../runtime/errors.ts';
import type { Host, Signal } from '../runtime/host.ts';
import { CLOSE } from './close-codes.ts';
import { decodeItems, WireFault } from './codec.ts';
import { EnvelopeReader, encodeGoodbye, encodeHello, encodePing, encodePong } from './envelope.ts';
import { HELLO_BYTES_MAX, type Hello, parseHello } from './handshake.ts';
import type { TransportLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { Wire, WireListener } from './wire.ts';

/** To these nothing is said any more: who doesn't read would not hear it. */
const UNHEARD: readonly number[] = [CLOSE.silent, CLOSE.overrun];
/** After our own close the other side has this long to close too. */
const CLOSE_TIMEOUT_MS = 1_000;

export interface ConnectionOwner {
  /** The other side said who it is; answer with `establish` or `refuse`. */
  greeted(connection: Connection, hello: Hello): void;
  signal(node: string, signal: Signal): void;
  /** The last that is heard of it. `code` as in close-codes.ts, or of WebSocket. */
  ended(connection: Connection, code: number, reason: string): void;
  /** Nothing of it is left; comes after `ended`. */
  wireClosed(connection: Connection): void;
}

export class Connection implements WireListener {
  /** The node that we dialled; undefined when the other side dialled. */
  readonly dialled: string | undefined;
  readonly dial: number;
  hello: Hello | undefined;
  /** Of the last ping that came back. */
  roundTripMs: number | undefined;
  receivedMessages = 0;
  receivedFrames = 0;

  readonly #wire: Wire;
  readonly #owner: ConnectionOwner;
  readonly #host: Host;
  readonly #limits: TransportLimits;
  readonly #myHello: Hello;
  #phase: 'opening' | 'greeting' | 'open' | 'closing' | 'closed' = 'opening';
  #reader: EnvelopeReader | undefined;
  #peerNode = '';
  #outbox: Outbox | undefined;
  #cancelTimer: () => void;
  #heardBytes = 0;
  #missedCount = 0;
  /** Frames that came and are not wholly handed over; `#offset` into the first. */
  #frames: Uint8Array[] = [];
  #offset = 0;
  #turnScheduled = false;
  #pausedByOwner = false;
  #wirePaused = false;
  /** Why it ends, when that is known before the wire closes. */
  #verdict: { readonly code: number; readonly reason: string } | undefined;
  #wireClosed = false;

  constructor(
    wire: Wire,
    owner: ConnectionOwner,
    settings: {
      readonly host: Host;
      readonly limits: TransportLimits;
      /** From the first byte to the greeting. */
      readonly handshakeTimeoutMs: number;
      readonly hello: Hello;
      readonly dialled: string | undefined;
    },
  ) {
    this.#wire = wire;
    this.#owner = owner;
    this.#host = settings.host;
    this.#limits = settings.limits;
    this.#myHello = settings.hello;
    this.dialled = settings.dialled;
    this.dial = settings.hello.dial;
    if (this.dialled === undefined) this.#phase = 'greeting';
    const { handshakeTimeoutMs } = settings;
    this.#cancelTimer = this.#host.setTimer(handshakeTimeoutMs, () =>
      this.end(
        CLOSE.silent,
        `no greeting came within ${handshakeTimeoutMs} ms, so it may be no node`,
      ),
    );
    wire.listen(this);
  }

  /** Our greeting is on its way. */
  get hasGreeted(): boolean {
    return this.#phase !== 'opening';
  }

  /** Where the bytes come from, for the log. */
  get remote(): string {
    return this.#wire.remote;
  }

  /** Takes the other side as `hello.node`; what `outbox` holds leaves now. */
  establish(hello: Hello, outbox: Outbox): void {
    if (this.#phase !== 'greeting') return;
    this.hello = hello;
    this.#phase = 'open';
    this.#peerNode = hello.node;
    this.#reader = new EnvelopeReader(this.#myHello.node, hello.node);
    this.#outbox = outbox;
    this.#cancelTimer();
    // The first beat comes at some time, so that a thousand connections don't beat at once.
    this.#cancelTimer = this.#host.setTimer(
      this.#limits.heartbeatIntervalMs * this.#host.random(),
      this.#beat,
    );
    if (this.dialled === undefined) this.#wire.send(encodeHello(this.#myHello));
    outbox.start(this.#wire);
  }

  /** The other side is `hello.node`, and may not be connected. */
  refuse(hello: Hello, code: number, sentence: string): void {
    this.hello = hello;
    this.end(code, sentence);
  }

  /** Says why, and closes; `ended` follows at once, with the same code and sentence. */
  end(code: number, sentence: string, closeTimeoutMs = CLOSE_TIMEOUT_MS): void {
    if (this.#phase === 'closed' || this.#phase === 'closing') return;
    const mayTalk = this.#phase !== 'opening' && !this.#wireClosed && !UNHEARD.includes(code);
    this.#phase = 'closing';
    this.#frames = [];
    this.#offset = 0;
    this.#cancelTimer();
    if (mayTalk) {
      if (code === CLOSE.goodbye) this.#outbox?.drain();
      this.#wire.send(encodeGoodbye(code, sentence));
      this.#wire.close(code, sentence);
      if (this.#wirePaused) this.#wire.resume();
      this.#cancelTimer = this.#host.setTimer(closeTimeoutMs, () => this.#wire.terminate());
    } else if (!this.#wireClosed) {
      this.#wire.terminate();
    }
    this.#owner.ended(this, code, sentence);
    if (this.#wireClosed) this.#close();
  }

  terminate(): void {
    this.#wire.terminate();
  }

  /** Stops and resumes reading, for an owner that has no room. */
  pause(): void {
    this.#pausedByOwner = true;
    this.#setWirePaused();
  }

  resume(): void {
    this.#pausedByOwner = false;
    this.#scheduleTurn();
    this.#setWirePaused();
  }

  // ------------------------------------------------------------------------------- from the wire

  opened(): void {
    if (this.#phase !== 'opening') return;
    this.#phase = 'greeting';
    this.#wire.send(encodeHello(this.#myHello));
  }

  frame(frame: Uint8Array): void {
    if (this.#phase === 'greeting') {
      this.#readHello(frame);
    } else if (this.#phase === 'open') {
      this.receivedFrames++;
      this.#frames.push(frame);
      if (this.#frames.length === 1 && !this.#turnScheduled) this.#handOver();
    }
  }

  closed(code: number, reason: string): void {
    this.#wireClosed = true;
    if (this.#phase === 'closing') {
      this.#close();
      return;
    }
    this.#verdict ??= { code, reason: reason === '' ? 'it broke off' : reason };
    // What came before the end is handed over before the end is told.
    if (this.#frames.length === 0) this.#finish(this.#verdict);
    else this.#scheduleTurn();
  }

  #finish({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#phase = 'closing';
    this.#owner.ended(this, code, reason);
    this.#close();
  }

  #close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#cancelTimer();
    this.#owner.wireClosed(this);
  }

  #readHello(frame: Uint8Array): void {
    try {
      if (frame.length > HELLO_BYTES_MAX) throw new WireFault('the greeting is too long');
      const values: unknown[] = [];
      if (decodeItems(frame, 0, 1, values) !== frame.length) {
        throw new WireFault('more than a greeting came in the first frame');
      }
      const item = new EnvelopeReader('', '').read(values[0]);
      if (item?.kind === 'goodbye') {
        this.#verdict = { code: item.code, reason: item.sentence };
        return;
      }
      const hello = item?.kind === 'hello' ? parseHello(item.fields) : undefined;
      if (hello === undefined) throw new WireFault('the first frame is no greeting');
      this.#owner.greeted(this, hello);
    } catch (error) {
      this.#malformed(error);
    }
  }

  // ------------------------------------------------------------------------------- handing over

  readonly #turn = (): void => {
    this.#turnScheduled = false;
    this.#handOver();
  };

  #scheduleTurn(): void {
    if (this.#turnScheduled || this.#frames.length === 0) return;
    this.#turnScheduled = true;
    this.#host.schedule(this.#turn, true);
  }

  #handOver(): void {
    let left = this.#limits.messagesPerTurnMax;
    const values: unknown[] = [];
    while (left > 0 && this.#frames.length > 0 && !this.#isHeld()) {
      const frame = this.#frames[0] as Uint8Array;
      values.length = 0;
      let fault: unknown;
      try {
        this.#offset = decodeItems(frame, this.#offset, left, values);
      } catch (error) {
        fault = error;
      }
      left -= values.length;
      for (const value of values) {
        try {
          this.#read(value);
        } catch (error) {
          fault = error;
          break;
        }
        if (this.#phase !== 'open') return;
      }
      if (fault !== undefined) {
        this.#malformed(fault);
        return;
      }
      if (this.#offset === frame.length) {
        this.#frames.shift();
        this.#offset = 0;
      }
    }
    if (this.#frames.length === 0) {
      if (this.#verdict !== undefined && this.#wireClosed) {
        this.#finish(this.#verdict);
        return;
      }
    } else if (!this.#isHeld()) {
      this.#scheduleTurn();
    }
    this.#setWirePaused();
  }

  /** The owner has no room; at the end of the wire nothing more can come, so it must take the rest. */
  #isHeld(): boolean {
    return this.#pausedByOwner && !this.#wireClosed;
  }

  #setWirePaused(): void {
    const paused = this.#pausedByOwner || this.#frames.length > 0;
    if (paused === this.#wirePaused || this.#wireClosed) return;
    this.#wirePaused = paused;
    if (paused) this.#wire.pause();
    else this.#wire.resume();
  }

  #read(value: unknown): void {
    const item = (this.#reader as EnvelopeReader).read(value);
    if (item === undefined) return;
    switch (item.kind) {
      case 'ping':
        this.#sendControl(encodePong(item.stampMs));
        return;
      case 'pong':
        this.roundTripMs = this.#host.nowMs() - item.stampMs;
        return;
      case 'goodbye':
        this.#verdict = { code: item.code, reason: item.sentence };
        return;
      case 'hello':
        throw new WireFault('a second greeting');
      default:
        if (item.kind === 'message') this.receivedMessages++;
        this.#owner.signal(this.#peerNode, item);
    }
  }

  #malformed(error: unknown): void {
    this.end(CLOSE.malformed, `What came can't be understood: ${describeError(error)}`);
  }

  // ------------------------------------------------------------------------------- signs of life

  readonly #beat = (): void => {
    const heardBytes = this.#wire.receivedBytes();
    const wasHeard = heardBytes !== this.#heardBytes;
    if (wasHeard || this.#wirePaused) this.#missedCount = 0;
    else this.#missedCount++;
    this.#heardBytes = heardBytes;
    const { heartbeatIntervalMs, heartbeatMissedMax } = this.#limits;
    if (this.#missedCount >= heartbeatMissedMax) {
      const silentMs = heartbeatIntervalMs * heartbeatMissedMax;
      this.end(CLOSE.silent, `nothing was heard from it for ${silentMs} ms`);
      return;
    }
    this.#cancelTimer = this.#host.setTimer(heartbeatIntervalMs, this.#beat);
    // Who speaks lives: only silence has to be asked about, and with one ask both sides hear something.
    if (!wasHeard || this.roundTripMs === undefined) {
      this.#sendControl(encodePing(this.#host.nowMs()));
    }
  };

  #sendControl(bytes: Uint8Array): void {
    if (this.#outbox?.sendControl(bytes) === 'overrun') {
      this.end(
        CLOSE.overrun,
        'signals that must not be dropped pile up; the other side is too slow',
      );
    }
  }
}
