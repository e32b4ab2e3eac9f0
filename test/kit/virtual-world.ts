/**
 * A virtual world: many nodes in one process, under one clock and one seed.
 *
 * Every node is a real system of actors with a virtual host and a virtual carrier. The world runs
 * one step at a time (a turn of a node, a timer, an arrival) and nothing else in the process runs
 * meanwhile, so that a seed tells one story: the trace of two runs is the same byte for byte, and
 * a fault found by one seed can be looked at as often as needed.
 *
 *     const world = new VirtualWorld({ seed: 7 });
 *     const node = world.start('a:1', ({ system }) => void system.spawn(greeter, {}));
 *     world.start('b:1', ({ system }) => void system.spawn(guest, { … }));
 *     await world.runFor(1000);
 *     node.crash(); await world.runUntil(() => …); node.restart();
 *     console.log(world.trace.text(), world.trace.fingerprint());
 */
import { formatAddress } from '../../runtime/address.ts';
import type { Signal } from '../../runtime/host.ts';
import type { InterceptedMessage } from '../../runtime/intercept.ts';
import type { LogRecord } from '../../runtime/log.ts';
import { createSystem, type System } from '../../runtime/system.ts';
import type { NetworkOptions } from './network-options.ts';
import { withoutOutside } from './outside-guard.ts';
import { type Random, seededRandom } from './random.ts';
import { Trace, type TraceOptions } from './trace.ts';
import { type SchedulePolicy, VirtualClock } from './virtual-clock.ts';
import { type VirtualDisk, type VirtualDiskOptions, virtualDisk } from './virtual-disk.ts';
import { type VirtualHost, virtualHost } from './virtual-host.ts';
import { VirtualNetwork } from './virtual-network.ts';

export interface VirtualWorldOptions {
  readonly seed: number | string;
  readonly network?: Partial<NetworkOptions>;
  /** Which of the turns that are ready is next. Default `random`. */
  readonly schedule?: SchedulePolicy;
  readonly trace?: TraceOptions;
  /** Where the world's clock begins. Default: 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** How many of the newest log records are kept. Default 10 000. */
  readonly logCountMax?: number;
  /** What is logged as an error (an actor crashed) ends the run: none (the default), all, or these. */
  readonly errorsAreFaults?: boolean | ((record: LogRecord) => boolean);
  /** Turns that take no time can go on for ever: this many at one instant end the run. */
  readonly stepsPerInstantMax?: number;
}

export interface NodeLife {
  readonly system: System;
  /** 1 for the first life, and one more with each restart. */
  readonly life: number;
}

export interface VirtualNode {
  readonly name: string;
  /** Of the present life, or of the last one. */
  readonly system: System;
  /** How many it has had. */
  readonly life: number;
  readonly running: boolean;
  /** Like `kill -9`; `dark`: like pulling the plug, so that peers notice only the silence. */
  crash(how?: { readonly dark?: boolean }): void;
  /** Every turn comes late by about this much, in later lives too; 0: as fast as can be. */
  slowDown(turnDelayMsMean: number): void;
  /** Stands still for this long, then everything that is overdue happens at once. */
  freeze(durationMs: number): void;
  /** Ends in good order; what was sent before arrives. */
  stop(): Promise<void>;
  /** A new process with a new incarnation does again what `start` was told. */
  restart(): void;
}

/** Something is wrong with the world itself or with what was checked; says where it can be seen again. */
export class WorldFault extends Error {
  override readonly name = 'WorldFault';
  readonly step: number;
  constructor(text: string, step: number, cause?: unknown) {
    super(text, { cause });
    this.step = step;
  }
}

const START_MS = Date.UTC(2026, 0, 1);

/** Actors are numbered from their node's incarnation on: lives must not overlap. */
const INCARNATION_STEP = 1_000_000;

/**
 * Runs what promises have ready, in the middle of a turn of the real event loop. Node has had this
 * since its beginnings and documents it nowhere; where it is missing, each step costs a real turn.
 */
const flushPromises = (process as { readonly _tickCallback?: () => void })._tickCallback;
const realTurn = globalThis.setImmediate;

export class VirtualWorld {
  readonly seed: number | string;
  readonly network: VirtualNetwork;
  readonly trace: Trace;
  readonly nodes = new Map<string, VirtualNode>();
  /** The newest records, oldest first. */
  readonly logged: LogRecord[] = [];
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #startMs: number;
  readonly #logCountMax: number;
  readonly #stepsPerInstantMax: number;
  readonly #isFault: (record: LogRecord) => boolean;
  readonly #checks: (() => void)[] = [];
  readonly #watches: ((seen: InterceptedMessage, node: string) => void)[] = [];
  readonly #lives: { readonly system: System; readonly host: VirtualHost }[] = [];
  #fault: unknown;
  #stepCount = 0;
  #instantStepCount = 0;

