/**
 * Lists of siblings in the tree of shares, by their places, that are kept sorted: who was chosen moves, the others
 * stay. Pure.
 *
 * Of two siblings the one of the smaller rank comes first, then of the smaller share, then the one
 * that was chosen less often, then the smaller name. So no two are equal.
 */
import type { NodeNumbers } from './node-numbers.ts';

/** Moves of no more than that are made one by one; the engine is quicker with more. */
const FEW_STEPS = 32;

/** Whether `one` is to be chosen before its sibling `other`. */
export function precedes(
  { rank, share, chosenCount, names }: NodeNumbers,
  one: number,
  other: number,
): boolean {
  const [oneShare, otherShare] = [share[one] ?? 0, share[other] ?? 0];
  const [oneRank, otherRank] = [rank[one] ?? 0, rank[other] ?? 0];
  if (oneRank !== otherRank) return oneRank < otherRank;
  if (oneShare !== otherShare) return oneShare < otherShare;
  const [oneCount, otherCount] = [chosenCount[one] ?? 0, chosenCount[other] ?? 0];
  if (oneCount !== otherCount) return oneCount < otherCount;
  return (names[one] ?? '') < (names[other] ?? '');
}

/** Where in the list it is, or where it belongs, by bisection. */
export function indexOf(
  numbers: NodeNumbers,
  order: readonly number[],
  at: number,
  begin = 0,
  end = order.length,
): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = order[middle];
    if (other !== undefined && precedes(numbers, other, at)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insert(numbers: NodeNumbers, order: number[], at: number): void {
  const last = order[order.length - 1];
  if (last === undefined || precedes(numbers, last, at)) order.push(at);
  else order.splice(indexOf(numbers, order, at, 0, order.length - 1), 0, at);
}

/** Puts the one at `from`, whose numbers have changed, where it belongs; the others are sorted. */
export function move(numbers: NodeNumbers, order: number[], from: number, at: number): void {
  const before = order[from - 1];
  const after = order[from + 1];
  if (before !== undefined && precedes(numbers, at, before)) {
    shift(order, from, indexOf(numbers, order, at, 0, from - 1), at);
  } else if (after !== undefined && precedes(numbers, after, at)) {
    // Mostly it was chosen as the first, and has as much as the last now.
    const last = order.length - 1;
    const to = precedes(numbers, order[last] ?? at, at)
      ? last
      : indexOf(numbers, order, at, from + 2, last) - 1;
    shift(order, from, to, at);
  }
}

function shift(order: number[], from: number, to: number, at: number): void {
  const step = from < to ? 1 : -1;
  if (Math.abs(to - from) <= FEW_STEPS) {
    for (let index = from; index !== to; index += step) order[index] = order[index + step] ?? at;
    order[to] = at;
    return;
  }
  // The engine takes the first away, and adds a last one, without moving the others.
  if (from === 0) order.shift();
  else order.splice(from, 1);
  if (to === order.length) order.push(at);
  else order.splice(to, 0, at);
}

export function sortSiblings(numbers: NodeNumbers, order: number[]): void {
  if (isSorted(numbers, order)) return;
  order.sort((one, other) => (precedes(numbers, one, other) ? -1 : 1));
}

export function isSorted(numbers: NodeNumbers, order: readonly number[]): boolean {
  for (let index = 1; index < order.length; index++) {
    const [one, other] = [order[index - 1], order[index]];
    if (one !== undefined && other !== undefined && !precedes(numbers, one, other)) return false;
  }
  return true;
}
