/**
 * What the actors of a node count, under the names that its metrics have in Mesos.
 *
 * Counting costs a handler one look into a map. What can be told from the state of an actor is not
 * counted at all: the actor names a function that reads it, which is called between turns when somebody
 * asks, as the inspector does.
 */
import { type DurationStatistics, Durations } from './durations.ts';

/** What a node says of itself at one moment, by name. */
export interface Metrics {
  /** They only grow, but with the node that counts, or the leadership, they begin at 0. */
  readonly counters: ReadonlyMap<string, number>;
  readonly gauges: ReadonlyMap<string, number>;
  readonly durations: ReadonlyMap<string, DurationStatistics>;
}

type ReadGauges = () => Iterable<readonly [name: string, value: number]>;

/** Younger durations count in percentiles, where nothing else is said: an hour. */
const WINDOW_MS = 60 * 60 * 1000;

export class Tally {
  readonly #counters = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();
  readonly #gauges = new Map<string, ReadGauges>();

  /** @param names of counters that are there from the beginning, at 0 */
  constructor(names: Iterable<string> = []) {
    for (const name of names) this.#counters.set(name, 0);
  }

  count(name: string, by = 1): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
  }

  time(name: string, tookMs: number, nowMs: number, windowMs = WINDOW_MS): void {
    let durations = this.#durations.get(name);
    if (durations === undefined) {
      durations = new Durations(windowMs);
      this.#durations.set(name, durations);
    }
    durations.add(tookMs, nowMs);
  }

  /**
   * @param source one of a kind: who names a function again, as an actor that was restarted does, takes
   * the place of who named one before
   * @param read changes nothing, and asks nobody
   */
  gauges(source: string, read: ReadGauges): void {
    this.#gauges.set(source, read);
  }

  /** Its actor has ended: what it showed is not there any more. */
  endGauges(source: string): void {
    this.#gauges.delete(source);
  }

  read(nowMs: number): Metrics {
    const gauges = new Map<string, number>();
    for (const read of this.#gauges.values()) {
      for (const [name, value] of read()) gauges.set(name, value);
    }
    const durations = new Map<string, DurationStatistics>();
    for (const [name, one] of this.#durations) durations.set(name, one.statistics(nowMs));
    return { counters: new Map(this.#counters), gauges, durations };
  }
}
