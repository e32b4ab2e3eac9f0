/**
 * gzip: of answers that are worth it, and of the bodies of requests.
 *
 * All of it happens on threads of the pool, never on the event loop. The compressed form of bytes that
 * are answered again and again (a snapshot that many ask for) is made once, and kept as long as they.
 */
import { constants, gunzip, gzip } from 'node:zlib';

/** Shorter answers, and those of this length, are not worth it. Mesos has the same bound. */
export const UNCOMPRESSED_BYTES_MAX = 1024;

export class Compressor {
  readonly #countMax: number;
  readonly #kept = new WeakMap<Uint8Array, Promise<Uint8Array | undefined>>();
  #count = 0;

  /** @param countMax answers in the making; those that are too many go out as they are */
  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** @returns undefined when it goes out as it is. Never rejects. */
  compress(body: Uint8Array): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(body);
    if (kept !== undefined) return kept;
    if (body.length <= UNCOMPRESSED_BYTES_MAX || this.#count >= this.#countMax) {
      return Promise.resolve(undefined);
    }
    const made = this.#make(body);
    this.#kept.set(body, made);
    return made;
  }

  #make(body: Uint8Array): Promise<Uint8Array | undefined> {
    this.#count++;
    return new Promise((resolve) => {
      gzip(body, { level: constants.Z_BEST_SPEED }, (error, compressed) => {
        this.#count--;
        resolve(error === null ? compressed : undefined);
      });
    });
  }
}

export type Decompressed = Uint8Array | 'tooLarge' | 'malformed';

/** Stops where more than `bytesMax` would come out. */
export function decompress(body: Uint8Array, bytesMax: number): Promise<Decompressed> {
  return new Promise((resolve) => {
    gunzip(body, { maxOutputLength: bytesMax }, (error, plain) => {
      if (error === null) resolve(plain);
      else
        resolve(
          'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLarge' : 'malformed',
        );
    });
  });
}
