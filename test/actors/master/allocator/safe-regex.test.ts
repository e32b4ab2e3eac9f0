/** Regular expressions of outsiders: RE2's syntax, and bounds on what they cost. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc, { array, constantFrom, integer, oneof, property } from 'fast-check';
import { RE2JS, RE2JSException } from 're2js';
import {
  compileRegex,
  programSizeBound,
  REGEX_LIMITS_DEFAULT,
  UNLIMITED,
} from '../../../../actors/master/allocator/safe-regex.ts';

/** Expressions that engines which go back and try again need ages for. */
const NASTY = [
  '(a*)*b',
  '(a+)+$b',
  '(a|aa)+b',
  '(a|a?)+b',
  '([a-z]+)*1',
  '(.*)*(.*)*(.*)*x',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(a?){25}a{25}',
  '(.*)(.*)(.*)(.*)(.*)[^a]',
];

/** Looks at characters while matching; every step of a machine is at one. */
function looks(regex: string, text: string): number {
  const matches = compileRegex(regex, UNLIMITED);
  ok(typeof matches !== 'string', regex);
  const charCodeAt = String.prototype.charCodeAt;
  let count = 0;
  String.prototype.charCodeAt = function (this: string, index: number) {
    count++;
    return charCodeAt.call(this, index);
  };
  try {
    matches(text);
  } finally {
    String.prototype.charCodeAt = charCodeAt;
  }
  return count;
}

describe('no expression takes longer than its size times the length of the text', () => {
  for (const regex of NASTY) {
    test(regex, () => {
      const size = RE2JS.compile(regex).programSize();
      for (const length of [10, 100, 1000]) {
        const text = 'a'.repeat(length);
        // An instruction looks at what is before and behind it.
        ok(looks(regex, text) <= 4 * size * (length + 2), `${regex} on ${length} characters`);
      }
    });
  }

  test('nor does any that chance finds', () => {
    fc.assert(
      property(expression(), integer({ min: 0, max: 300 }), (regex, length) => {
        if (typeof compileRegex(regex, UNLIMITED) === 'string') return;
        const size = RE2JS.compile(regex).programSize();
        ok(looks(regex, 'ab'.repeat(length)) <= 4 * size * (2 * length + 2));
      }),
    );
  });
});

test('the size of a program is never reckoned too low', () => {
  fc.assert(
    property(expression(), (regex) => {
      let size: number;
      try {
        size = RE2JS.compile(regex).programSize();
      } catch (error) {
        ok(error instanceof RE2JSException);
        return;
      }
      ok(programSizeBound(regex) >= size, `${programSizeBound(regex)} < ${size}: ${regex}`);
    }),
    { numRuns: 2000 },
  );
});

test('nor far too high where expressions are as people write them', () => {
  const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
  const addresses = '([0-9]{1,3}\\.){3}[0-9]{1,3}';
  for (const regex of ['rack-[0-9]+', 'r[1-4]|s[5-8]', '(?i)ssd|nvme', addresses, uuid]) {
    const size = RE2JS.compile(regex).programSize();
    const bound = programSizeBound(regex);
    ok(bound <= 4 * size, `${regex}: ${bound} for ${size}`);
    equal(typeof compileRegex(regex, REGEX_LIMITS_DEFAULT), 'function', regex);
  }
});

test('what would be a large program is refused before it is built', () => {
  for (const regex of [
    '(a{10}){100}'.repeat(50),
    '[)]{1000}',
    '(([)]a{31}){31})',
    '\\Q((\\Ea{600}',
  ]) {
    match(
      String(compileRegex(regex, REGEX_LIMITS_DEFAULT)),
      /^Failed to construct regex from pattern '.*': pattern too large - compile failed$/,
    );
  }
  match(String(compileRegex('(a+){50}', REGEX_LIMITS_DEFAULT)), /is too complex: program size of/);
});

test('braces that are no repetition are none', () => {
  deepEqual(
    ['\\x{100}', '[\\x{5D}{9}]', '\\p{Greek}', 'a{,9}', '\\Q{99}\\E'].map(
      (regex) => programSizeBound(regex) < 20,
    ),
    [true, true, true, true, true],
  );
});

test('the whole text has to match', () => {
  const matches = compileRegex('b|ab', REGEX_LIMITS_DEFAULT);
  ok(typeof matches !== 'string');
  deepEqual(['b', 'ab', 'abc', 'xb', ''].map(matches), [true, true, false, false, false]);
});

test('what RE2 has not is refused with what is wrong', () => {
  for (const regex of ['a(?=b)', '(a)\\1', '[a-d', 'a**', '(']) {
    match(
      String(compileRegex(regex, REGEX_LIMITS_DEFAULT)),
      /^Failed to construct regex from pattern '.*': (invalid|missing)/,
    );
  }
});

/** Pieces of expressions, put together by chance: many are expressions. */
function expression() {
  const pieces = constantFrom(
    ...[
      'a',
      'b',
      '.',
      '(',
      ')',
      '(?:',
      '|',
      '*',
      '+',
      '?',
      '{2}',
      '{3,5}',
      '{0,7}',
      '{4,}',
      '{12}',
    ],
    ...['[ab]', '[^]]', '[)]', '[(]', '[[:alpha:]]', '[]a]', '\\d', '\\x{61}', '\\Q(\\E', '^', '$'],
    ...['(ab){2}', '((a){2}b?){3}', '\\pL', '(?i)', '\\b', '[\\]a]', '[[:]', '{'],
  );
  return oneof(
    array(pieces, { maxLength: 12 }).map((all) => all.join('')),
    array(pieces, { maxLength: 6 }).map((all) => `(${all.join('')}){5}`),
  );
}
