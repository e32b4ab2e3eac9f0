/**
 * Inclusive ranges of whole numbers, as ports come: [31000-32000,33000-33010].
 *
 * A list of ranges is canonical when it is ascending, not overlapping and coalesced: between one
 * range and the next there is a hole. Every function takes canonical lists and gives them back; each
 * is one pass over both. Numbers reach from 0 to `RANGE_VALUE_MAX`.
 * Source of the rules: Mesos 1.11, src/common/values.cpp (there up to 2^64).
 */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

export type Ranges = readonly Range[];

/** The largest whole number that a double counts exactly: 2^53 - 1. */
export const RANGE_VALUE_MAX = Number.MAX_SAFE_INTEGER;

/** Makes any list of ranges canonical. */
export function coalesceRanges(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort((one, other) => one.begin - other.begin);
  const coalesced: Range[] = [];
  for (const range of sorted) append(coalesced, range);
  return coalesced;
}

export function plusRanges(left: Ranges, right: Ranges): Ranges {
  const sum: Range[] = [];
  let leftIndex = 0;
  let rightIndex = 0;
  for (;;) {
    const one = left[leftIndex];
    const other = right[rightIndex];
    if (one !== undefined && (other === undefined || one.begin <= other.begin)) {
      append(sum, one);
      leftIndex++;
    } else if (other !== undefined) {
      append(sum, other);
      rightIndex++;
    } else {
      return sum;
    }
  }
}

/** What of `left` is not in `right`. */
export function minusRanges(left: Ranges, right: Ranges): Ranges {
  const rest: Range[] = [];
  let rightIndex = 0;
  for (const range of left) {
    let begin = range.begin;
    for (;;) {
      const hole = right[rightIndex];
      if (hole === undefined || hole.begin > range.end) break;
      if (hole.begin > begin) rest.push({ begin, end: hole.begin - 1 });
      if (hole.end >= begin) begin = hole.end + 1;
      // A hole that reaches beyond this range may also cut the next one.
      if (hole.end > range.end) break;
      rightIndex++;
    }
    if (begin === range.begin) rest.push(range);
    else if (begin <= range.end) rest.push({ begin, end: range.end });
  }
  return rest;
}

export function containsRanges(left: Ranges, right: Ranges): boolean {
  let leftIndex = 0;
  for (const { begin, end } of right) {
    while ((left[leftIndex]?.end ?? Number.POSITIVE_INFINITY) < begin) leftIndex++;
    const range = left[leftIndex];
    if (range === undefined || range.begin > begin || range.end < end) return false;
  }
  return true;
}

export function overlapRanges(left: Ranges, right: Ranges): boolean {
  let leftIndex = 0;
  for (const { begin, end } of right) {
    while ((left[leftIndex]?.end ?? Number.POSITIVE_INFINITY) < begin) leftIndex++;
    const range = left[leftIndex];
    if (range === undefined) return false;
    if (range.begin <= end) return true;
  }
  return false;
}

/** Adds a range that begins no earlier than the last one. */
function append(ranges: Range[], range: Range): void {
  const last = ranges.at(-1);
  if (last === undefined || range.begin > last.end + 1) ranges.push(range);
  else if (range.end > last.end) ranges[ranges.length - 1] = { begin: last.begin, end: range.end };
}
