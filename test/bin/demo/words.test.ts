/** What the demo computes. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  countWords,
  dealOut,
  formatCounts,
  mergeCounts,
  mostFrequent,
  parseCounts,
} from '../../../bin/demo/words.ts';

test('words are three letters and more, whatever their case', () => {
  deepEqual(
    [...countWords('The cat, the CAT: an ökonom 2nd')],
    [
      ['the', 2],
      ['cat', 2],
      ['ökonom', 1],
    ],
  );
});

test('the counts of parts add up to the counts of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-e ]*$/)), (parts) => {
      const whole = countWords(parts.join(' '));
      deepEqual(sorted(mergeCounts(parts.map(countWords))), sorted(whole));
    }),
  );
});

test('what is printed is read back, and half of it is refused', () => {
  const counts = countWords('one two two');
  deepEqual(parseCounts(formatCounts(counts)), counts);
  throws(() => parseCounts('one 1\ntw'), /the last line is cut off/);
  throws(() => parseCounts('one\n'), /Cannot read the count "one"/);
});

test('of words as frequent as each other the first in the alphabet comes first', () => {
  deepEqual(mostFrequent(countWords('ccc bbb aaa ccc'), 2), [
    ['ccc', 2],
    ['aaa', 1],
  ]);
});

test('everything is dealt out once, in portions of about the same size', () => {
  const portions = dealOut([9, 1, 5, 5, 3, 3], (size) => size, 2);
  deepEqual(portions.flat().sort(), [1, 3, 3, 5, 5, 9]);
  for (const portion of portions)
    equal(
      portion.reduce((sum, size) => sum + size, 0),
      13,
    );
});

function sorted(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}
