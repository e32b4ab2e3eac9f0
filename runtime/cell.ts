/**
 * What the runtime keeps of one actor. Plain fields, all set in the constructor: a message costs
 * tens of nanoseconds, and one more hidden class would cost as much again.
 */
import type { ActorDefinition, Address, SpawnSettings, Tagged, TimerId } from './actor.ts';
import type { ControlNode } from './control.ts';
import type { Envelope } from './envelope.ts';
import type { HandlerEntry, HandlerTable } from './handler-table.ts';
import type { RemoteWatch, Watch } from './links.ts';
import { Mailbox } from './mailbox.ts';
import type { Timer } from './timers.ts';

/** A definition of which the runtime needs not know what it is made of. */
export type AnyDefinition = ActorDefinition<unknown, unknown, Tagged>;

export type CellPhase =
  /** Its next turn makes the state and calls `started`. */
  | 'starting'
  | 'running'
  /** It crashed, and waits for a verdict or for its restart; mail is kept. */
  | 'held'
  | 'stopping'
  | 'stopped';

export const DEFAULT_SETTINGS = {
  onCrash: 'restart',
  restartCountMax: 3,
  restartPeriodMs: 5000,
  restartDelayMsMin: 0,
  restartDelayMsMax: 30_000,
  mailboxCountMax: 100_000,
  overflow: 'dropNew',
  slowHandlerMs: 100,
  light: false,
} as const satisfies SpawnSettings;

export type CellSettings = Required<Omit<SpawnSettings, 'name'>>;

export class Cell {
  readonly name: string;
  readonly definition: AnyDefinition;
  readonly options: unknown;
  readonly settings: CellSettings;
  readonly parent: Cell | undefined;
  readonly table: HandlerTable;
  /** A small number for the flight recorder, never given twice on a node. */
  readonly index: number;
  /** Its address with its present incarnation: the `from` of what it sends. */
  address: Address<Tagged> & { readonly incarnation: number };
  /** Absent for a light actor. */
  control: ControlNode | undefined;
  context: unknown;
  state: unknown;
  phase: CellPhase = 'starting';
  /** It has a state, and `started` went well: it can be resumed. */
  ready = false;
  /** It stands in the run queue. */
  queued = false;
  /** It asked for its own end, or is to end with its current turn. */
  stopRequested = false;
  /** Something other than a message made it crash: a full mailbox, a promise returned. */
  pendingFault: { readonly error: unknown } | undefined = undefined;
  readonly mailbox = new Mailbox();
  /** The message being handled, or `idle` between turns. */
  current: Envelope;
  readonly idle: Envelope;
  /** The message whose handling started or restarted it. */
  beginCauseId: number;
  beginCauseNode: string;
  /** The handler used last: actors tend to hear the same thing again. */
  entry: HandlerEntry;
  handledCount = 0;
  sentCount = 0;
  deadCount = 0;
  restartCount = 0;
  crashCount = 0;
  slowCount = 0;
  restartsAtMs: readonly number[] = [];
  readonly startedAtMs: number;
  cancelRestart: (() => void) | undefined = undefined;
  children: Set<Cell> | undefined = undefined;
  timers: Map<TimerId, Timer> | undefined = undefined;
  /** Who hears of its end, here and on other nodes. */
  watchers: Set<Watch> | undefined = undefined;
  remoteWatchers: Set<RemoteWatch> | undefined = undefined;
  /** Whose end it wants to hear of. */
  watches: Map<string, Watch> | undefined = undefined;

  constructor(
    name: string,
    definition: AnyDefinition,
    options: unknown,
    settings: CellSettings,
    parent: Cell | undefined,
    table: HandlerTable,
    index: number,
    address: Address<Tagged> & { readonly incarnation: number },
    idle: Envelope,
    cause: Envelope,
    nowMs: number,
  ) {
    this.name = name;
    this.definition = definition;
    this.options = options;
    this.settings = settings;
    this.parent = parent;
    this.table = table;
    this.index = index;
    this.address = address;
    this.control = undefined;
    this.context = undefined;
    this.state = undefined;
    this.idle = idle;
    this.current = idle;
    this.beginCauseId = cause.id;
    this.beginCauseNode = cause.node;
    this.entry = table.first;
    this.startedAtMs = nowMs;
  }

  /** The address under which it can be reached as long as its name lives, restarts included. */
  addressByName(): Address<Tagged> {
    return { node: this.address.node, name: this.name };
  }
}
