/**
 * JSON values → objects of the dictionary, as lenient as Mesos: fields that are not known are passed
 * over, null means not set, one value may stand for a list of one, numbers and booleans may be
 * texts, an enumeration's name that is not known is as if it were not there unless it is required.
 *
 * Different: an integer that its type cannot hold is refused, where Mesos wraps it around.
 * Source: Mesos, 3rdparty/stout/include/stout/protobuf.hpp, Parser; base64.hpp.
 */
import type { Scalar } from './definition.ts';
import { Fault, quoted, within } from './faults.ts';
import { type JsonList, type JsonObject, type JsonValue, readJsonText } from './json-text.ts';
import type { LinkedField, LinkedMessage } from './linked.ts';
import { type Draft, lacksRequired, missingFault } from './missing-fields.ts';

/** @throws Fault */
export function fromJson(message: LinkedMessage, value: JsonValue): Draft {
  if (!isObject(value)) throw new Fault('fieldMistyped', 'Expecting a JSON object');
  const state = { incomplete: false };
  const object = readObject(message, value, state);
  if (state.incomplete) throw missingFault(message, object);
  return object;
}

interface State {
  /** A required field is missing somewhere. */
  incomplete: boolean;
}

function readObject(message: LinkedMessage, json: JsonObject, state: State): Draft {
  const object: Draft = {};
  // Mesos reads in the order of the names, and so decides which of a `oneof` comes last.
  const entries = message.hasOneof ? [...json].sort(([one], [other]) => order(one, other)) : json;
  for (const [name, value] of entries) {
    const field = message.byName.get(name);
    if (field === undefined || value === null) continue;
    try {
      readField(field, value, object, state);
    } catch (error) {
      throw within(name, error);
    }
  }
  if (lacksRequired(message, object)) state.incomplete = true;
  return object;
}

function readField(field: LinkedField, value: JsonValue, object: Draft, state: State): void {
  if (field.label === 'map') {
    readEntries(field, value, object, state);
  } else if (field.label === 'repeated') {
    const items: unknown[] = [];
    readItems(field, value, items, state);
    if (items.length > 0) object[field.name] = items;
  } else {
    const read = readOne(field, value, state);
    if (read === undefined) return;
    for (const rival of field.rivals) delete object[rival];
    object[field.name] = read;
  }
}

/** Lists in a list are as one list. */
function readItems(field: LinkedField, value: JsonValue, items: unknown[], state: State): void {
  if (isList(value)) {
    for (const [index, item] of value.entries()) {
      try {
        readItems(field, item, items, state);
      } catch (error) {
        throw within(index, error);
      }
    }
  } else if (value !== null) {
    const read = readOne(field, value, state);
    if (read !== undefined) items.push(read);
  }
}

function readEntries(field: LinkedField, value: JsonValue, object: Draft, state: State): void {
  if (isList(value)) {
    for (const item of value) readEntries(field, item, object, state);
    return;
  }
  if (value === null) return;
  if (!isObject(value)) throw unexpected(nameOf(value), field);
  const entries = new Map(object[field.name] as ReadonlyMap<string, unknown> | undefined);
  for (const [key, item] of value) {
    try {
      // An entry without a value has the empty one.
      const read = item === null ? undefined : readOne(field, item, state);
      entries.set(key, read ?? emptyOf(field, state));
    } catch (error) {
      throw within(quoted(key), error);
    }
  }
  if (entries.size > 0) object[field.name] = entries;
}

function emptyOf({ type }: LinkedField, state: State): unknown {
  if (type.kind !== 'message') return '';
  const empty: Draft = {};
  if (lacksRequired(type, empty)) state.incomplete = true;
  return empty;
}

