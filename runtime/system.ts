/**
 * One node's actor system: actors, their mailboxes and turns, and the rim where those who are not
 * actors (programs, tests, servers) send to them, ask them and hear of their end.
 */
import type {
  ActorDefinition,
  Address,
  AnyAddress,
  Exited,
  ExitReason,
  SpawnSettings,
  Tagged,
} from './actor.ts';
import { defineActor } from './actor.ts';
import { formatAddress } from './address.ts';
import type { AnyDefinition } from './cell.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DispatcherLimits } from './dispatcher.ts';
import { runtimeError } from './errors.ts';
import type { Carrier, Host, Signal } from './host.ts';
import { INSPECTOR_NAME, inspector } from './inspect.ts';
import type { InterceptedMessage, InterceptHook, Interceptor } from './intercept.ts';
import { Kernel } from './kernel.ts';
import { type ActorMetrics, actorMetrics, type NodeMetrics, nodeMetrics } from './metrics.ts';

/** How long a shutdown waits for the carrier to send what was said. */
const CARRIER_CLOSE_TIMEOUT_MS = 2000;

export interface SystemOptions extends DispatcherLimits {
  /** `host:port`, as other nodes know it. */
  readonly node: string;
  /** Larger each time the node's process starts: milliseconds since 1970. See `incarnation.ts`. */
  readonly incarnation: number;
  readonly host: Host;
  /** Without one, there are no other nodes. */
  readonly carrier?: Carrier;
  /**
   * A top-level actor crashed and its policy escalates; the actor is stopped by then. Default: log
   * it as fatal and shut the system down.
   */
  readonly onFatal?: (error: unknown, actor: AnyAddress) => void;
}

export interface System {
  readonly node: string;
  readonly incarnation: number;
  readonly host: Host;
  /**
   * Starts an actor without a parent. The address is good for whoever lives under that name:
   * restarts included.
   * @throws CodedError nameTaken, nameIllegal, systemStopped
   */
  spawn<Options, State, Message extends Tagged>(
    definition: ActorDefinition<Options, State, Message>,
    options: Options,
    settings?: SpawnSettings,
  ): Address<Message>;
  /** Stops an actor of this node and its children; does nothing when there is none. */
  stop(actor: AnyAddress): void;
  send<To extends Tagged>(to: Address<To>, message: NoInfer<To>): void;
  /** @throws CodedError askTimedOut, at most 10 ms late; systemStopped */
  ask<To extends Tagged, Reply extends Tagged>(
    to: Address<To>,
    request: (replyTo: Address<Reply>) => NoInfer<To>,
    timeoutMs: number,
  ): Promise<Reply>;
  /** Resolves when `actor` is gone, at once (`noProcess`) when it is not there. */
  exited(actor: AnyAddress): Promise<ExitReason>;
  /** Watches, holds, drops or doubles messages; see `intercept.ts`. */
  intercept(hook: InterceptHook): Interceptor;
  /** A made-up message, from whomever it says; interceptors see it too. */
  inject(message: Pick<InterceptedMessage, 'to' | 'message'> & { from?: AnyAddress }): void;
  /** The counters of this node; what the inspector shows others. */
  metrics(): NodeMetrics;
  /** Those of one actor of this node; undefined when there is none of this name. */
  actorMetrics(name: string): ActorMetrics | undefined;
  /** The last dead letters of this node, oldest first. */
  deadLetters(): readonly DeadLetter[];
  /** Stops all actors, the last started first, then closes the carrier. Calling it twice is fine. */
  shutdown(): Promise<void>;
}

export function createSystem(options: SystemOptions): System {
  return new NodeSystem(options);
}

class NodeSystem implements System {
  readonly node: string;
  readonly incarnation: number;
  readonly host: Host;
  private readonly kernel: Kernel;
  private ending: Promise<void> | undefined = undefined;
  /** Ends the open questions of outsiders when the system ends. */
  private readonly openAsks = new Set<(error: Error) => void>();

  constructor(options: SystemOptions) {
    const { node, incarnation, host, carrier, onFatal } = options;
    this.node = node;
    this.incarnation = incarnation;
    this.host = host;
    this.kernel = new Kernel({
      node,
      incarnation,
      host,
      carrier,
      limits: options,
      onFatal: onFatal ?? ((error, actor) => this.fail(error, actor)),
    });
    this.spawn(inspector, { kernel: this.kernel }, { name: INSPECTOR_NAME, onCrash: 'resume' });
    carrier?.attach({
      deliver: (fromNode, signal) => this.receive(fromNode, signal),
      nodeLost: (lostNode, reason) => {
        this.kernel.log.debug(`Lost ${lostNode}: ${reason}`);
        this.kernel.links.nodeLost(lostNode);
      },
      undeliverable: (signal, reason) => this.kernel.delivery.comeBack(signal, reason),
    });
  }

