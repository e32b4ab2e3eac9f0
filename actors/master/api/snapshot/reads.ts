/**
 * Reads: between the master, who knows, and clients, who want to know, so that reading costs the
 * master's loop nothing noticeable.
 *
 *     client ──▶ refresh ──poke──▶ master: compares its records with the book (`record-book.ts`)
 *                   ▲                  │ what is new, some at a time
 *                   │                  ▼
 *                answer ◀────────── engine (`read-model.ts`, on a thread of its own): keeps each
 *                                    record's encoded text, joins them to answers
 *
 * While nobody reads, nothing is done. However many read, the master is asked to look at most once in
 * `READ_AGE_MS_MAX`, equal questions about one state of things are answered by the same bytes, and
 * each record is encoded once for each change and encoding, on the other thread.
 *
 * Subscribers of events get the whole state first and then every event after it, in order, through
 * the same queue; an event that came while the master was being looked over may tell what that state
 * shows already.
 */
import type { MessageEncoding } from '../../../../transport/http/negotiation.ts';
import { HTTP_CACHE_HITS } from '../../metrics/counter-names.ts';
import { MasterMetrics } from '../../metrics/master-metrics.ts';
import type { MasterState } from '../../state.ts';
import { KeptAnswers } from './kept-answers.ts';
import type {
  OperatorEvent,
  ReadChange,
  ReadEngine,
  ReadGrants,
  ReadMaster,
  ReadQuestion,
  RecordChange,
} from './read-changes.ts';
import { RecordBook } from './record-book.ts';

/** How old an answer may be at the most; the headers say how old it is. */
export const READ_AGE_MS_MAX = 500;
/** Changes that are handed to the engine in one turn of the master: each costs about 10 µs. */
const CHANGES_PER_TURN_MAX = 250;
/** Events that the engine has not encoded yet: over it all subscribers are told the state afresh. */
const EVENTS_WAITING_MAX = 100_000;
/** Who waits for the master to be looked over; those over it are told to come again. */
const WAITING_MAX = 10_000;

/** The state of things that answers are about. */
export interface ReadMoment {
  /** Another one where anything differs. */
  readonly version: string;
  readonly asOfMs: number;
}

export interface ReadAnswer extends ReadMoment {
  /** Not to be changed: others are answered by the same. */
  readonly body: Uint8Array;
}

/** What the master says of itself when it is looked at. */
export type ReadLeader = Omit<ReadMaster, 'startedMs' | 'flags'>;

export interface ReadSubscriber {
  readonly encoding: MessageEncoding;
  /** The first is the whole state. Each is framed as RecordIO, and shared with other subscribers. */
  readonly tell: (record: Uint8Array) => void;
  /** It missed events: it is to subscribe again. Nothing more is told. */
  readonly lost: () => void;
  /** There are too many, or the master leads no longer. Nothing more is told. */
  readonly ended: () => void;
}

export interface ReadsOptions {
  readonly engine: ReadEngine;
  readonly heartbeatIntervalMs: number;
  readonly subscriberCountMax: number;
  /** Of the node, by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** Default: all that there is to count. */
  readonly metrics?: MasterMetrics;
}

type Outgoing =
  | RecordChange
  | { readonly kind: 'event'; readonly event: OperatorEvent }
  | {
      readonly kind: 'moment';
      readonly moment: ReadMoment;
      readonly waiting: readonly Waiting[];
      readonly joining: readonly ReadSubscriber[];
    };

interface Waiting {
  readonly resolve: (moment: ReadMoment) => void;
  readonly reject: (error: Error) => void;
}

export class Reads {
  /** Of the master of this node, whether it leads or not. */
  readonly metrics: MasterMetrics;
  readonly #options: ReadsOptions;
  #poke: (() => void) | undefined;
  #startedMs = 0;
  #leader: string | undefined;
  #grants: ReadGrants = { weights: [], quotas: [] };
  /** They have changed since the engine was told. */
  #grantsAreNew = false;
  #book = new RecordBook();
  #comparing: Generator<void, readonly RecordChange[]> | undefined;
  #comparedFrom = 0;
  #versionNumber = 0;
  #moment: ReadMoment | undefined;
  #outgoing: Outgoing[] = [];
  /** How many of them are with the engine. */
  #handedOver = 0;
  /** A `readsDue` is on its way to the master. */
  #isDue = false;
  /** Events while the master is looked over: they follow what is seen. */
  #held: OperatorEvent[] = [];
  #waiting: Waiting[] = [];
  #joining: ReadSubscriber[] = [];
  /** Oldest first. */
  readonly #subscribers = new Set<ReadSubscriber>();
  /** Those of them that have been told the state, or are about to be. */
  readonly #joined = new WeakSet<ReadSubscriber>();
  #eventsWaiting = 0;
  readonly #kept: KeptAnswers;

