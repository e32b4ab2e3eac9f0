/**
 * What an actor is: a name, a state, and one synchronous handler for each message it understands.
 *
 * An actor is a function of its messages. Time, chance and everything outside come through the
 * `Context`; what is slow is asked for by message and answered by message. A handler runs to its
 * end, so what it checked at the top still holds at the bottom.
 *
 * Delivery: at most once, in order from one actor to another. A message for nobody becomes a dead
 * letter. Messages are plain data (objects, arrays, strings, numbers, booleans, null, bytes): what
 * is sent locally could as well have crossed the wire, and must not be changed after sending.
 */
import type { Logger } from './log.ts';

/** Anything that can be sent: plain data that says what it is. */
export interface Tagged {
  readonly type: string;
}

/**
 * Where to send: a name on a node, printed `name@host:port`.
 *
 * With an `incarnation` (`name@host:port#17`) it means exactly the actor that had that number when
 * the address was made: a restarted or respawned one of the same name has another, and what is sent
 * to the old one becomes a dead letter. Without, it means whoever lives there under that name.
 * `Message` is what lives there; it exists only for the compiler.
 */
export interface Address<in Message> {
  readonly node: string;
  readonly name: string;
  readonly incarnation?: number;
  readonly __accepts?: (message: Message) => void;
}

/** An address of which only the identity matters: nothing can be sent to it. */
export type AnyAddress = Address<never>;

/**
 * Why an actor ended, or why it looks so from here.
 * `stopped`: it was stopped, or stopped itself. `crashed`: its supervisor stopped it after a fault.
 * `restarted`: it lost its state and lives on under a new incarnation. `noProcess`: there is none.
 * `noConnection`: its node can't be reached; the actor itself may well be alive.
 */
export type ExitReason = 'stopped' | 'crashed' | 'restarted' | 'noProcess' | 'noConnection';

/** What an actor hears once for each link or monitor it set, when the other end is gone. */
export interface Exited {
  readonly type: 'exited';
  readonly address: AnyAddress;
  readonly reason: ExitReason;
  /** Set when `monitor` asked; unset when `link` did. */
  readonly monitor?: MonitorId;
}

export type TimerId = number & { readonly __brand: 'TimerId' };
export type MonitorId = number & { readonly __brand: 'MonitorId' };

/** What becomes of a question: which message to self stands for the answer, and which for none. */
export interface AskOutcome<Reply, Message> {
  readonly timeoutMs: number;
  readonly onReply: (reply: Reply) => Message;
  readonly onTimeout: () => Message;
}

/**
 * What a handler has in its hands. Everything that is not the message or the state comes from here.
 * Its methods are called on it (`context.send(…)`), never taken out of it.
 */
export interface Context<Options, Message extends Tagged> {
  readonly self: Address<Message>;
  readonly options: Options;
  /**
   * Who sent the message being handled; absent for timers and for what came from outside actors of
   * this node. From outside the actors of another node, it names that node and no actor of it.
   */
  readonly sender: AnyAddress | undefined;
  /** Milliseconds since 1970, never running backwards. */
  nowMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** A version 4 UUID made of `random`: 122 bits that on a real machine nobody can guess. */
  uuid(): string;

  send<To extends Tagged>(to: Address<To>, message: NoInfer<To>): void;
  /** After `cancel` the message is never delivered, even if it already stood in the mailbox. */
  sendSelfAfter(delayMs: number, message: Message): TimerId;
  cancel(timer: TimerId): void;
  /**
   * Sends a request that carries `replyTo`, an address good for one answer. Exactly one of the two
   * outcomes comes back as a message to self; a late or second answer is a dead letter.
   */
  ask<To extends Tagged, Reply extends Tagged>(
    to: Address<To>,
    request: (replyTo: Address<Reply>) => NoInfer<To>,
    outcome: AskOutcome<Reply, Message>,
  ): void;
  /** Settles later as a message to self: how promises of the outside world enter an actor. */
  defer<Value>(
    promise: Promise<Value>,
    outcome: {
      readonly onValue: (value: Value) => Message;
      readonly onError: (error: unknown) => Message;
    },
  ): void;

