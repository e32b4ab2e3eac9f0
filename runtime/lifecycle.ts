/**
 * The life of an actor: spawned, started, crashed, restarted, stopped.
 *
 *     spawn ──▶ starting ──start──▶ running ──crash──▶ held ──resume──▶ running
 *                  ▲                   │                 ├──restart (at once or later)──▶ starting
 *                  └───────────────────│─────────────────┤
 *                                      └──stop──▶ stopping ──▶ stopped
 *
 * A restart gives a new state and a new incarnation; the name and the waiting mail stay, while
 * timers, questions and watches of the old incarnation are gone and who watched it hears
 * `restarted`. A stop takes the children first, the last started first.
 */
import type { CrashDecision, ExitReason, SpawnSettings, Tagged } from './actor.ts';
import { ADDRESS_PART_LENGTH_MAX } from './address.ts';
import { ASK_NAME } from './ask.ts';
import { type AnyDefinition, Cell, type CellSettings, DEFAULT_SETTINGS } from './cell.ts';
import { ActorContext } from './context.ts';
import type { ControlHooks } from './control.ts';
import type { Envelope } from './envelope.ts';
import { describeError, runtimeError } from './errors.ts';
import type { HandlerEntry } from './handler-table.ts';
import type { Kernel } from './kernel.ts';
import { decide, type Verdict } from './supervision.ts';

