/**
 * The definitions made ready for the codecs: names replaced by what they name, tables by name and
 * by number, what stands in a field that is not set.
 */
import { WireType } from '@bufbuild/protobuf/wire';
import { assert } from '../../../runtime/assert.ts';
import type {
  Definitions,
  EnumDefinition,
  FieldDefinition,
  FieldLabel,
  MessageDefinition,
  Scalar,
} from './definition.ts';

export interface LinkedEnum {
  readonly kind: 'enum';
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

export interface LinkedMessage {
  readonly kind: 'message';
  readonly name: string;
  /** As Mesos declares them. */
  readonly fields: readonly LinkedField[];
  readonly byName: ReadonlyMap<string, LinkedField>;
  readonly byNumber: ReadonlyMap<number, LinkedField>;
  /** The fields in the order of their numbers, as protobuf writes them. */
  readonly ascending: readonly LinkedField[];
  readonly required: readonly LinkedField[];
  readonly hasOneof: boolean;
  readonly fromText: MessageDefinition['fromText'];
}

export interface LinkedScalar {
  readonly kind: 'scalar';
  readonly scalar: Scalar;
}

export interface LinkedField {
  readonly name: string;
  /** `"name":` */
  readonly jsonKey: string;
  readonly number: number;
  readonly label: FieldLabel;
  readonly type: LinkedScalar | LinkedEnum | LinkedMessage;
  /** Of one value, not packed. */
  readonly wireType: WireType;
  /** A list of it may come packed. */
  readonly packable: boolean;
  /** What Mesos reads when it is not set. */
  readonly unset: unknown;
  /** It is in JSON also when it is not set. */
  readonly shownUnset: boolean;
  /** The other fields of its `oneof`. */
  readonly rivals: readonly string[];
}

const ZEROS: Readonly<Record<Scalar, unknown>> = {
  bool: false,
  bytes: new Uint8Array(),
  double: 0,
  int32: 0,
  int64: 0n,
  string: '',
  uint32: 0,
  uint64: 0n,
};

/** @returns the messages by name, in the order of the definitions */
export function link(definitions: Definitions): ReadonlyMap<string, LinkedMessage> {
  const enums = new Map<string, LinkedEnum>();
  const messages = new Map<string, MutableMessage>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition.kind === 'enum') enums.set(name, linkEnum(definition));
    else messages.set(name, emptyMessage(name, definition));
  }
  const typeOf = (name: string): LinkedField['type'] => {
    if (Object.hasOwn(ZEROS, name)) return { kind: 'scalar', scalar: name as Scalar };
    const type = enums.get(name) ?? messages.get(name);
    assert(type !== undefined, `the type ${name} is in the dictionary`);
    return type;
  };
  for (const [name, message] of messages) {
    const definition = definitions[name];
    if (definition?.kind !== 'message') continue;
    for (const [key, field] of Object.entries(definition.fields)) {
      addField(message, linkField(key, field, typeOf(field.type), definition));
    }
    message.ascending.sort((one, other) => one.number - other.number);
  }
  return messages;
}

interface MutableMessage extends LinkedMessage {
  readonly fields: LinkedField[];
  readonly byName: Map<string, LinkedField>;
  readonly byNumber: Map<number, LinkedField>;
  readonly ascending: LinkedField[];
  readonly required: LinkedField[];
}

function emptyMessage(name: string, { fields, fromText }: MessageDefinition): MutableMessage {
  return {
    kind: 'message',
    name,
    fields: [],
    byName: new Map(),
    byNumber: new Map(),
    ascending: [],
    required: [],
    hasOneof: Object.values(fields).some(({ options }) => options.oneof !== undefined),
    fromText,
  };
}

function addField(message: MutableMessage, field: LinkedField): void {
  assert(!message.byNumber.has(field.number), `${message.name} has one field ${field.number}`);
  message.fields.push(field);
  message.byName.set(field.name, field);
  message.byNumber.set(field.number, field);
  message.ascending.push(field);
  if (field.label === 'required') message.required.push(field);
}

function linkEnum({ numbers }: EnumDefinition): LinkedEnum {
  const entries = Object.entries(numbers);
  return {
    kind: 'enum',
    numbers: new Map(entries),
    names: new Map(entries.map(([name, number]) => [number, name])),
  };
}

function linkField(
  name: string,
  { label, number, options }: FieldDefinition,
  type: LinkedField['type'],
  own: MessageDefinition,
): LinkedField {
  const single = label === 'required' || label === 'optional';
  const simple = type.kind === 'enum' || (type.kind === 'scalar' && type.scalar !== 'string');
  assert(label !== 'map' || !simple, `${name} maps to texts or messages, as the codecs expect`);
  return {
    name,
    jsonKey: `"${name}":`,
    number,
    label,
    type,
    wireType: wireTypeOf(label, type),
    packable: label === 'repeated' && wireTypeOf(label, type) !== WireType.LengthDelimited,
    unset: single ? (options.default ?? zeroOf(type)) : undefined,
    shownUnset: options.default !== undefined && options.deprecated === undefined,
    rivals:
      options.oneof === undefined
        ? []
        : Object.entries(own.fields)
            .filter(
              ([
                other,
                {
                  options: { oneof },
                },
              ]) => oneof === options.oneof && other !== name,
            )
            .map(([other]) => other),
  };
}

/** The first name of an enumeration is what proto2 reads when there is none. */
function zeroOf(type: LinkedField['type']): unknown {
  if (type.kind === 'scalar') return ZEROS[type.scalar];
  return type.kind === 'enum' ? [...type.numbers.keys()][0] : undefined;
}

function wireTypeOf(label: FieldLabel, type: LinkedField['type']): WireType {
  if (label === 'map' || type.kind === 'message') return WireType.LengthDelimited;
  if (type.kind === 'enum') return WireType.Varint;
  if (type.scalar === 'double') return WireType.Bit64;
  return type.scalar === 'string' || type.scalar === 'bytes'
    ? WireType.LengthDelimited
    : WireType.Varint;
}
