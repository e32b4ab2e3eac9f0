/**
 * Dead letters: what could not be delivered or handled, and why. A counter for each reason, and the
 * last ones themselves for those who look in.
 */
import type { AnyAddress, Tagged } from './actor.ts';
import { formatAddress } from './address.ts';
import type { DeadLetterReason } from './host.ts';
import type { Logger } from './log.ts';

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

/** At most one line of log for each reason in this time. */
const LOG_PERIOD_MS = 1000;

/** Reasons that point at a fault; the others are everyday life between nodes. */
const WORRYING: ReadonlySet<DeadLetterReason> = new Set([
  'overflow',
  'unknownType',
  'congested',
  'refused',
]);

interface Count {
  count: number;
  /** When the reason was last logged, and how many letters came since. */
  loggedAtMs: number;
  silentCount: number;
}

export class DeadLetters {
  private readonly log: Logger;
  private readonly kept: DeadLetter[] = [];
  private oldest = 0;
  private readonly counts = new Map<DeadLetterReason, Count>();

  constructor(log: Logger) {
    this.log = log;
  }

  /** @param fault what is wrong with it, where the reason alone does not say */
  add(letter: DeadLetter, fault?: string): void {
    if (this.kept.length < DEAD_LETTER_COUNT_MAX) {
      this.kept.push(letter);
    } else {
      this.kept[this.oldest] = letter;
      this.oldest = (this.oldest + 1) % DEAD_LETTER_COUNT_MAX;
    }
    const { reason, atMs } = letter;
    let count = this.counts.get(reason);
    if (count === undefined) {
      count = { count: 0, loggedAtMs: Number.NEGATIVE_INFINITY, silentCount: 0 };
      this.counts.set(reason, count);
    }
    count.count++;
    if (atMs - count.loggedAtMs < LOG_PERIOD_MS) {
      count.silentCount++;
      return;
    }
    this.say(letter, fault, count.silentCount);
    count.loggedAtMs = atMs;
    count.silentCount = 0;
  }

  count(reason: DeadLetterReason): number {
    return this.counts.get(reason)?.count ?? 0;
  }

  countByReason(): Readonly<Partial<Record<DeadLetterReason, number>>> {
    return Object.fromEntries([...this.counts].map(([reason, { count }]) => [reason, count]));
  }

  /** Oldest first. */
  list(): DeadLetter[] {
    return [...this.kept.slice(this.oldest), ...this.kept.slice(0, this.oldest)];
  }

  private say(letter: DeadLetter, fault: string | undefined, silentCount: number): void {
    const { reason, to, from, message } = letter;
    const say = WORRYING.has(reason) ? this.log.warn : this.log.debug;
    say(`Dead letter (${reason}): "${message.type}" for ${formatAddress(to)}`, {
      ...(from === undefined ? {} : { from: formatAddress(from) }),
      ...(fault === undefined ? {} : { fault }),
      ...(silentCount === 0 ? {} : { silentCount }),
    });
  }
}
