/**
 * Bytes of protobuf → objects of the dictionary, by the rules of proto2: fields that are not known,
 * come in another wire type or hold a number that their enumeration doesn't have are passed over;
 * lists may come packed; of a field that comes twice the last counts, and two messages are merged.
 *
 * The library reads varints, tags and texts; what is allowed where is decided here, with bounds.
 * Source: protobuf.dev, encoding; Mesos reads with the C++ library of protobuf 3.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { Scalar } from './definition.ts';
import { Fault, within } from './faults.ts';
import { V1_PROTOBUF_DEPTH_MAX, V1_VALUES_PER_MESSAGE_MAX } from './limits.ts';
import type { LinkedField, LinkedMessage } from './linked.ts';
import { type Draft, lacksRequired, missingFault } from './missing-fields.ts';

/** @throws Fault */
export function fromProtobuf(message: LinkedMessage, bytes: Uint8Array): Draft {
  const reading = new Reading(bytes);
  const object = reading.message(message, bytes.length, {}, 0);
  if (reading.incomplete) throw missingFault(message, object);
  return object;
}

class Reading {
  /** A required field is missing somewhere. */
  incomplete = false;
  private readonly reader: BinaryReader;
  private valuesLeft = V1_VALUES_PER_MESSAGE_MAX;

  constructor(bytes: Uint8Array) {
    // A plain view, so that parts of it are plain, too.
    this.reader = new BinaryReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  message(message: LinkedMessage, end: number, object: Draft, depth: number): Draft {
    const { reader } = this;
    if (depth > V1_PROTOBUF_DEPTH_MAX) throw malformed('messages too deep inside each other');
    while (reader.pos < end) {
      const [number, wireType] = this.tag();
      const field = message.byNumber.get(number);
      const packed = field?.packable === true && wireType === WireType.LengthDelimited;
      if (field === undefined || (wireType !== field.wireType && !packed)) {
        this.skip(number, wireType, depth);
        continue;
      }
      try {
        if (packed) this.packed(field, object);
        else if (field.label === 'map') this.entry(field, object, depth);
        else this.field(field, object, depth);
      } catch (error) {
        const items = object[field.name];
        const index = Array.isArray(items) ? items.length : 0;
        throw within(field.name, field.label === 'repeated' ? within(index, error) : error);
      }
    }
    if (reader.pos !== end) throw malformed('a field reaches beyond the end of its message');
    if (lacksRequired(message, object)) this.incomplete = true;
    return object;
  }

  private field(field: LinkedField, object: Draft, depth: number): void {
    if (field.label === 'repeated') {
      const value = this.value(field, undefined, depth);
      if (value !== undefined) itemsOf(object, field).push(value);
      return;
    }
    const value = this.value(field, object[field.name], depth);
    if (value === undefined) return;
    for (const rival of field.rivals) delete object[rival];
    object[field.name] = value;
  }

  private packed(field: LinkedField, object: Draft): void {
    const end = this.end();
    while (this.reader.pos < end) {
      this.count();
      const value = this.value(field, undefined, 0);
      if (value !== undefined) itemsOf(object, field).push(value);
    }
    if (this.reader.pos !== end) throw malformed('an item reaches beyond the end of its list');
  }

  /** Key and value of an entry are as fields 1 and 2 of a message. */
  private entry(field: LinkedField, object: Draft, depth: number): void {
    const end = this.end();
    let key = '';
    let value: unknown;
    while (this.reader.pos < end) {
      const [number, wireType] = this.tag();
      if (wireType !== WireType.LengthDelimited || number > 2) this.skip(number, wireType, depth);
      else if (number === 1) key = this.reader.string();
      else value = this.value(field, value, depth + 1);
    }
    if (this.reader.pos !== end) throw malformed('an entry reaches beyond its end');
    if (value === undefined && field.type.kind === 'message') {
      value = {};
      if (field.type.required.length > 0) this.incomplete = true;
    }
    const entries = (object[field.name] ?? new Map()) as Map<string, unknown>;
    entries.set(key, value ?? '');
    object[field.name] = entries;
  }

  /** @returns undefined for a number that the enumeration doesn't have */
  private value({ type }: LinkedField, before: unknown, depth: number): unknown {
    if (type.kind === 'scalar') return this.scalar(type.scalar);
    if (type.kind === 'enum') return type.names.get(this.reader.int32());
    return this.message(type, this.end(), (before ?? {}) as Draft, depth + 1);
  }

  private scalar(scalar: Scalar): unknown {
    const { reader } = this;
    switch (scalar) {
      case 'bool':
        return reader.bool();
      case 'bytes':
        return reader.bytes().slice();
      case 'double':
        return reader.double();
      case 'int32':
        return reader.int32();
      case 'int64':
        return BigInt(reader.int64());
      case 'string':
        return reader.string();
      case 'uint32':
        return reader.uint32();
      case 'uint64':
        return BigInt(reader.uint64());
    }
  }

  private tag(): [number: number, wireType: WireType] {
    this.count();
    return this.reader.tag();
  }

  /** Where that which is prefixed with its length ends. */
  private end(): number {
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.reader.len) throw malformed(`${length} bytes announced, and fewer are left`);
    return end;
  }

  private skip(number: number, wireType: WireType, depth: number): void {
    this.reader.skip(wireType, number, V1_PROTOBUF_DEPTH_MAX - depth);
  }

  private count(): void {
    if (--this.valuesLeft >= 0) return;
    throw new Fault('messageTooLarge', `More than ${V1_VALUES_PER_MESSAGE_MAX} values`);
  }
}

function itemsOf(object: Draft, { name }: LinkedField): unknown[] {
  const items = (object[name] ?? []) as unknown[];
  object[name] = items;
  return items;
}

function malformed(sentence: string): Fault {
  return new Fault('protobufMalformed', sentence);
}
