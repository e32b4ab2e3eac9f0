/** The wire format: what is written is what is read, and what else is read is refused. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Encoder } from 'cbor-x';
import fc from 'fast-check';
import type { AnyAddress, Tagged } from '../../runtime/actor.ts';
import type { Signal } from '../../runtime/host.ts';
import { decodeItems, WireFault } from '../../transport/codec.ts';
import {
  EnvelopeReader,
  EnvelopeWriter,
  encodeGoodbye,
  encodeHello,
  encodePing,
  encodePong,
  type Incoming,
  NUMBERED_COUNT_MAX,
} from '../../transport/envelope.ts';

const HERE = 'here:1';
const THERE = 'there:1';
const FRAME_BYTES_MAX = 1 << 20;
const codec = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

const name = fc.stringMatching(/^[A-Za-z0-9\-_.$+!*'(),]{1,20}$/);
const incarnation = fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { nil: undefined });
const addressOn = (node: string) =>
  fc
    .record({ name, incarnation })
    .map(
      ({ name: actor, incarnation: number }): AnyAddress =>
        number === undefined ? { node, name: actor } : { node, name: actor, incarnation: number },
    );
const key = fc.string({ maxLength: 10 }).filter((text) => !(text in {}) && text !== 'prototype');
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, undefined),
    fc.double({ noNaN: true }).map((value) => value + 0),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const message: fc.Arbitrary<Tagged> = fc
  .tuple(fc.string(), fc.dictionary(key, plain, { maxKeys: 5, noNullPrototype: true }))
  .map(([type, fields]) => ({ ...fields, type }));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
/** Objects as our code makes them, with the common prototype. */
const PLAIN = { noNullPrototype: true } as const;
const signal: fc.Arbitrary<Signal> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('message' as const),
      to: addressOn(THERE),
      from: fc.option(addressOn(HERE), { nil: undefined }),
      id: count,
      causeId: count,
      causeNode: fc.constantFrom('', HERE, 'far:1'),
      message,
    },
    PLAIN,
  ),
  fc.record(
    {
      kind: fc.constantFrom('link' as const, 'unlink' as const),
      to: addressOn(THERE),
      from: addressOn(HERE),
    },
    PLAIN,
  ),
  fc.record(
    {
      kind: fc.constant('exited' as const),
      to: addressOn(THERE),
      from: addressOn(HERE),
      reason: fc.constantFrom('stopped', 'crashed', 'restarted', 'noProcess', 'noConnection'),
    },
    PLAIN,
  ),
);