  spawn<Options, State, Message extends Tagged>(
    definition: ActorDefinition<Options, State, Message>,
    options: Options,
    settings?: SpawnSettings,
  ): Address<Message> {
    return this.kernel.lifecycle
      .spawn(undefined, definition as unknown as AnyDefinition, options, settings)
      .addressByName();
  }

  stop(actor: AnyAddress): void {
    const cell = this.kernel.find(actor);
    if (cell !== undefined) this.kernel.lifecycle.requestStop(cell);
  }

  send<To extends Tagged>(to: Address<To>, message: NoInfer<To>): void {
    this.kernel.delivery.send(to as AnyAddress, message, undefined, this.kernel.idle);
  }

  ask<To extends Tagged, Reply extends Tagged>(
    to: Address<To>,
    request: (replyTo: Address<Reply>) => NoInfer<To>,
    timeoutMs: number,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.kernel.closing) {
        reject(runtimeError('systemStopped', `Cannot ask ${formatAddress(to)}: the system stops`));
        return;
      }
      this.openAsks.add(reject);
      const replyTo = this.kernel.asks.begin(
        undefined,
        this.kernel.idle,
        timeoutMs,
        (reply) => {
          this.openAsks.delete(reject);
          resolve(reply as Reply);
          return reply;
        },
        () => {
          this.openAsks.delete(reject);
          const sentence = `Cannot wait longer for an answer of ${formatAddress(to)}: ${timeoutMs} ms are over`;
          reject(runtimeError('askTimedOut', sentence));
          return NOTHING;
        },
      );
      this.send(to, request(replyTo));
    });
  }

  exited(actor: AnyAddress): Promise<ExitReason> {
    return new Promise((resolve) => {
      this.spawn(witness, { actor, onExited: resolve }, { light: true });
    });
  }

  intercept(hook: InterceptHook): Interceptor {
    return this.kernel.interceptors.add(hook);
  }

  inject({ to, from, message }: { to: AnyAddress; from?: AnyAddress; message: Tagged }): void {
    this.kernel.delivery.send(to, message, from, this.kernel.idle);
  }

  metrics(): NodeMetrics {
    return nodeMetrics(this.kernel);
  }

  actorMetrics(name: string): ActorMetrics | undefined {
    const cell = this.kernel.cells.get(name);
    return cell && actorMetrics(cell, this.kernel);
  }

  deadLetters(): readonly DeadLetter[] {
    return this.kernel.deadLetters.list();
  }

  shutdown(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<void> {
    const { kernel } = this;
    kernel.closing = true;
    // Not in the middle of a turn: it may be an actor that asked for this.
    await new Promise<void>((resolve) => this.host.schedule(resolve, true));
    kernel.lifecycle.stopAll();
    kernel.dispatcher.close();
    kernel.asks.closeAll();
    for (const reject of this.openAsks) {
      reject(runtimeError('systemStopped', `Cannot wait for an answer: ${this.node} stopped`));
    }
    this.openAsks.clear();
    kernel.control.close();
    await kernel.carrier?.close(CARRIER_CLOSE_TIMEOUT_MS);
  }

  private fail(error: unknown, actor: AnyAddress): void {
    this.host.logSink({
      level: 'fatal',
      atMs: this.host.nowMs(),
      source: formatAddress(actor),
      text: 'Nobody supervises this actor and it gave up: the system shuts down',
      fields: { error },
    });
    void this.shutdown();
  }

  private receive(fromNode: string, signal: Signal): void {
    const { links, delivery } = this.kernel;
    if (signal.kind === 'message') {
      delivery.receive(fromNode, signal);
    } else if (signal.from.node !== fromNode) {
      this.kernel.log.warn(`Cannot accept "${signal.kind}" from ${fromNode} for another node`, {
        from: formatAddress(signal.from),
      });
    } else if (signal.kind === 'link') {
      links.linked(signal.to, signal.from);
    } else if (signal.kind === 'unlink') {
      links.unlinked(signal.to, signal.from);
    } else {
      links.exited(signal.to, signal.from, signal.reason);
    }
  }
}

const NOTHING: Tagged = { type: '' };

/** Stands in the system for somebody outside who wants to hear of an actor's end. */
const witness = defineActor<
  { readonly actor: AnyAddress; readonly onExited: (reason: ExitReason) => void },
  null,
  Exited
>({
  name: 'witness',
  initialState: () => null,
  started: (_, context) => context.link(context.options.actor),
  handlers: {
    exited(_, { reason }, context) {
      context.options.onExited(reason);
      context.stop();
    },
  },
});
