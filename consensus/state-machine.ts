/**
 * What a replicated log is applied to: the contract between a replica and whoever keeps something by it.
 *
 * All members apply the same operations in the same order, so the outcome must follow from those
 * alone: no clock, no chance, no order of a hash table. What depends on them is decided by who
 * proposes, and stands in the operation. Two members that have applied as much are equal, and so
 * are the snapshots that they take.
 */

export interface Operation {
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
}

export interface StateMachine {
  /**
   * Takes in one operation; each once, in order. One that makes no sense changes nothing.
   * @returns for who proposed it: plain data
   */
  apply(operation: Operation): unknown;
  /** All of it as it is now, in pieces; they are drawn while later operations are applied already. */
  snapshot(): Iterable<Uint8Array>;
  /** What a snapshot held takes the place of everything. @throws where it can't be understood */
  restore(pieces: Iterable<Uint8Array>): void;
  /**
   * Where the log itself is what is kept, and the state machine only knows what of it counts: from this
   * index on no entry is given up. Absent where the state machine has all that was applied.
   */
  keptFrom?(): number;
}
