/**
 * Resources and attributes of Mesos → ours. What is reserved, revocable, shared or a volume is
 * reported: to our algebra one `cpus` is like another.
 */
import { coalesceRanges, RANGE_VALUE_MAX } from '../../ranges.ts';
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
import { resourceFault } from '../resource-fault.ts';

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

/** @returns undefined for an amount of nothing, and for what is not valid */
function toResource(resource: V1<'Resource'>, report: Report, path: string): Resource | undefined {
  const fault = resourceFault(resource);
  if (fault !== undefined) {
    report.refuse(path, fault);
    return undefined;
  }
  const unreserved = resource.role === undefined || resource.role === '*';
  const values = ['name', 'type', 'scalar', 'ranges', 'set', 'allocation_info'] as const;
  report.rest('Resource', resource, unreserved ? [...values, 'role'] : values, path);
  const { name } = resource;
  if (!isResourceName(name)) {
    report.valueNotSupported('Resource.name', step(path, 'name'), name);
    return undefined;
  }
  if (resource.scalar !== undefined) return toScalar(name, resource.scalar.value, report, path);
  if (resource.ranges !== undefined) return toRanges(name, resource.ranges, report, path);
  return toSet(name, resource.set?.item ?? [], report, path);
}

function toScalar(name: string, value: number, report: Report, path: string): Resource | undefined {
  const milli = Math.round(value * 1000);
  if (milli > SCALAR_MILLI_MAX) {
    report.valueNotSupported('Resource.scalar', step(path, 'scalar'), String(value));
    return undefined;
  }
  return milli === 0 ? undefined : { name, type: 'scalar', milli };
}

function toRanges(
  name: string,
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
  return list.length === 0 ? undefined : { name, type: 'ranges', ranges: coalesceRanges(list) };
}

function toSet(
  name: string,
  items: readonly string[],
  report: Report,
  path: string,
): Resource | undefined {
  const strange = items.find((item) => !isSetItem(item));
  if (strange !== undefined) {
    report.valueNotSupported('Resource.set', step(path, 'set'), strange);
    return undefined;
  }
  return items.length === 0 ? undefined : { name, type: 'set', items: items.toSorted() };
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
