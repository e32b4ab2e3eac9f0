/** What must never reach the decoder, byte by byte; and that the decoder takes what does. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Encoder } from 'cbor-x';
import fc from 'fast-check';
import {
  DEPTH_MAX,
  faultOf,
  type GuardFault,
  ITEM_COUNT_MAX,
  scanItem,
} from '../../transport/guard.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const key = (text: string) =>
  hex(`a1${(0x60 + text.length).toString(16)}${Buffer.from(text).toString('hex')}00`);
const repeated = (byte: number, count: number) => Buffer.alloc(count, byte);
const codec = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

/** [what, bytes, fault] */
const ATTACKS: readonly (readonly [string, Buffer, GuardFault])[] = [
  ['nothing', hex(''), 'truncated'],
  [
    'a bignum of 300 KB, a minute of the decoder',
    Buffer.concat([hex('c2 5a 00 04 93 e0'), repeated(0xff, 300_000)]),
    'tag',
  ],
  ['a negative bignum', hex('c3 41 ff'), 'tag'],
  ['a shared value, for "billion laughs"', hex('d8 1c 81 d8 1d 00'), 'tag'],
  ['a reference to a shared value, for cycles', hex('d8 1d 00'), 'tag'],
  ['a record definition', hex('d9 df ff 83 19 e0 00 81 61 61 01'), 'tag'],
  ['several record definitions', hex('d9 df fe 83 00 81 61 61 01'), 'tag'],
  ['a record', hex('d9 e0 00 81 01'), 'tag'],
  ['bundled strings', hex('d9 df f9 82 00 00'), 'tag'],
  ['a regular expression or error by class name', hex('d8 1b 82 66 526567457870 61 61'), 'tag'],
  ['a date', hex('c1 1a 00 00 00 01'), 'tag'],
  ['packed values', hex('d8 33 84 80 80 80 01'), 'tag'],
  ['an unknown tag of eight bytes', hex('db 00 00 00 00 00 00 00 01 00'), 'truncated'],
  ['a set, nested', hex('81 a1 61 61 d9 01 02 80'), 'tag'],
  [
    'nesting beyond the depth',
    Buffer.concat([repeated(0x81, DEPTH_MAX + 1), hex('00')]),
    'tooDeep',
  ],
  ['nesting of a megabyte', repeated(0x81, 1 << 20), 'tooDeep'],
  ['an array that says 2^32 - 1', hex('9a ff ff ff ff 00'), 'tooManyItems'],
  ['a map that says 2^32 - 1', hex('ba ff ff ff ff 60 00'), 'tooManyItems'],
  ['an array longer than the rest', hex('98 64 00'), 'truncated'],
  ['an array of 2^53 values', hex('9b 00 20 00 00 00 00 00 00'), 'truncated'],
  ['bytes that say 2^32 - 1', hex('5a ff ff ff ff 00'), 'truncated'],
  ['text that says 2^63', hex('7b 80 00 00 00 00 00 00 00'), 'truncated'],
  [
    'too many values',
    Buffer.concat([hex('9a 00 03 0d 40'), repeated(0x00, ITEM_COUNT_MAX)]),
    'tooManyItems',
  ],
  [
    'too many values, each array small',
    Buffer.concat([
      hex('99 ff ff'),
      ...Array.from({ length: 0xffff }, () => hex('84 00 00 00 00')),
    ]),
    'tooManyItems',
  ],
  ['an array without end', hex('9f 00 ff'), 'indefiniteLength'],
  ['a map without end', hex('bf 61 61 00 ff'), 'indefiniteLength'],
  ['text without end', hex('7f 61 61 ff'), 'indefiniteLength'],
  ['bytes without end', hex('5f 41 61 ff'), 'indefiniteLength'],
  ['a break alone', hex('ff'), 'indefiniteLength'],
  ['a key that is a number', hex('a1 01 00'), 'keyNotText'],
  ['a key that is an array', hex('a1 80 00'), 'keyNotText'],
  ['a key that is bytes', hex('a1 41 61 00'), 'keyNotText'],
  ['a key that is a tag', hex('a1 c1 00 00'), 'keyNotText'],
  ['a second key that is a number', hex('a2 61 61 00 01 00'), 'keyNotText'],
  ['the key __proto__', key('__proto__'), 'keyForbidden'],
  ['the key constructor', key('constructor'), 'keyForbidden'],
  ['the key prototype', key('prototype'), 'keyForbidden'],
  ['the key toString', key('toString'), 'keyForbidden'],
  ['the key hasOwnProperty', key('hasOwnProperty'), 'keyForbidden'],
  ['the key valueOf', key('valueOf'), 'keyForbidden'],
  ['the key __defineGetter__', key('__defineGetter__'), 'keyForbidden'],
  ['the key __proto__ with a long length', hex('a1 78 09 5f5f70726f746f5f5f 00'), 'keyForbidden'],
  [
    'the key constructor, deep',
    Buffer.concat([hex('81 a1 61 61'), key('constructor')]),
    'keyForbidden',
  ],
  ['an unsigned integer of 64 bits', hex('1b 00 00 00 01 00 00 00 00'), 'wideInteger'],
  ['a negative integer of 64 bits', hex('3b 00 00 00 ff ff ff ff ff'), 'wideInteger'],
  ['simple value 0', hex('e0'), 'simpleValue'],
  ['simple value 16, a packed reference', hex('f0'), 'simpleValue'],
  ['simple value 255', hex('f8 ff'), 'simpleValue'],
  ['reserved additional information', hex('1c'), 'reserved'],
  ['a reserved length', hex('9d 00'), 'reserved'],
  ['a float cut short', hex('fb 00 00'), 'truncated'],
  ['a length cut short', hex('19 00'), 'truncated'],
  ['a map cut short', hex('a2 61 61 00 61'), 'truncated'],
  ['text cut short', hex('65 61 61'), 'truncated'],
];

