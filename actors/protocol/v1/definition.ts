/**
 * The vocabulary in which the messages of the Mesos v1 APIs are written down (in `schema/`), as data:
 *
 *     Offer: message({ id: required(1, 'OfferID'), hostname: required(4, 'string'), … })
 *
 * A type is a scalar of protobuf (lower case) or the name of another message or enumeration. Fields
 * stand in the order in which Mesos declares them, because its JSON shows them in that order.
 * `dictionary.ts` infers the TypeScript types from these values, `linked.ts` prepares them for the
 * two codecs.
 */

/** How each scalar is kept: 64-bit integers as bigint, so that no digit is lost. */
export interface Scalars {
  readonly bool: boolean;
  readonly bytes: Uint8Array;
  readonly double: number;
  readonly int32: number;
  readonly int64: bigint;
  readonly string: string;
  readonly uint32: number;
  readonly uint64: bigint;
}

export type Scalar = keyof Scalars;

export type FieldLabel = 'required' | 'optional' | 'repeated' | 'map';

export interface FieldOptions {
  /** Shown in JSON when the field is not set, unless it is deprecated; of an enumeration its name. */
  readonly default?: boolean | number | string;
  readonly deprecated?: true;
  /** Of the fields with the same word here at most one is set: the last that came. */
  readonly oneof?: string;
}

export interface FieldDefinition<
  Label extends FieldLabel = FieldLabel,
  Type extends string = string,
> {
  readonly label: Label;
  readonly number: number;
  readonly type: Type;
  readonly options: FieldOptions;
}

export type Fields = Readonly<Record<string, FieldDefinition>>;

export interface MessageDefinition<Own extends Fields = Fields> {
  readonly kind: 'message';
  readonly fields: Own;
  /** Where JSON has a text instead of the object: what it means, or undefined. */
  readonly fromText: ((text: string) => Readonly<Record<string, unknown>> | undefined) | undefined;
}

export interface EnumDefinition<Name extends string = string> {
  readonly kind: 'enum';
  readonly numbers: Readonly<Record<Name, number>>;
}

export type Definitions = Readonly<Record<string, MessageDefinition | EnumDefinition>>;

export function message<Own extends Fields>(
  fields: Own,
  fromText?: MessageDefinition['fromText'],
): MessageDefinition<Own> {
  return { kind: 'message', fields, fromText };
}

export function enumeration<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
): EnumDefinition<Name> {
  return { kind: 'enum', numbers };
}

export function required<Type extends string>(
  number: number,
  type: Type,
  options: FieldOptions = {},
): FieldDefinition<'required', Type> {
  return { label: 'required', number, type, options };
}

export function optional<Type extends string>(
  number: number,
  type: Type,
  options: FieldOptions = {},
): FieldDefinition<'optional', Type> {
  return { label: 'optional', number, type, options };
}

export function repeated<Type extends string>(
  number: number,
  type: Type,
): FieldDefinition<'repeated', Type> {
  return { label: 'repeated', number, type, options: {} };
}

/** From texts to values of this type. */
export function map<Type extends string>(number: number, type: Type): FieldDefinition<'map', Type> {
  return { label: 'map', number, type, options: {} };
}
