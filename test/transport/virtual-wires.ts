/**
 * Nodes joined by wires without a network, under one virtual clock: what the carrier does in which
 * order, with delays, losses and silences set by the test.
 */
import type { Tagged } from '../../runtime/actor.ts';
import { address } from '../../runtime/address.ts';
import type { DeadLetterReason, MessageSignal, Signal } from '../../runtime/host.ts';
import { type LogRecord, logger } from '../../runtime/log.ts';
import { limitsWith, type TransportLimitsGiven } from '../../transport/limits.ts';
import { OutsiderLog } from '../../transport/outsider-log.ts';
import { Peers } from '../../transport/peers.ts';
import type { Wire, WireListener } from '../../transport/wire.ts';
import { seededRandom } from '../kit/random.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import { virtualHost } from '../kit/virtual-host.ts';
import { messageSignal } from './live.ts';

const LATENCY_MS = 1;

export interface WiredNode {
  readonly node: string;
  readonly peers: Peers;
  /** `type n` of each message, in order; of other signals their kind. */
  readonly heard: string[];
  readonly lost: string[];
  readonly undeliverable: string[];
  readonly logged: LogRecord[];
  /** What is told, in the order it is told. */
  readonly told: string[];
  tell(to: string, type: string): void;
  link(to: string): void;
}

export interface WiredNodeOptions {
  readonly cluster?: string;
  readonly incarnation?: number;
  readonly limits?: TransportLimitsGiven;
}

export class VirtualWires {
  readonly clock: VirtualClock;
  readonly #random = seededRandom('wires');
  readonly #listening = new Map<string, WiredNode>();
  readonly #ends: VirtualWire[] = [];
  /** Dials begun, as `from>to`. */
  readonly dials: string[] = [];
  /** Nodes that answer nothing, not even that they don't listen. */
  readonly silent = new Set<string>();

  constructor() {
    this.clock = new VirtualClock(1_000_000, 'fifo', this.#random.split('schedule'));
  }

  /** A process called `node`; one of the same name that was there no longer listens. */
  start(node: string, options: WiredNodeOptions = {}): WiredNode {
    const { cluster = 'test', incarnation = 1 } = options;
    const logged: LogRecord[] = [];
    const host = virtualHost({
      clock: this.clock,
      random: this.#random.split(`${node}#${incarnation}`),
      onLog: (record) => logged.push(record),
    });
    const log = logger('transport', () => host.nowMs(), host.logSink);
    const peers = new Peers({
      host,
      log,
      outsiderLog: new OutsiderLog(log, () => host.nowMs()),
      limits: limitsWith(options.limits),
      identity: { cluster, node, incarnation },
      dialWire: (to) => this.#dial(node, to),
    });
    const heard: string[] = [];
    const lost: string[] = [];
    const undeliverable: string[] = [];
    const told: string[] = [];
    peers.attach({
      deliver(fromNode, signal) {
        const line = signal.kind === 'message' ? signal.message.type : signal.kind;
        heard.push(line);
        told.push(`${line} from ${fromNode}`);
      },
      nodeLost(lostNode, reason) {
        lost.push(reason);
        told.push(`lost ${lostNode}`);
      },
      undeliverable(signal: MessageSignal, reason: DeadLetterReason) {
        undeliverable.push(`${signal.message.type} ${reason}`);
        told.push(`undeliverable ${signal.message.type}`);
      },
    });
    let id = 0;
    const self = address('sender', node);
    const wired: WiredNode = {
      node,
      peers,
      heard,
      lost,
      undeliverable,
      logged,
      told,
      tell(to, type) {
        const message: Tagged = { type };
        peers.send(messageSignal(address('actor', to), self, ++id, message));
      },
      link(to) {
        const signal: Signal = { kind: 'link', to: address('actor', to), from: self };
        peers.send(signal);
      },
    };
    if (!node.endsWith(':0')) this.#listening.set(node, wired);
    return wired;
  }

  /** Nobody listens there any more; its connections stay as they are. */
  unlisten(node: string): void {
    this.#listening.delete(node);
  }

  /** A second name under which `node` is dialled. */
  listenAlso(name: string, node: WiredNode): void {
    this.#listening.set(name, node);
  }

  /** Breaks the wires so that only `hearer` notices. */
  breakFor(hearer: string, other: string): void {
    for (const end of this.#between(hearer, other)) {
      if (end.from === hearer) end.closeWith(1006, '');
    }
  }

  /** Breaks all wires between two nodes; each end hears it after the latency. */
  cut(one: string, other: string): void {
    for (const end of this.#between(one, other)) end.breakOff();
  }

  /** What `from` sends to `to` stays in its buffers until `to` is let through again. */
  stall(from: string, to: string, stalled = true): void {
    for (const end of this.#between(from, to)) if (end.from === from) end.setStalled(stalled);
  }

  /** Wires between two nodes that neither end has closed. */
  openCount(one: string, other: string): number {
    return this.#between(one, other).length / 2;
  }

  async run(durationMs: number): Promise<void> {
    const endMs = this.clock.nowMs() + durationMs;
    for (;;) {
      const nextMs = this.clock.nextAtMs();
      if (nextMs === undefined || nextMs > endMs) break;
      this.clock.step();
    }
    this.clock.advanceTo(endMs);
    // Promises settle, though nothing in the carrier waits for them.
    await Promise.resolve();
  }

  #between(one: string, other: string): VirtualWire[] {
    return this.#ends.filter(
      (end) =>
        !end.isClosed &&
        ((end.from === one && end.to === other) || (end.from === other && end.to === one)),
    );
  }

  #dial(from: string, to: string): Wire {
    this.dials.push(`${from}>${to}`);
    const near = new VirtualWire(this.clock, from, to);
    const far = new VirtualWire(this.clock, to, from);
    near.other = far;
    far.other = near;
    this.#ends.push(near, far);
    this.clock.after(LATENCY_MS, near, () => {
      if (near.isClosed || this.silent.has(to)) return;
      const node = this.#listening.get(to);
      if (node === undefined) {
        far.isClosed = true;
        near.closeWith(1006, 'nothing listens there');
      } else {
        node.peers.accept(far);
        this.clock.after(LATENCY_MS, near, () => near.open());
      }
    });
    return near;
  }
}

