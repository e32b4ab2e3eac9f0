/**
 * Whether a resource is what it says, in the words of Mesos.
 * Source: Mesos, src/common/resources.cpp, Resources::validate; resource_quantities for thousandths.
 */
import { roleSentence } from '../roles.ts';
import type { V1 } from './dictionary.ts';

type Resource = V1<'Resource'>;
type Reservation = V1<'Resource.ReservationInfo'>;

/** @returns a sentence, or undefined */
export function resourceFault(resource: Resource): string | undefined {
  if (resource.name === '') return 'Empty resource name';
  return (
    valueFault(resource) ??
    diskFault(resource) ??
    reservationFault(resource) ??
    sharedFault(resource)
  );
}

function valueFault({ type, scalar, ranges, set }: Resource): string | undefined {
  const others = [scalar, ranges, set].filter((value) => value !== undefined).length - 1;
  switch (type) {
    case 'SCALAR':
      if (scalar === undefined || others > 0) return 'Invalid scalar resource';
      // What rounds to nothing is nothing, but for zero itself.
      if (scalar.value !== 0 && !(Math.round(scalar.value * 1000) > 0)) {
        return 'Invalid scalar resource: value <= 0';
      }
      return undefined;
    case 'RANGES':
      if (ranges === undefined || others > 0) return 'Invalid ranges resource';
      return rangesFault(ranges.range ?? []);
    case 'SET': {
      if (set === undefined || others > 0) return 'Invalid set resource';
      const items = set.item ?? [];
      if (new Set(items).size === items.length) return undefined;
      return 'Invalid set resource: duplicated elements';
    }
    default:
      return 'Unsupported resource type';
  }
}

function rangesFault(ranges: readonly V1<'Value.Range'>[]): string | undefined {
  if (ranges.some(({ begin, end }) => begin > end)) return 'Invalid ranges resource: begin > end';
  const sorted = ranges.toSorted((one, other) => (one.begin < other.begin ? -1 : 1));
  const overlapping = sorted.some((range, index) => {
    const before = sorted[index - 1];
    return before !== undefined && range.begin <= before.end;
  });
  return overlapping ? 'Invalid ranges resource: overlapping ranges' : undefined;
}

function diskFault({ name, disk }: Resource): string | undefined {
  if (disk === undefined) return undefined;
  if (name !== 'disk') return `DiskInfo should not be set for ${name} resource`;
  const { source } = disk;
  if (source?.type === 'BLOCK' || source?.type === 'RAW') {
    if (source.mount) return `Mount should not be set for ${source.type} disk source`;
    if (source.path) return `Path should not be set for ${source.type} disk source`;
  }
  if (source?.type === 'UNKNOWN') return "Unsupported 'DiskInfo.Source.Type' UNKNOWN";
  return undefined;
}

function reservationFault(resource: Resource): string | undefined {
  const { reservations = [] } = resource;
  const [only] = reservations;
  if (only === undefined) return unrefinedFault(resource);
  for (const { type, role } of reservations) {
    if (type === undefined) return unset('type');
    if (role === undefined) return unset('role');
    const fault = roleSentence(role);
    if (fault !== undefined) return fault;
    if (role === '*') return 'Invalid reservation: role "*" cannot be reserved';
  }
  return (
    refinementFault(reservations) ??
    (reservations.length === 1 ? bothFault(resource, only) : undefined)
  );
}

function unset(field: string): string {
  return `Invalid reservation: 'Resource.ReservationInfo.${field}' field must be set.`;
}

/** The form before refinement. */
function unrefinedFault({ role = '*', reservation }: Resource): string | undefined {
  const fault = roleSentence(role);
  if (fault !== undefined || reservation === undefined) return fault;
  for (const field of ['type', 'role'] as const) {
    if (reservation[field] === undefined) continue;
    return `'Resource.ReservationInfo.${field}' must not be set for the 'Resource.reservation' field`;
  }
  return role === '*' ? 'Invalid reservation: role "*" cannot be dynamically reserved' : undefined;
}

/** Each reservation refines the one below it, for a role below that one's. */
function refinementFault(reservations: readonly Reservation[]): string | undefined {
  let ancestor = reservations[0]?.role ?? '';
  for (const { type, role = '' } of reservations.slice(1)) {
    if (type === 'STATIC') {
      return 'Invalid refined reservation: A refined reservation cannot be STATIC';
    }
    if (!role.startsWith(`${ancestor}/`)) {
      return `Invalid refined reservation: role '${role}' is not a refinement of '${ancestor}'`;
    }
    ancestor = role;
  }
  return undefined;
}

function sharedFault({ name, disk, shared }: Resource): string | undefined {
  if (shared === undefined) return undefined;
  if (name !== 'disk') return `Resource ${name} cannot be shared`;
  return disk?.persistence === undefined ? 'Only persistent volumes can be shared' : undefined;
}

/** Both forms at once must say the same. */
function bothFault({ role, reservation }: Resource, only: Reservation): string | undefined {
  const what = 'Invalid resource format: ';
  if (role !== undefined && role !== only.role) {
    return `${what}'Resource.role' field with '${role}' does not match the role '${only.role}' in 'Resource.reservations'`;
  }
  if (only.type === 'STATIC') {
    if (reservation === undefined) return undefined;
    return `${what}'Resource.reservation' must not be set if the single reservation in 'Resource.reservations' is STATIC`;
  }
  if ((role === undefined) !== (reservation === undefined)) {
    return `${what}'Resource.role' and 'Resource.reservation' must either be both set or both not set if the single reservation in 'Resource.reservations' is DYNAMIC`;
  }
  if (reservation !== undefined && (reservation.principal ?? '') !== (only.principal ?? '')) {
    return `${what}'Resource.reservation.principal' field with '${reservation.principal ?? ''}' does not match the principal '${only.principal ?? ''}' in 'Resource.reservations'`;
  }
  return undefined;
}
