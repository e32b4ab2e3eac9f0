/**
 * Links and monitors: hearing once that another actor is gone, wherever it lives.
 *
 * After `unlink` or `demonitor` nothing is heard, even if `exited` already stood in the mailbox.
 * A watch ends with the first of: its target is gone (`exited`), the connection to the target's
 * node is (`noConnection`), or the watcher takes it back, restarts or ends. Links of one pair are
 * one watch, each monitor is its own. Between nodes a pair shares one `link` signal, however many
 * monitors stand behind it; the node of the target answers with one `exited`, at once if there is
 * no such actor.
 */
import type { AnyAddress, Exited, ExitReason, MonitorId, Tagged } from './actor.ts';
import { formatAddress } from './address.ts';
import type { Cell } from './cell.ts';
import type { Envelope, Origin } from './envelope.ts';
import type { Kernel } from './kernel.ts';

/** Watches that one other node may have on actors here; more are answered `noConnection`. */
export const REMOTE_WATCH_COUNT_MAX = 100_000;

/** A local actor watches. */
export class Watch implements Origin {
  readonly watcher: Cell;
  readonly incarnation: number;
  /** As the watcher wrote it. */
  readonly target: AnyAddress;
  readonly targetCell: Cell | undefined;
  readonly monitor: MonitorId | undefined;
  /** Set once it has fired: its `exited`, on the way to the watcher. */
  envelope: Envelope | undefined = undefined;

  constructor(
    watcher: Cell,
    target: AnyAddress,
    targetCell: Cell | undefined,
    monitor: MonitorId | undefined,
  ) {
    this.watcher = watcher;
    this.incarnation = watcher.address.incarnation;
    this.target = target;
    this.targetCell = targetCell;
    this.monitor = monitor;
  }

  open(message: Tagged): Tagged {
    const key = keyOf(this);
    if (this.watcher.watches?.get(key) === this) this.watcher.watches.delete(key);
    return message;
  }
}

/** An actor of another node watches one here. */
export interface RemoteWatch {
  readonly watcher: AnyAddress;
  /** As the watcher's node wrote it; it is answered in the same words. */
  readonly target: AnyAddress;
  readonly targetCell: Cell;
}

/** The watches of one local actor on one of another node; `link` was sent for all of them. */
interface Pair {
  readonly watcher: AnyAddress;
  readonly target: AnyAddress;
  readonly watches: Set<Watch>;
}

export class Links {
  private readonly kernel: Kernel;
  /** By node and pair. */
  private readonly outgoing = new Map<string, Map<string, Pair>>();
  private readonly incoming = new Map<string, Map<string, RemoteWatch>>();
  private lastMonitor = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  link(watcher: Cell, target: AnyAddress): void {
    this.watch(watcher, target, undefined);
  }

  unlink(watcher: Cell, target: AnyAddress): void {
    const watch = watcher.watches?.get(formatAddress(target));
    if (watch !== undefined) this.end(watch);
  }

  monitor(watcher: Cell, target: AnyAddress): MonitorId {
    const monitor = ++this.lastMonitor as MonitorId;
    this.watch(watcher, target, monitor);
    return monitor;
  }

  demonitor(watcher: Cell, monitor: MonitorId): void {
    const watch = watcher.watches?.get(monitorKey(monitor));
    if (watch !== undefined) this.end(watch);
  }

  /** All watches that `cell` has on others end unheard. */
  endAllOf(cell: Cell): void {
    if (cell.watches === undefined) return;
    for (const watch of [...cell.watches.values()]) this.end(watch);
  }

  /** Tells everybody who watches `cell`, here and elsewhere. */
  announce(cell: Cell, reason: ExitReason): void {
    const watchers = cell.watchers;
    if (watchers !== undefined) {
      cell.watchers = undefined;
      for (const watch of watchers) this.fire(watch, reason);
    }
    const remoteWatchers = cell.remoteWatchers;
    if (remoteWatchers !== undefined) {
      cell.remoteWatchers = undefined;
      for (const { watcher, target } of remoteWatchers) {
        this.incoming.get(watcher.node)?.delete(pairKey(watcher, target));
        this.kernel.carrier?.send({ kind: 'exited', to: watcher, from: target, reason });
      }
    }
  }

  /** Another node's actor `from` wants to hear of the end of `to`. */
  linked(to: AnyAddress, from: AnyAddress): void {
    const cell = this.kernel.cells.get(to.name);
    if (cell === undefined || isStale(cell, to) || cell.phase === 'stopped') {
      this.kernel.carrier?.send({ kind: 'exited', to: from, from: to, reason: 'noProcess' });
      return;
    }
    let watches = this.incoming.get(from.node);
    if (watches === undefined) {
      watches = new Map();
      this.incoming.set(from.node, watches);
    }
    const key = pairKey(from, to);
    if (watches.has(key)) return;
    if (watches.size >= REMOTE_WATCH_COUNT_MAX) {
      this.kernel.carrier?.send({ kind: 'exited', to: from, from: to, reason: 'noConnection' });
      this.kernel.log.warn(
        `Cannot watch "${to.name}" for ${from.node}: it has ${watches.size} watches here already`,
      );
      return;
    }
    const watch: RemoteWatch = { watcher: from, target: to, targetCell: cell };
    watches.set(key, watch);
    cell.remoteWatchers ??= new Set();
    cell.remoteWatchers.add(watch);
  }

