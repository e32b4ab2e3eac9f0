/**
 * Resources and attributes of Mesos → ours, from either form of reservations. What is of a provider
 * of storage is reported.
 */
import { coalesceRanges, RANGE_VALUE_MAX } from '../../ranges.ts';
import type { Disk, DiskSource, Reservation, ResourceKind } from '../../resource-kinds.ts';
import {
  isAttributeValue,
  isResourceName,
  isSetItem,
  SCALAR_MILLI_MAX,
} from '../../resource-text.ts';
import {
  type Attribute,
  type Attributes,
  plus,
  type Resource,
  type Resources,
} from '../../resources.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';
import { refinedFormat } from '../reservation-format.ts';
import { resourceFault } from '../resource-fault.ts';
import { toLabels } from './commands.ts';

/** For which role they were allocated is not part of our resources; see `allocationRoleOf`. */
export function toResources(
  list: readonly V1<'Resource'>[] | undefined,
  report: Report,
  path: string,
): Resources {
  let sum: Resources = [];
  for (const [index, resource] of (list ?? []).entries()) {
    const one = toResource(resource, report, `${path}[${index}]`);
    if (one !== undefined) sum = plus(sum, [one]);
  }
  return sum;
}

/** @returns the role that all of them are allocated to; undefined: none, or several */
export function allocationRoleOf(list: readonly V1<'Resource'>[] | undefined): string | undefined {
  const roles = new Set((list ?? []).map(({ allocation_info }) => allocation_info?.role));
  const [role] = roles;
  return roles.size === 1 ? role : undefined;
}

const UNDERSTOOD = [
  'name',
  'type',
  'scalar',
  'ranges',
  'set',
  'role',
  'reservation',
  'reservations',
  'disk',
  'revocable',
  'shared',
  'allocation_info',
] as const;

/** @returns undefined for an amount of nothing, and for what is not valid */
function toResource(resource: V1<'Resource'>, report: Report, path: string): Resource | undefined {
  const fault = resourceFault(resource);
  if (fault !== undefined) {
    report.refuse(path, fault);
    return undefined;
  }
  report.rest('Resource', resource, UNDERSTOOD, path);
  const { name } = resource;
  if (!isResourceName(name)) {
    report.valueNotSupported('Resource.name', step(path, 'name'), name);
    return undefined;
  }
  const kind = { ...toKind(refinedFormat(resource), report, path), name };
  if (resource.scalar !== undefined) return toScalar(kind, resource.scalar.value, report, path);
  if (resource.ranges !== undefined) return toRanges(kind, resource.ranges, report, path);
  return toSet(kind, resource.set?.item ?? [], report, path);
}

function toKind(
  { reservations = [], disk, revocable, shared }: V1<'Resource'>,
  report: Report,
  path: string,
): Omit<ResourceKind, 'name'> {
  const of = disk && toDisk(disk, report, step(path, 'disk'));
  return {
    ...(reservations.length > 0 && { reservations: reservations.map(toReservation) }),
    ...(of !== undefined && Object.keys(of).length > 0 && { disk: of }),
    ...(revocable && { revocable: true }),
    ...(shared && { shared: true }),
  };
}

/** Of a valid resource, so type and role are there. */
function toReservation(given: V1<'Resource.ReservationInfo'>): Reservation {
  const { type, role = '', principal, labels } = given;
  return {
    type: type === 'STATIC' ? 'static' : 'dynamic',
    role,
    ...(principal !== undefined && { principal }),
    ...(labels && { labels: toLabels(labels) }),
  };
}

function toDisk(disk: V1<'Resource.DiskInfo'>, report: Report, path: string): Disk {
  const { persistence, volume, source } = disk;
  if (volume !== undefined) {
    const understood = ['mode', 'container_path', 'host_path'] as const;
    report.rest('Volume', volume, understood, step(path, 'volume'));
  }
  return {
    ...(persistence && { persistence: toPersistence(persistence) }),
    ...(volume && {
      volume: {
        containerPath: volume.container_path,
        ...(volume.host_path !== undefined && { hostPath: volume.host_path }),
        mode: volume.mode === 'RO' ? 'ro' : 'rw',
      },
    }),
    ...(source && { source: toSource(source) }),
  };
}

function toPersistence({ id, principal }: V1<'Resource.DiskInfo.Persistence'>) {
  return { id, ...(principal !== undefined && { principal }) };
}

function toSource(source: V1<'Resource.DiskInfo.Source'>): DiskSource {
  const { type, path, mount, vendor, id, metadata, profile } = source;
  const root = path?.root ?? mount?.root;
  return {
    type: type.toLowerCase() as DiskSource['type'],
    ...(root !== undefined && { root }),
    ...(vendor !== undefined && { vendor }),
    ...(id !== undefined && { id }),
    ...(metadata && { metadata: toLabels(metadata) }),
    ...(profile !== undefined && { profile }),
  };
}

function toScalar(
  kind: ResourceKind,
  value: number,
  report: Report,
  path: string,
): Resource | undefined {
  const milli = Math.round(value * 1000);
  if (milli > SCALAR_MILLI_MAX) {
    report.valueNotSupported('Resource.scalar', step(path, 'scalar'), String(value));
    return undefined;
  }
  return milli === 0 ? undefined : { ...kind, type: 'scalar', milli };
}

function toRanges(
  kind: ResourceKind,
  ranges: V1<'Value.Ranges'>,
  report: Report,
  path: string,
): Resource | undefined {
  const list = (ranges.range ?? []).map(({ begin, end }) => ({
    begin: Number(begin),
    end: Number(end),
  }));
  const wide = list.find(({ end }) => end > RANGE_VALUE_MAX);
  if (wide !== undefined) {
    report.valueNotSupported('Resource.ranges', step(path, 'ranges'), String(wide.end));
    return undefined;
  }
  return list.length === 0 ? undefined : { ...kind, type: 'ranges', ranges: coalesceRanges(list) };
}

function toSet(
  kind: ResourceKind,
  items: readonly string[],
  report: Report,
  path: string,
): Resource | undefined {
  const strange = items.find((item) => !isSetItem(item));
  if (strange !== undefined) {
    report.valueNotSupported('Resource.set', step(path, 'set'), strange);
    return undefined;
  }
  return items.length === 0 ? undefined : { ...kind, type: 'set', items: items.toSorted() };
}

/** Numbers and ranges are written as texts, such as `[1-3,5-7]`; sets are reported. */
export function toAttributes(
  list: readonly V1<'Attribute'>[] | undefined,
  report: Report,
  path: string,
): Attributes {
  return (list ?? []).flatMap((attribute, index): Attribute[] => {
    const at = `${path}[${index}]`;
    report.rest('Attribute', attribute, ['name', 'type', 'text', 'scalar', 'ranges'], at);
    const { name, text, scalar, ranges } = attribute;
    const value = text?.value ?? scalar?.value.toString() ?? (ranges && rangesText(ranges));
    if (value === undefined) return [];
    if (isResourceName(name) && isAttributeValue(value)) return [{ name, value }];
    report.valueNotSupported('Attribute.text', at, `${name}:${value}`);
    return [];
  });
}

function rangesText({ range = [] }: V1<'Value.Ranges'>): string {
  return `[${range.map(({ begin, end }) => `${begin}-${end}`).join(',')}]`;
}
