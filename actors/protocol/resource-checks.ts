/**
 * Checks for resources and attributes, as in `nouns.ts`, which uses them. Everything that computes
 * with resources relies on their canonical form, so another one is refused.
 */
import {
  also,
  array,
  boolean,
  type Check,
  integer,
  object,
  oneOf,
  string,
  union,
} from '../../runtime/decode.ts';
import { ID_LENGTH_MAX } from './ids.ts';
import * as maxima from './maxima.ts';
import { RANGE_VALUE_MAX, type Ranges } from './ranges.ts';
import type { Disk, DiskSource, Reservation } from './resource-kinds.ts';
import { isAttributeValue, isResourceName, isSetItem, SCALAR_MILLI_MAX } from './resource-text.ts';
import {
  type Attribute,
  type Attributes,
  compareResources,
  type Resource,
  type Resources,
  type ScalarResource,
} from './resources.ts';
import { labels, name } from './task-parts.ts';

const path = string(maxima.PATH_LENGTH_MAX);

const resourceName = also(string(ID_LENGTH_MAX), (text) =>
  isResourceName(text) ? undefined : 'expected letters, digits and _./-',
);

const range = object<Ranges[number]>({
  begin: integer(0, RANGE_VALUE_MAX),
  end: integer(0, RANGE_VALUE_MAX),
});

const ranges = also(array(range, maxima.RANGES_PER_RESOURCE_MAX), (list) => {
  let end = -2;
  for (const next of list) {
    if (next.begin <= end + 1) return 'expected ascending ranges with holes between them';
    if (next.begin > next.end) return 'expected ranges that begin before they end';
    end = next.end;
  }
  return list.length === 0 ? 'expected at least one range' : undefined;
});

const items = also(array(string(ID_LENGTH_MAX), maxima.ITEMS_PER_SET_MAX), (list) => {
  for (let index = 0; index < list.length; index++) {
    const item = list[index] ?? '';
    if (!isSetItem(item)) return 'expected items without blanks, commas, colons and brackets';
    if (index > 0 && (list[index - 1] ?? '') >= item) return 'expected ascending, distinct items';
  }
  return list.length === 0 ? 'expected at least one item' : undefined;
});

const yes = also(boolean, (value) =>
  value ? undefined : 'expected true, or nothing',
) as Check<true>;

const reservation = object<Reservation>(
  { type: oneOf({ static: true, dynamic: true }), role: name },
  { principal: name, labels },
);

const reservations = also(array(reservation, maxima.RESERVATIONS_PER_RESOURCE_MAX), (list) =>
  list.length === 0 ? 'expected at least one reservation' : undefined,
);

const source = object<DiskSource>(
  { type: oneOf({ path: true, mount: true, block: true, raw: true }) },
  { root: path, vendor: name, id: name, metadata: labels, profile: name },
);

const disk = object<Disk>(
  {},
  {
    persistence: object<NonNullable<Disk['persistence']>>({ id: name }, { principal: name }),
    volume: object<NonNullable<Disk['volume']>>(
      { containerPath: path, mode: oneOf({ rw: true, ro: true }) },
      { hostPath: path },
    ),
    source,
  },
);

const kind = { reservations, revocable: yes };

const scalarFields = [
  { name: resourceName, milli: integer(1, SCALAR_MILLI_MAX) },
  { ...kind, disk, shared: yes, copies: integer(2, maxima.COPIES_PER_RESOURCE_MAX) },
] as const;

export const scalarResource = object<ScalarResource>(
  { type: oneOf({ scalar: true }), ...scalarFields[0] },
  scalarFields[1],
);

const resource = union<Resource, 'type'>('type', {
  scalar: scalarFields,
  ranges: [
    { name: resourceName, ranges },
    { ...kind, disk, shared: yes },
  ],
  set: [
    { name: resourceName, items },
    { ...kind, disk, shared: yes },
  ],
});

export const resources: Check<Resources> = also(
  array(resource, maxima.RESOURCES_COUNT_MAX),
  (list) => {
    for (let index = 1; index < list.length; index++) {
      const [one, other] = [list[index - 1], list[index]];
      if (one === undefined || other === undefined) continue;
      if (compareResources(one, other) < 0) continue;
      return 'expected one entry for each name, type and kind, ascending';
    }
    return undefined;
  },
);

const attribute = object<Attribute>({
  name: resourceName,
  value: also(name, (text) =>
    isAttributeValue(text) ? undefined : 'expected a text without ";" and control characters',
  ),
});
export const attributes: Check<Attributes> = array(attribute, maxima.ATTRIBUTES_COUNT_MAX);