  /** Hear `exited` once when `other` is gone. One link per pair; linking twice changes nothing. */
  link(other: AnyAddress): void;
  unlink(other: AnyAddress): void;
  /** Like `link`, but each call is a watch of its own, named by the id in `exited`. */
  monitor(other: AnyAddress): MonitorId;
  demonitor(monitor: MonitorId): void;

  /** Starts a child. @throws when the name is taken on this node or is not a legal name */
  spawn<ChildOptions, ChildState, ChildMessage extends Tagged>(
    definition: ActorDefinition<ChildOptions, ChildState, ChildMessage>,
    options: ChildOptions,
    settings?: SpawnSettings,
  ): Address<ChildMessage>;
  /** Stops a child, or self when left out: first its children, last started first, then it. */
  stop(actor?: AnyAddress): void;
  readonly log: Logger;
}

/** One handler per message type: the compiler refuses a missing one. */
export type Handlers<Options, State, Message extends Tagged> = {
  readonly [M in Message as M['type']]: (
    state: State,
    message: M,
    context: Context<Options, Message>,
  ) => void;
};

export interface ActorDefinition<Options, State, Message extends Tagged> {
  /** The name it gets when `SpawnSettings.name` gives none; made unique as `name(2)`, `name(3)`. */
  readonly name: string;
  /** Called at the start and at each restart. */
  initialState(options: Options): State;
  /** The first turn, before any message; again after a restart. */
  started?(state: State, context: Context<Options, Message>): void;
  readonly handlers: Handlers<Options, State, Message>;
  /**
   * Looks at a message that came from another node before it may enter the mailbox.
   * @returns what is wrong with it and where (`offerIds[3]: expected a string`), or undefined.
   * A faulty one becomes a dead letter (`refused`) and is logged; without `accepts`, every message
   * from another node is refused: an outsider can never reach a handler with what it doesn't expect.
   */
  readonly accepts?: (message: Tagged) => string | undefined;
  /** The last turn, when it is stopped or about to be restarted. May send, but not spawn or ask. */
  stopped?(state: State, context: Context<Options, Message>): void;
  /** The state as plain data for those who look in; what is secret left out. Default: the state. */
  inspect?(state: State): unknown;
}

/** What a supervisor does with a child that crashed. */
export type CrashDecision = 'restart' | 'resume' | 'stop' | 'escalate';

export interface SpawnSettings {
  /** Exact name; letters, digits and `-_.$+!*'(),`. Without: the definition's, made unique. */
  readonly name?: string;
  /** Default `restart`. More than `restartCountMax` restarts in `periodMs` escalate. */
  readonly onCrash?: CrashDecision;
  /** Default 3. */
  readonly restartCountMax?: number;
  /** Default 5000. */
  readonly restartPeriodMs?: number;
  /** Wait before a restart, doubling with each in the period. Default 0: at once. */
  readonly restartDelayMsMin?: number;
  readonly restartDelayMsMax?: number;
  /**
   * Messages that may wait. Default 100 000; what is over it is treated as `overflow` says. What comes
   * from the actor itself, its parent or its children is not counted out: it is never dropped.
   */
  readonly mailboxCountMax?: number;
  /** Default `dropNew`: the arriving message becomes a dead letter; `dropOld`: the oldest does. */
  readonly overflow?: 'dropNew' | 'dropOld' | 'crash';
  /** One turn longer than this is logged and counted. Default 100. */
  readonly slowHandlerMs?: number;
  /**
   * Default false. A light actor has no supervision node of its own: when it crashes it stops, and
   * who linked it hears. For actors by the thousand: one per task, per connection, per request.
   */
  readonly light?: boolean;
}

/** Identity; it exists to let the compiler check a definition where it is written. */
export function defineActor<Options, State, Message extends Tagged>(
  definition: ActorDefinition<Options, State, Message>,
): ActorDefinition<Options, State, Message> {
  return definition;
}