const NAME_PATTERN = /^[A-Za-z0-9\-_.$+!*'(),]+$/;
const STARTED: Tagged = { type: 'started' };

export class Lifecycle {
  private readonly kernel: Kernel;
  /** Actors without a parent, in the order in which they were started. */
  private readonly topLevel = new Set<Cell>();
  /** What actors did that are no more. */
  readonly ended = { handledCount: 0, slowCount: 0, restartCount: 0 };
  private readonly nameCounts = new Map<string, number>();
  private lastIncarnation: number;
  private lastIndex = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.lastIncarnation = kernel.firstNumber;
  }

  /** @throws CodedError nameTaken, nameIllegal, notNow, systemStopped */
  spawn(
    parent: Cell | undefined,
    definition: AnyDefinition,
    options: unknown,
    settings: SpawnSettings | undefined,
  ): Cell {
    const { kernel } = this;
    if (kernel.closing) {
      throw runtimeError('systemStopped', `Cannot start "${definition.name}": the system stops`);
    }
    if (parent !== undefined && parent.phase !== 'running') {
      const sentence = `Cannot start "${definition.name}": its parent "${parent.name}" is ending`;
      throw runtimeError('notNow', sentence);
    }
    const name = this.nameFor(definition.name, settings?.name);
    const cause = parent === undefined ? kernel.idle : parent.current;
    const cell = new Cell(
      name,
      definition,
      options,
      completeSettings(settings),
      parent,
      kernel.tables.of(definition),
      ++this.lastIndex,
      { node: kernel.node, name, incarnation: ++this.lastIncarnation },
      kernel.idle,
      cause,
      kernel.host.nowMs(),
    );
    cell.context = new ActorContext(kernel, cell);
    kernel.cells.set(name, cell);
    if (parent === undefined) {
      this.topLevel.add(cell);
    } else {
      parent.children ??= new Set();
      parent.children.add(cell);
    }
    if (cell.settings.light) this.begin(cell);
    else cell.control = kernel.control.spawn(supervisor(parent), name, new Hooks(this, cell));
    return cell;
  }

  /** Its first turn, or the first of its next life. */
  start(cell: Cell): void {
    const { beginCauseId, beginCauseNode } = cell;
    cell.current = this.kernel.delivery.enclose(beginCauseId, beginCauseNode, STARTED, undefined);
    const beganMs = this.kernel.host.nowMs();
    try {
      cell.state = cell.definition.initialState(cell.options);
      cell.phase = 'running';
      cell.definition.started?.(cell.state, cell.context as never);
      cell.ready = true;
    } catch (error) {
      cell.current = cell.idle;
      this.fault(cell, error);
      return;
    }
    cell.current = cell.idle;
    this.kernel.dispatcher.reportIfSlow(cell, STARTED.type, this.kernel.host.nowMs() - beganMs);
    if (cell.stopRequested) this.stop(cell, 'stopped');
  }

  /** A turn ended by throwing: `failed` is what it was about. */
  fault(cell: Cell, error: unknown, failed?: Envelope): void {
    const { kernel } = this;
    cell.pendingFault = undefined;
    cell.phase = 'held';
    cell.crashCount++;
    cell.beginCauseId = failed?.id ?? 0;
    cell.beginCauseNode = failed?.node ?? kernel.node;
    if (failed !== undefined) kernel.delivery.buryAt(cell, 'crashed', failed);
    const at = failed === undefined ? '' : ` while handling "${failed.message.type}"`;
    kernel.log.error(`"${cell.name}" crashed${at}: ${describeError(error)}`, {
      actor: cell.name,
      error,
    });
    // It wanted to end, or has nobody to decide about it.
    if (cell.stopRequested || kernel.closing || cell.control === undefined) {
      this.stop(cell, 'crashed');
    } else {
      cell.control.fault(error);
    }
  }

  /** Something other than nothing came back from a handler. */
  returned(cell: Cell, entry: HandlerEntry, value: unknown): void {
    if (!(value instanceof Promise)) return;
    const { incarnation } = cell.address;
    if (!entry.promiseLogged) {
      entry.promiseLogged = true;
      const sentence = `"${cell.name}" returned a promise for "${entry.type}"`;
      const { remedy, code } = runtimeError('asynchronousHandler', sentence);
      this.kernel.log.error(`${sentence}: ${remedy}`, { actor: cell.name, code });
    }
    value.catch((error: unknown) => {
      if (cell.address.incarnation !== incarnation || cell.phase !== 'running') return;
      cell.pendingFault = { error };
      this.kernel.dispatcher.wake(cell);
    });
  }

  /** Ends it as soon as no turn of it or of its descendants is under way. */
  requestStop(cell: Cell): void {
    for (let at = this.kernel.dispatcher.running; at !== undefined; at = at.parent) {
      if (at !== cell) continue;
      cell.stopRequested = true;
      this.kernel.dispatcher.wake(cell);
      return;
    }
    this.stop(cell, 'stopped');
  }

  stop(cell: Cell, reason: ExitReason): void {
    if (cell.phase === 'stopping' || cell.phase === 'stopped') return;
    const { kernel } = this;
    this.end(cell);
    kernel.cells.delete(cell.name);
    this.topLevel.delete(cell);
    cell.parent?.children?.delete(cell);
    cell.control?.stop();
    cell.phase = 'stopped';
    this.ended.handledCount += cell.handledCount;
    this.ended.slowCount += cell.slowCount;
    this.ended.restartCount += cell.restartCount;
    kernel.links.announce(cell, reason);
    for (let left = cell.mailbox.shift(); left !== undefined; left = cell.mailbox.shift()) {
      kernel.delivery.buryAt(cell, 'stopped', left);
    }
  }

  stopAll(): void {
    for (const cell of [...this.topLevel].reverse()) this.stop(cell, 'stopped');
  }

  /** Everything that belongs to one incarnation ends: children, the state, timers, watches. */
  private end(cell: Cell): void {
    cell.phase = 'stopping';
    cell.cancelRestart?.();
    cell.cancelRestart = undefined;
    if (cell.children !== undefined) {
      for (const child of [...cell.children].reverse()) this.stop(child, 'stopped');
    }
    if (cell.ready) {
      try {
        cell.definition.stopped?.(cell.state, cell.context as never);
      } catch (error) {
        this.kernel.log.error(`"${cell.name}" failed in its last turn: ${describeError(error)}`, {
          actor: cell.name,
          error,
        });
      }
    }
    cell.ready = false;
    cell.state = undefined;
    this.kernel.timers.cancelAll(cell);
    this.kernel.links.endAllOf(cell);
  }

  begin(cell: Cell): void {
    cell.phase = 'starting';
    this.kernel.dispatcher.wake(cell);
  }

  resume(cell: Cell): void {
    // What crashed in its first turn has no state to go on with.
    if (!cell.ready) {
      this.stop(cell, 'crashed');
      return;
    }
    cell.phase = 'running';
    if (cell.mailbox.length > 0) this.kernel.dispatcher.wake(cell);
    // A child whose fault came up to here waits for the same verdict.
    for (const child of [...(cell.children ?? [])]) {
      if (child.phase === 'held' && child.cancelRestart === undefined) this.resume(child);
    }
  }

  escalate(cell: Cell, error: unknown): void {
    const { kernel } = this;
    const { parent } = cell;
    if (parent === undefined) {
      this.stop(cell, 'crashed');
      try {
        kernel.onFatal(error, cell.addressByName());
      } catch (failure) {
        const text = `\`onFatal\` failed for "${cell.name}": ${describeError(failure)}`;
        kernel.log.error(text, { error: failure });
      }
      return;
    }
    parent.phase = 'held';
    parent.crashCount++;
    kernel.log.error(`"${cell.name}" gave up: its fault is now that of "${parent.name}"`, {
      actor: cell.name,
      error,
    });
    if (parent.control === undefined) this.stop(parent, 'crashed');
    else parent.control.fault(error);
  }

  restart(cell: Cell, delayMs: number, reset: () => void): void {
    this.end(cell);
    cell.phase = 'held';
    cell.restartCount++;
    // Told before the new incarnation exists: who hears it can reach only the new one.
    this.kernel.links.announce(cell, 'restarted');
    cell.address = {
      node: this.kernel.node,
      name: cell.name,
      incarnation: ++this.lastIncarnation,
    };
    if (delayMs === 0) {
      reset();
      return;
    }
    cell.cancelRestart = this.kernel.host.setTimer(delayMs, () => {
      cell.cancelRestart = undefined;
      reset();
    });
  }

  /** Asks the policy, with the history, what is to become of it. */
  decide(cell: Cell): Verdict {
    const verdict = decide(cell.settings, cell.restartsAtMs, this.kernel.host.nowMs());
    cell.restartsAtMs = verdict.restartsAtMs;
    return verdict;
  }

  /** The exact name if one is asked for; otherwise the first of `name`, `name(2)` … never used. */
  private nameFor(definitionName: string, exact: string | undefined): string {
    const base = exact ?? definitionName;
    if (!NAME_PATTERN.test(base) || base.length > ADDRESS_PART_LENGTH_MAX) {
      throw runtimeError('nameIllegal', `Cannot start an actor with the illegal name "${base}"`);
    }
    if (exact !== undefined) {
      if (exact !== ASK_NAME && !this.kernel.cells.has(exact)) return exact;
      const sentence = `Cannot start a second "${exact}" on ${this.kernel.node}: the name is taken`;
      throw runtimeError('nameTaken', sentence);
    }
    let count = this.nameCounts.get(base) ?? 0;
    let name: string;
    do {
      count++;
      name = count === 1 ? base : `${base}(${count})`;
    } while (name === ASK_NAME || this.kernel.cells.has(name));
    this.nameCounts.set(base, count);
    return name;
  }
}