for (const [what, bytes, fault] of ATTACKS) {
  test(`the guard refuses ${what}: ${fault}`, () => {
    equal(faultOf(scanItem(bytes, 0)), fault);
    // The same inside a message, behind harmless values.
    if (what !== 'nothing') {
      const inside = Buffer.concat([hex('83 00 61 61'), bytes]);
      ok(scanItem(inside, 0) < 0);
    }
  });
}

test('the guard lets plain data pass, up to its limits', () => {
  const passing: readonly (readonly [string, Buffer])[] = [
    ['small integers', hex('83 00 17 38 ff')],
    ['32-bit integers', hex('82 1a ff ff ff ff 3a ff ff ff ff')],
    ['floats of all sizes', hex('83 f9 3c 00 fa 3f 80 00 00 fb 3f f0 00 00 00 00 00 00')],
    ['false, true, null, undefined', hex('84 f4 f5 f6 f7')],
    ['empty things', hex('84 80 a0 60 40')],
    ['keys that only look alike', hex('a2 69 5f5f70726f746f5f58 00 6b 436f6e7374727563746f72 00')],
    ['the deepest nesting', Buffer.concat([repeated(0x81, DEPTH_MAX), hex('00')])],
    [
      'the longest array',
      Buffer.concat([hex('9a 00 03 0d 3f'), repeated(0x00, ITEM_COUNT_MAX - 1)]),
    ],
    ['lengths that could be shorter', hex('99 00 01 78 01 61')],
  ];
  for (const [what, bytes] of passing) equal(scanItem(bytes, 0), bytes.length, what);
});

test('the guard reads one item and says where the next begins', () => {
  const bytes = hex('82 00 01 a1 61 61 60 ff');
  equal(scanItem(bytes, 0), 3);
  equal(scanItem(bytes, 3), 7);
  equal(faultOf(scanItem(bytes, 7)), 'indefiniteLength');
});

test('what the encoder makes of plain data passes, and whatever passes, the decoder takes', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, undefined),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.dictionary(
        fc.string({ maxLength: 12 }).filter((name) => !(name in {}) && name !== 'prototype'),
        tie('value'),
        { maxKeys: 6 },
      ),
    ),
  })).value;
  fc.assert(
    fc.property(plain, (value) => {
      const bytes = codec.encode(value);
      equal(scanItem(bytes, 0), bytes.length);
    }),
    { numRuns: 500, seed: 1 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const end = scanItem(bytes, 0);
      if (end > 0) codec.decode(Buffer.from(bytes.subarray(0, end)));
    }),
    { numRuns: 20_000, seed: 1 },
  );
});

test('a scan of hostile megabytes takes no longer than one of harmless ones', () => {
  const hostile = [
    Buffer.concat([hex('5a 00 ff ff ff'), repeated(0xc2, 1 << 24)]),
    repeated(0x81, 1 << 24),
    repeated(0x9f, 1 << 24),
    repeated(0xa1, 1 << 24),
  ];
  deepEqual(
    hostile.map((bytes) => scanItem(bytes, 0)).map((scanned) => scanned > 0 || scanned < 0),
    [true, true, true, true],
  );
});
