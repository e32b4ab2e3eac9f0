/**
 * Quotas as operators write them, the old way (`SET_QUOTA`, `POST /quota`): a list of resources that
 * are guaranteed, which are the limit, too. In the words of Mesos; pure.
 * Source: Mesos 1.11, src/master/quota_handler.cpp, `_set`; quota.cpp, `validation::quotaInfo`.
 */
import type { QuotaConfig } from '../../../protocol/quota.ts';
import { roleSentence } from '../../../protocol/roles.ts';
import type { V1 } from '../../../protocol/v1/dictionary.ts';
import { refinedFormat } from '../../../protocol/v1/reservation-format.ts';
import { resourceFault } from '../../../protocol/v1/resource-fault.ts';

type Reading = { readonly config: QuotaConfig } | { readonly fault: string };

/** @returns a sentence where it is none that could be set */
export function readQuotaRequest({ role, guarantee = [] }: V1<'quota.QuotaRequest'>): Reading {
  const what = 'Failed to validate set quota request';
  for (const resource of guarantee) {
    const fault = resourceFault(resource);
    if (fault !== undefined) return { fault: `${what}: QuotaInfo with invalid resource: ${fault}` };
  }
  const fault = infoFault(role, guarantee.map(refinedFormat));
  if (fault !== undefined || role === undefined) return { fault: `${what}: ${fault}` };
  const amounts = guarantee.map(({ name, scalar }) => [name, milliOf(scalar?.value ?? 0)] as const);
  const guaranteesMilli = Object.fromEntries(amounts);
  return { config: { role, guaranteesMilli, limitsMilli: guaranteesMilli } };
}

function infoFault(
  role: string | undefined,
  guarantee: readonly V1<'Resource'>[],
): string | undefined {
  if (role === undefined) return 'QuotaInfo must specify a role';
  const invalid = roleSentence(role);
  if (invalid !== undefined) return `QuotaInfo with invalid role: ${invalid}`;
  if (guarantee.length === 0) return "QuotaInfo with empty 'guarantee'";
  const names = new Set<string>();
  for (const { name, type, reservations = [], disk, revocable } of guarantee) {
    if (reservations.length > 0) return 'QuotaInfo must not contain any ReservationInfo';
    if (disk !== undefined) return 'QuotaInfo must not contain DiskInfo';
    if (revocable !== undefined) return 'QuotaInfo must not contain RevocableInfo';
    if (type !== 'SCALAR') return 'QuotaInfo must not include non-scalar resources';
    if (names.has(name)) return `QuotaInfo contains duplicate resource name '${name}'`;
    names.add(name);
  }
  return undefined;
}

/** Three digits count. */
function milliOf(value: number): number {
  return Math.round(value * 1000);
}
