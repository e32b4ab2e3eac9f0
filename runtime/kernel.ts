/** What the parts of one node's runtime share. Each part holds one thing; none holds another's. */
import type { AnyAddress } from './actor.ts';
import { Asks } from './ask.ts';
import type { Cell } from './cell.ts';
import { ControlPlane } from './control.ts';
import { DeadLetters } from './dead-letters.ts';
import { Delivery } from './delivery.ts';
import { Dispatcher, type DispatcherLimits } from './dispatcher.ts';
import { Envelope } from './envelope.ts';
import { HandlerTables } from './handler-table.ts';
import type { Carrier, Host } from './host.ts';
import { firstNumber } from './incarnation.ts';
import { Interceptors } from './intercept.ts';
import { Lifecycle } from './lifecycle.ts';
import { Links } from './links.ts';
import { type Logger, logger } from './log.ts';
import { type FlightRecord, Recorder } from './recorder.ts';
import { Timers } from './timers.ts';

export interface KernelSettings {
  readonly node: string;
  readonly incarnation: number;
  readonly host: Host;
  readonly carrier: Carrier | undefined;
  readonly limits: DispatcherLimits;
  readonly onFatal: (error: unknown, actor: AnyAddress) => void;
}

export class Kernel {
  readonly node: string;
  readonly incarnation: number;
  readonly host: Host;
  readonly carrier: Carrier | undefined;
  readonly onFatal: (error: unknown, actor: AnyAddress) => void;
  readonly log: Logger;
  /** What stands for the cause of what comes from outside actors: id 0. */
  readonly idle: Envelope;
  readonly cells = new Map<string, Cell>();
  readonly tables = new HandlerTables();
  readonly deadLetters: DeadLetters;
  readonly control = new ControlPlane();
  readonly recorder: Recorder;
  readonly interceptors: Interceptors;
  readonly delivery: Delivery;
  readonly dispatcher: Dispatcher;
  readonly timers: Timers;
  readonly asks: Asks;
  readonly links: Links;
  readonly lifecycle: Lifecycle;
  /** See `incarnation.ts`. */
  readonly firstNumber: number;
  readonly startedAtMs: number;
  /** Set by the shutdown: nothing new is started. */
  closing = false;

  constructor({ node, incarnation, host, carrier, limits, onFatal }: KernelSettings) {
    this.node = node;
    this.incarnation = incarnation;
    this.firstNumber = firstNumber(incarnation);
    this.host = host;
    this.carrier = carrier;
    this.onFatal = onFatal;
    this.startedAtMs = host.nowMs();
    this.log = logger(node, () => host.nowMs(), host.logSink);
    this.idle = new Envelope(0, node, 0, node, undefined, { type: '' }, undefined);
    this.recorder = new Recorder(node);
    this.deadLetters = new DeadLetters(this.log);
    this.interceptors = new Interceptors(this);
    this.delivery = new Delivery(this);
    this.dispatcher = new Dispatcher(this, limits);
    this.timers = new Timers(this);
    this.asks = new Asks(this);
    this.links = new Links(this);
    this.lifecycle = new Lifecycle(this);
  }

  /** The newest messages handled, newest first; of one actor, if one is named. */
  records(offset: number, countMax: number, actor?: string): FlightRecord[] {
    const names = new Map([...this.cells.values()].map(({ index, name }) => [index, name]));
    return this.recorder.list({
      actorAt: (index) => names.get(index),
      typeAt: (index) => this.tables.typeAt(index),
      matches: (record) => actor === undefined || record.actor === actor,
      offset,
      countMax,
    });
  }

  /** The actor that lives here under this address; undefined for an old incarnation. */
  find(address: AnyAddress): Cell | undefined {
    if (address.node !== this.node) return undefined;
    const cell = this.cells.get(address.name);
    const { incarnation } = address;
    if (incarnation !== undefined && incarnation !== cell?.address.incarnation) return undefined;
    return cell;
  }
}
