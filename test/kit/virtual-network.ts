/**
 * The network of a virtual world: carries signals between nodes as a transport on TCP would, and as
 * badly as it is told to.
 *
 * Between two nodes there is one connection, dialled by whoever sends first and kept until something
 * breaks it. Each direction is in order; different pairs overtake each other freely. An end knows
 * only what a process could know: it learns of a break from a reset, from silence, or from the new
 * connection that replaces the old one, and the two ends learn at different times.
 *
 *     (none) ──send──▶ dialling ──▶ open ──▶ broken: this end hears `nodeLost`, the other a bit later
 *                         └─▶ refused, or no answer for `dialTimeoutMs`: `nodeLost`
 *
 * `mode: 'connection'` is faithful: what is lost breaks the connection and everything sent after it
 * is lost too. `mode: 'datagram'` is adversarial: single messages vanish or come twice while the
 * connection looks healthy (links and their signals stay reliable).
 * A partition stalls what is sent into it (TCP sends again) or, for datagrams, swallows it; an end
 * that hears nothing for about `silenceMsMax` gives up.
 */
import type {
  Carrier,
  CarrierReceiver,
  DeadLetterReason,
  MessageSignal,
  Signal,
} from '../../runtime/host.ts';
import { HEALTHY_NETWORK, type NetworkFaults, type NetworkOptions } from './network-options.ts';
import { PairLuck } from './pair-luck.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualHost } from './virtual-host.ts';
import { wireCopy } from './wire-copy.ts';

/** What happens on the network, for the trace: `delivered`, `lost`, `duplicated`, or a whole story. */
export interface NetworkObserver {
  onSignal(event: 'delivered' | 'lost' | 'duplicated', from: string, signal: Signal): void;
  onEvent(text: string): void;
  /** A message that no wire could carry: a mistake of the sender, to be shown to whoever tests. */
  onUnfit(error: unknown): void;
}

/** A partition in force; healing twice does nothing. */
export interface Partition {
  heal(): void;
}

/** A node as the network sees it. */
interface Station {
  readonly name: string;
  readonly host: VirtualHost;
  receiver: CarrierReceiver | undefined;
  /** `down`: the machine answers that nobody listens. `dark`: nothing answers. */
  state: 'up' | 'down' | 'dark';
  /** Its process stands still: connections hold, but nothing answers. */
  frozen: boolean;
  /** The connection this node believes to have to each peer. */
  readonly ends: Map<string, End>;
}

interface End {
  readonly station: Station;
  readonly peer: string;
  /** Unset while dialling. */
  other: End | undefined;
  /** Until this end knows that the connection is broken. */
  attached: boolean;
  /** Something was lost: what is sent from now on is lost too. */
  doomed: boolean;
  /** Waits for the handshake, or for the partition to heal. */
  waiting: Signal[];
  /** Nothing overtakes what was sent before it. */
  lastArrivalMs: number;
  cancelSilence: (() => void) | undefined;
}

interface Block {
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
}

/** While nobody answers, a dialling node knocks this often. */
const KNOCK_INTERVAL_MS = 1000;

/** What is overtaken is late by so many times the usual delay, on average. */
const LATE_FACTOR = 5;

export class VirtualNetwork {
  readonly #clock: VirtualClock;
  readonly #observer: NetworkObserver;
  readonly #stations = new Map<string, Station>();
  readonly #luck: PairLuck;
  readonly #blocks = new Set<Block>();
  #options: NetworkOptions;

  constructor(
    clock: VirtualClock,
    random: Random,
    observer: NetworkObserver,
    options: Partial<NetworkOptions> = {},
  ) {
    this.#clock = clock;
    this.#luck = new PairLuck(random);
    this.#observer = observer;
    this.#options = { ...HEALTHY_NETWORK, ...options };
  }

  /** From now on; what is already on its way arrives as it would have. */
  setFaults(faults: Partial<NetworkFaults>): void {
    this.#options = { ...this.#options, ...faults };
  }

  /** Connects a node; one of the same name must have crashed or closed before. */
  connect(name: string, host: VirtualHost): Carrier {
    const before = this.#stations.get(name);
    if (before?.state === 'up') {
      throw new Error(`Cannot connect a second node as ${name}: the first is still running`);
    }
    const station: Station = {
      name,
      host,
      receiver: undefined,
      state: 'up',
      frozen: false,
      ends: new Map(),
    };
    this.#stations.set(name, station);
    if (before?.state === 'dark') this.#answerStrangers(station);
    return {
      attach: (receiver) => {
        station.receiver = receiver;
      },
      send: (signal) => this.#send(station, signal),
      close: () => {
        this.#leave(station, 'closed');
        return Promise.resolve();
      },
    };
  }

