/** Objects of the dictionary → bytes of protobuf: fields by ascending numbers, lists not packed. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { assert } from '../../../runtime/assert.ts';
import type { Scalar } from './definition.ts';
import type { LinkedField, LinkedMessage } from './linked.ts';

type Given = Readonly<Record<string, unknown>>;

export function toProtobuf(message: LinkedMessage, object: Given): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, message, object);
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, message: LinkedMessage, object: Given): void {
  for (const field of message.ascending) {
    const value = object[field.name];
    if (value === undefined) {
      assert(field.label !== 'required', `${message.name}.${field.name} is set`);
    } else if (field.label === 'repeated') {
      for (const item of value as readonly unknown[]) writeField(writer, field, item);
    } else if (field.label === 'map') {
      for (const [key, item] of value as ReadonlyMap<string, unknown>) {
        writer.tag(field.number, WireType.LengthDelimited).fork();
        writer.tag(1, WireType.LengthDelimited).string(key);
        writer.tag(2, WireType.LengthDelimited);
        writeValue(writer, field, item);
        writer.join();
      }
    } else {
      writeField(writer, field, value);
    }
  }
}

function writeField(writer: BinaryWriter, field: LinkedField, value: unknown): void {
  writer.tag(field.number, field.wireType);
  writeValue(writer, field, value);
}

function writeValue(writer: BinaryWriter, { name, type }: LinkedField, value: unknown): void {
  if (type.kind === 'scalar') {
    writeScalar(writer, type.scalar, value);
  } else if (type.kind === 'enum') {
    const number = type.numbers.get(value as string);
    assert(number !== undefined, `${name} is one of its names`);
    writer.int32(number);
  } else {
    writer.fork();
    writeMessage(writer, type, value as Given);
    writer.join();
  }
}

function writeScalar(writer: BinaryWriter, scalar: Scalar, value: unknown): void {
  switch (scalar) {
    case 'bool':
      writer.bool(value as boolean);
      break;
    case 'bytes':
      writer.bytes(value as Uint8Array);
      break;
    case 'double':
      writer.double(value as number);
      break;
    case 'int32':
      writer.int32(value as number);
      break;
    case 'int64':
      writer.int64(value as bigint);
      break;
    case 'string':
      writer.string(value as string);
      break;
    case 'uint32':
      writer.uint32(value as number);
      break;
    case 'uint64':
      writer.uint64(value as bigint);
  }
}
