/** Protobuf with things in it that no encoder writes: see `wild-calls.ts`. */
import type { LinkedField } from '../../actors/protocol/v1/linked.ts';
import type { Branch, Leaf, Tree } from './wild-calls.ts';
import type { WildWriting } from './wild-json.ts';

const VARINT = 0;
const BIT64 = 1;
const LENGTH = 2;

/** In place of a field, or in front of it. */
const CHUNKS: readonly Buffer[] = [
  ...[
    '00',
    '07',
    '08',
    'ff',
    '0b',
    '0c',
    '0e',
    '0f',
    '0a80808080808080808001',
    '0affffffff0f',
    '1001',
  ],
  ...[
    '10ffffffffffffffffffff01',
    '10ffffffffffffffff7f',
    '12ffffffffffffffff7f',
    '82f80100',
    '0d01',
  ],
  ...[
    '0901',
    'c03e01',
    'c23e0178',
    'c33ec43e',
    'c33e',
    '0a0178',
    '0a021001',
    '12020a00',
    '1a00',
    '22',
  ],
  '0b'.repeat(200) + '0c'.repeat(200),
  '0b'.repeat(20_000),
  `0afa01${'0a'.repeat(250)}`,
  `12e807${'ff'.repeat(1000)}`,
].map((text) => Buffer.from(text, 'hex'));
const DOUBLES = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1e308, 5e-324];
const VARINTS = [2n ** 64n - 1n, 2n ** 63n, 2n ** 32n, 1000n, 0n];

export function wildProtobuf({ branches }: Tree, writing: WildWriting): Buffer {
  const { random, odd } = writing;
  const parts = branches.flatMap((branch) => {
    const parts = odd() ? [random.pick(CHUNKS)] : [];
    parts.push(odd() ? oddField(branch.field, writing) : fieldOf(branch, writing));
    return parts;
  });
  return Buffer.concat(parts);
}

function fieldOf({ field, value, key }: Branch, writing: WildWriting): Buffer {
  const bytes =
    typeof value === 'object' && 'branches' in value
      ? delimited(wildProtobuf(value, writing))
      : leafBytes(field, value);
  if (key === undefined) return Buffer.concat([tag(field.number, wireTypeOf(field)), bytes]);
  const entry = [tag(1, LENGTH), delimited(Buffer.from(key)), tag(2, wireTypeOf(field)), bytes];
  return Buffer.concat([tag(field.number, LENGTH), delimited(Buffer.concat(entry))]);
}

/** The right number with something else behind it. */
function oddField({ number }: LinkedField, { random }: WildWriting): Buffer {
  const delimitedBytes = () => Buffer.from(Array.from({ length: random.integer(20) }, byte));
  const byte = () => random.integer(256);
  switch (random.integer(5)) {
    case 0:
      return Buffer.concat([tag(number, VARINT), varint(random.pick(VARINTS))]);
    case 1:
      return Buffer.concat([tag(number, BIT64), double(random.pick(DOUBLES))]);
    case 2:
      return Buffer.concat([tag(number, LENGTH), delimited(delimitedBytes())]);
    case 3:
      // It promises more than there is.
      return Buffer.concat([
        tag(number, LENGTH),
        varint(random.pick([100n, 2n ** 31n, 2n ** 40n])),
      ]);
    default:
      return tag(number, random.integer(8));
  }
}

function wireTypeOf({ type }: LinkedField): number {
  if (type.kind === 'message') return LENGTH;
  if (type.kind === 'enum') return VARINT;
  if (type.scalar === 'double') return BIT64;
  return type.scalar === 'string' || type.scalar === 'bytes' ? LENGTH : VARINT;
}

function leafBytes({ type }: LinkedField, value: Leaf): Buffer {
  if (typeof value === 'string') {
    if (type.kind !== 'enum') return delimited(Buffer.from(value));
    return varint(BigInt.asUintN(64, BigInt(type.numbers.get(value) ?? 0)));
  }
  if (typeof value === 'object') return delimited(Buffer.from(value));
  if (type.kind === 'scalar' && type.scalar === 'double') return double(Number(value));
  return varint(BigInt.asUintN(64, BigInt(value)));
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function delimited(bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

function tag(number: number, wireType: number): Buffer {
  return varint(BigInt(number) * 8n + BigInt(wireType));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
