/**
 * Messages made of pieces that were encoded before: a list of a hundred thousand tasks is joined and
 * not encoded again. Both encodings allow that: lists in JSON are texts with commas, and fields of
 * protobuf stand one after the other, each with its length.
 */
import { assert } from '../../../../runtime/assert.ts';
import { linkedMessage, type V1Name } from '../../../protocol/v1/dictionary.ts';

/** A message of the dictionary, field by field. */
export interface Joined {
  readonly name: V1Name;
  readonly fields: readonly JoinedField[];
}

export type JoinedField =
  /** A list of messages, each encoded. */
  | { readonly key: string; readonly items: readonly string[] | readonly Uint8Array[] }
  /** A message that is joined itself. */
  | { readonly key: string; readonly message: Joined }
  /** As the codec wrote it: in JSON what is between its braces, in protobuf all of it. */
  | { readonly encoded: string | Uint8Array };

export function jsonOf({ fields }: Joined): string {
  const texts = fields.map((field) => {
    if ('encoded' in field) return String(field.encoded);
    const { key } = field;
    return 'items' in field
      ? `"${key}":[${field.items.join(',')}]`
      : `"${key}":${jsonOf(field.message)}`;
  });
  return `{${texts.join(',')}}`;
}

export function protobufOf(joined: Joined): Uint8Array {
  const parts: Uint8Array[] = [];
  const size = gather(joined, parts);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @returns how many bytes were added */
function gather({ name, fields }: Joined, parts: Uint8Array[]): number {
  let size = 0;
  const add = (part: Uint8Array) => {
    parts.push(part);
    size += part.length;
  };
  for (const field of fields) {
    if ('encoded' in field) {
      assert(typeof field.encoded !== 'string', 'protobuf is made of bytes');
      add(field.encoded);
      continue;
    }
    const number = linkedMessage(name).byName.get(field.key)?.number;
    assert(number !== undefined, `${name}.${field.key} is in the dictionary`);
    if ('message' in field) {
      const inner: Uint8Array[] = [];
      const innerSize = gather(field.message, inner);
      add(header(number, innerSize));
      for (const part of inner) parts.push(part);
      size += innerSize;
      continue;
    }
    for (const item of field.items) {
      assert(typeof item !== 'string', 'protobuf is made of bytes');
      add(header(number, item.length));
      add(item);
    }
  }
  return size;
}

/** Number and wire type of a field with a length, and the length. */
function header(number: number, length: number): Uint8Array {
  const bytes: number[] = [];
  for (const value of [number * 8 + 2, length]) {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}
