/**
 * What the actors of an agent show of themselves to this node's HTTP: what they count, and what they are
 * just doing with containers. It is read between turns; nothing is noted for it.
 */
import { Tally } from '../protocol/metrics/tally.ts';
import { AGENT_COUNTERS } from './counters.ts';

/** Operations that are listed. */
const PENDING_SHOWN_MAX = 10_000;

/** Something that has begun and is not over, such as a fetch. */
export interface PendingOperation {
  /** By which actor, and what: `fetcher/fetch`. */
  readonly operation: string;
  readonly args: Readonly<Record<string, string>>;
}

type ReadOperations = () => Iterable<PendingOperation>;

export class AgentMetrics extends Tally {
  readonly #operations = new Map<string, ReadOperations>();

  constructor() {
    super(AGENT_COUNTERS);
  }

  /** @param source as for `gauges`; who names a function again takes the place of who did before */
  operations(source: string, read: ReadOperations): void {
    this.#operations.set(source, read);
  }

  endOperations(source: string): void {
    this.#operations.delete(source);
  }

  pending(): readonly PendingOperation[] {
    const pending: PendingOperation[] = [];
    for (const read of this.#operations.values()) {
      for (const operation of read()) {
        if (pending.length >= PENDING_SHOWN_MAX) return pending;
        pending.push(operation);
      }
    }
    return pending;
  }
}