test('signals of every kind come out as they went in, whatever the frames they share', () => {
  fc.assert(
    fc.property(
      fc.array(signal, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      (signals, perFrame) => {
        const writer = new EnvelopeWriter(FRAME_BYTES_MAX);
        const reader = new EnvelopeReader(THERE, HERE);
        const items = signals.map((each) => written(writer, each));
        const read: Incoming[] = [];
        for (let index = 0; index < items.length; index += perFrame) {
          read.push(...readFrame(reader, Buffer.concat(items.slice(index, index + perFrame))));
        }
        deepEqual(read, signals);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

test('bytes come out as bytes of their own, not as a window into the frame', () => {
  const frame = written(
    new EnvelopeWriter(FRAME_BYTES_MAX),
    tell('a', { bytes: new Uint8Array([1, 2, 3]) }),
  );
  const [read] = readFrame(new EnvelopeReader(THERE, HERE), Buffer.from(frame));
  ok(read?.kind === 'message');
  const { bytes } = read.message as Tagged & { readonly bytes: Uint8Array };
  deepEqual([...bytes], [1, 2, 3]);
  ok(bytes.buffer.byteLength < 100);
});

test('a message is a snapshot of the moment it was sent', () => {
  const body = { type: 'list', items: [1] };
  const bytes = written(new EnvelopeWriter(FRAME_BYTES_MAX), {
    ...tell('a', {}),
    message: body,
  } as Signal);
  body.items.push(2);
  const [read] = readFrame(new EnvelopeReader(THERE, HERE), bytes);
  deepEqual(read?.kind === 'message' && read.message, { type: 'list', items: [1] });
});

test('a name sent twice becomes a number; one sent once stays text', () => {
  const writer = new EnvelopeWriter(FRAME_BYTES_MAX);
  const lengths = [1, 2, 3, 4].map(() => written(writer, tell('a-rather-long-name', {})).length);
  equal(lengths[0], 42);
  ok((lengths[1] ?? 0) > (lengths[0] ?? 0), 'the second says what the numbers stand for');
  equal(lengths[2], 18);
  equal(lengths[3], 18);
});

test('an actor that was started anew has a number of its own, beside the one of its bare name', () => {
  const writer = new EnvelopeWriter(FRAME_BYTES_MAX);
  const reader = new EnvelopeReader(THERE, HERE);
  const told = (incarnation?: number) => {
    const { to, ...rest } = tell('an-actor', {}) as Extract<Signal, { kind: 'message' }>;
    const bytes = written(writer, {
      ...rest,
      to: incarnation === undefined ? to : { ...to, incarnation },
    });
    const [read] = readFrame(reader, bytes);
    return [read?.kind === 'message' && (read.to.incarnation ?? 'any'), bytes.length < 24];
  };
  const story = [undefined, undefined, undefined, 5, 5, undefined, 6, 6, undefined, 5, 6];
  deepEqual(
    story.map(told),
    // It is short from the second time on; of older lives, the name is sent anew.
    [
      ['any', false],
      ['any', false],
      ['any', true],
      [5, false],
      [5, true],
      ['any', true],
      [6, false],
      [6, true],
      ['any', false],
      [5, false],
      [6, false],
    ],
  );
});

test('the table of names begins anew when it is full, and names that are used once do not fill it', () => {
  const writer = new EnvelopeWriter(FRAME_BYTES_MAX);
  const reader = new EnvelopeReader(THERE, HERE);
  const send = (actor: string) => readFrame(reader, written(writer, tell(actor, {})))[0]?.kind;
  for (let index = 0; index < NUMBERED_COUNT_MAX * 2; index++) send(`once-${index}`);
  equal(written(writer, tell('x', {})).length < 40, true);
  for (let index = 0; index < NUMBERED_COUNT_MAX * 2 + 10; index++) {
    equal(send(`twice-${index}`), 'message');
    const [read] = readFrame(reader, written(writer, tell(`twice-${index}`, {})));
    equal(read?.kind === 'message' && read.to.name, `twice-${index}`);
  }
});

test('what can not travel is refused where it is sent, with a sentence', () => {
  class Account {
    readonly money = 1;
  }
  const cyclic = {};
  Object.assign(cyclic, { self: cyclic });
  const deep = Array.from({ length: 40 }).reduce((inner) => [inner], 0);
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [() => 1, /Unknown type: function/],
    [Symbol('x'), /Unknown type: symbol/],
    [new Date(0), /a CBOR tag \(a date/],
    [new Set([1]), /a CBOR tag/],
    [new Map([['a', 1]]), /a CBOR tag/],
    [new Error('x'), /a CBOR tag/],
    [/x/, /a CBOR tag/],
    [10n, /an integer of 64 bits/],
    [2n ** 70n, /a CBOR tag/],
    [new Float64Array(2), /a CBOR tag/],
    [cyclic, /./],
    [deep, /nested deeper than 32/],
    [JSON.parse('{"__proto__": 1}'), /something every object inherits/],
    [{ constructor: 1 }, /./],
    [Array.from({ length: 200_001 }, () => 0), /more than 200000 values/],
  ];
  for (const [value, sentence] of cases) {
    throws(
      () => written(new EnvelopeWriter(FRAME_BYTES_MAX), tell('a', { value })),
      (error: Error) => error instanceof WireFault && sentence.test(error.message),
    );
  }
  // Instances travel as what they hold.
  const bytes = written(new EnvelopeWriter(FRAME_BYTES_MAX), tell('a', { value: new Account() }));
  const [read] = readFrame(new EnvelopeReader(THERE, HERE), bytes);
  deepEqual(read?.kind === 'message' && read.message, { type: 'test', value: { money: 1 } });
});

test('a writer that refused a message writes the next ones as if nothing had been', () => {
  const writer = new EnvelopeWriter(FRAME_BYTES_MAX);
  const reader = new EnvelopeReader(THERE, HERE);
  const read = [1, 2, 3, 4, 5, 6].flatMap((n) => {
    try {
      const bad = n % 2 === 0 ? new Date(0) : 'x'.repeat(FRAME_BYTES_MAX);
      written(writer, tell('a', { n, bad }));
      ok(false, 'it should be refused');
    } catch (error) {
      ok(error instanceof WireFault);
    }
    return readFrame(reader, written(writer, tell('a', { n })));
  });
  deepEqual(
    read.map((item) => item.kind === 'message' && item.message),
    [1, 2, 3, 4, 5, 6].map((n) => ({ type: 'test', n })),
  );
});

test('a name that is none is refused where it is sent', () => {
  for (const bad of ['', 'with blank', 'ü', 'x'.repeat(256), 'a\nb']) {
    throws(() => written(new EnvelopeWriter(FRAME_BYTES_MAX), tell(bad, {})), /printable ASCII/);
  }
});

test('pings, pongs, hellos and goodbyes come out as they went in', () => {
  const frame = Buffer.concat([
    encodePing(1.5),
    encodePong(2.5),
    encodeHello({ protocol: 1 }),
    encodeGoodbye(4000, 'The node shuts down'),
  ]);
  deepEqual(readFrame(new EnvelopeReader(THERE, HERE), frame), [
    { kind: 'ping', stampMs: 1.5 },
    { kind: 'pong', stampMs: 2.5 },
    { kind: 'hello', fields: { protocol: 1 } },
    { kind: 'goodbye', code: 4000, sentence: 'The node shuts down' },
  ]);
});

test('a goodbye fills no log and forges no line', () => {
  const [read] = readFrame(
    new EnvelopeReader(THERE, HERE),
    Buffer.from(encodeGoodbye(4000, `one\ntwo\u001b[31m${'x'.repeat(10_000)}`)),
  );
  ok(read?.kind === 'goodbye');
  match(read.sentence, /^one two \[31mx+…$/);
  equal(read.sentence.length, 501);
});

test('items of the wrong shape are refused', () => {
  const body = { type: 'x' };
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{}, /not an array/],
    [null, /not an array/],
    ['text', /not an array/],
    [[], /unknown kind/],
    [[99], /unknown kind/],
    [['0'], /unknown kind/],
    [[0], /wrong length/],
    [[0, 'a', 'b', 1, 0, null], /wrong length/],
    [[0, 'a', 'b', 1, 0, null, body, 1], /wrong length/],
    [[0, 7, 'b', 1, 0, null, body], /stands for no name/],
    [[0, -1, 'b', 1, 0, null, body], /stands for no name/],
    [[0, 0.5, 'b', 1, 0, null, body], /stands for no name/],
    [[0, '', 'b', 1, 0, null, body], /a name is not/],
    [[0, 'a b', 'b', 1, 0, null, body], /a name is not/],
    [[0, null, 'b', 1, 0, null, body], /a name is not/],
    [[0, ['a'], 'b', 1, 0, null, body], /wrong length/],
    [[0, ['a', 1, 2], 'b', 1, 0, null, body], /wrong length/],
    [[0, [['a'], 1], 'b', 1, 0, null, body], /a name is not/],
    [[0, [0, 1], 'b', 1, 0, null, body], /a name is not/],
    [[0, ['a', null], 'b', 1, 0, null, body], /a count is not/],
    [[0, ['a', 'x'], 'b', 1, 0, null, body], /a count is not/],
    [[0, ['a', -1], 'b', 1, 0, null, body], /a count is not/],
    [[0, 'a', ['b', 1.5], 1, 0, null, body], /a count is not/],
    [[0, 'a', 'b', -1, 0, null, body], /a count is not/],
    [[0, 'a', 'b', 2 ** 60, 0, null, body], /a count is not/],
    [[0, 'a', 'b', 1, null, null, body], /a count is not/],
    [[0, 'a', 'b', 1, 0, 5, body], /stands for no name/],
    [[0, 'a', 'b', 1, 0, null, 'x'], /not an object/],
    [[0, 'a', 'b', 1, 0, null, null], /not an object/],
    [[0, 'a', 'b', 1, 0, null, []], /does not say its type/],
    [[0, 'a', 'b', 1, 0, null, {}], /does not say its type/],
    [[0, 'a', 'b', 1, 0, null, { type: 1 }], /does not say its type/],
    [[1, 'a', null], /a name is not/],
    [[1, 'a', 'b', 'c'], /wrong length/],
    [[3, 'a', 'b', 9], /unknown reason/],
    [[3, 'a', 'b', 'stopped'], /a count is not/],
    [[9, 'a', null], /a count is not/],
    [[9, 'a', 1, 2], /wrong length/],
    [[4, 'now'], /without a number/],
    [[9, 1], /a name is not/],
    [[9, 'x'.repeat(300)], /a name is not/],
    [[11, 'x', 'y'], /a count is not/],
    [[11, 4000, 1], /without a sentence/],
  ];
  for (const [item, sentence] of wrong) {
    throws(
      () => readFrame(new EnvelopeReader(THERE, HERE), codec.encode(item)),
      (error: Error) => error instanceof WireFault && sentence.test(error.message),
      `${JSON.stringify(item)} should be refused by ${sentence}`,
    );
  }
});

test('more numbers than there may be are refused', () => {
  const reader = new EnvelopeReader(THERE, HERE);
  for (let index = 0; index < NUMBERED_COUNT_MAX; index++) reader.read([9, `n${index}`]);
  throws(() => reader.read([9, 'one-more']), /more than 4096 names/);
  reader.read([10]);
  equal(reader.read([9, 'first-again']), undefined);
});

test('of a frame with a fault, what came before it is read', () => {
  const good = written(new EnvelopeWriter(FRAME_BYTES_MAX), tell('a', {}));
  const values: unknown[] = [];
  throws(() => decodeItems(Buffer.concat([good, Buffer.from([0xc2])]), 0, 9, values), WireFault);
  equal(values.length, 1);
  match(JSON.stringify(values[0]), /"test"/);
});

function tell(to: string, fields: object): Signal {
  return {
    kind: 'message',
    to: { node: THERE, name: to },
    from: { node: HERE, name: 'sender' },
    id: 1,
    causeId: 0,
    causeNode: '',
    message: { type: 'test', ...fields },
  };
}

/** The bytes of one signal, with the definitions ahead of it. */
function written(writer: EnvelopeWriter, each: Signal): Buffer {
  const parts: Buffer[] = [];
  const length = writer.write(each, (source, start, end) => {
    parts.push(Buffer.from(source.subarray(start, end)));
  });
  const bytes = Buffer.concat(parts);
  equal(bytes.length, length);
  return bytes;
}

function readFrame(reader: EnvelopeReader, frame: Uint8Array): Incoming[] {
  const values: unknown[] = [];
  decodeItems(frame, 0, Number.MAX_SAFE_INTEGER, values);
  return values.flatMap((value) => reader.read(value) ?? []);
}
