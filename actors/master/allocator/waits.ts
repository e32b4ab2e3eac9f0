/**
 * How long those who want offers have had none, and who has waited too long. Pure.
 *
 * The order of shares alone may starve: who already has much comes after all who have less, and where
 * these take what comes free and decline it, again and again, it never has its turn. So there is a
 * bound. A framework that is active in a role (a leaf) waits from when it became active, or was
 * offered something last. When that is longer than `offerWaitMsMax` ago, it is overdue, and
 *
 *     each agent of a round goes, before anybody else is asked, to the overdue leaf that has waited
 *     longest of those that may have something of it; who is offered something is overdue no more
 *
 * It may have what is worth an offer of what is not reserved for others, not kept for the guarantees
 * of others, not above a limit, and not refused by itself. Therefore, of L active leaves, one that has
 * waited for `offerWaitMsMax` sees at most L - 1 further agents that it may have go to others, each of
 * them once and to somebody who has waited longer, before it is offered one.
 */
import type { Leaf } from './share-tree.ts';

export interface Waits {
  /** Since when, by leaf; the longest first. */
  readonly sinceMs: Map<Leaf, number>;
  /** They wait from the next round on. */
  readonly arrived: Set<Leaf>;
}

export function emptyWaits(): Waits {
  return { sinceMs: new Map(), arrived: new Set() };
}

/** It wants offers from now on, or wants none. */
export function setWaiting({ sinceMs, arrived }: Waits, leaf: Leaf, waiting: boolean): void {
  if (waiting) {
    if (!sinceMs.has(leaf)) arrived.add(leaf);
    return;
  }
  arrived.delete(leaf);
  sinceMs.delete(leaf);
}

/** It was offered something, and waits for the next. @returns how long it had waited */
export function endWait({ sinceMs, arrived }: Waits, leaf: Leaf, nowMs: number): number {
  const since = sinceMs.get(leaf) ?? nowMs;
  arrived.delete(leaf);
  // Behind all others.
  sinceMs.delete(leaf);
  sinceMs.set(leaf, nowMs);
  return nowMs - since;
}

/** At the beginning of a round. @returns those who have waited longer than that, the longest first */
export function overdue({ sinceMs, arrived }: Waits, nowMs: number, waitMsMax: number): Leaf[] {
  for (const leaf of arrived) sinceMs.set(leaf, nowMs);
  arrived.clear();
  const found: Leaf[] = [];
  for (const [leaf, since] of sinceMs) {
    if (nowMs - since <= waitMsMax) break;
    found.push(leaf);
  }
  return found;
}

/** The longest of those that `counts`; 0 where nobody waits. */
export function longestWaitMs(
  { sinceMs }: Waits,
  nowMs: number,
  counts: (leaf: Leaf) => boolean,
): number {
  for (const [leaf, since] of sinceMs) if (counts(leaf)) return Math.max(0, nowMs - since);
  return 0;
}
