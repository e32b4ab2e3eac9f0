/** What routes need to read: the reads of this node, and its clock. */
import type { ReadQuestion } from './snapshot/read-changes.ts';
import type { ReadAnswer, Reads } from './snapshot/reads.ts';

export interface Reader {
  nowMs(): number;
  /** @returns undefined when no master of this node leads (any more) */
  answer(question: ReadQuestion): Promise<ReadAnswer | undefined>;
  readonly reads: Reads;
}

export function readerOf(reads: Reads, nowMs: () => number): Reader {
  return {
    nowMs,
    reads,
    answer: (question) => reads.answer(question, nowMs()).catch(() => undefined),
  };
}
