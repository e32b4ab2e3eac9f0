/**
 * Regular expressions of outsiders: the syntax and the promises of RE2. No expression takes longer
 * than its size times the length of the text, and how large it may be is bounded before it is built.
 *
 * A bounded repetition costs as often what is in it, so a short text can ask for a large program. Its
 * size is therefore reckoned from the text first, never too low, and only then it is compiled.
 * Source: RE2, syntax.txt; Mesos 1.11, offer_constraints_filter.cpp, createRE2.
 */
import { RE2JS, RE2JSException } from 're2js';

export interface RegexLimits {
  /** For the program, at `INSTRUCTION_BYTES` each instruction. */
  readonly memoryBytesMax: number;
  /** In instructions. */
  readonly programSizeMax: number;
}

/** Source: Mesos 1.11, src/master/flags.cpp. */
export const REGEX_LIMITS_DEFAULT: RegexLimits = { memoryBytesMax: 4096, programSizeMax: 100 };

/** For those that were found to be within their limits before. */
export const UNLIMITED: RegexLimits = {
  memoryBytesMax: Number.POSITIVE_INFINITY,
  programSizeMax: Number.POSITIVE_INFINITY,
};

/** As many as one takes in RE2. */
const INSTRUCTION_BYTES = 8;

/** Whether all of a text matches. */
export type TextMatcher = (text: string) => boolean;

/** @returns the matcher, or what is wrong, as a sentence */
export function compileRegex(regex: string, limits: RegexLimits): TextMatcher | string {
  if (programSizeBound(regex) * INSTRUCTION_BYTES > limits.memoryBytesMax) {
    return notConstructed(regex, 'pattern too large - compile failed');
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(regex);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return notConstructed(regex, error.message.replace('error parsing regexp: ', ''));
  }
  const size = compiled.programSize();
  if (size > limits.programSizeMax) {
    return `Regex '${regex}' is too complex: program size of ${size} is larger than maximum of ${limits.programSizeMax} allowed`;
  }
  // By a matcher: what answers faster keeps a cache for each expression, of megabytes.
  return (text) => compiled.matcher(text).matches();
}

function notConstructed(regex: string, why: string): string {
  return `Failed to construct regex from pattern '${regex}': ${why}`;
}

const REPEAT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/y;
const FLAGS = /\(\?[A-Za-z-]*\)/y;
/** An escape that has an argument in braces. */
const BRACED = /\\[xpP]\{[^}]*\}/y;

/**
 * Instructions of the program at most. What is no expression at all has some size, too.
 * `last` is the size of what a repetition would repeat, `before` of all before it in its group.
 */
export function programSizeBound(regex: string): number {
  const outer: number[] = [];
  // Begin, end, match, and one for nothing at all.
  let [before, last] = [4, 0];
  const atom = (size: number) => {
    before += last;
    last = size;
  };
  for (let at = 0; at < regex.length; ) {
    const character = regex[at];
    const repeat = character === '{' ? matchAt(REPEAT, regex, at) : undefined;
    const flags = character === '(' ? matchAt(FLAGS, regex, at) : undefined;
    if (repeat !== undefined) {
      const [all, least = '', most = ''] = repeat;
      const times = Math.max(Number(least), Number(most), 1);
      // Each beyond the least may be left out, and without end there is a loop.
      last = last * times + times + 1;
      at += all.length;
    } else if (flags !== undefined) {
      // Nothing to be repeated: what stands before it is.
      at += flags[0].length;
    } else if (character === '(') {
      outer.push(before + last);
      [before, last] = [0, 0];
      at++;
    } else if (character === ')') {
      // Two for what it captures, and one for nothing at all.
      const size = before + last + 3;
      [before, last] = [outer.pop() ?? 0, size];
      at++;
    } else if (character === '|') {
      atom(2);
      at++;
    } else if (character === '*' || character === '+' || character === '?') {
      last++;
      at++;
    } else if (character === '[') {
      atom(1);
      at = afterClass(regex, at);
    } else if (regex.startsWith('\\Q', at)) {
      const end = regex.indexOf('\\E', at + 2);
      const literal = regex.slice(at + 2, end < 0 ? undefined : end);
      for (const _ of literal) atom(1);
      at = end < 0 ? regex.length : end + 2;
    } else {
      atom(1);
      at += matchAt(BRACED, regex, at)?.[0].length ?? (character === '\\' ? 2 : 1);
    }
  }
  // Groups that are never closed.
  return outer.reduce((sum, size) => sum + size, before + last);
}

/** Where a class of characters ends that begins here. */
function afterClass(regex: string, begin: number): number {
  let at = begin + 1;
  if (regex[at] === '^') at++;
  // The first one is a character of the class.
  if (regex[at] === ']') at++;
  while (at < regex.length && regex[at] !== ']') {
    const named = regex.startsWith('[:', at) ? regex.indexOf(':]', at + 2) : -1;
    if (named >= 0) at = named + 2;
    else at += matchAt(BRACED, regex, at)?.[0].length ?? (regex[at] === '\\' ? 2 : 1);
  }
  return at + 1;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
