/**
 * Resources and attributes as people write them: `cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}`
 * and `rack:r1;zone:z`.
 *
 * What has been formatted parses back to the same. Scalars are rounded to thousandths, half away
 * from zero; amounts of nothing (`cpus:0`, `ports:[]`) vanish; a name given twice is summed.
 * Source: Mesos 1.11, src/common/resources.cpp (fromSimpleString), values.cpp, attributes.cpp.
 */
import { CodedError } from '../../runtime/errors.ts';
import { coalesceRanges, RANGE_VALUE_MAX, type Range } from './ranges.ts';
import type { Attribute, Attributes, Resource, Resources } from './resources.ts';

/** The largest amount of one scalar, in thousandths: 10^12 units, as Mesos limits quotas. */
export const SCALAR_MILLI_MAX = 1e15;

/** Names of resources and attributes, and items of sets. */
const RESOURCE_NAME_LENGTH_MAX = 255;

const NAME = /^[A-Za-z0-9_./-]+$/;
const ITEM = /^[^\s:;,()[\]{}\p{Cc}]+$/u;
const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const RANGE = /^(\d+)\s*-\s*(\d+)$/;

/** Every code that reading these texts gives, with what to do about it. */
export const RESOURCE_ERRORS = {
  resourcesMalformed: 'Write resources like "cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}"',
  reservationsNotSupported: 'Leave out the role in parentheses',
  attributesMalformed: 'Write attributes like "rack:r1;zone:z"',
} as const;

export function isResourceName(text: string): boolean {
  return text.length <= RESOURCE_NAME_LENGTH_MAX && NAME.test(text);
}

export function isSetItem(text: string): boolean {
  return text.length <= RESOURCE_NAME_LENGTH_MAX && ITEM.test(text);
}

/**
 * @param text such as `cpus:0.5;mem:64`; `mem` and `disk` are in MiB, and no units are read
 * @throws CodedError that quotes the part that cannot be read and says what is expected:
 *   `resourcesMalformed`, `reservationsNotSupported`
 */
export function parseResources(text: string): Resources {
  const scalars = new Map<string, number>();
  const ranges = new Map<string, Range[]>();
  const sets = new Map<string, string[]>();
  for (const part of parts(text)) {
    const [name, value] = parseNamed(part);
    if (value.startsWith('[')) {
      ranges.set(name, [...(ranges.get(name) ?? []), ...parseRanges(part, value)]);
    } else if (value.startsWith('{')) {
      sets.set(name, [...(sets.get(name) ?? []), ...parseItems(part, value)]);
    } else {
      scalars.set(name, parseMilli(part, value, scalars.get(name) ?? 0));
    }
  }
  const resources: Resource[] = [];
  for (const [name, milli] of scalars)
    if (milli > 0) resources.push({ name, type: 'scalar', milli });
  for (const [name, list] of ranges) {
    if (list.length > 0) resources.push({ name, type: 'ranges', ranges: coalesceRanges(list) });
  }
  for (const [name, items] of sets) {
    if (items.length > 0) resources.push({ name, type: 'set', items: [...new Set(items)].sort() });
  }
  return resources.sort((one, other) =>
    one.name === other.name ? (one.type < other.type ? -1 : 1) : one.name < other.name ? -1 : 1,
  );
}

/** Scalars with up to three decimals, `mem` and `disk` in MiB; the empty text for nothing. */
export function formatResources(resources: Resources): string {
  return resources.map((resource) => `${resource.name}:${formatValue(resource)}`).join(';');
}

/**
 * A value may hold anything but `;` and control characters; blanks around it are not part of it.
 * @throws CodedError `attributesMalformed`
 */
export function parseAttributes(text: string): Attributes {
  return parts(text).map((part): Attribute => {
    const colon = part.indexOf(':');
    const name = part.slice(0, colon).trim();
    const value = part.slice(colon + 1).trim();
    if (colon < 0 || !isResourceName(name) || !isAttributeValue(value)) {
      throw fault(
        'attributesMalformed',
        `Cannot parse attributes: "${part}" must be a name, a colon and a value`,
      );
    }
    return { name, value };
  });
}

export function formatAttributes(attributes: Attributes): string {
  return attributes.map(({ name, value }) => `${name}:${value}`).join(';');
}

/** What an attribute may be so that it is read back as it was written. */
export function isAttributeValue(text: string): boolean {
  return text !== '' && text === text.trim() && !/[;\p{Cc}]/u.test(text);
}

function formatValue(resource: Resource): string {
  if (resource.type === 'scalar') return formatMilli(resource.milli);
  if (resource.type === 'set') return `{${resource.items.join(',')}}`;
  return `[${resource.ranges.map(({ begin, end }) => `${begin}-${end}`).join(',')}]`;
}

/** Without division, so that no digit is lost however large it is. */
function formatMilli(milli: number): string {
  const digits = String(milli).padStart(4, '0');
  const fraction = digits.slice(-3).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -3) : `${digits.slice(0, -3)}.${fraction}`;
}

function parts(text: string): string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseNamed(part: string): [name: string, value: string] {
  const [name = '', value = '', ...more] = part.split(':').map((piece) => piece.trim());
  if (/[()]/.test(name)) {
    throw fault(
      'reservationsNotSupported',
      `Cannot parse resources: "${part}" reserves for a role, and reservations are not supported`,
    );
  }
  if (more.length > 0 || !isResourceName(name) || value === '') {
    throw malformed(part, 'must be a name, a colon and an amount, like "cpus:4"');
  }
  return [name, value];
}

/** @returns the thousandths of `value` and of what there was under the same name */
function parseMilli(part: string, value: string, before: number): number {
  if (!NUMBER.test(value)) {
    throw malformed(
      part,
      'must have a number, ranges like "[1-9,20-29]" or a set like "{a,b}" after the colon',
    );
  }
  const milli = Math.round(Number(value) * 1000) + before;
  if (milli > SCALAR_MILLI_MAX) {
    throw malformed(part, `is too much, the largest amount is ${SCALAR_MILLI_MAX / 1000}`);
  }
  return milli;
}

function parseRanges(part: string, value: string): Range[] {
  return list(part, value, ']').map((item) => {
    const match = RANGE.exec(item);
    const begin = Number(match?.[1]);
    const end = Number(match?.[2]);
    if (match === null) throw malformed(part, `has "${item}" where a range like "1-9" is expected`);
    if (end > RANGE_VALUE_MAX) {
      throw malformed(part, `has "${item}", and no number may be above ${RANGE_VALUE_MAX}`);
    }
    if (begin > end) throw malformed(part, `has "${item}", a range that ends before it begins`);
    return { begin, end };
  });
}

function parseItems(part: string, value: string): string[] {
  return list(part, value, '}').map((item) => {
    if (isSetItem(item)) return item;
    throw malformed(part, `has "${item}" where a name is expected`);
  });
}

/** What stands between the brackets, separated by commas. */
function list(part: string, value: string, close: ']' | '}'): string[] {
  if (!value.endsWith(close)) throw malformed(part, `does not end with "${close}"`);
  const inside = value.slice(1, -1).trim();
  return inside === '' ? [] : inside.split(',').map((item) => item.trim());
}

function malformed(part: string, why: string): CodedError {
  return fault('resourcesMalformed', `Cannot parse resources: "${part}" ${why}`);
}

function fault(code: keyof typeof RESOURCE_ERRORS, sentence: string): CodedError {
  return new CodedError(code, sentence, RESOURCE_ERRORS[code]);
}
