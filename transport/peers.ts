/**
 * The carrier: the nodes we speak with, one connection for each, whoever dialled it.
 *
 * A node is dialled when something is sent to it. A node with port 0 is never dialled: it is
 * reached by the connection that it dialled, as long as that stands.
 */
import { describeError } from '../runtime/errors.ts';
import type { Carrier, CarrierReceiver, Host, Signal } from '../runtime/host.ts';
import type { Logger } from '../runtime/log.ts';
import { BROKEN_OFF, CLOSE } from './close-codes.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { PROTOCOL_VERSION } from './envelope.ts';
import { answerDial, answerWelcome, type Hello, type Identity, isNode } from './handshake.ts';
import type { TransportLimits } from './limits.ts';
import type { OutsiderLog } from './outsider-log.ts';
import { type ConnectionView, Peer, type PeerSurroundings } from './peer.ts';
import type { Wire } from './wire.ts';

export interface PeersSettings {
  readonly host: Host;
  readonly log: Logger;
  readonly outsiderLog: OutsiderLog;
  readonly identity: Identity;
  readonly limits: TransportLimits;
  readonly dialWire: (node: string) => Wire;
}

export class Peers implements Carrier, ConnectionOwner {
  readonly #settings: PeersSettings;
  readonly #peers = new Map<string, Peer>();
  /** Every connection whose wire is not closed yet. */
  readonly #connections = new Set<Connection>();
  /** Counts the dials of this process, to whatever node. */
  #dialCount = 0;
  /** To be called in one turn, after I/O had its own. */
  #flushes: (() => void)[] = [];
  #receiver: CarrierReceiver | undefined;
  #surroundings: PeerSurroundings | undefined;
  #closing: { readonly timeoutMs: number; readonly settle: () => void } | undefined;

  constructor(settings: PeersSettings) {
    this.#settings = settings;
  }

  // ------------------------------------------------------------------------------------- carrier

  attach(receiver: CarrierReceiver): void {
    const { host, log, limits, identity, dialWire } = this.#settings;
    const careful = withoutThrowing(receiver, log);
    this.#receiver = careful;
    this.#surroundings = {
      host,
      log,
      limits,
      identity,
      receiver: careful,
      dial: (peer) => this.#newConnection(dialWire(peer.node), peer),
      forget: (peer) => {
        if (this.#peers.get(peer.node) === peer) this.#peers.delete(peer.node);
      },
      flushLater: (flush) => this.#flushLater(flush),
    };
  }

