/**
 * Looks over bytes from outside before the CBOR decoder may see them.
 *
 * The decoder is quick but trusting: a bignum of 300 KB costs it a minute, shared references make
 * 278 bytes a tree of millions, a record definition changes how later messages are read. What
 * passes here is a tree of plain data and nothing else: arrays, maps with text keys, text, bytes,
 * numbers, booleans, null, undefined. The same look is taken at what we send, so that a message a
 * peer would have to refuse is told to the one who sent it and does not break the connection.
 *
 * One pass, no recursion, no allocation. Source: RFC 8949, sections 3 and 5.
 */

/** Of values within values. */
export const DEPTH_MAX = 32;
/** Values in one item, keys included. */
export const ITEM_COUNT_MAX = 200_000;

/** What the scan found; negative, so that it can share a return value with an offset. */
const FAULT = {
  truncated: -1,
  tooDeep: -2,
  tooManyItems: -3,
  tag: -4,
  indefiniteLength: -5,
  keyNotText: -6,
  keyForbidden: -7,
  wideInteger: -8,
  simpleValue: -9,
  reserved: -10,
} as const;

export type GuardFault = keyof typeof FAULT;

const FAULTS = new Map<number, GuardFault>(
  Object.entries(FAULT).map(([name, code]) => [code, name as GuardFault]),
);

const SENTENCES: Readonly<Record<GuardFault, string>> = {
  truncated: 'the data ends in the middle of a value',
  tooDeep: `values are nested deeper than ${DEPTH_MAX}`,
  tooManyItems: `one item has more than ${ITEM_COUNT_MAX} values`,
  tag: 'a CBOR tag (a date, a bignum, a set, a class of its own) stands where only plain data may',
  indefiniteLength: 'a value of indefinite length',
  keyNotText: 'a key of a map is not text',
  keyForbidden: 'a key has the name of something every object inherits, such as "constructor"',
  wideInteger: 'an integer of 64 bits; such numbers travel as text',
  simpleValue: 'a simple value other than false, true, null and undefined',
  reserved: 'a byte that CBOR reserves',
};

export function faultSentence(fault: GuardFault): string {
  return SENTENCES[fault];
}

/** Names that would shadow what code relies on in every object. */
const FORBIDDEN_KEYS = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];
/** The forbidden keys by their length in bytes. */
const FORBIDDEN_BY_LENGTH: readonly (readonly Buffer[] | undefined)[] = Array.from(
  { length: 1 + Math.max(...FORBIDDEN_KEYS.map((key) => key.length)) },
  (_, length) => {
    const keys = FORBIDDEN_KEYS.filter((key) => key.length === length);
    return keys.length === 0 ? undefined : keys.map((key) => Buffer.from(key));
  },
);

/** What the containers around the present one still miss, by depth, and whether they are maps. */
const outerMissing = new Int32Array(DEPTH_MAX + 1);
const outerIsMap = new Uint8Array(DEPTH_MAX + 1);

/** Bytes that follow for the additional information 24 to 31; 0: none may. */
const WIDTHS = new Uint8Array(32);
WIDTHS.set([1, 2, 4, 8], 24);

const MAJOR_NEGATIVE = 1;
const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;
const MAJOR_TAG = 6;
const MAJOR_SIMPLE = 7;

/**
 * Scans the one item that starts at `start`.
 * @returns the offset behind it, or a negative number that `faultOf` explains
 */
export function scanItem(bytes: Uint8Array, start: number): number {
  const end = bytes.length;
  let position = start;
  let itemCount = 1;
  let depth = 0;
  // Of the present container: values that are still to come, in a map keys and values.
  let missing = 1;
  let isMap = 0;

  for (;;) {
    if (position >= end) return FAULT.truncated;
    const initial = bytes[position++] as number;
    // In a map, an even number is missing before a key and an odd one before a value.
    const isKey = (isMap & ~missing & 1) === 1;
    missing--;
    const major = initial >> 5;
    let value = initial & 0x1f;
    if (isKey) {
      if (major !== MAJOR_TEXT) return FAULT.keyNotText;
      // The usual key is short, and another value follows it.
      if (value <= 23) {
        if (value > end - position) return FAULT.truncated;
        if (isForbiddenKey(bytes, position, value)) return FAULT.keyForbidden;
        position += value;
        continue;
      }
    }
    if (major === MAJOR_SIMPLE) {
      if (value >= 25 && value <= 27) {
        position += 1 << (value - 24);
        if (position > end) return FAULT.truncated;
      } else if (value < 20 || value > 23) {
        return value === 31 ? FAULT.indefiniteLength : FAULT.simpleValue;
      }
    } else {
      if (value > 23) {
        const width = WIDTHS[value] as number;
        if (width === 0) return value === 31 ? FAULT.indefiniteLength : FAULT.reserved;
        if (width === 8) return major <= MAJOR_NEGATIVE ? FAULT.wideInteger : FAULT.truncated;
        if (position + width > end) return FAULT.truncated;
        value = bytes[position++] as number;
        for (let more = width - 1; more > 0; more--) {
          value = value * 256 + (bytes[position++] as number);
        }
      }
      if (major === MAJOR_TEXT || major === MAJOR_BYTES) {
        if (value > end - position) return FAULT.truncated;
        if (isKey && isForbiddenKey(bytes, position, value)) return FAULT.keyForbidden;
        position += value;
      } else if (major === MAJOR_ARRAY || major === MAJOR_MAP) {
        const count = major === MAJOR_MAP ? value * 2 : value;
        itemCount += count;
        if (itemCount > ITEM_COUNT_MAX) return FAULT.tooManyItems;
        if (count > end - position) return FAULT.truncated;
        if (depth === DEPTH_MAX) return FAULT.tooDeep;
        outerMissing[depth] = missing;
        outerIsMap[depth] = isMap;
        depth++;
        missing = count;
        isMap = major === MAJOR_MAP ? 1 : 0;
      } else if (major === MAJOR_TAG) {
        return FAULT.tag;
      }
    }

    while (missing === 0) {
      if (depth === 0) return position;
      depth--;
      missing = outerMissing[depth] as number;
      isMap = outerIsMap[depth] as number;
    }
  }
}

/** @returns undefined when `scanned` is an offset */
export function faultOf(scanned: number): GuardFault | undefined {
  return scanned < 0 ? FAULTS.get(scanned) : undefined;
}

function isForbiddenKey(bytes: Uint8Array, start: number, length: number): boolean {
  const keys = FORBIDDEN_BY_LENGTH[length];
  if (keys === undefined) return false;
  for (let number = 0; number < keys.length; number++) {
    const key = keys[number] as Buffer;
    let index = 0;
    while (index < length && key[index] === bytes[start + index]) index++;
    if (index === length) return true;
  }
  return false;
}
