/**
 * The algebra on resources: sums, rests, and what is part of what. Pure.
 *
 * Every function takes canonical resources and gives them back, and is one pass over both lists.
 * Source: Mesos 1.11, src/common/resources.cpp, values.cpp.
 */
import { containsRanges, minusRanges, overlapRanges, plusRanges } from './ranges.ts';
import { compareKinds, isPlain, isWhole } from './resource-kinds.ts';
import type { Resource, Resources, ScalarResource } from './resources.ts';

export function isEmpty(resources: Resources): boolean {
  return resources.length === 0;
}

/** Thousandths of the scalars called `name`, of whatever kind; 0 when there is none. */
export function scalarMilli(resources: Resources, name: string): number {
  let milli = 0;
  for (const resource of resources) {
    if (resource.type === 'scalar' && resource.name === name) milli += resource.milli;
  }
  return milli;
}

/** The sum. What both have of a range or a set, or as a whole, is in it once. */
export function plus(left: Resources, right: Resources): Resources {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  const sum: Resource[] = [];
  let leftIndex = 0;
  let rightIndex = 0;
  for (;;) {
    const one = left[leftIndex];
    const other = right[rightIndex];
    if (one === undefined && other === undefined) return sum;
    const order = compareResources(one, other);
    if (order <= 0 && one !== undefined) {
      sum.push(order === 0 && other !== undefined ? plusOne(one, other) : one);
      leftIndex++;
      if (order === 0) rightIndex++;
    } else if (other !== undefined) {
      sum.push(other);
      rightIndex++;
    }
  }
}

/** What is left of `left`: never negative, and what `left` doesn't have is not missed. */
export function minus(left: Resources, right: Resources): Resources {
  if (left.length === 0 || right.length === 0) return left;
  if (left === right) return [];
  const rest: Resource[] = [];
  let rightIndex = 0;
  for (const one of left) {
    while (rightIndex < right.length && compareResources(right[rightIndex], one) < 0) rightIndex++;
    const other = right[rightIndex];
    if (other === undefined || compareResources(one, other) !== 0) {
      rest.push(one);
    } else {
      const difference = minusOne(one, other);
      if (difference !== undefined) rest.push(difference);
    }
  }
  return rest;
}

/** Whether all of `right` is in `left`. */
export function contains(left: Resources, right: Resources): boolean {
  if (left === right) return true;
  let leftIndex = 0;
  for (const other of right) {
    while (leftIndex < left.length && compareResources(left[leftIndex], other) < 0) leftIndex++;
    const one = left[leftIndex];
    if (one === other) continue;
    if (one === undefined || compareResources(one, other) !== 0 || !containsOne(one, other))
      return false;
  }
  return true;
}

/**
 * Whether a range or a set of both shares a number or an item, or something that is given only as a
 * whole is in both. Their sum would then hold it only once; other scalars never overlap, they add up.
 */
export function overlap(left: Resources, right: Resources): boolean {
  let leftIndex = 0;
  for (const other of right) {
    while (leftIndex < left.length && compareResources(left[leftIndex], other) < 0) leftIndex++;
    const one = left[leftIndex];
    if (one === undefined || compareResources(one, other) !== 0) continue;
    if (one.type === 'scalar') {
      if (isWhole(one) && one.shared === undefined) return true;
    } else if (one.type === 'ranges' && other.type === 'ranges') {
      if (overlapRanges(one.ranges, other.ranges)) return true;
    } else if (one.type === 'set' && other.type === 'set') {
      const had = new Set(one.items);
      if (other.items.some((item) => had.has(item))) return true;
    }
  }
  return false;
}

export function equalResources(left: Resources, right: Resources): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  return left.every((one, index) => {
    const other = right[index];
    return other !== undefined && compareResources(one, other) === 0 && equalOne(one, other);
  });
}

/** The order of the canonical form; what is absent comes last. */
export function compareResources(one: Resource | undefined, other: Resource | undefined): number {
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  if (one.type !== other.type) return one.type < other.type ? -1 : 1;
  return isPlain(one) && isPlain(other) ? 0 : compareKinds(one, other);
}

/** The functions below take two resources of the same name, type and kind. */
function plusOne(one: Resource, other: Resource): Resource {
  if (one.type === 'scalar' && other.type === 'scalar') {
    if (one.shared) return { ...one, copies: copiesOf(one) + copiesOf(other) };
    if (isWhole(one)) return one.milli >= other.milli ? one : other;
    return withMilli(one, one.milli + other.milli);
  }
  if (one.type === 'ranges' && other.type === 'ranges') {
    return { ...one, ranges: plusRanges(one.ranges, other.ranges) };
  }
  if (one.type === 'set' && other.type === 'set') {
    return { ...one, items: [...new Set([...one.items, ...other.items])].sort() };
  }
  return one;
}

function minusOne(one: Resource, other: Resource): Resource | undefined {
  if (one.type === 'scalar' && other.type === 'scalar') {
    if (one.shared) return withCopies(one, copiesOf(one) - copiesOf(other));
    if (isWhole(one)) return one.milli === other.milli ? undefined : one;
    const milli = one.milli - other.milli;
    return milli > 0 ? withMilli(one, milli) : undefined;
  }
  if (one.type === 'ranges' && other.type === 'ranges') {
    const ranges = minusRanges(one.ranges, other.ranges);
    return ranges.length > 0 ? { ...one, ranges } : undefined;
  }
  if (one.type === 'set' && other.type === 'set') {
    const taken = new Set(other.items);
    const items = one.items.filter((item) => !taken.has(item));
    return items.length > 0 ? { ...one, items } : undefined;
  }
  return one;
}

function containsOne(one: Resource, other: Resource): boolean {
  if (one.type === 'scalar' && other.type === 'scalar') {
    if (one.shared) return one.milli === other.milli && copiesOf(one) >= copiesOf(other);
    return isWhole(one) ? one.milli === other.milli : one.milli >= other.milli;
  }
  if (one.type === 'ranges' && other.type === 'ranges') {
    return containsRanges(one.ranges, other.ranges);
  }
  if (one.type === 'set' && other.type === 'set') {
    const had = new Set(one.items);
    return other.items.every((item) => had.has(item));
  }
  return false;
}

function equalOne(one: Resource, other: Resource): boolean {
  if (one.type === 'scalar') {
    return (
      other.type === 'scalar' && one.milli === other.milli && copiesOf(one) === copiesOf(other)
    );
  }
  return one === other || (containsOne(one, other) && containsOne(other, one));
}

function copiesOf({ copies = 1 }: ScalarResource): number {
  return copies;
}

function withCopies(one: ScalarResource, copies: number): ScalarResource | undefined {
  if (copies <= 0) return undefined;
  const { copies: _, ...single } = one;
  return copies === 1 ? single : { ...single, copies };
}

function withMilli(one: ScalarResource, milli: number): ScalarResource {
  // Nearly all are plain, and a literal is made faster than a copy.
  return isPlain(one) ? { name: one.name, type: 'scalar', milli } : { ...one, milli };
}
