/**
 * The luck of each direction between two nodes: every kind of it a stream of its own, so that one
 * fault more or less, or one node, leaves all other dice where they were.
 */
import type { Random } from './random.ts';

export interface Luck {
  readonly delay: Random;
  readonly loss: Random;
  readonly duplicate: Random;
  readonly reorder: Random;
  /** How long this end waits in silence. */
  readonly silence: Random;
  /** How much of what was sent leaves a dying process. */
  readonly cut: Random;
}

export class PairLuck {
  readonly #random: Random;
  readonly #pairs = new Map<string, Luck>();

  constructor(random: Random) {
    this.#random = random;
  }

  of(from: string, to: string): Luck {
    const key = `${from}>${to}`;
    let luck = this.#pairs.get(key);
    if (luck === undefined) {
      const random = this.#random.split(key);
      luck = {
        delay: random.split('delay'),
        loss: random.split('loss'),
        duplicate: random.split('duplicate'),
        reorder: random.split('reorder'),
        silence: random.split('silence'),
        cut: random.split('cut'),
      };
      this.#pairs.set(key, luck);
    }
    return luck;
  }
}
