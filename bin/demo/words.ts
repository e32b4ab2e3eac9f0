/** What the demo computes: how often each word occurs. Pure, and used by its tasks and its check. */

export type WordCounts = ReadonlyMap<string, number>;

/** Words are runs of three and more letters of any script, in lower case. */
export function countWords(text: string): WordCounts {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}{3,}/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

export function mergeCounts(parts: Iterable<WordCounts>): WordCounts {
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const [word, count] of part) counts.set(word, (counts.get(word) ?? 0) + count);
  }
  return counts;
}

/** Most frequent first; of equals, the first in the alphabet. */
export function mostFrequent(counts: WordCounts, wordCount: number): (readonly [string, number])[] {
  return [...counts]
    .sort(([word, count], [other, otherCount]) => otherCount - count || (word < other ? -1 : 1))
    .slice(0, wordCount);
}

/** Lines of `word count`. */
export function formatCounts(counts: WordCounts): string {
  return [...counts].map(([word, count]) => `${word} ${count}\n`).join('');
}

/** @throws when a line is not a word and its count: the text is not, or not all of, an output */
export function parseCounts(text: string): WordCounts {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('Cannot read the counts: the last line is cut off');
  return new Map(
    lines.map((line) => {
      const [, word, count] = /^(\S+) (\d+)$/.exec(line) ?? [];
      if (word === undefined) throw new Error(`Cannot read the count "${line}"`);
      return [word, Number(count)];
    }),
  );
}

/** Deals things into `portionCount` portions of about the same size, largest things first. */
export function dealOut<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  portionCount: number,
): readonly (readonly Item[])[] {
  const portions = Array.from({ length: portionCount }, () => ({ size: 0, items: [] as Item[] }));
  for (const item of [...items].sort((one, other) => sizeOf(other) - sizeOf(one))) {
    const smallest = portions.reduce((least, portion) =>
      portion.size < least.size ? portion : least,
    );
    smallest.items.push(item);
    smallest.size += sizeOf(item);
  }
  return portions.map((portion) => portion.items);
}
