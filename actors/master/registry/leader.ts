/** Who can lead, and who does. */

/** A master that can lead. */
export interface Candidate {
  /** `host:port` where agents and frameworks find it. */
  readonly node: string;
  /** A UUID made for this very start. */
  readonly masterId: string;
  readonly version: string;
}

export interface Leader {
  /** Counts leaderships: greater than that of every leader before. */
  readonly epoch: number;
  readonly candidate: Candidate;
}
