/** Counters of actors and of the node, read between turns; nothing is computed until somebody asks. */
import type { Cell, CellPhase } from './cell.ts';
import type { DeadLetterReason } from './host.ts';
import type { Kernel } from './kernel.ts';

export interface ActorMetrics {
  readonly name: string;
  readonly incarnation: number;
  /** Absent for an actor without a parent. */
  readonly parent?: string;
  /** The name of its definition. */
  readonly definition: string;
  readonly phase: CellPhase;
  readonly light: boolean;
  readonly childCount: number;
  /** When it was spawned; restarts do not change it. */
  readonly startedAtMs: number;
  readonly waitingCount: number;
  readonly waitingCountMax: number;
  readonly handledCount: number;
  readonly sentCount: number;
  /** Of its mail: refused, dropped, not understood, or in its mailbox when it ended. */
  readonly deadCount: number;
  readonly crashCount: number;
  readonly restartCount: number;
  readonly slowCount: number;
  /** What it handles just now, if the look comes from inside its turn; `sinceMs` at the latest. */
  readonly current?: { readonly type: string; readonly id: number; readonly sinceMs: number };
}

export interface NodeMetrics {
  readonly node: string;
  readonly incarnation: number;
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly actorCount: number;
  /** Actors that have mail and wait for their turn. */
  readonly readyCount: number;
  readonly waitingCount: number;
  readonly handledCount: number;
  /** Messages that began here, to wherever. */
  readonly sentCount: number;
  readonly receivedCount: number;
  readonly openAskCount: number;
  readonly sliceCount: number;
  readonly slowCount: number;
  readonly restartCount: number;
  readonly deadLetterCounts: Readonly<Partial<Record<DeadLetterReason, number>>>;
}

export function actorMetrics(cell: Cell, kernel: Kernel): ActorMetrics {
  const { current, idle } = cell;
  return {
    name: cell.name,
    incarnation: cell.address.incarnation,
    ...(cell.parent === undefined ? {} : { parent: cell.parent.name }),
    definition: cell.definition.name,
    phase: cell.phase,
    light: cell.settings.light,
    childCount: cell.children?.size ?? 0,
    startedAtMs: cell.startedAtMs,
    waitingCount: cell.mailbox.length,
    waitingCountMax: cell.mailbox.depthMax,
    handledCount: cell.handledCount,
    sentCount: cell.sentCount,
    deadCount: cell.deadCount,
    crashCount: cell.crashCount,
    restartCount: cell.restartCount,
    slowCount: cell.slowCount,
    ...(current === idle
      ? {}
      : {
          current: { type: current.message.type, id: current.id, sinceMs: kernel.dispatcher.nowMs },
        }),
  };
}

export function nodeMetrics(kernel: Kernel): NodeMetrics {
  const { node, incarnation, cells, delivery, dispatcher, asks, deadLetters } = kernel;
  const { ended } = kernel.lifecycle;
  let waitingCount = 0;
  let { handledCount, slowCount, restartCount } = ended;
  for (const cell of cells.values()) {
    waitingCount += cell.mailbox.length;
    handledCount += cell.handledCount;
    slowCount += cell.slowCount;
    restartCount += cell.restartCount;
  }
  return {
    node,
    incarnation,
    atMs: kernel.host.nowMs(),
    startedAtMs: kernel.startedAtMs,
    actorCount: cells.size,
    readyCount: dispatcher.queuedCount,
    waitingCount,
    handledCount,
    sentCount: delivery.sentCount,
    receivedCount: delivery.receivedCount,
    openAskCount: asks.openCount,
    sliceCount: dispatcher.sliceCount,
    slowCount,
    restartCount,
    deadLetterCounts: deadLetters.countByReason(),
  };
}
