/**
 * What a framework says is too little for an offer, for each of its roles → ours.
 * Source of the sentences: Mesos 1.11, src/common/validation.cpp, validateOfferFilters.
 */
import type { RoleMinima } from '../../framework.ts';
import { SCALAR_MILLI_MAX } from '../../resource-text.ts';
import { plus, type Resources } from '../../resources.ts';
import type { V1 } from '../dictionary.ts';
import { type Report, step } from '../reading.ts';

export function toRoleMinima(
  filters: NonNullable<V1<'FrameworkInfo'>['offer_filters']>,
  report: Report,
  path: string,
): readonly RoleMinima[] {
  return [...filters].flatMap(([role, { min_allocatable_resources: least }]) => {
    if (least === undefined) return [];
    const at = step(path, role);
    const minima = (least.quantities ?? []).map((one) => toQuantities(one, report, at));
    return [{ role, minAllocatable: minima }];
  });
}

function toQuantities(
  { quantities = new Map() }: V1<'OfferFilters.ResourceQuantities'>,
  report: Report,
  path: string,
): Resources {
  let sum: Resources = [];
  if (quantities.size === 0) {
    report.refuse(path, 'Resource quantities must contain at least one quantity');
  }
  for (const [name, { value }] of quantities) {
    const fault = scalarFault(value);
    if (fault !== undefined) {
      report.refuse(path, `Invalid resource quantity for '${name}': ${fault}`);
      continue;
    }
    const milli = Math.min(Math.round(value * 1000), SCALAR_MILLI_MAX);
    if (milli > 0) sum = plus(sum, [{ name, type: 'scalar', milli }]);
  }
  return sum;
}

function scalarFault(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN not supported';
  if (!Number.isFinite(value)) return 'Infinite values not supported';
  if (value < 0) return 'Negative values not supported';
  return value > 0 && value < 2 ** -1022 ? 'Subnormal values not supported' : undefined;
}
