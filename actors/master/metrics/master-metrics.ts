/**
 * What a master counts: of the cluster in a tally, of each framework apart. One of a node; a leadership
 * that begins there goes on with the counters of the last, and knows other frameworks.
 */
import type { FrameworkId } from '../../protocol/ids.ts';
import { Tally } from '../../protocol/metrics/tally.ts';
import { MASTER_COUNTERS } from './counter-names.ts';
import { emptyFrameworkTally, type FrameworkTally, frameworkPrefix } from './framework-tally.ts';

/** Frameworks whose own metrics are shown, the oldest first: each has about seventy. */
export const FRAMEWORKS_SHOWN_MAX = 250;

export interface CountedFramework {
  readonly frameworkId: FrameworkId;
  /** Of the names of its metrics. */
  readonly prefix: string;
  readonly tally: FrameworkTally;
}

export class MasterMetrics extends Tally {
  readonly #perFramework: boolean;
  readonly #frameworks = new Map<FrameworkId, CountedFramework>();

  /** @param perFramework whether each framework has metrics of its own */
  constructor(perFramework = true) {
    super(MASTER_COUNTERS);
    this.#perFramework = perFramework;
  }

  /** @param name of the framework as it is now; one that is known keeps what was counted */
  addFramework(frameworkId: FrameworkId, name: string): void {
    const tally = this.#frameworks.get(frameworkId)?.tally ?? emptyFrameworkTally();
    const prefix = frameworkPrefix(name, frameworkId);
    this.#frameworks.set(frameworkId, { frameworkId, prefix, tally });
  }

  removeFramework(frameworkId: FrameworkId): void {
    this.#frameworks.delete(frameworkId);
  }

  /** Another leadership begins. */
  forgetFrameworks(): void {
    this.#frameworks.clear();
  }

  /** Undefined where there is none of this id (any more). */
  framework(frameworkId: FrameworkId): FrameworkTally | undefined {
    return this.#frameworks.get(frameworkId)?.tally;
  }

  /** How many frameworks have metrics of their own at the most. */
  get frameworksShownMax(): number {
    return this.#perFramework ? FRAMEWORKS_SHOWN_MAX : 0;
  }

  /** Those that have metrics of their own. */
  *shownFrameworks(): Iterable<CountedFramework> {
    let leftCount = this.frameworksShownMax;
    for (const framework of this.#frameworks.values()) {
      if (leftCount-- <= 0) return;
      yield framework;
    }
  }
}
