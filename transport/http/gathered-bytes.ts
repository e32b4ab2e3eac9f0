/**
 * Bytes that come in parts and are wanted in one piece. They are copied into memory that grows with
 * what has come: a million parts of one byte cost a million bytes, and a promised length costs nothing
 * until its bytes are there.
 */

/** What the first part makes room for, at least. */
const FIRST_BYTES = 1024;

export class GatheredBytes {
  readonly #bytesMax: number;
  #memory = Buffer.alloc(0);
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#bytes;
  }

  /** @returns false when it would be more than the maximum; nothing was added then */
  add(part: Uint8Array): boolean {
    const bytes = this.#bytes + part.length;
    if (bytes > this.#bytesMax) return false;
    if (bytes > this.#memory.length) {
      const room = Math.max(bytes, Math.min(this.#bytesMax, this.#bytes * 2), FIRST_BYTES);
      const memory = Buffer.allocUnsafeSlow(room);
      this.#memory.copy(memory, 0, 0, this.#bytes);
      this.#memory = memory;
    }
    this.#memory.set(part, this.#bytes);
    this.#bytes = bytes;
    return true;
  }

  /** All of it; nothing may be added any more. */
  whole(): Buffer {
    return this.#memory.subarray(0, this.#bytes);
  }
}