class VirtualWire implements Wire {
  readonly remote: string;
  readonly from: string;
  readonly to: string;
  other: VirtualWire | undefined;
  isClosed = false;
  readonly #clock: VirtualClock;
  #listener: WireListener | undefined;
  #stalled = false;
  #paused = false;
  #buffered: { readonly frame: Uint8Array; readonly written: (() => void) | undefined }[] = [];
  #arrived: (() => void)[] = [];
  #receivedBytes = 0;

  constructor(clock: VirtualClock, from: string, to: string) {
    this.#clock = clock;
    this.from = from;
    this.to = to;
    this.remote = to;
  }

  listen(listener: WireListener): void {
    this.#listener = listener;
  }

  open(): void {
    if (!this.isClosed) this.#listener?.opened();
  }

  send(frame: Uint8Array, written?: () => void): void {
    this.#buffered.push({ frame, written });
    if (!this.#stalled) this.#letGo();
  }

  setStalled(stalled: boolean): void {
    this.#stalled = stalled;
    if (!stalled) this.#letGo();
  }

  bufferedBytes(): number {
    return this.#buffered.reduce((sum, { frame }) => sum + frame.length, 0);
  }

  receivedBytes(): number {
    return this.#receivedBytes;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const arrival of this.#arrived.splice(0)) this.#arrive(arrival);
  }

  close(code: number, reason: string): void {
    const far = this.other;
    this.#clock.after(LATENCY_MS, this, () => {
      far?.arrive(() => far.closeWith(code, reason));
      this.closeWith(code, reason);
    });
  }

  terminate(): void {
    this.breakOff();
  }

  breakOff(): void {
    const far = this.other;
    this.#clock.after(LATENCY_MS, this, () => {
      this.closeWith(1006, '');
      far?.closeWith(1006, '');
    });
  }

  closeWith(code: number, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#listener?.closed(code, reason);
  }

  arrive(arrival: () => void): void {
    this.#arrive(arrival);
  }

  #arrive(arrival: () => void): void {
    if (this.#paused) this.#arrived.push(arrival);
    else arrival();
  }

  #letGo(): void {
    for (const { frame, written } of this.#buffered.splice(0)) {
      const far = this.other;
      this.#clock.after(LATENCY_MS, this, () => {
        written?.();
        far?.arrive(() => {
          if (far.isClosed) return;
          far.#receivedBytes += frame.length;
          far.#listener?.frame(frame);
        });
      });
    }
  }
}
