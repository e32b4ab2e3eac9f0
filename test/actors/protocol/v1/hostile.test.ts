/** Whatever bytes come: a message, or a coded error, soon. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeV1, type Encoding, encodeV1 } from '../../../../actors/protocol/v1/codec.ts';
import type { V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import { V1_ERRORS, V1Error } from '../../../../actors/protocol/v1/faults.ts';
import {
  V1_JSON_DEPTH_MAX,
  V1_MESSAGE_BYTES_MAX,
  V1_VALUES_PER_MESSAGE_MAX,
} from '../../../../actors/protocol/v1/limits.ts';
import { anyMessage } from './arbitrary-message.ts';

const ROOTS: readonly V1Name[] = [
  'scheduler.Call',
  'executor.Call',
  'master.Call',
  'agent.Call',
  'resource_provider.Call',
];
const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];

/** @returns the code of the error, or 'read' */
function outcome(name: V1Name, encoding: Encoding, bytes: Uint8Array): string {
  try {
    decodeV1(name, encoding, bytes);
    return 'read';
  } catch (error) {
    ok(error instanceof V1Error, String(error));
    ok(Object.hasOwn(V1_ERRORS, error.code), error.code);
    return error.code;
  }
}

function protobuf(...bytes: readonly number[]): string {
  return outcome('scheduler.Call', 'protobuf', Uint8Array.from(bytes));
}

test('any bytes are read or refused', () => {
  for (const name of ROOTS) {
    for (const encoding of ENCODINGS) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
          outcome(name, encoding, bytes);
        }),
      );
    }
  }
});

test('a message with some bytes changed, cut or doubled is read or refused', () => {
  const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('set', 'cut', 'double'));
  for (const name of ROOTS) {
    for (const encoding of ENCODINGS) {
      fc.assert(
        fc.property(
          anyMessage(name),
          fc.array(change, { minLength: 1, maxLength: 4 }),
          (message, changes) => {
            let bytes = Buffer.from(encodeV1(name, encoding, message));
            for (const [place, value, what] of changes) {
              const at = bytes.length === 0 ? 0 : place % bytes.length;
              if (what === 'set' && bytes.length > 0) bytes[at] = value;
              if (what === 'cut') bytes = bytes.subarray(0, at);
              if (what === 'double') bytes = Buffer.concat([bytes, bytes.subarray(at)]);
            }
            outcome(name, encoding, bytes);
          },
        ),
        { numRuns: 50 },
      );
    }
  }
});

test('protobuf that ends too early is refused', () => {
  // accept { offer_ids { value: "ab" } }
  const whole = [0x22, 0x06, 0x0a, 0x04, 0x0a, 0x02, 0x61, 0x62];
  equal(protobuf(...whole), 'read');
  for (let length = 1; length < whole.length; length++) {
    equal(protobuf(...whole.slice(0, length)), 'protobufMalformed');
  }
});

