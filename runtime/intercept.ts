/**
 * The one place where any message can be watched, held, dropped, doubled or made up: for tests, for
 * the simulation's checks and for people who look into a running node.
 *
 * An interceptor sees every message of its node once: what is sent here, before it enters a mailbox
 * or leaves for another node, and what comes from other nodes and was accepted. The first one that
 * says anything but `deliver` decides. What is held waits, in order, until it is released.
 */
import type { AnyAddress, Tagged } from './actor.ts';
import type { Envelope } from './envelope.ts';
import { describeError } from './errors.ts';
import type { Kernel } from './kernel.ts';

export interface InterceptedMessage {
  readonly to: AnyAddress;
  readonly from: AnyAddress | undefined;
  readonly id: number;
  /** The node that gave the id: another one's for what comes from there. */
  readonly node: string;
  readonly causeId: number;
  readonly causeNode: string;
  readonly message: Tagged;
}

export type Interception = 'deliver' | 'drop' | 'hold' | 'duplicate';

export type InterceptHook = (message: InterceptedMessage) => Interception;

/** Held messages of one interceptor; what comes on top is delivered, and that is logged. */
const HELD_COUNT_MAX = 100_000;

export interface Interceptor {
  /** What is held, oldest first. */
  held(): readonly InterceptedMessage[];
  /** Delivers the oldest `countMax` held messages. @returns how many there were */
  release(countMax?: number): number;
  /** Delivers one held message, named by the node that numbered it and its id. */
  releaseOne(node: string, id: number): boolean;
  /** Makes one held message a dead letter (`dropped`). */
  dropOne(node: string, id: number): boolean;
  /** Sees nothing more; what it still holds is released. */
  remove(): void;
}

interface Held {
  readonly to: AnyAddress;
  readonly envelope: Envelope;
}

export class Interceptors {
  private readonly kernel: Kernel;
  private hooks: HookHandle[] = [];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  add(hook: InterceptHook): Interceptor {
    const handle = new HookHandle(this.kernel, hook, () => {
      this.hooks = this.hooks.filter((other) => other !== handle);
      this.kernel.delivery.intercepted = this.hooks.length > 0;
    });
    this.hooks = [...this.hooks, handle];
    this.kernel.delivery.intercepted = true;
    return handle;
  }

  /** @returns whether the caller is to deliver it now */
  pass(to: AnyAddress, envelope: Envelope): boolean {
    const seen = describe(to, envelope);
    for (const handle of this.hooks) {
      const verdict = this.ask(handle, seen);
      if (verdict === 'deliver') continue;
      if (verdict === 'hold') return !handle.keep(to, envelope);
      if (verdict === 'drop') {
        this.kernel.delivery.bury('dropped', to, envelope);
        return false;
      }
      // What an actor began itself ends once: a doubled timer would be one nobody set.
      if (envelope.origin === undefined) this.kernel.delivery.route(to, envelope.copy(undefined));
      return true;
    }
    return true;
  }

  /** A hook that fails lets pass: it must not make the sender crash. */
  private ask(handle: HookHandle, seen: InterceptedMessage): Interception {
    try {
      return handle.hook(seen);
    } catch (error) {
      this.kernel.log.error(`An interceptor failed: ${describeError(error)}`, { error });
      return 'deliver';
    }
  }

  /** A held message that its sender takes back. */
  withdraw(envelope: Envelope): void {
    for (const handle of this.hooks) handle.take((held) => held.envelope === envelope);
  }
}

class HookHandle implements Interceptor {
  readonly hook: InterceptHook;
  private readonly kernel: Kernel;
  private readonly onRemove: () => void;
  private kept: Held[] = [];

  constructor(kernel: Kernel, hook: InterceptHook, onRemove: () => void) {
    this.kernel = kernel;
    this.hook = hook;
    this.onRemove = onRemove;
  }

  keep(to: AnyAddress, envelope: Envelope): boolean {
    if (this.kept.length >= HELD_COUNT_MAX) {
      this.kernel.log.warn(`Cannot hold more than ${HELD_COUNT_MAX} messages: one passed`);
      return false;
    }
    this.kept.push({ to, envelope });
    return true;
  }

  take(matches: (held: Held) => boolean): Held | undefined {
    const index = this.kept.findIndex(matches);
    return index < 0 ? undefined : this.kept.splice(index, 1)[0];
  }

  held(): readonly InterceptedMessage[] {
    return this.kept.map(({ to, envelope }) => describe(to, envelope));
  }

  release(countMax = Number.POSITIVE_INFINITY): number {
    const released = this.kept.splice(0, Math.min(countMax, this.kept.length));
    for (const { to, envelope } of released) this.kernel.delivery.route(to, envelope);
    return released.length;
  }

  releaseOne(node: string, id: number): boolean {
    const held = this.take(({ envelope }) => envelope.id === id && envelope.node === node);
    if (held !== undefined) this.kernel.delivery.route(held.to, held.envelope);
    return held !== undefined;
  }

  dropOne(node: string, id: number): boolean {
    const held = this.take(({ envelope }) => envelope.id === id && envelope.node === node);
    if (held !== undefined) this.kernel.delivery.bury('dropped', held.to, held.envelope);
    return held !== undefined;
  }

  remove(): void {
    this.onRemove();
    this.release();
  }
}

function describe(to: AnyAddress, envelope: Envelope): InterceptedMessage {
  const { from, id, node, causeId, causeNode, message } = envelope;
  return { to, from, id, node, causeId, causeNode, message };
}
