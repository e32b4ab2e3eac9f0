/**
 * Resources and attributes as people write them: `cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}`,
 * `cpus(ads):8` for what is reserved for a role, and `rack:r1;zone:z`.
 *
 * What has been formatted parses back to the same, but for what only a framework or an operator makes
 * (dynamic reservations, volumes), which is only shown. Scalars are rounded to thousandths, half away
 * from zero; amounts of nothing (`cpus:0`, `ports:[]`) vanish; a name given twice is summed.
 * Source: Mesos 1.11, src/common/resources.cpp (fromSimpleString), values.cpp, attributes.cpp.
 */
import { CodedError } from '../../runtime/errors.ts';
import { coalesceRanges, RANGE_VALUE_MAX, type Range } from './ranges.ts';
import { plus } from './resource-algebra.ts';
import type { Disk, Reservation, ResourceKind } from './resource-kinds.ts';
import type { Attribute, Attributes, Resource, Resources } from './resources.ts';
import { roleNameFault } from './roles.ts';

/** The largest amount of one scalar, in thousandths: 10^12 units, as Mesos limits quotas. */
export const SCALAR_MILLI_MAX = 1e15;

/** Names of resources and attributes, and items of sets. */
const RESOURCE_NAME_LENGTH_MAX = 255;

const NAME = /^[A-Za-z0-9_./-]+$/;
const OF_ROLE = /^([^()]*)\(([^()]*)\)$/;
const ITEM = /^[^\s:;,()[\]{}\p{Cc}]+$/u;
const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const RANGE = /^(\d+)\s*-\s*(\d+)$/;

/** Every code that reading these texts gives, with what to do about it. */
export const RESOURCE_ERRORS = {
  resourcesMalformed:
    'Write resources like "cpus:4;mem:1024;ports:[31000-32000];disks:{a,b}", and "cpus(ads):8" for those of a role',
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
 * @throws CodedError `resourcesMalformed`, which quotes the part that cannot be read and says what is
 *   expected
 */
export function parseResources(text: string): Resources {
  let sum: Resources = [];
  for (const part of parts(text)) {
    const resource = parseResource(part);
    if (resource === undefined) continue;
    sum = plus(sum, [resource]);
    const most = Math.max(...sum.map((one) => (one.type === 'scalar' ? one.milli : 0)));
    if (most > SCALAR_MILLI_MAX) throw tooMuch(part);
  }
  return sum;
}

/** @returns undefined for an amount of nothing */
function parseResource(part: string): Resource | undefined {
  const [kind, value] = parseNamed(part);
  if (value.startsWith('[')) {
    const ranges = coalesceRanges(parseRanges(part, value));
    return ranges.length === 0 ? undefined : { ...kind, type: 'ranges', ranges };
  }
  if (value.startsWith('{')) {
    const items = [...new Set(parseItems(part, value))].sort();
    return items.length === 0 ? undefined : { ...kind, type: 'set', items };
  }
  const milli = parseMilli(part, value);
  return milli === 0 ? undefined : { ...kind, type: 'scalar', milli };
}

/** Scalars with up to three decimals, `mem` and `disk` in MiB; the empty text for nothing. */
export function formatResources(resources: Resources): string {
  return resources.map((resource) => `${formatKind(resource)}:${formatValue(resource)}`).join(';');
}

/** Source of the form: Mesos 1.11, src/common/resources.cpp, operator<<. */
function formatKind(resource: Resource): string {
  const { name, reservations, disk, revocable, shared } = resource;
  const copies = resource.type === 'scalar' && resource.copies ? `x${resource.copies}` : '';
  return [
    name,
    reservations === undefined ? '' : `(${formatReservations(reservations)})`,
    disk === undefined ? '' : `[${formatDisk(disk)}]`,
    revocable ? '{REV}' : '',
    shared ? `<SHARED${copies}>` : '',
  ].join('');
}

function formatReservations(reservations: readonly Reservation[]): string {
  const [only] = reservations;
  if (reservations.length === 1 && only?.type === 'static') return only.role;
  const texts = reservations.map(({ type, role, principal, labels }) => {
    const more = labels?.map(({ key, value }) => (value === undefined ? key : `${key}: ${value}`));
    const of = [type.toUpperCase(), role, principal, more && `{${more.join(', ')}}`];
    return `(${of.filter((text) => text !== undefined).join(',')})`;
  });
  return `reservations: [${texts.join(',')}]`;
}

function formatDisk({ source, persistence, volume }: Disk): string {
  const lies = source && [source.type.toUpperCase(), source.root ?? source.id];
  const of = lies?.filter((text) => text !== undefined).join(':');
  const used = [persistence?.id, volume?.containerPath].filter((text) => text !== undefined);
  return [of, used.join(':')].filter(Boolean).join(',');
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

/**
 * Numbers and ranges are told from texts by how they look, as Mesos does: clients compare numbers.
 * What is below zero is a text, and a set is none that an agent may have.
 * Source: Mesos 1.11, src/common/attributes.cpp and values.cpp.
 */
export function attributeType(value: string): 'scalar' | 'ranges' | 'text' {
  if (/^(\d{1,15}(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?$/i.test(value)) return 'scalar';
  return /^\[\d{1,15}-\d{1,15}(,\d{1,15}-\d{1,15})*\]$/.test(value) ? 'ranges' : 'text';
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

function parseNamed(part: string): [kind: ResourceKind, value: string] {
  const [named = '', value = '', ...more] = part.split(':').map((piece) => piece.trim());
  const [, name = named, role] = OF_ROLE.exec(named) ?? [];
  if (more.length > 0 || !isResourceName(name.trim()) || value === '') {
    throw malformed(part, 'must be a name, a colon and an amount, like "cpus:4"');
  }
  const kind = { name: name.trim() };
  if (role === undefined || role === '*') return [kind, value];
  const wrong = roleNameFault(role);
  if (wrong !== undefined) throw malformed(part, `reserves for a role that ${wrong}`);
  return [{ ...kind, reservations: [{ type: 'static', role }] }, value];
}

function parseMilli(part: string, value: string): number {
  if (!NUMBER.test(value)) {
    throw malformed(
      part,
      'must have a number, ranges like "[1-9,20-29]" or a set like "{a,b}" after the colon',
    );
  }
  const milli = Math.round(Number(value) * 1000);
  if (milli > SCALAR_MILLI_MAX) throw tooMuch(part);
  return milli;
}

function tooMuch(part: string): CodedError {
  return malformed(part, `is too much, the largest amount is ${SCALAR_MILLI_MAX / 1000}`);
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
