/**
 * Resources: what agents have, offers carry and tasks use, and the algebra on them.
 *
 * Scalars are fixed point with three decimals, kept as integer thousandths so that sums are exact
 * (0.1 + 0.2 is 0.3); ranges are inclusive and coalesced; sets hold names. `mem` and `disk` are in
 * MiB. The same name with another type is another resource: the two never meet in a sum.
 *
 * Every function takes canonical resources and gives them back, and is one pass over both lists.
 * Text form as in Mesos: `cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}`.
 * Source: Mesos 1.11, src/common/resources.cpp, values.cpp.
 */
import { containsRanges, minusRanges, overlapRanges, plusRanges, type Ranges } from './ranges.ts';

export {
  formatAttributes,
  formatResources,
  parseAttributes,
  parseResources,
} from './resource-text.ts';

export interface ScalarResource {
  readonly name: string;
  readonly type: 'scalar';
  /** Thousandths; a positive integer, at most `SCALAR_MILLI_MAX` where it comes from outside. */
  readonly milli: number;
}

export interface RangesResource {
  readonly name: string;
  readonly type: 'ranges';
  /** Inclusive, ascending, coalesced, not empty. */
  readonly ranges: Ranges;
}

export interface SetResource {
  readonly name: string;
  readonly type: 'set';
  /** Ascending, distinct, not empty. */
  readonly items: readonly string[];
}

export type Resource = ScalarResource | RangesResource | SetResource;

/** Canonical: ascending by name, then type; one entry for each name and type; nothing empty. */
export type Resources = readonly Resource[];

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** In the order given; of several with one name the first counts. */
export type Attributes = readonly Attribute[];

export function isEmpty(resources: Resources): boolean {
  return resources.length === 0;
}

/** Thousandths of the scalar called `name`; 0 when there is none. */
export function scalarMilli(resources: Resources, name: string): number {
  for (const resource of resources) {
    if (resource.type === 'scalar' && resource.name === name) return resource.milli;
  }
  return 0;
}

/** The sum. What both have of a range or a set is in it once. */
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
    const order = compare(one, other);
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
  const rest: Resource[] = [];
  let rightIndex = 0;
  for (const one of left) {
    while (rightIndex < right.length && compare(right[rightIndex], one) < 0) rightIndex++;
    const other = right[rightIndex];
    if (other === undefined || compare(one, other) !== 0) {
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
    while (leftIndex < left.length && compare(left[leftIndex], other) < 0) leftIndex++;
    const one = left[leftIndex];
    if (one === other) continue;
    if (one === undefined || compare(one, other) !== 0 || !containsOne(one, other)) return false;
  }
  return true;
}

/**
 * Whether a range or a set of both shares a number or an item. Their sum would then hold it only
 * once; scalars never overlap, they add up.
 */
export function overlap(left: Resources, right: Resources): boolean {
  let leftIndex = 0;
  for (const other of right) {
    while (leftIndex < left.length && compare(left[leftIndex], other) < 0) leftIndex++;
    const one = left[leftIndex];
    if (one === undefined || compare(one, other) !== 0) continue;
    if (one.type === 'ranges' && other.type === 'ranges') {
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
    return other !== undefined && compare(one, other) === 0 && equalOne(one, other);
  });
}

/** The order of the canonical form; what is absent comes last. */
function compare(one: Resource | undefined, other: Resource | undefined): number {
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  if (one.type !== other.type) return one.type < other.type ? -1 : 1;
  return 0;
}

/** The functions below take two resources of the same name and type. */
function plusOne(one: Resource, other: Resource): Resource {
  if (one.type === 'scalar' && other.type === 'scalar') {
    return { name: one.name, type: 'scalar', milli: one.milli + other.milli };
  }
  if (one.type === 'ranges' && other.type === 'ranges') {
    return { name: one.name, type: 'ranges', ranges: plusRanges(one.ranges, other.ranges) };
  }
  if (one.type === 'set' && other.type === 'set') {
    const items = [...new Set([...one.items, ...other.items])].sort();
    return { name: one.name, type: 'set', items };
  }
  return one;
}

function minusOne(one: Resource, other: Resource): Resource | undefined {
  if (one.type === 'scalar' && other.type === 'scalar') {
    const milli = one.milli - other.milli;
    return milli > 0 ? { name: one.name, type: 'scalar', milli } : undefined;
  }
  if (one.type === 'ranges' && other.type === 'ranges') {
    const ranges = minusRanges(one.ranges, other.ranges);
    return ranges.length > 0 ? { name: one.name, type: 'ranges', ranges } : undefined;
  }
  if (one.type === 'set' && other.type === 'set') {
    const taken = new Set(other.items);
    const items = one.items.filter((item) => !taken.has(item));
    return items.length > 0 ? { name: one.name, type: 'set', items } : undefined;
  }
  return one;
}

function containsOne(one: Resource, other: Resource): boolean {
  if (one.type === 'scalar' && other.type === 'scalar') return one.milli >= other.milli;
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
  if (one.type === 'scalar') return other.type === 'scalar' && one.milli === other.milli;
  return one === other || (containsOne(one, other) && containsOne(other, one));
}
