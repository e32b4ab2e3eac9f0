/** What is written to disk is read again as it was, and a checksum is the one that all others compute. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../consensus/bytes.ts';
import { crc32c } from '../../consensus/crc32c.ts';
import type { Entry, Membership, MembershipStep } from '../../consensus/entry.ts';
import { FrameWriter, readHead, readRecords, readSealedHead } from '../../consensus/frame.ts';
import { type LogRecord, readRecord, writeRecord } from '../../consensus/records.ts';
import {
  decodeChunk,
  decodeEnd,
  decodeHead,
  encodeChunk,
  encodeEnd,
  encodeHead,
} from '../../consensus/snapshot-format.ts';

const whole = fc.maxSafeNat();
const memberId = fc.integer({ min: 1, max: 2 ** 40 });
const address = fc.option(fc.string({ maxLength: 30 }), { nil: undefined });
const group = fc.string({ minLength: 1, maxLength: 16 });
const data = fc.uint8Array({ maxLength: 600 });

const step: fc.Arbitrary<MembershipStep> = fc.oneof(
  fc.record({ type: fc.constant('removeMember' as const), memberId }),
  fc
    .record({
      type: fc.constantFrom('addVoter' as const, 'addLearner' as const),
      memberId,
      address,
    })
    .map(({ address: at, ...rest }) => (at === undefined ? rest : { ...rest, address: at })),
);

const membership: fc.Arbitrary<Membership> = fc.record({
  voters: fc.array(memberId, { maxLength: 5 }),
  votersOutgoing: fc.array(memberId, { maxLength: 5 }),
  learners: fc.array(memberId, { maxLength: 3 }),
  learnersNext: fc.array(memberId, { maxLength: 3 }),
  leavesJointItself: fc.boolean(),
  addresses: fc.dictionary(fc.nat().map(String), fc.string({ maxLength: 30 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
});

const body = fc.oneof(
  fc.record({ kind: fc.constant('empty' as const), term: whole }),
  fc.record({ kind: fc.constant('operation' as const), term: whole, data }),
  fc.record({
    kind: fc.constant('membership' as const),
    term: whole,
    change: fc.record({
      transition: fc.constantFrom('auto' as const, 'joint' as const, 'jointExplicit' as const),
      steps: fc.array(step, { maxLength: 4 }),
    }),
  }),
);

const mark = fc.record({ index: whole, term: whole, membership });

const logRecord: fc.Arbitrary<LogRecord> = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 1, max: 2 ** 52 }),
      fc.array(body, { minLength: 1, maxLength: 8 }),
      group,
    )
    .map(([first, bodies, name]) => ({
      kind: 'entries' as const,
      group: name,
      entries: bodies.map((each, offset): Entry => ({ ...each, index: first + offset })),
    })),
  fc.record({
    kind: fc.constant('hardState' as const),
    group,
    hardState: fc.record({ term: whole, vote: whole, committedIndex: whole }),
  }),
  fc.record({ kind: fc.constant('snapshotMark' as const), group, mark, restores: fc.boolean() }),
  fc.record({ kind: fc.constant('forgotten' as const), group }),
);

test('CRC-32C of known bytes is what RFC 3720 says', () => {
  equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  equal(crc32c(new Uint8Array()), 0);
});

test('the checksum of parts, one after the other, is that of the whole', () => {
  fc.assert(
    fc.property(data, fc.nat(600), (bytes, cut) => {
      const [one, other] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      equal(crc32c(other, crc32c(one)), crc32c(bytes));
      equal(crc32c(bytes, 0, one.length), crc32c(other));
    }),
  );
});

test('every record is read as it was written', () => {
  fc.assert(
    fc.property(logRecord, (record) => {
      const writer = new ByteWriter(1);
      writeRecord(writer, record);
      const reader = new ByteReader(writer.written());
      deepEqual(readRecord(reader), structuredClone(record));
      equal(reader.position, writer.lengthBytes);
    }),
  );
});

test('a record that is cut off or unknown is refused', () => {
  fc.assert(
    fc.property(logRecord, fc.nat(10_000), (record, cut) => {
      const writer = new ByteWriter();
      writeRecord(writer, record);
      const bytes = writer.written().slice(0, cut % writer.lengthBytes);
      throws(() => readRecord(new ByteReader(bytes)));
    }),
  );
  throws(() => readRecord(new ByteReader(Uint8Array.of(9, 1, 0, 0, 0, 65))), /unknown kind/);
});

test('a frame holds its records, its place and what came before it', () => {
  const writer = new FrameWriter();
  fc.assert(
    fc.property(fc.array(logRecord, { maxLength: 5 }), whole, (records, before) => {
      const sequence = before % 2 ** 52;
      writer.reset();
      for (const record of records) writer.add(record);
      const place = { segment: 7, offset: 4096 };
      const { bytes, crc } = writer.seal(place, { sequence, crc: 0xfedcba98 });
      equal(bytes.length % 8, 0);
      const head = readSealedHead(bytes, 0);
      deepEqual(head, {
        ...place,
        ...{ sequence: sequence + 1, crc, previousCrc: 0xfedcba98, version: 1 },
        ...{ recordCount: records.length, payloadBytes: bytes.length - 40 },
      });
      deepEqual(head && readRecords(bytes, 0, head), structuredClone(records));
    }),
  );
});

test('no bit of a frame can change unnoticed', () => {
  const writer = new FrameWriter();
  writer.add({
    kind: 'hardState',
    group: 'one',
    hardState: { term: 1, vote: 2, committedIndex: 3 },
  });
  const { bytes } = writer.seal({ segment: 1, offset: 0 }, { sequence: 0, crc: 0 });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    equal(readSealedHead(changed, 0), undefined, `bit ${bit}`);
  }
  equal(readHead(new Uint8Array(100), 0), undefined);
});

test('heads, chunks and ends of snapshots are read as they were written', () => {
  fc.assert(
    fc.property(group, mark, data, whole, (name, at, bytes, totalBytes) => {
      const head = structuredClone({ group: name, mark: at });
      deepEqual(decodeHead(encodeHead(head)), head);
      if (bytes.length > 0) deepEqual(decodeChunk(encodeChunk(bytes)), bytes);
      const proof = { totalBytes, totalCrc: crc32c(bytes) };
      deepEqual(decodeEnd(encodeEnd(proof)), proof);
    }),
  );
});
