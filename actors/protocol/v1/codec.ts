/**
 * The two encodings of the v1 APIs behind one door: bytes ⇄ plain objects of the dictionary.
 *
 * What comes from outside and is wrong is refused with a `V1Error` whose message is what Mesos
 * answers with 400, and the path of the fault. What goes out is made here; when it is incomplete that
 * is a mistake of ours, and an assertion.
 * Source of the sentences: Mesos, src/master/http.cpp, src/slave/http.cpp.
 */
import { describeError } from '../../../runtime/errors.ts';
import { linkedMessage, type V1, type V1Name } from './dictionary.ts';
import { Fault, pathOf, V1Error, type V1ErrorCode } from './faults.ts';
import { fromJson } from './from-json.ts';
import { fromProtobuf } from './from-protobuf.ts';
import { type JsonValue, readJsonText } from './json-text.ts';
import { V1_MESSAGE_BYTES_MAX } from './limits.ts';
import type { LinkedMessage } from './linked.ts';
import { toJson } from './to-json.ts';
import { toProtobuf } from './to-protobuf.ts';

export type Encoding = 'json' | 'protobuf';

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeV1<Name extends V1Name>(
  name: Name,
  encoding: Encoding,
  object: V1<Name>,
): Uint8Array {
  if (encoding === 'protobuf') return toProtobuf(linkedMessage(name), object);
  return new TextEncoder().encode(jsonTextOf(name, object));
}

export function jsonTextOf<Name extends V1Name>(name: Name, object: V1<Name>): string {
  return toJson(linkedMessage(name), object);
}

/** @throws V1Error */
export function decodeV1<Name extends V1Name>(
  name: Name,
  encoding: Encoding,
  bytes: Uint8Array,
): V1<Name> {
  if (bytes.length > V1_MESSAGE_BYTES_MAX) {
    const sentence = `Failed to read ${bytes.length} bytes: at most ${V1_MESSAGE_BYTES_MAX} are read`;
    throw new V1Error('messageTooLarge', sentence, '');
  }
  if (encoding === 'json') return readV1(name, parseJson(bytes));
  const message = linkedMessage(name);
  const sentence = `Failed to parse body into ${kindOf(message)} protobuf`;
  return told('protobufMalformed', sentence, () => fromProtobuf(message, bytes)) as V1<Name>;
}

/** Bytes of JSON as values, for whoever needs more of it than one message. @throws V1Error */
export function parseJson(bytes: Uint8Array): JsonValue {
  const sentence = 'Failed to parse body into JSON';
  return told('jsonMalformed', sentence, () => readJsonText(UTF_8.decode(bytes)));
}

/** @throws V1Error */
export function readV1<Name extends V1Name>(name: Name, value: JsonValue): V1<Name> {
  const message = linkedMessage(name);
  const sentence = `Failed to convert JSON into ${kindOf(message)} protobuf`;
  return told('fieldMistyped', sentence, () => fromJson(message, value)) as V1<Name>;
}

/** `scheduler.Call` is a `Call` for Mesos' sentences. */
function kindOf({ name }: LinkedMessage): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * Whatever reading foreign bytes throws is the fault of the bytes.
 * @param unknown the code of what the libraries below throw
 */
function told<Value>(unknown: V1ErrorCode, sentence: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const known = error instanceof Fault;
    const path = known ? pathOf(error.steps) : '';
    throw new V1Error(known ? error.code : unknown, `${sentence}: ${describeError(error)}`, path);
  }
}
