/**
 * RecordIO: messages on a stream, each as `<decimal count of bytes>\n<bytes>`.
 *
 * Chunks of the transport mean nothing: a record may come in many, and many in one. A record is never
 * empty. What does not read like this can't be mended, because where the next record begins is
 * unknown: the decoder stays broken.
 * Source: Mesos, docs/recordio.md.
 */
import { CodedError } from '../../runtime/errors.ts';
import { GatheredBytes } from './gathered-bytes.ts';

export const RECORDIO_ERRORS = {
  recordLengthInvalid: 'Write each record as its length in bytes, a line feed, and the bytes',
  recordTooLarge: 'Write smaller records',
  recordTruncated: 'Write the whole record before the stream ends',
} as const;

type RecordioErrorCode = keyof typeof RECORDIO_ERRORS;

/** Of one record, by default; clients of Mesos take as much. */
export const RECORD_BYTES_MAX = 4_194_304;

const LINE_FEED = 0x0a;
const ZERO = 0x30;

/** Text is encoded as UTF-8. */
export function encodeRecord(record: Uint8Array | string): Uint8Array {
  const bytes = typeof record === 'string' ? Buffer.from(record) : record;
  return Buffer.concat([Buffer.from(`${bytes.length}\n`), bytes]);
}

/** Takes chunks as they come, gives records as they are complete. Holds at most one record. */
export class RecordDecoder {
  readonly #recordBytesMax: number;
  readonly #digitCountMax: number;
  /** Bytes that were taken, of this chunk included as far as it is read. */
  #offset = 0;
  /** Where the record that is being read begins: its first digit. */
  #recordOffset = 0;
  #digitCount = 0;
  #length = 0;
  /** What has come of the record; undefined while its length is read. */
  #record: GatheredBytes | undefined;
  #fault: CodedError | undefined;

  constructor({ recordBytesMax = RECORD_BYTES_MAX }: { readonly recordBytesMax?: number } = {}) {
    this.#recordBytesMax = recordBytesMax;
    this.#digitCountMax = String(recordBytesMax).length;
  }

  /**
   * @returns the records that this chunk completes; they may share its memory
   * @throws CodedError (RECORDIO_ERRORS) that names the offset; records of the chunk before are lost
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#fault !== undefined) throw this.#fault;
    const records: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#record === undefined) {
        this.#takeDigit(chunk[at] ?? 0);
        at++;
        this.#offset++;
        continue;
      }
      const part = chunk.subarray(at, at + this.#length - this.#record.length);
      at += part.length;
      this.#offset += part.length;
      // One that came in one piece is given as it is.
      if (part.length === this.#length) {
        records.push(part);
        this.#beginRecord();
        continue;
      }
      this.#record.add(part);
      if (this.#record.length < this.#length) break;
      records.push(this.#record.whole());
      this.#beginRecord();
    }
    return records;
  }

  /**
   * To be called when the stream has ended.
   * @throws CodedError when that is in the middle of a record
   */
  end(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#record === undefined && this.#digitCount === 0) return;
    this.#fail('recordTruncated', 'the stream ended in the middle of it');
  }

  #takeDigit(byte: number): void {
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      this.#digitCount++;
      this.#length = this.#length * 10 + digit;
      if (this.#length > this.#recordBytesMax || this.#digitCount > this.#digitCountMax) {
        this.#fail('recordTooLarge', `it is larger than ${this.#recordBytesMax} bytes`);
      }
      return;
    }
    if (byte !== LINE_FEED || this.#digitCount === 0) {
      const quoted = `0x${byte.toString(16).padStart(2, '0')}`;
      this.#fail(
        'recordLengthInvalid',
        `the byte ${quoted} at offset ${this.#offset} is none of its length`,
      );
    }
    if (this.#length === 0) this.#fail('recordLengthInvalid', 'its length is 0');
    this.#record = new GatheredBytes(this.#length);
  }

  #beginRecord(): void {
    this.#record = undefined;
    this.#digitCount = 0;
    this.#length = 0;
    this.#recordOffset = this.#offset;
  }

  #fail(code: RecordioErrorCode, reason: string): never {
    this.#record = undefined;
    this.#fault = new CodedError(
      code,
      `Cannot read the record at offset ${this.#recordOffset}: ${reason}`,
      RECORDIO_ERRORS[code],
    );
    throw this.#fault;
  }
}
