/**
 * Objects of the dictionary → JSON text as Mesos writes it: fields in the order of their
 * declaration, also those that are not set but have a default and are not deprecated; 64-bit
 * integers as digits; doubles with a fraction or an exponent; infinity as a text; bytes in base64.
 * Source: Mesos, 3rdparty/stout/include/stout/protobuf.hpp, jsonify.hpp; rapidjson, dtoa.h.
 */
import { assert } from '../../../runtime/assert.ts';
import type { Scalar } from './definition.ts';
import type { LinkedField, LinkedMessage } from './linked.ts';

type Given = Readonly<Record<string, unknown>>;

export function toJson(message: LinkedMessage, object: Given): string {
  let text = '';
  for (const field of message.fields) {
    const value = object[field.name] ?? (field.shownUnset ? field.unset : undefined);
    if (value === undefined) {
      assert(field.label !== 'required', `${message.name}.${field.name} is set`);
      continue;
    }
    const shown = fieldText(field, value);
    if (shown !== '') text += (text === '' ? '{' : ',') + field.jsonKey + shown;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** @returns '' for a list or map without anything in it */
function fieldText(field: LinkedField, value: unknown): string {
  if (field.label === 'repeated') {
    let items = '';
    for (const item of value as readonly unknown[]) {
      items += `${items === '' ? '' : ','}${valueText(field, item)}`;
    }
    return items === '' ? '' : `[${items}]`;
  }
  if (field.label === 'map') {
    let entries = '';
    for (const [key, item] of value as ReadonlyMap<string, unknown>) {
      entries += `${entries === '' ? '' : ','}${JSON.stringify(key)}:${valueText(field, item)}`;
    }
    return entries === '' ? '' : `{${entries}}`;
  }
  return valueText(field, value);
}

function valueText({ name, type }: LinkedField, value: unknown): string {
  if (type.kind === 'message') return toJson(type, value as Given);
  if (type.kind === 'enum') {
    assert(typeof value === 'string' && type.numbers.has(value), `${name} is one of its names`);
    return `"${value}"`;
  }
  return scalarText(name, type.scalar, value);
}

function scalarText(name: string, scalar: Scalar, value: unknown): string {
  switch (scalar) {
    case 'string':
      return stringText(value as string);
    case 'bytes':
      return `"${Buffer.from(value as Uint8Array).toString('base64')}"`;
    case 'double':
      return doubleText(value as number);
    case 'bool':
      return value === true ? 'true' : 'false';
    default:
      assert(typeof value === 'bigint' || Number.isInteger(value), `${name} is an integer`);
      return String(value);
  }
}

/** Printable ASCII, without a quote or a backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Most texts are plain, and a regular expression is cheaper than the call. */
function stringText(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
}

/** Shows that it is no integer. What is no number at all is a text, so that it remains JSON. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value).replace('e+', 'e');
  return /[.e]/.test(text) ? text : `${text}.0`;
}
