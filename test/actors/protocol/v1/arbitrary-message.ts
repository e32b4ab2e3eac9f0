/** Any object of the dictionary, made from the schema, for properties that hold for all of them. */
import fc from 'fast-check';
import type { Scalar } from '../../../../actors/protocol/v1/definition.ts';
import { linkedMessage, type V1, type V1Name } from '../../../../actors/protocol/v1/dictionary.ts';
import type { LinkedField, LinkedMessage } from '../../../../actors/protocol/v1/linked.ts';

/** Below it messages have only what is required. */
const DEPTH_MAX = 2;

const SCALARS: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 9 }),
  double: fc.double({ noNaN: true }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  string: fc.string({ unit: 'binary', maxLength: 9 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
};

const known = new Map<string, fc.Arbitrary<unknown>>();

export function anyMessage<Name extends V1Name>(name: Name): fc.Arbitrary<V1<Name>> {
  return messageOf(linkedMessage(name), 0) as fc.Arbitrary<V1<Name>>;
}

function messageOf(message: LinkedMessage, depth: number): fc.Arbitrary<unknown> {
  const key = `${message.name} ${depth}`;
  const arbitrary = known.get(key) ?? fc.record(fieldsOf(message, depth), options(message));
  known.set(key, arbitrary);
  return arbitrary.map((object) => withoutRivals(message, object as Record<string, unknown>));
}

function fieldsOf(message: LinkedMessage, depth: number): Record<string, fc.Arbitrary<unknown>> {
  const fields = depth > DEPTH_MAX ? message.required : message.fields;
  return Object.fromEntries(fields.map((field) => [field.name, anyValue(field, depth)]));
}

function options(message: LinkedMessage): { requiredKeys: string[]; noNullPrototype: true } {
  return { requiredKeys: message.required.map(({ name }) => name), noNullPrototype: true };
}

function anyValue(field: LinkedField, depth: number): fc.Arbitrary<unknown> {
  const value = oneValue(field, depth);
  if (field.label === 'repeated') return fc.array(value, { minLength: 1, maxLength: 2 });
  if (field.label !== 'map') return value;
  const entry = fc.tuple(SCALARS.string as fc.Arbitrary<string>, value);
  return fc.array(entry, { minLength: 1, maxLength: 2 }).map((entries) => new Map(entries));
}

function oneValue({ type }: LinkedField, depth: number): fc.Arbitrary<unknown> {
  if (type.kind === 'scalar') return SCALARS[type.scalar];
  if (type.kind === 'enum') return fc.constantFrom(...type.numbers.keys());
  return messageOf(type, depth + 1);
}

/** Of each `oneof` only the first that is there. */
function withoutRivals(message: LinkedMessage, object: Record<string, unknown>): unknown {
  if (!message.hasOneof) return object;
  const rest = { ...object };
  for (const { name, rivals } of message.fields) {
    if (rest[name] !== undefined) for (const rival of rivals) delete rest[rival];
  }
  return rest;
}