  /**
   * The process of this node is gone; what it had sent may have left, or its last part not. Peers
   * hear a reset, or with `dark` (power cut, cable pulled) nothing at all.
   */
  crash(name: string, { dark = false }: { readonly dark?: boolean } = {}): void {
    const station = this.#stations.get(name);
    if (station?.state === 'up') this.#leave(station, dark ? 'dark' : 'killed');
  }

  /** Its process stands still, until `thaw`: peers hear nothing, and give up after a while. */
  freeze(name: string): void {
    const station = this.#stations.get(name);
    if (station === undefined) return;
    station.frozen = true;
    for (const { other } of station.ends.values())
      if (other !== undefined) this.#awaitSilence(other);
  }

  thaw(name: string): void {
    const station = this.#stations.get(name);
    if (station === undefined) return;
    station.frozen = false;
    for (const { other } of station.ends.values()) {
      if (other?.attached !== true || this.#isApart(name, other.station.name)) continue;
      other.cancelSilence?.();
      other.cancelSilence = undefined;
    }
  }

  /** Nothing passes between the two groups, in either direction. */
  partition(group: readonly string[], others: readonly string[]): Partition {
    return this.#block([
      { from: new Set(group), to: new Set(others) },
      { from: new Set(others), to: new Set(group) },
    ]);
  }

  /** Nothing passes from the one group to the other; the way back is open. */
  partitionOneWay(from: readonly string[], to: readonly string[]): Partition {
    return this.#block([{ from: new Set(from), to: new Set(to) }]);
  }

  /** All partitions are over. */
  heal(): void {
    this.#unblock([...this.#blocks]);
  }

  /** Breaks the connection between two nodes, if there is one, as the loss of a message would. */
  breakConnection(one: string, other: string): void {
    const end = this.#stations.get(one)?.ends.get(other);
    if (end?.other !== undefined) this.#doom(end);
  }

  // ------------------------------------------------------------------------------- sending

  #send(station: Station, original: Signal): void {
    if (station.state !== 'up') return;
    const signal = this.#copy(original);
    if (signal === undefined) return;
    const end = station.ends.get(signal.to.node) ?? this.#dial(station, signal.to.node);
    if (end.other === undefined) this.#wait(end, signal);
    else this.#transmit(end, signal);
  }

  #transmit(end: End, signal: Signal): void {
    const { name } = end.station;
    const luck = this.#luck.of(name, end.peer);
    const { mode, lossProbability, duplicateProbability } = this.#options;
    const isMessage = signal.kind === 'message' && !this.#isSpared(signal);
    const lost = isMessage && luck.loss.chance(lossProbability);
    const duplicated = isMessage && luck.duplicate.chance(duplicateProbability);

    if (end.doomed || end.other?.attached !== true) {
      this.#observer.onSignal('lost', name, signal);
    } else if (mode === 'connection') {
      if (lost) {
        this.#observer.onSignal('lost', name, signal);
        this.#doom(end);
      } else if (this.#isBlocked(name, end.peer)) this.#wait(end, signal);
      else this.#launch(end, signal);
    } else if (isMessage && (lost || this.#isBlocked(name, end.peer))) {
      this.#observer.onSignal('lost', name, signal);
    } else if (this.#isBlocked(name, end.peer)) this.#wait(end, signal);
    else {
      this.#launch(end, signal);
      if (duplicated) {
        this.#observer.onSignal('duplicated', name, signal);
        this.#launch(end, signal);
      }
    }
  }

  #launch(end: End, signal: Signal): void {
    const { other } = end;
    if (other === undefined) return;
    const arrivalMs = this.#arrivalMs(end);
    const lateMs = this.#lateMs(end, signal);
    if (lateMs === 0) end.lastArrivalMs = arrivalMs;
    this.#clock.at(arrivalMs + lateMs, other.station.host, () => {
      const { name } = end.station;
      if (!other.attached) this.#observer.onSignal('lost', name, signal);
      else {
        this.#observer.onSignal('delivered', name, signal);
        other.station.receiver?.deliver(name, signal);
      }
    });
  }

  /** How much later than in its turn it comes: then others overtake it. */
  #lateMs({ station, peer }: End, signal: Signal): number {
    const { mode, reorderProbability, delayMsMin, delayMsMean } = this.#options;
    if (mode !== 'datagram' || reorderProbability === 0 || signal.kind !== 'message') return 0;
    if (this.#isSpared(signal)) return 0;
    const { reorder } = this.#luck.of(station.name, peer);
    return reorder.chance(reorderProbability)
      ? reorder.exponential(LATE_FACTOR * (delayMsMin + delayMsMean))
      : 0;
  }

  #isSpared(signal: Signal): boolean {
    return this.#options.mode === 'datagram' && this.#options.isSpared(signal);
  }

  #wait(end: End, signal: Signal): void {
    if (end.waiting.length < this.#options.waitingCountMax) end.waiting.push(signal);
    else this.#return(end.station, signal, 'congested');
  }

  #flush(end: End): void {
    const waiting = end.waiting.splice(0);
    for (const signal of waiting) this.#transmit(end, signal);
  }

  /** When something sent now arrives at the other end. */
  #arrivalMs(end: End): number {
    return Math.max(end.lastArrivalMs, this.#clock.nowMs() + this.#delayMs(end));
  }

  #delayMs({ station, peer }: End): number {
    const { delayMsMin, delayMsMean } = this.#options;
    return delayMsMin + this.#luck.of(station.name, peer).delay.exponential(delayMsMean);
  }

  #return(station: Station, signal: Signal, reason: DeadLetterReason): void {
    if (signal.kind === 'message') station.receiver?.undeliverable(signal, reason);
  }

  #copy(signal: Signal): Signal | undefined {
    if (signal.kind !== 'message') return signal;
    try {
      const message = wireCopy<MessageSignal['message']>(signal.message);
      return { ...signal, message };
    } catch (error) {
      this.#observer.onUnfit(error);
      return undefined;
    }
  }

  // ------------------------------------------------------------------------------- connecting

  #dial(station: Station, peer: string): End {
    const end = newEnd(station, peer, this.#clock.nowMs());
    station.ends.set(peer, end);
    const deadlineMs = this.#clock.nowMs() + this.#options.dialTimeoutMs;
    const knock = () => {
      // Meanwhile the peer may have dialled us.
      if (!end.attached || end.other !== undefined) return;
      const target = this.#stations.get(peer);
      if (
        target?.state === 'dark' ||
        target?.frozen === true ||
        this.#isApart(station.name, peer)
      ) {
        if (this.#clock.nowMs() >= deadlineMs) this.#break(end, `${peer} does not answer`);
        else this.#clock.after(KNOCK_INTERVAL_MS, station.host, knock);
      } else if (target?.state !== 'up') this.#break(end, `${peer} refuses connections`);
      else this.#open(end, target);
    };
    if (isDialable(peer)) {
      this.#clock.after(this.#delayMs(end) + this.#delayMs(end), station.host, knock);
    } else {
      this.#clock.after(0, station.host, () => {
        if (end.other === undefined) this.#break(end, `${peer} only dials and is not connected`);
      });
    }
    return end;
  }

  #open(dialler: End, target: Station): void {
    const { name } = dialler.station;
    const before = target.ends.get(name);
    if (before?.other !== undefined) this.#break(before, `${name} connected anew`);
    // Both may be dialling at once: then the end that comes later takes part in this connection.
    const answering = target.ends.get(name) ?? newEnd(target, name, this.#clock.nowMs());
    target.ends.set(name, answering);
    dialler.other = answering;
    answering.other = dialler;
    this.#observer.onEvent(`${name} connects to ${target.name}`);
    this.#flush(dialler);
    this.#flush(answering);
  }

  // ------------------------------------------------------------------------------- breaking

  /** This end knows. The other hears of it, unless it can't. */
  #break(end: End, reason: string): void {
    if (!end.attached) return;
    end.attached = false;
    end.cancelSilence?.();
    const { station, peer, other } = end;
    if (station.ends.get(peer) === end) station.ends.delete(peer);
    this.#observer.onEvent(`${station.name} loses ${peer}: ${reason}`);
    for (const signal of end.waiting.splice(0)) {
      if (other === undefined) this.#return(station, signal, 'noConnection');
      else this.#observer.onSignal('lost', station.name, signal);
    }
    if (other?.attached === true) {
      if (this.#isBlocked(station.name, peer)) this.#awaitSilence(other);
      else this.#breakLater(other, this.#arrivalMs(end), `${station.name} closed the connection`);
    }
    station.receiver?.nodeLost(peer, reason);
  }

  #breakLater(end: End, atMs: number, reason: string): void {
    this.#clock.at(atMs, end.station.host, () => this.#break(end, reason));
  }

  /** What this end sends from now on is lost; what was sent arrives; then both ends find out. */
  #doom(end: End): void {
    const { other } = end;
    if (end.doomed || other === undefined) return;
    end.doomed = true;
    const nowMs = this.#clock.nowMs();
    this.#breakLater(other, this.#arrivalMs(end), 'the connection was reset');
    this.#breakLater(end, nowMs + this.#delayMs(end), 'the connection was reset');
  }

  #awaitSilence(end: End): void {
    if (!end.attached || end.cancelSilence !== undefined) return;
    const { silenceMsMax } = this.#options;
    const waitMs = this.#luck.of(end.station.name, end.peer).silence.between(0.5, 1) * silenceMsMax;
    end.cancelSilence = this.#clock.after(waitMs, end.station.host, () =>
      this.#break(end, `${end.peer} has gone silent`),
    );
  }

  #leave(station: Station, how: 'closed' | 'killed' | 'dark'): void {
    station.state = how === 'dark' ? 'dark' : 'down';
    station.receiver = undefined;
    const nowMs = this.#clock.nowMs();
    for (const end of station.ends.values()) {
      end.attached = false;
      end.cancelSilence?.();
      const { other } = end;
      if (other?.attached !== true) continue;
      if (how === 'dark' || this.#isBlocked(station.name, end.peer)) this.#awaitSilence(other);
      else {
        const lastMs = Math.max(nowMs, end.lastArrivalMs);
        const { cut } = this.#luck.of(station.name, end.peer);
        const cutMs = how === 'closed' ? lastMs : cut.between(nowMs, lastMs);
        this.#breakLater(other, cutMs, `${station.name} closed the connection`);
      }
    }
    station.ends.clear();
  }

  /** A machine that is back resets the connections that its peers still believe in. */
  #answerStrangers(station: Station): void {
    for (const peer of this.#stations.values()) {
      const end = peer.ends.get(station.name);
      if (end?.other === undefined || this.#isApart(peer.name, station.name)) continue;
      this.#breakLater(end, this.#clock.nowMs() + this.#delayMs(end), 'the connection was reset');
    }
  }

  // ------------------------------------------------------------------------------- partitions

  #block(blocks: readonly Block[]): Partition {
    for (const block of blocks) this.#blocks.add(block);
    for (const end of this.#openEnds()) {
      if (this.#isApart(end.station.name, end.peer)) this.#awaitSilence(end);
    }
    this.#observer.onEvent('a partition begins');
    return { heal: () => this.#unblock(blocks) };
  }

  #unblock(blocks: readonly Block[]): void {
    if (!blocks.some((block) => this.#blocks.has(block))) return;
    for (const block of blocks) this.#blocks.delete(block);
    this.#observer.onEvent('a partition heals');
    for (const end of this.#openEnds()) {
      if (this.#isApart(end.station.name, end.peer)) continue;
      if (end.other?.attached === true) {
        end.cancelSilence?.();
        end.cancelSilence = undefined;
        this.#flush(end);
      } else if (end.other?.station.state !== 'dark') {
        // The other end gave up meanwhile: whatever is said to it now is answered with a reset.
        this.#breakLater(end, this.#arrivalMs(end), 'the connection was reset');
      }
    }
  }

  #openEnds(): End[] {
    return [...this.#stations.values()].flatMap((station) =>
      [...station.ends.values()].filter((end) => end.other !== undefined),
    );
  }

  /** In this direction. */
  #isBlocked(from: string, to: string): boolean {
    for (const block of this.#blocks) if (block.from.has(from) && block.to.has(to)) return true;
    return false;
  }

  /** In one of the directions, which is enough to keep two from shaking hands. */
  #isApart(one: string, other: string): boolean {
    return this.#isBlocked(one, other) || this.#isBlocked(other, one);
  }
}

function newEnd(station: Station, peer: string, nowMs: number): End {
  return {
    station,
    peer,
    other: undefined,
    attached: true,
    doomed: false,
    waiting: [],
    lastArrivalMs: nowMs,
    cancelSilence: undefined,
  };
}

/** A node that only dials (behind NAT, or a short-lived tool) is called `name:0`. */
function isDialable(node: string): boolean {
  return !node.endsWith(':0');
}
