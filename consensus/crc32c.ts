/**
 * CRC-32C (Castagnoli) of bytes: what frames, slots and chunks on the disk are sealed with.
 *
 * In JavaScript, eight bytes a step: for the few hundred bytes of a usual frame that is faster than
 * the way into native code and back, and far below the time that one write to the disk takes.
 * Source: RFC 3720 appendix B.4 for the polynomial; Kounavis and Berry 2005 for slicing by eight.
 */
const POLYNOMIAL_REVERSED = 0x82f63b78;

const [table0, table1, table2, table3, table4, table5, table6, table7] = makeTables();

/**
 * Of `bytes` from `begin` up to `end`, as a number from 0 to 2^32 - 1. What was computed so far may be
 * given as `initial`: `crc32c(b, crc32c(a))` is that of `a` followed by `b`.
 */
export function crc32c(
  bytes: Uint8Array,
  initial = 0,
  begin = 0,
  end: number = bytes.length,
): number {
  let value = ~initial;
  let position = begin;
  for (const last = end - 8; position <= last; position += 8) {
    value ^=
      at(bytes, position) |
      (at(bytes, position + 1) << 8) |
      (at(bytes, position + 2) << 16) |
      (at(bytes, position + 3) << 24);
    value =
      at(table7, value & 255) ^
      at(table6, (value >>> 8) & 255) ^
      at(table5, (value >>> 16) & 255) ^
      at(table4, value >>> 24) ^
      at(table3, at(bytes, position + 4)) ^
      at(table2, at(bytes, position + 5)) ^
      at(table1, at(bytes, position + 6)) ^
      at(table0, at(bytes, position + 7));
  }
  for (; position < end; position++) {
    value = (value >>> 8) ^ at(table0, (value ^ at(bytes, position)) & 255);
  }
  return ~value >>> 0;
}

/** For indexes that are inside. */
function at(numbers: Uint8Array | Int32Array, index: number): number {
  return numbers[index] as number;
}

type Tables = readonly [
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
  ...[Int32Array, Int32Array, Int32Array, Int32Array],
];

/** The first is that of the usual algorithm; each further one is a byte ahead of the one before. */
function makeTables(): Tables {
  const first = new Int32Array(256).map((_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL_REVERSED : value >>> 1;
    }
    return value;
  });
  const ahead = (table: Int32Array) => table.map((value) => (value >>> 8) ^ at(first, value & 255));
  const tables = [first];
  for (let count = 1; count < 8; count++) tables.push(ahead(tables[count - 1] as Int32Array));
  return tables as unknown as Tables;
}
