/**
 * Resources: what agents have, offers carry and tasks use, and the algebra on them.
 *
 * Scalars are fixed point with three decimals, kept as integer thousandths so that sums are exact
 * (0.1 + 0.2 is 0.3); ranges are inclusive and coalesced; sets hold names. `mem` and `disk` are in
 * MiB. The same name with another type or of another kind (`resource-kinds.ts`: reserved for another
 * role, on another disk) is another resource: the two never meet in a sum.
 *
 * Text form as in Mesos: `cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}`.
 * Source: Mesos 1.11, src/common/resources.cpp, values.cpp.
 */
import type { Ranges } from './ranges.ts';
import type { ResourceKind } from './resource-kinds.ts';

export {
  compareResources,
  contains,
  equalResources,
  isEmpty,
  minus,
  overlap,
  plus,
  scalarMilli,
} from './resource-algebra.ts';
export {
  formatAttributes,
  formatResources,
  parseAttributes,
  parseResources,
} from './resource-text.ts';

export interface ScalarResource extends ResourceKind {
  readonly type: 'scalar';
  /** Thousandths; a positive integer, at most `SCALAR_MILLI_MAX` where it comes from outside. */
  readonly milli: number;
  /** Of what is shared: how often it is there; absent for once. */
  readonly copies?: number;
}

export interface RangesResource extends ResourceKind {
  readonly type: 'ranges';
  /** Inclusive, ascending, coalesced, not empty. */
  readonly ranges: Ranges;
}

export interface SetResource extends ResourceKind {
  readonly type: 'set';
  /** Ascending, distinct, not empty. */
  readonly items: readonly string[];
}

export type Resource = ScalarResource | RangesResource | SetResource;

/** Canonical: ascending by name, type and kind; one entry for each of them; nothing empty. */
export type Resources = readonly Resource[];

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** In the order given; of several with one name the first counts. */
export type Attributes = readonly Attribute[];