  constructor(options: ReadsOptions) {
    this.#options = options;
    this.metrics = options.metrics ?? new MasterMetrics();
    this.#kept = new KeptAnswers(options.engine, () => this.metrics.count(HTTP_CACHE_HITS));
  }

  get heartbeatIntervalMs(): number {
    return this.#options.heartbeatIntervalMs;
  }

  /** @param poke sends the master of this node, if one leads, a `readsDue` */
  open(startedMs: number, poke: () => void): void {
    this.#startedMs = startedMs;
    this.#poke = poke;
  }

  /** Of the master that leads, as they are now. */
  grants(): ReadGrants {
    return this.#grants;
  }

  /** Who waits for the master to be looked over. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  // ------------------------------------------------------------------------------ for clients

  /** @throws Error when no master of this node leads, or too many wait */
  async answer(question: ReadQuestion, nowMs: number): Promise<ReadAnswer> {
    const moment = await this.refresh(nowMs);
    return { ...moment, body: await this.#kept.answer(question) };
  }

  /** Resolves when the engine knows a state of things that is young enough. */
  refresh(nowMs: number): Promise<ReadMoment> {
    const moment = this.#moment;
    if (moment !== undefined && nowMs - moment.asOfMs <= READ_AGE_MS_MAX) {
      return Promise.resolve(moment);
    }
    if (this.#leader === undefined || this.#waiting.length >= WAITING_MAX) {
      const why = this.#leader === undefined ? NO_LEADER : 'Cannot read now: too many wait for it';
      return Promise.reject(new Error(why));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#wake();
    });
  }

