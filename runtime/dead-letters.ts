/**
 * Dead letters: what could not be delivered or handled, and why. A counter for each reason, and the
 * last ones themselves for those who look in.
 */
import type { AnyAddress, Tagged } from './actor.ts';
import type { DeadLetterReason } from './host.ts';

export interface DeadLetter {
  readonly atMs: number;
  readonly reason: DeadLetterReason;
  readonly to: AnyAddress;
  readonly from: AnyAddress | undefined;
  readonly id: number;
  readonly node: string;
  readonly causeId: number;
  readonly causeNode: string;
  readonly message: Tagged;
}

/** How many are kept; the oldest makes room. */
export const DEAD_LETTER_COUNT_MAX = 1000;

export class DeadLetters {
  private readonly kept: DeadLetter[] = [];
  private oldest = 0;
  private readonly counts = new Map<DeadLetterReason, number>();

  add(letter: DeadLetter): void {
    this.counts.set(letter.reason, this.count(letter.reason) + 1);
    if (this.kept.length < DEAD_LETTER_COUNT_MAX) {
      this.kept.push(letter);
    } else {
      this.kept[this.oldest] = letter;
      this.oldest = (this.oldest + 1) % DEAD_LETTER_COUNT_MAX;
    }
  }

  count(reason: DeadLetterReason): number {
    return this.counts.get(reason) ?? 0;
  }

  countByReason(): Readonly<Partial<Record<DeadLetterReason, number>>> {
    return Object.fromEntries(this.counts);
  }

  /** Oldest first. */
  list(): DeadLetter[] {
    return [...this.kept.slice(this.oldest), ...this.kept.slice(0, this.oldest)];
  }
}
