/**
 * Which roles there are to be shown: those that frameworks have, that hold something, that something is
 * reserved for, that were given a weight or a quota, and all above these. Where masters list the roles
 * (`--roles`): those and all above them, and no others. Pure.
 * Source: Mesos 1.11, src/master/master.cpp, `knownRoles`.
 */
import type { QuotaConfig, RoleWeight } from '../../protocol/quota.ts';
import type { Resource, Resources } from '../../protocol/resources.ts';
import { lineage } from '../../protocol/roles.ts';
import type { RoleView } from '../../protocol/views.ts';
import type { MasterState } from '../state.ts';
import { quotasOf, weightsOf } from './grants.ts';
import {
  type Amounts,
  capacityMilli,
  consumedMilli,
  type RoleBook,
  type RoleSums,
  roleIn,
  roleSums,
  sumOf,
} from './role-sums.ts';

export interface KnownRole {
  readonly sums: RoleSums;
  readonly weight: number;
  /** Absent: none. */
  readonly quota?: QuotaConfig;
}

interface Granted {
  readonly weights: readonly RoleWeight[];
  readonly quotas: readonly QuotaConfig[];
  readonly rolesAllowed?: readonly string[] | undefined;
}

/** By name. */
export function knownRoles(
  book: RoleBook,
  { weights, quotas, rolesAllowed }: Granted,
): readonly KnownRole[] {
  for (const { role } of [...weights, ...quotas]) roleIn(book, role);
  const listed = rolesAllowed && new Set(['*', ...rolesAllowed].flatMap(lineage));
  for (const role of listed ?? []) roleIn(book, role);
  const weightOf = new Map(weights.map(({ role, weight }) => [role, weight]));
  const quotaOf = new Map(quotas.map((quota) => [quota.role, quota]));
  return [...book.values()]
    .filter(({ role }) => listed === undefined || listed.has(role))
    .sort((one, other) => (one.role < other.role ? -1 : 1))
    .map((sums) => {
      const quota = quotaOf.get(sums.role);
      const weight = weightOf.get(sums.role) ?? 1;
      return { sums, weight, ...(quota && { quota }) };
    });
}

/** As a leader shows them to operators. */
export function roleViews(
  state: MasterState,
  rolesAllowed: readonly string[] | undefined,
): readonly RoleView[] {
  const granted = { weights: weightsOf(state), quotas: quotasOf(state), rolesAllowed };
  const capacity = capacityMilli(state);
  return knownRoles(roleSums(state), granted).map(({ sums, weight, quota }) => ({
    role: sums.role,
    weight,
    ...(quota && { quota }),
    consumed: scalars(consumedMilli(sums)),
    allocated: scalars(sums.allocatedMilli),
    offered: scalars(sums.offeredMilli),
    reserved: scalars(sums.reservedMilli),
    share: dominantShare(sumOf(sums.allocatedMilli, sums.offeredMilli), capacity),
    frameworkCount: sums.frameworkIds.size,
  }));
}

/** As the registry knows them. */
export function grantedRoleViews(
  weights: ReadonlyMap<string, number>,
  quotas: ReadonlyMap<string, QuotaConfig>,
): readonly RoleView[] {
  const named = [...new Set([...weights.keys(), ...quotas.keys()])].sort();
  return named.map((role) => {
    const quota = quotas.get(role);
    return { role, weight: weights.get(role) ?? 1, ...(quota && { quota }) };
  });
}

/** Of the resource that it has most of, of all that there is. */
function dominantShare(has: Amounts, capacity: Amounts): number {
  const shares = [...capacity].map(([name, milli]) => (has.get(name) ?? 0) / milli);
  return Math.max(0, ...shares);
}

function scalars(amounts: Amounts): Resources {
  return [...amounts]
    .filter(([, milli]) => milli > 0)
    .map(([name, milli]): Resource => ({ name, type: 'scalar', milli }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