/** @returns undefined for a name that the enumeration doesn't have */
function readOne(field: LinkedField, value: JsonValue, state: State): unknown {
  const { type } = field;
  if (type.kind === 'message') {
    if (isObject(value)) return readObject(type, value, state);
    const meant = typeof value === 'string' ? type.fromText?.(value) : undefined;
    if (meant === undefined) throw unexpected(nameOf(value), field);
    return meant;
  }
  if (type.kind === 'enum') {
    if (typeof value !== 'string') throw unexpected(nameOf(value), field);
    if (type.numbers.has(value)) return value;
    if (field.label !== 'required') return undefined;
    throw new Fault('fieldMistyped', `Failed to find enum for '${quoted(value)}'`);
  }
  return readScalar(field, type.scalar, value);
}

function readScalar(field: LinkedField, scalar: Scalar, value: JsonValue): unknown {
  if (typeof value === 'string') return readText(field, scalar, value);
  if (typeof value === 'boolean' && scalar === 'bool') return value;
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw unexpected(nameOf(value), field);
  }
  switch (scalar) {
    case 'double':
      return Number(value);
    case 'int32':
      return Number(integer(field, value, -(2n ** 31n), 2n ** 31n - 1n));
    case 'uint32':
      return Number(integer(field, value, 0n, 2n ** 32n - 1n));
    case 'int64':
      return integer(field, value, -(2n ** 63n), 2n ** 63n - 1n);
    case 'uint64':
      return integer(field, value, 0n, 2n ** 64n - 1n);
    default:
      throw unexpected(nameOf(value), field);
  }
}

function readText(field: LinkedField, scalar: Scalar, text: string): unknown {
  if (scalar === 'string') return text;
  if (scalar === 'bytes') return bytesOf(field, text);
  if (scalar === 'double' && text === 'Infinity') return Number.POSITIVE_INFINITY;
  if (scalar === 'double' && text === '-Infinity') return Number.NEGATIVE_INFINITY;
  const kind = scalar === 'bool' ? 'boolean' : 'number';
  const value = valueIn(field, kind, text);
  const fits = kind === 'boolean' ? typeof value === 'boolean' : isNumber(value);
  if (!fits) throw unreadable(field, kind, text, 'Unexpected JSON type parsed');
  return readScalar(field, scalar, value);
}

function valueIn(field: LinkedField, kind: string, text: string): JsonValue {
  try {
    return readJsonText(text);
  } catch (error) {
    throw error instanceof Fault ? unreadable(field, kind, text, error.message) : error;
  }
}

function unreadable({ name }: LinkedField, kind: string, text: string, why: string): Fault {
  const what = `'${quoted(text)}' as a JSON ${kind} for field '${name}'`;
  return new Fault('fieldMistyped', `Failed to parse ${what}: ${why}`);
}

/** A fraction is cut off. */
function integer(field: LinkedField, value: number | bigint, min: bigint, max: bigint): bigint {
  const whole = typeof value === 'bigint' ? value : BigInt(Math.trunc(value));
  if (whole >= min && whole <= max) return whole;
  throw new Fault('fieldMistyped', `Value out of range for field '${field.name}'`);
}

/** Blanks are passed over, what follows a `=` too, and padding is not needed. */
function bytesOf({ name }: LinkedField, text: string): Uint8Array {
  const end = text.indexOf('=');
  const digits = (end < 0 ? text : text.slice(0, end)).replace(/[ \t\n\v\f\r]+/g, '');
  const [wrong] = /[^A-Za-z0-9+/]/u.exec(digits) ?? [];
  if (wrong === undefined) return Uint8Array.from(Buffer.from(digits, 'base64'));
  throw new Fault(
    'fieldMistyped',
    `Failed to base64 decode bytes field '${name}': Invalid character '${wrong}'`,
  );
}

function unexpected(kind: string, { name }: LinkedField): Fault {
  return new Fault('fieldMistyped', `Not expecting a JSON ${kind} for field '${name}'`);
}

function nameOf(value: JsonValue): string {
  if (isObject(value)) return 'object';
  if (isList(value)) return 'array';
  return typeof value === 'bigint' ? 'number' : typeof value;
}

function isObject(value: JsonValue): value is JsonObject {
  return value instanceof Map;
}

function isList(value: JsonValue): value is JsonList {
  return Array.isArray(value);
}

function isNumber(value: JsonValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