  send(signal: Signal): void {
    const { node } = signal.to;
    const peer = this.#peers.get(node) ?? this.#addPeer(node);
    if (peer !== undefined) {
      peer.send(signal);
      return;
    }
    if (signal.kind === 'message') this.#receiver?.undeliverable(signal, 'refused');
    const reason = `Cannot connect with "${node}": it is no other node's name, or too many nodes are connected`;
    this.#settings.outsiderLog.warn(reason);
    if (node === this.#settings.identity.node) return;
    this.#settings.host.schedule(() => this.#receiver?.nodeLost(node, reason), false);
  }

  close(timeoutMs: number): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancelTimer = this.#settings.host.setTimer(timeoutMs, () => {
        for (const connection of this.#connections) connection.terminate();
        settle();
      });
      const settle = () => {
        cancelTimer();
        resolve();
      };
      this.#closing = { timeoutMs, settle };
      for (const peer of this.#peers.values()) peer.close();
      for (const connection of [...this.#connections]) {
        const peer =
          connection.dialled === undefined ? undefined : this.#peers.get(connection.dialled);
        if (peer?.isDialledBy(connection) && peer.isAwaited) continue;
        connection.end(CLOSE.goodbye, 'The node shuts down', timeoutMs);
      }
      this.#settleWhenClosed();
    });
  }

  // ---------------------------------------------------------------------------------- looking in

  views(): ConnectionView[] {
    return [...this.#peers.values()].flatMap((peer) => peer.view ?? []);
  }

  pause(node: string): void {
    this.#peers.get(node)?.connection?.pause();
  }

  resume(node: string): void {
    this.#peers.get(node)?.connection?.resume();
  }

  // ---------------------------------------------------------------------------- from connections

  /** Somebody dialled us. */
  accept(wire: Wire): void {
    const hasRoom = this.#connections.size < this.#settings.limits.peerCountMax;
    const connection = this.#newConnection(wire, undefined);
    if (this.#closing !== undefined || this.#receiver === undefined) {
      connection.end(CLOSE.goodbye, 'The node is starting or shutting down; try again later');
    } else if (!hasRoom) {
      connection.end(CLOSE.full, 'The node has as many connections as it may; try again later');
    }
  }

  greeted(connection: Connection, hello: Hello): void {
    if (connection.dialled === undefined) this.#greetedByStranger(connection, hello);
    else this.#greetedByDialled(connection, connection.dialled, hello);
    if (this.#closing !== undefined) {
      connection.end(CLOSE.goodbye, 'The node shuts down', this.#closing.timeoutMs);
    }
  }

  signal(node: string, signal: Signal): void {
    this.#receiver?.deliver(node, signal);
  }

  ended(connection: Connection, code: number, reason: string): void {
    const node = connection.dialled ?? connection.hello?.node;
    if (node !== undefined) {
      this.#peers.get(node)?.ended(connection, code, reason);
      return;
    }
    const { outsiderLog } = this.#settings;
    const text = `A connection from ${connection.remote} ended before its greeting: ${reason} (${code})`;
    // A peer that dialled at the same time as we did lets go of one of the two connections.
    if (code === BROKEN_OFF) outsiderLog.info(text);
    else outsiderLog.warn(text);
  }

  wireClosed(connection: Connection): void {
    this.#connections.delete(connection);
    this.#settleWhenClosed();
  }

  // ----------------------------------------------------------------------------------- greetings

  #greetedByStranger(connection: Connection, hello: Hello): void {
    const known = this.#peers.get(hello.node);
    const verdict = answerDial(this.#settings.identity, hello, known?.pair);
    if (verdict.kind === 'refuse') {
      const { outsiderLog } = this.#settings;
      const text = `Refused ${connection.remote}: ${verdict.sentence} (${verdict.code})`;
      if (verdict.code === CLOSE.duplicate) outsiderLog.info(text);
      else outsiderLog.warn(text);
      connection.refuse(hello, verdict.code, verdict.sentence);
      return;
    }
    const peer = known ?? this.#addPeer(hello.node);
    if (peer === undefined) {
      connection.refuse(hello, CLOSE.full, 'The node knows as many others as it may; try later');
      return;
    }
    peer.establish(connection, hello, verdict.kind === 'replace' ? verdict.reason : '');
  }

  #greetedByDialled(connection: Connection, dialled: string, hello: Hello): void {
    const peer = this.#peers.get(dialled);
    // Given up meanwhile; then it is closing, and nothing more comes from it.
    if (peer === undefined || !peer.isDialledBy(connection)) return;
    const verdict = answerWelcome(this.#settings.identity, dialled, hello);
    if (verdict.kind === 'refuse') connection.end(verdict.code, verdict.sentence);
    else peer.establish(connection, hello, '');
  }

  // --------------------------------------------------------------------------------------- small

  #addPeer(node: string): Peer | undefined {
    const { identity, limits } = this.#settings;
    if (this.#surroundings === undefined || this.#closing !== undefined) return undefined;
    if (!isNode(node) || node === identity.node) return undefined;
    if (this.#peers.size >= limits.peerCountMax && !this.#forgetIdlePeer()) return undefined;
    const peer = new Peer(node, this.#surroundings);
    this.#peers.set(node, peer);
    return peer;
  }

  /** Peers without a connection are kept, for what they know, as long as there is room. */
  #forgetIdlePeer(): boolean {
    for (const [node, peer] of this.#peers) if (peer.isIdle) return this.#peers.delete(node);
    return false;
  }

  #newConnection(wire: Wire, peer: Peer | undefined): Connection {
    const { host, limits, identity } = this.#settings;
    const connection = new Connection(wire, this, {
      host,
      limits,
      handshakeTimeoutMs: peer?.handshakeTimeoutMs ?? limits.handshakeTimeoutMs,
      dialled: peer?.node,
      hello: {
        protocol: PROTOCOL_VERSION,
        ...identity,
        dial: peer === undefined ? 0 : ++this.#dialCount,
        acceptedDial: peer?.acceptedDial ?? 0,
        acceptedIncarnation: peer?.incarnation ?? 0,
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  #flushLater(flush: () => void): void {
    if (this.#flushes.push(flush) > 1) return;
    this.#settings.host.schedule(() => {
      const flushes = this.#flushes;
      this.#flushes = [];
      for (const each of flushes) each();
    }, true);
  }

  #settleWhenClosed(): void {
    if (this.#connections.size === 0) this.#closing?.settle();
  }
}

/** A fault of ours above must not be the end of a connection, and less of the process. */
function withoutThrowing(receiver: CarrierReceiver, log: Logger): CarrierReceiver {
  const say = (what: string, error: unknown) =>
    log.error(`Cannot ${what}: ${describeError(error)}`, { error });
  return {
    deliver(fromNode, signal) {
      try {
        receiver.deliver(fromNode, signal);
      } catch (error) {
        say(`deliver what came from "${fromNode}"`, error);
      }
    },
    nodeLost(node, reason) {
      try {
        receiver.nodeLost(node, reason);
      } catch (error) {
        say(`tell that "${node}" is lost`, error);
      }
    },
    undeliverable(signal, reason) {
      try {
        receiver.undeliverable(signal, reason);
      } catch (error) {
        say('tell that a message is undeliverable', error);
      }
    },
  };
}
