/** The context of one actor: made once, used for every turn. */
import type {
  ActorDefinition,
  Address,
  AnyAddress,
  AskOutcome,
  Context,
  MonitorId,
  SpawnSettings,
  Tagged,
  TimerId,
} from './actor.ts';
import { formatAddress } from './address.ts';
import type { AnyDefinition, Cell } from './cell.ts';
import type { Delivery } from './delivery.ts';
import type { Origin } from './envelope.ts';
import { runtimeError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { type Logger, logger } from './log.ts';

/** What stands in the mailbox when a promise has settled. */
const SETTLED: Tagged = { type: 'deferred' };

export class ActorContext implements Context<unknown, Tagged> {
  private readonly kernel: Kernel;
  private readonly delivery: Delivery;
  private readonly cell: Cell;
  private cellLogger: Logger | undefined = undefined;

  constructor(kernel: Kernel, cell: Cell) {
    this.kernel = kernel;
    this.delivery = kernel.delivery;
    this.cell = cell;
  }

  get self(): Address<Tagged> {
    return this.cell.address;
  }

  get options(): unknown {
    return this.cell.options;
  }

  get sender(): AnyAddress | undefined {
    return this.cell.current.from;
  }

  get log(): Logger {
    this.cellLogger ??= logger(
      formatAddress(this.cell.addressByName()),
      () => this.kernel.host.nowMs(),
      this.kernel.host.logSink,
    );
    return this.cellLogger;
  }

  nowMs(): number {
    return this.kernel.host.nowMs();
  }

  random(): number {
    return this.kernel.host.random();
  }

  uuid(): string {
    return uuid(() => this.kernel.host.random());
  }

  send<To extends Tagged>(to: Address<To>, message: NoInfer<To>): void {
    const { cell } = this;
    cell.sentCount++;
    this.delivery.send(to as AnyAddress, message, cell.address, cell.current);
  }

  sendSelfAfter(delayMs: number, message: Tagged): TimerId {
    return this.kernel.timers.set(this.cell, delayMs, message);
  }

  cancel(timer: TimerId): void {
    this.kernel.timers.cancel(this.cell, timer);
  }

  ask<To extends Tagged, Reply extends Tagged>(
    to: Address<To>,
    request: (replyTo: Address<Reply>) => To,
    outcome: AskOutcome<Reply, Tagged>,
  ): void {
    const { cell } = this;
    if (cell.phase !== 'running') {
      throw runtimeError('notNow', `Cannot ask for "${cell.name}": it is ending`);
    }
    const replyTo = this.kernel.asks.begin(
      cell,
      cell.current,
      outcome.timeoutMs,
      outcome.onReply as (reply: Tagged) => Tagged,
      outcome.onTimeout,
    );
    cell.sentCount++;
    this.delivery.send(to as AnyAddress, request(replyTo), cell.address, cell.current);
  }

  defer<Value>(
    promise: Promise<Value>,
    outcome: {
      readonly onValue: (value: Value) => Tagged;
      readonly onError: (error: unknown) => Tagged;
    },
  ): void {
    const { cell, delivery } = this;
    const { address } = cell;
    const { id, node } = cell.current;
    const settle = (open: () => Tagged) => {
      const origin: Origin = { incarnation: address.incarnation, open };
      delivery.deliver(address, delivery.enclose(id, node, SETTLED, origin));
    };
    promise.then(
      (value) => settle(() => outcome.onValue(value)),
      (error: unknown) => settle(() => outcome.onError(error)),
    );
  }

  link(other: AnyAddress): void {
    this.kernel.links.link(this.cell, other);
  }

  unlink(other: AnyAddress): void {
    this.kernel.links.unlink(this.cell, other);
  }

  monitor(other: AnyAddress): MonitorId {
    return this.kernel.links.monitor(this.cell, other);
  }

  demonitor(monitor: MonitorId): void {
    this.kernel.links.demonitor(this.cell, monitor);
  }

  spawn<ChildOptions, ChildState, ChildMessage extends Tagged>(
    definition: ActorDefinition<ChildOptions, ChildState, ChildMessage>,
    options: ChildOptions,
    settings?: SpawnSettings,
  ): Address<ChildMessage> {
    const { lifecycle } = this.kernel;
    return lifecycle
      .spawn(this.cell, definition as unknown as AnyDefinition, options, settings)
      .addressByName();
  }

  stop(actor?: AnyAddress): void {
    const { cell, kernel } = this;
    const target = actor === undefined ? cell : kernel.find(actor);
    if (target === undefined) return;
    if (target !== cell && target.parent !== cell) {
      const sentence = `Cannot stop "${target.name}": it is not a child of "${cell.name}"`;
      throw runtimeError('notAChild', sentence);
    }
    kernel.lifecycle.requestStop(target);
  }
}

/** A version 4 UUID of 122 random bits. */
function uuid(random: () => number): string {
  let text = '';
  for (let index = 0; index < 32; index++) {
    if (index === 8 || index === 12 || index === 16 || index === 20) text += '-';
    const digit = Math.floor(random() * 16);
    if (index === 12) text += '4';
    else text += (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }
  return text;
}
