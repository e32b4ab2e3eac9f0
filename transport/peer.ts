/**
 * One other node: what waits for it, the connection that stands or is being made, and what is done
 * when either fails.
 *
 *     idle ──sent──▶ dialling ──greeted──▶ connected
 *      ▲  ▲            │ in vain               │ lost
 *      │  │            ▼                       │
 *      │  └─nothing── waiting ◀────────────────┘
 *      │    waits      └──after a while, when something waits──▶ dialling
 *
 * When a connection is lost or a dial was in vain, that is told once (`nodeLost`): what waited
 * becomes undeliverable, all links are broken, and there is nothing to keep up until somebody sends
 * again. The next dial then waits a while, longer after each failure, with jitter.
 */
import { jitteredBackoffMs } from '../runtime/backoff.ts';
import type { CarrierReceiver, DeadLetterReason, Host, Signal } from '../runtime/host.ts';
import type { Logger } from '../runtime/log.ts';
import { CLOSE, isMisfit } from './close-codes.ts';
import { WireFault } from './codec.ts';
import type { Connection } from './connection.ts';

import type { Hello, Identity, PairState } from './handshake.ts';
import type { TransportLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

/** So often in a row the other side's dial may be said to come instead of ours. */
const DUPLICATE_COUNT_MAX = 5;
/** The time for an answer doubles so often at most. */
const PATIENCE_DOUBLED_MAX = 4;
/** A misfit counts as so many failures: waiting does not mend it. */
const MISFIT_FAILURE_COUNT = 10;

/** A connection as those see it who look in. */
export interface ConnectionView {
  readonly node: string;
  readonly incarnation: number;
  readonly dialledByUs: boolean;
  readonly connectedAtMs: number;
  readonly roundTripMs: number | undefined;
  readonly bufferedBytes: number;
  readonly congested: boolean;
  readonly sentMessages: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedFrames: number;
}

/** What a peer needs of those around it. */
export interface PeerSurroundings {
  readonly host: Host;
  readonly log: Logger;
  readonly limits: TransportLimits;
  readonly identity: Identity;
  readonly receiver: CarrierReceiver;
  dial(peer: Peer): Connection;
  /** It holds nothing that would be missed. */
  forget(peer: Peer): void;
  /** Runs `flush` when all that has come in by now is handed over: once for what all of it made us send. */
  flushLater(flush: () => void): void;
}

export class Peer {
  readonly node: string;
  /** Of the last connection. */
  incarnation = 0;
  /** The last dial of theirs that we accepted. */
  acceptedDial = 0;

  readonly #around: PeerSurroundings;
  readonly #canBeDialled: boolean;
  #outbox: Outbox;
  #connection: Connection | undefined;
  #connectedAtMs = 0;
  #dialling: Connection | undefined;
  /** Set while the next dial has to wait. */
  #cancelWait: (() => void) | undefined;
  /** Dials in vain and connections lost early, in a row. */
  #failureCount = 0;
  /** Of these, the last ones that had no answer in time. */
  #silentCount = 0;
  #congested = false;
  #refusedCount = 0;
  #lossScheduled = false;
  #closing = false;

  constructor(node: string, around: PeerSurroundings) {
    this.node = node;
    this.#around = around;
    this.#canBeDialled = !node.endsWith(':0');
    this.#outbox = this.#newOutbox();
  }

  get isIdle(): boolean {
    return (
      this.#connection === undefined &&
      this.#dialling === undefined &&
      this.#cancelWait === undefined &&
      !this.#lossScheduled
    );
  }

  /** Waits for a connection, with something to send by it. */
  get isAwaited(): boolean {
    return this.#dialling !== undefined && !this.#outbox.isEmpty;
  }

  get pair(): PairState {
    const connection = this.#connection;
    return {
      greeting: this.#dialling?.hasGreeted ?? false,
      connected:
        connection === undefined
          ? undefined
          : {
              incarnation: this.incarnation,
              dialledByUs: connection.dialled !== undefined,
              dial: connection.dial,
            },
    };
  }

  get view(): ConnectionView | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    return {
      node: this.node,
      incarnation: this.incarnation,
      dialledByUs: connection.dialled !== undefined,
      connectedAtMs: this.#connectedAtMs,
      roundTripMs: connection.roundTripMs,
      bufferedBytes: this.#outbox.bufferedBytes,
      congested: this.#congested,
      sentMessages: this.#outbox.sentMessages,
      sentFrames: this.#outbox.sentFrames,
      sentBytes: this.#outbox.sentBytes,
      receivedMessages: connection.receivedMessages,
      receivedFrames: connection.receivedFrames,
    };
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /**
   * For the next dial. Where many dial at once, all are answered late: who gives up then has wasted the
   * other side's time, and dials again with the others. So each has more patience than the one before.
   */
  get handshakeTimeoutMs(): number {
    const { handshakeTimeoutMs } = this.#around.limits;
    return handshakeTimeoutMs * 2 ** Math.min(this.#silentCount, PATIENCE_DOUBLED_MAX);
  }

  isDialledBy(connection: Connection): boolean {
    return this.#dialling === connection;
  }

  // ------------------------------------------------------------------------------------- sending

  send(signal: Signal): void {
    const { log, identity } = this.#around;
    if (this.#connection === undefined && (this.#closing || !this.#canBeDialled)) {
      this.#undeliverable(signal, 'noConnection');
      this.#tellUnreachable();
      return;
    }
    if (signal.from !== undefined && signal.from.node !== identity.node) {
      log.warn(`Cannot send in the name of "${signal.from.node}": this is "${identity.node}"`);
      this.#undeliverable(signal, 'refused');
      return;
    }
    try {
      this.#enqueue(signal);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      const what = signal.kind === 'message' ? `message "${signal.message.type}"` : signal.kind;
      log.warn(`Cannot send ${what} to "${signal.to.name}@${this.node}": ${error.message}`);
      this.#undeliverable(signal, 'refused');
    }
    if (this.#connection === undefined) this.#dialWhenDue();
  }

  #enqueue(signal: Signal): void {
    switch (this.#outbox.send(signal)) {
      case 'sent': {
        this.#watchCongestion();
        return;
      }
      case 'congested':
        this.#refusedCount++;
        {
          this.#undeliverable(signal, 'congested');
          return;
        }
      case 'overrun': {
        const reason = 'links and exits that wait for it pile up';
        if (this.#connection !== undefined) this.#connection.end(CLOSE.overrun, reason);
        else this.#tellLoss(`Cannot connect with "${this.node}": ${reason}`);
      }
    }
  }

  #watchCongestion(): void {
    const { waitingBytes } = this.#outbox;
    const { congestedBytes } = this.#around.limits;
    if (
      this.#congested ===
      waitingBytes > (this.#congested ? congestedBytes / 2 : congestedBytes)
    ) {
      return;
    }
    this.#congested = !this.#congested;
    if (this.#congested) {
      this.#around.log.warn(`"${this.node}" takes less than we send`, { waitingBytes });
    } else {
      this.#around.log.info(`"${this.node}" keeps up again`, { refusedCount: this.#refusedCount });
    }
    this.#refusedCount = 0;
  }

  #undeliverable(signal: Signal, reason: DeadLetterReason): void {
    if (signal.kind === 'message') this.#around.receiver.undeliverable(signal, reason);
  }

  // ---------------------------------------------------------------------------------- connecting

  #dialWhenDue(): void {
    if (this.#dialling !== undefined || this.#cancelWait !== undefined || this.#closing) return;
    this.#dialling = this.#around.dial(this);
  }

  /** `connection` is the one from now on; `lossReason` says why the one that stood is not. */
  establish(connection: Connection, hello: Hello, lossReason: string): void {
    const standing = this.#connection;
    const dialling = this.#dialling;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#connection = connection;
    this.#connectedAtMs = this.#around.host.nowMs();
    this.#silentCount = 0;
    this.#dialling = undefined;
    if (connection.dialled === undefined) this.acceptedDial = hello.dial;
    else if (this.incarnation !== hello.incarnation) this.acceptedDial = 0;
    this.incarnation = hello.incarnation;
    // The new one stands before the loss of the old one is told: what is sent in answer takes it.
    if (standing !== undefined) {
      standing.end(CLOSE.superseded, 'A newer connection of the same nodes has taken its place');
      this.#tellLoss(`The connection with "${this.node}" ended: ${lossReason}`);
    }
    if (dialling !== connection) {
      dialling?.end(CLOSE.superseded, 'The other side has dialled too, and that connection stays');
    }
    this.#note(`Connected with "${this.node}"`, {
      incarnation: hello.incarnation,
      dialledByUs: connection.dialled !== undefined,
    });
    connection.establish(hello, this.#outbox);
  }

  /** One of its connections has ended. */
  ended(connection: Connection, code: number, reason: string): void {
    if (connection === this.#dialling) this.#dialFailed(code, reason);
    else if (connection === this.#connection) this.#lost(code, reason);
  }

  #dialFailed(code: number, reason: string): void {
    const { log } = this.#around;
    this.#dialling = undefined;
    this.#failureCount++;
    this.#silentCount = code === CLOSE.silent ? this.#silentCount + 1 : 0;
    // The other side's dial is to stay, and is on its way; should it not come, we dial again.
    if (code === CLOSE.duplicate && this.#failureCount <= DUPLICATE_COUNT_MAX && !this.#closing) {
      this.#waitToDial();
      return;
    }
    const text = `Cannot connect with "${this.node}": ${reason}`;
    if (this.#closing) log.debug(text, { code });
    else if (this.#failureCount === 1) log.warn(text, { code });
    else log.debug(text, { code, failureCount: this.#failureCount });
    if (isMisfit(code)) this.#failureCount += MISFIT_FAILURE_COUNT;
    this.#waitToDial();
    this.#tellLoss(text);
  }

  #lost(code: number, reason: string): void {
    const { host, limits, log } = this.#around;
    this.#connection = undefined;
    const isEarly = host.nowMs() - this.#connectedAtMs < limits.reconnectDelayMsMax;
    this.#failureCount = isEarly ? this.#failureCount + 1 : 0;
    const text = `The connection with "${this.node}" ended: ${reason}`;
    if (isMisfit(code)) log.warn(text, { code });
    else this.#note(text, { code });
    this.#waitToDial();
    this.#tellLoss(text);
  }

  /** Those who only dial come and go with each command of a person: that is no news. */
  #note(text: string, fields: Readonly<Record<string, unknown>>): void {
    const { log } = this.#around;
    if (this.#canBeDialled) log.info(text, fields);
    else log.debug(text, fields);
  }

  #waitToDial(): void {
    const { host, limits } = this.#around;
    if (!this.#canBeDialled) {
      this.#around.forget(this);
      return;
    }
    if (this.#closing) return;
    const delayMs = jitteredBackoffMs(
      this.#failureCount,
      { delayMsMin: limits.reconnectDelayMsMin, delayMsMax: limits.reconnectDelayMsMax },
      () => host.random(),
    );
    this.#cancelWait = host.setTimer(delayMs, () => {
      this.#cancelWait = undefined;
      if (!this.#outbox.isEmpty) this.#dialWhenDue();
    });
  }

  // -------------------------------------------------------------------------------------- giving up

  /** What waits becomes undeliverable; all links with the node are broken. */
  #tellLoss(reason: string): void {
    const { receiver } = this.#around;
    const waiting = this.#outbox.close();
    this.#outbox = this.#newOutbox();
    this.#congested = false;
    for (const message of waiting) receiver.undeliverable(message, 'noConnection');
    receiver.nodeLost(this.node, reason);
  }

  /** For a node that can't be dialled: told once for all that is sent to it in one turn. */
  #tellUnreachable(): void {
    if (this.#lossScheduled || this.#closing) return;
    this.#lossScheduled = true;
    this.#around.host.schedule(() => {
      this.#lossScheduled = false;
      if (this.#connection !== undefined) return;
      this.#around.forget(this);
      this.#around.receiver.nodeLost(
        this.node,
        `Cannot connect with "${this.node}": it can't be dialled, and has no connection with us`,
      );
    }, false);
  }

  /** The transport closes: dials only go on when something waits for them. */
  close(): void {
    this.#closing = true;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    if (this.#connection !== undefined || this.isAwaited) return;
    for (const message of this.#outbox.close()) this.#undeliverable(message, 'noConnection');
  }

  #newOutbox(): Outbox {
    const { limits, flushLater } = this.#around;
    return new Outbox(limits, flushLater);
  }
}