  constructor({ seed, network, schedule = 'random', trace, ...limits }: VirtualWorldOptions) {
    this.seed = seed;
    this.#random = seededRandom(seed);
    this.#startMs = limits.startMs ?? START_MS;
    this.#logCountMax = limits.logCountMax ?? 10_000;
    this.#stepsPerInstantMax = limits.stepsPerInstantMax ?? 1_000_000;
    const { errorsAreFaults = false } = limits;
    this.#isFault = typeof errorsAreFaults === 'function' ? errorsAreFaults : () => errorsAreFaults;
    this.trace = new Trace(trace);
    this.#clock = new VirtualClock(this.#startMs, schedule, this.random('schedule'));
    this.network = new VirtualNetwork(
      this.#clock,
      this.random('network'),
      {
        onSignal: (event, from, signal) => {
          // Messages that arrive are told by the node where they do.
          if (event !== 'delivered' || signal.kind !== 'message') {
            this.note(`${event} ${signalLine(from, signal)}`);
          }
        },
        onEvent: (text) => this.note(text),
        onUnfit: (error) => this.#fail(error),
      },
      network,
    );
  }

  /** A stream of chance of its own, for what the test itself decides. */
  random(stream: string): Random {
    return this.#random.split(stream);
  }

  /** A disk under this world's clock. It outlives the processes that use it. */
  disk(name: string, options: Omit<VirtualDiskOptions, 'clock' | 'random'> = {}): VirtualDisk {
    return virtualDisk({ ...options, clock: this.#clock, random: this.random(`disk ${name}`) });
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Since the world began. */
  elapsedMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }

  stepCount(): number {
    return this.#stepCount;
  }

  /** Adds a line to the story, with the time before it. */
  note(text: string): void {
    this.trace.add(`${(this.elapsedMs() / 1000).toFixed(6)} ${text}`);
  }

  /** Called after each step; what it throws ends the run, with the seed and the step. */
  afterEachStep(check: () => void): void {
    this.#checks.push(check);
  }

  /** Sees each message where it is sent, and where it arrives from another node. */
  watchMessages(watch: (seen: InterceptedMessage, node: string) => void): void {
    this.#watches.push(watch);
  }

  /** Runs a check inside a turn: what it throws ends the run, even if a supervisor would forgive it. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Does something to the world at its time, as part of the story. */
  at(elapsedMs: number, deed: () => void): void {
    this.#clock.at(this.#startMs + elapsedMs, this, deed);
  }

  /** Like `at`, this much later than now. */
  after(delayMs: number, deed: () => void): void {
    this.#clock.after(delayMs, this, deed);
  }

  /** Starts a node; `boot` spawns its first actors, again after each restart. */
  start(name: string, boot: (node: NodeLife) => void): VirtualNode {
    if (this.nodes.has(name)) throw new Error(`Cannot start ${name}: there is one already`);
    let life = 0;
    let turnDelayMsMean = 0;
    const begin = () => {
      life++;
      const random = this.random(`node/${name}/${life}`);
      const host = virtualHost({
        clock: this.#clock,
        random,
        onLog: (record) => this.#log(record),
      });
      host.slowDown(turnDelayMsMean);
      const carrier = this.network.connect(name, host);
      const turns = random.split('turns');
      const system = createSystem({
        node: name,
        incarnation: life * INCARNATION_STEP,
        host,
        carrier,
        // One message a step, so that nodes and actors interleave as finely as they ever could.
        batchCountMax: 1,
        sliceCountMax: 1,
        pick: (count) => turns.integer(count),
      });
      system.intercept((seen) => {
        this.note(messageLine(seen));
        for (const watch of this.#watches) watch(seen, name);
        return 'deliver';
      });
      this.#lives.push({ system, host });
      this.note(`${name} starts, life ${life}`);
      boot({ system, life });
      return { host, system, running: true };
    };
    let present = begin();
    const node: VirtualNode = {
      name,
      get system() {
        return present.system;
      },
      get life() {
        return life;
      },
      get running() {
        return present.running;
      },
      crash: (how) => {
        if (!present.running) return;
        present.running = false;
        this.note(`${name} crashes${how?.dark === true ? ' and goes dark' : ''}`);
        this.network.crash(name, how);
        present.host.halt();
      },
      slowDown: (meanMs) => {
        turnDelayMsMean = meanMs;
        present.host.slowDown(meanMs);
      },
      freeze: (durationMs) => {
        const { host } = present;
        if (!present.running) return;
        this.note(`${name} stands still`);
        host.freeze();
        this.network.freeze(name);
        this.after(durationMs, () => {
          if (present.host !== host || !present.running) return;
          this.note(`${name} goes on`);
          this.network.thaw(name);
          host.thaw();
        });
      },
      stop: async () => {
        const leaving = present;
        if (!leaving.running) return;
        this.note(`${name} stops`);
        await leaving.system.shutdown();
        leaving.running = false;
        leaving.host.halt();
      },
      restart: () => {
        if (present.running) throw new Error(`Cannot restart ${name}: it is running`);
        present = begin();
      },
    };
    this.nodes.set(name, node);
    return node;
  }

  /**
   * The end of the world: takes its systems apart. nact remembers every system of the process that
   * was not shut down, so a test that makes many worlds ends each.
   */
  async close(): Promise<void> {
    for (const name of this.nodes.keys()) this.network.crash(name);
    for (const { host } of this.#lives) host.drain();
    await Promise.all(this.#lives.map(({ system }) => system.shutdown()));
    this.#lives.length = 0;
  }

  // ------------------------------------------------------------------------------- running

  /** Runs what happens in this time; the clock stands at its end afterwards. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#clock.nowMs() + durationMs;
    await this.#run(() => (this.#clock.nextAtMs() ?? Number.POSITIVE_INFINITY) > endMs);
    this.#clock.advanceTo(endMs);
  }

  /** @throws WorldFault when it does not become true within `limitMs` of virtual time */
  async runUntil(condition: () => boolean, limitMs = 600_000): Promise<void> {
    const endMs = this.#clock.nowMs() + limitMs;
    let met = condition();
    await this.#run(() => {
      met ||= condition();
      return met || (this.#clock.nextAtMs() ?? Number.POSITIVE_INFINITY) > endMs;
    });
    if (!met) {
      throw this.#describe(`What was waited for did not happen within ${limitMs} ms`);
    }
  }

  /** Until nothing is planned any more, which a world with periodic timers never reaches. */
  async runUntilIdle(limitMs = 600_000): Promise<void> {
    const endMs = this.#clock.nowMs() + limitMs;
    await this.#run(() => (this.#clock.nextAtMs() ?? Number.POSITIVE_INFINITY) > endMs);
    if (this.#clock.nextAtMs() !== undefined) {
      throw this.#describe(`The world did not come to rest within ${limitMs} ms`);
    }
  }

  /** Runs until the promise is settled, and gives what it gives. */
  async settle<Value>(promise: Promise<Value>, limitMs?: number): Promise<Value> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.runUntil(() => settled, limitMs);
    return promise;
  }

  /** One turn, timer or arrival. */
  async step(): Promise<void> {
    let taken = false;
    await this.#run(() => {
      const done = taken;
      taken = true;
      return done;
    });
  }

  /** The loop: steps until `done`, inside turns of the real event loop that nobody else shares. */
  async #run(done: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        try {
          const finished = withoutOutside(
            () => this.#steps(done),
            (error) => this.#fail(error),
          );
          if (finished) resolve();
          else realTurn(turn);
        } catch (error) {
          reject(error);
        }
      };
      // Promises are not flushed inside a promise's own turn.
      realTurn(turn);
    });
  }

  /** @returns false when promises must be given a real turn before the next step */
  #steps(done: () => boolean): boolean {
    flushPromises?.();
    while (!done()) {
      const beforeMs = this.#clock.nowMs();
      if (!this.#clock.step()) return true;
      this.#stepCount++;
      flushPromises?.();
      this.#check();
      this.#watchInstant(beforeMs);
      if (flushPromises === undefined) return false;
    }
    return true;
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#describe(sentenceOf(this.#fault), this.#fault);
    try {
      for (const check of this.#checks) check();
    } catch (error) {
      throw this.#describe(sentenceOf(error), error);
    }
  }

  #watchInstant(beforeMs: number): void {
    this.#instantStepCount = beforeMs === this.#clock.nowMs() ? this.#instantStepCount + 1 : 0;
    if (this.#instantStepCount > this.#stepsPerInstantMax) {
      throw this.#describe(`Time stands still: ${this.#instantStepCount} steps at one instant`);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= error;
  }

  #log(record: LogRecord): void {
    const { level, source, text, fields } = record;
    if ((level === 'error' || level === 'fatal') && this.#isFault(record)) {
      this.#fail(new Error(`${source}: ${text}`, { cause: fields?.['error'] }));
    }
    this.logged.push(record);
    if (this.logged.length > 2 * this.#logCountMax) this.logged.splice(0, this.#logCountMax);
  }

  #describe(what: string, cause?: unknown): WorldFault {
    const seconds = (this.elapsedMs() / 1000).toFixed(6);
    const text = `${what} (seed ${this.seed}, step ${this.#stepCount}, ${seconds} s)`;
    return new WorldFault(text, this.#stepCount, cause);
  }
}

function messageLine({ from, to, message, node, id }: InterceptedMessage): string {
  const sender = from === undefined ? '-' : formatAddress(from);
  return `${sender} ${formatAddress(to)} ${message.type} ${node}/${id}`;
}

function signalLine(from: string, signal: Signal): string {
  const to = formatAddress(signal.to);
  if (signal.kind !== 'message') return `${from} ${to} ${signal.kind}`;
  const sender = signal.from === undefined ? from : formatAddress(signal.from);
  return `${sender} ${to} ${signal.message.type} ${from}/${signal.id}`;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
