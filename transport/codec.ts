/**
 * CBOR as nodes speak it: the library, with the settings and the guard that make it safe.
 *
 * Records and shared references are off, for they would make what is read depend on what was read
 * before; bytes are copied out, for a window of four bytes would keep its whole frame; and nothing
 * is decoded, or sent, that the guard has not seen.
 */
import { Encoder } from 'cbor-x';
import { faultOf, faultSentence, scanItem } from './guard.ts';

/** Items are decoded in groups of about this many bytes: a text that is kept keeps its group. */
const DECODE_GROUP_BYTES = 2_048;
/** After an item larger than this the encoder gets a small buffer again. */
const ENCODER_BYTES_KEPT = 256 * 1024;

/** The encoder writes into a buffer of its own, says where, and may then write over it again. */
const OVERWRITE = 512 | 1024;

interface Codec {
  encode(value: unknown, mode: typeof OVERWRITE): EncodedInPlace;
  encode(value: unknown): Buffer;
  useBuffer(buffer: Buffer): void;
  decodeMultiple(bytes: Uint8Array, forEach: (value: unknown) => void): void;
}

const codec = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  tagUint8Array: false,
  copyBuffers: true,
}) as unknown as Codec;

/** Something between nodes that can't be written, or not be understood. `message` says what. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
}

export interface EncodedInPlace extends Buffer {
  /** Where the item stands; the rest of the buffer is none of the caller's. */
  readonly start: number;
  readonly end: number;
}

/**
 * Encodes into a buffer that the next call writes over: to be copied at once.
 * @throws WireFault when `item` is not plain data
 */
export function encodeInPlace(item: readonly unknown[]): EncodedInPlace {
  let encoded: EncodedInPlace;
  try {
    encoded = codec.encode(item, OVERWRITE);
  } catch (error) {
    // Functions, symbols, and objects that contain themselves.
    throw new WireFault(error instanceof Error ? error.message : String(error));
  }
  if (encoded.length > ENCODER_BYTES_KEPT) codec.useBuffer(Buffer.allocUnsafeSlow(8_192));
  const fault = faultOf(scanItem(encoded, encoded.start));
  if (fault !== undefined) throw new WireFault(faultSentence(fault));
  return encoded;
}

/** Encodes what is ours and small. */
export function encodeItem(item: readonly unknown[]): Uint8Array {
  return codec.encode(item);
}

/**
 * Decodes items of a frame from `offset` on, at most `countMax` of them, after the guard has seen
 * them; appends their values to `values`.
 * @returns the offset of the next item
 * @throws WireFault when the bytes are not plain data; `values` holds what came before
 */
export function decodeItems(
  frame: Uint8Array,
  offset: number,
  countMax: number,
  values: unknown[],
): number {
  let position = offset;
  let count = 0;
  const append = (value: unknown) => {
    values.push(value);
  };
  while (position < frame.length && count < countMax) {
    const start = position;
    do {
      const next = scanItem(frame, position);
      if (next < 0) {
        if (position > start) decodeGroup(frame.subarray(start, position), append);
        const fault = faultOf(next);
        throw new WireFault(fault === undefined ? 'not CBOR' : faultSentence(fault));
      }
      position = next;
      count++;
    } while (position < frame.length && count < countMax && position - start < DECODE_GROUP_BYTES);
    decodeGroup(frame.subarray(start, position), append);
  }
  return position;
}

function decodeGroup(group: Uint8Array, append: (value: unknown) => void): void {
  try {
    codec.decodeMultiple(group, append);
  } catch (error) {
    throw new WireFault(error instanceof Error ? error.message : String(error));
  }
}