  unlinked(to: AnyAddress, from: AnyAddress): void {
    const watches = this.incoming.get(from.node);
    const watch = watches?.get(pairKey(from, to));
    if (watch === undefined) return;
    watches?.delete(pairKey(from, to));
    watch.targetCell.remoteWatchers?.delete(watch);
  }

  /** Another node tells `to` that its `from` is gone. Unknown pairs are old news. */
  exited(to: AnyAddress, from: AnyAddress, reason: ExitReason): void {
    const pairs = this.outgoing.get(from.node);
    const key = pairKey(to, from);
    const pair = pairs?.get(key);
    if (pairs === undefined || pair === undefined) return;
    this.forget(from.node, pairs, key);
    for (const watch of pair.watches) this.fire(watch, reason);
  }

  /** Every link between here and `node` is broken, in both directions. */
  nodeLost(node: string): void {
    const watches = this.incoming.get(node);
    this.incoming.delete(node);
    for (const watch of watches?.values() ?? []) watch.targetCell.remoteWatchers?.delete(watch);

    const pairs = this.outgoing.get(node);
    this.outgoing.delete(node);
    for (const pair of pairs?.values() ?? []) {
      for (const watch of pair.watches) this.fire(watch, 'noConnection');
    }
  }

  private watch(watcher: Cell, target: AnyAddress, monitor: MonitorId | undefined): void {
    const key = monitor === undefined ? formatAddress(target) : monitorKey(monitor);
    const known = watcher.watches?.get(key);
    // One that has fired is over, even if the watcher has not heard of it yet.
    if (known !== undefined && known.envelope === undefined) return;
    const { node, cells, carrier } = this.kernel;
    const found = target.node === node ? cells.get(target.name) : undefined;
    const targetCell = found === undefined || isStale(found, target) ? undefined : found;
    const watch = new Watch(watcher, target, targetCell, monitor);
    watcher.watches ??= new Map();
    watcher.watches.set(key, watch);

    if (targetCell !== undefined) {
      targetCell.watchers ??= new Set();
      targetCell.watchers.add(watch);
    } else if (target.node === node) {
      this.fire(watch, 'noProcess');
    } else if (carrier === undefined) {
      this.fire(watch, 'noConnection');
    } else {
      this.watchRemotely(watch);
    }
  }

  private watchRemotely(watch: Watch): void {
    const { target, watcher } = watch;
    let pairs = this.outgoing.get(target.node);
    if (pairs === undefined) {
      pairs = new Map();
      this.outgoing.set(target.node, pairs);
    }
    const key = pairKey(watcher.address, target);
    const pair = pairs.get(key);
    if (pair !== undefined) {
      pair.watches.add(watch);
      return;
    }
    pairs.set(key, { watcher: watcher.address, target, watches: new Set([watch]) });
    this.kernel.carrier?.send({ kind: 'link', to: target, from: watcher.address });
  }

  /** Ends a watch without a word. */
  private end(watch: Watch): void {
    const { watcher, target, targetCell, envelope } = watch;
    watcher.watches?.delete(keyOf(watch));
    if (envelope !== undefined) {
      this.kernel.delivery.withdraw(watcher, envelope);
      return;
    }
    targetCell?.watchers?.delete(watch);
    if (targetCell !== undefined) return;
    const pairs = this.outgoing.get(target.node);
    const key = pairKey(watcher.address, target);
    const pair = pairs?.get(key);
    if (pairs === undefined || pair === undefined) return;
    pair.watches.delete(watch);
    if (pair.watches.size > 0) return;
    this.forget(target.node, pairs, key);
    this.kernel.carrier?.send({ kind: 'unlink', to: target, from: pair.watcher });
  }

  /** Ends a watch by telling the watcher, as a message that finds room in a full mailbox. */
  private fire(watch: Watch, reason: ExitReason): void {
    const { watcher, target, monitor } = watch;
    const message: Exited = {
      type: 'exited',
      address: target,
      reason,
      ...(monitor === undefined ? {} : { monitor }),
    };
    const { delivery, dispatcher } = this.kernel;
    const cause = dispatcher.running?.current ?? watcher.idle;
    watch.envelope = delivery.enclose(cause.id, cause.node, message, watch);
    delivery.deliver(watcher.address, watch.envelope);
  }

  private forget(node: string, pairs: Map<string, Pair>, key: string): void {
    pairs.delete(key);
    if (pairs.size === 0) this.outgoing.delete(node);
  }
}

function keyOf({ target, monitor }: Watch): string {
  return monitor === undefined ? formatAddress(target) : monitorKey(monitor);
}

function isStale(cell: Cell, address: AnyAddress): boolean {
  return address.incarnation !== undefined && address.incarnation !== cell.address.incarnation;
}

function monitorKey(monitor: MonitorId): string {
  return `monitor ${monitor}`;
}

function pairKey(watcher: AnyAddress, target: AnyAddress): string {
  return `${formatAddress(watcher)} ${formatAddress(target)}`;
}
