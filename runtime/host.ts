/**
 * The port to everything outside: clock, chance, timers, turns, carrier, log.
 *
 * `runtime/node-host.ts` implements it on a real machine, `test/kit/virtual-host.ts` under a
 * virtual clock and one seed. Nothing else in the product reads a clock, rolls dice or waits.
 */
import type { AnyAddress, ExitReason, Tagged } from './actor.ts';
import type { LogSink } from './log.ts';

export interface Host {
  /** Milliseconds since 1970 with fractions, never running backwards. */
  nowMs(): number;
  /**
   * Uniform in [0, 1). On a real machine of the operating system's own chance: who has seen some
   * numbers can't tell others, so ids and secrets are made of it. Virtual hosts draw it from a seed.
   */
  random(): number;
  /** @returns a function that cancels; calling it late or twice does nothing */
  setTimer(delayMs: number, callback: () => void): () => void;
  /** Runs `turn` soon, after the caller has returned. `fair`: let I/O have its turn first. */
  schedule(turn: () => void, fair: boolean): void;
  readonly logSink: LogSink;
}

/** What travels between nodes. */
export type Signal =
  | MessageSignal
  /** `from` wants to hear when `to` is gone. */
  | { readonly kind: 'link'; readonly to: AnyAddress; readonly from: AnyAddress }
  | { readonly kind: 'unlink'; readonly to: AnyAddress; readonly from: AnyAddress }
  /** Tells `to`, who linked it, that `from` is gone. */
  | {
      readonly kind: 'exited';
      readonly to: AnyAddress;
      readonly from: AnyAddress;
      readonly reason: ExitReason;
    };

export interface MessageSignal {
  readonly kind: 'message';
  readonly to: AnyAddress;
  /** Absent when it came from outside actors. Its node is the one that the wire proved. */
  readonly from: AnyAddress | undefined;
  /** A counter of the node that sent it; `node/id` is unique while that node's process lives. */
  readonly id: number;
  /** The message whose handling led to this one: its id and the node that gave it; 0 for none. */
  readonly causeId: number;
  readonly causeNode: string;
  readonly message: Tagged;
}

/**
 * Carries signals to other nodes: at most once, in order for each pair of nodes, never blocking and
 * never throwing. When it gives up on a node (refused, unreachable, connection lost, congested), it
 * says so by `nodeLost`, once for each time it had a connection or tried in vain to make one.
 */
export interface Carrier {
  send(signal: Signal): void;
  /** Called once by the system before anything is sent. */
  attach(receiver: CarrierReceiver): void;
  /** Closes all connections after what was sent is out, at most `timeoutMs` later. */
  close(timeoutMs: number): Promise<void>;
}

export interface CarrierReceiver {
  /** `fromNode` is the node the other side proved or claimed in its handshake. */
  deliver(fromNode: string, signal: Signal): void;
  /** All links between here and `node` are broken. `reason` is a sentence for the log. */
  nodeLost(node: string, reason: string): void;
  /** A message that was accepted by `send` and will not leave: it becomes a dead letter. */
  undeliverable(signal: MessageSignal, reason: DeadLetterReason): void;
}

export type DeadLetterReason =
  | 'noProcess'
  | 'staleIncarnation'
  | 'stopped'
  | 'crashed'
  | 'overflow'
  | 'unknownType'
  | 'dropped'
  | 'lateReply'
  | 'noConnection'
  | 'congested'
  | 'refused';
