/**
 * Whole numbers, texts and bytes as they stand on the disk: little-endian, numbers of known width.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const HIGH = 0x1_0000_0000;

/** Grows as it is written to; `reset` keeps its memory for the next use. */
export class ByteWriter {
  lengthBytes = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;

  constructor(initialBytes = 1024) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What was written; shares memory with the writer until the next `reset`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.lengthBytes);
  }

  reset(): void {
    this.lengthBytes = 0;
  }

  u8(value: number): void {
    const position = this.#advance(1);
    this.#view.setUint8(position, value);
  }

  u32(value: number): void {
    const position = this.#advance(4);
    this.#view.setUint32(position, value, true);
  }

  /** A whole number below 2^53, in eight bytes. */
  whole(value: number): void {
    const position = this.#advance(8);
    this.#view.setUint32(position, value >>> 0, true);
    this.#view.setUint32(position + 4, Math.floor(value / HIGH), true);
  }

  bytes(value: Uint8Array): void {
    const position = this.#advance(value.length);
    this.#bytes.set(value, position);
  }

  /** Its length first, in four bytes. */
  sizedBytes(value: Uint8Array): void {
    this.u32(value.length);
    this.bytes(value);
  }

  sizedText(value: string): void {
    this.sizedBytes(encoder.encode(value));
  }

  zeros(count: number): void {
    const position = this.#advance(count);
    this.#bytes.fill(0, position, position + count);
  }

  /** Writes over four bytes that were written before. */
  patchU32(position: number, value: number): void {
    this.#view.setUint32(position, value, true);
  }

  /** May replace bytes and view: whoever calls this takes hold of them afterwards. */
  #advance(count: number): number {
    const position = this.lengthBytes;
    this.lengthBytes += count;
    if (this.lengthBytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.lengthBytes, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, position));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return position;
  }
}

/** Reads what a `ByteWriter` wrote. @throws RangeError, TypeError where the bytes say otherwise */
export class ByteReader {
  position: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  whole(): number {
    const position = this.#advance(8);
    const low = this.#view.getUint32(position, true);
    const value = this.#view.getUint32(position + 4, true) * HIGH + low;
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is above 2^53`);
    return value;
  }

  /** Shares memory with what is read from. */
  bytes(count: number): Uint8Array {
    const position = this.#advance(count);
    if (this.position > this.#bytes.length) {
      throw new RangeError(`${count} bytes are not there at ${position}`);
    }
    return this.#bytes.subarray(position, this.position);
  }

  sizedBytes(): Uint8Array {
    return this.bytes(this.u32());
  }

  sizedText(): string {
    return decoder.decode(this.sizedBytes());
  }

  #advance(count: number): number {
    const { position } = this;
    this.position += count;
    return position;
  }
}
