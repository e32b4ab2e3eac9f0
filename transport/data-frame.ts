/**
 * Data frames of WebSocket, head and content in one piece.
 *
 * They stand in slabs that several share, for a buffer of its own costs more than what a usual frame
 * is; a slab is free when the last frame in it has left. Source: RFC 6455, section 5.2.
 */

/** Of the content; a larger one is better not copied. */
export const DATA_BYTES_MAX = 8 * 1024;
const SLAB_BYTES = 32 * 1024;
/** A length of 16 bits is the longest that is needed. */
const HEAD_BYTES_MAX = 8;

/** A whole message of bytes. */
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
/** Longer contents say their length in two bytes more. */
const SHORT_LENGTH_MAX = 125;
const LENGTH_IN_16_BITS = 126;

let slab = Buffer.allocUnsafeSlow(0);
let used = 0;

/**
 * @param content at most `DATA_BYTES_MAX`
 * @param isMasked as what a client sends must be: by zeros, that change nothing
 */
export function dataFrame(content: Uint8Array, isMasked: boolean): Uint8Array {
  const { length } = content;
  if (used + length + HEAD_BYTES_MAX > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  const start = used;
  const mask = isMasked ? MASKED : 0;
  slab[used++] = FINAL_BINARY;
  if (length <= SHORT_LENGTH_MAX) {
    slab[used++] = mask | length;
  } else {
    slab[used++] = mask | LENGTH_IN_16_BITS;
    slab[used++] = length >> 8;
    slab[used++] = length & 0xff;
  }
  if (isMasked) {
    slab.fill(0, used, used + 4);
    used += 4;
  }
  slab.set(content, used);
  used += length;
  return slab.subarray(start, used);
}