test('protobuf whose lengths do not fit into each other is refused', () => {
  equal(protobuf(0x22, 0x06, 0x0a, 0x05, 0x0a, 0x02, 0x61, 0x62), 'protobufMalformed');
  equal(protobuf(0x22, 0x05, 0x0a, 0x04, 0x0a, 0x02, 0x61, 0x62), 'protobufMalformed');
  equal(protobuf(0x22, 0xff, 0xff, 0xff, 0xff, 0x0f), 'protobufMalformed');
  equal(
    protobuf(0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
    'protobufMalformed',
  );
  throws(
    () => decodeV1('scheduler.Call', 'protobuf', Uint8Array.of(0x22, 0x03, 0x0a, 0x7f, 0x0a)),
    /^CodedError: Failed to parse body into Call protobuf: 127 bytes announced, and fewer are left \(in accept\.offer_ids\[0\]\)$/,
  );
});

test('varints that never end, tags of no field and groups that never began are refused', () => {
  equal(protobuf(...Array<number>(20).fill(0xff)), 'protobufMalformed');
  equal(protobuf(0x10, ...Array<number>(20).fill(0xff)), 'protobufMalformed');
  equal(protobuf(0x00), 'protobufMalformed');
  equal(protobuf(0x07), 'protobufMalformed');
  equal(protobuf(0x0c), 'protobufMalformed');
  equal(protobuf(0x0b), 'protobufMalformed');
});

test('fields that are not known or come in another wire type are passed over', () => {
  const call = (...bytes: readonly number[]): unknown =>
    decodeV1('scheduler.Call', 'protobuf', Uint8Array.from(bytes));
  // 1000: 1; a group 1000 with a field in it; framework_id: 5 as a varint; type: TEARDOWN
  deepEqual(call(0xc0, 0x3e, 0x01, 0xc3, 0x3e, 0x08, 0x01, 0xc4, 0x3e, 0x08, 0x05, 0x10, 0x02), {
    type: 'TEARDOWN',
  });
});

test('a number that its enumeration does not have is not set; a required one is missing then', () => {
  deepEqual(decodeV1('scheduler.Call', 'protobuf', Uint8Array.of(0x10, 0x63)), {});
  deepEqual(decodeV1('scheduler.Call', 'protobuf', Uint8Array.of(0x10, 0x02, 0x10, 0x63)), {
    type: 'TEARDOWN',
  });
  throws(() => decodeV1('DrainInfo', 'protobuf', Uint8Array.of(0x08, 0x63, 0x12, 0x00)), {
    code: 'fieldsMissing',
    message: 'Failed to parse body into DrainInfo protobuf: Missing required fields: state',
  });
});

test('a list of numbers may come packed, in parts', () => {
  // statuses: 200; statuses: [204, 404] packed
  const bytes = Uint8Array.of(0x08, 0x50, 0x20, 0xc8, 0x01, 0x22, 0x04, 0xcc, 0x01, 0x94, 0x03);
  deepEqual(decodeV1('HealthCheck.HTTPCheckInfo', 'protobuf', bytes), {
    port: 80,
    statuses: [200, 204, 404],
  });
});

test('two parts of one message are merged, and of a oneof the last counts', () => {
  // accept { offer_ids { value: "a" } } accept { offer_ids { value: "b" } }
  const accept = [0x22, 0x05, 0x0a, 0x03, 0x0a, 0x01];
  deepEqual(
    decodeV1('scheduler.Call', 'protobuf', Uint8Array.of(...accept, 0x61, ...accept, 0x62)),
    {
      accept: { offer_ids: [{ value: 'a' }, { value: 'b' }] },
    },
  );
  const selector = Uint8Array.of(0x08, 0x01, 0x12, 0x01, 0x61);
  deepEqual(decodeV1('scheduler.AttributeConstraint.Selector', 'protobuf', selector), {
    attribute_name: 'a',
  });
});

test('what is too deep is refused', () => {
  const lists = (depth: number): Buffer =>
    Buffer.from(`{"x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  equal(outcome('scheduler.Call', 'json', lists(V1_JSON_DEPTH_MAX - 1)), 'read');
  equal(outcome('scheduler.Call', 'json', lists(V1_JSON_DEPTH_MAX)), 'jsonMalformed');
  equal(outcome('scheduler.Call', 'json', lists(1_000_000)), 'jsonMalformed');
  equal(outcome('ContainerID', 'protobuf', containers(100)), 'read');
  equal(outcome('ContainerID', 'protobuf', containers(101)), 'protobufMalformed');
  equal(outcome('ContainerID', 'protobuf', containers(20_000)), 'protobufMalformed');
  equal(outcome('scheduler.Call', 'protobuf', Buffer.alloc(1_000_000, 0x0b)), 'protobufMalformed');
});

/** A container in so many others. */
function containers(depth: number): Buffer {
  const parts = [Buffer.of(0x0a, 0x00)];
  let length = 2;
  for (let level = 0; level < depth; level++) {
    const head = [0x12];
    for (let rest = length; ; rest >>>= 7) {
      head.push(rest < 128 ? rest : (rest & 127) | 128);
      if (rest < 128) break;
    }
    const part = Buffer.of(0x0a, 0x00, ...head);
    length += part.length;
    parts.unshift(part);
  }
  return Buffer.concat(parts);
}

test('what is too large or has too many values is refused', () => {
  const large = Buffer.alloc(V1_MESSAGE_BYTES_MAX + 1, 0x20);
  const ids = `{"accept":{"offer_ids":[${'{},'.repeat(V1_VALUES_PER_MESSAGE_MAX)}{}]}}`;
  for (const encoding of ENCODINGS) {
    equal(outcome('scheduler.Call', encoding, large), 'messageTooLarge');
  }
  equal(outcome('scheduler.Call', 'json', Buffer.from(ids)), 'messageTooLarge');
  // roles: "" and unknown fields, each two bytes
  const roles = Buffer.alloc(2 * V1_VALUES_PER_MESSAGE_MAX + 2).fill(Buffer.of(0x0a, 0x00));
  equal(outcome('scheduler.Call.Revive', 'protobuf', roles), 'messageTooLarge');
  const unknown = Buffer.alloc(2 * V1_VALUES_PER_MESSAGE_MAX + 2).fill(Buffer.of(0x38, 0x00));
  equal(outcome('scheduler.Call.Revive', 'protobuf', unknown), 'messageTooLarge');
  // statuses, packed
  const packed = Buffer.concat([
    Buffer.of(0x08, 0x50, 0x22, 0x80, 0x92, 0xf4, 0x01),
    Buffer.alloc(4_000_000),
  ]);
  equal(outcome('HealthCheck.HTTPCheckInfo', 'protobuf', packed), 'messageTooLarge');
});

test('numbers of a million digits cost nothing', () => {
  const digits = '9'.repeat(1_000_000);
  equal(outcome('scheduler.Call', 'json', Buffer.from(`{"x":${digits}}`)), 'jsonMalformed');
  equal(outcome('TimeInfo', 'json', Buffer.from(`{"nanoseconds":"${digits}"}`)), 'fieldMistyped');
  equal(outcome('Filters', 'json', Buffer.from(`{"refuse_seconds":0.${digits}}`)), 'read');
});

test('texts that are no UTF-8 become readable in protobuf, as they cannot hurt there', () => {
  deepEqual(decodeV1('TaskID', 'protobuf', Uint8Array.of(0x0a, 0x02, 0xff, 0x61)), {
    value: '\ufffda',
  });
});
