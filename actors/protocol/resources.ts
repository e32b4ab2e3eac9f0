/**
 * Resources: what agents have, offers carry and tasks use, and the algebra on them.
 *
 * Scalars are fixed point with three decimals, kept as integer thousandths so that sums are exact
 * (0.1 + 0.2 is 0.3); ranges are inclusive and coalesced; sets hold names. `mem` and `disk` are in
 * MiB. Text form as in Mesos: `cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}`.
 * Source: Mesos 1.11, src/common/resources.cpp, values.cpp.
 */
export interface ScalarResource {
  readonly name: string;
  readonly type: 'scalar';
  /** Thousandths; a positive integer. */
  readonly milli: number;
}

export interface RangesResource {
  readonly name: string;
  readonly type: 'ranges';
  /** Inclusive, ascending, coalesced, not empty. */
  readonly ranges: readonly { readonly begin: number; readonly end: number }[];
}

export interface SetResource {
  readonly name: string;
  readonly type: 'set';
  /** Ascending, distinct, not empty. */
  readonly items: readonly string[];
}

export type Resource = ScalarResource | RangesResource | SetResource;

/** Canonical: ascending by name, one entry a name, nothing empty. */
export type Resources = readonly Resource[];

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

export type Attributes = readonly Attribute[];
