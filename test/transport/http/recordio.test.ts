/** RecordIO: what is written is read, however it is cut; what is hostile is refused, by its offset. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CodedError } from '../../../runtime/errors.ts';
import { encodeRecord, RECORD_BYTES_MAX, RecordDecoder } from '../../../transport/http/recordio.ts';

test('a record is its length in bytes, a line feed, and the bytes', () => {
  equal(Buffer.from(encodeRecord('{"ö":1}')).toString(), '8\n{"ö":1}');
});

test('two records in one chunk, and one in two, are read', () => {
  const decoder = new RecordDecoder();
  deepEqual(textsOf(decoder.push(Buffer.from('1\na2\nbc3\nd'))), ['a', 'bc']);
  deepEqual(textsOf(decoder.push(Buffer.from('ef'))), ['def']);
  decoder.end();
});

test('every cut of every stream of records gives the same records', () => {
  const record = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.array(fc.nat(400)), (records, cuts) => {
      const stream = Buffer.concat(records.map(encodeRecord));
      const decoder = new RecordDecoder({ recordBytesMax: 40 });
      const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
      ends.sort((one, other) => one - other);
      const read = ends.flatMap((end, index) =>
        decoder.push(stream.subarray(ends[index - 1] ?? 0, end)),
      );
      decoder.end();
      deepEqual(
        read.map((bytes) => Buffer.from(bytes)),
        records.map((bytes) => Buffer.from(bytes)),
      );
    }),
  );
});

test('a stream byte by byte is read', () => {
  const decoder = new RecordDecoder();
  const stream = Buffer.concat(['first', 'x'.repeat(5_000)].map(encodeRecord));
  const read = [...stream].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
  deepEqual(textsOf(read), ['first', 'x'.repeat(5_000)]);
});

/** [what comes, code, sentence] after the record `ok`, which takes 4 bytes. */
const HOSTILE: readonly (readonly [string, string, RegExp])[] = [
  ['\n', 'recordLengthInvalid', /record at offset 4: the byte 0x0a at offset 4 is none/],
  ['-1\n', 'recordLengthInvalid', /the byte 0x2d at offset 4/],
  ['1x\n', 'recordLengthInvalid', /record at offset 4: the byte 0x78 at offset 5/],
  ['1 \n', 'recordLengthInvalid', /0x20 at offset 5/],
  ['1\r\n', 'recordLengthInvalid', /0x0d at offset 5/],
  ['0\n', 'recordLengthInvalid', /its length is 0$/],
  ['101\n', 'recordTooLarge', /record at offset 4: it is larger than 100 bytes$/],
  ['9'.repeat(400), 'recordTooLarge', /larger than 100 bytes$/],
  ['0'.repeat(400), 'recordTooLarge', /larger than 100 bytes$/],
  ['NaN\n', 'recordLengthInvalid', /0x4e/],
  ['1e1\n', 'recordLengthInvalid', /0x65 at offset 5/],
  ['\u0661\n', 'recordLengthInvalid', /0xd9/],
];

for (const [text, code, sentence] of HOSTILE) {
  test(`the length ${JSON.stringify(text.slice(0, 20))} is refused: ${code}`, () => {
    const decoder = new RecordDecoder({ recordBytesMax: 100 });
    decoder.push(Buffer.from('2\nok'));
    const expected = faultLike(code, sentence);
    throws(() => decoder.push(Buffer.from(text)), expected);
    // Where the next begins is unknown.
    throws(() => decoder.push(Buffer.from('2\nok')), expected);
    throws(() => decoder.end(), expected);
  });
}

test('a stream that ends in a length or in a record is truncated', () => {
  for (const text of ['1', '3\n', '3\nab']) {
    const decoder = new RecordDecoder();
    decoder.push(Buffer.from(text));
    throws(
      () => decoder.end(),
      faultLike('recordTruncated', /record at offset 0: the stream ended/),
    );
  }
});

test('a promised length takes no memory before its bytes come, nor do they in a million parts', () => {
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 1_000 }, () => {
    const decoder = new RecordDecoder();
    decoder.push(Buffer.from(`${RECORD_BYTES_MAX}\nx`));
    return decoder;
  });
  const [first] = decoders;
  for (let count = 0; count < 100_000; count++) first?.push(Uint8Array.of(count));
  ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024);
});

test('whatever comes is read or refused with a coded fault', () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(...'0123456789\n{') }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
      const decoder = new RecordDecoder({ recordBytesMax: 1_000 });
      try {
        for (const bytes of chunks) decoder.push(bytes);
        decoder.end();
      } catch (error) {
        ok(error instanceof CodedError);
      }
    }),
  );
});

function textsOf(records: readonly Uint8Array[]): string[] {
  return records.map((record) => Buffer.from(record).toString());
}

function faultLike(code: string, sentence: RegExp) {
  return (error: unknown) =>
    error instanceof CodedError && error.code === code && sentence.test(error.message);
}