  /** @returns a function that ends it, after which nothing is told */
  subscribe(subscriber: ReadSubscriber): () => void {
    for (const oldest of this.#subscribers) {
      if (this.#subscribers.size < this.#options.subscriberCountMax) break;
      this.#subscribers.delete(oldest);
      oldest.ended();
    }
    this.#subscribers.add(subscriber);
    this.#joining.push(subscriber);
    this.#wake();
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  // --------------------------------------------------------------------------- for the master

  /** @returns whether the master is to see to it by a `readsDue` */
  note(event: OperatorEvent): boolean {
    if (this.#subscribers.size === 0) return false;
    if (this.#comparing !== undefined) {
      this.#held.push(event);
      return false;
    }
    this.#outgoing.push({ kind: 'event', event });
    const isNewlyDue = !this.#isDue;
    this.#isDue = true;
    return isNewlyDue;
  }

  /**
   * A little of what is to be done.
   * @returns whether there is more, for another turn
   */
  work(state: MasterState, nowMs: number): boolean {
    this.#isDue = this.#goOn(state, nowMs);
    return this.#isDue;
  }

  #goOn(state: MasterState, nowMs: number): boolean {
    if (this.#comparing === undefined && (this.#waiting.length > 0 || this.#joining.length > 0)) {
      this.#comparing = this.#book.compare(state);
      this.#comparedFrom = nowMs;
    }
    if (this.#comparing !== undefined) {
      const { done, value } = this.#comparing.next();
      if (done !== true) return true;
      this.#compared(value);
    }
    this.#handOver();
    return this.#outgoing.length > 0 || this.#waiting.length > 0 || this.#joining.length > 0;
  }

  /** A master of this node leads from now on. */
  begin(leader: ReadLeader): void {
    const startedMs = this.#startedMs;
    const { flags } = this.#options;
    this.leave();
    this.#leader = leader.masterId;
    this.#grants = leader.grants;
    this.#grantsAreNew = false;
    this.#book = new RecordBook();
    this.#outgoing.push({ kind: 'begin', master: { ...leader, startedMs, flags } });
  }

  /** Operators have changed them. */
  grant(grants: ReadGrants): void {
    this.#grants = grants;
    this.#grantsAreNew = true;
  }

  /** The master leads no longer: who waits or listens is told to go elsewhere. */
  leave(): void {
    this.#leader = undefined;
    this.#moment = undefined;
    this.#comparing = undefined;
    this.#outgoing = [];
    this.#handedOver = 0;
    this.#isDue = false;
    this.#held = [];
    this.#joining = [];
    this.#kept.forget();
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(NO_LEADER));
    for (const subscriber of this.#subscribers) subscriber.ended();
    this.#subscribers.clear();
  }

  #compared(changes: readonly RecordChange[]): void {
    this.#comparing = undefined;
    const granted = this.#grantsAreNew;
    if (changes.length > 0 || granted || this.#versionNumber === 0) this.#versionNumber++;
    if (granted) this.#outgoing.push({ kind: 'grants', grants: this.#grants });
    this.#grantsAreNew = false;
    for (const change of changes) this.#outgoing.push(change);
    const waiting = this.#waiting;
    const joining = this.#joining;
    this.#waiting = [];
    this.#joining = [];
    const version = `${this.#leader}.${this.#versionNumber}`;
    const moment = { version, asOfMs: this.#comparedFrom };
    this.#outgoing.push({ kind: 'moment', moment, waiting, joining });
    for (const event of this.#held.splice(0)) this.#outgoing.push({ kind: 'event', event });
  }

  /** What waits goes to the engine in its order, as much as one turn may. */
  #handOver(): void {
    let at = this.#handedOver;
    const end = Math.min(this.#outgoing.length, at + CHANGES_PER_TURN_MAX);
    const { engine } = this.#options;
    while (at < end) {
      const changes: ReadChange[] = [];
      const events: OperatorEvent[] = [];
      for (; at < end; at++) {
        const next = this.#outgoing[at];
        if (next === undefined || next.kind === 'moment') break;
        if (next.kind === 'event') {
          if (changes.length > 0) break;
          events.push(next.event);
        } else {
          if (events.length > 0) break;
          changes.push(next);
        }
      }
      if (changes.length > 0) engine.apply(changes);
      if (events.length > 0) this.#tell(events);
      const next = this.#outgoing[at];
      if (at < end && next?.kind === 'moment') {
        at++;
        this.#reached(next);
      }
    }
    this.#handedOver = at;
    if (at < this.#outgoing.length) return;
    this.#outgoing = [];
    this.#handedOver = 0;
  }

  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#poke?.();
  }

  #reached({ moment, waiting, joining }: Extract<Outgoing, { kind: 'moment' }>): void {
    const { engine, heartbeatIntervalMs } = this.#options;
    engine.apply([{ kind: 'moment' }]);
    if (moment.version !== this.#moment?.version) this.#kept.forget();
    this.#moment = moment;
    for (const { resolve } of waiting) resolve(moment);
    for (const encoding of ENCODINGS) {
      const those = joining.filter((one) => one.encoding === encoding);
      if (those.length === 0) continue;
      for (const one of those) this.#joined.add(one);
      void this.#deliver(engine.ask({ kind: 'subscribed', encoding, heartbeatIntervalMs }), those);
    }
  }

  #tell(events: readonly OperatorEvent[]): void {
    if (this.#eventsWaiting + events.length > EVENTS_WAITING_MAX) {
      for (const subscriber of this.#subscribers) subscriber.lost();
      this.#subscribers.clear();
      return;
    }
    for (const encoding of ENCODINGS) {
      const those = [...this.#subscribers].filter(
        (one) => one.encoding === encoding && this.#joined.has(one),
      );
      if (those.length === 0) continue;
      this.#eventsWaiting += events.length;
      const asked = this.#options.engine.ask({ kind: 'events', encoding, events });
      const told = () => {
        this.#eventsWaiting -= events.length;
      };
      void this.#deliver(asked, those).then(told, told);
    }
  }

  /** The engine answers in order, so these are told in order. */
  async #deliver(
    asked: Promise<readonly Uint8Array[]>,
    those: readonly ReadSubscriber[],
  ): Promise<void> {
    const records = await asked.catch(() => undefined);
    for (const one of those) {
      if (!this.#subscribers.has(one)) continue;
      if (records === undefined) one.ended();
      for (const record of records ?? []) one.tell(record);
    }
  }
}

const NO_LEADER = 'Cannot read: this master does not lead';

const ENCODINGS: readonly MessageEncoding[] = ['json', 'protobuf'];
