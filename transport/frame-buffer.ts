/** A frame in the making: items are copied in one after the other, then the whole is taken. */

const BYTES_MIN = 1_024;
/** A larger buffer is not kept for the next frame. */
const BYTES_KEPT_MAX = 128 * 1_024;

export class FrameBuffer {
  #bytes = Buffer.allocUnsafeSlow(BYTES_MIN);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) this.#grow(length);
    if (source instanceof Buffer) source.copy(this.#bytes, this.#length, start, end);
    else this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** @returns what was appended, in bytes of its own; the next frame begins */
  take(): Buffer {
    const capacity = this.#bytes.length;
    const frame = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (frame.length * 2 >= capacity) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.min(capacity, BYTES_KEPT_MAX));
      return frame;
    }
    // A small frame is copied out, so that it keeps no large buffer from being freed; and while
    // frames are small, the buffer shrinks.
    const copy = Buffer.from(frame);
    if (frame.length * 8 < capacity && capacity > BYTES_MIN) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(BYTES_MIN, capacity >> 1));
    }
    return copy;
  }

  #grow(lengthMin: number): void {
    let capacity = this.#bytes.length;
    while (capacity < lengthMin) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