/** What nact calls for one actor. */
class Hooks implements ControlHooks {
  private readonly lifecycle: Lifecycle;
  private readonly cell: Cell;
  private restartDelayMs = 0;

  constructor(lifecycle: Lifecycle, cell: Cell) {
    this.lifecycle = lifecycle;
    this.cell = cell;
  }

  decide(): CrashDecision {
    const { decision, delayMs } = this.lifecycle.decide(this.cell);
    this.restartDelayMs = delayMs;
    return decision;
  }

  begin(): void {
    this.lifecycle.begin(this.cell);
  }

  restart(reset: () => void): void {
    this.lifecycle.restart(this.cell, this.restartDelayMs, reset);
  }

  resume(): void {
    this.lifecycle.resume(this.cell);
  }

  stop(): void {
    this.lifecycle.stop(this.cell, 'crashed');
  }

  escalate(error: unknown): void {
    this.lifecycle.escalate(this.cell, error);
  }
}

/** nact's parent of an actor: light ones have no place in nact's tree. */
function supervisor(parent: Cell | undefined) {
  let at = parent;
  while (at !== undefined && at.control === undefined) at = at.parent;
  return at?.control;
}

function completeSettings(settings: SpawnSettings | undefined): CellSettings {
  if (settings === undefined) return DEFAULT_SETTINGS;
  const { name: _, ...given } = settings;
  return { ...DEFAULT_SETTINGS, ...given };
}
